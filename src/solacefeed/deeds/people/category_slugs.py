"""The slugs by which the operator speaks of categories, and what the blog knows of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.errors import UsageError
from solacefeed.models.posts import CategoryId, followed_id
from solacefeed.store import categories, tags


@dataclass(frozen=True, slots=True, kw_only=True)
class CategorySlugs:
    """What the blog's categories are called, now and before."""

    #: The id of each category that the blog lists, by its slug.
    ids: Mapping[str, CategoryId]
    #: The slug that a category has now, by one that it had before and that no other has taken since.
    renamed: Mapping[str, str]

    def id_of(self, slug: str) -> CategoryId | None:
        """Of the category that is, or was, called so."""
        return self.ids.get(self.renamed.get(slug, slug))

    def ids_of(self, slugs: Iterable[str]) -> tuple[CategoryId, ...]:
        """Of those that are known, sorted."""
        return tuple(sorted({known for slug in slugs if (known := self.id_of(slug)) is not None}))

    def unknown(self, slugs: Iterable[str]) -> list[str]:
        return [slug for slug in slugs if self.id_of(slug) is None]

    def hint(self, slug: str) -> str:
        """What may have been meant: the nearest slug, else those there are."""
        near = difflib.get_close_matches(slug, self.ids, n=1)
        if near:
            return f"did you mean {near[0]}?"
        return f"there are {', '.join(sorted(self.ids)) or 'none yet: `solacefeed poll` first'}"

    def refusal(self, slugs: Sequence[str]) -> str | None:
        """Why these can't be taken; ``None`` where they can."""
        unknown = self.unknown(slugs)
        if not unknown:
            return None
        hints = dict.fromkeys(map(self.hint, unknown))
        return f"the blog has no category {', '.join(unknown)}; {'; '.join(hints)}"


def known_slugs(connection: sa.Connection, followed: Sequence[str] = ()) -> CategorySlugs:
    """Those of the blog's categories, and of the tags that may be *followed* beside them.

    Where a category has a tag's slug, the tag is meant by ``tag:SLUG`` alone.
    """
    listed = categories.everything(connection)
    slugs = {category.id: category.slug for category in listed}
    former = categories.slugs_before(connection)
    renamed = {
        old: slugs[category_id] for category_id, before in former.items() for old in before if category_id in slugs
    }
    own = {category.slug: category.id for category in listed}
    ids = (
        {slug: followed_id(slug) for slug in followed}
        | {followed_id(slug): followed_id(slug) for slug in followed}
        | own
    )
    return CategorySlugs(ids=ids, renamed={old: now for old, now in renamed.items() if old not in ids})


def category_ids(
    connection: sa.Connection, slugs: Sequence[str] | None, whose: str, followed: Sequence[str] = ()
) -> tuple[CategoryId, ...] | None:
    """The ids of these categories, and of tags that may be *followed*.

    Raises ``UsageError``, saying *whose* wish it is, for one that is unknown.
    """
    if slugs is None:
        return None
    known = known_slugs(connection, followed)
    if refusal := known.refusal(slugs):
        raise UsageError(f"{whose}: {refusal}")
    return known.ids_of(slugs)


def misspelt(named: Iterable[tuple[str, Sequence[str]]], slugs: CategorySlugs) -> list[str]:
    """One line for each slug that means no category, or one that is called otherwise now, behind the place of it."""
    return [f"{place}: {words}" for place, wanted in named for slug in wanted if (words := _misspelling(slug, slugs))]


def misspelt_tags(connection: sa.Connection, named: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """One line for each slug that no tag and no category has, and that is near to one, behind the place of it.

    Of others nothing is told: a tag comes with the first post that has it.
    """
    known = {*tags.known(connection), *(category.slug for category in categories.everything(connection))}
    return [
        f"{place}: the blog has no tag or category {slug}; did you mean {near[0]}?"
        for place, wanted in named
        for slug in wanted
        if slug not in known and (near := difflib.get_close_matches(slug, known, n=1, cutoff=0.8))
    ]


def _misspelling(slug: str, slugs: CategorySlugs) -> str | None:
    if slug in slugs.ids:
        return None
    if slug in slugs.renamed:
        return f"the blog calls {slug} {slugs.renamed[slug]} now"
    return f"the blog has no category {slug}; {slugs.hint(slug)}"
