"""Which events an edition promotes, and in which words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from solacefeed.models import Event, Promotion
from solacefeed.words import day_words, span_words

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def promotions(
    events: Iterable[Event],
    now: datetime,
    *,
    ahead: timedelta,
    most: int,
    zone: tzinfo,
    language: str,
    slugs: frozenset[str] | None,
) -> tuple[Promotion, ...]:
    """The events to come within *ahead*, or on, at *now*: nearest first, at most *most*.

    *slugs* are a reader's categories, and all above and below them; ``None`` takes every event.
    """
    fitting = (event for event in events if _for_reader(event, slugs) and _in_time(event, now, ahead, zone))
    nearest = sorted(fitting, key=lambda event: (event.begins_at(zone), event.id))
    return tuple(
        Promotion(event=event, when=when(event, zone, language), nearness=nearness(event, now, zone))
        for event in nearest[:most]
    )


def _for_reader(event: Event, slugs: frozenset[str] | None) -> bool:
    return slugs is None or not event.categories or not slugs.isdisjoint(event.categories)


def _in_time(event: Event, now: datetime, ahead: timedelta, zone: tzinfo) -> bool:
    return event.begins_at(zone) - ahead <= now < event.over_at(zone) and bool(ahead)


def when(event: Event, zone: tzinfo, language: str) -> str:
    """Its days and times in words, by the blog's clock."""
    return span_in_words(event.starts, event.ends, zone, language)


def span_in_words(starts: date | datetime, ends: date | datetime, zone: tzinfo, language: str) -> str:
    """``16 to 18 October 2012``, or ``8 December 2026, 10:00 to 16:00``; an all-day end is inclusive."""
    if not isinstance(starts, datetime) or not isinstance(ends, datetime):
        return span_words(starts, ends, language)
    begin, end = starts.astimezone(zone), ends.astimezone(zone)
    first = f"{day_words(begin.date(), language)}, {begin:%H:%M}"
    if begin == end:
        return first
    if begin.date() == end.date():
        return f"{first} to {end:%H:%M}"
    return f"{first} to {day_words(end.date(), language)}, {end:%H:%M}"


def nearness(event: Event, now: datetime, zone: tzinfo) -> str:
    """A line that fits the time left."""
    today, first = now.astimezone(zone).date(), _first_day(event, zone)
    days = (first - today).days
    if now >= event.begins_at(zone):
        return "On now"
    if days == 0:
        return "Today"
    if days == 1:
        return "Tomorrow"
    if days < 7:
        return f"In {_number(days)} days"
    if days < 14:
        return "Next week" if _week(first) == _week(today + timedelta(days=7)) else "In a week"
    if days < 60:
        return f"In {_number(days // 7)} weeks"
    return f"In {_number(days // 30)} months"


def _first_day(event: Event, zone: tzinfo) -> date:
    return event.begins_at(zone).astimezone(zone).date()


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
