"""iCalendar (RFC 5545): a file's components, each read by itself, so that a bad one costs no other.

octets --> lines --> components --> events --> strands --> the nearest occurrences
           calendars_lines          _events    _series

icalendar's own parser gives a file whole or not at all, and recurring-ical-events expands each series from its
beginning to its end before it answers: neither can be stopped. Both are what the tests compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from solacefeed.errors import BrokenOff, SourceError
from solacefeed.events.recurrence import OutOfStepsError, Steps
from solacefeed.http_client.answer import one_line
from solacefeed.sources.calendars_events import CalendarContext, WrittenEvent, is_private, written_event
from solacefeed.sources.calendars_found import MOST, MOST_STEPS, MOST_STEPS_OF_ONE, FoundEvent, Listing, Window, a_told
from solacefeed.sources.calendars_lines import Component, as_octets, components
from solacefeed.sources.calendars_series import Occurrence, Strand, nearest, strands
from solacefeed.sources.calendars_values import UnreadableValue
from solacefeed.sources.calendars_zones import by_name, defined

#: More components than this are no calendar of a society's events.
MOST_COMPONENTS: Final = 20_000
#: What is left out is told so often.
_MOST_TOLD: Final = 50
#: Between so many components somebody may end it all.
_A_PIECE: Final = 50
#: So far around the window zones are worked out.
_AROUND: Final = timedelta(days=800)


@dataclass(slots=True)
class LeftOut:
    """What of a calendar was left out: the first of it in words, and how much it is."""

    told: list[str] = field(default_factory=list)
    number: int = 0

    def add(self, what: str, words: str) -> None:
        self.number += 1
        if len(self.told) < _MOST_TOLD:
            self.told.append(one_line(f"{what}: {words}" if what else words, 120))


def read(
    body: bytes, window: Window, *, named: str, going: Callable[[], None] = lambda: None, steps: int = MOST_STEPS
) -> Listing:
    """The events of an iCalendar file within *window*, the nearest ones, in *steps* at most.

    *going* is called between pieces, and may end it all by ``BrokenOff``. Raises ``SourceError``, naming the file,
    where nothing in it is a calendar.
    """
    left_out = LeftOut()
    try:
        file = components(as_octets(body), most=MOST_COMPONENTS, going=going)
    except BrokenOff:
        raise
    except SourceError as error:
        raise SourceError(f"{named}: {error}") from error
    for words in file.left_out:
        left_out.add("", words)
    if not file.is_whole or not file.calendars:
        raise SourceError(f"{named}: the iCalendar breaks off before its end")
    if not any(each.components for each in file.calendars) and any(each.left_out for each in file.calendars):
        raise SourceError(f"{named}: is no iCalendar that can be read ({file.calendars[0].left_out[0]})")
    number = sum(len(each.components) for each in file.calendars) or 1
    shared = Steps(steps // 2)
    a_share = lambda: Steps(steps // 2 // number, shared, most=MOST_STEPS_OF_ONE)  # noqa: E731  # its name is all there is to say
    zones = [_zones(each, window, left_out, a_share) for each in file.calendars]
    # What one calendar of a file defines, the others speak of.
    everywhere = {name: zone for each in reversed(zones) for name, zone in each.items()}
    events = [
        event
        for each, own in zip(file.calendars, zones, strict=True)
        for event in _events(each, _context(each, window, left_out, everywhere | own), left_out, a_share, going)
    ]

    def late(strand: Strand, error: Exception) -> None:
        if isinstance(error, BrokenOff | MemoryError):
            raise error
        left_out.add(_name(strand.event), _why(error))

    found = nearest(
        _strands(events, left_out, a_share, going),
        window,
        most=MOST,
        going=going,
        late=late,
    )
    return Listing(
        found=[_found(each) for each in found], left_out=tuple(left_out.told), number_left_out=left_out.number
    )


def _events(
    calendar: Component,
    around: CalendarContext,
    left_out: LeftOut,
    a_share: Callable[[], Steps],
    going: Callable[[], None],
) -> Iterator[WrittenEvent]:
    for number, component in enumerate(calendar.components):
        if number % _A_PIECE == 0:
            going()
        if component.name != "VEVENT":
            continue
        try:
            event = written_event(component, around, a_share())
        except (BrokenOff, MemoryError):
            raise
        # A bug at one event costs that one.
        except Exception as error:
            if not is_private(component):
                left_out.add(_named(component), _why(error))
            continue
        for words in () if event.private else event.left_out:
            left_out.add(_name(event), words)
        yield event


def _zones(calendar: Component, window: Window, left_out: LeftOut, a_share: Callable[[], Steps]) -> dict[str, tzinfo]:
    """Those that *calendar* defines, by their names."""
    zones: dict[str, tzinfo] = {}
    for component in calendar.components:
        if component.name == "VTIMEZONE":
            zones |= _zone(component, window, left_out, a_share())
    return zones


def _context(calendar: Component, window: Window, left_out: LeftOut, zones: Mapping[str, tzinfo]) -> CalendarContext:
    for words in calendar.left_out:
        left_out.add("", words)
    default = calendar.value("X-WR-TIMEZONE")
    zone = by_name(default, zones) if default else None
    if default and zone is None:
        left_out.add("", f"X-WR-TIMEZONE {default[:60]} is not known")
    called_off = calendar.value("METHOD").upper() == "CANCEL"
    return CalendarContext(window=window, zones=zones, zone=zone, called_off=called_off)


def _zone(component: Component, window: Window, left_out: LeftOut, steps: Steps) -> dict[str, tzinfo]:
    """The zone by its name; by what its program says that it is where it can't be read."""
    name = component.value("TZID")
    around = (datetime.combine(window.first, time.min) - _AROUND, datetime.combine(window.last, time.min) + _AROUND)
    try:
        return {name: defined(component, after=around[0], before=around[1], steps=steps)}
    except Exception as error:
        left_out.add(f"zone {name}", _why(error))
        known = by_name(component.value("X-LIC-LOCATION"), {})
        return {name: known} if known else {}


def _strands(
    events: list[WrittenEvent], left_out: LeftOut, a_share: Callable[[], Steps], going: Callable[[], None]
) -> Iterator[Strand]:
    by_uid: dict[object, list[WrittenEvent]] = {}
    for number, event in enumerate(events):
        by_uid.setdefault(event.uid or number, []).append(event)
    for number, alike in enumerate(by_uid.values()):
        if number % _A_PIECE == 0:
            going()
        try:
            yield from list(strands(alike, a_share))
        except Exception as error:
            left_out.add(_name(alike[0]), _why(error))


def _why(error: Exception) -> str:
    if isinstance(error, OutOfStepsError):
        return "it takes more steps than are taken"
    return str(error) if isinstance(error, UnreadableValue) else f"a bug of solacefeed: {error!r}"


def _named(component: Component) -> str:
    return component.value("SUMMARY") or component.value("UID") or "an event"


def _name(event: WrittenEvent) -> str:
    return event.name or event.uid or "an event"


def _found(occurrence: Occurrence) -> FoundEvent:
    event = occurrence.event
    return FoundEvent(
        uid=occurrence.uid,
        told=a_told(
            name=event.name,
            place=event.place,
            span=occurrence.span,
            url=event.url,
            standing=event.standing,
            tentative=event.tentative,
        ),
        changed=event.changed,
    )
