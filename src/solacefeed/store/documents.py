"""Documents: which files below the feeds' folder are ours, and what they held when they were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store.database import upsert
from solacefeed.store.schema import documents


def sums(connection: sa.Connection) -> dict[str, str]:
    """The SHA-256 of each document as it was last written, by path."""
    return {row.path: row.sha256 for row in connection.execute(documents.select())}


def note(connection: sa.Connection, written: Mapping[str, str], *, at: datetime) -> None:
    rows = [{"path": path, "sha256": written[path], "published_at": at} for path in sorted(written)]
    upsert(connection, documents, rows, key=("path",))


def forget(connection: sa.Connection, paths: Iterable[str]) -> None:
    connection.execute(documents.delete().where(documents.c.path.in_(list(paths))))


def newest(connection: sa.Connection) -> datetime | None:
    """When a document last changed."""
    return connection.execute(sa.select(sa.func.max(documents.c.published_at))).scalar()
