"""Who gets which post, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from solacefeed.models import Category, Pick, Post

#: The selection of a reader who takes everything.
EVERYTHING = "*"


def selection(category_ids: Iterable[str] | None) -> str:
    """The name of a choice: equal choices have equal names, and with them one variant."""
    return EVERYTHING if category_ids is None else ",".join(sorted(set(category_ids)))


def chosen(name: str) -> frozenset[str] | None:
    """The category ids behind a selection's name; ``None`` for everything."""
    return None if name == EVERYTHING else frozenset(filter(None, name.split(",")))


def pick(posts: Sequence[Post], wanted: frozenset[str] | None, categories: Iterable[Category]) -> tuple[Pick, ...]:
    """The posts for a reader who chose the categories *wanted*, in the order of *posts*, each once.

    A chosen category brings its children's posts too.
    """
    if wanted is None:
        return tuple(Pick(post_id=post.id, because=()) for post in posts)
    parents = {category.id: category.parent_id for category in categories}
    picks = (Pick(post_id=post.id, because=_because(post, wanted, parents)) for post in posts)
    return tuple(pick for pick in picks if pick.because)


def _because(post: Post, wanted: frozenset[str], parents: Mapping[str, str | None]) -> tuple[str, ...]:
    filed = {above for category_id in post.category_ids for above in lineage(category_id, parents)}
    return tuple(sorted(wanted & filed))


def lineage(category_id: str, parents: Mapping[str, str | None]) -> list[str]:
    """The category and all above it."""
    line: list[str] = []
    at: str | None = category_id
    while at is not None and at not in line:
        line.append(at)
        at = parents.get(at)
    return line
