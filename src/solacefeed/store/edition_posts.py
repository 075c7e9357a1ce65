"""The posts of editions: which stand in an edition's own window, and how they read when it was frozen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.editions import PUBLIC, Edition, EditionState
from solacefeed.store.database import among
from solacefeed.store.listed import rows_among
from solacefeed.store.schema import edition_posts, editions

_ON_PAGES = (
    sa.select(edition_posts.c.post_id, edition_posts.c.edition_id)
    .select_from(edition_posts.join(editions, editions.c.id == edition_posts.c.edition_id))
    .where(sa.or_(*(editions.c.state == state for state in PUBLIC)))
    .where(edition_posts.c.digest == sa.bindparam("of_digest"), ~edition_posts.c.late)
    .where(edition_posts.c.edition_id.like(sa.bindparam("called")))
    .order_by(edition_posts.c.edition_id)
)


def keep(
    connection: sa.Connection, edition: Edition, words: Mapping[str, Mapping[str, Any]], *, late: bool = False
) -> None:
    """Keeps posts with an edition, as they read, by id; *late* ones are not its own, but some reader gets them."""
    rows = [
        {"edition_id": edition.id, "digest": edition.digest, "post_id": post_id, "late": late, "words": dict(said)}
        for post_id, said in words.items()
    ]
    if rows:
        connection.execute(edition_posts.insert(), rows)


def clear(connection: sa.Connection, edition_id: str) -> None:
    connection.execute(edition_posts.delete().where(edition_posts.c.edition_id == edition_id))


def placed(connection: sa.Connection, digest: str, cadence: CadenceKind | None, *, but: str = "") -> set[str]:
    """The posts that stand in the window of an edition of that cadence; *but* that one's."""
    return set(connection.execute(_placed(cadence), {"of_digest": digest, "but": but}).scalars())


@cache
def _placed(cadence: CadenceKind | None) -> sa.Select[Any]:
    its = (edition_posts.c.digest == sa.bindparam("of_digest")) & _is_of(cadence) & _stands() & ~edition_posts.c.late
    there = edition_posts.join(editions, editions.c.id == edition_posts.c.edition_id)
    return sa.select(edition_posts.c.post_id).select_from(there).where(its, editions.c.id != sa.bindparam("but"))


def first_window(connection: sa.Connection, edition: Edition) -> datetime | None:
    """Where the window of the first edition of *edition*'s cadence begins; ``None`` where there is none before it."""
    given = {"of_digest": edition.digest, "before": edition.period.ends}
    return connection.execute(_first_window(edition.cadence), given).scalar()


@cache
def _first_window(cadence: CadenceKind | None) -> sa.Select[Any]:
    its = (editions.c.digest == sa.bindparam("of_digest")) & _is_of(cadence)
    return sa.select(sa.func.min(editions.c.starts)).where(its, editions.c.ends < sa.bindparam("before"))


def _is_of(cadence: CadenceKind | None) -> sa.ColumnElement[bool]:
    return editions.c.cadence.is_(None) if cadence is None else editions.c.cadence == cadence


def _stands() -> sa.ColumnElement[bool]:
    """Neither cancelled nor folded into another, which has its window then."""
    return (editions.c.state != EditionState.CANCELLED) & ~editions.c.folded


def editions_of(connection: sa.Connection, digest: str, post_ids: Collection[str]) -> dict[str, str]:
    """The edition of a digest's first cadence on whose page each of *post_ids* stands, by the post's id."""
    given = {"of_digest": digest, "called": f"{digest}/____-__-__"}
    rows = rows_among(connection, _ON_PAGES, edition_posts.c.post_id, post_ids, given)
    return {row.post_id: row.edition_id for row in rows}


def covering(connection: sa.Connection, post_ids: Iterable[str]) -> set[str]:
    """The ids of the editions, of any digest, that cover one of these posts."""
    found: set[str] = set()
    for some in among(connection, edition_posts.c.post_id, post_ids):
        found.update(connection.execute(sa.select(edition_posts.c.edition_id).where(some).distinct()).scalars())
    return found
