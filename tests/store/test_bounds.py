"""On PostgreSQL nobody holds rows for ever, and no statement takes hours since the server knows nothing of its rows."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
import sqlalchemy as sa

from solacefeed.daemon.jobs import DEPOSED_AFTER
from solacefeed.errors import StoreError
from solacefeed.models.deliveries import DeliveryState, Mark
from solacefeed.store import copy_claims, database, deliveries, delivery_ends, facts
from solacefeed.store.database import Store, open_store
from solacefeed.store.server_connections import IDLE_TIMEOUT_SECONDS, bounds_of_silence
from tests.deeds.world import World
from tests.store.rows import EDITION, LEASE, OTHER, lease_ends, many_copies, others_alike, written
from tests.support.builders import MONDAY, a_source_post
from tests.support.databases import Databases


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.migrated() as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as opened:
        yield opened


def setting(connection: sa.Connection, name: str) -> str:
    return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())


def test_a_lock_is_let_go_of_before_those_give_up_who_wait_for_it(store: Store) -> None:
    with store.read() as connection:
        held, waited = setting(connection, "idle_in_transaction_session_timeout"), setting(connection, "lock_timeout")
    assert (held, waited) == ("20s", "30s")
    assert IDLE_TIMEOUT_SECONDS < database.BUSY_TIMEOUT_SECONDS


@pytest.mark.parametrize("code", ["53100", "53200", "58030", "XX000", "XX001", "XX002"])
def test_a_full_disk_and_a_damaged_file_of_the_server_are_told_and_are_no_bug(store: Store, code: str) -> None:
    broken = f"DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '{code}'; END $$"
    told = "could not extend file; nothing of this step was kept"
    with pytest.raises(StoreError, match=told), store.write() as connection:
        connection.exec_driver_sql(broken)


@pytest.mark.parametrize("code", ["25P03", "25P04"])
def test_a_transaction_that_was_ended_as_its_process_stood_still_is_told_and_is_no_bug(store: Store, code: str) -> None:
    """As on a machine that does too much else; the server's word for it comes in the place of a statement's answer."""
    ended = f"DO $$ BEGIN RAISE 'terminating connection due to a timeout' USING ERRCODE = '{code}'; END $$"
    with (
        pytest.raises(StoreError, match="due to a timeout; nothing of this step was kept"),
        store.write() as connection,
    ):
        connection.exec_driver_sql(ended)


def test_the_bounds_outlast_a_transaction_that_broke_off(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write():
        raise ZeroDivisionError
    with store.read() as connection:
        assert setting(connection, "lock_timeout") == "30s"


def test_of_an_edition_that_was_frozen_postgresql_knows_how_many_copies_there_are(store: Store) -> None:
    world = World(store)
    world.join("reader1")
    with store.write() as connection:
        others_alike(connection, 600)
    world.appear(a_source_post(id="1", category_numbers=("1",)))
    world.prepare()
    with store.read() as connection:
        known = connection.exec_driver_sql("SELECT reltuples FROM pg_class WHERE relname = 'deliveries'").scalar_one()
    assert known == 600


def frozen_in_a_commit(url: str) -> int:
    """A worker that has marked a copy, and stands still before it commits that."""
    ours, its = os.pipe()
    number = os.fork()
    if number == 0:
        try:
            with closing(open_store(url)) as store, store.write() as connection:
                facts.put(connection, "whose", "its own")
                mark = Mark(id=1, claim=1, revision=1)
                assert deliveries.mark_all(connection, [mark], worker=LEASE.worker, at=MONDAY)
                os.write(its, b".")
                os.kill(os.getpid(), signal.SIGSTOP)
        finally:
            os._exit(1)
    os.close(its)
    assert os.read(ours, 1)
    os.close(ours)
    os.waitpid(number, os.WUNTRACED)
    return number


@pytest.mark.slow
def test_a_worker_that_freezes_in_the_midst_of_a_commit_holds_up_nobody_for_long(store: Store, url: str) -> None:
    many_copies(store, 3)
    with store.write() as connection:
        assert len(copy_claims.claim(connection, EDITION, lease=LEASE, limit=1, at=MONDAY)) == 1
    frozen = frozen_in_a_commit(url)
    try:
        # What it does not hold goes on at once.
        with store.write() as connection:
            assert len(copy_claims.claim(connection, EDITION, lease=OTHER, limit=5, at=MONDAY)) == 2
        # What it holds does when the server has ended its transaction.
        with store.write() as connection:
            facts.put(connection, "whose", "another's")
        with store.read() as connection:
            copy = deliveries.find(connection, 1)
        assert copy is not None
        assert copy.state is DeliveryState.CLAIMED
        lease_ends(store)
        with store.write() as connection:
            deliveries.recover(connection, at=MONDAY, offer_again_at=None, worker=OTHER.worker)
            assert [each.id for each in copy_claims.claim(connection, EDITION, lease=OTHER, limit=5, at=MONDAY)] == [1]
        os.kill(frozen, signal.SIGCONT)
        _, status = os.waitpid(frozen, 0)
        assert os.waitstatus_to_exitcode(status) == 1
    finally:
        with suppress(ProcessLookupError):
            os.kill(frozen, signal.SIGKILL)


@pytest.mark.slow
def test_what_nobody_lets_go_of_is_waited_for_no_longer_than_on_sqlite(store: Store, url: str) -> None:
    with closing(open_store(url)) as other, other.write() as connection:
        facts.put(connection, "whose", "its own")
        # As if it did something all the while.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        with pytest.raises(StoreError, match="lock timeout"):
            written(store, lambda c: facts.put(c, "whose", "another's"))


def test_who_has_left_is_found_among_many_soon_after_they_were_written(store: Store) -> None:
    many_copies(store, 2000)
    with store.write() as connection:
        # By the plan for tables in which nothing is it takes half a minute.
        connection.exec_driver_sql("SET LOCAL statement_timeout = '10s'")
        assert delivery_ends.drop_ended(connection, EDITION, at=MONDAY) == 0


def test_a_silent_connection_is_given_up_before_its_leader_is_deposed_unless_the_address_says_otherwise() -> None:
    bounds = bounds_of_silence(sa.make_url("postgresql+psycopg://db.example.org/feeds"))
    assert bounds["tcp_user_timeout"] < DEPOSED_AFTER * 1000
    named = sa.make_url("postgresql+psycopg://db.example.org/feeds?tcp_user_timeout=60000")
    assert bounds.keys() - bounds_of_silence(named).keys() == {"tcp_user_timeout"}
