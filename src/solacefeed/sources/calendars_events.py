"""A VEVENT as it is written: what can't be read of it is left out and noted, and it stands while its days are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, TypeVar

from solacefeed.events.recurrence import Rule, Steps
from solacefeed.models.events import EventStatus
from solacefeed.sources.calendars_found import Window
from solacefeed.sources.calendars_lines import Component, Property
from solacefeed.sources.calendars_rules import rule_of
from solacefeed.sources.calendars_values import (
    UnreadableValue,
    address_of,
    duration_of,
    moment_of,
    number_of,
    text_of,
    words_of,
)
from solacefeed.sources.calendars_zones import by_name

_A_DAY: Final = timedelta(days=1)
_A_YEAR: Final = timedelta(days=366)
_PRIVATE: Final = ("PRIVATE", "CONFIDENTIAL")
_WHOLE_DAYS: Final = ("X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY")
_MOST_NOTES: Final = 5

Moment = date | datetime
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarContext:
    """What holds for all events of one VCALENDAR."""

    window: Window
    #: The zones that it defines, by their names.
    zones: Mapping[str, tzinfo]
    #: X-WR-TIMEZONE: of times in UTC, which recur by its clock, and of times without a zone.
    zone: tzinfo | None = None
    #: METHOD:CANCEL.
    called_off: bool = False

    def called(self, abbreviation: str) -> tzinfo | None:
        """The calendar's zone, or the site's, where its clock is called so in winter or summer: "BST"."""
        year = self.window.now.year
        for zone in filter(None, (self.zone, self.window.zone)):
            if abbreviation.strip().upper() in {datetime(year, month, 1, tzinfo=zone).tzname() for month in (1, 7)}:
                return zone
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenEvent:
    """One VEVENT, read: an event, a series, or one occurrence of a series that is otherwise."""

    #: Empty where it has none.
    uid: str
    #: As it is written: what has no UID is known by it.
    summary: str | None
    name: str
    place: str
    url: str
    standing: EventStatus
    tentative: bool
    #: Not for everyone.
    private: bool
    changed: datetime | None
    sequence: int
    #: A time without a zone is by the site's clock.
    starts: Moment
    #: How long it lasts by the clock of its place; of days, how many there are after the first.
    lasts: timedelta
    #: Its program says that it is all day, whatever its times.
    whole_days: bool
    #: Which occurrence of its series it is instead of; ``None`` for an event and for a series.
    instead_of: Moment | None = None
    #: It holds for all later occurrences as well.
    and_later: bool = False
    recurs: bool = False
    rules: tuple[Rule, ...] = ()
    never_rules: tuple[Rule, ...] = ()
    #: Further beginnings, with how long these last where they say so.
    also: tuple[tuple[Moment, timedelta | None], ...] = ()
    never: tuple[Moment, ...] = ()
    #: What of it was left out.
    left_out: tuple[str, ...] = ()

    @property
    def first(self) -> datetime:
        """Its beginning by the clock of its place."""
        return self.wall(self.starts)

    def wall(self, moment: Moment) -> datetime:
        """*moment* by the clock of its place."""
        if not isinstance(moment, datetime):
            return datetime.combine(moment, time.min)
        zone = self.starts.tzinfo if isinstance(self.starts, datetime) else None
        try:
            return (moment.astimezone(zone) if zone and moment.tzinfo else moment).replace(tzinfo=None)
        except OverflowError:
            # At the calendar's ends a zone may have no word for it.
            return moment.replace(tzinfo=None)

    def moment(self, wall: datetime) -> Moment:
        """A time by the clock of its place, as its beginning is one."""
        if isinstance(self.starts, datetime):
            return wall.replace(tzinfo=self.starts.tzinfo)
        return wall.date()


@dataclass(slots=True, kw_only=True)
class _Reading:
    component: Component
    around: CalendarContext
    steps: Steps
    left_out: list[str] = field(default_factory=list)

    def note(self, words: str) -> None:
        if len(self.left_out) < _MOST_NOTES:
            self.left_out.append(words)

    def value(self, name: str, read: Callable[[Property], Value]) -> Value | None:
        """What stands under *name*; ``None``, and a note, for what can't be read."""
        found = self.component.one(name)
        try:
            return None if found is None else read(found)
        except UnreadableValue as error:
            self.note(f"{name}: {error}")
            return None

    def values(self, name: str, read: Callable[[Property, str], Value]) -> list[Value]:
        """All that can be read of the lists under *name*; each value is a step."""
        found: list[Value] = []
        for line in self.component.properties.get(name, ()):
            for written in line.value.replace(";", ",").split(","):
                self.steps.take()
                try:
                    found.append(read(line, written))
                except UnreadableValue as error:
                    self.note(f"{name}: {error}")
        return found


def written_event(component: Component, around: CalendarContext, steps: Steps) -> WrittenEvent:
    """The VEVENT *component*. Raises ``UnreadableValue`` where it can't be placed in time, or ``OutOfStepsError``."""
    reading = _Reading(component=component, around=around, steps=steps, left_out=list(component.left_out))
    starts = _starts(reading)
    status = component.value("STATUS").upper()
    cancelled = around.called_off or status in ("CANCELLED", "CANCELED")
    summary, instead = component.one("SUMMARY"), reading.value("RECURRENCE-ID", lambda found: _moment(found, around))
    event = WrittenEvent(
        uid=text_of(component.value("UID")).replace("\0", ""),
        summary=text_of(summary.value) if summary else None,
        name=words_of(component.value("SUMMARY")),
        place=words_of(component.value("LOCATION")),
        url=address_of(component.value("URL")),
        standing=EventStatus.CANCELLED if cancelled else EventStatus.SCHEDULED,
        tentative=status == "TENTATIVE",
        private=is_private(component),
        changed=reading.value("LAST-MODIFIED", _instant),
        sequence=reading.value("SEQUENCE", lambda found: number_of(found.value)) or 0,
        starts=starts,
        lasts=_lasts(reading, starts),
        whole_days=any(component.value(name).upper() in ("TRUE", "1") for name in _WHOLE_DAYS),
        instead_of=instead,
        and_later=_is_for_later(component),
        recurs=any(name in component.properties for name in ("RRULE", "RDATE", "RECURRENCE-ID")),
    )
    return replace(_recurring(event, reading), left_out=tuple(reading.left_out))


def is_private(component: Component) -> bool:
    """Whether it is not for everyone, so that not even its faults are told."""
    return component.value("CLASS").upper() in _PRIVATE


def _recurring(event: WrittenEvent, reading: _Reading) -> WrittenEvent:
    if event.instead_of is not None:
        return event
    around = reading.around
    return replace(
        event,
        rules=_rules(reading, "RRULE", event),
        never_rules=_rules(reading, "EXRULE", event),
        also=tuple(reading.values("RDATE", lambda line, written: _period(line, written, around))),
        never=tuple(reading.values("EXDATE", lambda line, written: _moment_in(line, written, around))),
    )


def _rules(reading: _Reading, name: str, event: WrittenEvent) -> tuple[Rule, ...]:
    rules = []
    for line in reading.component.properties.get(name, ()):
        reading.steps.take()
        read = rule_of(line.value, event.first, event.wall)
        for words in read.left_out:
            reading.note(words if words.startswith("it recurs") else f"{name}: {words}")
        rules += [read.rule] if read.rule else []
    return tuple(rules)


# -- when it is -------------------------------------------------------------------------------------


def _starts(reading: _Reading) -> Moment:
    found = reading.component.one("DTSTART")
    if found is None:
        raise UnreadableValue("it has no DTSTART")
    try:
        return _moment(found, reading.around)
    except UnknownZone:
        raise
    except UnreadableValue as error:
        raise UnreadableValue(f"DTSTART: {error}") from error


def _lasts(reading: _Reading, starts: Moment) -> timedelta:
    """By DTEND, else by DURATION; nothing where neither can be believed."""
    ends = reading.value("DTEND", lambda found: _moment(found, reading.around))
    span = reading.value("DURATION", lambda found: duration_of(found.value))
    if ends is not None:
        if span is not None:
            reading.note("DURATION stands beside DTEND, which counts")
        span = _between(starts, ends, reading.around)
        if span is None:
            reading.note("its DTEND contradicts its DTSTART")
    if span is not None and span > _A_YEAR:
        raise UnreadableValue("it lasts longer than a year")
    if isinstance(starts, datetime):
        return span or timedelta()
    # RFC 5545 section 3.6.1: an all-day end is the day after the last.
    return max(timedelta(), timedelta(days=-(-span // _A_DAY)) - _A_DAY) if span else timedelta()


def _between(starts: Moment, ends: Moment, around: CalendarContext) -> timedelta | None:
    """``None`` where they are of two kinds, or in the wrong order."""
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        span = ends - starts if type(starts) is type(ends) else None
    elif (starts.tzinfo is None) == (ends.tzinfo is None):
        # Of one zone they are told apart by its clock: a series keeps its hours when summer time begins.
        span = ends - starts
    else:
        span = around.window.instant(ends) - around.window.instant(starts)
    return span if span is not None and span >= timedelta() else None


def _moment(found: Property, around: CalendarContext) -> Moment:
    return _moment_in(found, found.value, around)


def _moment_in(found: Property, written: str, around: CalendarContext) -> Moment:
    """Raises ``UnreadableValue``: of a zone that is not known the clock would be taken for the site's, and be wrong."""
    at = moment_of(written)
    if not isinstance(at, datetime):
        return at
    if found.parameters.get("VALUE", "").upper() == "DATE":
        return at.date()
    name = found.parameters.get("TZID", "")
    if at.tzinfo is None and name:
        zone = by_name(name, around.zones) or around.called(name)
        if zone is None:
            raise UnknownZone(f"its time zone {name[:60]} is not known")
        return at.replace(tzinfo=zone)
    if around.zone is not None:
        at = at.replace(tzinfo=around.zone) if at.tzinfo is None else _in_zone(at, around.zone)
    return at


class UnknownZone(UnreadableValue):
    """A zone has no name that is known."""


def _in_zone(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone) if at.utcoffset() == timedelta() and 1 < at.year < 9999 else at


def _instant(found: Property) -> datetime | None:
    at = moment_of(found.value)
    return at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo and 1 < at.year < 9999 else None


def _period(found: Property, written: str, around: CalendarContext) -> tuple[Moment, timedelta | None]:
    begins, _, ends = written.partition("/")
    starts = _moment_in(found, begins, around)
    if not ends:
        return starts, None
    if ends.strip().upper().lstrip("+").startswith("P"):
        return starts, min(duration_of(ends), _A_YEAR)
    span = _between(starts, _moment_in(found, ends, around), around)
    return starts, None if span is None else min(span, _A_YEAR)


def _is_for_later(component: Component) -> bool:
    found = component.one("RECURRENCE-ID")
    return found is not None and found.parameters.get("RANGE", "").upper() == "THISANDFUTURE"
