"""Calendars: when each was asked, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store.database import among, upsert
from solacefeed.store.schema import calendars


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarNotes:
    """What is known of one calendar, by the config's name for it."""

    name: str
    #: Where it was asked.
    address: str
    etag: str | None = None
    last_modified: str | None = None
    asked_at: datetime
    #: When its whole answer was last read.
    read_at: datetime | None = None
    #: It asked not to be asked before.
    not_before: datetime | None = None
    #: The status of that refusal.
    rests_for: int | None = None
    #: Why it could not be read the last time.
    trouble: str | None = None
    #: What of its last answer was left out, in a line.
    note: str | None = None
    #: The same, a few words each, the first of them; ``None`` where none is, or by a release that did not say.
    left_out: Sequence[str] | None = None
    #: How many events its last answer told of; ``None`` before one was read, or by a release that did not count.
    events: int | None = None


def notes(connection: sa.Connection) -> dict[str, CalendarNotes]:
    """Of every calendar that was asked, by name."""
    query = calendars.select().order_by(calendars.c.name)
    return {row.name: CalendarNotes(**row._mapping) for row in connection.execute(query)}


def remember(connection: sa.Connection, known: CalendarNotes) -> None:
    upsert(connection, calendars, [asdict(known)], key=("name",))


def forget(connection: sa.Connection, names: Collection[str]) -> None:
    for some in among(connection, calendars.c.name, names):
        connection.execute(calendars.delete().where(some))
