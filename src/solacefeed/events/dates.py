"""A date range in prose: "16-18th October" and its many kin.

Law: never a wrong date; absent rather than guessed, and then with the reason. A day counts only with its month. A year
left out is that of the first such range not over before the text was published. What contradicts itself (a weekday,
an ordinal, an end before its beginning) says nothing, and neither does a limit ("by 16 October") or a rough time
("around 16 October"). Reading is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from solacefeed.events import calendar_days, clock_times, date_context, numeric_dates
from solacefeed.events.clock_times import Unclear
from solacefeed.events.date_grammar import Clock, Join, Phrase, Point, clock_of, phrases
from solacefeed.events.date_tokens import tokens
from solacefeed.events.numeric_dates import Order
from solacefeed.models.sightings import Certainty, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """Days that a text names, and its place there."""

    #: ``text[start:end]``
    start: int
    end: int
    starts: date
    #: The last day, inclusive.
    ends: date
    #: By the clock of the place; ``None`` for all day.
    times: Times | None = None
    #: Whether the text says the year, so that it did not have to be found.
    year_said: bool
    #: Whether a weekday stands there, which then agrees.
    weekday_said: bool = False
    certainty: Certainty = Certainty.CERTAIN
    #: Why it is tentative.
    doubts: tuple[str, ...] = ()
    #: Why times that are written are left out.
    untold: str | None = None

    @property
    def all_day(self) -> bool:
        return self.times is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What looks like a date at ``text[start:end]``, and why nothing is said of it."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReading:
    """What a text says of days, in its order."""

    ranges: tuple[DateRange, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def reason(self) -> str | None:
        """Why there is no range; ``None`` where there is one."""
        if self.ranges:
            return None
        return self.refusals[0].reason if self.refusals else "no day with its month is written"


_NOTHING = DateReading()
_A_DAY = timedelta(days=1)
_LONGEST_TIMES = 60
# Cheaper than the tokens: a text without these has no date.
_PERHAPS = re.compile(
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|[0-9]-[0-9]{1,2}-[0-9]|[0-9]([/.])[0-9]{1,2}\1[0-9]"
)


def find(text: str, *, published: date, order: Order | None = None) -> DateReading:
    """The ranges in *text*, which was *published* on that local day; *order* is that of its days in numbers."""
    if not _PERHAPS.search(text.lower()):
        return _NOTHING
    found = date_context.joined(text, list(phrases(tokens(text))))
    written = [numeric_dates.settled(phrase, order, published) for phrase in found if phrase.has_month]
    torn = date_context.torn(text, written)
    ranges: list[DateRange] = []
    refusals: list[Refusal] = []
    for number, phrase in enumerate(written):
        try:
            if number in torn:
                raise Unclear(f"{date_context.quoted(text, phrase)} is part of something that is not understood")
            ranges += _read(text, phrase, published)
        except Unclear as unclear:
            refusals.append(Refusal(start=phrase.start, end=phrase.end, reason=str(unclear)))
    return DateReading(ranges=tuple(ranges), refusals=tuple(refusals))


def has_days(text: str) -> bool:
    """Whether *text* names a day with its month, whatever becomes of it."""
    return _PERHAPS.search(text.lower()) is not None and any(phrase.has_month for phrase in phrases(tokens(text)))


def _read(text: str, phrase: Phrase, published: date) -> Iterator[DateRange]:
    phrase = _trimmed(phrase)
    date_context.check(text, phrase)
    days = calendar_days.days(phrase, published)
    spans = _spans(phrase, days, between=date_context.is_between(text, phrase))
    doubts = tuple(_doubts(text, phrase, days, published))
    for first, last in spans:
        times, untold = _times(phrase, phrase.points[first], phrase.points[last])
        yield DateRange(
            start=phrase.start,
            end=phrase.end,
            starts=days[first],
            ends=days[last],
            times=times,
            year_said=phrase.says_year,
            weekday_said=phrase.says_weekday,
            certainty=Certainty.TENTATIVE if doubts else Certainty.CERTAIN,
            doubts=doubts,
            untold=untold,
        )


def _trimmed(phrase: Phrase) -> Phrase:
    """*phrase* without what only counts at its end: "16 October, 300 guests", "16 October and 12 councils"."""
    points, joins = phrase.points, phrase.joins
    if points[0].style == "month first":
        return phrase
    while points[-1].month is None:
        if joins[-1] not in ("and", "comma") or points[-1].ordinal:
            raise Unclear(f"the month of “{points[-1].day}{points[-1].ordinal}” is not said")
        points, joins = points[:-1], joins[:-1]
    return phrase if points is phrase.points else phrase._replace(points=points, joins=joins, end=points[-1].end)


def _spans(phrase: Phrase, days: Sequence[date], *, between: bool) -> list[tuple[int, int]]:
    """The first and the last, by number, of days in a row: those with "to" between them, and next days in a list."""
    _check_commas(phrase)
    joins: Sequence[Join] = ("to",) if between and phrase.joins == ("and",) else phrase.joins
    spans = [(0, 0)]
    for at, join in enumerate(joins, 1):
        next_day = days[at] - days[at - 1] == _A_DAY
        if join == "or" or (join == "slash" and not next_day and phrase.points[0].style != "iso"):
            raise Unclear("it is one day or another")
        if join == "to" and joins[at - 2 : at - 1] == ("to",):
            raise Unclear("it has two ends")
        if join in ("to", "slash") or next_day:
            spans[-1] = (spans[-1][0], at)
        else:
            spans.append((at, at))
    return spans


def _check_commas(phrase: Phrase) -> None:
    """In "Leeds 5, 16 October" five may be no day; a list of days ends with "and", or each has its month."""
    for at, join in enumerate(phrase.joins):
        whole = phrase.points[at].month is not None and phrase.points[at + 1].month is not None
        if join == "comma" and not whole and "and" not in phrase.joins[at:]:
            raise Unclear(f"“{phrase.points[at].day}” and “{phrase.points[at + 1].day}” may not both be days")


_TIME_LABEL = re.compile(r"^(?:[•*·-]\s)?(?:times?|when|hours)\s?[:?–—-]\s?(?:from\s)?", re.IGNORECASE | re.MULTILINE)


def labelled_times(lines: str) -> Times | None:
    """The times that a line of *lines* calls so: "Time: 10am to 3pm"."""
    labels = (lines[label.end() :].partition("\n")[0] for label in _TIME_LABEL.finditer(lines))
    return next(filter(None, map(times_of, labels)), None)


def times_of(text: str) -> Times | None:
    """The times that *text* begins with, where they are clear."""
    clock = clock_of(tokens(text[:_LONGEST_TIMES]))
    try:
        return _together(clock, clock, same=True) if clock is not None else None
    except Unclear:
        return None


# -- times and doubts -------------------------------------------------------------------------------


def _times(phrase: Phrase, first: Point, last: Point) -> tuple[Times | None, str | None]:
    """The times from *first* to *last*, else those said at the end for all; and why there are none."""
    final = phrase.times or phrase.points[-1].late
    begin, end = first.early or first.late, last.late or last.early
    begin, end = begin or end or final, end or begin or final
    if begin is None or end is None:
        return None, None
    try:
        return _together(begin, end, same=first is last or begin is end), None
    except Unclear as unclear:
        return None, str(unclear)


def _together(begin: Clock, end: Clock, *, same: bool) -> Times:
    if begin.zoned or end.zoned:
        raise Unclear("its times are by the clock of a named zone")
    first = clock_times.times(begin.opens, begin.closes)
    if same:
        return first
    last = clock_times.times(end.opens, end.closes)
    return Times(opens=first.opens, closes=last.closes or last.opens)


# A range without a year that was over so shortly before is more likely to be meant than the next one.
_JUST_OVER = timedelta(days=60)
_A_YEAR = timedelta(days=365)
_YEAR = re.compile(r"(?<![\w/–-])(?:19|20)[0-9]{2}(?![\w/–-]|[.,:][0-9])")


def _doubts(text: str, phrase: Phrase, days: Sequence[date], published: date) -> Iterator[str]:
    if date_context.is_provisional(text, phrase):
        yield "it is said to be provisional"
    if numeric_dates.is_ambiguous(phrase):
        yield "the day and the month may be either way round"
    if phrase.says_year:
        return
    if not phrase.says_weekday and days[-1] - _A_YEAR >= published - _JUST_OVER and days[0] > published:
        yield "its year is not said, and it may be the one just over"
    if phrase.says_weekday:
        return
    years = {int(year[0]) for year in _YEAR.finditer(date_context.sentence(text, phrase))}
    if later := sorted(year for year in years if year > days[-1].year):
        yield f"its year is not said, and the sentence speaks of {later[0]}"
