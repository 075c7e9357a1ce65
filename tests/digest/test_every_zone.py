"""Over ten years, in every zone that Python knows: no period and no edition is doubled, and none is missing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest

from solacefeed.digest.periods import due, edition_id, last_closing, next_closing
from solacefeed.models.digests import Cadence, CadenceKind, Closing
from solacefeed.models.editions import Edition, EditionState, Period
from tests.support.builders import a_digest, weekly

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
FAR = timedelta(days=400)

#: Ten years to come, and ten in which Samoa left out a day and many zones changed their minds.
TO_COME, PAST = (date(2026, 1, 1), date(2036, 1, 1)), (date(2007, 1, 1), date(2017, 1, 1))

#: In the daytime, and at hours that zones leave out or have twice.
HOURS = (time(7), time(0, 30), time(1, 30), time(23, 30))

#: Their clocks do strange things: half an hour, midnight, the evening before, a day left out, hours by the moon.
SAMPLE = (
    "Africa/Casablanca",
    "America/Havana",
    "America/Nuuk",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
)

#: A cadence of each kind at that time of the day, and on which days it closes, said without its code.
OnDay = Callable[[date], bool]


def always(_: date) -> bool:
    return True


def kinds(at: time) -> dict[str, tuple[Cadence, OnDay]]:
    morning = (Closing(weekday=None, at=at),)
    return {
        "at once": (Cadence(kind=CadenceKind.AT_ONCE, closings=morning), always),
        "daily": (Cadence(kind=CadenceKind.DAILY, closings=morning), always),
        "weekly": (weekly(Closing(weekday=5, at=at), Closing(weekday=6, at=at)), lambda day: day.isoweekday() > 5),
        "monthly": (
            Cadence(kind=CadenceKind.MONTHLY, closings=(Closing(weekday=6, week=-1, at=at),)),
            lambda day: day.isoweekday() == 7 and (day + 7 * DAY).month != day.month,
        ),
    }


@pytest.mark.parametrize("zone", SAMPLE)
@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly"])
def test_where_clocks_do_strange_things_each_day_closes_once(zone: str, kind: str) -> None:
    for at in (time(7), time(23, 30)):
        check_each_day_closes_once(ZoneInfo(zone), *kinds(at)[kind], date(2011, 1, 1), date(2012, 1, 1))
        check_each_day_closes_once(ZoneInfo(zone), *kinds(at)[kind], date(2026, 1, 1), date(2027, 1, 1))


@pytest.mark.slow
@pytest.mark.parametrize("at", HOURS, ids=str)
@pytest.mark.parametrize("kind", ["at once", "daily", "weekly", "monthly"])
def test_in_every_zone_over_ten_years_each_day_closes_once(kind: str, at: time) -> None:
    for zone in every_clock(*TO_COME):
        check_each_day_closes_once(zone, *kinds(at)[kind], *TO_COME)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly"])
def test_in_every_zone_each_day_of_ten_years_past_closed_once(kind: str) -> None:
    for zone in every_clock(*PAST):
        check_each_day_closes_once(zone, *kinds(time(23, 30))[kind], *PAST)


@cache
def every_clock(first: date, end: date) -> tuple[ZoneInfo, ...]:
    """Every zone there is; of those that show the same time in all these years, one."""
    zones = [ZoneInfo(name) for name in sorted(available_timezones())]
    assert len(zones) > 400
    return tuple({_clock(zone, first, end): zone for zone in zones}.values())


def _clock(zone: ZoneInfo, first: date, end: date) -> tuple[object, ...]:
    """What clocks of the zone show: how far they are from UTC at the beginning, and each change of that."""
    nights = [datetime.combine(day, time(0), UTC) for day in _days(first - DAY, end + 2 * DAY)]
    offsets = [night.astimezone(zone).utcoffset() for night in nights]
    changes = [
        (_change(night, zone), after)
        for night, before, after in zip(nights, offsets, offsets[1:], strict=False)
        if before != after
    ]
    return offsets[0], *changes


def _change(night: datetime, zone: ZoneInfo) -> datetime:
    """The second, in the day after *night*, at which clocks are put on or back."""
    before = night.astimezone(zone).utcoffset()
    seconds = bisect_left(
        range(86400), True, key=lambda past: (night + past * SECOND).astimezone(zone).utcoffset() != before
    )
    return night + seconds * SECOND


def check_each_day_closes_once(zone: ZoneInfo, cadence: Cadence, is_closing: OnDay, first: date, end: date) -> None:
    """One period and one edition for each closing day of the calendar, from closing to closing, at the same hour."""
    digest = replace(a_digest(max_late=FAR), cadences=(cadence,))
    (at,) = {closing.at for closing in cadence.closings}
    begin = datetime.combine(first, time(0), zone).astimezone(UTC) - SECOND
    closed, last = next_closing(begin, cadence.closings, zone), last_closing(begin, cadence.closings, zone)
    found: dict[date, datetime] = {}
    past: list[Edition] = []
    while (local := closed.astimezone(zone)).date() < end:
        assert local.date() not in found, f"{zone.key}: {local.date()} closes twice"
        found[local.date()] = closed
        assert local.time() == at or not _has(local.date(), at, zone), f"{zone.key}: {local} for {at}"
        period = due(closed, past, digest, cadence, zone)
        assert period == Period(starts=last, ends=closed), f"{zone.key}: {local}"
        name = edition_id(digest, cadence, closed, zone)
        past = [Edition(id=name, digest=digest.key, period=period, state=EditionState.DONE, reason=None,
                        prepared_at=closed, cadence=cadence.kind)]  # fmt: skip
        last, closed = closed, next_closing(closed, cadence.closings, zone)
    missing = {day for day in _days(first, end) if is_closing(day) and _is_there(day, zone)} - found.keys()
    assert missing == set(), zone.key
    extra = {day for day in found if not is_closing(day)}
    assert all(not _is_there(day - DAY, zone) for day in extra), f"{zone.key}: {extra}"


def _days(first: date, end: date) -> Iterator[date]:
    return (first + number * DAY for number in range((end - first).days))


def _has(day: date, at: time, zone: ZoneInfo) -> bool:
    """Whether clocks of the zone show that time on that day."""
    local = datetime.combine(day, at, zone)
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == local.replace(tzinfo=None)


def _is_there(day: date, zone: ZoneInfo) -> bool:
    """Samoa and Tokelau left a day out of their calendars."""
    return _has(day, time(12), zone)
