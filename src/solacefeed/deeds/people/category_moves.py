"""What becomes of readers' choices when the blog's categories do: they are looked at, and moved to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.digest.choices import left_without, since_moved
from solacefeed.errors import UsageError
from solacefeed.models.digests import Digest
from solacefeed.models.posts import CategoryId, followed_id, is_followed_id
from solacefeed.ports import Clock
from solacefeed.posts.filing import KnownCategory
from solacefeed.store import categories, category_choices
from solacefeed.store.category_choices import CountedChoice
from solacefeed.store.database import Store

#: Readers moved in the first transaction.
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


def left_readers(connection: sa.Connection, digests: Iterable[Digest]) -> list[LeftWithout]:
    """Those who are left with none of what they chose, of each of *digests*."""
    met = {each.id: each for each in categories.met(connection)}
    listed = {each.id for each in met.values() if each.listed}
    if len(listed) == len(met) and not category_choices.has_tag(connection):
        # Nothing that a reader may have chosen is gone: their choices need not be counted.
        return []
    choices = category_choices.counted_choices(connection)
    return [found for each in digests if (found := _left_of(each, choices, listed, met))]


def _left_of(
    digest: Digest, choices: Iterable[CountedChoice], listed: set[CategoryId], met: Mapping[CategoryId, KnownCategory]
) -> LeftWithout | None:
    there = listed | set(map(followed_id, digest.followed))
    left = [each for each in choices if each.digest == digest.key and left_without(each.category_ids, there)]
    slugs = {met[each].slug if each in met else each for choice in left for each in choice.category_ids or ()}
    readers = sum(choice.readers for choice in left)
    return LeftWithout(digest=digest.name, readers=readers, slugs=tuple(sorted(slugs))) if left else None


# -- moving -------------------------------------------------------------------------------------------


def move(
    store: Store, clock: Clock, old: str, new: str, digests: Iterable[str], *, followed: Sequence[str] = ()
) -> int:
    """Lets the category *new* take the place of *old*, both by slug, in the choices of these digests' readers.

    Either may be a tag: a *followed* one, or as the old one any that was. The new one counts from when the old one did,
    or itself where they had both and it was earlier. In short transactions; done twice, it finds nobody any more.
    Returns how many subscriptions have changed. Raises ``UsageError`` for a slug that nobody knows.
    """
    with store.read() as connection:
        old_id, new_id = _former(connection, old, followed), _current(connection, new, followed)
    if old_id == new_id:
        raise UsageError(f"{old} and {new} are the same category")
    return sum(_move(store, clock, old_id, new_id, digest, f"{old} became {new}") for digest in digests)


def _former(connection: sa.Connection, slug: str, followed: Sequence[str]) -> CategoryId:
    """Of the category that the blog lists so; else of the one that it listed so last."""
    known = known_slugs(connection, followed)
    if slug in known.ids:
        return known.ids[slug]
    if is_followed_id(slug):
        return CategoryId(slug)
    vanished = [each.id for each in categories.met(connection) if not each.listed and each.slug == slug]
    found = next(iter(vanished), None) or known.id_of(slug)
    if found is None:
        raise UsageError(f"the blog never had a category {slug}: `solacefeed categories list`")
    return found


def _current(connection: sa.Connection, slug: str, followed: Sequence[str]) -> CategoryId:
    known = known_slugs(connection, followed)
    if refusal := known.refusal([slug]):
        raise UsageError(refusal)
    (found,) = known.ids_of([slug])
    return found


def _move(store: Store, clock: Clock, old: CategoryId, new: CategoryId, digest: str, reason: str) -> int:
    carried = partial(since_moved, old=old, new=new)
    count, last, chunks = 0, 0, Chunks(CHUNK)
    while True:
        with store.read() as connection:
            numbers = category_choices.holders(connection, digest, old, after=last, limit=chunks.size)
        if not numbers:
            return count
        with chunks.write(store, len(numbers)) as connection:
            count += category_choices.put_in_place(
                connection, digest, numbers, old, new, carried, at=clock(), reason=reason
            )
        last = numbers[-1]
