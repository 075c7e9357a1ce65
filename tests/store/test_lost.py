"""A store that is not there any more is never begun anew by itself, and what was not kept is never taken for kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from solacefeed.errors import LostStore, StoreError
from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.store import facts, home, subscribers, suppressions
from solacefeed.store.database import Store, open_store, open_to_look
from solacefeed.store.file_hints import full
from solacefeed.store.home import home_of
from tests.store.rows import keep, written
from tests.support.builders import MONDAY, a_source_post
from tests.support.databases import Databases


def sends(store: Store, tmp_path: Path) -> Path:
    """The home file that says so."""
    files = home_of(store, tmp_path / "solacefeed.home")
    home.note_progress(store, files, at=MONDAY)
    return files.file


@pytest.mark.parametrize("opening", [open_store, open_to_look])
def test_a_store_whose_file_is_gone_is_not_begun_anew(
    sqlite_store: Store, tmp_path: Path, opening: Callable[[str], Store]
) -> None:
    kept = sends(sqlite_store, tmp_path)
    file = sqlite_store.file
    assert file is not None
    sqlite_store.close()
    file.unlink()
    with pytest.raises(LostStore, match=rf"{file} is not there, though {kept} .*solacefeed restore FILE.*begin anew"):
        opening(f"sqlite:///{file}")
    assert not file.exists()
    # On purpose.
    kept.unlink()
    open_store(f"sqlite:///{file}").close()


def test_a_store_in_which_nothing_was_kept_is_begun_anew(sqlite_store: Store, tmp_path: Path) -> None:
    file = sqlite_store.file
    assert file is not None
    home.begin(sqlite_store, home_of(sqlite_store, tmp_path), at=MONDAY)
    sqlite_store.close()
    file.unlink()
    open_store(f"sqlite:///{file}").close()


def a_reader(store: Store) -> None:
    with store.write() as connection:
        subscribers.enter(connection, email="ann@example.org", name=None, at=MONDAY)


def a_suppression(store: Store) -> None:
    who = Suppression(
        canonical="ann@example.org", reason=SuppressionReason.OPERATOR, words=None, actor=Actor.OPERATOR, at=MONDAY
    )
    with store.write() as connection:
        suppressions.add(connection, who)


def a_post(store: Store) -> None:
    written(store, lambda connection: keep(connection, a_source_post(), seen=MONDAY))


@pytest.mark.parametrize("kept", [a_reader, a_suppression, a_post])
@pytest.mark.parametrize("seen", ["as it is opened", "by the daemon"])
def test_a_store_that_never_sent_is_not_begun_anew_once_something_was_kept_in_it(
    sqlite_store: Store, tmp_path: Path, kept: Callable[[Store], None], seen: str
) -> None:
    file, files = sqlite_store.file, home_of(sqlite_store, tmp_path)
    assert file is not None
    home.begin(sqlite_store, files, at=MONDAY)
    kept(sqlite_store)
    if seen == "by the daemon":
        home.note_people(sqlite_store, files, at=MONDAY)
    else:
        home.begin(sqlite_store, files, at=MONDAY)
    sqlite_store.close()
    file.unlink()
    with pytest.raises(LostStore):
        open_store(f"sqlite:///{file}")


@pytest.mark.parametrize("opening", [open_store, open_to_look])
def test_a_database_that_is_empty_now_is_not_begun_anew(
    databases: Databases, tmp_path: Path, opening: Callable[..., Store]
) -> None:
    kept = tmp_path / "solacefeed.home"
    with databases.migrated() as address, closing(open_store(address, home=kept)) as store:
        sends(store, tmp_path)
        open_store(address, home=kept).close()
    with databases.without_tables() as address:
        with pytest.raises(LostStore, match=f"is empty, though {kept} says"):
            opening(address, home=kept)
        kept.unlink()
        open_store(address, home=kept).close()


def put(store: Store) -> None:
    with store.write() as connection:
        facts.put(connection, "word", "kept")


def test_nothing_is_taken_for_kept_in_a_file_that_is_gone(sqlite_store: Store) -> None:
    put(sqlite_store)
    file = sqlite_store.file
    assert file is not None
    file.unlink()
    with pytest.raises(StoreError, match=r"is not there any more, while this process has it open.*restore"):
        put(sqlite_store)
    with pytest.raises(StoreError, match="not there any more"), sqlite_store.read():
        pass


def test_what_was_written_as_the_file_went_is_not_taken_for_kept(sqlite_store: Store) -> None:
    file = sqlite_store.file
    assert file is not None

    def moved_meanwhile() -> None:
        with sqlite_store.write() as connection:
            facts.put(connection, "word", "kept")
            file.rename(file.with_name("elsewhere.db"))

    with pytest.raises(StoreError, match="not there any more"):
        moved_meanwhile()


def test_another_file_in_its_place_is_seen(sqlite_store: Store, migrated_file: Path) -> None:
    file = sqlite_store.file
    assert file is not None
    other = file.with_name("other.db")
    other.write_bytes(migrated_file.read_bytes())
    other.replace(file)
    with pytest.raises(StoreError, match="was replaced by another file"):
        put(sqlite_store)


def a_disk(*, free: int, size: int = 100_000, files: int = 10) -> os.statvfs_result:
    """In megabytes."""
    return os.statvfs_result((1_000_000, 1_000_000, size, free, free, 100, files, files, 0, 255))


def test_a_disk_is_full_before_its_last_byte_and_says_what_room_it_has() -> None:
    assert full(a_disk(free=15)) == "its disk is full, with 15 MB free"
    assert full(a_disk(free=16)) is None
    # Of a small one a fiftieth.
    assert full(a_disk(free=1, size=100)) == "its disk is full, with 1 MB free"
    assert full(a_disk(free=2, size=100)) is None
    assert full(a_disk(free=5000, files=0)) == "its disk has no room for one more file"
