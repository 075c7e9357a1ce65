"""Removals that are too many at once to be believed, until the operator decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store.database import among, insert_missing
from solacefeed.store.schema import posts, removals


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A post that the blog seems to have removed together with too many others; it stays until the operator decides."""

    post_id: str
    title: str
    evidence: str
    found_at: datetime
    refused: bool


def hold_back(connection: sa.Connection, evidence: Mapping[str, str], *, at: datetime) -> None:
    """Notes removals for the operator to decide; what was decided or noted before stays so."""
    rows = [
        {"post_id": post_id, "evidence": evidence[post_id], "found_at": at, "refused": False}
        for post_id in sorted(evidence)
    ]
    insert_missing(connection, removals, rows, key=("post_id",))


def held(connection: sa.Connection) -> list[Removal]:
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


def settle(connection: sa.Connection, post_ids: set[str]) -> None:
    """Forgets the removals of these posts."""
    for some in among(connection, removals.c.post_id, post_ids):
        connection.execute(removals.delete().where(some))
