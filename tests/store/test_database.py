"""A store that is opened: its file is private, its transactions are whole, its instants have a zone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.models.blog import Author
from solacefeed.store import categories, facts, posts, subscribers
from solacefeed.store.database import SOUND_WAL, Store, open_store, shown, sqlite_module
from solacefeed.store.schema import documents, metadata
from tests.store.rows import keep, written
from tests.support.builders import MONDAY, a_source_post


def test_what_was_written_is_there_when_the_store_is_opened_again(store: Store, store_url: str) -> None:
    written(store, lambda c: subscribers.enter(c, email="ann@example.org", name="Ann", at=MONDAY))
    store.close()
    reopened = open_store(store_url)
    with reopened.read() as connection:
        known = subscribers.find(connection, "ann@example.org")
    assert known
    assert (known.name, known.created_at) == ("Ann", MONDAY)
    reopened.close()


def test_a_write_that_breaks_off_leaves_nothing_behind(store: Store) -> None:
    def break_off() -> None:
        with store.write() as connection:
            facts.put(connection, "half", "done")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with store.read() as connection:
        assert facts.read(connection, "half") is None


def test_a_reading_sees_one_state_of_the_store_throughout(store: Store, store_url: str) -> None:
    if store.file and sqlite_module().sqlite_version_info < SOUND_WAL:
        pytest.skip("a rollback journal lets nobody write beside a reader")
    other = open_store(store_url)
    with store.read() as connection:
        before = categories.authors_by_id(connection)
        written(other, lambda c: categories.learn_authors(c, [Author(id="1", name="Jo Carver")]))
        assert categories.authors_by_id(connection) == before
    with store.read() as connection:
        assert categories.authors_by_id(connection) != before
    other.close()


def test_writers_in_many_threads_take_turns(store: Store) -> None:
    def count(_: int) -> None:
        with store.write() as connection:
            known = int(facts.read(connection, "count") or 0)
            connection.execute(metadata.tables["facts"].delete())
            facts.put(connection, "count", str(known + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(20)))
    with store.read() as connection:
        assert facts.read(connection, "count") == "20"


def test_stores_that_are_opened_at_once_migrate_once(store_url: str) -> None:
    together = Barrier(4)

    def open_with_the_others(_: int) -> Store:
        together.wait()
        return open_store(store_url)

    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(open_with_the_others, range(4)))
    with opened[0].read() as connection:
        assert set(metadata.tables) < set(sa.inspect(connection).get_table_names())
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1
    for store in opened:
        store.close()


def test_a_store_that_is_only_looked_at_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        open_store(f"sqlite:///{tmp_path}/none.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/var/solacefeed.db")
    facts.signing_key(store)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").iterdir()}
    assert set(modes.values()) == {0o600}, modes
    store.close()


def test_a_folder_in_the_place_of_the_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "solacefeed.db").mkdir()
    with pytest.raises(StoreError, match=r"the store sqlite:///.* can't be opened: unable to open database file"):
        open_store(f"sqlite:///{tmp_path}/solacefeed.db")


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "solacefeed.db").write_text("Dear diary, " * 100)
    with pytest.raises(StoreError, match="file is not a database"):
        open_store(f"sqlite:///{tmp_path}/solacefeed.db")


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with pytest.raises(StoreError) as refusal:
        open_store("postgresql+psycopg://solacefeed:hunter2@127.0.0.1:1/solacefeed")
    assert "127.0.0.1" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    assert "hunter2" not in shown("postgresql+psycopg://solacefeed:hunter2@127.0.0.1:1/solacefeed")


def test_a_password_in_an_address_query_is_not_shown_either() -> None:
    words = "postgresql+psycopg://127.0.0.1:1/solacefeed?user=ann&password=hunter2&sslpassword=hunter2"
    assert shown(words) == "postgresql+psycopg://127.0.0.1:1/solacefeed?user=ann"


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 11, 23, 8)  # noqa: DTZ001  # what must be refused
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        written(store, lambda c: subscribers.enter(c, email="ann@example.org", name=None, at=naive))


def test_an_instant_comes_back_in_utc_to_the_microsecond(store: Store) -> None:
    there = datetime(2026, 7, 1, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    post = a_source_post(published=there)
    written(store, lambda c: keep(c, post, seen=there))
    with store.read() as connection:
        (kept,) = posts.listing(connection, limit=10)
    assert kept.published == there
    assert kept.published.tzinfo is UTC


def test_instants_are_compared_as_instants_whatever_their_zones(store: Store) -> None:
    early = datetime(2026, 11, 23, 23, tzinfo=timezone(timedelta(hours=9)))
    late = datetime(2026, 11, 23, 15, tzinfo=UTC)
    rows = [{"path": path, "sha256": "", "published_at": at} for path, at in (("a", early), ("b", late))]
    with store.write() as connection:
        connection.execute(documents.insert(), rows)
    with store.read() as connection:
        order = connection.execute(sa.select(documents.c.path).order_by(documents.c.published_at)).scalars().all()
    assert order == ["a", "b"]


def test_a_full_disk_is_told_in_one_line_and_nothing_is_kept(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/full.db")
    with store.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with (
        pytest.raises(StoreError, match="database or disk is full; nothing of this step was kept"),
        store.write() as connection,
    ):
        facts.put(connection, "large", "x" * 1_000_000)
    with store.read() as connection:
        assert facts.read(connection, "large") is None
    store.close()


def test_that_all_connections_are_lent_is_trouble_that_is_told_and_no_bug(store_url: str) -> None:
    open_store(store_url).close()
    store = Store(sa.create_engine(store_url, pool_size=1, max_overflow=0, pool_timeout=0))
    told = pytest.raises(StoreError, match="the store did not work: QueuePool limit")
    with store.engine.connect(), told, store.read():
        """No connection is left."""
    store.close()
