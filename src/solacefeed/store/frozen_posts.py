"""Posts as they read when an edition was frozen: what a mail shows of them, kept with the edition.

Later revisions of its variants are made from these words, and what a post is called now is compared with them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.posts import Byline, CategoryId, Image, Post
from solacefeed.store.database import among
from solacefeed.store.known_names import only_known
from solacefeed.store.schema import edition_posts

#: What is kept as it stands.
_PLAIN = ("url", "title", "excerpt", "minutes", "comments_url", "comments", "language", "author", "first_published")


def frozen(post: Post) -> dict[str, Any]:
    """What a mail shows of *post*, for ``edition_posts.words``."""
    pictures = {name: picture and asdict(picture) for name, picture in _pictures(post)}
    return {name: getattr(post, name) for name in _PLAIN} | {
        "byline": post.byline and asdict(post.byline),
        "category_ids": list(post.category_ids),
        "published": post.published.isoformat(),
        **pictures,
    }


def _pictures(post: Post) -> Iterable[tuple[str, Image | None]]:
    return ("lead_image", post.lead_image), ("featured", post.featured)


def thawed(post: Post, words: Mapping[str, Any] | None) -> Post:
    """*post* with those frozen *words*; as it is now where an older release has kept none.

    Whether it is still there, and where it is filed by tags, is what holds now.
    """
    if words is None:
        return post
    told = {name: _READ[name](value) if name in _READ else value for name, value in words.items()}
    only_known(told, Post)
    return replace(post, **told)


def _image(told: Mapping[str, Any] | None) -> Image | None:
    return None if told is None else Image(**told)


def _byline(told: Mapping[str, Any] | None) -> Byline | None:
    return None if told is None else Byline(**told)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "byline": _byline,
    "category_ids": lambda told: tuple(map(CategoryId, told)),
    "published": datetime.fromisoformat,
    "lead_image": _image,
    "featured": _image,
}


def of_edition(connection: sa.Connection, edition_id: str) -> dict[str, dict[str, Any] | None]:
    """The words of an edition's posts, by post; ``None`` of one that an older release froze."""
    query = sa.select(edition_posts.c.post_id, edition_posts.c.words).where(edition_posts.c.edition_id == edition_id)
    return {row.post_id: row.words for row in connection.execute(query)}


def titles(
    connection: sa.Connection, edition_ids: Collection[str], post_ids: Collection[str] | None = None
) -> dict[str, dict[str, str]]:
    """What posts were called in these editions, by edition and post, as far as that is kept."""
    found: dict[str, dict[str, str]] = {}
    title = edition_posts.c.words["title"].as_string()
    query = sa.select(edition_posts.c.edition_id, edition_posts.c.post_id, title.label("title"))
    for some in among(connection, edition_posts.c.edition_id, edition_ids):
        for row in connection.execute(query.where(some)):
            if row.title is not None and (post_ids is None or row.post_id in post_ids):
                found.setdefault(row.edition_id, {})[row.post_id] = row.title
    return found
