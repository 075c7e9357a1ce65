"""Groups are written one after the other by one connection: all of each or nothing; one statement needs no more."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.store.database import Store, open_store

HOW_MANY = sa.text("SELECT count(*) FROM counters")


def add(connection: sa.Connection, name: str) -> None:
    connection.execute(sa.text("INSERT INTO counters (name, number) VALUES (:name, 1)"), {"name": name})


def test_a_group_that_fails_leaves_nothing_and_the_next_one_is_written(store: Store) -> None:
    with store.read() as connection:
        before = connection.execute(HOW_MANY).scalar_one()
    with store.write_at_once() as connection:
        add(connection, "a")
    with pytest.raises(sa.exc.IntegrityError), store.write_at_once() as connection:
        add(connection, "a")
    with store.write_at_once() as connection:
        add(connection, "b")
    with store.read() as connection:
        assert connection.execute(HOW_MANY).scalar_one() == before + 2


def test_what_a_group_began_with_is_gone_when_it_is_broken_off(sqlite_store: Store) -> None:
    def broken_off() -> None:
        with sqlite_store.write_at_once() as connection:
            add(connection, "half")
            raise KeyboardInterrupt

    with sqlite_store.write_at_once() as connection:
        add(connection, "a")
    with pytest.raises(KeyboardInterrupt):
        broken_off()
    # Nothing is held from others, and no connection is left in the midst of something.
    with sqlite_store.write() as connection:
        assert connection.execute(sa.text("SELECT name FROM counters WHERE name IN ('a', 'half')")).scalars().all() == [
            "a"
        ]


def test_a_group_of_a_file_that_is_gone_is_refused(sqlite_store: Store) -> None:
    with sqlite_store.write_at_once() as connection:
        add(connection, "a")
    assert sqlite_store.file is not None
    sqlite_store.file.rename(sqlite_store.file.with_name("elsewhere.db"))
    with pytest.raises(StoreError, match="is not there any more"), sqlite_store.write_at_once():
        pass


def test_what_is_counted_among_the_first_things_of_a_process_is_written_with_its_first_group(store: Store) -> None:
    def first(connection: sa.Connection) -> None:
        add(connection, "first")

    own = store.beginning_with(first)
    for name in ("a", "b"):
        with own.write_at_once() as connection:
            add(connection, name)
    again = open_store(store.engine.url)
    with again.read() as connection:
        names = connection.execute(sa.text("SELECT name FROM counters WHERE name IN ('a', 'b', 'first')")).scalars()
        assert sorted(names) == ["a", "b", "first"]
    again.close()


def add_twice(connection: sa.Connection, name: str) -> None:
    add(connection, name)
    add(connection, name)


def is_in_a_transaction(connection: sa.Connection) -> bool:
    driver: Any = connection.connection.driver_connection
    return bool(driver.info.transaction_status.name != "IDLE")


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_one_statement_begins_nothing_that_takes_a_journey_to_end(store: Store) -> None:
    with store.read() as connection:
        before = connection.execute(HOW_MANY).scalar_one()
        assert is_in_a_transaction(connection)
    with store.read_at_once() as connection:
        assert connection.execute(HOW_MANY).scalar_one() == before
        assert not is_in_a_transaction(connection)
    # The same connection: what is written over it next is all or nothing.
    with pytest.raises(sa.exc.IntegrityError), store.write() as connection:
        add_twice(connection, "a")
    with store.read_at_once() as connection:
        assert connection.execute(HOW_MANY).scalar_one() == before
