"""What is learnt of posts beside their text, when their source is asked for that alone: pictures, tags and languages.

No post is news by it: its dates stay, and only the documents that show it are made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from solacefeed.models.blog import PostDetails
from solacefeed.posts.tagging import kept_id
from solacefeed.store import changes, identity, tags
from solacefeed.store.database import among, update_all
from solacefeed.store.schema import posts


def learn(connection: sa.Connection, told: Mapping[str, PostDetails]) -> int:
    """Writes down what is *told* of posts, by the blog's numbers; returns of how many that is news."""
    own = {post_id: told[number] for number, post_id in identity.by_number(connection, set(told)).items()}
    anew = [
        {"id": known.id} | said
        for some in among(connection, posts.c.id, own)
        for known in connection.execute(posts.select().where(some).order_by(posts.c.id))
        if (said := _said(own[known.id])) != {name: getattr(known, name) for name in said}
    ]
    changes.about_to_change(connection, [row["id"] for row in anew])
    for columns in ({"featured"}, {"language"}, {"featured", "language"}):
        update_all(connection, posts, [row for row in anew if row.keys() - {"id"} == columns])
    retagged = _tag(connection, own)
    return len({row["id"] for row in anew} | retagged)


def _tag(connection: sa.Connection, own: Mapping[str, PostDetails]) -> set[str]:
    """Writes down the tags of posts, and returns those that are tagged otherwise; no document shows it."""
    told = {post_id: details.tags for post_id, details in own.items() if details.tags is not None}
    tags.learn(connection, {kept_id(tag): tag for said in told.values() for tag in said})
    now, before = (
        {post_id: frozenset(map(kept_id, said)) for post_id, said in told.items()},
        tags.ids_of(connection, told),
    )
    retagged = {post_id: ids for post_id, ids in now.items() if ids != before.get(post_id, frozenset())}
    tags.replace(connection, retagged)
    return set(retagged)


def _said(told: PostDetails) -> dict[str, Any]:
    """By column; what is not known stays as it was."""
    picture = {"featured": asdict(told.picture) if told.picture else None} if told.picture_known else {}
    return picture | ({"language": told.language} if told.language else {})
