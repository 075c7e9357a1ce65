"""Events as an iCalendar document (RFC 5545, RFC 7986); a home of icalendar.

The law: same events, same bytes. DTSTAMP is when an event last changed, and never now, so a calendar that is fetched
every hour changes when an event does. An event keeps its UID for ever, and its SEQUENCE grows with what it moves.

What icalendar 7 gets wrong or leaves to us, and how it is met here:

- its own time zones are wrong and for a span only (see ``zones``);
- it writes control characters, which RFC 5545 section 3.1 forbids: they are dropped;
- it has a calendar without components, which section 3.6 forbids: the time zone always stands there;
- it is large: loaded with the first calendar that is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from solacefeed.catalogue import N_, gettext
from solacefeed.models.events import Event, EventStatus
from solacefeed.publish.zones import Observance, Yearly, is_utc, observances
from solacefeed.site import Site
from solacefeed.views.events import address, book_by, can_be_booked
from solacefeed.words import interface

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//solacefeed//NONSGML solacefeed//EN"

#: How long a calendar program may keep what it fetched.
REFRESH = timedelta(hours=6)

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")

#: Of an event that no store has had.
EVER = datetime(1970, 1, 1, tzinfo=UTC)

#: What stands before the name of an event that is not to be.
_STANDING = {EventStatus.CANCELLED: N_("Cancelled"), EventStatus.POSTPONED: N_("Postponed")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNaming:
    """What all documents about events have in common."""

    site: Site
    #: What readers see of categories, by slug.
    labels: Mapping[str, str] = field(default_factory=dict)

    def uri(self, event: Event) -> str:
        return self.site.tag(f"event/{event.id}")

    def url(self, path: str) -> str:
        return self.site.published_at(path)


def calendar(events: Iterable[Event], naming: EventNaming, *, path: str, title: str) -> bytes:
    """A calendar to subscribe to, published at *path*; one without events is still one."""
    import icalendar

    shown = in_order(events, naming.site.zone)
    made = _calendar(shown, naming)
    for name in ("NAME", "X-WR-CALNAME"):
        made.add(name, icalendar.vText(_text(title)))
    made.add("REFRESH-INTERVAL", icalendar.vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    made.add("X-PUBLISHED-TTL", icalendar.vDuration(REFRESH))
    made.add("SOURCE", icalendar.vUri(naming.url(path)), parameters={"VALUE": "URI"})
    made.add("URL", icalendar.vUri(naming.url("events/")))
    return bytes(made.to_ical())


def single(event: Event, naming: EventNaming) -> bytes:
    """One event, to be added to a reader's own calendar."""
    return bytes(_calendar([event], naming).to_ical())


def in_order(events: Iterable[Event], zone: tzinfo) -> list[Event]:
    """By their beginnings."""
    return sorted(events, key=lambda event: (event.begins_at(zone), event.id))


def uid(event: Event, naming: EventNaming) -> str:
    """The event's name for good in every calendar: ``summit-2027@example.org``."""
    return f"{event.id}@{naming.site.domain}"


def _calendar(events: Sequence[Event], naming: EventNaming) -> icalendar.Calendar:
    import icalendar

    made = icalendar.Calendar()
    made.add("PRODID", PRODUCT)
    made.add("VERSION", "2.0")
    made.add("CALSCALE", "GREGORIAN")
    made.add("METHOD", "PUBLISH")
    for part in _zones(events, naming.site.zone):
        made.add_component(part)
    for event in events:
        made.add_component(_event(event, naming))
    return made


# -- one event --------------------------------------------------------------------------------------


def _event(event: Event, naming: EventNaming) -> icalendar.Event:
    import icalendar

    made, language = icalendar.Event(), interface(naming.site.language)
    made.add("UID", _text(uid(event, naming)))
    _say_changes(made, event)
    _say_times(made, event, naming.site.zone)
    made.add("SUMMARY", _text(summary(event, language)))
    if description := _description(event, language):
        made.add("DESCRIPTION", _text(description))
    if event.place:
        made.add("LOCATION", _text(event.place))
    if url := address(event):
        made.add("URL", icalendar.vUri(url))
    if labels := [_text(naming.labels[slug]) for slug in event.categories if slug in naming.labels]:
        made.add("CATEGORIES", labels)
    to_be = event.standing.is_to_be
    made.add("STATUS", "CONFIRMED" if to_be else "CANCELLED")
    # One that is not to be, or all day, must not say that its reader is busy.
    made.add("TRANSP", "OPAQUE" if to_be and not event.all_day else "TRANSPARENT")
    return made


def summary(event: Event, language: str) -> str:
    """Its name; programs that show cancelled events like any other still say so, also of those without a date."""
    words = _STANDING.get(event.standing)
    return f"{gettext(words, language)}: {event.name}" if words else event.name


def _say_changes(made: icalendar.Event, event: Event) -> None:
    changed = event.changed or event.known_since or EVER
    made.add("DTSTAMP", _whole(changed))
    made.add("LAST-MODIFIED", _whole(changed))
    made.add("CREATED", _whole(event.known_since or changed))
    made.add("SEQUENCE", event.sequence)


def _say_times(made: icalendar.Event, event: Event, zone: tzinfo) -> None:
    if isinstance(event.starts, datetime) and isinstance(event.ends, datetime):
        made.add("DTSTART", _told(event.starts, zone))
        # RFC 5545 section 3.8.2.2: an end is later than its beginning.
        if event.ends > event.starts:
            made.add("DTEND", _told(event.ends, zone))
        return
    made.add("DTSTART", event.starts)
    made.add("DTEND", event.ends + timedelta(days=1))


def _told(instant: datetime, zone: tzinfo) -> datetime:
    """*instant* by the clock of *zone*; in UTC where that clock shows its time for the second time."""
    local = _whole(instant).astimezone(UTC if is_utc(zone) else zone)
    return local.astimezone(UTC) if local.fold else local


def _description(event: Event, language: str) -> str:
    last_day, url = book_by(event, language), address(event)
    more = gettext("More, and how to book", language) if can_be_booked(event) else gettext("More", language)
    lines = (
        event.text,
        gettext("Book by %(day)s", language, day=last_day) if last_day else None,
        f"{more}: {url}" if url else None,
    )
    return "\n\n".join(filter(None, lines))


# -- time zones -------------------------------------------------------------------------------------


def _zones(events: Sequence[Event], zone: tzinfo) -> list[icalendar.Timezone]:
    """The zone that times are told in, and where nothing else would stand in the calendar, UTC's."""
    times = [time for event in events for time in (event.starts, event.ends) if isinstance(time, datetime)]
    if isinstance(zone, ZoneInfo) and not is_utc(zone) and (times or not events):
        years = [time.astimezone(zone).year for time in times or [EVER]]
        return [_zone(zone.key, observances(zone, min(years), max(years)))]
    return [] if events else [_zone("UTC", observances(ZoneInfo("UTC"), EVER.year, EVER.year))]


def _zone(name: str, parts: Iterable[Observance]) -> icalendar.Timezone:
    import icalendar

    made = icalendar.Timezone()
    made.add("TZID", name)
    for part in parts:
        made.add_component(_observance(part))
    return made


def _observance(part: Observance) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    import icalendar

    made = icalendar.TimezoneDaylight() if part.daylight else icalendar.TimezoneStandard()
    made.add("TZNAME", part.name)
    made.add("TZOFFSETFROM", part.offset_before)
    made.add("TZOFFSETTO", part.offset)
    made.add("DTSTART", part.onsets[0])
    if part.rule:
        made.add("RRULE", _recurrence(part.rule))
    for onset in part.onsets[1:] if not part.rule else ():
        made.add("RDATE", onset)
    return made


def _recurrence(rule: Yearly) -> dict[str, object]:
    return {"FREQ": "YEARLY", "BYMONTH": rule.month, "BYDAY": f"{rule.nth}{_WEEKDAYS[rule.weekday]}"}


# -- values -----------------------------------------------------------------------------------------


def _text(value: str) -> str:
    return _NO_TEXT.sub("", _LINE_END.sub("\n", value))


def _whole(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)
