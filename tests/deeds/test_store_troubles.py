"""A store that does not work for a while: no dot without its mark on disk, and no answer is forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from threading import Event, Lock, Timer

import pytest
import sqlalchemy as sa

from solacefeed.delivery.trial import KEPT_BACK
from solacefeed.errors import StoreError
from solacefeed.models.editions import EditionState
from solacefeed.store.database import Store
from tests.deeds.store_trouble import TIMES, Trouble, a_claimer_fails_at, locked, watching
from tests.deeds.world import World
from tests.support.builders import a_source_post
from tests.support.limits import no_room

READERS = ("ann", "ben", "cat", "dan", "eve")
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))


@pytest.fixture
def world(sqlite_store: Store) -> World:
    """One in which nobody waits for half a minute for a lock of the store."""
    sqlite_store.lock_wait.longest = 0.02
    world = World(sqlite_store)
    world.join(*READERS)
    world.appear(POST)
    world.prepare()
    return world


TROUBLES = pytest.mark.parametrize(
    "kind", [pytest.param(locked, id="locked"), pytest.param(lambda _: no_room, id="full disk")]
)
Kind = Callable[[Store], Callable[[], AbstractContextManager[object]]]


@pytest.mark.more
@TROUBLES
def test_a_mark_that_can_not_be_written_keeps_its_dot_back_and_the_next_round_goes_on(world: World, kind: Kind) -> None:
    trouble = Trouble(kind(world.store))
    world.relay.at_mark = lambda: trouble.begin() if world.relay.tried == 3 else None
    with watching(trouble), pytest.raises(StoreError, match="the store did not work"):
        world.deliver()
    assert trouble.tried == TIMES
    assert world.got() == ["ann", "ben"]
    assert world.states() == {name: "accepted" if name in ("ann", "ben") else "pending" for name in READERS}
    assert {copy.doubts for copy in world.copies().values()} == {0}
    # Nobody was asked: it is no attempt, and nothing is said of the relay.
    untried = [copy for name, copy in world.copies().items() if name not in ("ann", "ben")]
    assert {(copy.attempts, copy.next_try_at, copy.answer) for copy in untried} == {(0, None, None)}
    assert world.deliver().accepted == 3
    assert Counter(world.got()) == Counter(READERS)
    assert world.the_edition().state is EditionState.DONE


@TROUBLES
def test_an_answer_that_can_not_be_written_is_written_when_the_store_works_again(world: World, kind: Kind) -> None:
    trouble = Trouble(kind(world.store))
    world.relay.at_dot = lambda: trouble.begin() if world.relay.tried == 5 else None
    with watching(trouble):
        assert world.deliver().accepted == 5
    assert trouble.tried == TIMES
    assert set(world.states().values()) == {"accepted"}
    assert world.deliver().accepted == 0
    assert Counter(world.got()) == Counter(READERS)


@TROUBLES
@pytest.mark.parametrize("moment", ["at_mark", "at_dot"])
def test_over_several_connections_nobody_is_lost_and_nobody_gets_two(world: World, kind: Kind, moment: str) -> None:
    world.connections, world.repeat_uncertain = 4, False
    trouble = Trouble(kind(world.store))
    setattr(world.relay, moment, lambda: trouble.begin() if world.relay.tried >= 2 else None)
    with watching(trouble), suppress(StoreError):
        world.deliver()
    assert trouble.tried >= TIMES
    world.deliver()
    assert Counter(world.got()) == Counter(READERS)
    assert set(world.states().values()) == {"accepted"}
    assert world.the_edition().state is EditionState.DONE


def test_copies_whose_words_can_not_be_read_ahead_are_read_one_by_one(store: Store) -> None:
    world = World(store)
    world.join(*READERS)
    world.appear(POST)
    world.prepare()
    sa.event.listen(store.engine, "before_cursor_execute", a_claimer_fails_at("FROM variants"))
    assert world.deliver().accepted == 5
    assert Counter(world.got()) == Counter(READERS)


def test_what_was_taken_up_is_put_back_where_a_trial_can_not_end_it(store: Store) -> None:
    world = World(store, only_to=("ann@example.org",))
    world.join(*READERS)
    world.appear(POST)
    world.prepare()
    sa.event.listen(store.engine, "before_cursor_execute", a_claimer_fails_at(KEPT_BACK))
    with pytest.raises(StoreError, match="disk I/O error"):
        world.deliver()
    assert set(world.states().values()) == {"pending"}
    result = world.deliver()
    assert (result.accepted, result.kept_back) == (1, 4)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["at_mark", "at_dot"])
def test_a_store_that_another_program_holds_for_two_minutes_loses_nobody(sqlite_store: Store, moment: str) -> None:
    """In real time, by the patience of every day."""
    world = World(sqlite_store, connections=4, repeat_uncertain=False)
    world.join(*READERS)
    world.appear(POST)
    world.prepare()
    held, over = ExitStack(), Event()

    def let_go() -> None:
        over.set()
        held.close()

    timer = Timer(120, let_go)

    def hold() -> None:
        if not timer.is_alive() and not over.is_set():
            held.enter_context(locked(sqlite_store)())
            timer.start()

    alone = Lock()

    def once() -> None:
        with alone:
            hold()

    setattr(world.relay, moment, once)
    with suppress(StoreError):
        world.deliver()
    timer.join()
    assert over.is_set()
    world.deliver()
    assert Counter(world.got()) == Counter(READERS)
    assert set(world.states().values()) == {"accepted"}


@pytest.mark.slow
@TROUBLES
def test_a_round_that_is_to_end_waits_no_longer_for_a_store_that_does_not_work(world: World, kind: Kind) -> None:
    ordered: list[str] = []
    world.stop = lambda: bool(ordered)
    with ExitStack() as stack:

        def begin() -> None:
            stack.enter_context(kind(world.store)())
            ordered.append("to end")

        world.relay.at_dot = begin
        with pytest.raises(StoreError, match="the store did not work"):
            world.deliver()
    ordered.clear()
    world.relay.at_dot = lambda: None
    for _ in range(2):
        world.deliver()
        world.clock.forward(minutes=20)
    # Nobody can know of the first one any more.
    assert Counter(world.got()) == Counter([*READERS, "ann"])
    assert world.copies()["ann"].doubts == 1
