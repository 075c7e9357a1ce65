"""Which of the known events are one thing that recurs: of one name in one place, by one clock, weeks apart.

An event's calendar may know that by a rule, a blog's posts and a list do not; what all of them show is the distance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from itertools import pairwise

from solacefeed.models.events import Event

#: Weeks apart, at most: what comes less often is a date of its own.
LARGEST_DISTANCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Events that are one thing."""

    #: Of the first one that is to come.
    id: str
    #: How many weeks they are apart, but for one that is left out; 0 where there are two alone.
    weeks: int
    #: The day of the last one that is known.
    last: date


def all_series(events: Collection[Event], now: datetime, zone: tzinfo) -> dict[str, Series]:
    """The series of each event that is one of several to come, or on, at *now*; by the event's id."""
    alike: dict[object, dict[date, Event]] = defaultdict(dict)
    for event in sorted(events, key=lambda event: (event.begins_at(zone), event.id)):
        if event.standing.is_to_be and event.over_at(zone) > now:
            alike[_likeness(event, zone)].setdefault(_day(event, zone), event)
    return {
        event.id: series
        for dates in alike.values()
        for run in _runs(list(dates))
        if (series := _series(run, dates[run[0]].id))
        for event in map(dates.__getitem__, run)
    }


def _likeness(event: Event, zone: tzinfo) -> object:
    return (event.name.casefold(), (event.place or "").casefold(), event.categories, _clock_time(event, zone))


def _clock_time(event: Event, zone: tzinfo) -> time | None:
    return None if event.all_day else event.begins_at(zone).astimezone(zone).time()


def _day(event: Event, zone: tzinfo) -> date:
    return event.begins_at(zone).astimezone(zone).date()


def _runs(days: list[date]) -> Iterator[list[date]]:
    """*days* in pieces, within which one follows the other by whole weeks and soon enough."""
    run = days[:1]
    for before, day in pairwise(days):
        apart = (day - before).days
        # One that is left out, as at Christmas, ends no series.
        if apart % 7 or apart > 14 * LARGEST_DISTANCE:
            yield run
            run = []
        run.append(day)
    yield run


def _series(run: list[date], name: str) -> Series | None:
    if len(run) < 2:
        return None
    weeks = min((day - before).days // 7 for before, day in pairwise(run))
    if weeks > LARGEST_DISTANCE:
        return None
    return Series(id=name, weeks=weeks if len(run) > 2 else 0, last=run[-1])
