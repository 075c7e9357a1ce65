"""What posts are known by (``posts.identity``), as the store keeps it: written once, and never taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from solacefeed.posts.identity import NUMBER, SAME_DAY, Key
from solacefeed.posts.merging import Told
from solacefeed.store.database import among, insert_missing, wanted
from solacefeed.store.schema import post_keys, posts


def owners(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """The id of the post that each of *keys* is of, where it is of any."""
    by_kind: dict[str, list[str]] = {}
    for kind, value in keys:
        by_kind.setdefault(kind, []).append(value)
    return {
        (kind, row.value): row.post_id
        for kind, values in sorted(by_kind.items())
        for some in among(connection, post_keys.c.value, values)
        for row in connection.execute(post_keys.select().where(post_keys.c.kind == kind, some))
    }


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


def numbered(connection: sa.Connection, post_ids: Iterable[str]) -> set[str]:
    """Those of these posts that the blog has a number for."""
    query = sa.select(post_keys.c.post_id).where(post_keys.c.kind == NUMBER)
    return {
        post_id
        for some in among(connection, post_keys.c.post_id, post_ids)
        for post_id in connection.execute(query.where(some)).scalars()
    }


def by_number(connection: sa.Connection, numbers: Iterable[str]) -> dict[str, str]:
    """The ids of the posts that have one of the blog's *numbers*, by that number."""
    found = owners(connection, ((NUMBER, number) for number in numbers))
    return {number: post_id for (_, number), post_id in found.items()}


def remember(connection: sa.Connection, keys: Mapping[Key, str]) -> None:
    """Knows posts by these keys from now on; what is another's already stays so."""
    rows = [{"kind": kind, "value": value, "post_id": post_id} for (kind, value), post_id in keys.items()]
    insert_missing(connection, post_keys, rows, key=("kind", "value"))
