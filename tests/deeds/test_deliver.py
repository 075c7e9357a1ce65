"""deliver: whatever the relay does and whenever we are killed, each copy comes out in one state, and nobody gets two.

But for the copy in hand when the line or the process was cut: RFC 1047 says why nobody can do better.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solacefeed.deeds.delivering.claims import BATCH
from solacefeed.delivery.retries import SPREAD, WAIT_IN_DOUBT, WAITS
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.ports import Batch
from solacefeed.store import editions, reader_counts
from solacefeed.store.database import Store, open_store
from tests.deeds.world import World, is_about
from tests.support.builders import WEDNESDAY, a_source_post, an_event
from tests.support.fakes import RELAY, Act, Killed

READERS = ("ann", "ben", "cat")
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
ISLANDS = a_source_post(id="2", title="Islands", category_numbers=("3",), published=WEDNESDAY + timedelta(hours=1))

#: What ends the process, and in which state the copy in hand is found.
KILLS = (Act.KILL_BEFORE_THE_MARK, Act.KILL_BEFORE_THE_DOT, Act.KILL_AFTER_THE_DOT)


def prepared(world: World, *readers: str) -> None:
    world.join(*(readers or READERS))
    world.appear(POST)
    world.prepare()


def killed(world: World, *script: Act) -> None:
    with pytest.raises(Killed):
        world.deliver(*script)


def contents_for(world: World, name: str) -> list[bytes]:
    return [mail.content for mail in world.relay.mailbox if mail.recipient == f"{name}@example.org"]


# -- how each copy comes out ---------------------------------------------------------------------------


@pytest.mark.more
def test_every_reader_gets_one_copy_and_the_edition_is_done(world: World) -> None:
    prepared(world)
    result = world.deliver()
    assert result.line() == "deliver: 3 accepted"
    assert world.got() == list(READERS)
    assert world.copies()["ann"].answer == "250 2.0.0 queued"
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.more
def test_delivering_again_does_nothing(world: World) -> None:
    prepared(world)
    world.deliver()
    before = world.copies()
    assert world.deliver().line() == "deliver: 0 accepted"
    assert world.copies() == before
    assert world.relay.tried == 3


@pytest.mark.parametrize(
    ("act", "state", "answer", "waits", "revision"),
    [
        (Act.ACCEPT, DeliveryState.ACCEPTED, "250 2.0.0 queued", None, 1),
        (Act.DEFER, DeliveryState.PENDING, f"{RELAY}: answered RCPT TO with 450 4.2.0 greylisted", WAITS[0], None),
        (
            Act.DEFER_AFTER_THE_DOT,
            DeliveryState.PENDING,
            f"{RELAY}: answered the message with 451 4.3.0 try later",
            WAITS[0],
            1,
        ),
        (Act.REJECT, DeliveryState.REJECTED, f"{RELAY}: answered RCPT TO with 550 5.1.1 no such mailbox", None, None),
        (
            Act.CAN_NOT_BE_ADDRESSED,
            DeliveryState.REJECTED,
            "an address beyond ASCII",
            None,
            None,
        ),
        (Act.CUT_BEFORE_THE_DOT, DeliveryState.PENDING, "connection refused", WAITS[0], None),
        (Act.CUT_AFTER_THE_DOT, DeliveryState.UNCERTAIN, "connection reset after the final dot", WAIT_IN_DOUBT, 1),
    ],
)
def test_each_answer_of_the_relay_is_written_down(
    world: World, act: Act, state: DeliveryState, answer: str, waits: timedelta | None, revision: int | None
) -> None:
    prepared(world, "ann")
    world.deliver(act)
    copy = world.copies()["ann"]
    assert (copy.state, copy.answer, copy.revision) == (state, answer, revision)
    assert is_about(copy.next_try_at, waits)
    done = EditionState.DELIVERING if waits else EditionState.DONE
    assert world.the_edition().state is done


@pytest.mark.more
def test_one_bad_copy_stops_no_other(world: World) -> None:
    prepared(world)
    result = world.deliver(Act.REJECT, Act.DEFER)
    assert result.line() == "deliver: 1 accepted, 1 deferred, 1 rejected"
    assert world.states() == {"ann": "rejected", "ben": "pending", "cat": "accepted"}


@pytest.mark.more
def test_a_deferred_copy_is_offered_again_in_its_time_and_later_each_time(world: World) -> None:
    prepared(world, "ann")
    for wait in (*WAITS, WAITS[-1]):
        world.deliver(Act.DEFER)
        again = world.copies()["ann"].next_try_at
        assert again is not None
        assert wait * (1 - SPREAD) <= again - world.clock.now <= wait
        world.clock.now = again - timedelta(seconds=1)
        world.deliver()
        assert world.relay.mailbox == []
        world.clock.forward(seconds=1)
    world.deliver()
    assert world.got() == ["ann"]


@pytest.mark.more
def test_more_copies_go_than_are_claimed_at_once(world: World) -> None:
    world.join_at_once({f"reader{number}": None for number in range(BATCH + 3)})
    world.appear(POST)
    world.prepare()
    assert world.deliver().accepted == BATCH + 3
    assert max(Counter(world.got()).values()) == 1


@pytest.mark.more
def test_an_operator_who_stops_the_round_leaves_the_rest_untried(world: World) -> None:
    prepared(world)
    world.stop = lambda: world.relay.tried == 1
    assert world.deliver().accepted == 1
    assert world.states() == {"ann": "accepted", "ben": "pending", "cat": "pending"}
    world.stop = lambda: False
    world.deliver()
    assert world.got() == list(READERS)
    assert {copy.attempts for copy in world.copies().values()} == {1}


# -- a relay that is down ----------------------------------------------------------------------------------


@pytest.mark.more
@pytest.mark.parametrize("lost", [Act.CUT_BEFORE_THE_DOT, Act.CUT_AFTER_THE_DOT])
def test_when_the_relay_is_down_the_rest_waits_after_two(world: World, lost: Act) -> None:
    prepared(world, *READERS, "dan", "eve")
    result = world.deliver(lost, lost)
    assert world.relay.tried == 2
    assert "the rest waits: connection re" in result.line()
    rest = [world.copies()[name] for name in ("cat", "dan", "eve")]
    assert {(copy.state, copy.attempts, copy.next_try_at) for copy in rest} == {(DeliveryState.PENDING, 0, None)}


@pytest.mark.more
def test_a_copy_for_which_nobody_is_asked_says_nothing_of_a_relay_that_is_down(world: World) -> None:
    prepared(world, *READERS, "dan")
    result = world.deliver(Act.CUT_BEFORE_THE_DOT, Act.CAN_NOT_BE_ADDRESSED, Act.CUT_BEFORE_THE_DOT)
    assert result.trouble == "connection refused"
    assert world.states() == {"ann": "pending", "ben": "rejected", "cat": "pending", "dan": "pending"}
    assert world.relay.tried == 3


@pytest.mark.more
def test_when_the_relay_is_up_again_the_rest_goes(world: World) -> None:
    prepared(world)
    world.deliver(Act.CUT_BEFORE_THE_DOT, Act.CUT_BEFORE_THE_DOT)
    assert world.deliver().accepted == 1
    world.clock.now += WAITS[0]
    world.deliver()
    assert sorted(world.got()) == list(READERS)
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.more
@pytest.mark.parametrize("answer", [Act.ACCEPT, Act.DEFER, Act.REJECT])
def test_a_relay_that_answers_in_between_is_not_down(world: World, answer: Act) -> None:
    prepared(world, *READERS, "dan")
    result = world.deliver(Act.CUT_BEFORE_THE_DOT, answer, Act.CUT_BEFORE_THE_DOT)
    assert result.trouble is None
    assert world.relay.tried == 4


# -- copies in doubt ---------------------------------------------------------------------------------------


def test_a_copy_in_doubt_is_offered_once_more_with_the_same_bytes_and_never_a_third_time(world: World) -> None:
    prepared(world, "ann")
    for _ in range(4):
        world.deliver(Act.CUT_AFTER_THE_DOT)
        world.clock.now += WAIT_IN_DOUBT
    first, second = contents_for(world, "ann")
    assert first == second
    assert world.states() == {"ann": "uncertain"}
    assert world.the_edition().state is EditionState.DONE


def test_a_copy_in_doubt_that_can_no_longer_be_addressed_stays_in_doubt(world: World) -> None:
    prepared(world, "ann")
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.clock.now += WAIT_IN_DOUBT
    assert world.deliver(Act.CAN_NOT_BE_ADDRESSED).uncertain == 1
    copy = world.copies()["ann"]
    assert (copy.state, copy.next_try_at) == (DeliveryState.UNCERTAIN, None)
    assert world.the_edition().state is EditionState.DONE


def test_a_copy_in_doubt_on_hold_is_never_offered_again(world: World) -> None:
    world.repeat_uncertain = False
    prepared(world, "ann")
    for _ in range(3):
        world.deliver(Act.CUT_AFTER_THE_DOT)
        world.clock.now += WAIT_IN_DOUBT
    assert world.got() == ["ann"]
    assert (world.states(), world.the_edition().state) == ({"ann": "uncertain"}, EditionState.DONE)


@pytest.mark.more
def test_a_copy_in_doubt_that_is_accepted_after_all_is_accepted(world: World) -> None:
    prepared(world, "ann")
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.clock.now += WAIT_IN_DOUBT
    world.deliver()
    assert (world.states(), world.copies()["ann"].doubts) == ({"ann": "accepted"}, 1)


@pytest.mark.more
def test_a_copy_in_doubt_whose_reader_leaves_is_offered_no_more_and_stays_in_doubt(world: World) -> None:
    prepared(world, "ann")
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.leave("ann")
    world.clock.now += WAIT_IN_DOUBT
    world.deliver()
    assert (world.got(), world.states()) == (["ann"], {"ann": "uncertain"})


@pytest.mark.more
def test_a_copy_in_doubt_whose_reader_leaves_at_the_last_moment_stays_in_doubt(world: World) -> None:
    prepared(world, "ann")
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.relay.at_mark = lambda: world.leave("ann")
    world.clock.now += WAIT_IN_DOUBT
    world.deliver()
    copy = world.copies()["ann"]
    assert (world.got(), copy.state, copy.doubts) == (["ann"], DeliveryState.UNCERTAIN, 1)


# -- a look with nothing to do -----------------------------------------------------------------------------


@pytest.mark.more
@pytest.mark.parametrize(
    ("act", "minutes", "leaves", "work"),
    [
        (None, 0, False, True),
        (Act.ACCEPT, 0, False, False),
        (Act.REJECT, 0, False, False),
        (Act.KILL_BEFORE_THE_MARK, 0, False, True),
        (Act.KILL_AFTER_THE_DOT, 0, False, True),
        (Act.DEFER, 0, False, False),
        (Act.DEFER, 5, False, True),
        (Act.DEFER, 0, True, True),
        (Act.DEFER, 48 * 60, False, True),
        (Act.CUT_AFTER_THE_DOT, 0, False, False),
        (Act.CUT_AFTER_THE_DOT, 15, False, True),
        (Act.CUT_AFTER_THE_DOT, 0, True, True),
    ],
)
def test_there_is_work_when_a_copy_can_move_and_without_it_a_round_changes_nothing(
    world: World, act: Act | None, minutes: int, leaves: bool, work: bool
) -> None:
    prepared(world, "ann")
    with suppress(Killed):
        if act:
            world.deliver(act)
    world.clock.forward(minutes=minutes)
    if leaves:
        world.leave("ann")
    assert world.has_work() is work
    before = (world.editions(), world.copies(), world.relay.tried)
    world.deliver()
    assert ((world.editions(), world.copies(), world.relay.tried) != before) is work


def test_without_an_edition_that_is_not_skipped_there_is_no_work(world: World) -> None:
    assert not world.has_work()
    world.join("ann")
    world.prepare()
    assert not world.has_work()


@pytest.mark.more
def test_an_edition_that_died_before_it_was_closed_is_work(world: World) -> None:
    prepared(world, "ann")
    world.deliver()
    with world.store.write() as connection:
        editions.move(connection, world.the_edition().id, leaving={EditionState.DONE}, to=EditionState.DELIVERING)
    assert world.has_work()


@pytest.mark.more
def test_another_digests_copies_are_no_work_but_those_that_a_dead_process_held(world: World) -> None:
    prepared(world)
    killed(world, Act.ACCEPT, Act.KILL_AFTER_THE_DOT)
    world.digest = replace(world.digest, name="monthly")
    assert world.has_work()
    world.deliver()
    assert not world.has_work()


# -- killed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kill", "victim"), list(product(KILLS, range(len(READERS)))))
def test_killed_at_any_step_nobody_gets_two_but_at_most_the_copy_in_hand(world: World, kill: Act, victim: int) -> None:
    prepared(world)
    killed(world, *[Act.ACCEPT] * victim, kill)
    world.deliver()
    world.clock.now += WAIT_IN_DOUBT
    world.deliver()
    in_hand = READERS[victim]
    twice = kill is Act.KILL_AFTER_THE_DOT
    assert Counter(world.got()) == Counter({name: 1 + (twice and name == in_hand) for name in READERS})
    assert len(set(contents_for(world, in_hand))) == 1
    assert set(world.states().values()) == {"accepted"}
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.parametrize("kill", KILLS)
def test_killed_on_hold_nobody_ever_gets_two(world: World, kill: Act) -> None:
    world.repeat_uncertain = False
    prepared(world)
    killed(world, Act.ACCEPT, kill)
    for _ in range(3):
        world.clock.now += WAIT_IN_DOUBT
        world.deliver()
    assert max(Counter(world.got()).values()) == 1
    in_doubt = kill is not Act.KILL_BEFORE_THE_MARK
    assert world.states() == {"ann": "accepted", "ben": "uncertain" if in_doubt else "accepted", "cat": "accepted"}


@pytest.mark.parametrize("kill", KILLS)
def test_killed_before_the_mark_a_copy_is_as_it_was_and_after_it_is_in_doubt(world: World, kill: Act) -> None:
    prepared(world, "ann")
    killed(world, kill)
    world.stop = lambda: True
    result = world.deliver()
    in_doubt = kill is not Act.KILL_BEFORE_THE_MARK
    assert world.states() == {"ann": "uncertain" if in_doubt else "pending"}
    assert result.uncertain == in_doubt


def test_killed_every_time_a_copy_still_goes_out_twice_at_most(world: World) -> None:
    prepared(world, "ann")
    for _ in range(6):
        with suppress(Killed):
            world.deliver(Act.KILL_AFTER_THE_DOT)
        world.clock.now += WAIT_IN_DOUBT
    assert world.got() == ["ann", "ann"]
    assert (world.states(), world.the_edition().state) == ({"ann": "uncertain"}, EditionState.DONE)


# -- what a copy says when it leaves ---------------------------------------------------------------------


def over_soon(world: World) -> None:
    """A prepared edition that promotes an event which is over two hours later."""
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    world.events = (an_event(id="briefing", name="Morning Briefing", starts=at, ends=at + timedelta(hours=1)),)
    prepared(world, "ann", "ben")


def test_an_event_over_between_preparation_and_delivery_is_no_longer_promoted(world: World) -> None:
    over_soon(world)
    assert "Morning Briefing" in world.variants()["*"].text
    world.clock.forward(hours=2)
    world.deliver()
    variant = world.variants()["*"]
    assert (variant.revision, variant.event_ids) == (2, ())
    assert {copy.revision for copy in world.copies().values()} == {2}
    assert all(b"Morning Briefing" not in mail.content for mail in world.relay.mailbox)


@pytest.mark.parametrize("reached_the_mark", [Act.DEFER_AFTER_THE_DOT, Act.CUT_AFTER_THE_DOT])
def test_a_copy_that_was_in_hand_keeps_its_revision_for_ever(world: World, reached_the_mark: Act) -> None:
    over_soon(world)
    world.deliver(reached_the_mark, Act.DEFER)
    world.clock.forward(hours=2)
    world.deliver()
    assert {name: copy.revision for name, copy in world.copies().items()} == {"ann": 1, "ben": 2}
    assert b"Morning Briefing" in contents_for(world, "ann")[-1]
    assert b"Morning Briefing" not in contents_for(world, "ben")[-1]


@pytest.mark.more
def test_when_nothing_changed_there_is_no_new_revision(world: World) -> None:
    prepared(world)
    world.clock.forward(hours=2)
    world.deliver()
    assert world.variants()["*"].revision == 1


def test_a_withdrawn_post_leaves_the_copies_that_have_not_gone(world: World) -> None:
    world.join("ann", "ben")
    world.appear(POST, ISLANDS)
    world.prepare()
    world.deliver(Act.ACCEPT, Act.DEFER)
    world.vanish("2")
    world.clock.now += WAITS[0]
    world.deliver()
    assert b"Islands" in contents_for(world, "ann")[0]
    assert b"Islands" not in contents_for(world, "ben")[0]
    assert b"The quiet budget" in contents_for(world, "ben")[0]


@pytest.mark.more
def test_a_post_that_was_changed_after_it_was_frozen_goes_out_as_it_was_approved(world: World) -> None:
    prepared(world, "ann")
    world.blog_says(Batch(posts=(replace(POST, title="The loud budget"),)))
    world.deliver()
    assert b"The loud budget" not in contents_for(world, "ann")[0]
    assert b"The quiet budget" in contents_for(world, "ann")[0]


@pytest.mark.more
def test_who_would_get_only_withdrawn_posts_gets_nothing_and_the_others_theirs(world: World) -> None:
    world.join("ann", categories=("scotland",))
    world.join("ben")
    world.appear(POST, ISLANDS)
    world.prepare()
    world.vanish("2")
    result = world.deliver()
    assert (result.accepted, result.cancelled) == (1, 1)
    assert world.copies()["ann"].answer == "its posts have been withdrawn"
    assert world.got() == ["ben"]


@pytest.mark.more
def test_a_post_that_became_protected_is_withdrawn_too(world: World) -> None:
    prepared(world, "ann")
    world.blog_says(Batch(posts=(replace(POST, protected=True),)))
    assert world.deliver().cancelled == 1
    assert world.got() == []


# -- who leaves, and what comes too late -------------------------------------------------------------------


def test_a_reader_who_left_after_the_preparation_gets_nothing(world: World) -> None:
    prepared(world)
    world.leave("ben")
    result = world.deliver()
    assert result.line() == "deliver: 2 accepted, 1 cancelled"
    assert world.got() == ["ann", "cat"]
    assert world.copies()["ben"].answer == "the subscription ended"


def test_a_reader_who_leaves_while_the_copy_is_in_hand_gets_no_final_dot(world: World) -> None:
    prepared(world)
    world.relay.at_mark = lambda: world.leave("cat") if world.relay.tried == 3 else None
    world.deliver()
    assert world.got() == ["ann", "ben"]
    copy = world.copies()["cat"]
    assert (copy.state, copy.answer) == (DeliveryState.CANCELLED, "the subscription ended")
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.more
def test_a_copy_is_given_up_when_it_is_too_late(world: World) -> None:
    prepared(world)
    world.deliver(Act.ACCEPT, Act.DEFER, Act.CUT_AFTER_THE_DOT)
    # From when it was frozen, an hour after its closing.
    world.clock.forward(hours=48, minutes=1)
    assert world.deliver().line() == "deliver: 0 accepted, 1 expired"
    assert world.states() == {"ann": "accepted", "ben": "expired", "cat": "uncertain"}
    assert world.relay.tried == 3
    assert world.the_edition().state is EditionState.DONE


@pytest.mark.more
def test_a_copy_deferred_from_last_week_does_not_hinder_this_weeks_edition(world: World) -> None:
    prepared(world, "ann")
    world.digest = replace(world.digest, max_late=timedelta(days=30))
    world.deliver(Act.DEFER)
    world.clock.forward(days=7)
    world.appear(replace(ISLANDS, published=WEDNESDAY + timedelta(days=7)))
    world.prepare()
    assert world.deliver().accepted == 2
    assert [edition.state for edition in world.editions()] == [EditionState.DONE, EditionState.DONE]


def test_another_digests_copies_are_not_touched(world: World) -> None:
    prepared(world, "ann")
    world.digest = replace(world.digest, key="monthly", name="monthly")
    world.deliver()
    assert (world.got(), world.states()) == ([], {"ann": "pending"})


def test_an_all_day_event_is_promoted_on_its_last_day(world: World) -> None:
    world.events = (an_event(starts=date(2026, 11, 23)),)
    prepared(world, "ann")
    world.deliver()
    assert world.variants()["*"].event_ids == ("summit",)


# -- a law ----------------------------------------------------------------------------------------------------


ACTS = st.sampled_from(list(Act))


def live_through(world: World, days: list[list[Act]], leavers: set[str]) -> None:
    """Rounds with everything that may befall them; then quiet ones, until nothing moves."""
    for script in days:
        with suppress(Killed):
            world.deliver(*script)
        world.clock.forward(minutes=20)
    for name in leavers:
        world.leave(name)
    world.clock.forward(hours=5)
    world.deliver()
    world.clock.forward(days=3)
    world.deliver()
    assert not world.has_work()


def check_the_promises(world: World, leavers: set[str]) -> None:
    received = Counter(world.got())
    for name, copy in world.copies().items():
        assert copy.state.value in {"accepted", "rejected", "uncertain", "expired", "cancelled"}
        assert received[name] <= (2 if copy.doubts else 1)
        assert len(set(contents_for(world, name))) <= 1
        if copy.state is DeliveryState.ACCEPTED:
            assert received[name] >= 1
        if received[name] and not copy.doubts:
            assert copy.state is DeliveryState.ACCEPTED
        if copy.state in (DeliveryState.CANCELLED, DeliveryState.EXPIRED):
            assert received[name] == 0
    assert world.the_edition().state is EditionState.DONE


def lived_through(store: Store, days: list[list[Act]], leavers: set[str]) -> None:
    world = World(store)
    prepared(world)
    live_through(world, days, leavers)
    check_the_promises(world, leavers)
    with store.read() as connection:
        assert reader_counts.standing(connection)[0].get("ended", 0) == len(leavers)


DAYS = st.lists(st.lists(ACTS, max_size=4), max_size=5)
LEAVERS = st.sets(st.sampled_from(READERS))


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=DAYS, leavers=LEAVERS)
def test_whatever_befalls_us_the_promises_hold(
    tmp_path_factory: pytest.TempPathFactory, days: list[list[Act]], leavers: set[str]
) -> None:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('world')}/solacefeed.db")
    try:
        lived_through(store, days, leavers)
    finally:
        store.close()


@pytest.mark.more
def test_an_edition_is_done_as_soon_as_its_last_copy_has_come_out_though_others_still_go(world: World) -> None:
    prepared(world, "ann", "ben")
    world.deliver(Act.DEFER, Act.DEFER)
    world.join_at_once({f"reader{number:03}": None for number in range(60)})
    world.clock.now += timedelta(days=7)
    world.appear(replace(ISLANDS, published=world.clock.now - timedelta(days=2)))
    world.digest = replace(world.digest, max_late=timedelta(days=14))
    world.prepare()
    states: list[EditionState] = []
    world.relay.at_dot = lambda: states.append(world.editions()[0].state)
    world.deliver()
    assert (states[0], states[-1]) == (EditionState.DELIVERING, EditionState.DONE)
    assert {edition.state for edition in world.editions()} == {EditionState.DONE}


@pytest.mark.more
def test_a_first_refusal_after_deferrals_is_no_third_one(world: World) -> None:
    prepared(world, "ann")
    for wait in (Act.DEFER, Act.DEFER):
        world.deliver(wait)
        world.clock.forward(hours=1)
    world.deliver(Act.REFUSE_OTHERWISE)
    assert world.the_edition().state is EditionState.DELIVERING
    for _ in range(2):
        world.clock.forward(hours=2)
        world.deliver(Act.REFUSE_OTHERWISE)
    assert world.the_edition().state is EditionState.PAUSED
