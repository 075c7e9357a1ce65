"""Keeps a batch of posts: reads what it may touch, lets ``posts.batches`` tell what it changes, and writes that.

However many posts it has, it is the same few statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.posts import CategoryId
from solacefeed.posts.batches import KnownPosts, Merged, merge
from solacefeed.posts.identity import NUMBER, traces, wanted_ids
from solacefeed.posts.looks import Look
from solacefeed.posts.merging import Row, Told
from solacefeed.store import categories, changes, identity, tags
from solacefeed.store.database import among, insert_missing, update_all
from solacefeed.store.schema import authors, post_categories, posts


def keep(
    connection: sa.Connection,
    batch: Sequence[Told],
    *,
    at: datetime,
    look: Look | None = None,
    came: datetime | None = None,
) -> Merged:
    """Writes the posts of *batch*, in turn, and returns what that changed; *at* is when it was noticed, in *look*.

    *came* is when the categories did that they are the first to show; ``None`` for those of a first crawl.
    """
    merged = merge(_known(connection, batch), batch, at=at, look=look)
    categories.take_up(connection, merged.categories, seen=came)
    if merged.new:
        connection.execute(posts.insert(), list(merged.new.values()))
    update_all(connection, posts, list(merged.changed.values()))
    identity.remember(connection, merged.keys, merged.dropped)
    _file(connection, merged)
    tags.learn(connection, merged.tags)
    tags.replace(connection, merged.tagged)
    changes.note(connection, merged.places)
    changes.write_down(connection, merged.history)
    return merged


def _known(connection: sa.Connection, batch: Sequence[Told]) -> KnownPosts:
    keys = identity.owners(connection, {found for told in batch for key in told.keys for found in (key, *traces(key))})
    strangers = [told for told in batch if not any(key[0] == NUMBER and key in keys for key in told.keys)]
    # Also who has an id that a new post would have.
    ids = (post_id for told in batch for post_id in wanted_ids(told.post))
    rows = _rows(connection, {*keys.values(), *identity.alike(connection, strangers), *ids})
    return KnownPosts(
        rows=rows,
        keys=keys,
        numbers=identity.numbers(connection, rows),
        filed=_filed(connection, rows),
        tagged=tags.ids_of(connection, rows),
        users=_users(connection, [*rows.values(), *(told.row for told in batch)]),
        categories=categories.met(connection) if batch else (),
    )


def _rows(connection: sa.Connection, post_ids: Iterable[str]) -> dict[str, Row]:
    return {
        row.id: dict(row._mapping)
        for some in among(connection, posts.c.id, post_ids)
        for row in connection.execute(posts.select().where(some))
    }


def _filed(connection: sa.Connection, post_ids: Iterable[str]) -> dict[str, frozenset[CategoryId]]:
    found: dict[str, set[CategoryId]] = {}
    for some in among(connection, post_categories.c.post_id, post_ids):
        for row in connection.execute(post_categories.select().where(some)):
            found.setdefault(row.post_id, set()).add(row.category_id)
    return {post_id: frozenset(category_ids) for post_id, category_ids in found.items()}


def _users(connection: sa.Connection, rows: Iterable[Row]) -> dict[str, str]:
    numbers = {number for row in rows if (number := row.get("author_id")) is not None}
    return {
        row.id: row.name
        for some in among(connection, authors.c.id, numbers)
        for row in connection.execute(authors.select().where(some))
    }


def _file(connection: sa.Connection, merged: Merged) -> None:
    for some in among(connection, post_categories.c.post_id, merged.filed.keys() - merged.new.keys()):
        connection.execute(post_categories.delete().where(some))
    rows = [
        {"post_id": post_id, "category_id": category_id}
        for post_id, category_ids in merged.filed.items()
        for category_id in sorted(category_ids)
    ]
    insert_missing(connection, post_categories, rows, key=("post_id", "category_id"))
