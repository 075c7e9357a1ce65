"""A connection that breaks as a step is to be kept: whether it was is said of nobody who has not heard it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.store import facts
from solacefeed.store.database import Store

pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


@contextmanager
def whose_connection_breaks_at_its_commit(store: Store, *, kept: bool) -> Iterator[None]:
    """What the server has done of the next commit nobody hears."""

    def break_off(connection: sa.Connection) -> None:
        wire = connection.connection.dbapi_connection
        assert wire is not None
        if kept:
            wire.commit()
        wire.close()

    sa.event.listen(store.engine, "commit", break_off)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "commit", break_off)


@pytest.mark.parametrize("kept", [True, False])
def test_of_a_commit_whose_answer_nobody_heard_it_is_not_said_that_nothing_was_kept(store: Store, kept: bool) -> None:
    with (
        whose_connection_breaks_at_its_commit(store, kept=kept),
        pytest.raises(StoreError, match="whether this step was kept nobody has heard"),
        store.write() as connection,
    ):
        facts.put(connection, "it", "is there")
    with store.read() as connection:
        assert facts.read(connection, "it") == ("is there" if kept else None)


def test_of_a_step_whose_connection_broke_before_it_was_asked_to_keep_nothing_was_kept(store: Store) -> None:
    told = pytest.raises(StoreError, match="nothing of this step was kept")
    with told, store.write() as connection:
        facts.put(connection, "it", "is there")
        wire = connection.connection.dbapi_connection
        assert wire is not None
        wire.close()
        facts.put(connection, "it", "is there still")
    with store.read() as connection:
        assert facts.read(connection, "it") is None


def test_of_what_the_server_refuses_to_keep_nothing_was_kept(store: Store) -> None:
    refused = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '25006'; END $$"
    told = pytest.raises(StoreError, match="nothing of this step was kept")
    with told, store.write_at_once() as connection:
        connection.exec_driver_sql(refused)
