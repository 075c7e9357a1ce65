"""What becomes of readers' choices when the blog's categories do: they are looked at, and moved to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.digest.choices import left_without, since_moved
from solacefeed.errors import UsageError
from solacefeed.models.posts import CategoryId
from solacefeed.ports import Clock
from solacefeed.posts.filing import KnownCategory
from solacefeed.store import categories, category_choices
from solacefeed.store.category_choices import CountedChoice
from solacefeed.store.database import Store

#: Readers moved in one transaction.
CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChoices:
    """A category, with how many readers have chosen it by name."""

    id: CategoryId
    slug: str
    name: str
    #: Whether the blog has it still.
    listed: bool
    #: ``None`` where the first crawl brought it, or an older release.
    first_seen: datetime | None
    readers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftWithout:
    """Readers of a digest who have chosen only categories that the blog has no more."""

    digest: str
    readers: int
    #: The slugs of these.
    slugs: tuple[str, ...]


# -- looking ------------------------------------------------------------------------------------------


def overview(connection: sa.Connection) -> list[CategoryChoices]:
    """Every category that the blog has, and those that it had and readers have chosen, by slug."""
    counts = _readers_by_category(category_choices.counted_choices(connection))
    came = categories.first_seen(connection)
    found = sorted(categories.met(connection), key=lambda each: (each.slug, each.id))
    return [
        CategoryChoices(
            id=each.id,
            slug=each.slug,
            name=each.name,
            listed=each.listed,
            first_seen=came.get(each.id),
            readers=counts.get(each.id, 0),
        )
        for each in found
        if each.listed or each.id in counts
    ]


def _readers_by_category(choices: Iterable[CountedChoice]) -> dict[CategoryId, int]:
    counts: dict[CategoryId, int] = {}
    for choice in choices:
        for category_id in choice.category_ids or ():
            counts[category_id] = counts.get(category_id, 0) + choice.readers
    return counts


def left_readers(connection: sa.Connection) -> list[LeftWithout]:
    """Those who are left with none of what they chose, by digest."""
    met = {each.id: each for each in categories.met(connection)}
    listed = {each.id for each in met.values() if each.listed}
    if len(listed) == len(met):
        # Nothing that a reader may have chosen is gone: their choices need not be counted.
        return []
    left = [each for each in category_choices.counted_choices(connection) if _is_left(each, listed)]
    digests = sorted({each.digest for each in left})
    return [_together(digest, [each for each in left if each.digest == digest], met) for digest in digests]


def _is_left(choice: CountedChoice, listed: set[CategoryId]) -> bool:
    return left_without(choice.category_ids, listed) and not any(
        each.startswith("tag:") for each in choice.category_ids or ()
    )


def _is_tag(category_id: CategoryId) -> bool:
    """Of a tag it is the config that says whether it can be chosen, whatever the blog lists."""
    return category_id.startswith("tag:")


def _together(digest: str, choices: Sequence[CountedChoice], met: dict[CategoryId, KnownCategory]) -> LeftWithout:
    slugs = {met[each].slug if each in met else each for choice in choices for each in choice.category_ids or ()}
    return LeftWithout(digest=digest, readers=sum(choice.readers for choice in choices), slugs=tuple(sorted(slugs)))


# -- moving -------------------------------------------------------------------------------------------


def move(store: Store, clock: Clock, old: str, new: str, digests: Iterable[str]) -> int:
    """Lets the category *new* take the place of *old*, both by slug, in the choices of these digests' readers.

    It counts for them from when the old one did, or the new one where they had both and it was earlier. In short
    transactions; done twice, it finds nobody any more. Returns how many subscriptions have changed. Raises
    ``UsageError`` for a slug that nobody knows.
    """
    with store.read() as connection:
        old_id, new_id = _former(connection, old), _current(connection, new)
    if old_id == new_id:
        raise UsageError(f"{old} and {new} are the same category")
    return sum(_move(store, clock, old_id, new_id, digest, f"{old} became {new}") for digest in digests)


def _former(connection: sa.Connection, slug: str) -> CategoryId:
    """Of the category that the blog lists so; else of the one that it listed so last."""
    known = known_slugs(connection)
    if slug in known.ids:
        return known.ids[slug]
    vanished = [each.id for each in categories.met(connection) if not each.listed and each.slug == slug]
    found = next(iter(vanished), None) or known.id_of(slug)
    if found is None:
        raise UsageError(f"the blog never had a category {slug}: `solacefeed categories list`")
    return found


def _current(connection: sa.Connection, slug: str) -> CategoryId:
    known = known_slugs(connection)
    if refusal := known.refusal([slug]):
        raise UsageError(refusal)
    (found,) = known.ids_of([slug])
    return found


def _move(store: Store, clock: Clock, old: CategoryId, new: CategoryId, digest: str, reason: str) -> int:
    carried = partial(since_moved, old=old, new=new)
    count, last = 0, 0
    while True:
        with store.read() as connection:
            numbers = category_choices.holders(connection, digest, old, after=last, limit=CHUNK)
        if not numbers:
            return count
        with store.write() as connection:
            count += category_choices.put_in_place(
                connection, digest, numbers, old, new, carried, at=clock(), reason=reason
            )
        last = numbers[-1]
