"""Writes an SQLite file anew, so that no byte of what was deleted is left in it; PostgreSQL sees to its own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from solacefeed.errors import Busy
from solacefeed.store import facts
from solacefeed.store.database import Store


def owe(connection: sa.Connection, *, at: datetime) -> None:
    """Writes down that the file is to be written anew, with what was deleted."""
    if connection.dialect.name == "sqlite" and not facts.read(connection, facts.ERASED_SINCE):
        facts.put(connection, facts.ERASED_SINCE, at.isoformat())


def owed_since(connection: sa.Connection) -> datetime | None:
    """Since when it is owed; ``None`` where nothing is."""
    since = facts.read(connection, facts.ERASED_SINCE)
    return datetime.fromisoformat(since) if since else None


def size(store: Store) -> int:
    """Of the file, in bytes; 0 on PostgreSQL."""
    return store.file.stat().st_size if store.file else 0


def rewrite(store: Store) -> None:
    """Writes the file anew, and empties its log; raises ``Busy`` where somebody still reads what was.

    Nobody else writes meanwhile: some 80 MB take a second. A process that dies in it leaves the file as it was.
    """
    with store.alone() as connection:
        connection.execute("VACUUM")
        blocked, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if blocked:
        raise Busy("erase: somebody reads the store now; its log is emptied when they have ended")
    with store.write() as connection:
        facts.put(connection, facts.ERASED_SINCE, "")
