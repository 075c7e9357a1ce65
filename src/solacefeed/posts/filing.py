"""Which of our categories a post is filed under, by the blog's numbers or by what a source shows of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from solacefeed.models.blog import CategoryName, CategoryNumber, SourceCategory, SourcePost
from solacefeed.models.posts import Category, CategoryId, slug_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """Which category of ours is which number of the blog's: nowhere else does one become the other.

    A category that the blog has filed posts under and never listed bears its number as its id.
    """

    #: Of each category that has a number.
    ids: Mapping[CategoryNumber, CategoryId]
    numbers: Mapping[CategoryId, CategoryNumber]

    @classmethod
    def of(cls, ids: Mapping[CategoryNumber, CategoryId]) -> Self:
        return cls(ids=ids, numbers={category_id: number for number, category_id in ids.items()})

    def id_of(self, number: CategoryNumber) -> CategoryId:
        """Ours; of a number that no category is known by, the id that bears it."""
        return self.ids.get(number, CategoryId(number))

    def number_of(self, category_id: CategoryId) -> CategoryNumber:
        """The blog's; of an id that has no number, the number that it bears itself."""
        return self.numbers.get(category_id, CategoryNumber(category_id))

    def ours(self, listed: SourceCategory) -> Category:
        parent = listed.parent_number
        return Category(
            id=self.id_of(listed.number),
            slug=listed.slug,
            name=listed.name,
            parent_id=None if parent is None else self.id_of(parent),
        )

    def the_blogs(self, kept: Category) -> SourceCategory:
        parent = kept.parent_id
        return SourceCategory(
            number=self.number_of(kept.id),
            slug=kept.slug,
            name=kept.name,
            parent_number=None if parent is None else self.number_of(parent),
        )


#: What a slug out of a link or a file may hold, and none that serves does: a part of a path, or no letter.
_PATH = re.compile(r"[/\\\x00-\x1f\x7f]|\.\.")


def slug_of(name: str) -> str:
    """What stands for a slug that no source has shown."""
    return "-".join(re.findall(r"\w+", name.casefold())) or "unnamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCategory:
    """A category that was ever met."""

    id: CategoryId
    slug: str
    name: str
    #: The blog's; ``None`` while only sources without numbers have shown it.
    number: CategoryNumber | None = None
    #: Whether the blog lists it.
    listed: bool = True


def told_apart(categories: Collection[Category], known: Iterable[KnownCategory]) -> set[Category]:
    """*categories* with a slug of its own each, though the blog may have several of one slug.

    It stays with the one that is *known* and listed under it, else with the lowest number. The others bear their id
    instead, for good: whichever of them goes or comes back, none changes its address.
    """
    before = {each.id: each for each in known}
    apart = [_as_placed(category, before.get(category.id)) for category in categories]
    while doubles := {slug for slug, count in Counter(each.slug for each in apart).items() if count > 1}:
        owners = {slug: min((c for c in apart if c.slug == slug), key=partial(_rank, before)) for slug in doubles}
        apart = [each if owners.get(each.slug, each) == each else _by_id(each) for each in apart]
    return set(apart)


def _as_placed(category: Category, known: KnownCategory | None) -> Category:
    placed = known is not None and known.slug == slug_by_id(known.id)
    return _by_id(category) if placed else category


def _by_id(category: Category) -> Category:
    return replace(category, slug=slug_by_id(category.id))


def _rank(before: Mapping[CategoryId, KnownCategory], category: Category) -> tuple[object, ...]:
    """The least has the first right to its slug."""
    known = before.get(category.id)
    has_it = known is not None and known.listed and known.slug == category.slug
    number = (known and known.number) or category.id
    return category.slug != slug_by_id(category.id), not has_it, not number.isdigit(), len(number), number


class Filing:
    """The categories that are known; one that a post is the first to show is taken up."""

    def __init__(self, known: Iterable[KnownCategory]) -> None:
        self._known = {category.id: category for category in known}
        #: Those that were taken up, by id.
        self.new: dict[CategoryId, KnownCategory] = {}
        self._index()

    def ids_of(self, post: SourcePost) -> frozenset[CategoryId] | None:
        """Our ids of a post's categories; ``None`` where its source shows none."""
        if post.category_numbers is not None:
            return frozenset(map(self._numbering.id_of, post.category_numbers))
        if post.category_names is not None:
            return frozenset(map(self._met, post.category_names))
        return None

    def lists(self, name: CategoryName) -> bool:
        """Whether the blog has itself listed a category of that slug or name."""
        known = self._by_slug.get(name.slug or "") or self._by_name.get(name.name.casefold())
        return known is not None and known in self._numbering.numbers

    def _met(self, name: CategoryName) -> CategoryId:
        """The id of a category that is shown by slug or name."""
        by_slug = None if name.slug is None else self._by_slug.get(name.slug)
        return by_slug or self._by_name.get(name.name.casefold()) or self._taken_up(name)

    def _taken_up(self, name: CategoryName) -> CategoryId:
        slug = name.slug if name.slug and not _PATH.search(name.slug) else slug_of(name.name)
        new = KnownCategory(id=CategoryId(f"s-{slug}"), slug=slug, name=name.name)
        # It is called otherwise by now, or another name comes to the same slug.
        if known := self._by_slug.get(slug) or (new.id if new.id in self._known else None):
            return known
        self._known[new.id] = self.new[new.id] = new
        self._index()
        return new.id

    def _index(self) -> None:
        """Of several that are called alike, the first that the blog lists is meant."""
        by_rank = sorted(self._known.values(), key=lambda category: (not category.listed, category.id), reverse=True)
        numbered = {category.number: category.id for category in by_rank if category.number is not None}
        self._numbering = Numbering.of(numbered)
        self._by_slug = {category.slug: category.id for category in by_rank}
        self._by_name = {category.name.casefold(): category.id for category in by_rank}
