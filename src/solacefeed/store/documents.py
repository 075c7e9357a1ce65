"""Documents: which files below the feeds' folder are ours, what they held when they were written, which are gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.store.database import among, insert_missing, upsert
from solacefeed.store.schema import documents, gone_documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file of ours, as it was last written."""

    #: Below the folder, with ``/``.
    path: str
    #: Empty while it was announced and is not written yet.
    sha256: str
    #: When its bytes last changed; the file's own time.
    published_at: datetime
    #: The key of its feed; empty for what is of no one feed.
    feed: str = ""
    #: In an archive, ``2012-05``; empty elsewhere.
    month: str = ""
    entries: int = 0
    size: int = 0
    #: Why its newest version was not let through.
    trouble: str | None = None


def some(connection: sa.Connection, paths: Iterable[str]) -> dict[str, Document]:
    """Those of *paths* that are ours."""
    found: dict[str, Document] = {}
    for those in among(connection, documents.c.path, paths):
        rows = connection.execute(documents.select().where(those))
        found.update((row.path, _document(row)) for row in rows)
    return found


def current(connection: sa.Connection, *, archives: bool = False) -> list[Document]:
    """All by path, but for *archives* where they are not wanted."""
    query = documents.select() if archives else documents.select().where(documents.c.month == "")
    return [_document(row) for row in connection.execute(query.order_by(documents.c.path))]


def paths(connection: sa.Connection, feed: str | None = None) -> list[str]:
    """The paths of one feed's documents, or of all."""
    query = sa.select(documents.c.path).order_by(documents.c.path)
    return list(connection.execute(query if feed is None else query.where(documents.c.feed == feed)).scalars())


def months(connection: sa.Connection, feed: str) -> dict[str, int]:
    """How many entries the archive of each month of a feed has, newest first."""
    query = (
        sa.select(documents.c.month, documents.c.entries)
        .where(documents.c.feed == feed, documents.c.month != "", documents.c.entries > 0)
        .order_by(documents.c.month.desc())
    )
    return {row.month: row.entries for row in connection.execute(query)}


def announce(connection: sa.Connection, paths: Iterable[str], *, at: datetime) -> None:
    """Notes new files as ours before they are written: a publish that dies in between leaves none without an owner."""
    rows: list[dict[str, Any]] = [{"path": path, "sha256": "", "published_at": at} for path in sorted(paths)]
    insert_missing(connection, documents, rows, key=("path",))
    for those in among(connection, gone_documents.c.path, [row["path"] for row in rows]):
        connection.execute(gone_documents.delete().where(those))


def note(connection: sa.Connection, written: Sequence[Document]) -> None:
    rows: list[dict[str, Any]] = [
        {name: getattr(document, name) for name in Document.__dataclass_fields__}
        for document in sorted(written, key=lambda document: document.path)
    ]
    upsert(connection, documents, rows, key=("path",))


def forget(connection: sa.Connection, paths: Sequence[str], *, at: datetime) -> None:
    """Notes that these are ours no more: they are gone."""
    for those in among(connection, documents.c.path, paths):
        connection.execute(documents.delete().where(those))
    rows = [{"path": path, "gone_at": at} for path in sorted(paths)]
    insert_missing(connection, gone_documents, rows, key=("path",))


def is_gone(connection: sa.Connection, path: str) -> bool:
    """Whether a document stood there once, and none does now."""
    query = sa.select(sa.exists().where(gone_documents.c.path == path))
    return connection.execute(query).scalar_one()


def troubled(connection: sa.Connection) -> list[Document]:
    """The documents whose newest version was not let through, by path."""
    query = documents.select().where(documents.c.trouble.is_not(None)).order_by(documents.c.path)
    return [_document(row) for row in connection.execute(query)]


def newest(connection: sa.Connection) -> datetime | None:
    """When a document last changed."""
    return connection.execute(sa.select(sa.func.max(documents.c.published_at))).scalar()


def _document(row: sa.Row[Any]) -> Document:
    return Document(**{name: getattr(row, name) for name in Document.__dataclass_fields__})
