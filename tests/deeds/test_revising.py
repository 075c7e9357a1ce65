"""New revisions of variants while mail is handed over: no connection waits for another's, and each is made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, current_thread
from time import monotonic

import pytest
import sqlalchemy as sa

from solacefeed.deeds.editions.revisions import Revisions
from solacefeed.delivery.event_loop import EventLoop
from solacefeed.errors import StoreError, StoreHeld
from solacefeed.models.editions import Variant
from solacefeed.store.database import Store
from tests.deeds.store_trouble import locked
from tests.deeds.test_revisions import CHOICES, at_copy, prepared, saying
from tests.deeds.world import World
from tests.support.fakes import Act

#: Seconds that nothing here may take; each wait by itself would be one of half a minute.
SOON = 10.0


class Loop:
    """Connections that ask what their copies say, in turns."""

    def __init__(self) -> None:
        self._loop = EventLoop("connections")
        self._begun: list[Event] = []
        self.errors: list[Exception] = []

    def begin(self, work: Callable[[], object]) -> Event:
        """Has it done in its turn; the event is set at its end."""
        done = Event()

        def do() -> None:
            try:
                work()
            except Exception as error:
                self.errors.append(error)
            done.set()

        self._begun.append(done)
        self._loop.begin(do)
        return done

    def close(self) -> None:
        assert all(done.wait(SOON) for done in self._begun)
        self._loop.close()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


def of_the_edition(world: World) -> Revisions:
    return Revisions(world.store, world.clock, world.renderer, world.the_edition())


def look(revisions: Revisions, world: World) -> None:
    with world.store.read() as connection:
        revisions.look(connection)


def keys(world: World) -> list[str]:
    return sorted(variant.selection for variant in world.variants().values())


def test_who_waits_for_a_store_that_another_program_holds_keeps_no_other_connection_waiting(
    sqlite_store: Store, loop: Loop
) -> None:
    world = World(sqlite_store)
    prepared(world, 1)
    world.vanish("2")
    revisions, found = of_the_edition(world), list[Variant | None]()
    with locked(sqlite_store)():
        revising = loop.begin(lambda: found.append(revisions.newest(*keys(world))))
        other = loop.begin(lambda: None)
        assert other.wait(SOON / 2)
        assert not revising.is_set()
    assert revising.wait(SOON)
    assert [variant.revision for variant in found if variant] == [2]


def test_who_is_to_wait_for_nothing_is_told_that_it_would_have_to(world: World) -> None:
    prepared(world, 1)
    revisions = of_the_edition(world)
    (key,) = keys(world)
    assert revisions.newest(key, at_once=True)
    world.vanish("2")
    look(revisions, world)
    with pytest.raises(StoreHeld):
        revisions.newest(key, at_once=True)
    assert world.templates.rendered == 1
    newest = revisions.newest(key)
    assert newest
    assert newest.revision == 2
    assert revisions.newest(key, at_once=True) == newest


def test_what_several_connections_want_is_made_once(world: World, loop: Loop) -> None:
    prepared(world, 2, CHOICES[:2])
    world.vanish("2")
    one, two = keys(world)
    revisions, found = of_the_edition(world), list[Variant | None]()
    with world.store.lock_wait.alone():
        for key in (one, one, two, one, two):
            loop.begin(lambda key=key: found.append(revisions.newest(key)))  # type: ignore[misc]  # bound at once
    loop.close()
    assert loop.errors == []
    assert sorted((each.selection, each.revision) for each in found if each) == [(one, 2)] * 3 + [(two, 2)] * 2
    assert world.templates.rendered == 2 + 2


def test_all_who_wait_are_told_what_keeps_it_from_being_written(sqlite_store: Store, loop: Loop) -> None:
    world = World(sqlite_store)
    prepared(world, 4, CHOICES[:4])
    world.vanish("2")
    revisions = of_the_edition(world)
    wanted = keys(world)
    sqlite_store.lock_wait.longest = 0.5
    began = monotonic()
    with locked(sqlite_store)():
        for key in wanted:
            loop.begin(lambda key=key: revisions.newest(key))  # type: ignore[misc]  # bound at once
        loop.close()
    # One after the other they would wait four times as long.
    assert monotonic() - began < 1.5
    assert [type(error) for error in loop.errors] == [StoreError] * 4
    # And whoever asks when it works is given it.
    newest = revisions.newest(wanted[0])
    assert newest
    assert newest.revision == 2


def test_what_changes_while_a_revision_is_written_is_in_what_is_given(world: World, loop: Loop) -> None:
    prepared(world, 1)
    world.vanish("2")
    revisions, found = of_the_edition(world), list[Variant | None]()
    (key,) = keys(world)
    with world.store.lock_wait.alone():
        waiting = loop.begin(lambda: found.append(revisions.newest(key)))
        assert not waiting.wait(0.3)
        world.vanish("1")
        look(revisions, world)
        assert loop.begin(lambda: found.append(revisions.newest(key))).wait(SOON)
    assert waiting.wait(SOON)
    assert loop.errors == []
    assert found == [None, None]


def test_another_worker_s_revision_is_found_and_not_rendered_again(world: World) -> None:
    prepared(world, 2, CHOICES[:2])
    one, another = of_the_edition(world), of_the_edition(world)
    first, second = keys(world)
    assert one.newest(first)
    one.bring([(second, None)])
    world.vanish("2")
    assert another.newest(second)
    rendered = world.templates.rendered
    look(one, world)
    newest = one.newest(second)
    assert newest
    assert newest.revision == 2
    assert world.templates.rendered == rendered


def written_by(world: World, *, which: str) -> set[str]:
    """The names of the threads that make statements in which these words are, from now on."""
    by_whom: set[str] = set()

    def note(_connection: object, _cursor: object, text: str, *_more: object) -> None:
        if which in text:
            by_whom.add(current_thread().name)

    sa.event.listen(world.store.engine, "before_cursor_execute", note)
    return by_whom


def test_in_a_round_no_connection_writes_a_variant(world: World) -> None:
    prepared(world, 12, CHOICES[:3])
    at_copy(world, 4, lambda: world.vanish("2"))
    by_whom = written_by(world, which="INTO variants")
    assert world.deliver().accepted == 12
    assert saying(world, "Islands") == [True] * 4 + [False] * 8
    assert by_whom == {"apart from the loop"}


def test_connections_wait_for_no_variant_that_was_made_anew_before(world: World) -> None:
    prepared(world, 12, CHOICES[:6])
    world.vanish("2")
    world.deliver(*[Act.DEFER] * 12)
    world.clock.forward(hours=1)
    by_whom = written_by(world, which="FROM variants")
    assert world.deliver().accepted == 12
    assert by_whom == {current_thread().name}
