"""What can't be read, kept, understood or shown, each with its reason; all else goes on.

A post that the poll sets aside stands under the blog's number, or its guid or address; all else under its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from solacefeed.store.database import among, upsert
from solacefeed.store.schema import quarantine


class Kind(StrEnum):
    """What stands in quarantine besides the posts of a poll; its value is the first word of the key."""

    #: A post that can't stand in a feed, by our id.
    ENTRY = "entry"
    #: What somebody tells of an event, by who tells it.
    TELLING = "telling"
    #: An event that can't be shown, by its id.
    EVENT = "event"
    #: By the blog's number.
    CATEGORY = "category"

    def key(self, name: str) -> str:
        """Short enough for any index."""
        return f"{self} {name}"[:MOST_OF_A_KEY]


#: Letters of what is set aside by which it is called.
MOST_OF_A_KEY = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One that is set aside."""

    key: str
    reason: str
    found_at: datetime

    @property
    def kind(self) -> Kind | None:
        """``None`` for a post that a poll could not read or keep."""
        word, _, name = self.key.partition(" ")
        return Kind(word) if name and word in set(Kind) else None


def set_aside(connection: sa.Connection, reasons: Mapping[str, str], *, at: datetime) -> None:
    rows = [{"key": key, "reason": reasons[key], "found_at": at} for key in sorted(reasons)]
    upsert(connection, quarantine, rows, key=("key",))


def take_back(connection: sa.Connection, keys: Iterable[str]) -> None:
    """Forgets what could not be read or kept, for now it can."""
    for some in among(connection, quarantine.c.key, keys):
        connection.execute(quarantine.delete().where(some))


def settle(connection: sa.Connection, kind: Kind, reasons: Mapping[str, str], *, at: datetime) -> None:
    """Makes those of *kind* just these, by name; what is known already stays as it was found."""
    wanted = {kind.key(name): reason for name, reason in reasons.items()}
    known = {each.key: each.reason for each in everything(connection) if each.kind is kind}
    take_back(connection, known.keys() - wanted.keys())
    set_aside(connection, {key: why for key, why in wanted.items() if known.get(key) != why}, at=at)


def everything(connection: sa.Connection) -> list[Quarantined]:
    rows = connection.execute(quarantine.select().order_by(quarantine.c.found_at, quarantine.c.key))
    return [Quarantined(key=row.key, reason=row.reason, found_at=row.found_at) for row in rows]
