"""Who gets which post, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, unquote

from solacefeed.models.editions import Pick
from solacefeed.models.posts import Category, CategoryId, Post

#: The selection of a reader who takes everything.
EVERYTHING = "*"

#: No category's id has a space in it, since none of the blog's addresses has.
_WITHOUT = " !"

#: Of each category the one above it.
Parents = Mapping[CategoryId, CategoryId | None]


def selection(category_ids: Iterable[CategoryId] | None, withheld: Iterable[str] = ()) -> str:
    """The name of a choice: equal choices have equal names, and with them one variant.

    The chosen category ids, sorted and joined by commas, or ``*``; behind each ``!`` the id of an event that the reader
    has had often enough: ``*``, ``3,17``, ``3,17 !summit-2027``.
    """
    wanted = EVERYTHING if category_ids is None else ",".join(sorted(set(category_ids)))
    return _WITHOUT.join([wanted, *sorted(quote(event_id, safe="") for event_id in set(withheld))])


def chosen(name: str) -> frozenset[CategoryId] | None:
    """The category ids behind a selection's name; ``None`` for everything."""
    wanted = name.partition(_WITHOUT)[0]
    return None if wanted == EVERYTHING else frozenset(map(CategoryId, filter(None, wanted.split(","))))


def withheld(name: str) -> frozenset[str]:
    """The ids of the events that are not for the readers behind a selection's name."""
    return frozenset(map(unquote, name.split(_WITHOUT)[1:]))


def pick(
    posts: Sequence[Post], wanted: frozenset[CategoryId] | None, categories: Iterable[Category]
) -> tuple[Pick, ...]:
    """The posts for a reader who chose the categories *wanted*, in the order of *posts*, each once.

    A chosen category brings its children's posts too.
    """
    if wanted is None:
        return tuple(Pick(post_id=post.id, because=()) for post in posts)
    parents = {category.id: category.parent_id for category in categories}
    picks = (Pick(post_id=post.id, because=_because(post, wanted, parents)) for post in posts)
    return tuple(pick for pick in picks if pick.because)


def _because(
    post: Post, wanted: frozenset[CategoryId], parents: Mapping[CategoryId, CategoryId | None]
) -> tuple[CategoryId, ...]:
    filed = {above for category_id in post.category_ids for above in lineage(category_id, parents)}
    return tuple(sorted(wanted & filed))


def lineage(category_id: CategoryId, parents: Parents) -> list[CategoryId]:
    """The category and all above it."""
    line: list[CategoryId] = []
    at: CategoryId | None = category_id
    while at is not None and at not in line:
        line.append(at)
        at = parents.get(at)
    return line
