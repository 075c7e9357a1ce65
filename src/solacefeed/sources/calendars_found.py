"""What every kind of calendar gives: events as they are found, and the span of days that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple, TypeVar

from solacefeed.addresses import is_web
from solacefeed.http_client import answer
from solacefeed.models.events import FIRST_YEAR, LAST_YEAR, EventStatus
from solacefeed.models.sightings import Certainty, Understanding
from solacefeed.text.characters import one_line, shorten

D = TypeVar("D", date, datetime)

#: How far ahead events and their recurrences are taken, and how far back.
AHEAD = timedelta(days=400)
BACK = timedelta(days=30)

#: Of one calendar, the nearest ones.
MOST = 500

#: Steps that may be taken where a calendar's series recur (``events.recurrence``), of all of them together.
MOST_STEPS = 1_000_000

#: And of one series.
MOST_STEPS_OF_ONE = 100_000

#: The beginning and the end, both days or both instants; a day's end is inclusive.
Span = tuple[date | datetime, date | datetime]

_LONGEST_ADDRESS = 2000
#: Letters of a name or a place.
_LONGEST_NAME = 500

#: What is left out is told so often, in so many letters.
_MOST_TOLD = 50
_LONGEST_REASON = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days that are looked at; *zone* is of times and days without one."""

    now: datetime
    zone: tzinfo

    @property
    def first(self) -> date:
        return (self.now - BACK).astimezone(self.zone).date()

    @property
    def last(self) -> date:
        return (self.now + AHEAD).astimezone(self.zone).date()

    @property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, moment: date | datetime) -> date:
        return self.clock(moment).date() if isinstance(moment, datetime) else moment

    def clock(self, moment: datetime) -> datetime:
        """*moment* by the site's clock."""
        try:
            return (moment.astimezone(self.zone) if moment.tzinfo else moment).replace(tzinfo=None)
        except OverflowError:
            # At the calendar's ends, which are written for "always", a zone may have no word for it.
            return moment.replace(tzinfo=None)

    def instant(self, moment: datetime) -> datetime:
        """*moment* in UTC; without a zone it is by the site's clock (RFC 5545 section 3.3.5, form 1)."""
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)
        except OverflowError:
            return moment.replace(tzinfo=UTC)

    def span(self, starts: date | datetime, ends: date | datetime) -> Span:
        """Both of one kind, in order and within reach; an all-day end is inclusive."""
        if isinstance(starts, datetime) and isinstance(ends, datetime):
            begin = _in_reach(self.instant(starts))
            return begin, max(begin, _in_reach(self.instant(ends)))
        first = _in_reach(self.day(starts))
        return first, max(first, _in_reach(self.day(ends)))

    def meets(self, span: Span) -> bool:
        """Whether some of *span* is within these days."""
        return self.day(span[0]) <= self.last and self.first <= self.day(span[1])

    def nearness(self, span: Span, uid: str) -> Nearness:
        """What is to come before what is over, each the nearest first."""
        away = abs((self.day(span[0]) - self.today).days)
        return Nearness(is_over=self.day(span[1]) < self.today, days=away, starts=str(span[0]), uid=uid)


class Nearness(NamedTuple):
    """An order in which the events of a calendar are taken."""

    is_over: bool
    #: From today to its beginning, whichever comes first.
    days: int
    starts: str
    uid: str


def whole_days(starts: datetime, ends: datetime, *, alone: bool = False) -> tuple[date, date] | None:
    """The days that an event is all of, by one clock: from midnight to midnight, or to the last minute before it.

    *alone*: a midnight without an end is a day too. ``None`` for what is at a time.
    """
    if starts.time() != time.min:
        return None
    if ends.time() == time.min and (ends > starts or alone):
        first = _in_reach(starts.date())
        return first, max(first, _in_reach(ends.date()) - timedelta(days=1))
    if (ends.hour, ends.minute) == (23, 59) and ends > starts:
        return _in_reach(starts.date()), _in_reach(ends.date())
    return None


def _in_reach(moment: D) -> D:
    """What a calendar writes for "always" ends with the years in which an event may be."""
    if moment.year < FIRST_YEAR:
        return moment.replace(year=FIRST_YEAR, month=1, day=1)
    return moment.replace(year=LAST_YEAR, month=12, day=31) if moment.year > LAST_YEAR else moment


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """One event, or one occurrence of it, as a calendar lists it."""

    uid: str
    told: Understanding
    #: When the calendar says that it last changed.
    changed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A calendar's whole answer, read."""

    found: Sequence[FoundEvent]
    #: What of it could not be read, a few words each; the first of them.
    left_out: Sequence[str] = ()
    #: How many these are in all.
    number_left_out: int = 0
    #: Whether it has more than was asked for.
    is_cut: bool = False


@dataclass(slots=True)
class LeftOut:
    """What of a calendar was left out: the first of it in words, and how much it is."""

    told: list[str] = field(default_factory=list)
    number: int = 0

    def add(self, what: str, words: str) -> None:
        self.number += 1
        if len(self.told) < _MOST_TOLD:
            self.told.append(answer.one_line(f"{what}: {words}" if what else words, _LONGEST_REASON))

    def listing(self, found: Sequence[FoundEvent], *, is_cut: bool = False) -> Listing:
        """What is *found* besides."""
        return Listing(found=found, left_out=tuple(self.told), number_left_out=self.number, is_cut=is_cut)


def a_told(
    *,
    name: str | None,
    place: str | None,
    span: Span,
    url: str | None,
    standing: EventStatus = EventStatus.SCHEDULED,
    tentative: bool = False,
) -> Understanding:
    """What a calendar tells: it says its days outright, so it is certain, but for what it calls tentative itself."""
    words = _named(name)
    missing = {} if words else {"certainty": "its name is not said"}
    if tentative:
        missing["certainty"] = "the calendar calls it tentative"
    return Understanding(
        name=words,
        place=_named(place),
        starts=span[0],
        ends=span[1],
        url=address(url),
        standing=standing,
        certainty=Certainty.TENTATIVE if missing else Certainty.CERTAIN,
        year_said=True,
        missing=missing,
    )


def _named(said: str | None) -> str | None:
    return shorten(one_line(said or ""), _LONGEST_NAME) or None


def address(url: object) -> str | None:
    """*url* where it is a web address that can stand in a link."""
    if not isinstance(url, str) or len(url) > _LONGEST_ADDRESS or any(c.isspace() or not c.isprintable() for c in url):
        return None
    return url if is_web(url) else None


def iso(text: object) -> date | datetime | None:
    """A day or an instant in ISO 8601; ``None`` for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return date.fromisoformat(text) if len(text) == len("2012-10-16") else datetime.fromisoformat(text)
    except ValueError:
        return None
