"""When a digest closes: by the blog's clock, once for each moment, whatever restarts and clock changes do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.periods import (
    at_once_id,
    being_collected,
    due,
    edition_id,
    is_too_late,
    last_closing,
    next_closing,
    passed_over,
    period_start,
)
from solacefeed.models.digests import Cadence, CadenceKind, Closing, Digest
from solacefeed.models.editions import Edition, EditionState, Period
from tests.support.builders import LONDON, MONDAYS_AT_SEVEN, WEEK, a_digest, weekly

MON, WED, THU, FRI, SAT, SUN = 0, 2, 3, 4, 5, 6
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


def daily(at: time) -> Cadence:
    return Cadence(kind=CadenceKind.DAILY, closings=(Closing(weekday=None, at=at),))


def monthly(weekday: int, week: int, at: time = time(7)) -> Cadence:
    return Cadence(kind=CadenceKind.MONTHLY, closings=(Closing(weekday=weekday, week=week, at=at),))


def at_once(*, morning: time = time(7)) -> Cadence:
    return Cadence(kind=CadenceKind.AT_ONCE, closings=(Closing(weekday=None, at=morning),))


@pytest.mark.parametrize(
    ("now", "cadence", "last", "following"),
    [
        pytest.param(utc(11, 23, 7), daily(time(7)), utc(11, 23, 7), utc(11, 24, 7), id="each day"),
        pytest.param(utc(3, 28, 12), daily(time(7)), utc(3, 28, 7), utc(3, 29, 6), id="a day of 23 hours"),
        pytest.param(utc(10, 24, 12), daily(time(7)), utc(10, 24, 6), utc(10, 25, 7), id="a day of 25 hours"),
        pytest.param(utc(11, 30, 9), monthly(MON, 1), utc(11, 2, 7), utc(12, 7, 7), id="the first Monday"),
        pytest.param(utc(11, 13, 6, 59), monthly(FRI, 2), utc(10, 9, 6), utc(11, 13, 7), id="the second Friday"),
        pytest.param(utc(11, 23, 8), monthly(MON, 4), utc(11, 23, 7), utc(12, 28, 7), id="the fourth of five"),
        pytest.param(utc(11, 23, 8), monthly(MON, -1), utc(10, 26, 7), utc(11, 30, 7), id="the last of five"),
        pytest.param(utc(2, 20, 8), monthly(SAT, -1), utc(1, 31, 7), utc(2, 28, 7), id="the last of February"),
        pytest.param(utc(12, 31, 8), monthly(FRI, 1), utc(12, 4, 7), utc(1, 1, 7, year=2027), id="over the new year"),
        pytest.param(utc(7, 1, 0), monthly(WED, 1, time(0)), utc(6, 30, 23), utc(8, 4, 23), id="midnight in summer"),
    ],
)
def test_a_cadence_closes_each_day_each_week_or_on_one_day_of_the_month(
    now: datetime, cadence: Cadence, last: datetime, following: datetime
) -> None:
    assert last_closing(now, cadence.closings, LONDON) == last
    assert next_closing(now, cadence.closings, LONDON) == following


# -- what is due -------------------------------------------------------------------------------------


def of(*cadences: Cadence, max_late: timedelta = TWO_DAYS) -> Digest:
    return replace(a_digest(max_late=max_late), cadences=cadences)


def an_edition(
    ends: datetime,
    *,
    starts: datetime | None = None,
    digest: Digest | None = None,
    cadence: Cadence | None = None,
    zone: ZoneInfo = LONDON,
    state: EditionState = EditionState.DONE,
    folded: bool = False,
) -> Edition:
    digest = digest or a_digest()
    cadence = cadence or digest.first
    return Edition(
        id=edition_id(digest, cadence, ends, zone),
        digest=digest.key,
        period=Period(starts=starts or ends - WEEK, ends=ends),
        state=state,
        reason=None,
        prepared_at=ends,
        cadence=cadence.kind,
        folded=folded,
    )


def due_of(digest: Digest, now: datetime, past: Sequence[Edition] = (), zone: ZoneInfo = LONDON) -> Period | None:
    """Of the first cadence."""
    return due(now, past, digest, digest.first, zone)


def test_a_digests_first_edition_covers_its_own_period_only() -> None:
    assert due_of(a_digest(), utc(11, 23, 8)) == Period(starts=utc(11, 16, 7), ends=utc(11, 23, 7))


def test_the_first_of_two_editions_a_week_covers_its_days_only() -> None:
    twice = a_digest(closings=TWICE_A_WEEK)
    assert due_of(twice, utc(11, 26, 18)) == Period(starts=utc(11, 23, 7), ends=utc(11, 26, 17))


@pytest.mark.parametrize("weeks", [0, 1, 3])
def test_after_downtime_one_edition_begins_where_the_last_one_ended(weeks: int) -> None:
    covered = utc(11, 23, 7) - weeks * WEEK
    period = due_of(a_digest(), utc(11, 23, 8), [an_edition(covered)])
    assert period == (Period(starts=covered, ends=utc(11, 23, 7)) if weeks else None)


@pytest.mark.parametrize(("late", "goes"), [(TWO_DAYS, True), (TWO_DAYS + SECOND, False)])
def test_an_edition_later_than_max_late_is_let_pass(late: timedelta, goes: bool) -> None:
    closed = utc(11, 23, 7)
    assert (due_of(a_digest(), closed + late, [an_edition(closed - WEEK)]) is not None) is goes


def test_what_was_let_pass_stands_in_the_next_edition() -> None:
    past = [an_edition(utc(11, 16, 7))]
    assert due_of(a_digest(), utc(11, 26, 7), past) is None
    assert due_of(a_digest(), utc(11, 30, 7), past) == Period(starts=utc(11, 16, 7), ends=utc(11, 30, 7))


def test_a_closing_moved_back_in_the_week_covers_nothing_twice() -> None:
    assert due_of(a_digest(max_late=FOR_EVER), utc(11, 27, 9), [an_edition(utc(11, 26, 17))]) is None


def test_a_folded_edition_is_not_made_again_and_the_next_begins_where_it_began() -> None:
    whole, folded = an_edition(utc(11, 9, 7)), an_edition(utc(11, 16, 7), folded=True)
    assert due_of(a_digest(), utc(11, 17, 7), [folded, whole]) is None
    assert due_of(a_digest(), utc(11, 23, 8), [folded, whole]) == Period(starts=utc(11, 9, 7), ends=utc(11, 23, 7))


def test_where_none_but_folded_ones_are_known_the_window_begins_where_the_first_of_them_did() -> None:
    folded = [an_edition(utc(11, day, 7), starts=utc(11, 2, 7), folded=True) for day in (16, 9)]
    assert due_of(a_digest(), utc(11, 23, 8), folded) == Period(starts=utc(11, 2, 7), ends=utc(11, 23, 7))


def test_the_day_of_a_cancelled_edition_is_free_again() -> None:
    cancelled = an_edition(utc(11, 23, 7), state=EditionState.CANCELLED)
    past = [cancelled, an_edition(utc(11, 16, 7))]
    assert due_of(a_digest(), utc(11, 23, 8), past) == Period(starts=utc(11, 16, 7), ends=utc(11, 23, 7))


@pytest.mark.parametrize("state", [EditionState.DRAFT, EditionState.HELD])
def test_a_draft_of_a_closing_to_come_takes_nothing_from_it(state: EditionState) -> None:
    past = [an_edition(utc(11, 30, 7), state=state), an_edition(utc(11, 16, 7))]
    assert due_of(a_digest(), utc(11, 23, 8), past) == Period(starts=utc(11, 16, 7), ends=utc(11, 23, 7))
    to_come = being_collected(utc(11, 29, 8), [past[0], an_edition(utc(11, 23, 7))], a_digest(), WEEKLY, LONDON)
    assert to_come == Period(starts=utc(11, 23, 7), ends=utc(11, 30, 7))


@pytest.mark.parametrize("state", [EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED])
def test_a_closing_is_not_due_again_while_its_edition_waits_for_an_editor(state: EditionState) -> None:
    assert due_of(a_digest(), utc(11, 23, 8), [an_edition(utc(11, 23, 7), state=state)]) is None


# -- several cadences --------------------------------------------------------------------------------

WEEKLY = weekly(*MONDAYS)
DAILY = daily(time(7))


def test_each_cadence_is_due_by_its_own_editions() -> None:
    digest = of(WEEKLY, DAILY)
    past = [an_edition(utc(11, 22, 7), digest=digest, cadence=DAILY), an_edition(utc(11, 16, 7))]
    now = utc(11, 23, 8)
    assert due(now, past, digest, WEEKLY, LONDON) == Period(starts=utc(11, 16, 7), ends=utc(11, 23, 7))
    assert due(now, past, digest, DAILY, LONDON) == Period(starts=utc(11, 22, 7), ends=utc(11, 23, 7))


def test_after_a_weeks_downtime_a_daily_cadence_has_one_edition_of_all_of_it() -> None:
    digest = of(WEEKLY, DAILY)
    past = [an_edition(utc(11, 16, 7), digest=digest, cadence=DAILY)]
    assert due(utc(11, 23, 8), past, digest, DAILY, LONDON) == Period(starts=utc(11, 16, 7), ends=utc(11, 23, 7))


def test_an_edition_is_named_by_its_local_closing_day() -> None:
    assert edition_id(a_digest(), WEEKLY, utc(7, 5, 23, 30), LONDON) == "weekly/2026-07-06"


def test_the_first_cadence_keeps_its_short_names_and_the_others_say_which_they_are() -> None:
    digest, closed = of(DAILY, WEEKLY, monthly(MON, 1), at_once()), utc(11, 2, 7)
    assert [edition_id(digest, cadence, closed, LONDON) for cadence in digest.cadences[:3]] == [
        "weekly/2026-11-02",
        "weekly/weekly-2026-11-02",
        "weekly/monthly-2026-11-02",
    ]


def test_mails_at_once_are_numbered_by_their_local_day() -> None:
    digest = of(at_once())
    assert at_once_id(digest, utc(7, 5, 23, 30), LONDON, 2) == "weekly/at-once-2026-07-06-2"
    assert at_once_id(digest, utc(7, 5, 22, 30), LONDON, 1) == "weekly/at-once-2026-07-05-1"


def test_the_mornings_mail_is_due_each_morning_whatever_went_at_once_before_it() -> None:
    digest = of(WEEKLY, at_once())
    morning, post = (
        replace(an_edition(ends), id=at_once_id(digest, ends, LONDON, 1), cadence=CadenceKind.AT_ONCE)
        for ends in (utc(11, 22, 7), utc(11, 23, 7, 5))
    )
    now = utc(11, 23, 8)
    assert due(now, [post, morning], digest, digest.cadences[1], LONDON) == Period(
        starts=utc(11, 22, 7), ends=utc(11, 23, 7)
    )
    assert due(utc(11, 22, 8), [post, morning], digest, digest.cadences[1], LONDON) is None


def test_another_cadence_becomes_the_first_and_takes_no_name_twice() -> None:
    past = [an_edition(utc(11, 23, 7))]
    digest, now = of(daily(time(17)), WEEKLY), utc(11, 23, 18)
    assert due(now, past, digest, digest.first, LONDON) is None
    assert being_collected(now, past, digest, digest.first, LONDON) == Period(
        starts=utc(11, 23, 7), ends=utc(11, 24, 17)
    )


@pytest.mark.parametrize(
    ("cadence", "start"),
    [
        (WEEKLY, utc(11, 16, 7)),
        (DAILY, utc(11, 18, 7)),
        (monthly(MON, 1), utc(11, 2, 7)),
        (at_once(), utc(11, 18, 9, 30)),
    ],
)
def test_a_choice_counts_from_the_start_of_the_period_in_which_it_was_made(cadence: Cadence, start: datetime) -> None:
    assert period_start(utc(11, 18, 9, 30), cadence, LONDON) == start


def test_a_choice_made_at_the_very_closing_counts_from_it() -> None:
    assert period_start(utc(11, 23, 7), WEEKLY, LONDON) == utc(11, 23, 7)


# -- what comes next ---------------------------------------------------------------------------------

AT_HALF_PAST_ONE = Closing(weekday=MON, at=time(13, 31))
AT_A_QUARTER_TO_TWO = Closing(weekday=MON, at=time(13, 45))


def collected_of(digest: Digest, now: datetime, past: Sequence[Edition], zone: ZoneInfo = LONDON) -> Period:
    """Of the first cadence."""
    return being_collected(now, past, digest, digest.first, zone)


def test_what_is_collected_runs_from_the_last_edition_to_the_next_closing() -> None:
    this_week = Period(starts=utc(11, 23, 7), ends=utc(11, 30, 7))
    assert collected_of(a_digest(), utc(11, 25, 9), [an_edition(utc(11, 23, 7))]) == this_week
    assert collected_of(a_digest(), utc(11, 25, 9), []) == this_week


def test_what_comes_after_downtime_begins_where_the_last_edition_ended_and_not_at_the_last_closing() -> None:
    past, digest = [an_edition(utc(11, 2, 7))], a_digest()
    assert due_of(digest, utc(11, 23, 8), past) == Period(starts=utc(11, 2, 7), ends=utc(11, 23, 7))
    assert due_of(digest, utc(11, 26, 8), past) is None
    assert collected_of(digest, utc(11, 26, 8), past) == Period(starts=utc(11, 2, 7), ends=utc(11, 30, 7))


def test_after_the_edition_that_is_due_comes_the_one_that_begins_at_its_end() -> None:
    past = [an_edition(utc(11, 16, 7))]
    assert collected_of(a_digest(), utc(11, 23, 8), past) == Period(starts=utc(11, 23, 7), ends=utc(11, 30, 7))


@pytest.mark.parametrize("minute", [32, 44, 45, 59])
def test_a_closing_moved_within_the_day_of_an_edition_is_passed_over_and_the_next_one_promised(minute: int) -> None:
    past, digest = [an_edition(utc(11, 23, 13, 31))], a_digest(closings=(AT_A_QUARTER_TO_TWO,))
    now = utc(11, 23, 13, minute)
    assert due_of(digest, now, past) is None
    assert passed_over(now, past, digest, digest.first, LONDON) == (utc(11, 23, 13, 45),)
    assert collected_of(digest, now, past) == Period(starts=utc(11, 23, 13, 31), ends=utc(11, 30, 13, 45))


def test_a_closing_that_was_not_moved_passes_nothing_over() -> None:
    digest, now = a_digest(closings=(AT_HALF_PAST_ONE,)), utc(11, 23, 14)
    assert passed_over(now, [an_edition(utc(11, 23, 13, 31))], digest, digest.first, LONDON) == ()
    assert passed_over(now, [], digest, digest.first, LONDON) == ()


# -- laws --------------------------------------------------------------------------------------------

ZONES = st.sampled_from([ZoneInfo(name) for name in ("Europe/London", "America/Nuuk", "Pacific/Apia", "UTC")])
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
CADENCES = st.one_of(
    st.lists(
        st.builds(Closing, weekday=st.integers(0, 6), at=TIMES),
        min_size=1,
        max_size=3,
        unique_by=lambda closing: closing.weekday,
    ).map(lambda closings: weekly(*closings)),
    TIMES.map(daily),
    st.builds(monthly, st.integers(0, 6), st.sampled_from([1, 2, 3, 4, -1]), TIMES),
)
LOOKS = st.lists(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001  # given UTC
    min_size=1,
    max_size=25,
)


def prepared(looks: list[datetime], digest: Digest, zone: ZoneInfo) -> list[Period]:
    """The periods of the editions that these looks, in this order, bring about."""
    past: list[Edition] = []
    for look in looks:
        _freeze_what_is_due(look, past, digest, zone)
    return [edition.period for edition in reversed(past)]


def _freeze_what_is_due(look: datetime, past: list[Edition], digest: Digest, zone: ZoneInfo) -> None:
    if period := due_of(digest, look, past, zone):
        past.insert(0, an_edition(period.ends, starts=period.starts, digest=digest, zone=zone))


@given(looks=LOOKS, cadence=CADENCES, zone=ZONES, max_late=st.sampled_from([TWO_DAYS, timedelta(days=5), FOR_EVER]))
def test_each_instant_is_covered_by_one_edition_however_often_and_in_whatever_order_one_looks(
    looks: list[datetime], cadence: Cadence, zone: ZoneInfo, max_late: timedelta
) -> None:
    periods = prepared(looks, of(cadence, max_late=max_late), zone)
    assert all(period.starts < period.ends for period in periods)
    assert [period.starts for period in periods[1:]] == [period.ends for period in periods[:-1]]


@given(looks=LOOKS, cadence=CADENCES, zone=ZONES)
def test_whoever_looks_last_finds_everything_covered_up_to_the_newest_closing(
    looks: list[datetime], cadence: Cadence, zone: ZoneInfo
) -> None:
    digest = of(cadence, max_late=FOR_EVER)
    (*_, newest) = prepared(looks, digest, zone)
    assert newest.ends == last_closing(max(looks), cadence.closings, zone)
    assert due_of(digest, max(looks), [an_edition(newest.ends, digest=digest, zone=zone)], zone) is None


@given(looks=LOOKS, schedules=st.lists(CADENCES, min_size=1, max_size=4), zone=ZONES)
def test_the_closing_that_is_promised_is_the_one_of_which_the_next_edition_comes(
    looks: list[datetime], schedules: list[Cadence], zone: ZoneInfo
) -> None:
    """Whatever first cadence was set before, and whoever looked when: one look at the promised moment freezes it."""
    past: list[Edition] = []
    for number, look in enumerate(sorted(looks)):
        digest = of(schedules[number % len(schedules)])
        _freeze_what_is_due(look, past, digest, zone)
        promised = collected_of(digest, look, past, zone)
        assert promised.ends > look
        assert due_of(digest, promised.ends, past, zone) == promised
    assert len({edition.id for edition in past}) == len(past)


@given(now=LOOKS.map(max), cadence=CADENCES, zone=ZONES)
def test_there_is_no_closing_between_the_last_one_and_the_next(now: datetime, cadence: Cadence, zone: ZoneInfo) -> None:
    last = last_closing(now, cadence.closings, zone)
    following = next_closing(now, cadence.closings, zone)
    assert last <= now < following
    assert last_closing(following - SECOND, cadence.closings, zone) == last
    assert next_closing(last, cadence.closings, zone) == following
    assert period_start(now, cadence, zone) == last


@given(now=LOOKS.map(max), cadence=CADENCES)
def test_a_closing_in_the_daytime_keeps_its_hour_all_the_year(now: datetime, cadence: Cadence) -> None:
    closings = tuple(replace(closing, at=time(12)) for closing in cadence.closings)
    for zone in ("Europe/London", "America/Nuuk", "Australia/Lord_Howe"):
        assert last_closing(now, closings, ZoneInfo(zone)).astimezone(ZoneInfo(zone)).time() == time(12)


@given(st.timedeltas(min_value=timedelta(), max_value=2 * TWO_DAYS))
def test_an_edition_that_is_too_late_to_go_is_not_made_either(later: timedelta) -> None:
    closed = utc(11, 23, 7)
    now = closed + later
    too_late = is_too_late(closed, now, max_late=TWO_DAYS)
    assert too_late is (later > TWO_DAYS)
    assert too_late is (due_of(a_digest(), now, [an_edition(closed - WEEK)]) is None)
