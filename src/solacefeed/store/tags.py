"""What posts are tagged with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from solacefeed.models.blog import Tag
from solacefeed.models.posts import Category, followed_id
from solacefeed.posts.tagging import kept_id
from solacefeed.store.database import among, insert_missing, upsert
from solacefeed.store.schema import post_tags, tags


def slugs_of(connection: sa.Connection, post_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """The slugs of the tags of those of these posts that have any."""
    found: dict[str, set[str]] = {}
    query = sa.select(post_tags.c.post_id, tags.c.slug).join_from(post_tags, tags)
    for some in among(connection, post_tags.c.post_id, post_ids):
        for row in connection.execute(query.where(some)):
            found.setdefault(row.post_id, set()).add(row.slug)
    return {post_id: frozenset(slugs) for post_id, slugs in found.items()}


def replace(connection: sa.Connection, tagged: Mapping[str, Sequence[Tag]]) -> None:
    """Tags each of these posts with exactly what stands for it; a tag that is called otherwise now is so everywhere."""
    met = {kept_id(tag): tag for told in tagged.values() for tag in told}
    rows = [{"id": own, "slug": tag.slug, "name": tag.name} for own, tag in sorted(met.items())]
    upsert(connection, tags, rows, key=("id",))
    for some in among(connection, post_tags.c.post_id, tagged):
        connection.execute(post_tags.delete().where(some))
    filed = [{"post_id": post_id, "tag_id": kept_id(tag)} for post_id, told in tagged.items() for tag in told]
    insert_missing(connection, post_tags, filed, key=("post_id", "tag_id"))


def known(connection: sa.Connection) -> dict[str, str]:
    """The name of every tag that a post ever had, by its slug."""
    return {row.slug: row.name for row in connection.execute(sa.select(tags).order_by(tags.c.slug, tags.c.id))}


def followed(connection: sa.Connection, slugs: Sequence[str]) -> list[Category]:
    """The tags of these *slugs* as readers choose them, beside categories; one that no post has had, by its slug."""
    names = {
        row.slug: row.name
        for some in among(connection, tags.c.slug, slugs)
        for row in connection.execute(sa.select(tags).where(some).order_by(tags.c.id))
    }
    return [Category(id=followed_id(slug), slug=followed_id(slug), name=names.get(slug, slug)) for slug in slugs]
