"""Mail of a store that was brought back: what the relay had taken since, and what may have gone and nobody knows.

    pending, claimed, uncertain   --known to be taken-->  accepted
    pending, claimed              --else-->               uncertain    offered once more or held (``on_uncertain``)

Each statement moves some, so that no page's write waits for long; doing it again moves no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.database import Store, among
from solacefeed.store.mail_moves import move
from solacefeed.store.mail_states import NOBODYS
from solacefeed.store.schema import deliveries, outbox

TAKEN = "the relay had taken it before the store was restored"
DOUBTED = "the store was restored; nobody knows whether it went before"

_CHUNK = 5000
_UNDECIDED = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.HANDING, DeliveryState.UNCERTAIN)
_NOT_TRIED = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.HANDING)


def copies_taken(store: Store, edition_id: str, readers: Iterable[int], mails: Collection[str], *, at: datetime) -> int:
    """Writes down that copies were taken, by their readers' numbers and their Message-IDs; returns how many."""
    which = deliveries.c.edition_id == edition_id
    return _taken(store, deliveries, which, deliveries.c.subscriber_id, readers, at=at) + _taken(
        store, deliveries, which, deliveries.c.message_id, mails, at=at
    )


def letters_taken(store: Store, numbers: Iterable[int], mails: Collection[str], *, at: datetime) -> int:
    """The same of letters of the outbox, by their own numbers."""
    which = sa.true()
    return _taken(store, outbox, which, outbox.c.id, numbers, at=at) + _taken(
        store, outbox, which, outbox.c.message_id, mails, at=at
    )


def _taken(
    store: Store,
    table: sa.Table,
    which: sa.ColumnElement[bool],
    column: sa.ColumnElement[Any],
    values: Iterable[Any],
    *,
    at: datetime,
) -> int:
    known = {"answer": TAKEN, "next_try_at": None, "changed_at": at, **NOBODYS}
    wanted, moved = sorted(set(values)), 0
    for start in range(0, len(wanted), _CHUNK):
        with store.write() as connection:
            for some in among(connection, column, wanted[start : start + _CHUNK]):
                its = which & some
                moved += move(connection, table, its, leaving=_UNDECIDED, to=DeliveryState.ACCEPTED, **known)
    return moved


def doubt_copies(store: Store, edition_id: str, *, offer_again_at: datetime | None, at: datetime) -> int:
    """Lets what waits of an edition be uncertain; returns how many."""
    return _doubt(store, deliveries, deliveries.c.edition_id == edition_id, offer_again_at=offer_again_at, at=at)


def doubt_letters(store: Store, *, offer_again_at: datetime | None, at: datetime) -> int:
    """The same of letters."""
    return _doubt(store, outbox, sa.true(), offer_again_at=offer_again_at, at=at)


def _doubt(
    store: Store, table: sa.Table, which: sa.ColumnElement[bool], *, offer_again_at: datetime | None, at: datetime
) -> int:
    known = {
        "doubts": 1,
        "answer": DOUBTED,
        "next_try_at": offer_again_at,
        "changed_at": at,
        **NOBODYS,
    }
    moved = 0
    while True:
        with store.write() as connection:
            untried = (which, table.c.state.in_(_NOT_TRIED), table.c.doubts == 0)
            some = sa.select(table.c.id).where(*untried).order_by(table.c.id).limit(_CHUNK)
            its = table.c.id.in_(some)
            count = move(connection, table, its, leaving=_NOT_TRIED, to=DeliveryState.UNCERTAIN, **known)
        moved += count
        if count < _CHUNK:
            return moved


def count_copies(connection: sa.Connection, edition_id: str, readers: Iterable[int], mails: Iterable[str]) -> int:
    """How many of an edition ``copies_taken`` would move."""
    its = (deliveries.c.edition_id == edition_id) & deliveries.c.state.in_(_UNDECIDED)
    found: set[int] = set()
    for column, values in ((deliveries.c.subscriber_id, readers), (deliveries.c.message_id, mails)):
        for some in among(connection, column, values):
            found.update(connection.execute(sa.select(deliveries.c.id).where(its, some)).scalars())
    return len(found)


def count_letters(connection: sa.Connection, numbers: Iterable[int], mails: Iterable[str]) -> int:
    """How many letters ``letters_taken`` would move."""
    found: set[int] = set()
    for column, values in ((outbox.c.id, numbers), (outbox.c.message_id, mails)):
        for some in among(connection, column, values):
            query = sa.select(outbox.c.id).where(some, outbox.c.state.in_(_UNDECIDED))
            found.update(connection.execute(query).scalars())
    return len(found)


def count_waiting(connection: sa.Connection, edition_id: str | None = None) -> int:
    """Copies of an edition that would be offered, or without one letters."""
    table = outbox if edition_id is None else deliveries
    which = sa.true() if edition_id is None else deliveries.c.edition_id == edition_id
    moving = table.c.state.in_(_NOT_TRIED) | (
        (table.c.state == DeliveryState.UNCERTAIN) & table.c.next_try_at.is_not(None)
    )
    return connection.execute(sa.select(sa.func.count()).select_from(table).where(which, moving)).scalar_one()
