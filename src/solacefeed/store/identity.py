"""What posts are known by (``posts.identity``), as the store keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.posts import PostState
from solacefeed.posts.identity import NUMBER, SAME_DAY, SHARED, Key
from solacefeed.posts.merging import Told
from solacefeed.store.database import among, upsert
from solacefeed.store.listed import rows_among
from solacefeed.store.row_tables import wanted
from solacefeed.store.schema import post_keys, posts

# Asked by each poll: built once.
_OF_SEVERAL = (
    sa.select(post_keys.c.post_id)
    .join_from(post_keys, posts)
    .where(post_keys.c.kind == NUMBER, posts.c.state != PostState.GONE)
    .group_by(post_keys.c.post_id)
    .having(sa.func.count() > 1)
)
_IN_DOUBT = sa.select(post_keys.c.value).where(post_keys.c.kind == NUMBER, post_keys.c.post_id.in_(_OF_SEVERAL))


def owners(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """The id of the post that each of *keys* is of, where it is of any."""
    by_kind: dict[str, list[str]] = {}
    for kind, value in keys:
        by_kind.setdefault(kind, []).append(value)
    return {
        (row.kind, row.value): row.post_id
        for kind, values in sorted(by_kind.items())
        for row in rows_among(connection, _of_kind(kind), post_keys.c.value, values)
    }


@cache
def _of_kind(kind: str) -> sa.Select[Any]:
    """Also whether several posts have had it is asked with the key."""
    own = post_keys.c.kind == kind
    return post_keys.select().where(own | (post_keys.c.kind == SHARED[kind]) if kind in SHARED else own)


def alike(connection: sa.Connection, strangers: Collection[Told]) -> set[str]:
    """The ids of the posts that one of *strangers* could be by title and day."""
    days = [(each.row["title"], each.post.published - SAME_DAY, each.post.published + SAME_DAY) for each in strangers]
    columns = {"title": posts.c.title, "begins": posts.c.published, "ends": posts.c.published}
    found: set[str] = set()
    for some in wanted(connection, columns, days):
        near = posts.c.published.between(some.c.begins, some.c.ends)
        query = sa.select(posts.c.id).select_from(some.join(posts, near & (posts.c.title == some.c.title)))
        found.update(connection.execute(query).scalars())
    return found


def numbers(connection: sa.Connection, post_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """The blog's numbers of these posts, by the ids of those that have one."""
    query = post_keys.select().where(post_keys.c.kind == NUMBER)
    found: dict[str, set[str]] = {}
    for some in among(connection, post_keys.c.post_id, post_ids):
        for row in connection.execute(query.where(some)):
            found.setdefault(row.post_id, set()).add(row.value)
    return {post_id: frozenset(its) for post_id, its in found.items()}


def in_doubt(connection: sa.Connection) -> frozenset[str]:
    """The numbers of posts that have several: an older release took two posts for one."""
    return frozenset(connection.execute(_IN_DOUBT).scalars())


def by_number(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, str]:
    """The ids of the posts that have one of the blog's *numbers*, by that number."""
    found = owners(connection, ((NUMBER, number) for number in numbers))
    return {number: post_id for (_, number), post_id in found.items()}


def remember(connection: sa.Connection, keys: Mapping[Key, str], dropped: Collection[Key] = ()) -> None:
    """Knows posts by these keys from now on, whoever was known by them, and nobody by those that are *dropped*."""
    forget(connection, dropped)
    rows = [{"kind": kind, "value": value, "post_id": post_id} for (kind, value), post_id in sorted(keys.items())]
    upsert(connection, post_keys, rows, key=("kind", "value"))


def forget(connection: sa.Connection, keys: Collection[Key]) -> None:
    """Knows no post by these keys any more."""
    for kind in sorted({kind for kind, _ in keys}):
        values = [value for of, value in keys if of == kind]
        for some in among(connection, post_keys.c.value, values):
            connection.execute(post_keys.delete().where(post_keys.c.kind == kind, some))
