"""Editions whose rows a transaction keeps to itself, before it writes any copy of theirs.

Whoever changes both an edition's state and copies takes the edition first, so that nobody waits in a ring: a worker
that pauses one while it writes what came of copies, and an operator who cancels it.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from solacefeed.store.database import among
from solacefeed.store.schema import editions


def hold(connection: sa.Connection, edition_ids: Iterable[str]) -> None:
    """Keeps others from changing these editions until the transaction ends; SQLite has one writer anyway."""
    for some in among(connection, editions.c.id, edition_ids):
        connection.execute(sa.select(editions.c.id).where(some).order_by(editions.c.id).with_for_update(key_share=True))
