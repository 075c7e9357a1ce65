"""What waits of an edition and shall not go is given up before any of it is handed over.

Whom that is about is looked for first, since a look at a million copies holds up nobody, and a write does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.digest.periods import is_too_late
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition
from solacefeed.ports import Clock
from solacefeed.store import delivery_ends
from solacefeed.store.database import Store

#: Copies of the first transaction.
CHUNK = 500
#: Copies whose numbers are in memory at once.
MOST = 20_000


def drop_ended(store: Store, edition: Edition, clock: Clock) -> int:
    """Cancels the copies of those who may not be mailed any more; returns how many."""

    def find(connection: sa.Connection) -> list[int]:
        return delivery_ends.of_ended(connection, edition.id, limit=MOST)

    def end(connection: sa.Connection, ids: list[int]) -> int:
        return delivery_ends.drop_ended(connection, edition.id, at=clock(), ids=ids)

    return _end_all(store, find, end)


def expire(store: Store, edition: Edition, digest: Digest, clock: Clock) -> int:
    """Gives up the copies whose time is over; returns how many."""
    now = clock()
    late = is_too_late(edition.leaves_at, now, max_late=digest.max_late)

    def find(connection: sa.Connection) -> list[int]:
        return delivery_ends.late(connection, edition.id, at=now, too_late=late, limit=MOST)

    def end(connection: sa.Connection, ids: list[int]) -> int:
        return delivery_ends.expire(connection, edition.id, at=now, too_late=late, ids=ids)

    return _end_all(store, find, end)


def give_up_waiting(store: Store, edition_id: str, clock: Callable[[], datetime]) -> int:
    """Gives up all copies of an edition that wait; returns how many."""

    def find(connection: sa.Connection) -> list[int]:
        return delivery_ends.late(connection, edition_id, at=clock(), too_late=True, limit=MOST)

    def end(connection: sa.Connection, ids: list[int]) -> int:
        return delivery_ends.expire(connection, edition_id, at=clock(), too_late=True, ids=ids)

    return _end_all(store, find, end)


def _end_all(
    store: Store, find: Callable[[sa.Connection], list[int]], end: Callable[[sa.Connection, list[int]], int]
) -> int:
    """By short transactions; each time of those that are there then."""
    count, chunks, before = 0, Chunks(CHUNK), None
    while True:
        with store.read_at_once() as connection:
            ids = find(connection)
        if not ids or ids == before:
            return count
        for some in chunks.of(ids):
            with chunks.write(store, len(some)) as connection:
                count += end(connection, some)
        before = ids
