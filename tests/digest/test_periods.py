"""When a digest closes: by the blog's clock, once for each moment, whatever restarts and clock changes do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.periods import (
    being_collected,
    due,
    edition_id,
    is_too_late,
    last_closing,
    latest_period,
    next_closing,
    next_due,
    passed_over,
)
from solacefeed.models.digests import Closing, Digest
from solacefeed.models.editions import Edition, EditionState, Period
from tests.support.builders import LONDON, MONDAYS_AT_SEVEN, WEEK, a_digest

MON, THU, SUN = 0, 3, 6
SECOND = timedelta(seconds=1)
TWO_DAYS = timedelta(hours=48)
FOR_EVER = timedelta(days=10_000)

MONDAYS = (MONDAYS_AT_SEVEN,)
TWICE_A_WEEK = (MONDAYS_AT_SEVEN, Closing(weekday=THU, at=time(17)))
#: An hour that comes twice on one night of the year, and not at all on another.
SUNDAY_NIGHT = (Closing(weekday=SUN, at=time(1, 30)),)


def utc(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "closings", "last", "following"),
    [
        pytest.param(utc(11, 23, 8), MONDAYS, utc(11, 23, 7), utc(11, 30, 7), id="an hour after it"),
        pytest.param(utc(11, 23, 7), MONDAYS, utc(11, 23, 7), utc(11, 30, 7), id="at the very moment"),
        pytest.param(utc(11, 23, 6, 59), MONDAYS, utc(11, 16, 7), utc(11, 23, 7), id="a minute before"),
        pytest.param(utc(7, 6, 6, 30), MONDAYS, utc(7, 6, 6), utc(7, 13, 6), id="seven in summer is six in UTC"),
        pytest.param(utc(3, 30, 6, 30), MONDAYS, utc(3, 30, 6), utc(4, 6, 6), id="the morning after clocks go on"),
        pytest.param(utc(3, 27, 12), MONDAYS, utc(3, 23, 7), utc(3, 30, 6), id="a week of 167 hours"),
        pytest.param(utc(10, 26, 6, 30), MONDAYS, utc(10, 19, 6), utc(10, 26, 7), id="a week of 169 hours"),
        pytest.param(utc(3, 29, 1, 29), SUNDAY_NIGHT, utc(3, 22, 1, 30), utc(3, 29, 1, 30), id="01:30 left out: no"),
        pytest.param(utc(3, 29, 1, 30), SUNDAY_NIGHT, utc(3, 29, 1, 30), utc(4, 5, 0, 30), id="01:30 left out: yes"),
        pytest.param(utc(10, 25, 0, 30), SUNDAY_NIGHT, utc(10, 25, 0, 30), utc(11, 1, 1, 30), id="01:30 twice: first"),
        pytest.param(utc(10, 25, 1, 30), SUNDAY_NIGHT, utc(10, 25, 0, 30), utc(11, 1, 1, 30), id="01:30 twice: second"),
        pytest.param(utc(11, 25, 9), TWICE_A_WEEK, utc(11, 23, 7), utc(11, 26, 17), id="between two closings"),
        pytest.param(utc(11, 27, 9), TWICE_A_WEEK, utc(11, 26, 17), utc(11, 30, 7), id="after the second"),
        pytest.param(utc(1, 1, 0, year=2027), TWICE_A_WEEK, utc(12, 31, 17), utc(1, 4, 7, year=2027), id="new year"),
    ],
)
def test_a_digest_closes_by_the_blogs_clock(
    now: datetime, closings: tuple[Closing, ...], last: datetime, following: datetime
) -> None:
    assert last_closing(now, closings, LONDON) == last
    assert next_closing(now, closings, LONDON) == following


def test_a_digests_first_edition_covers_its_own_period_only() -> None:
    period = due(utc(11, 23, 8), None, MONDAYS, LONDON, max_late=TWO_DAYS)
    assert period == Period(starts=utc(11, 16, 7), ends=utc(11, 23, 7))


def test_the_first_of_two_editions_a_week_covers_its_days_only() -> None:
    period = due(utc(11, 26, 18), None, TWICE_A_WEEK, LONDON, max_late=TWO_DAYS)
    assert period == Period(starts=utc(11, 23, 7), ends=utc(11, 26, 17))


@pytest.mark.parametrize("weeks", [0, 1, 3])
def test_after_downtime_one_edition_begins_where_the_last_one_ended(weeks: int) -> None:
    covered = utc(11, 23, 7) - weeks * WEEK
    period = due(utc(11, 23, 8), covered, MONDAYS, LONDON, max_late=TWO_DAYS)
    assert period == (Period(starts=covered, ends=utc(11, 23, 7)) if weeks else None)


@pytest.mark.parametrize(("late", "goes"), [(TWO_DAYS, True), (TWO_DAYS + SECOND, False)])
def test_an_edition_later_than_max_late_is_let_pass(late: timedelta, goes: bool) -> None:
    closed = utc(11, 23, 7)
    period = due(closed + late, closed - WEEK, MONDAYS, LONDON, max_late=TWO_DAYS)
    assert (period is not None) is goes


def test_what_was_let_pass_stands_in_the_next_edition() -> None:
    covered = utc(11, 16, 7)
    assert due(utc(11, 26, 7), covered, MONDAYS, LONDON, max_late=TWO_DAYS) is None
    assert due(utc(11, 30, 7), covered, MONDAYS, LONDON, max_late=TWO_DAYS) == Period(
        starts=covered, ends=utc(11, 30, 7)
    )


def test_a_closing_moved_back_in_the_week_covers_nothing_twice() -> None:
    covered = utc(11, 26, 17)
    assert due(utc(11, 27, 9), covered, MONDAYS, LONDON, max_late=FOR_EVER) is None


def test_the_latest_period_lies_between_the_last_two_closings() -> None:
    assert latest_period(utc(11, 25, 9), TWICE_A_WEEK, LONDON) == Period(starts=utc(11, 19, 17), ends=utc(11, 23, 7))


def an_edition(ends: datetime, *, starts: datetime | None = None, zone: ZoneInfo = LONDON) -> Edition:
    period = Period(starts=starts or ends - WEEK, ends=ends)
    return Edition(
        id=edition_id("weekly", period, zone),
        digest="weekly",
        period=period,
        state=EditionState.DONE,
        reason=None,
        prepared_at=ends,
    )


AT_HALF_PAST_ONE = Closing(weekday=MON, at=time(13, 31))
AT_A_QUARTER_TO_TWO = Closing(weekday=MON, at=time(13, 45))


def test_what_is_collected_runs_from_the_last_edition_to_the_next_closing() -> None:
    digest = a_digest()
    assert being_collected(utc(11, 25, 9), [an_edition(utc(11, 23, 7))], digest, LONDON) == Period(
        starts=utc(11, 23, 7), ends=utc(11, 30, 7)
    )
    assert being_collected(utc(11, 25, 9), [], digest, LONDON) == Period(starts=utc(11, 23, 7), ends=utc(11, 30, 7))


def test_what_comes_after_downtime_begins_where_the_last_edition_ended_and_not_at_the_last_closing() -> None:
    past, digest = [an_edition(utc(11, 2, 7))], a_digest()
    assert next_due(utc(11, 23, 8), past, digest, LONDON) == Period(starts=utc(11, 2, 7), ends=utc(11, 23, 7))
    assert next_due(utc(11, 26, 8), past, digest, LONDON) is None
    assert being_collected(utc(11, 26, 8), past, digest, LONDON) == Period(starts=utc(11, 2, 7), ends=utc(11, 30, 7))


def test_after_the_edition_that_is_due_comes_the_one_that_begins_at_its_end() -> None:
    past = [an_edition(utc(11, 16, 7))]
    assert being_collected(utc(11, 23, 8), past, a_digest(), LONDON) == Period(
        starts=utc(11, 23, 7), ends=utc(11, 30, 7)
    )


@pytest.mark.parametrize("minute", [32, 44, 45, 59])
def test_a_closing_moved_within_the_day_of_an_edition_is_passed_over_and_the_next_one_promised(minute: int) -> None:
    past, digest = [an_edition(utc(11, 23, 13, 31))], a_digest(closings=(AT_A_QUARTER_TO_TWO,))
    now = utc(11, 23, 13, minute)
    assert next_due(now, past, digest, LONDON) is None
    assert passed_over(past, digest, LONDON) == (utc(11, 23, 13, 45),)
    assert being_collected(now, past, digest, LONDON) == Period(starts=utc(11, 23, 13, 31), ends=utc(11, 30, 13, 45))


def test_a_closing_that_was_not_moved_passes_nothing_over() -> None:
    assert passed_over([an_edition(utc(11, 23, 13, 31))], a_digest(closings=(AT_HALF_PAST_ONE,)), LONDON) == ()
    assert passed_over([], a_digest(), LONDON) == ()


def test_an_edition_is_named_by_its_local_closing_day() -> None:
    half_past_midnight = Period(starts=utc(6, 28, 23, 30), ends=utc(7, 5, 23, 30))
    assert edition_id("weekly", half_past_midnight, LONDON) == "weekly/2026-07-06"


ZONES = st.sampled_from([ZoneInfo(name) for name in ("Europe/London", "America/New_York", "Pacific/Apia", "UTC")])
CLOSINGS = st.lists(
    st.builds(Closing, weekday=st.integers(0, 6), at=st.times().map(lambda t: t.replace(second=0, microsecond=0))),
    min_size=1,
    max_size=3,
    unique_by=lambda closing: closing.weekday,
).map(tuple)
LOOKS = st.lists(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001  # given UTC
    min_size=1,
    max_size=40,
)


def prepared(
    looks: list[datetime], closings: tuple[Closing, ...], zone: ZoneInfo, *, max_late: timedelta = FOR_EVER
) -> list[Period]:
    """The periods of the editions that these looks, in this order, bring about."""
    periods: list[Period] = []
    for look in looks:
        covered = periods[-1].ends if periods else None
        period = due(look, covered, closings, zone, max_late=max_late)
        periods.extend([period] if period else [])
    return periods


@given(looks=LOOKS, closings=CLOSINGS, zone=ZONES, max_late=st.sampled_from([TWO_DAYS, timedelta(days=5), FOR_EVER]))
def test_each_instant_is_covered_by_one_edition_however_often_and_in_whatever_order_one_looks(
    looks: list[datetime], closings: tuple[Closing, ...], zone: ZoneInfo, max_late: timedelta
) -> None:
    periods = prepared(looks, closings, zone, max_late=max_late)
    assert all(period.starts < period.ends for period in periods)
    assert [period.starts for period in periods[1:]] == [period.ends for period in periods[:-1]]


@given(looks=LOOKS, closings=CLOSINGS, zone=ZONES)
def test_whoever_looks_last_finds_everything_covered_up_to_the_newest_closing(
    looks: list[datetime], closings: tuple[Closing, ...], zone: ZoneInfo
) -> None:
    (*_, newest) = prepared(looks, closings, zone)
    assert newest.ends == last_closing(max(looks), closings, zone)
    assert due(max(looks), newest.ends, closings, zone, max_late=FOR_EVER) is None


@given(looks=LOOKS, schedules=st.lists(CLOSINGS, min_size=1, max_size=4), zone=ZONES)
def test_the_closing_that_is_promised_is_the_one_of_which_the_next_edition_comes(
    looks: list[datetime], schedules: list[tuple[Closing, ...]], zone: ZoneInfo
) -> None:
    """Whatever closings were set before, and whoever looked when: one look at the promised moment freezes it."""
    past: list[Edition] = []
    for number, look in enumerate(sorted(looks)):
        digest = a_digest(closings=schedules[number % len(schedules)])
        _freeze_what_is_due(look, past, digest, zone)
        promised = being_collected(look, past, digest, zone)
        assert promised.ends > look
        assert next_due(promised.ends, past, digest, zone) == promised
    assert len({edition.id for edition in past}) == len(past)


def _freeze_what_is_due(look: datetime, past: list[Edition], digest: Digest, zone: ZoneInfo) -> None:
    if period := next_due(look, past, digest, zone):
        past.insert(0, an_edition(period.ends, starts=period.starts, zone=zone))


@given(now=LOOKS.map(max), closings=CLOSINGS, zone=ZONES)
def test_there_is_no_closing_between_the_last_one_and_the_next(
    now: datetime, closings: tuple[Closing, ...], zone: ZoneInfo
) -> None:
    last, following = last_closing(now, closings, zone), next_closing(now, closings, zone)
    assert last <= now < following
    assert last_closing(following - SECOND, closings, zone) == last
    assert next_closing(last, closings, zone) == following


@given(day=st.dates(date(2026, 1, 1), date(2027, 12, 31)), zone=ZONES)
def test_a_closing_in_the_daytime_keeps_its_hour_all_the_year(day: date, zone: ZoneInfo) -> None:
    noon = datetime.combine(day, time(12), zone)
    closing = (Closing(weekday=day.weekday(), at=time(12)),)
    closed = last_closing(noon, closing, zone).astimezone(zone)
    assert (closed.date(), closed.time()) == (day, time(12)) or not _exists(noon)


def _exists(local: datetime) -> bool:
    """Samoa left a day out of its calendar once, and some zones leave out hours."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


@given(st.timedeltas(min_value=timedelta(), max_value=2 * TWO_DAYS))
def test_an_edition_that_is_too_late_to_go_is_not_made_either(later: timedelta) -> None:
    closed = utc(11, 23, 7)
    now = closed + later
    too_late = is_too_late(closed, now, max_late=TWO_DAYS)
    assert too_late is (later > TWO_DAYS)
    assert too_late is (due(now, closed - WEEK, MONDAYS, LONDON, max_late=TWO_DAYS) is None)
