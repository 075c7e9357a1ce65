"""Posts that can't be read or kept, or can't stand in a feed; the others go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store.database import among, upsert
from solacefeed.store.schema import quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A post that can't be read or kept; the others go on."""

    #: The blog's number for it, or its guid or address.
    key: str
    reason: str
    found_at: datetime


def set_aside(connection: sa.Connection, reasons: Mapping[str, str], *, at: datetime) -> None:
    rows = [{"key": key, "reason": reasons[key], "found_at": at} for key in sorted(reasons)]
    upsert(connection, quarantine, rows, key=("key",))


def take_back(connection: sa.Connection, keys: set[str]) -> None:
    """Forgets what could not be read or kept, for now it can."""
    for some in among(connection, quarantine.c.key, keys):
        connection.execute(quarantine.delete().where(some))


def everything(connection: sa.Connection) -> list[Quarantined]:
    rows = connection.execute(quarantine.select().order_by(quarantine.c.found_at, quarantine.c.key))
    return [Quarantined(key=row.key, reason=row.reason, found_at=row.found_at) for row in rows]
