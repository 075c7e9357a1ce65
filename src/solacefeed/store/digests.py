"""The digests that this store has served, by their keys: so one that the config has lost is missed.

(unknown) --> served <--> given up
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.digests import Digest
from solacefeed.store.database import upsert
from solacefeed.store.schema import digests


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedDigest:
    """A digest with editions or readers, or with the wish for them."""

    #: Its first name, for good.
    key: str
    #: What the config called it last.
    name: str
    #: What its readers know it by; ``None`` where an older release has not noted it.
    title: str | None
    #: When the operator gave it up.
    ended_at: datetime | None = None


# Asked by each deed of mail, more than once: built once.
_EVERYTHING = digests.select().order_by(digests.c.key)


def everything(connection: sa.Connection) -> dict[str, ServedDigest]:
    """All that ever were, by key."""
    rows = connection.execute(_EVERYTHING)
    return {row.key: ServedDigest(key=row.key, name=row.name, title=row.title, ended_at=row.ended_at) for row in rows}


def note(connection: sa.Connection, served: Iterable[Digest]) -> None:
    """Knows these from now on, as they are called now; writes only what differs."""
    known = everything(connection)
    rows = [
        {"key": each.key, "name": each.name, "title": each.title}
        for each in served
        if each.key not in known or (known[each.key].name, known[each.key].title) != (each.name, each.title)
    ]
    upsert(connection, digests, rows, key=("key",))


def end(connection: sa.Connection, key: str, *, at: datetime) -> bool:
    """Gives it up; false when it was already."""
    return _move(connection, key, digests.c.ended_at.is_(None), at)


def resume(connection: sa.Connection, key: str) -> bool:
    """Takes it up again; false when it was never given up."""
    return _move(connection, key, digests.c.ended_at.is_not(None), None)


def _move(connection: sa.Connection, key: str, leaving: sa.ColumnElement[bool], at: datetime | None) -> bool:
    moved = connection.execute(digests.update().where(digests.c.key == key, leaving).values(ended_at=at))
    return moved.rowcount == 1
