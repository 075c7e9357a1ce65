"""Cancelling an edition, however many copies it has: the word is written at once, and its copies end by short writes.

    going --> cancelled, what is in hand has no mark any more --> its copies, some at a time --> the last, and its posts

Killed in between, it is cancelled, and none of its copies can go; the next deliver or prepare ends the rest. What it
had is free for the next edition when its last copy has ended, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.clock import SharedClock
from solacefeed.models.editions import EditionState
from solacefeed.ports import Clock
from solacefeed.store import delivery_ends, editions, held_editions
from solacefeed.store.database import Store

#: Copies of the first transaction. An edition with no more of them is cancelled in one.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What came of an edition that was cancelled."""

    #: Copies that go to nobody.
    copies: int = 0
    #: Posts that are free for the next edition.
    posts: int = 0


def drop_first(connection: sa.Connection, edition_id: str, *, at: datetime) -> Dropped:
    """With the word itself: all of an edition that has few copies, and of any other what is in hand and has no mark."""
    ids = delivery_ends.of_cancelled(connection, edition_id, limit=CHUNK + 1)
    if len(ids) > CHUNK:
        return Dropped(copies=delivery_ends.drop_claimed(connection, edition_id, at=at))
    copies = delivery_ends.drop_cancelled(connection, edition_id, at=at, ids=ids)
    return Dropped(copies=copies, posts=editions.uncover(connection, edition_id))


def drop_all_cancelled(store: Store, machines_clock: Clock) -> None:
    """Ends what waits of cancelled editions: of one whose cancelling was cut off, or that the relay put off since."""
    with store.read() as connection:
        found = delivery_ends.cancelled_ones(connection)
    for edition_id in found:
        drop(store, SharedClock(store, machines_clock), edition_id)


def drop(store: Store, clock: Clock, edition_id: str) -> Dropped:
    """Ends the copies of a cancelled edition that have not gone, and frees what it had."""
    copies, chunks = 0, Chunks(CHUNK)
    while True:
        with chunks.write(store) as connection:
            held_editions.hold(connection, [edition_id])
            edition = editions.find(connection, edition_id)
            if edition is None or edition.state is not EditionState.CANCELLED:
                # Another has its name by now.
                return Dropped(copies=copies)
            ids = delivery_ends.of_cancelled(connection, edition_id, limit=chunks.size)
            at = clock()
            copies += delivery_ends.drop_cancelled(connection, edition_id, at=at, ids=ids)
            if len(ids) < chunks.size:
                return Dropped(copies=copies, posts=editions.uncover(connection, edition_id))
