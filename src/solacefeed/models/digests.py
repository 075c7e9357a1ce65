"""Digests and combined feeds, as the config has them, and what readers see of categories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from solacefeed.models.posts import Category, CategoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A moment of the week, by the blog's clock."""

    #: Monday is 0.
    weekday: int
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A standing newsletter, as the config has it."""

    #: Its first name, for good: what the store, addresses, List-Id, Message-IDs and links know it by.
    key: str
    #: What the operator calls it now.
    name: str
    title: str
    closings: tuple[Closing, ...]
    #: How long after its closing an edition may still go.
    max_late: timedelta
    #: How long before it begins an event is promoted; zero for never.
    promote_ahead: timedelta
    #: How many events stand in one edition at most.
    promote_most: int
    #: In how many editions one reader is told of one event at most; 0 for as many as there are.
    promote_times: int = 0
    #: What is added to booking links as ``utm_`` parameters, by the name behind that.
    utm: Mapping[str, str] = field(default_factory=dict)
    #: Whether events of which not enough is certain are promoted too.
    promote_tentative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryNames:
    """What readers see of categories."""

    #: Slugs of categories that they don't see.
    hidden: frozenset[str] = frozenset()
    #: What they see instead of the blog's name, by slug.
    labels: Mapping[str, str] = field(default_factory=dict)
    #: In which language posts of a category are, by its slug, in BCP 47; the first that fits counts.
    languages: Mapping[str, str] = field(default_factory=dict)

    def label(self, category: Category) -> str:
        return self.labels.get(category.slug, category.name)

    def shows(self, category: Category) -> bool:
        return category.slug not in self.hidden

    def languages_of(self, categories: Iterable[Category]) -> dict[CategoryId, str]:
        """The language of posts of each of *categories* of which one is said, in the order in which they count."""
        listed = tuple(categories)
        return {each.id: said for slug, said in self.languages.items() for each in listed if each.slug == slug}


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """A feed of several categories, as the operator wishes it."""

    slug: str
    title: str
    #: The slugs of its categories; each brings those below it.
    categories: tuple[str, ...]
