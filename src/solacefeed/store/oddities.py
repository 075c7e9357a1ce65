"""What a poll could not simply take over: posts that can't be read, and removals too many to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store.database import among, insert_missing, upsert
from solacefeed.store.schema import posts, quarantine, removals


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A post that can't be read; the others go on."""

    #: The blog's number for it, or its guid or address.
    key: str
    reason: str
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A post that the blog seems to have removed together with too many others; it stays until the operator decides."""

    post_id: str
    title: str
    evidence: str
    found_at: datetime
    refused: bool


def set_aside(connection: sa.Connection, reasons: Mapping[str, str], *, at: datetime) -> None:
    rows = [{"key": key, "reason": reasons[key], "found_at": at} for key in sorted(reasons)]
    upsert(connection, quarantine, rows, key=("key",))


def take_back(connection: sa.Connection, keys: set[str]) -> None:
    """Forgets what could not be read, for now it can."""
    for some in among(connection, quarantine.c.key, keys):
        connection.execute(quarantine.delete().where(some))


def quarantined(connection: sa.Connection) -> list[Quarantined]:
    rows = connection.execute(quarantine.select().order_by(quarantine.c.found_at, quarantine.c.key))
    return [Quarantined(key=row.key, reason=row.reason, found_at=row.found_at) for row in rows]


def hold_back(connection: sa.Connection, evidence: Mapping[str, str], *, at: datetime) -> None:
    """Notes removals for the operator to decide; what was decided or noted before stays so."""
    rows = [
        {"post_id": post_id, "evidence": evidence[post_id], "found_at": at, "refused": False}
        for post_id in sorted(evidence)
    ]
    insert_missing(connection, removals, rows, key=("post_id",))


def removals_held(connection: sa.Connection) -> list[Removal]:
    query = (
        sa.select(removals, posts.c.title)
        .join_from(removals, posts)
        .order_by(removals.c.refused, removals.c.found_at, removals.c.post_id)
    )
    return [
        Removal(post_id=row.post_id, title=row.title, evidence=row.evidence, found_at=row.found_at, refused=row.refused)
        for row in connection.execute(query)
    ]


def refused(connection: sa.Connection) -> set[str]:
    """The posts of which the operator has said that they stay."""
    return set(connection.execute(sa.select(removals.c.post_id).where(removals.c.refused)).scalars())


def refuse(connection: sa.Connection) -> int:
    """Lets every post that is held back stay, whatever the blog says of it; returns how many."""
    return connection.execute(removals.update().where(~removals.c.refused).values(refused=True)).rowcount


def settled(connection: sa.Connection, post_ids: set[str]) -> None:
    """Forgets the removals of these posts."""
    for some in among(connection, removals.c.post_id, post_ids):
        connection.execute(removals.delete().where(some))
