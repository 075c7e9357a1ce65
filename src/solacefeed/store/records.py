"""Records: each execution of a deed, written down when it begins and again when it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models import Record
from solacefeed.store.schema import records

#: Of each deed, as many are kept.
KEPT = 500


def begin(connection: sa.Connection, deed: str, *, at: datetime) -> int:
    values = {"deed": deed, "started_at": at, "summary": "", "counts": {}}
    number: int = connection.execute(records.insert().values(**values).returning(records.c.id)).scalar_one()
    return number


def finish(
    connection: sa.Connection, number: int, *, at: datetime, ok: bool, summary: str, counts: dict[str, int]
) -> None:
    connection.execute(
        records.update().where(records.c.id == number).values(ended_at=at, ok=ok, summary=summary, counts=counts)
    )


def latest(connection: sa.Connection, deed: str) -> Record | None:
    query = records.select().where(records.c.deed == deed).order_by(records.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return _record(row) if row else None


def latest_good(connection: sa.Connection, deed: str) -> Record | None:
    """The newest record of a *deed* that worked."""
    query = records.select().where(records.c.deed == deed, records.c.ok).order_by(records.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return _record(row) if row else None


def newest_good(connection: sa.Connection) -> datetime | None:
    """When a deed that worked last ended."""
    return connection.execute(sa.select(sa.func.max(records.c.ended_at)).where(records.c.ok)).scalar()


def forget_old(connection: sa.Connection, deed: str) -> None:
    """Keeps the newest ``KEPT`` records of *deed*."""
    oldest = (
        sa.select(records.c.id)
        .where(records.c.deed == deed)
        .order_by(records.c.id.desc())
        .offset(KEPT - 1)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(records.delete().where(records.c.deed == deed, records.c.id < oldest))


def _record(row: sa.Row[Any]) -> Record:
    return Record(
        id=row.id,
        deed=row.deed,
        started_at=row.started_at,
        ended_at=row.ended_at,
        ok=row.ok,
        summary=row.summary,
        counts=row.counts,
    )
