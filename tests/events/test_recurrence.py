"""Recurrence: dateutil's times for every rule that it knows, in steps that are counted and bounded."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrule, weekday
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.events.recurrence import Frequency, OutOfStepsError, Rule, Steps, starts
from tests.support.generated import examples


def clock(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """A time by the clock of some place."""
    return datetime.combine(date(year, month, day), time(hour))


FROM, UNTIL = clock(2026, 10, 24), clock(2027, 12, 28)
YEAR_1 = clock(1, 1, 1, 10)
DAY = timedelta(days=1)


def times(rule: Rule, first: datetime, *, steps: int = 100_000) -> list[datetime]:
    return list(starts(rule, first, after=FROM, before=UNTIL, steps=Steps(steps)))


def taken(rule: Rule, first: datetime) -> int:
    steps = Steps(10**6)
    list(starts(rule, first, after=FROM, before=UNTIL, steps=steps))
    return steps.taken


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, dict[str, Any]]:
    """A rule, and the same in dateutil's words."""
    frequency = draw(st.sampled_from(list(Frequency)))
    yearly, coarse = frequency is Frequency.YEARLY, frequency in (Frequency.YEARLY, Frequency.MONTHLY)
    months = draw(st.frozensets(st.integers(1, 12), max_size=3))
    month_days = draw(st.frozensets(st.sampled_from([1, 2, 13, 28, 30, 31, -1, -7]), max_size=2))
    year_days = draw(st.frozensets(st.sampled_from([1, 60, 100, 366, -1]), max_size=2)) if yearly else frozenset()
    # Of the days of January that are the old year's last week dateutil takes some for another week's.
    weeks = draw(st.frozensets(st.sampled_from([1, 20, 51, -1]), max_size=2)) if yearly else frozenset()
    which = draw(st.sampled_from([0, 1, 2, -1])) if coarse and not weeks else 0
    days = draw(st.frozensets(st.integers(0, 6), max_size=3))
    positions = frozenset[int]()
    # In a series' first week dateutil counts from its beginning, and not from the week's.
    if frequency is not Frequency.WEEKLY and (month_days or days):
        positions = draw(st.frozensets(st.sampled_from([1, 2, -1]), max_size=1))
    rule = Rule(
        frequency=frequency,
        interval=draw(st.sampled_from([1, 1, 2, 3])),
        months=months,
        month_days=month_days,
        year_days=year_days,
        weeks=weeks,
        weekdays=frozenset((which, day) for day in days),
        positions=positions,
        week_start=draw(st.sampled_from([0, 6])),
    )
    words = {
        "freq": list(Frequency).index(frequency),
        "interval": rule.interval,
        "bymonth": sorted(months) or None,
        "bymonthday": sorted(month_days) or None,
        "byyearday": sorted(year_days) or None,
        "byweekno": sorted(weeks) or None,
        "byweekday": [weekday(day, which or None) for day in sorted(days)] or None,
        "bysetpos": sorted(positions) or None,
        "wkst": rule.week_start,
    }
    return rule, words


beginnings = st.datetimes(clock(2024, 1, 1), clock(2027, 2, 1)).map(lambda at: at.replace(microsecond=0))


@settings(max_examples=examples(50))
@given(rules(), beginnings)
def test_times_are_those_that_dateutil_knows(both: tuple[Rule, dict[str, Any]], first: datetime) -> None:
    rule, words = both
    ours = times(rule, first)
    # What matches nothing dateutil would look for until the year 9999: it is asked where there is something.
    if ours:
        known = rrule(dtstart=first, count=len(list(_all(rule, first))), **words)
        assert ours == [at for at in known if at >= FROM]


def _all(rule: Rule, first: datetime) -> list[datetime]:
    return list(starts(rule, first, after=first, before=UNTIL, steps=Steps(10**6)))


@pytest.mark.parametrize(
    ("week", "days"),
    [(52, [27, 28, 29, 30, 31, 1, 2]), (53, [])],
)
def test_a_week_that_reaches_into_january_is_the_old_year_s_to_its_end(week: int, days: list[int]) -> None:
    rule = Rule(frequency=Frequency.YEARLY, weeks=frozenset([week]), week_start=6)
    found = list(
        starts(rule, clock(2026, 12, 20), after=clock(2026, 12, 20), before=clock(2027, 1, 9), steps=Steps(10**6))
    )
    assert [at.day for at in found] == days


@settings(max_examples=examples(50))
@given(rules(), beginnings, st.integers(1, 40))
def test_count_is_counted_from_the_beginning_wherever_the_looking_begins(
    both: tuple[Rule, dict[str, Any]], first: datetime, count: int
) -> None:
    rule, _ = both
    counted = Rule(**{name: getattr(rule, name) for name in Rule.__slots__ if name != "count"}, count=count)
    assert times(counted, first) == [at for at in _all(rule, first)[:count] if at >= FROM]


@pytest.mark.parametrize(
    ("rule", "most"),
    [
        (Rule(frequency=Frequency.DAILY), 900),
        (Rule(frequency=Frequency.DAILY, count=10**9), 900),
        (Rule(frequency=Frequency.WEEKLY, weekdays=frozenset({(0, 0), (0, 3)}), count=10**9), 600),
        (Rule(frequency=Frequency.MONTHLY), 40),
        (Rule(frequency=Frequency.YEARLY), 20),
        (Rule(frequency=Frequency.YEARLY, interval=10**9), 10),
    ],
)
def test_a_series_from_the_year_1_is_stepped_from_where_it_is_looked_at(rule: Rule, most: int) -> None:
    assert taken(rule, YEAR_1) <= most


@pytest.mark.parametrize("frequency", list(Frequency))
def test_a_rule_that_matches_nothing_ends_with_what_is_looked_at(frequency: Frequency) -> None:
    never = Rule(frequency=frequency, months=frozenset({2}), month_days=frozenset({30}))
    assert times(never, YEAR_1) == []
    assert taken(never, YEAR_1) <= 1000


def test_what_takes_too_many_steps_ends_after_what_it_could_take() -> None:
    steps = Steps(20)
    found = starts(Rule(frequency=Frequency.DAILY), FROM, after=FROM, before=UNTIL, steps=steps)
    assert list(islice(found, 10)) == [FROM + number * DAY for number in range(10)]
    with pytest.raises(OutOfStepsError):
        next(found)
    assert steps.taken == 20


def test_steps_of_ones_own_are_taken_before_those_that_are_shared() -> None:
    shared = Steps(5)
    one, other = Steps(3, shared), Steps(3, shared)
    one.take(8)
    other.take(3)
    assert (shared.left, one.taken) == (0, 8)
    with pytest.raises(OutOfStepsError):
        other.take()


def test_one_series_takes_no_more_than_one_may_however_many_are_shared() -> None:
    steps = Steps(1, Steps(1000), most=10)
    steps.take(10)
    with pytest.raises(OutOfStepsError):
        steps.take()


def test_the_calendar_s_end_is_an_end() -> None:
    late = clock(9999, 12, 30)
    found = starts(Rule(frequency=Frequency.DAILY), late, after=late, before=late + DAY, steps=Steps(100))
    assert list(found) == [late, late + DAY]
