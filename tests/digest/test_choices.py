"""Since when a choice counts: from the start of the period in which it was made, whatever was chosen before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.choices import (
    left_without,
    may_join,
    offers,
    since_after,
    since_moved,
    start_of_period,
)
from solacefeed.models.digests import Cadence, CadenceKind, Closing, Join
from solacefeed.models.editions import Period
from solacefeed.models.people import EVERY, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from tests.support.builders import LONDON, MONDAY, MONDAYS_AT_SEVEN, WEEK, a_category, a_digest, category_ids

DAY = timedelta(days=1)
#: The closing before the instant of the tests, at eight on a Monday.
CLOSED = MONDAY - timedelta(hours=1)
ANN = Subscriber(id=1, email="ann@example.org", name=None, created_at=MONDAY)
WEEKLY = a_digest()
SEVEN = MONDAYS_AT_SEVEN.at
EVERY_WAY = replace(
    WEEKLY,
    cadences=(
        WEEKLY.first,
        Cadence(kind=CadenceKind.DAILY, closings=(Closing(weekday=None, at=SEVEN),)),
        Cadence(kind=CadenceKind.MONTHLY, closings=(Closing(weekday=0, at=SEVEN, week=1),)),
        Cadence(kind=CadenceKind.AT_ONCE, closings=(Closing(weekday=None, at=SEVEN),)),
    ),
)


def a_subscription(
    *chosen: str,
    since: Mapping[CategoryId, datetime] | None,
    everything: bool = False,
    state: SubscriptionState = SubscriptionState.CONFIRMED,
    changed_at: datetime = MONDAY,
) -> Subscription:
    return Subscription(
        subscriber=ANN,
        digest="weekly",
        state=state,
        category_ids=None if everything else category_ids(*chosen),
        changed_at=changed_at,
        since=since,
    )


def chosen_anew(before: Subscription | None, *chosen: str, everything: bool = False) -> dict[str, datetime]:
    """Since when each counts when that is chosen a week after Monday's closing."""
    ids = None if everything else category_ids(*chosen)
    found = since_after(before, ids, at=MONDAY + WEEK + DAY, start_of=start_of_period(WEEKLY, None, LONDON))
    return {str(each): instant for each, instant in found.items()}


OLD, NEW = CLOSED - 5 * WEEK, CLOSED + WEEK
HOUSING, SCHOOLS = category_ids("1", "2")


def test_who_joins_gets_no_back_catalogue() -> None:
    assert chosen_anew(None, "1", "2") == {"1": NEW, "2": NEW}
    assert chosen_anew(None, everything=True) == {EVERY: NEW}


def test_what_was_chosen_before_keeps_its_own_and_what_is_added_counts_from_this_period() -> None:
    before = a_subscription("1", since={HOUSING: OLD})
    assert chosen_anew(before, "1", "2") == {"1": OLD, "2": NEW}


def test_what_was_dropped_and_is_chosen_again_begins_anew() -> None:
    without = a_subscription("2", since={SCHOOLS: OLD})
    assert chosen_anew(without, "1", "2") == {"1": NEW, "2": OLD}


def test_from_everything_to_some_each_keeps_what_everything_had() -> None:
    before = a_subscription(everything=True, since={EVERY: CLOSED, HOUSING: OLD})
    assert chosen_anew(before, "1", "2") == {"1": OLD, "2": CLOSED}


def test_from_some_to_everything_those_named_keep_theirs() -> None:
    before = a_subscription("1", since={HOUSING: OLD})
    assert chosen_anew(before, everything=True) == {EVERY: NEW, "1": OLD}


def test_who_takes_everything_as_before_keeps_all_of_it() -> None:
    since = {EVERY: CLOSED, HOUSING: OLD}
    assert chosen_anew(a_subscription(everything=True, since=since), everything=True) == since


def test_what_an_upgrade_noted_of_all_at_once_holds_of_each_that_was_chosen() -> None:
    before = a_subscription("1", since={EVERY: OLD})
    assert chosen_anew(before, "1", "2") == {"1": OLD, "2": NEW}
    assert chosen_anew(before, everything=True) == {EVERY: NEW, "1": OLD}


def test_what_nobody_noted_counts_from_the_period_of_the_last_change() -> None:
    before = a_subscription("1", since=None, changed_at=MONDAY + DAY)
    assert chosen_anew(before, "1", "2") == {"1": CLOSED, "2": NEW}


def test_after_an_end_all_of_it_begins_anew() -> None:
    before = a_subscription("1", since={HOUSING: OLD}, state=SubscriptionState.ENDED)
    assert chosen_anew(before, "1") == {"1": NEW}


def test_a_pause_keeps_it() -> None:
    before = a_subscription("1", since={HOUSING: OLD}, state=SubscriptionState.PAUSED)
    assert chosen_anew(before, "1") == {"1": OLD}


@pytest.mark.parametrize(
    ("cadence", "begins"),
    [
        (None, CLOSED),
        (CadenceKind.WEEKLY, CLOSED),
        (CadenceKind.DAILY, CLOSED + 2 * DAY),
        (CadenceKind.MONTHLY, datetime(2026, 11, 2, 7, tzinfo=LONDON)),
        (CadenceKind.AT_ONCE, MONDAY + 2 * DAY),
    ],
)
def test_the_period_is_that_of_the_readers_own_cadence(cadence: CadenceKind | None, begins: datetime) -> None:
    start_of = start_of_period(EVERY_WAY, cadence, LONDON)
    assert since_after(None, None, at=MONDAY + 2 * DAY, start_of=start_of) == {EVERY: begins}


# -- the law -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """At some hour a reader chooses that at that cadence, or ends."""

    hours: int
    chosen: frozenset[str] | None
    cadence: CadenceKind
    ends: bool

    @property
    def ids(self) -> tuple[CategoryId, ...] | None:
        return None if self.chosen is None else category_ids(*sorted(self.chosen))


STEPS = st.lists(
    st.builds(
        Step,
        hours=st.integers(0, 24 * 40),
        chosen=st.none() | st.frozensets(st.sampled_from("123"), min_size=1),
        cadence=st.sampled_from(CadenceKind),
        ends=st.integers(0, 9).map(lambda number: number == 0),
    ),
    min_size=1,
    max_size=8,
)


@given(STEPS)
def test_whatever_is_chosen_in_turn_nothing_counts_from_before_it_was_chosen(steps: list[Step]) -> None:
    now, before = MONDAY, None
    #: Since when each has been chosen without a break, in the reader's own reckoning.
    held: dict[str, datetime] = {}
    for step in steps:
        now += timedelta(hours=step.hours)
        start_of = start_of_period(EVERY_WAY, step.cadence, LONDON)
        since = since_after(before, step.ids, at=now, start_of=start_of)
        new_to_all = step.chosen is None and not (before and before.category_ids is None and held)
        held = {each: _reckoned(held.get(each), start_of(now), earlier=new_to_all) for each in step.chosen or "123"}
        every = since.get(EVERY, now)
        assert {each: min(since.get(CategoryId(each), every), every) for each in held} == held
        assert set(since) - {EVERY} <= set(held)
        before = replace(
            a_subscription(*sorted(step.chosen or ()), since=since, everything=step.chosen is None),
            state=SubscriptionState.ENDED if step.ends else SubscriptionState.CONFIRMED,
        )
        held = {} if step.ends else held


def _reckoned(held: datetime | None, begins: datetime, *, earlier: bool) -> datetime:
    """What stays keeps its own; under everything, chosen now, what that brings counts too."""
    if held is None:
        return begins
    return min(held, begins) if earlier else held


# -- what is moved, offered and gone ---------------------------------------------------------------------


def test_a_category_that_takes_anothers_place_counts_from_the_earlier_of_both() -> None:
    assert since_moved({HOUSING: OLD}, HOUSING, SCHOOLS) == {SCHOOLS: OLD}
    assert since_moved({HOUSING: NEW, SCHOOLS: OLD}, HOUSING, SCHOOLS) == {SCHOOLS: OLD}
    assert since_moved({EVERY: OLD}, HOUSING, SCHOOLS) == {EVERY: OLD, SCHOOLS: OLD}
    assert since_moved(None, HOUSING, SCHOOLS) is None


CATEGORIES = (
    a_category(id="3", slug="arts"),
    a_category(id="1", slug="housing"),
    a_category(id="2", slug="homelessness", parent_id="1"),
)
WINDOW = Period(starts=CLOSED - WEEK, ends=CLOSED)
CAME = {CategoryId("3"): CLOSED - DAY, CategoryId("2"): CLOSED - WEEK}


@pytest.mark.parametrize(
    ("chosen", "offered"),
    [
        pytest.param(category_ids("9"), category_ids("3", "2"), id="two that are new"),
        pytest.param(category_ids("3"), category_ids("2"), id="not what is chosen"),
        pytest.param(category_ids("1"), category_ids("3"), id="nor what lies below it"),
        pytest.param(None, (), id="who takes everything has it already"),
        pytest.param((), (), id="who chose nothing follows nothing"),
    ],
)
def test_a_new_category_is_offered_to_whom_it_may_interest(
    chosen: tuple[CategoryId, ...] | None, offered: tuple[CategoryId, ...]
) -> None:
    assert offers(CATEGORIES, CAME, WINDOW, chosen) == offered


def test_it_is_offered_in_the_edition_of_its_period_alone() -> None:
    at_the_closing = {CategoryId("3"): CLOSED}
    assert offers(CATEGORIES, at_the_closing, WINDOW, category_ids("9")) == ()
    assert offers(CATEGORIES, at_the_closing, Period(starts=CLOSED, ends=NEW), category_ids("9")) == ("3",)
    assert offers(CATEGORIES, {}, WINDOW, category_ids("9")) == ()


@pytest.mark.parametrize(
    ("chosen", "left"),
    [(("1",), True), (("1", "8"), True), (("1", "2"), False), ((), False), (None, False)],
)
def test_who_chose_only_what_is_gone_is_left_without(chosen: tuple[str, ...] | None, left: bool) -> None:
    ids = None if chosen is None else category_ids(*chosen)
    assert left_without(ids, set(category_ids("2", "3"))) is left


def test_a_digest_that_the_operator_enters_readers_of_cant_be_joined() -> None:
    assert may_join(WEEKLY)
    assert not may_join(replace(WEEKLY, join=Join.LIST))
