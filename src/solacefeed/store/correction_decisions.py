"""What editors have decided of corrections: whether readers are told, and what they are told in an editor's words."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from solacefeed.digest.corrections import Remark
from solacefeed.store.database import upsert
from solacefeed.store.schema import Instant, correction_decisions


def decisions(connection: sa.Connection) -> dict[str, bool]:
    """Whether readers are told, by the keys of the corrections that were decided."""
    query = sa.select(correction_decisions.c.key, correction_decisions.c.told)
    return {row.key: row.told for row in connection.execute(query)}


def decide(connection: sa.Connection, key: str, *, told: bool, at: datetime) -> None:
    """Lets readers be told of a correction, or not; the last word counts.

    When an editor's own words were said does not change by it: that decides who is told.
    """
    table = correction_decisions
    said_at = sa.case((table.c.words.is_(None), sa.literal(at, Instant)), else_=table.c.at)
    known = connection.execute(table.update().where(table.c.key == key).values(told=told, at=said_at))
    if not known.rowcount:
        connection.execute(table.insert().values(key=key, told=told, at=at))


def forget(connection: sa.Connection, key: str) -> None:
    """Leaves a correction undecided again; what an editor has said of a post stays."""
    table = correction_decisions
    connection.execute(table.delete().where(table.c.key == key, table.c.words.is_(None)))


def remark(connection: sa.Connection, said: Remark) -> str:
    """Lets readers of a post be told these words; returns the key by which that is decided otherwise."""
    row = {"key": said.key, "told": True, "at": said.at, "post_id": said.post_id, "words": said.words}
    upsert(connection, correction_decisions, [row], key=("key",))
    return said.key


def remarks(connection: sa.Connection, *, since: datetime) -> list[Remark]:
    """What editors have said of posts since then, oldest first."""
    table = correction_decisions.c
    query = sa.select(table.post_id, table.words, table.at)
    said = query.where(table.words.is_not(None), table.at >= since).order_by(table.at, table.key)
    return [Remark(post_id=row.post_id, words=row.words, at=row.at) for row in connection.execute(said)]
