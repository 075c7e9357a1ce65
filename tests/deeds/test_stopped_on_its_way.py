"""What is decided of an edition or a reader while a round has their copies in hand holds from that moment on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import sleep

import pytest

from solacefeed.deeds.editions import decisions
from solacefeed.deeds.people.address_by_operator import change_address
from solacefeed.delivery.retries import WAITS
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.errors import UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.store import facts
from solacefeed.store.database import Store, open_store
from tests.deeds.crossing import BOUND
from tests.deeds.world import World
from tests.mail.fake_relay import Relay
from tests.simulation.database_clock import go_by
from tests.support.builders import NO_KEY, a_source_post
from tests.support.fakes import Act

NAME = "weekly/2026-11-23"
READERS = tuple(f"reader{number}" for number in range(12))


@dataclass
class OnItsWay:
    """An edition whose copies a round has all in hand, and another process that decides of it meanwhile."""

    world: World
    other: Store

    def at(self, place: int, act: Callable[[Store], object], *, before_the_mark: bool = False) -> None:
        """With that copy, the first of which is 1."""
        relay = self.world.relay

        def come() -> None:
            if relay.tried == place:
                act(self.other)

        if before_the_mark:
            relay.at_mark = come
        else:
            relay.at_dot = come

    def pause(self, store: Store) -> None:
        decisions.pause(store, NAME)

    def cancel(self, store: Store) -> None:
        decisions.cancel(store, self.world.clock, NAME)

    def move(self, who: str, to: str, store: Store) -> None:
        assert change_address(store, self.world.clock, f"{who}@example.org", f"{to}@example.net", NO_KEY)


@pytest.fixture
def leaving(world: World, store_url: str) -> Iterator[OnItsWay]:
    world.join(*READERS)
    world.appear(a_source_post(id="1", title="The quiet budget", category_numbers=("1",)))
    world.prepare()
    other = open_store(store_url)
    try:
        yield OnItsWay(world, other)
    finally:
        other.close()


# -- an edition ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before_the_mark", [True, False], ids=["before its mark", "before its dot"])
def test_of_an_edition_that_is_paused_nothing_more_goes_but_what_has_its_mark(
    leaving: OnItsWay, before_the_mark: bool
) -> None:
    world, gone = leaving.world, 2 if before_the_mark else 3
    leaving.at(3, leaving.pause, before_the_mark=before_the_mark)
    result = world.deliver()
    assert (result.accepted, result.moved(), world.relay.tried) == (gone, gone, 3 if before_the_mark else 4)
    assert world.the_edition().state is EditionState.PAUSED
    assert Counter(world.states().values()) == {"accepted": gone, "pending": len(READERS) - gone}
    assert [copy.attempts for copy in world.copies().values()].count(0) == len(READERS) - gone


def test_resumed_it_goes_on_and_each_has_one(leaving: OnItsWay) -> None:
    leaving.at(3, leaving.pause)
    leaving.world.deliver()
    leaving.world.resume()
    assert leaving.world.deliver().line() == f"deliver: {len(READERS) - 3} accepted"
    assert sorted(leaving.world.got()) == sorted(READERS)
    assert leaving.world.the_edition().state is EditionState.DONE


def test_paused_and_resumed_within_one_round_each_has_one(leaving: OnItsWay) -> None:
    world = leaving.world

    def both(store: Store) -> None:
        decisions.pause(store, NAME)
        decisions.resume(store, world.clock, NAME, lambda _name: world.digest)

    leaving.at(3, both)
    world.deliver()
    world.deliver()
    assert sorted(world.got()) == sorted(READERS)


def test_what_is_put_off_while_it_is_paused_leaves_it_paused(leaving: OnItsWay) -> None:
    leaving.at(len(READERS), leaving.pause)
    result = leaving.world.deliver(*[Act.ACCEPT] * (len(READERS) - 1), Act.DEFER_AFTER_THE_DOT)
    assert (result.accepted, result.deferred) == (len(READERS) - 1, 1)
    assert leaving.world.the_edition().state is EditionState.PAUSED


def test_paused_at_its_last_copies_it_is_done_and_there_is_nothing_to_resume(leaving: OnItsWay) -> None:
    world = leaving.world
    leaving.at(len(READERS), leaving.pause)
    result = world.deliver()
    assert (result.accepted, result.pauses, result.falls_short()) == (len(READERS), (), False)
    edition = world.the_edition()
    assert (edition.state, edition.reason) == (EditionState.DONE, None)
    with pytest.raises(UsageError, match="is not paused"):
        world.resume()


def test_of_one_that_is_cancelled_nothing_more_goes_either(leaving: OnItsWay) -> None:
    leaving.at(3, leaving.cancel)
    assert leaving.world.deliver().accepted == 3
    assert Counter(leaving.world.states().values()) == {"accepted": 3, "cancelled": len(READERS) - 3}


def test_over_several_connections_only_those_go_that_are_at_their_dots_by_then(leaving: OnItsWay) -> None:
    world, connections = leaving.world, 3
    world.connections = connections
    with Relay() as relay, ThreadPoolExecutor(1) as round_:
        relay.thinks = 0.05
        world.transports = partial(SmtpTransport, host="127.0.0.1", port=relay.port, tls="none")
        ends = round_.submit(world.deliver)
        while len(relay.taken) < 3:
            assert not ends.done()
            sleep(0.005)
        leaving.pause(leaving.other)
        gone = len(relay.taken)
        assert gone <= ends.result(BOUND).accepted <= gone + connections
    assert gone + connections < len(READERS)
    assert world.the_edition().state is EditionState.PAUSED
    world.resume()
    with Relay() as relay:
        world.transports = partial(SmtpTransport, host="127.0.0.1", port=relay.port, tls="none")
        world.deliver()
    assert set(world.states().values()) == {"accepted"}
    assert {copy.attempts for copy in world.copies().values()} == {1}


# -- a reader -----------------------------------------------------------------------------------------------


def test_a_copy_in_hand_goes_to_the_address_that_its_reader_has_by_then(leaving: OnItsWay) -> None:
    leaving.at(2, partial(leaving.move, READERS[-1], "anna"))
    result = leaving.world.deliver()
    assert result.line() == f"deliver: {len(READERS)} accepted"
    assert Counter(leaving.world.relay.recipients()) == Counter(
        [*(f"{name}@example.org" for name in READERS[:-1]), "anna@example.net"]
    )
    assert leaving.world.copies()["anna"].attempts == 1


def test_one_that_is_put_off_at_its_dot_goes_there_the_next_time(leaving: OnItsWay) -> None:
    leaving.at(1, partial(leaving.move, READERS[0], "anna"))
    leaving.world.deliver(Act.DEFER_AFTER_THE_DOT)
    leaving.world.clock.now += WAITS[0] + timedelta(minutes=5)
    leaving.world.deliver()
    assert leaving.world.relay.recipients()[-1] == "anna@example.net"


def test_what_may_have_arrived_keeps_its_address(leaving: OnItsWay) -> None:
    world = leaving.world
    leaving.at(1, partial(leaving.move, READERS[0], "anna"))
    world.deliver(Act.CUT_AFTER_THE_DOT)
    world.clock.now += timedelta(hours=2)
    world.deliver()
    assert [to for to in world.relay.recipients() if to.endswith(".net")] == []
    assert world.relay.recipients().count(f"{READERS[0]}@example.org") == 2


# -- the clock ----------------------------------------------------------------------------------------------


def live(world: World) -> None:
    """Its database, where it has a clock of its own, leaps with the machine that it is on."""
    go_by(world.store.engine, lambda: world.clock.now)
    with world.store.write() as connection:
        facts.put(connection, facts.CLOCK, facts.LIVE)
        facts.put(connection, facts.CLOCK_SURE, world.clock.now.isoformat())


@pytest.mark.parametrize("leap", [timedelta(days=120), timedelta(days=-3)], ids=["ahead", "back"])
def test_a_clock_that_leaps_ends_the_round_and_expires_nobody(
    leaving: OnItsWay, leap: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = leaving.world
    live(world)
    monkeypatch.setattr("solacefeed.deeds.delivering.round._LOOK_EVERY", 0.01)

    def leaps(_store: Store) -> None:
        world.clock.now += leap

    leaving.at(3, leaps)
    result = world.deliver()
    assert (result.expired, result.deferred) == (0, 0)
    assert result.accepted < len(READERS)
    assert "clock says" in result.line()
    assert result.falls_short()
    assert set(world.states().values()) <= {"accepted", "pending"}
    world.relay.at_dot = lambda: None
    world.clock.now -= leap
    world.deliver()
    assert sorted(world.got()) == sorted(READERS)
    assert set(world.states().values()) == {DeliveryState.ACCEPTED.value}


def test_what_came_back_since_a_clock_leapt_over_its_lease_is_not_called_deferred(leaving: OnItsWay) -> None:
    world = leaving.world

    def leaps(_store: Store) -> None:
        world.clock.now += timedelta(hours=6)

    leaving.at(3, leaps)
    assert world.deliver().line() == f"deliver: {len(READERS)} accepted"
