"""What every kind of calendar gives: events as they are found, and the span of days that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from solacefeed.addresses import is_web
from solacefeed.http_client.answer import one_line
from solacefeed.models.events import EventStatus
from solacefeed.models.sightings import Certainty, Understanding

#: How far ahead events and their recurrences are taken, and how far back.
AHEAD = timedelta(days=400)
BACK = timedelta(days=30)

#: Of one calendar, the nearest ones.
MOST = 500

#: The beginning and the end, both days or both instants; a day's end is inclusive.
Span = tuple[date | datetime, date | datetime]

_LONGEST_ADDRESS = 2000


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

    def day(self, moment: date | datetime) -> date:
        return moment.astimezone(self.zone).date() if isinstance(moment, datetime) else moment

    def instant(self, moment: datetime) -> datetime:
        """*moment* in UTC; without a zone it is by the site's clock (RFC 5545 section 3.3.5, form 1)."""
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def span(self, starts: date | datetime, ends: date | datetime) -> Span:
        """Both of one kind, in order; an all-day end is inclusive."""
        if isinstance(starts, datetime) and isinstance(ends, datetime):
            begin = self.instant(starts)
            return begin, max(begin, self.instant(ends))
        first = self.day(starts)
        return first, max(first, self.day(ends))


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
    #: What of it could not be read, a few words each.
    left_out: Sequence[str] = ()


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
    words = one_line(name or "") or None
    missing = {} if words else {"certainty": "its name is not said"}
    if tentative:
        missing["certainty"] = "the calendar calls it tentative"
    return Understanding(
        name=words,
        place=one_line(place or "") or None,
        starts=span[0],
        ends=span[1],
        url=address(url),
        standing=standing,
        certainty=Certainty.TENTATIVE if missing else Certainty.CERTAIN,
        year_said=True,
        missing=missing,
    )


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
