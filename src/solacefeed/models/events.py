"""Events, and the calendars that tell of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from hashlib import sha256

from solacefeed.addresses import is_web


class EventStatus(StrEnum):
    """Whether an event is to be; ``moved`` when its days are new ones."""

    SCHEDULED = "scheduled"
    MOVED = "moved"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"

    @property
    def is_to_be(self) -> bool:
        return self in (EventStatus.SCHEDULED, EventStatus.MOVED)


#: Those in which an event may be: within them every clock has a word for its day and for the days around it.
FIRST_YEAR, LAST_YEAR = 1970, 9000


def over_at(ends: date | datetime, zone: tzinfo) -> datetime:
    """The first instant at which what *ends* then is over, an all-day one at the local midnight after its last day."""
    if isinstance(ends, datetime):
        return ends
    return _midnight_after(ends, zone)


def date_in_reach(day: date) -> date:
    """*day*, a day or an instant; raises ``ValueError`` for one that is too far off to be told by any clock."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day} is too far off: an event is between {FIRST_YEAR} and {LAST_YEAR}")
    return day


def _midnight_after(day: date, zone: tzinfo) -> datetime:
    if day == date.max:
        # A calendar may say so of what never ends.
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something to go to, with a beginning and an end."""

    id: str
    name: str
    place: str | None
    #: A date means all day; a datetime is an instant.
    starts: date | datetime
    #: All day: the last day, inclusive.
    ends: date | datetime
    #: Where to book.
    url: str | None
    #: The last day on which it can be booked; ``None`` where nobody said one.
    book_by: date | None = None
    #: That day is over: a fact that a step with a clock writes.
    booking_over: bool = False
    #: One or two sentences of the operator.
    text: str | None = None
    #: Slugs; empty means that it is for everyone.
    categories: tuple[str, ...] = ()
    standing: EventStatus = EventStatus.SCHEDULED
    #: Grows when its time, place or standing changes (RFC 5545 section 3.8.7.4).
    sequence: int = 0
    #: When we first knew of it, and when something of it last changed; ``None`` before the store has it.
    known_since: datetime | None = None
    changed: datetime | None = None

    @property
    def all_day(self) -> bool:
        return not isinstance(self.starts, datetime)

    @property
    def calendar_path(self) -> str:
        """Where its own calendar stands below the feeds' folder; an id that could be a path gives way to its hash."""
        safe = re.fullmatch("[a-z0-9][a-z0-9_-]{0,119}", self.id)
        return f"events/{self.id if safe else sha256(self.id.encode()).hexdigest()[:32]}.ics"

    def begins_at(self, zone: tzinfo) -> datetime:
        """The instant at which it begins, an all-day one at local midnight."""
        if isinstance(self.starts, datetime):
            return self.starts
        return datetime.combine(self.starts, time(), zone)

    def over_at(self, zone: tzinfo) -> datetime:
        """The first instant at which it is over."""
        return over_at(self.ends, zone)

    def booking_ends_at(self, zone: tzinfo) -> datetime | None:
        """The first instant at which it is too late to book; ``None`` where nobody said a last day."""
        return _midnight_after(self.book_by, zone) if self.book_by else None


class CalendarKind(StrEnum):
    """``ics`` is iCalendar, ``tribe`` The Events Calendar's REST, ``page`` schema.org in a page; ``auto`` finds out."""

    AUTO = "auto"
    ICS = "ics"
    TRIBE = "tribe"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Where events are known from besides posts, as the config has it."""

    #: For people, and its name in the store.
    name: str
    #: A web address, or else the path of a file.
    address: str
    kind: CalendarKind
    #: How long it is left alone after an answer.
    every: timedelta
    #: Slugs of those whom its events are for; empty for everyone.
    categories: tuple[str, ...] = ()

    @property
    def is_file(self) -> bool:
        return not is_web(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """An event chosen to stand in an edition."""

    event: Event
    #: A line that fits the time left: "In three weeks", "On now".
    nearness: str
    #: What readers may not know yet: "New date", "Just announced".
    news: str | None = None
    #: Whether it can still be booked.
    bookable: bool = True
    #: Where it is the next of several at regular distances: the day of the last one that is known, and how many weeks
    #: apart they are; 0 where there is one more alone.
    until: date | None = None
    every: int | None = None
