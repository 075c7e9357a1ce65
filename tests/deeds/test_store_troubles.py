"""A store that does not work for a while: no dot without its mark on disk, and no answer is forgotten."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest
import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.models.editions import EditionState
from solacefeed.store.database import Store, sqlite_module
from tests.deeds.world import World
from tests.support.builders import a_source_post
from tests.support.limits import no_room

READERS = ("ann", "ben", "cat", "dan", "eve")
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))

#: How often the store is tried in vain before it works again.
TIMES = 3


@pytest.fixture
def world(sqlite_store: Store) -> World:
    """One whose database gives up waiting for a lock soon, so that nobody waits for half a minute."""

    def impatient(connection: sqlite_module().Connection, *_: object) -> None:  # type: ignore[valid-type]
        connection.execute("PRAGMA busy_timeout = 20")

    sa.event.listen(sqlite_store.engine, "checkout", impatient)
    world = World(sqlite_store)
    world.join(*READERS)
    world.appear(POST)
    world.prepare()
    return world


class Trouble(logging.Handler):
    """Begins when it is told to, and ends when the writer has tried often enough."""

    def __init__(self, begin: Callable[[], AbstractContextManager[object]]) -> None:
        super().__init__(logging.WARNING)
        self._begin = begin
        self._stack = ExitStack()
        self.tried = 0

    def begin(self) -> None:
        self._stack.enter_context(self._begin())

    def emit(self, record: logging.LogRecord) -> None:
        assert "the store did not work" in record.getMessage()
        self.tried += 1
        if self.tried == TIMES:
            self._stack.close()


@contextmanager
def watching(trouble: Trouble) -> Iterator[None]:
    log = logging.getLogger("solacefeed.delivery.marks")
    log.addHandler(trouble)
    try:
        yield
    finally:
        log.removeHandler(trouble)
        trouble._stack.close()


def locked(store: Store) -> Callable[[], AbstractContextManager[object]]:
    """Another process writes, and does not end."""

    @contextmanager
    def lock() -> Iterator[None]:
        assert store.file
        connection = sqlite_module().connect(str(store.file), isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    return lock


TROUBLES = pytest.mark.parametrize(
    "kind", [pytest.param(locked, id="locked"), pytest.param(lambda _: no_room, id="full disk")]
)
Kind = Callable[[Store], Callable[[], AbstractContextManager[object]]]


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
