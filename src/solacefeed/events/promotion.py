"""Which events an edition promotes, and in which words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from solacefeed.catalogue import OURS, gettext, ngettext, primary
from solacefeed.events.series import Series, all_series
from solacefeed.models.events import Event, EventStatus, Promotion
from solacefeed.words import day_words

#: As English text has them; other languages bend theirs, so a catalogue has digits, or a form of its own.
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WEEK = timedelta(days=7)

#: Of a month, as months go.
_MONTH_DAYS = 365.2425 / 12


def promotions(
    events: Iterable[Event],
    now: datetime,
    *,
    ahead: timedelta,
    most: int,
    zone: tzinfo,
    language: str,
    slugs: frozenset[str] | None,
    withheld: frozenset[str] = frozenset(),
) -> tuple[Promotion, ...]:
    """The events to come within *ahead*, or on, at *now*: nearest first, each once, at most *most*.

    Of a series that recurs every week or every few weeks the next one stands for all.
    That something was just announced is said where that is not true of everything.

    *slugs* are a reader's categories, and all above and below them; ``None`` takes every event. *withheld* are the ids
    of events that the reader has had often enough.
    """
    known = tuple(events)
    fitting = {
        event.id: event
        for event in known
        if event.id not in withheld and _for_reader(event, slugs) and _in_time(event, now, ahead, zone)
    }
    nearest = sorted(fitting.values(), key=lambda event: (event.begins_at(zone), event.id))
    series = all_series(known, now, zone)
    chosen = _each_series_once(nearest, series)
    said = tuple(_promotion(event, series.get(event.id), now, zone, language) for event in chosen)
    if all(_is_new(event, now, zone) for event in chosen):
        said = tuple(replace(promotion, news=None) for promotion in said)
    return said[:most]


def next_change(events: Collection[Event], now: datetime, *, ahead: timedelta, zone: tzinfo) -> datetime | None:
    """The first instant after *now* at which time alone may change what ``promotions`` says; ``None`` when it can't.

    While one of the *events* may stand in an edition, that is at midnight at the latest: its words go by days.
    """
    turns = {turn.astimezone(UTC) for event in events if _is_to_be(event, ahead) for turn in _turns(event, ahead, zone)}
    if any(_in_time(event, now, ahead, zone) for event in events):
        turns.add(_midnight_after(now, zone).astimezone(UTC))
    return min((turn for turn in turns if turn > now), default=None)


def _turns(event: Event, ahead: timedelta, zone: tzinfo) -> Iterator[datetime]:
    """The instants at which it enters and leaves, is on, can be booked no more, and is news no more."""
    yield event.begins_at(zone) - ahead
    yield event.begins_at(zone)
    yield event.over_at(zone)
    if (too_late := event.booking_ends_at(zone)) is not None:
        yield too_late
    if event.known_since is not None:
        yield event.known_since
        yield event.known_since + _WEEK


def _midnight_after(now: datetime, zone: tzinfo) -> datetime:
    return datetime.combine(_today(now, zone) + timedelta(days=1), time(), zone)


def _each_series_once(nearest: Iterable[Event], series: Mapping[str, Series]) -> list[Event]:
    """The first of each series, and whatever is of none."""
    first: dict[object, Event] = {}
    for event in nearest:
        first.setdefault(series.get(event.id, event.id), event)
    return list(first.values())


def _promotion(event: Event, series: Series | None, now: datetime, zone: tzinfo, language: str) -> Promotion:
    goes_on = series is not None and series.last > _first_day(event, zone)
    return Promotion(
        until=series.last if series and goes_on else None,
        every=series.weeks if series and goes_on else None,
        event=event,
        nearness=nearness(event, now, zone, language),
        news=news(event, now, zone, language),
        bookable=(too_late := event.booking_ends_at(zone)) is None or now < too_late,
    )


def _for_reader(event: Event, slugs: frozenset[str] | None) -> bool:
    return slugs is None or not event.categories or not slugs.isdisjoint(event.categories)


def _in_time(event: Event, now: datetime, ahead: timedelta, zone: tzinfo) -> bool:
    return _is_to_be(event, ahead) and event.begins_at(zone) - ahead <= now < event.over_at(zone)


def _is_to_be(event: Event, ahead: timedelta) -> bool:
    return event.standing.is_to_be and bool(ahead)


def news(event: Event, now: datetime, zone: tzinfo, language: str = OURS) -> str | None:
    """What a reader who was told of it before, or never yet, should know first."""
    if now >= event.begins_at(zone):
        return None
    if event.standing is EventStatus.MOVED:
        return gettext("New date", language)
    return gettext("Just announced", language) if _is_new(event, now, zone) else None


def _is_new(event: Event, now: datetime, zone: tzinfo) -> bool:
    """Whether it is known since this week, and its days are those that were told first."""
    if event.known_since is None or event.standing is EventStatus.MOVED or now >= event.begins_at(zone):
        return False
    return timedelta() <= now - event.known_since < _WEEK


def nearness(event: Event, now: datetime, zone: tzinfo, language: str = OURS) -> str:
    """A line that fits the time left, to book or to come."""
    first, today = _first_day(event, zone), _today(now, zone)
    if now >= event.begins_at(zone):
        return gettext("On now", language)
    if first == today:
        return gettext("Today", language)
    if event.book_by and today <= event.book_by < today + _WEEK:
        return _last_chance(event.book_by, today, language)
    return _time_left(today, first, language)


def _last_chance(book_by: date, today: date, language: str) -> str:
    if book_by == today:
        return gettext("Last chance to book today", language)
    return gettext("Last chance to book by %(day)s", language, day=day_words(book_by, language))


def _time_left(today: date, first: date, language: str) -> str:
    """Within two weeks by the day, then by the nearest week and month, as people do who know the day anyway."""
    days = (first - today).days
    weeks, months = round(days / 7), round(days / _MONTH_DAYS)
    if days == 1:
        return gettext("Tomorrow", language)
    if days >= 7 and _week(first) == _week(today + _WEEK):
        return gettext("Next week", language)
    if days < 14:
        number = _number(days, language)
        return ngettext("In %(number)s day", "In %(number)s days", days, language, number=number)
    if days < 60:
        number = _number(weeks, language)
        return ngettext("In %(number)s week", "In %(number)s weeks", weeks, language, number=number)
    number = _number(months, language)
    return ngettext("In %(number)s month", "In %(number)s months", months, language, number=number)


def _today(now: datetime, zone: tzinfo) -> date:
    return now.astimezone(zone).date()


def _first_day(event: Event, zone: tzinfo) -> date:
    return event.begins_at(zone).astimezone(zone).date()


def _week(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def _number(count: int, language: str) -> str:
    return _NUMBERS[count] if primary(language) == OURS and count < len(_NUMBERS) else str(count)
