"""Series: what begins when, the nearest first, and no more of it than is wanted.

What recurs is expanded from the window on and not from its beginning, and of all series together only until enough
occurrences are there: ten thousand daily series cost what five hundred occurrences do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from heapq import merge
from itertools import chain, groupby
from typing import Final

from solacefeed.events.recurrence import Steps, starts
from solacefeed.sources.calendars_events import Moment, WrittenEvent
from solacefeed.sources.calendars_found import Nearness, Span, Window, whole_days

#: The calendar's ends, by whichever clock.
_EVER: Final = datetime.combine(date.min, time.min)
_NEVER: Final = datetime.combine(date.max, time.max)
#: What an occurrence costs beside a day that is looked at, in steps.
_OF_AN_OCCURRENCE: Final = 10
#: Zones are so far apart that a clock's day is within two of the site's.
_ZONES_APART: Final = timedelta(days=2)


Guard = Callable[[Iterator["Occurrence"]], Iterator["Occurrence"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time of an event, or of a series."""

    event: WrittenEvent
    uid: str
    span: Span
    nearness: Nearness


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """An event, or a stretch of a series that is told alike."""

    #: Whose dates these are.
    series: WrittenEvent
    #: What is told of each; another where a series is otherwise from an occurrence on.
    event: WrittenEvent
    #: From which of the series' own times on, and until before which.
    begins: datetime = _EVER
    ends: datetime = _NEVER
    #: What stands for itself, by the clock of the series, and its days.
    without: frozenset[object] = frozenset()
    #: Whether it is known by its time as well as by its UID.
    by_time: bool = False
    #: What else it is known by, after its time.
    told_by: str = ""
    steps: Steps


def strands(events: Iterable[WrittenEvent], steps: Callable[[], Steps]) -> Iterator[Strand]:
    """The *events* of one UID, put together: series, what is otherwise of them, and what merely shares the UID."""
    told = list(events)
    masters = _told_apart([event for event in told if event.instead_of is None])
    otherwise = _newest(event for event in told if event.instead_of is not None)
    by_time = len(masters) > 1 or any(event.recurs for event in told)
    never = {moment for master, _ in masters for moment in map(master.wall, master.never)}
    for master, told_by in masters:
        yield from _of_series(master, otherwise, by_time, steps(), told_by)
    for event in otherwise:
        assert event.instead_of is not None
        if not event.private and event.wall(event.instead_of) not in never:
            yield Strand(series=event, event=event, by_time=by_time, steps=steps())


def _told_apart(masters: list[WrittenEvent]) -> list[tuple[WrittenEvent, str]]:
    """One for each beginning: of one UID several events may be, by a program that knows no better.

    What has the same name and a greater SEQUENCE is a newer word for it (RFC 5545 section 3.8.7.4). Two that begin at
    once are told apart by what is added to the id of the second: its name.
    """
    newest: dict[object, int] = {}
    for event in masters:
        newest[_kind(event)] = max(event.sequence, newest.get(_kind(event), event.sequence))
    current = {
        (event.first, type(event.starts), event.name): event
        for event in masters
        if event.sequence == newest[_kind(event)]
    }
    firsts = {event.first: event for event in reversed(current.values())}
    return [(event, "" if firsts[event.first] is event else f"/{event.name}") for event in current.values()]


def _kind(event: WrittenEvent) -> tuple[str, bool]:
    """A newer word for a series is a series."""
    return event.name, bool(event.rules or event.also)


def _newest(events: Iterable[WrittenEvent]) -> list[WrittenEvent]:
    ordered = sorted(events, key=lambda event: event.sequence)
    return list({str(event.instead_of): event for event in ordered}.values())


def _of_series(
    master: WrittenEvent, otherwise: list[WrittenEvent], by_time: bool, steps: Steps, told_by: str
) -> Iterator[Strand]:
    if master.private:
        return
    instead = [event.instead_of for event in otherwise if event.instead_of is not None]
    without = frozenset(_key(master, moment) for moment in (*master.never, *instead))
    # All that recurs is otherwise from such an occurrence on, until the next one (RFC 5545 section 3.8.4.4).
    later = [(master.wall(event.instead_of), event) for event in otherwise if event.instead_of and event.and_later]
    cuts = sorted(later, key=lambda cut: cut[0])
    begins = [_EVER, *(at for at, _ in cuts)]
    for number, event in enumerate([master, *(event for _, event in cuts)]):
        if not event.private:
            yield Strand(
                series=master,
                event=event,
                begins=begins[number],
                ends=begins[number + 1] if number + 1 < len(begins) else _NEVER,
                without=without,
                by_time=by_time,
                told_by=told_by,
                steps=steps,
            )


def _key(series: WrittenEvent, moment: Moment) -> object:
    """What is left out by a day is left out whatever its time."""
    is_day = not isinstance(moment, datetime) or not isinstance(series.starts, datetime)
    wall = series.wall(moment)
    return wall.date() if is_day else wall


# -- occurrences ------------------------------------------------------------------------------------


def nearest(
    found: Iterable[Strand],
    window: Window,
    *,
    most: int,
    going: Callable[[], None],
    late: Callable[[Strand, Exception], None],
) -> list[Occurrence]:
    """The nearest *most* occurrences within *window*, those that are over last; one more where there are more.

    *going* is called between strands, and may end it all; *late* hears of a strand that ends before its end, and why.
    """
    watched = [(strand, partial(_guarded, strand=strand, going=going, late=late)) for strand in found]
    ahead = merge(*(_ahead(strand, window, guard) for strand, guard in watched), key=lambda each: each.nearness)
    # Begun only where what is ahead is not enough.
    over = (each for strand, guard in watched for each in _over(strand, window, guard))
    taken: dict[str, Occurrence] = {}
    for occurrence in chain(ahead, _ordered(over)):
        taken.setdefault(occurrence.uid, occurrence)
        if len(taken) > most:
            break
    return list(taken.values())


def _guarded(
    occurrences: Iterator[Occurrence],
    *,
    strand: Strand,
    going: Callable[[], None],
    late: Callable[[Strand, Exception], None],
) -> Iterator[Occurrence]:
    """What can be had of them: a strand that has no steps left, or meets a bug, costs itself."""
    going()
    try:
        yield from occurrences
    except Exception as error:
        late(strand, error)


def _ahead(strand: Strand, window: Window, guard: Guard) -> Iterator[Occurrence]:
    """What is not over, the nearest first: of what has begun, what began last."""
    today = window.today
    coming = guard(_between(strand, window, today - strand.event.lasts, window.last))
    there: Iterator[Occurrence] = (each for each in coming if not each.nearness.is_over)
    begun = []
    for occurrence in there:
        if window.day(occurrence.span[0]) >= today:
            there = chain([occurrence], there)
            break
        begun.append(occurrence)
    yield from merge(sorted(begun, key=lambda each: each.nearness), there, key=lambda each: each.nearness)


def _over(strand: Strand, window: Window, guard: Guard) -> Iterator[Occurrence]:
    past = guard(_between(strand, window, window.first - strand.event.lasts, window.today))
    return (occurrence for occurrence in past if occurrence.nearness.is_over)


def _ordered(occurrences: Iterable[Occurrence]) -> Iterator[Occurrence]:
    """Asked for none before the first is wanted."""
    yield from sorted(occurrences, key=lambda each: each.nearness)


def _between(strand: Strand, window: Window, first: date, last: date) -> Iterator[Occurrence]:
    """What may be seen from *first* until *last*, in order; the series' own times are counted as it writes them."""
    series, event = strand.series, strand.event
    first_time = event.starts if event is series or event.instead_of is None else event.instead_of
    moved = series.wall(event.starts) - series.wall(first_time)
    after = _midnight(first) - _ZONES_APART - moved
    before = _midnight(last) + _ZONES_APART - moved
    own_ends = {series.wall(moment): lasts for moment, lasts in series.also if lasts is not None}
    for wall in _times(strand, max(after, strand.begins), before):
        if wall < strand.ends and not strand.without & {wall, wall.date()} and wall >= strand.begins:
            lasts = own_ends.get(wall, event.lasts)
            strand.steps.take(_OF_AN_OCCURRENCE)
            found = _occurrence(strand, wall, wall + moved, lasts, window)
            if window.meets(found.span):
                yield found


def _times(strand: Strand, after: datetime, before: datetime) -> Iterator[datetime]:
    """When the series begins and begins again, each once."""
    series, steps = strand.series, strand.steps
    first = series.first
    by_rules = [starts(rule, first, after=after, before=before, steps=steps) for rule in series.rules]
    # A series that ends before it begins has been ended by its program at its first time.
    ended = bool(series.rules) and all(rule.until is not None and rule.until < first for rule in series.rules)
    single = sorted({*([] if ended else [first]), *(series.wall(moment) for moment, _ in series.also)})
    never = merge(*(starts(rule, first, after=after, before=before, steps=steps) for rule in series.never_rules))
    excluded = next(never, None)
    for wall, _ in groupby(merge(*by_rules, (each for each in single if after <= each <= before))):
        while excluded is not None and excluded < wall:
            excluded = next(never, None)
        if wall != excluded:
            yield wall


def _occurrence(strand: Strand, wall: datetime, begins: datetime, lasts: timedelta, window: Window) -> Occurrence:
    series = strand.series
    starts_at, first_time = series.moment(begins), series.instead_of or series.moment(wall)
    span = _span(series, strand.event, begins, lasts, window)
    uid = series.uid or f"{strand.event.summary} {starts_at}"
    if series.uid and strand.by_time:
        uid = f"{uid}/{_written(first_time, window)}{strand.told_by}"
    return Occurrence(event=strand.event, uid=uid, span=span, nearness=window.nearness(span, uid))


def _written(moment: Moment, window: Window) -> str:
    """Which one of a series it is: by its first time, which it keeps when it is moved."""
    return (window.instant(moment) if isinstance(moment, datetime) else moment).isoformat()


def _span(series: WrittenEvent, event: WrittenEvent, begins: datetime, lasts: timedelta, window: Window) -> Span:
    starts_at, ends_at = series.moment(begins), series.moment(begins + lasts)
    if lasts and isinstance(starts_at, datetime) and isinstance(ends_at, datetime):
        # What begins in the hour that summer time leaves out ends as long after it as ever.
        begun = window.instant(starts_at)
        ends_at = ends_at if window.instant(ends_at) > begun else begun + lasts
    if not isinstance(starts_at, datetime) or not isinstance(ends_at, datetime):
        return window.span(starts_at, ends_at)
    clocks = [(window.clock(starts_at), window.clock(ends_at))]
    if event.whole_days or not _is_utc(starts_at):
        clocks.insert(0, (begins, begins + lasts))
    days = (whole_days(*clock, alone=event.whole_days) for clock in clocks)
    return next(filter(None, days), None) or window.span(starts_at, ends_at)


def _is_utc(moment: datetime) -> bool:
    return moment.tzinfo is UTC


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
