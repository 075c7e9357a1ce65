"""The grammar of a date range in prose: tokens to phrases.

    phrase  = [ weekdays [","] ] point { join point } [ "(" weekdays ")" ] [ dash times ]
    point   = [ times [","] ["on"] ] [ weekday [","] [dash | "("] ] written [ "(" weekday ")" ] [ lead times ]
    written = iso | numeric | [the] day [of | "-"] month [year] | month [the] day [year] | [the] day
    year    = [","] [in | of] year | [of] (this | next | last) "year"
    times   = clock [ join clock ] [ for clock ] [zone]
    lead    = [","] ["("] [at | from | between]
    join    = [","] and | [","] or | "," | "/" | dash | up to | to | until | through ...

Law: each token is read a bounded number of times, so reading is linear. The grammar only says what is written;
whether it can be believed is for ``dates``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from solacefeed.events import clock_times
from solacefeed.events.date_tokens import MONTHS, WEEKDAYS, Kind, Token

Join = Literal["to", "and", "or", "comma", "slash"]
#: In which way a day is written: ``bare`` without its month, ``ambiguous`` when 3/4 may be April or March, and is
#: taken for April.
Style = Literal["bare", "day first", "month first", "numeric", "ambiguous", "iso"]


class Clock(NamedTuple):
    """Times as they are written; a tuple, since a frozen dataclass takes thrice as long to make."""

    opens: str
    closes: str | None
    #: Said by the clock of a named zone.
    zoned: bool


class Point(NamedTuple):
    """One day as it is written."""

    style: Style
    day: int
    #: Where it ends in the text.
    end: int
    #: "th", or empty.
    ordinal: str = ""
    month: int | None = None
    #: Four digits, two after an apostrophe, or "this", "next" or "last".
    year: str | None = None
    weekday: int | None = None
    #: Before the day, "10am on 16 October", or after it.
    early: Clock | None = None
    late: Clock | None = None


class Phrase(NamedTuple):
    """Days that are written as one expression, in ``text[start:end]``."""

    points: tuple[Point, ...]
    #: One fewer than points.
    joins: tuple[Join, ...]
    #: The weekdays of the first and the last day, where they are said for the whole.
    weekdays: tuple[int, int] | None
    #: Times that stand apart behind all, "16 October – 10am to 4pm".
    times: Clock | None
    start: int
    end: int

    @property
    def has_month(self) -> bool:
        return any(point.month is not None for point in self.points)

    @property
    def says_year(self) -> bool:
        return any(point.year is not None for point in self.points)

    @property
    def says_weekday(self) -> bool:
        return self.weekdays is not None or any(point.weekday is not None for point in self.points)


class _Written(NamedTuple):
    """The day of a point."""

    style: Style
    day: int
    ordinal: str = ""
    month: int | None = None
    year: str | None = None


class _Cursor:
    """How far the tokens are read; ``take`` moves on only over what it is asked for."""

    __slots__ = ("at", "tokens")

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def kind(self, ahead: int = 0) -> Kind:
        at = self.at + ahead
        return self.tokens[at].kind if at < len(self.tokens) else "end"

    def take(self, *kinds: Kind) -> Token | None:
        token = self.tokens[self.at]
        if token.kind not in kinds:
            return None
        self.at += 1
        return token

    @property
    def last(self) -> Token:
        return self.tokens[self.at - 1]


_OPENERS: frozenset[Kind] = frozenset({"day", "month", "weekday", "iso", "numeric", "time"})


def phrases(tokens: Sequence[Token]) -> Iterator[Phrase]:
    """Every expression of days in *tokens*, in order; also those without a month."""
    cursor = _Cursor(tokens)
    for at, token in enumerate(tokens):
        if at < cursor.at or token.kind not in _OPENERS:
            continue
        cursor.at = at
        if found := _phrase(cursor):
            yield found


def _phrase(cursor: _Cursor) -> Phrase | None:
    begin = cursor.at
    weekdays = _weekdays(cursor)
    points, joins = _points(cursor)
    if not points:
        cursor.at = begin
        return None
    weekdays = _after_all(cursor) or weekdays
    times = _clock_after(cursor, "dash")
    start, end = cursor.tokens[begin].start, cursor.last.end
    return Phrase(points=tuple(points), joins=tuple(joins), weekdays=weekdays, times=times, start=start, end=end)


def _points(cursor: _Cursor) -> tuple[list[Point], list[Join]]:
    points: list[Point] = []
    joins: list[Join] = []
    begin = cursor.at
    while point := _point(cursor, points):
        points.append(point)
        begin = cursor.at
        join = _join(cursor)
        if join is None:
            break
        joins.append(join)
        cursor.take("on")
    cursor.at = begin
    return points, joins[: max(len(points) - 1, 0)]


def _join(cursor: _Cursor) -> Join | None:
    comma = cursor.take("comma")
    if cursor.take("and"):
        return "and"
    if cursor.take("or"):
        return "or"
    if comma:
        return "comma"
    if cursor.take("slash"):
        return "slash"
    if not cursor.take("to", "up", "dash"):
        return None
    while cursor.take("to", "up"):
        pass
    return "to"


def _point(cursor: _Cursor, before: Sequence[Point]) -> Point | None:
    begin = cursor.at
    early = _clock_before(cursor)
    weekday = _weekday(cursor)
    month_first = bool(before) and before[0].style == "month first"
    written = _numeric(cursor) or _month_first(cursor) or _day_first(cursor, month_first)
    if written is None:
        cursor.at = begin
        return None
    if weekday is None:
        weekday = _in_brackets(cursor)
    late = _clock_after(cursor)
    return Point(
        style=written.style,
        day=written.day,
        ordinal=written.ordinal,
        month=written.month,
        year=written.year,
        weekday=weekday,
        early=early,
        late=late,
        end=cursor.last.end,
    )


# -- days -------------------------------------------------------------------------------------------


def _numeric(cursor: _Cursor) -> _Written | None:
    token = cursor.take("iso", "numeric")
    if token is None:
        return None
    first, second, third = re.split(r"[-/.]", token.text)
    if token.kind == "iso":
        return _Written(style="iso", day=int(third), month=int(second), year=first)
    day, month = int(first), int(second)
    style: Style = "numeric" if max(day, month) > 12 or day == month else "ambiguous"
    if month > 12:
        day, month = month, day
    return _Written(style=style, day=day, month=month, year=third)


def _day_first(cursor: _Cursor, month_first: bool) -> _Written | None:
    begin = cursor.at
    cursor.take("the")
    day = cursor.take("day")
    if day is None:
        cursor.at = begin
        return None
    month = _month_after(cursor)
    year = _year(cursor) if month is not None or month_first else None
    style: Style = "bare" if month is None else "day first"
    number, ordinal = _number(day)
    return _Written(style=style, day=number, ordinal=ordinal, month=month, year=year)


def _month_after(cursor: _Cursor) -> int | None:
    begin = cursor.at
    cursor.take("of", "dash")
    if month := cursor.take("month"):
        return _month(month)
    cursor.at = begin
    return None


def _month_first(cursor: _Cursor) -> _Written | None:
    begin = cursor.at
    if month := cursor.take("month"):
        cursor.take("the")
        day = cursor.take("day")
        # In "Theresa May 16 October" the day belongs to the second month.
        if day and cursor.kind() != "month":
            year = _year(cursor)
            number, ordinal = _number(day)
            return _Written(style="month first", day=number, ordinal=ordinal, month=_month(month), year=year)
    cursor.at = begin
    return None


def _number(day: Token) -> tuple[int, str]:
    ordinal = day.text.lstrip("0123456789")
    return int(day.text.removesuffix(ordinal)), ordinal.lower()


def _month(token: Token) -> int:
    return MONTHS[token.text.lower()]


def _year(cursor: _Cursor) -> str | None:
    begin = cursor.at
    # "16-Oct-2012"
    cursor.take("comma", "in", "of") or (cursor.kind(1) == "year" and _glued(cursor) and cursor.take("dash"))
    if year := cursor.take("year"):
        return year.text
    word = cursor.take("relative")
    if word and cursor.take("year_word"):
        return word.text.lower()
    cursor.at = begin
    return None


def _glued(cursor: _Cursor) -> bool:
    return cursor.tokens[cursor.at].start == cursor.last.end


# -- weekdays ---------------------------------------------------------------------------------------


def _weekday(cursor: _Cursor) -> int | None:
    token = cursor.take("weekday")
    if token is None:
        return None
    cursor.take("comma")
    cursor.take("dash", "open")
    return _weekday_number(token)


def _weekdays(cursor: _Cursor) -> tuple[int, int] | None:
    """``Tuesday to Thursday``"""
    begin = cursor.at
    first = cursor.take("weekday")
    if first and cursor.take("to", "dash", "and"):
        last = cursor.take("weekday")
        # In "Tuesday to Thursday 16-18" both are for the whole; "Tuesday 16 to Thursday 18" never comes here.
        if last:
            cursor.take("comma")
            cursor.take("open")
            return _weekday_number(first), _weekday_number(last)
    cursor.at = begin
    return None


def _after_all(cursor: _Cursor) -> tuple[int, int] | None:
    begin = cursor.at
    if cursor.take("open") and (pair := _weekdays(cursor)) and cursor.take("close"):
        return pair
    cursor.at = begin
    return None


def _in_brackets(cursor: _Cursor) -> int | None:
    begin = cursor.at
    if cursor.take("open") and (day := cursor.take("weekday")) and cursor.take("close"):
        return _weekday_number(day)
    cursor.at = begin
    return None


def _weekday_number(token: Token) -> int:
    return WEEKDAYS[token.text.lower()]


# -- times ------------------------------------------------------------------------------------------


# A look at the next token spares most days the attempt.
_HOURS: frozenset[Kind] = frozenset({"day", "time"})
_BEFORE_HOURS: frozenset[Kind] = _HOURS | {"comma", "open", "at", "from", "between"}


def _clock_before(cursor: _Cursor) -> Clock | None:
    if cursor.kind() not in _HOURS:
        return None
    begin = cursor.at
    clock = _clock(cursor)
    if clock:
        cursor.take("comma")
        cursor.take("on")
        if cursor.kind() in ("day", "month", "weekday", "iso", "numeric", "the"):
            return clock
    cursor.at = begin
    return None


def _clock_after(cursor: _Cursor, *leads: Kind) -> Clock | None:
    if cursor.kind() not in _BEFORE_HOURS and cursor.kind() not in leads:
        return None
    begin = cursor.at
    cursor.take("comma", *leads)
    bracket = cursor.take("open")
    while cursor.take("at", "from", "between"):
        pass
    clock = _clock(cursor)
    if clock is None or (bracket and not cursor.take("close", "comma")):
        cursor.at = begin
        return None
    return clock


def clock_of(tokens: Sequence[Token]) -> Clock | None:
    """The times that *tokens* begin with."""
    return _clock(_Cursor(tokens))


def _clock(cursor: _Cursor) -> Clock | None:
    if (
        cursor.kind() == "day"
        and cursor.kind(1) in ("dash", "to", "and")
        and _said_with_half(cursor.tokens, cursor.at + 2)
    ):
        opens = cursor.take("day")
    else:
        opens = cursor.take("time")
    if opens is None:
        return None
    closes = _closes(cursor)
    begins = opens.text
    if cursor.kind() == "for" and cursor.kind(1) == "time":
        cursor.at += 2
        begins, closes = clock_times.in_half_of(begins, cursor.last.text), closes or _closes(cursor)
    return Clock(opens=begins, closes=closes, zoned=cursor.take("zone") is not None)


def _closes(cursor: _Cursor) -> str | None:
    if cursor.kind() in ("dash", "to", "and") and cursor.kind(1) == "time":
        cursor.at += 2
        return cursor.last.text
    return None


def _said_with_half(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token says "am" or "pm", so that a bare number before it is an hour too."""
    return at < len(tokens) and tokens[at].kind == "time" and tokens[at].text.rstrip(".")[-1] in "mM"
