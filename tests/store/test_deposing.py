"""Of several machines one leads: who gives no sign of life is deposed, it alone, and that is said where it was done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from solacefeed.errors import NotDeposed, StoreError
from solacefeed.store.database import Store, open_store
from solacefeed.store.leading import Lead, depose
from solacefeed.store.locks import holder, only_one
from tests.support.databases import Databases

SINCE = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.migrated() as address:
        yield address


@pytest.fixture
def waiting(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as store:
        yield store


def test_with_a_leader_its_own_deeds_go_and_those_of_processes_called_alike_go_on(url: str, waiting: Store) -> None:
    with closing(open_store(url)) as frozen, ExitStack() as stack:
        lead = Lead(frozen, "daemon", since=SINCE)
        lead.take()
        stack.enter_context(only_one(frozen, "poll"))
        with frozen.read() as connection:
            names = sa.text("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'process %'")
            (mine,) = connection.execute(names).scalars()
        # Of another machine: the same number, and a host whose name only goes on where PostgreSQL cuts it.
        alike = stack.enter_context(waiting.engine.connect())
        named = sa.text("SELECT set_config('application_name', :name, false), pg_advisory_lock(7)")
        token = mine.split()[1].partition("-")[2]
        alike.execute(named, {"name": mine.replace(token, "00000000") + "2"})
        assert depose(waiting, "daemon", after=0.0) is not None
        assert holder(waiting, "daemon") is None
        assert holder(waiting, "poll") is None
        assert alike.execute(sa.text("SELECT 1")).scalar() == 1
        with pytest.raises(StoreError):
            lead.sign()


def test_who_gives_signs_of_life_is_left_alone(url: str, waiting: Store) -> None:
    with closing(open_store(url)) as store:
        lead = Lead(store, "daemon", since=SINCE)
        lead.take()
        assert depose(waiting, "daemon", after=600.0) is None
        lead.sign()
        lead.let_go()


def test_a_leader_has_its_name_before_it_has_the_lock(url: str, waiting: Store) -> None:
    with closing(open_store(url)) as store:
        said: list[str] = []
        sa.event.listen(store.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
        lead = Lead(store, "daemon", since=SINCE)
        lead.take()
        with only_one(store, "poll"):
            """What a deed's lock says first."""
        lead.let_go()
    order = [
        "lock" if "try_advisory" in each else "name" for each in said if "advisory_lock" in each or "config" in each
    ]
    assert order == ["name", "lock"] * 2


def test_a_leader_that_the_server_does_not_end_for_this_account_is_not_said_to_be_deposed(
    url: str, waiting: Store
) -> None:
    lead = Lead(waiting, "daemon", since=SINCE)
    lead.take()
    with closing(open_store(url)) as weak:
        sa.event.listen(weak.engine, "begin", lambda connection: connection.exec_driver_sql("SET LOCAL ROLE weak"))
        with waiting.write() as connection:
            connection.exec_driver_sql("CREATE ROLE weak IN ROLE pg_read_all_stats")
        try:
            with pytest.raises(NotDeposed, match="SELECT pg_terminate_backend"):
                depose(weak, "daemon", after=0.0)
        finally:
            with waiting.write() as connection:
                connection.exec_driver_sql("DROP ROLE weak")
    lead.sign()
    lead.let_go()
