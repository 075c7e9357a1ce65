"""What a post is filed under: its categories, those above them, and tags that may be followed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from solacefeed.models.posts import CategoryId, Post, followed_id

#: Of each category the one above it.
Parents = Mapping[CategoryId, CategoryId | None]


def lineage(category_id: CategoryId, parents: Parents) -> list[CategoryId]:
    """The category and all above it."""
    line: list[CategoryId] = []
    at: CategoryId | None = category_id
    while at is not None and at not in line:
        line.append(at)
        at = parents.get(at)
    return line


def filed_under(post: Post, parents: Parents, followed: Collection[str]) -> frozenset[CategoryId]:
    """The ids of all that can be chosen to get *post*: its categories with those above, and its *followed* tags."""
    above = (each for category_id in post.category_ids for each in lineage(category_id, parents))
    return frozenset([*above, *(followed_id(tag) for tag in post.tags if tag in followed)])
