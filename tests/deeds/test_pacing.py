"""A round goes as fast as its limits let it: it waits for what is near, leaves what is far, and letters go first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.deeds.delivering.pace_status import ends_at
from solacefeed.deeds.delivering.pacing import Pacing, closed
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.letters import Letter
from solacefeed.pace import MINUTES, DomainGroup, Limits, Pace, PaceStanding, minute_of
from solacefeed.store import pace as pace_store
from solacefeed.store import schema
from solacefeed.store.database import Store
from tests.deeds.test_outbox import put, states
from tests.deeds.world import World
from tests.support.builders import MONDAY, a_source_post
from tests.support.fakes import Act, Killed

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
EIGHT = tuple(f"reader{number}" for number in range(8))


def paced(world: World, *names: str, groups: tuple[DomainGroup, ...] = (), **limits: float) -> World:
    """An edition is ready for these readers, and mail has these limits."""
    world.pace = Pace(limits=Limits(**limits), groups=groups)  # type: ignore[arg-type]
    world.join(*names)
    world.appear(POST)
    world.prepare()
    return world


def group(name: str, domain: str, **limits: float) -> DomainGroup:
    return DomainGroup(name=name, domains=(domain,), limits=Limits(**limits))  # type: ignore[arg-type]


@pytest.mark.more
def test_an_edition_goes_by_the_second_and_the_round_waits_for_the_rest_of_it(world: World) -> None:
    paced(world, *EIGHT, per_second=2)
    result = world.deliver()
    assert (result.accepted, result.paced_until) == (8, None)
    assert world.clock.now - MONDAY == pytest.approx(timedelta(seconds=3), abs=timedelta(seconds=0.2))
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.more
def test_half_a_mail_a_second_takes_two_seconds_each(world: World) -> None:
    paced(world, "ann", "ben", "cat", per_second=0.5)
    assert world.deliver().accepted == 3
    assert timedelta(seconds=4) <= world.clock.now - MONDAY <= timedelta(seconds=5)


@pytest.mark.more
def test_what_has_to_wait_long_is_left_for_later_and_the_round_says_when(world: World) -> None:
    paced(world, *EIGHT, per_hour=6)
    result = world.deliver()
    assert (result.accepted, world.rested) == (5, 0)
    assert result.paced_until == MONDAY + timedelta(minutes=MINUTES)
    assert result.line() == "deliver: 5 accepted; paced: goes on at 2026-11-23 09:02 UTC"
    assert not result.falls_short()
    assert set(world.states().values()) == {"accepted", "pending"}


@pytest.mark.more
def test_until_a_limit_opens_there_is_nothing_to_do_and_then_there_is(world: World) -> None:
    paced(world, *EIGHT, per_hour=6)
    world.deliver()
    assert not world.has_work()
    world.clock.forward(minutes=MINUTES - 3)
    assert not world.has_work()
    world.clock.forward(minutes=3)
    assert world.has_work()
    assert world.deliver().accepted == 3
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.more
def test_what_is_too_late_once_a_round_has_begun_goes_no_more_and_is_given_up_by_it(world: World) -> None:
    paced(world, *EIGHT, per_second=1 / 50)
    world.digest = replace(world.digest, max_late=timedelta(minutes=3))
    sent: list[timedelta] = []
    world.relay.at_dot = lambda: sent.append(world.clock.now - world.the_edition().leaves_at)
    result = world.deliver()
    assert (result.accepted, result.expired) == (4, 4)
    assert max(sent) <= timedelta(minutes=3)
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.more
def test_a_copy_that_was_sent_again_goes_no_more_when_its_own_time_is_over(world: World) -> None:
    paced(world, *EIGHT, per_second=1 / 50)
    world.deliver(*[Act.REJECT] * 8)
    until = world.clock.now + timedelta(minutes=2)
    world.send_again(DeliveryState.REJECTED, until=until)
    sent: list[timedelta] = []
    world.relay.at_dot = lambda: sent.append(until - world.clock.now)
    result = world.deliver()
    assert min(sent) > timedelta()
    assert result.accepted + result.expired == 8
    assert result.expired
    assert not world.has_work()


@pytest.mark.more
def test_a_copy_whose_time_ends_between_its_claim_and_its_mark_goes_no_more(world: World) -> None:
    paced(world, "ann", "ben")
    world.relay.at_mark = lambda: world.clock.forward(days=9)
    result = world.deliver()
    assert (result.accepted, result.expired, world.got()) == (0, 2, [])
    assert {copy.attempts for copy in world.copies().values()} == {0}


@pytest.mark.more
def test_a_round_gives_way_to_others_and_the_next_goes_on_at_once(world: World) -> None:
    """A paced edition may take days: what else there is to do for mail waits for none of it."""
    paced(world, *EIGHT, per_second=0.5)
    world.gives_way = lambda: world.clock.now - MONDAY >= timedelta(seconds=5)
    first = world.deliver()
    assert first.gave_way
    assert 2 <= first.accepted <= 4
    assert world.clock.now - MONDAY < timedelta(seconds=8)
    assert set(world.states().values()) == {"accepted", "pending"}
    assert world.has_work()
    world.gives_way = lambda: False
    rest = world.deliver()
    assert (first.accepted + rest.accepted, rest.gave_way) == (8, False)
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.more
def test_a_round_that_gives_way_finishes_what_it_has_taken_up(world: World) -> None:
    paced(world, *EIGHT)
    world.gives_way = lambda: world.relay.tried > 0
    assert world.deliver().accepted == 8
    assert set(world.states().values()) == {"accepted"}
    assert world.the_edition().state is EditionState.DONE


def test_an_edition_that_just_fits_says_nothing_of_a_limit(world: World) -> None:
    paced(world, *EIGHT[:5], per_hour=6)
    assert world.deliver().paced_until is None


@pytest.mark.more
def test_letters_go_first_and_count_and_an_hour_keeps_a_part_for_them(world: World) -> None:
    paced(world, *EIGHT, per_hour=6)
    put(world, "eve")
    put(world, "fay")
    assert world.deliver().accepted == 3
    put(world, "gus")
    world.deliver()
    assert states(world) == dict.fromkeys(("eve", "fay", "gus"), "accepted")
    assert world.got()[:2] == ["eve", "fay"]


@pytest.mark.more
def test_a_letter_that_comes_while_a_round_waits_goes_before_the_next_copy(world: World) -> None:
    paced(world, "ann", "ben", "cat", per_second=0.5)

    def once() -> None:
        world.at_rest = lambda: None
        put(world, "eve")

    world.at_rest = once
    world.deliver()
    assert world.got()[:2][1] == "eve"
    assert sorted(world.got()) == ["ann", "ben", "cat", "eve"]


def test_letters_alone_keep_to_the_limit_too(world: World) -> None:
    world.pace = Pace(limits=Limits(per_second=1))
    for name in ("eve", "fay", "gus"):
        put(world, name)
    world.deliver()
    assert set(states(world).values()) == {"accepted"}
    assert world.clock.now - MONDAY >= timedelta(seconds=2)


@pytest.mark.more
def test_a_group_of_domains_goes_by_its_own_limit_until_the_config_has_it_no_more(world: World) -> None:
    paced(world, *EIGHT, groups=(group("big", "example.org", per_hour=3),))
    assert world.deliver().accepted == 2
    world.pace = Pace(groups=(group("elsewhere", "example.com", per_hour=1),))
    assert world.deliver(Act.DEFER).accepted == 5
    world.pace = Pace()
    world.clock.forward(minutes=5)
    assert world.deliver().accepted == 1


@pytest.mark.more
def test_the_group_that_is_used_up_keeps_the_others_from_nothing(world: World) -> None:
    paced(world, *EIGHT, groups=(group("big", "example.net", per_hour=2),))
    with world.store.write() as connection:
        connection.execute(schema.deliveries.update().where(schema.deliveries.c.id <= 6).values(email="a@example.net"))
    result = world.deliver()
    assert (result.accepted, world.relay.recipients().count("a@example.net")) == (3, 1)
    assert result.paced_until == MONDAY + timedelta(minutes=MINUTES)
    assert not world.has_work()


def test_who_is_killed_has_used_up_what_was_taken_and_no_more_goes_than_the_limit(world: World) -> None:
    paced(world, *EIGHT, per_hour=6)
    with pytest.raises(Killed):
        world.deliver(Act.ACCEPT, Act.KILL_BEFORE_THE_MARK)
    world.clock.forward(minutes=6)
    world.deliver()
    assert len(world.got()) == 1
    world.clock.forward(minutes=MINUTES)
    world.deliver()
    assert len(world.got()) <= 6


@pytest.mark.more
def test_nothing_is_in_hand_while_a_round_waits(world: World) -> None:
    paced(world, *EIGHT, per_second=2)
    seen = set[str]()
    world.at_rest = lambda: seen.update(world.states().values())
    world.deliver()
    assert seen <= {"accepted", "pending"}


@pytest.mark.more
def test_a_round_that_is_to_end_waits_no_longer(world: World) -> None:
    paced(world, *EIGHT, per_second=1)
    ends: list[bool] = []
    world.at_rest = lambda: ends.append(True)
    world.stop = lambda: bool(ends)
    result = world.deliver()
    assert result.accepted == 1
    assert world.rested <= 1


def test_a_clock_that_stands_ends_the_round_and_not_the_patience(world: World) -> None:
    paced(world, *EIGHT, per_second=2)

    def stand() -> None:
        world.clock.now = MONDAY

    world.at_rest = stand
    result = world.deliver()
    assert (result.accepted, result.paced_until is not None) == (2, True)


@pytest.mark.more
def test_a_ramp_takes_an_edition_over_days(world: World) -> None:
    paced(world, *EIGHT, ramp=3)
    first = world.deliver()
    assert (first.accepted, first.paced_until) == (2, MONDAY.replace(hour=0) + timedelta(days=1))
    world.clock.forward(days=1)
    assert world.deliver().accepted == 3
    world.clock.forward(days=1)
    assert world.deliver().accepted == 3


@pytest.mark.more
def test_a_relay_that_defers_is_given_less_and_what_it_takes_brings_the_speed_back(world: World) -> None:
    paced(world, *(f"reader{number}" for number in range(40)), per_second=10)
    world.deliver(*[Act.DEFER_AFTER_THE_DOT] * 6)
    assert world.clock.now - MONDAY > timedelta(seconds=4)
    with world.store.read() as connection:
        assert pace_store.read(connection, at=world.clock.now)[""].slowed_to is None


@pytest.mark.more
def test_a_relay_that_defers_is_given_less_also_where_there_is_no_limit(world: World) -> None:
    paced(world, *EIGHT)
    world.deliver(*[Act.DEFER_AFTER_THE_DOT] * 4)
    with world.store.read() as connection:
        assert pace_store.read(connection, at=world.clock.now)[""].slowed_to is not None


@pytest.mark.more
@pytest.mark.parametrize("act", [Act.DEFER, Act.CUT_BEFORE_THE_DOT, Act.REJECT])
def test_what_one_address_or_a_lost_connection_is_to_blame_for_slows_nothing(world: World, act: Act) -> None:
    paced(world, *EIGHT)
    world.deliver(*[act] * 8)
    with world.store.read() as connection:
        assert not pace_store.is_strained(connection)


@pytest.mark.more
def test_where_there_is_no_limit_nothing_is_counted(world: World) -> None:
    paced(world, *EIGHT)
    put(world, "eve")
    world.deliver()
    with world.store.read() as connection:
        assert pace_store.read(connection, at=world.clock.now) == {}


@pytest.mark.more
def test_where_there_is_no_limit_a_round_asks_once_whether_it_is_slowed_down_and_nothing_more(world: World) -> None:
    paced(world, *EIGHT)
    said: list[str] = []
    sa.event.listen(world.store.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    world.deliver()
    assert [words.split()[0] for words in said if "pace" in words] == ["SELECT"]


@pytest.mark.parametrize(
    ("limits", "waiting", "ends"),
    [
        (Limits(per_second=2), 120, timedelta(minutes=1)),
        (Limits(per_hour=20), 19, timedelta()),
        (Limits(per_hour=20), 38, timedelta(minutes=MINUTES)),
        (Limits(per_second=0.01, per_hour=20), 38, timedelta(seconds=3800)),
        (Limits(ramp=100), 95, timedelta()),
        (Limits(ramp=100), 96, timedelta(hours=16)),
        (Limits(ramp=100), 1000, timedelta(days=2, hours=16)),
        (Limits(per_hour=1), 10**6, None),
    ],
    ids=["by the second", "in this hour", "in the next", "by both", "today", "tomorrow", "in days", "far off"],
)
def test_it_is_foreseen_when_the_last_copy_leaves(limits: Limits, waiting: int, ends: timedelta | None) -> None:
    assert ends_at(limits, PaceStanding(), waiting, MONDAY) == (None if ends is None else MONDAY + ends)


def minute_by_minute(limits: Limits, standing: PaceStanding, waiting: int) -> datetime:
    """When the last of those leaves that wait, by doing it."""
    at = MONDAY
    while True:
        room = standing.room(limits, at, letters=False)
        assert room is not None
        if waiting <= room:
            return at
        standing, waiting = standing.after(limits, room, at) if room else standing, waiting - room
        at += timedelta(minutes=1)


@given(
    per_hour=st.integers(1, 30),
    used=st.dictionaries(st.integers(-MINUTES - 1, 1), st.integers(1, 20), max_size=8),
    hours=st.floats(0, 5),
)
def test_what_an_hour_keeps_back_is_foreseen_as_it_leaves_in_steps(
    per_hour: int, used: dict[int, int], hours: float
) -> None:
    limits, waiting = Limits(per_hour=per_hour), 1 + int(hours * per_hour)
    now = minute_of(MONDAY)
    standing = PaceStanding(minutes={now + minute: count for minute, count in used.items()})
    assert ends_at(limits, standing, waiting, MONDAY) == minute_by_minute(limits, standing, waiting)


@given(
    per_second=st.none() | st.floats(0.01, 50),
    per_hour=st.none() | st.integers(1, 500),
    ramp=st.none() | st.integers(1, 500),
    used=st.dictionaries(st.integers(-MINUTES - 1, 0), st.integers(1, 200), max_size=8),
    waiting=st.integers(1, 5000),
)
def test_no_last_copy_is_foreseen_before_the_next_one_may_leave(
    per_second: float | None, per_hour: int | None, ramp: int | None, used: dict[int, int], waiting: int
) -> None:
    limits = Limits(per_second=per_second, per_hour=per_hour, ramp=ramp)
    standing = PaceStanding()
    for minute, count in used.items():
        standing = standing.after(limits, count, MONDAY + timedelta(minutes=minute))
    ends = ends_at(limits, standing, waiting, MONDAY)
    assert ends is None or ends >= standing.opens_at(limits, MONDAY, letters=False)


# -- the clocks of several machines -------------------------------------------------------------------


#: What is taken up is not looked at.
A_FEW = [cast("Letter", None)] * 5


def takes(store: Store, at: datetime) -> int:
    """How many of five letters a worker takes up whose clock says so, where there is one in a quarter of an hour."""
    pacing = Pacing(store, lambda: at, Pace(limits=Limits(per_second=1 / 900)))
    with store.write() as connection:
        taken = pacing.letters(connection, lambda _to, limit: A_FEW[:limit], lambda: True, at, most=5)
    if not taken.mails:
        assert taken.goes_on_at is not None
        # In the words of its own clock.
        assert timedelta(minutes=10) < taken.goes_on_at - at <= timedelta(minutes=15, seconds=1)
    return len(taken.mails)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("off", [timedelta(minutes=40), timedelta(minutes=-40), timedelta()])
def test_on_postgresql_limits_go_by_the_databases_clock_whatever_a_worker_s_says(store: Store, off: timedelta) -> None:
    assert takes(store, datetime.now(UTC)) == 1
    assert takes(store, datetime.now(UTC) + off) == 0
    assert takes(store, datetime.now(UTC) - off) == 0
    with store.read() as connection:
        at = datetime.now(UTC) + off
        assert [*closed(connection, Pace(limits=Limits(per_second=1 / 900)), at, letters=True)] == [""]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_whoever_rehearses_another_day_goes_by_that(store: Store) -> None:
    assert takes(store, MONDAY) == 1
    assert takes(store, MONDAY + timedelta(minutes=1)) == 0
    assert takes(store, MONDAY + timedelta(minutes=15, seconds=1)) == 1
