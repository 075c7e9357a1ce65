"""Whether a database keeps what it was given, as the database itself says."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from solacefeed.store.database import Store, open_store, open_to_look, sqlite_module
from solacefeed.store.soundness import PostgresSoundness, SqliteSoundness, soundness


def of_sqlite(store: Store, seconds: float = 30.0) -> SqliteSoundness:
    found = soundness(store, seconds=seconds)
    assert isinstance(found, SqliteSoundness)
    return found


def test_each_database_says_its_version_and_how_it_keeps_what_is_committed(store: Store) -> None:
    found = soundness(store, seconds=30.0)
    assert found.version[0].isdigit()
    if isinstance(found, SqliteSoundness):
        assert (found.faults, found.is_checked) == ((), True)
        assert found.journal == ("wal" if found.has_sound_wal else "delete")
    else:
        # So the tests' server is started: it may lose what it has, and is the quicker for it.
        assert found.settings["fsync"] == "off"
        assert 0 < found.connections <= found.most_connections
        assert isinstance(found, PostgresSoundness)


def test_a_file_that_is_damaged_inside_is_found_out(sqlite_store: Store) -> None:
    assert sqlite_store.file is not None
    _lose_what_an_index_holds(sqlite_store.file)
    damaged = of_sqlite(sqlite_store)
    assert damaged.is_checked
    assert 0 < len(damaged.faults) <= 3
    assert "never used" in damaged.faults[0]


def _lose_what_an_index_holds(file: Path) -> None:
    """As a disk does that gives back an old page: what the index held hangs on nothing any more."""
    with closing(sqlite_module().connect(file)) as connection:
        connection.execute("CREATE TABLE noted (id INTEGER PRIMARY KEY, word TEXT NOT NULL)")
        connection.executemany("INSERT INTO noted (word) VALUES (?)", [(f"word {n}",) for n in range(500)])
        connection.execute("CREATE INDEX by_word ON noted (word)")
        connection.commit()
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'by_word'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as opened:
        opened.seek((root - 1) * size)
        # The index's root becomes an empty leaf (the file format, section 1.6).
        opened.write(bytes([0x0A, 0, 0, 0, 0]) + size.to_bytes(2, "big") + bytes(1))


@pytest.mark.more
def test_a_look_that_takes_too_long_ends_and_says_so(sqlite_store: Store) -> None:
    with sqlite_store.alone() as connection:
        connection.execute("CREATE TABLE noted (id INTEGER PRIMARY KEY, word TEXT NOT NULL)")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) "
            "INSERT INTO noted (word) SELECT hex(randomblob(16)) FROM n"
        )
        connection.execute("CREATE INDEX by_word ON noted (word)")
    found = of_sqlite(sqlite_store, seconds=0.001)
    assert (found.is_checked, found.faults) == (False, ())


def test_a_look_at_the_store_is_enough_for_it(migrated_file: Path) -> None:
    opened = open_to_look(f"sqlite:///{migrated_file}")
    assert of_sqlite(opened).is_checked
    opened.close()
    again = open_store(f"sqlite:///{migrated_file}")
    assert of_sqlite(again).faults == ()
    again.close()
