"""When what has an end is over: by the blog's clock, all of its last day included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.models.events import EventStatus, over_at
from tests.support.builders import LONDON, MONDAY

INSTANTS = st.timedeltas(timedelta(), timedelta(days=730)).map(lambda later: MONDAY + later)
#: Of the last, the clocks go on at midnight, which thus is left out.
ZONES = st.sampled_from([LONDON, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Santiago")])


@given(INSTANTS, st.integers(-2, 2), ZONES)
def test_what_lasts_all_day_is_over_once_the_blogs_calendar_shows_another(
    now: datetime, days: int, zone: ZoneInfo
) -> None:
    last = now.date() + timedelta(days=days)
    assert (over_at(last, zone) <= now) is (now.astimezone(zone).date() > last)


@given(INSTANTS, ZONES)
def test_what_ends_at_an_hour_is_over_with_it(ends: datetime, zone: ZoneInfo) -> None:
    assert over_at(ends, zone) == ends


@pytest.mark.parametrize("zone", [LONDON, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Santiago")], ids=str)
def test_what_a_calendar_lets_last_to_the_end_of_time_is_not_over(zone: ZoneInfo) -> None:
    assert over_at(date.max, zone) > datetime(2027, 1, 1, tzinfo=UTC)


def test_what_is_postponed_or_cancelled_is_not_to_be() -> None:
    assert [each for each in EventStatus if each.is_to_be] == [EventStatus.SCHEDULED, EventStatus.MOVED]
