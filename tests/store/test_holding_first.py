"""Whoever suppresses, erases, moves or enters somebody asks for leave before any row: nobody waits in a ring."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.store import address_history, erasing, fingerprints, mailable, subscribers, suppressions
from solacefeed.store.database import Store, open_store
from solacefeed.traces import Traces
from tests.store.rows import a_reader, written
from tests.support.builders import A_CONSENT, MONDAY

ANN = "ann@example.org"


def erase(store: Store, number: int) -> None:
    with store.read() as connection:
        who = erasing.person(connection, number)
        assert who is not None
        (found,) = erasing.look_through(connection, [who])
    traces = Traces(who.addresses)
    with store.write() as connection:
        erasing.take_out(connection, who, traces, found=found, address_keys=(), draw=lambda _: 7)
        fingerprints.add(connection, "f", at=MONDAY)


def move(store: Store, number: int) -> None:
    written(store, lambda c: address_history.move(c, number, "anna@example.org", at=MONDAY, by=Actor.READER))


def enter(store: Store, _: int) -> None:
    def step(connection: sa.Connection) -> None:
        carol = subscribers.enter(connection, email="carol@example.org", name=None, at=MONDAY)
        subscribers.subscribe(connection, carol, "weekly", category_ids=None, consent=A_CONSENT, at=MONDAY)

    written(store, step)


@pytest.mark.parametrize("act", [erase, move, enter])
def test_two_who_act_on_the_same_person_at_once_both_come_to_their_end(
    store: Store, store_url: str, act: Callable[[Store, int], None]
) -> None:
    ann, other = a_reader(store, ANN), open_store(store_url)
    words = Suppression(canonical=ANN, reason=SuppressionReason.OPERATOR, words=None, actor=Actor.OPERATOR, at=MONDAY)
    with ThreadPoolExecutor(1) as another:
        with store.write() as connection:
            mailable.hold(connection, alone=True)
            theirs = another.submit(act, other, ann.id)
            _until_it_waits(store)
            if store.file is None:
                # As who brings in a list does next.
                connection.execute(sa.text("LOCK TABLE subscribers, subscriptions IN SHARE ROW EXCLUSIVE MODE"))
            assert suppressions.add(connection, words)
        theirs.result(timeout=30)
    other.close()


def _until_it_waits(store: Store) -> None:
    """On PostgreSQL, until the other's statement waits for ours; on SQLite its transaction can't begin anyway."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(2_000):
        if store.file:
            return
        with store.engine.connect() as connection:
            if connection.exec_driver_sql(waiting).scalar():
                return
    raise AssertionError("it does not wait")
