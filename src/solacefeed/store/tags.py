"""What posts are tagged with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from solacefeed.models.blog import Tag
from solacefeed.models.posts import Category, CategoryId, followed_id
from solacefeed.store import categories
from solacefeed.store.database import among, insert_missing, upsert
from solacefeed.store.listed import rows_among
from solacefeed.store.schema import post_tags, tags

# Asked several times by each deed: built once.
_SLUGS = sa.select(post_tags.c.post_id, tags.c.slug).join_from(post_tags, tags)
_IDS = sa.select(post_tags)
_BY_ID = sa.select(tags).order_by(tags.c.id)


def slugs_of(connection: sa.Connection, post_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """The slugs of the tags of those of these posts that have any."""
    return _of_posts(connection, _SLUGS, post_ids)


def ids_of(connection: sa.Connection, post_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Our ids of the tags of those of these posts that have any."""
    return _of_posts(connection, _IDS, post_ids)


def _of_posts(connection: sa.Connection, query: sa.Select[Any], post_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for post_id, said in rows_among(connection, query, post_tags.c.post_id, post_ids):
        found.setdefault(post_id, set()).add(said)
    return {post_id: frozenset(said) for post_id, said in found.items()}


def learn(connection: sa.Connection, told: Mapping[str, Tag]) -> None:
    """Writes down what tags are called, by our ids."""
    known = {
        row.id: (row.slug, row.name)
        for some in among(connection, tags.c.id, told)
        for row in connection.execute(tags.select().where(some))
    }
    news = {own: tag for own, tag in told.items() if known.get(own) != (tag.slug, tag.name)}
    rows = [{"id": own, "slug": tag.slug, "name": tag.name} for own, tag in sorted(news.items())]
    upsert(connection, tags, rows, key=("id",))


def replace(connection: sa.Connection, tagged: Mapping[str, Collection[str]]) -> None:
    """Tags each of these posts with exactly the tags of these ids, which are known."""
    for some in among(connection, post_tags.c.post_id, tagged):
        connection.execute(post_tags.delete().where(some))
    rows = [{"post_id": post_id, "tag_id": own} for post_id, ids in tagged.items() for own in sorted(ids)]
    insert_missing(connection, post_tags, rows, key=("post_id", "tag_id"))


def known(connection: sa.Connection) -> dict[str, str]:
    """The name of every tag that a post ever had, by its slug."""
    return {row.slug: row.name for row in connection.execute(sa.select(tags).order_by(tags.c.slug, tags.c.id))}


def names_of_choices(connection: sa.Connection) -> dict[CategoryId, str]:
    """What all is called that readers may have chosen: the blog's categories, and tags."""
    chosen = {followed_id(slug): name for slug, name in known(connection).items()}
    return {category.id: category.name for category in categories.everything(connection)} | chosen


def followed(connection: sa.Connection, slugs: Sequence[str]) -> list[Category]:
    """The tags of these *slugs* as readers choose them, beside categories; one that no post has had, by its slug."""
    names = {row.slug: row.name for row in rows_among(connection, _BY_ID, tags.c.slug, slugs)}
    return [Category(id=followed_id(slug), slug=followed_id(slug), name=names.get(slug, slug)) for slug in slugs]
