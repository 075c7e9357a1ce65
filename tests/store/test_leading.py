"""One process leads, of several machines' on PostgreSQL, whatever becomes of its connection."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.errors import Busy, StoreError
from solacefeed.store.database import Store, open_store
from solacefeed.store.leading import Lead
from solacefeed.store.locks import holder
from tests.support.builders import MONDAY

pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)

DEED = "daemon"
TRIES = 1000


@pytest.fixture
def lead(store: Store) -> Iterator[Lead]:
    made = Lead(store, DEED, since=MONDAY)
    yield made
    made.let_go()


@contextmanager
def cut_on_our_side(store: Store) -> Iterator[Callable[[], None]]:
    """Of connections made meanwhile: ours break when that is called, and the server hears nothing of it."""
    sockets: list[int] = []
    kept: list[int] = []
    sa.event.listen(store.engine, "connect", lambda connection, _record: sockets.append(connection.fileno()))

    def cut() -> None:
        for each in sockets:
            kept.append(os.dup(each))
            ours, theirs = socket.socketpair()
            theirs.close()
            with ours:
                os.dup2(ours.fileno(), each)
        sockets.clear()

    yield cut
    for each in kept:
        os.close(each)


def until(does: Callable[[], Any]) -> None:
    """The server ends a session soon, and says nothing of it."""
    for _ in range(TRIES):
        with suppress(StoreError):
            does()
            return
    does()


def test_a_leader_whose_connection_breaks_on_its_side_alone_leads_on(store: Store, store_url: str) -> None:
    with closing(open_store(store_url)) as own, cut_on_our_side(own) as cut:
        own.engine.dispose()
        lead = Lead(own, DEED, since=MONDAY)
        lead.take()
        me = holder(store, DEED)
        cut()
        with pytest.raises(StoreError):
            lead.sign()
        assert holder(store, DEED) == me
        until(lead.take)
        lead.sign()
        assert holder(store, DEED) == me
        lead.let_go()


def test_another_of_the_same_name_is_no_former_self(store: Store, lead: Lead) -> None:
    """Two containers may have one host's name, one process's number and one minute in common."""
    lead.take()
    with pytest.raises(Busy, match="leader process"):
        Lead(store, DEED, since=MONDAY).take()
    lead.sign()


def test_where_its_name_can_not_be_written_the_lock_is_free_again(store: Store, lead: Lead) -> None:
    def fails(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "set_config" in statement:
            raise OSError("the connection broke")

    sa.event.listen(store.engine, "before_cursor_execute", fails)
    with pytest.raises(OSError, match="broke"):
        lead.take()
    sa.event.remove(store.engine, "before_cursor_execute", fails)
    until(lambda: taken_and_let_go(Lead(store, DEED, since=MONDAY)))


@pytest.mark.more
def test_who_has_let_go_takes_nothing_any_more(store: Store, lead: Lead) -> None:
    """Its thread may be about to take it anew at that moment."""
    lead.take()
    lead.let_go()
    with pytest.raises(StoreError, match="wanted no more"):
        until(lead.take)
    until(lambda: taken_and_let_go(Lead(store, DEED, since=MONDAY)))


def taken_and_let_go(lead: Lead) -> None:
    lead.take()
    lead.let_go()


def test_who_comes_as_the_leader_goes_leads_and_waits_for_nobody_that_has_no_name(
    store: Store, store_url: str, lead: Lead
) -> None:
    lead.take()
    with closing(open_store(store_url)) as own:
        tried = 0

        def let_go(_: Any, _cursor: Any, words: str, *_rest: Any) -> None:
            nonlocal tried
            tried += "pg_try_advisory_lock" in words
            if tried == 1:
                lead.let_go()
                # The server hears of it by the end of its session.
                assert any(holder(store, DEED) is None for _ in range(TRIES))

        sa.event.listen(own.engine, "after_cursor_execute", let_go)
        next_one = Lead(own, DEED, since=MONDAY)
        next_one.take()
        next_one.sign()
        next_one.let_go()
