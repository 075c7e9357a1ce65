"""However a database, its server or who calls us sets sessions: ours read what was written, and go on after others."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa

from solacefeed.daemon.queue import JobQueue
from solacefeed.errors import StoreError
from solacefeed.store import facts
from solacefeed.store.database import BUSY_TIMEOUT_SECONDS, Store, open_store, open_to_look, unopened_store
from solacefeed.store.locks import only_one
from solacefeed.store.server_connections import HEARS_OF_LOSS, SPEECH
from tests.support.databases import Databases
from tests.support.postgres import serving

#: As a database may be set, for ends of its own.
OTHERWISE = {
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "iso_8601",
    "TimeZone": "Asia/Kathmandu",
    "bytea_output": "escape",
    "client_encoding": "LATIN1",
    "default_transaction_isolation": "serializable",
    "extra_float_digits": "0",
    "standard_conforming_strings": "off",
}


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """That of an empty database."""
    with databases.without_tables() as address:
        yield address


@contextmanager
def asking(url: str | sa.URL) -> Iterator[sa.Connection]:
    """As whoever has the server does, by no connection of ours."""
    # Of a database in SQL_ASCII SQLAlchemy reads not even the version else.
    words = {"client_encoding": "UTF8"}
    admin = sa.create_engine(url, connect_args=words, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        yield connection


def set_for_all(url: str, **settings: str) -> None:
    name = sa.make_url(url).database
    with asking(url) as connection:
        for setting, value in settings.items():
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET {setting} = '{value}'")


def shown_by(connection: sa.Connection, names: Iterable[str]) -> dict[str, str]:
    return {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()).partition(",")[0] for name in names}


def test_whatever_a_database_says_our_sessions_speak_as_we_read(url: str) -> None:
    assert OTHERWISE.keys() == SPEECH.keys()
    set_for_all(url, **OTHERWISE)
    with closing(open_store(url)) as store, store.read() as connection:
        assert shown_by(connection, OTHERWISE) == SPEECH


@pytest.mark.parametrize("setting", sorted(OTHERWISE))
def test_what_was_written_is_read_again_however_a_database_is_set(url: str, setting: str) -> None:
    set_for_all(url, **{setting: OTHERWISE[setting]})
    noon = datetime(2026, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
    told = [noon, 0.1 + 0.2, b"\\\x00\xff", "\\n «Žluťoučký» 🐎", timedelta(hours=3)]
    with closing(open_store(url)) as store:
        with store.write() as connection:
            facts.put(connection, "whose", "«Žluťoučký» 🐎")
        with store.read() as connection:
            assert facts.read(connection, "whose") == "«Žluťoučký» 🐎"
            given = ", ".join(f"CAST(%s AS {kind})" for kind in ("timestamptz", "float8", "bytea", "text", "interval"))
            assert list(connection.exec_driver_sql(f"SELECT {given}", tuple(told)).one()) == told


@pytest.fixture(scope="module")
def over_a_network() -> Iterator[str]:
    """The address of a server that listens to a network's connections, as one on another machine does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serving(f"-c listen_addresses=127.0.0.1 -c port={port}") as server:
        by_socket = sa.make_url(server.address.format("postgres"))
        yield by_socket.set(host="127.0.0.1", port=port, query={}).render_as_string()


@pytest.mark.parametrize("whose", ["the store's", "the queue's"])
def test_a_server_hears_soon_that_a_machine_is_gone_and_with_it_go_its_locks(over_a_network: str, whose: str) -> None:
    with closing(unopened_store(over_a_network)) as store:
        if whose == "the store's":
            with store.read() as connection:
                shown = shown_by(connection, HEARS_OF_LOSS)
        else:
            with closing(psycopg.connect(**JobQueue(store).connecting("worker 1 on here"))) as asked:
                shown = {
                    name: str(one[0]) for name in HEARS_OF_LOSS if (one := asked.execute(f"SHOW {name}").fetchone())
                }
    # A server that could not set it shows 0, or nothing.
    assert shown == HEARS_OF_LOSS
    idle, interval, count = (int(shown[f"tcp_keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle + interval * count <= BUSY_TIMEOUT_SECONDS


def test_what_was_written_is_read_again_whatever_the_environment_says(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGDATESTYLE", "SQL, DMY")
    monkeypatch.setenv("PGTZ", "Asia/Kathmandu")
    with closing(open_store(url)) as store, store.read() as connection:
        assert shown_by(connection, OTHERWISE) == SPEECH


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_whom_another_writer_was_before_goes_on_however_strict_a_database_is(url: str, isolation: str) -> None:
    set_for_all(url, default_transaction_isolation=isolation)
    with closing(open_store(url)) as store, closing(open_store(url)) as other:
        with store.write() as connection:
            facts.put(connection, "whose", "nobody's")
        # A read has one view; what comes after it on the same connection does not.
        with store.read() as connection:
            assert shown_by(connection, ["transaction_isolation"]) == {"transaction_isolation": "repeatable read"}
        with store.write() as connection:
            assert facts.read(connection, "whose") == "nobody's"
            with other.write() as its_own:
                facts.put(its_own, "whose", "another's")
            facts.put(connection, "whose", "its own")
        with store.read_at_once() as connection:
            assert shown_by(connection, ["transaction_isolation"]) == {"transaction_isolation": "read committed"}


def test_no_session_of_ours_is_ended_for_its_rest_whatever_bound_a_database_has(url: str) -> None:
    """With it the lock of a deed would go that is under way, which writes by others meanwhile."""
    set_for_all(url, idle_session_timeout="40ms")
    with closing(open_store(url)) as store, only_one(store, "prepare") as ask:
        for _ in range(8):
            with store.write() as connection:
                connection.exec_driver_sql("SELECT pg_sleep(0.02)")
        with store.write() as connection:
            ask(connection)
        with closing(psycopg.connect(**JobQueue(store).connecting("worker 1 on here"))) as its:
            assert its.execute("SHOW idle_session_timeout").fetchone() == ("0",)


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def narrow_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """That of a database that can't hold what is written of the world's languages."""
    name = f"narrow_{request.param.lower()}"
    with asking(databases.address.format("postgres")) as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} ENCODING '{request.param}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
        yield databases.address.format(name)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def let_the_first_take(url: str, seconds: float, tag: str) -> None:
    """The first statement of a kind that is made there takes so many *seconds*."""
    slow = f"""
        CREATE SEQUENCE done_before;
        CREATE FUNCTION take_long() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('done_before') = 1 THEN PERFORM pg_sleep({seconds}); END IF;
        END $$;
        CREATE EVENT TRIGGER take_long ON ddl_command_start WHEN TAG IN ('{tag}') EXECUTE FUNCTION take_long()
    """
    with asking(url) as connection:
        connection.exec_driver_sql(slow)


@pytest.mark.parametrize("bound", ["statement_timeout", "transaction_timeout"])
def test_a_migration_takes_as_long_as_it_takes_whatever_bound_a_database_has(url: str, bound: str) -> None:
    let_the_first_take(url, 1.2, "CREATE TABLE")
    with asking(url) as connection:
        known = "SELECT EXISTS (SELECT FROM pg_settings WHERE name = %s)"
        if not connection.exec_driver_sql(known, (bound,)).scalar_one():
            pytest.skip("this PostgreSQL is too old for such a bound")
    set_for_all(url, **{bound: "1s"})
    with closing(open_store(url)) as store, store.read() as connection:
        # What comes after has its bound again.
        assert shown_by(connection, [bound]) == {bound: "1s"}


def opened_unasked(url: str) -> Store:
    store = unopened_store(url)
    with closing(store), store.read():
        return store


@pytest.mark.parametrize("opened", [open_store, open_to_look, opened_unasked])
def test_a_database_that_can_not_hold_all_languages_is_refused_and_told_how_to_make_one(
    narrow_url: str, opened: Callable[[str], Store]
) -> None:
    with pytest.raises(StoreError) as refused:
        opened(narrow_url)
    said = str(refused.value)
    assert "createdb --encoding=UTF8 --template=template0" in said
    assert "\n" not in said
    assert said.count("LATIN1") + said.count("SQL_ASCII") == 1
