"""How a store is kept: whether it is the one that sends, and how its backups stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from solacefeed.models.records import Record
from solacefeed.store import records

#: The deed that makes backups.
BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupStatus:
    """What is known of that at one instant."""

    #: Why no mail leaves: the store was copied or restored; ``None`` where it is at home.
    not_at_home: str | None = None
    #: The log beside the store, where it lacks what could not be written; ``None`` where it has all.
    log_with_gap: Path | None = None
    #: How often the config wants a backup; ``None`` for none.
    every: timedelta | None = None
    #: How the last one went, and when the last good one was made.
    last: Record | None = None
    last_good: datetime | None = None
    #: Of a store on a server: its own tools back it up, and we know of none.
    by_server: bool = False


def backup_status(
    connection: sa.Connection,
    *,
    not_at_home: str | None,
    log_with_gap: Path | None,
    every: timedelta | None,
    by_server: bool,
) -> BackupStatus:
    if by_server:
        # What is on record there was made of the file that was moved into it.
        return BackupStatus(not_at_home=not_at_home, log_with_gap=log_with_gap, by_server=True)
    made = records.latest_good(connection, BACKUP)
    return BackupStatus(
        not_at_home=not_at_home,
        log_with_gap=log_with_gap,
        every=every,
        last=records.latest(connection, BACKUP),
        last_good=made.ended_at if made else None,
    )
