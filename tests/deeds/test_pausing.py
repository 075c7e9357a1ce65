"""A refusal that is about us: nobody is rejected for it, the edition is paused and says why, and goes on when told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.deeds.delivering.handover import ENOUGH_ALIKE
from solacefeed.delivery.retries import WAIT_IN_DOUBT, WAITS
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.pace import Limits, Pace
from solacefeed.store import editions
from solacefeed.store import pace as pace_store
from solacefeed.store.database import open_store
from tests.deeds.crossing import BOUND, ends_or_waits
from tests.deeds.world import World
from tests.support.builders import MONDAY, WEEK, a_source_post
from tests.support.fakes import RELAY, Act, Killed

READERS = ("ann", "ben", "cat", "dan", "eve")
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))


@pytest.fixture
def prepared(world: World) -> World:
    """An edition for five readers that waits to be delivered."""
    world.join(*READERS)
    world.appear(POST)
    world.prepare()
    return world


def test_a_refusal_of_us_rejects_nobody_and_pauses_the_edition(prepared: World) -> None:
    result = prepared.deliver(*[Act.REFUSE_US] * 5)
    assert (result.rejected, result.paused, prepared.relay.tried) == (0, 1, 1)
    assert set(prepared.states().values()) == {"pending"}
    edition = prepared.the_edition()
    assert edition.state is EditionState.PAUSED
    assert edition.reason
    assert edition.reason.startswith(f"{RELAY} refuses us, not the reader: answered")


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_who_pauses_an_edition_waits_for_no_worker_that_waits_for_its_turn_at_a_limit(
    prepared: World, store_url: str
) -> None:
    """One of several workers always does; and of those that share a row each new one comes before who changes it."""
    prepared.pace = Pace(limits=Limits(per_second=1))
    with (
        closing(open_store(store_url)) as other,
        closing(open_store(store_url)) as editor,
        ThreadPoolExecutor(1) as one,
    ):
        with other.write() as its_turn:
            pace_store.hold(its_turn, prepared.pace.scopes, at=prepared.clock())
            round_ = one.submit(prepared.deliver)
            assert ends_or_waits(prepared.store, round_)
            with editor.write() as connection:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
                leaving = {EditionState.DELIVERING}
                assert editions.move(connection, prepared.the_edition().id, leaving=leaving, to=EditionState.PAUSED)
        assert round_.result(BOUND).accepted == 0


def test_the_line_says_which_edition_is_paused_and_why_and_what_to_do_and_names_no_reader(prepared: World) -> None:
    line = prepared.deliver(Act.REFUSE_US).line()
    assert line == (
        f"deliver: 0 accepted, 1 deferred; weekly/2026-11-23 is paused, {RELAY} refuses us, not the reader: "
        "answered MAIL FROM with 554 5.7.1 <...>: Relay access denied; see [mail] from and return_path: "
        "mend that, then `solacefeed editions resume weekly/2026-11-23`"
    )
    answer = prepared.copies()["ann"].answer
    assert answer is not None
    assert answer.endswith(
        ": answered MAIL FROM with 554 5.7.1 <ann@example.org>: Relay access denied; see [mail] from and return_path"
    )


def test_a_paused_edition_offers_nothing_and_says_so_each_time(prepared: World) -> None:
    prepared.deliver(Act.REFUSE_US)
    prepared.clock.forward(hours=5)
    result = prepared.deliver()
    assert (result.paused, result.moved(), prepared.relay.tried) == (0, 0, 1)
    assert "weekly/2026-11-23 is paused" in result.line()


@pytest.mark.more
def test_resumed_every_reader_gets_one_copy(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.REFUSE_US)
    names = {name: copy.message_id for name, copy in prepared.copies().items()}
    resumed = prepared.resume()
    assert resumed.line() == "editions: weekly/2026-11-23 resumed; the next deliver offers 4 copies"
    assert prepared.deliver().line() == "deliver: 4 accepted"
    assert sorted(prepared.got()) == list(READERS)
    assert {name: copy.message_id for name, copy in prepared.copies().items()} == names
    edition = prepared.the_edition()
    assert (edition.state, edition.reason) == (EditionState.DONE, None)


@pytest.mark.more
def test_a_copy_refused_each_time_holds_up_no_other(prepared: World) -> None:
    prepared.deliver(Act.REFUSE_US)
    prepared.resume()
    prepared.deliver(*[Act.ACCEPT] * 4, Act.REFUSE_US)
    assert sorted(prepared.got()) == ["ben", "cat", "dan", "eve"]
    assert prepared.the_edition().state is EditionState.PAUSED


@pytest.mark.more
def test_one_copy_that_is_refused_in_words_about_us_beside_others_that_are_taken_waits_alone(prepared: World) -> None:
    us = Act.REFUSE_US_AFTER_THE_DOT
    result = prepared.deliver(us, *[Act.ACCEPT] * 4)
    assert (result.accepted, result.deferred, result.rejected, result.paused) == (4, 1, 0, 0)
    for _ in range(4):
        prepared.clock.now += WAITS[3]
        assert (prepared.deliver(us).line()) == "deliver: 0 accepted, 1 deferred"
    assert prepared.the_edition().state is EditionState.DELIVERING
    prepared.clock.now += WAITS[4]
    assert prepared.deliver().accepted == 1


@pytest.mark.parametrize("taken", [0, 1])
def test_three_in_a_row_in_words_about_us_pause_and_reject_nobody(prepared: World, taken: int) -> None:
    result = prepared.deliver(*[Act.ACCEPT] * taken, *[Act.REFUSE_US_AFTER_THE_DOT] * 4)
    assert (result.accepted, result.rejected, result.paused, prepared.relay.tried) == (
        taken,
        0,
        1,
        taken + ENOUGH_ALIKE,
    )
    assert list(prepared.states().values()).count("pending") == 5 - taken


def test_the_same_refusal_of_the_first_three_rejects_nobody_and_pauses(prepared: World) -> None:
    result = prepared.deliver(*[Act.REFUSE] * 5)
    assert (result.rejected, result.paused, prepared.relay.tried) == (0, 1, ENOUGH_ALIKE)
    assert set(prepared.states().values()) == {"pending"}
    assert prepared.the_edition().reason == f"{RELAY}: answered RCPT TO with 554 5.7.1 not today"


@pytest.mark.more
def test_refusals_of_the_first_three_that_are_not_alike_pause_nothing(prepared: World) -> None:
    result = prepared.deliver(Act.REFUSE, Act.REFUSE, Act.REFUSE_OTHERWISE)
    assert (result.accepted, result.deferred, result.paused) == (2, 3, 0)
    prepared.clock.now += WAITS[0]
    assert prepared.deliver(Act.REFUSE, Act.REFUSE_OTHERWISE).line() == "deliver: 1 accepted, 2 rejected"
    assert prepared.the_edition().state is EditionState.DONE


def test_once_a_copy_was_taken_fewer_than_three_are_the_readers_own(prepared: World) -> None:
    result = prepared.deliver(Act.ACCEPT, *[Act.REFUSE_OTHERWISE] * 2)
    assert result.line() == "deliver: 3 accepted, 2 rejected"
    assert prepared.the_edition().state is EditionState.DONE


def test_a_refusal_that_is_about_an_address_never_pauses(prepared: World) -> None:
    result = prepared.deliver(*[Act.REJECT] * 5)
    assert (result.rejected, result.paused) == (5, 0)
    assert prepared.the_edition().state is EditionState.DONE


@pytest.mark.more
def test_an_edition_for_one_reader_is_paused_at_the_third_refusal(world: World) -> None:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    for wait in WAITS[: ENOUGH_ALIKE - 1]:
        assert world.deliver(Act.REFUSE).deferred == 1
        world.clock.now += wait
    assert world.deliver(Act.REFUSE).paused == 1
    assert world.states() == {"ann": "pending"}


def test_too_late_the_copies_of_a_paused_edition_are_expired_and_seen(prepared: World) -> None:
    prepared.deliver(Act.ACCEPT, Act.REFUSE_US)
    prepared.clock.forward(hours=48, minutes=1)
    assert prepared.deliver().line() == "deliver: 0 accepted, 4 expired"
    assert prepared.states() == dict.fromkeys(READERS, "expired") | {"ann": "accepted"}
    assert prepared.the_edition().state is EditionState.DONE


def test_who_leaves_while_the_edition_is_paused_gets_nothing(prepared: World) -> None:
    prepared.deliver(Act.REFUSE_US)
    prepared.leave("cat")
    assert prepared.deliver().cancelled == 0
    prepared.resume()
    assert prepared.deliver().cancelled == 1
    assert sorted(prepared.got()) == ["ann", "ben", "dan", "eve"]


def test_a_copy_in_doubt_that_is_then_refused_with_us_keeps_its_law(prepared: World) -> None:
    prepared.deliver(Act.CUT_AFTER_THE_DOT)
    prepared.clock.now += WAIT_IN_DOUBT
    prepared.deliver(Act.REFUSE_US)
    assert prepared.states()["ann"] == "pending"
    prepared.clock.forward(hours=48)
    prepared.deliver()
    copy = prepared.copies()["ann"]
    assert (copy.state, copy.doubts) == (DeliveryState.UNCERTAIN, 1)


@pytest.mark.parametrize("kill", [Act.KILL_BEFORE_THE_MARK, Act.KILL_BEFORE_THE_DOT])
def test_killed_beside_a_refusal_nobody_is_lost_or_gets_two(prepared: World, kill: Act) -> None:
    prepared.repeat_uncertain = True
    with pytest.raises(Killed):
        prepared.deliver(Act.REFUSE, kill)
    prepared.deliver(Act.REFUSE_US)
    prepared.resume()
    prepared.clock.now += WAIT_IN_DOUBT
    prepared.deliver()
    assert sorted(prepared.got()) == list(READERS)
    assert set(prepared.states().values()) == {"accepted"}


@pytest.mark.more
def test_the_next_edition_goes_when_the_last_one_stands_paused(prepared: World) -> None:
    prepared.digest = replace(prepared.digest, max_late=timedelta(days=30))
    prepared.deliver(Act.REFUSE_US)
    prepared.clock.now = MONDAY + WEEK
    prepared.appear(a_source_post(id="2", title="Islands", published=MONDAY + timedelta(days=2)))
    prepared.prepare()
    assert prepared.deliver().accepted == 5
    assert [edition.state for edition in prepared.editions()] == [EditionState.PAUSED, EditionState.DONE]


def test_only_what_stands_paused_can_be_resumed(prepared: World) -> None:
    with pytest.raises(UsageError, match="is not paused but delivering"):
        prepared.resume()
    with pytest.raises(UsageError, match="there is no edition weekly/2026-11-30"):
        prepared.resume("weekly/2026-11-30")
    prepared.deliver(Act.REFUSE_US)
    prepared.clock.forward(hours=49)
    with pytest.raises(UsageError, match="is too late to go"):
        prepared.resume()
