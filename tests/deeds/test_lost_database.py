"""PostgreSQL goes away in the midst of a round, and nobody can tell whether the last commit is on disk.

What is to be written is written again, by statements that name the state they leave: what was done already is found
done, and what was not is done now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.models.editions import EditionState
from solacefeed.store.database import Store, open_store
from tests.deeds.world import World
from tests.store.rows import leases_end
from tests.support import postgres
from tests.support.builders import a_source_post
from tests.support.databases import Databases

READERS = tuple(f"reader{number}" for number in range(9))
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))


def prepared(store: Store) -> World:
    """Nothing that may have gone is offered again: whoever is lost stays lost, and would be seen."""
    world = World(store, connections=4, repeat_uncertain=False)
    world.join(*READERS)
    world.appear(POST)
    world.prepare()
    return world


def lose(store: Store, which: int, go_away: Callable[[], None], *, after: bool) -> Counter[str]:
    """At so manieth commit from now the database goes away, before or *after* it is on disk."""
    seen = Counter[str]()

    def on_commit(connection: sa.Connection) -> None:
        seen["commits"] += bool(connection.get_execution_options().get("writes"))
        if seen["commits"] != which or seen["lost"]:
            return
        seen["lost"] += 1
        if after:
            connection.connection.commit()
        go_away()
        if after:
            raise sa.exc.OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))

    sa.event.listen(store.engine, "commit", on_commit)
    return seen


def once_more(act: Callable[[], object]) -> None:
    """A connection that rested for less than half a second is not asked whether it still lives: one step finds out."""
    try:
        act()
    except StoreError:
        act()


def goes_on(world: World) -> None:
    """Each gets one copy, and each is known to have it."""
    with suppress(StoreError):
        world.deliver()
    for _ in range(2):
        # Of a claim that nobody knew of.
        once_more(lambda: leases_end(world.store, at=world.clock.now))
        world.clock.forward(minutes=20)
        once_more(world.deliver)
    assert Counter(world.got()) == Counter(READERS)
    assert Counter(world.states().values()) == Counter({"accepted": len(READERS)})
    assert {copy.doubts for copy in world.copies().values()} == {0}
    assert world.the_edition().state is EditionState.DONE


def ends_all_connections(url: str) -> Callable[[], None]:
    """As a server does that is shut down."""
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    def end() -> None:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid, 5000) {others}").all()

    return end


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.migrated() as address:
        yield address


@pytest.mark.parametrize("after", [False, True], ids=["not on disk", "on disk"])
@pytest.mark.parametrize("which", range(1, 7))
def test_whichever_commit_is_lost_nobody_is_lost_and_nobody_gets_two(url: str, which: int, after: bool) -> None:
    with closing(open_store(url)) as store:
        world = prepared(store)
        seen = lose(store, which, ends_all_connections(url), after=after)
        goes_on(world)
        assert seen["lost"]


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["not on disk", "on disk"])
@pytest.mark.parametrize("which", [2, 3, 4])
def test_so_it_is_where_the_server_is_restarted_without_a_farewell(which: int, after: bool) -> None:
    with postgres.serving() as server, closing(open_store(server.address.format("postgres"))) as store:
        world = prepared(store)
        seen = lose(store, which, server.restart_now, after=after)
        goes_on(world)
        assert seen["lost"]
