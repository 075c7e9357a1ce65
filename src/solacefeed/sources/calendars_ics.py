"""iCalendar (RFC 5545): the home of icalendar and recurring-ical-events.

What bites: a property that can't be read is only noted in its component's ``errors``; ``between`` leaves out a series
without its dates in silence, and names every occurrence by a RECURRENCE-ID, also of what does not recur. A rule that
fires every second would be expanded for hours, so what recurs within a day is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import recurring_ical_events

from solacefeed.errors import SourceError
from solacefeed.http_client.answer import one_line
from solacefeed.models.events import EventStatus
from solacefeed.sources.calendars_found import FoundEvent, Listing, Window, a_told

#: More components than this are no calendar of a society's events.
MOST_COMPONENTS = 10_000

_A_DAY, _A_YEAR = timedelta(days=1), timedelta(days=366)
_WITHIN_A_DAY = ("SECONDLY", "MINUTELY", "HOURLY")
_PRIVATE = ("PRIVATE", "CONFIDENTIAL")


def read(body: bytes, window: Window, *, named: str) -> Listing:
    """The events of an iCalendar file within *window*; raises ``SourceError``, naming it, for one that is broken."""
    left_out: list[str] = []
    try:
        calendars = icalendar.Calendar.from_ical(_decoded(body), multiple=True)
        found = [each for calendar in calendars for each in _events(calendar, window, left_out)]
    except SourceError:
        raise
    # What icalendar raises for broken files is of many kinds.
    except Exception as error:
        raise SourceError(f"{named}: is no iCalendar that can be read ({one_line(str(error))})") from error
    if not calendars:
        raise SourceError(f"{named}: the iCalendar breaks off before its end")
    return Listing(found=found, left_out=left_out)


def _decoded(body: bytes) -> str:
    """RFC 5545 section 3.1.4 wants UTF-8; what is none comes from an old Windows program."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _events(calendar: icalendar.Component, window: Window, left_out: list[str]) -> Iterator[FoundEvent]:
    if calendar.name != "VCALENDAR":
        raise SourceError(f"this is {calendar.name}, not a VCALENDAR")
    events = calendar.walk("VEVENT")
    if len(events) > MOST_COMPONENTS:
        raise SourceError(f"an iCalendar of {len(events)} events is larger than the {MOST_COMPONENTS} that are read")
    whole = [event for event in events if _is_usable(event, left_out)]
    recurring = {str(event.get("UID")) for event in whole if {"RRULE", "RDATE", "RECURRENCE-ID"} & event.keys()}
    calendar.subcomponents = [*whole, *(part for part in calendar.subcomponents if part.name != "VEVENT")]
    called_off = str(calendar.get("METHOD", "")).upper() == "CANCEL"
    expanded = recurring_ical_events.of(calendar, skip_bad_series=True)
    for event in expanded.between(window.first - _A_DAY, window.last + _A_DAY):
        yield _found(event, recurring, window, called_off=called_off)


def _is_usable(event: icalendar.Component, left_out: list[str]) -> bool:
    """Whether *event* is for everyone and can be placed in time; a word for each that should have been."""
    if str(event.get("CLASS", "")).upper() in _PRIVATE:
        return False
    reason = _fault(event)
    if reason:
        left_out.append(one_line(f"{event.get('SUMMARY') or event.get('UID') or 'an event'}: {reason}", 120))
    return not reason


def _fault(event: icalendar.Component) -> str | None:
    """Why *event* can't be placed in time; what contradicts itself says nothing."""
    broken = dict(event.errors)
    named = next((name for name in ("DTSTART", "DTEND", "DURATION", "RRULE") if name in broken), None)
    if named is not None:
        return f"{named}: {broken[named]}"
    starts, ends = _moment(event, "DTSTART"), _moment(event, "DTEND")
    if starts is None:
        return "it has no DTSTART"
    if ends is not None and _contradicts(starts, ends):
        return "its DTEND contradicts its DTSTART"
    if _zone_is_unknown(event, starts):
        return f"its time zone {event['DTSTART'].params['TZID']} is not known"
    length = getattr(event.get("DURATION"), "dt", None) or (ends - starts if ends else timedelta())
    if length > _A_YEAR:
        return "it lasts longer than a year"
    if any(_fires_within_a_day(rule) for rule in _rules(event)):
        return "it recurs within a day"
    return None


def _zone_is_unknown(event: icalendar.Component, starts: date) -> bool:
    """Its clock would be taken for the site's, and the time would be wrong."""
    return isinstance(starts, datetime) and starts.tzinfo is None and "TZID" in event["DTSTART"].params


def _contradicts(starts: date, ends: date) -> bool:
    """Whether they are of two kinds, or in the wrong order."""
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return type(starts) is not type(ends) or ends < starts
    return (starts.tzinfo is None) != (ends.tzinfo is None) or ends < starts


def _rules(event: icalendar.Component) -> Sequence[Any]:
    rules = event.get("RRULE", [])
    return rules if isinstance(rules, list) else [rules]


def _fires_within_a_day(rule: Any) -> bool:
    often = any(str(each).upper() in _WITHIN_A_DAY for each in rule.get("FREQ", []))
    return often or any(len(rule.get(part, [])) > 1 for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))


def _found(event: icalendar.Component, recurring: set[str], window: Window, *, called_off: bool) -> FoundEvent:
    starts = _moment(event, "DTSTART")
    assert starts is not None
    status = str(event.get("STATUS", "")).upper()
    uid = str(event.get("UID") or f"{event.get('SUMMARY')} {starts}")
    return FoundEvent(
        uid=f"{uid}/{_occurrence(event, window)}" if uid in recurring else uid,
        told=a_told(
            name=_text(event, "SUMMARY"),
            place=_text(event, "LOCATION"),
            span=window.span(starts, _inclusive(starts, _moment(event, "DTEND"))),
            url=_text(event, "URL"),
            standing=EventStatus.CANCELLED if called_off or status == "CANCELLED" else EventStatus.SCHEDULED,
            tentative=status == "TENTATIVE",
        ),
        changed=_changed(event),
    )


def _inclusive(starts: date, ends: date | None) -> date:
    """RFC 5545 section 3.6.1: an all-day DTEND is the day after the last."""
    if ends is None:
        return starts
    return ends if isinstance(starts, datetime) else max(starts, ends - _A_DAY)


def _occurrence(event: icalendar.Component, window: Window) -> str:
    """Which one of a series it is: by its first time, which it keeps when it is moved."""
    first = _moment(event, "RECURRENCE-ID") or _moment(event, "DTSTART")
    assert first is not None
    return (window.instant(first) if isinstance(first, datetime) else first).isoformat()


def _changed(event: icalendar.Component) -> datetime | None:
    """LAST-MODIFIED; not DTSTAMP, which in most exports is the time of the export."""
    moment = _moment(event, "LAST-MODIFIED")
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else None


def _moment(event: icalendar.Component, name: str) -> date | None:
    if any(broken == name for broken, _ in event.errors):
        return None
    moment = getattr(event.get(name), "dt", None)
    return moment if isinstance(moment, date) else None


def _text(event: icalendar.Component, name: str) -> str | None:
    value = event.get(name)
    first = value[0] if isinstance(value, list) and value else value
    return str(first) if first else None
