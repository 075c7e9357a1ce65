"""Which feeds there are, and what stands in each: from posts and categories to feeds, before any markup.

A *feed* is what a reader follows. It is published as documents: the live one with its newest entries, and an archive
for each month (RFC 5005 section 4). Ids are ``tag:`` URIs (RFC 4151) made of the tag authority and the blog's own
numbers: no URL, title or host is in them, so none of those can make a reader see anything twice. A category's feed
includes its children's posts, as WordPress's own does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

from solacefeed.catalogue import N_, gettext
from solacefeed.models.digests import CategoryNames, Combined
from solacefeed.models.feeds import FeedKind, subject_of
from solacefeed.models.posts import Category, CategoryId, Enclosure, Image, slug_by_id
from solacefeed.site import Site
from solacefeed.words import interface

# One that looks like a category's number might be another category's.
_SAFE_SLUG = re.compile(r"(?!category-[0-9]+$)[a-z0-9][a-z0-9_-]{0,120}")

ALL_POSTS = N_("All posts")

#: What moves an entry's ``updated``: any change of the blog's date, a change of what the reader reads, or nothing.
Significance = Literal["any", "text", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A category as an entry names it (RFC 4287 section 4.2.2)."""

    term: str
    scheme: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A post as it stands in a feed; plain text but for ``content``."""

    id: str
    title: str
    #: Absolute: where a person reads it.
    url: str
    author: str
    published: datetime
    updated: datetime
    summary: str
    #: Sanitised HTML; may be empty.
    content: str
    terms: tuple[Term, ...] = ()
    #: Where comments stand (RFC 4685); never how many.
    comments_url: str | None = None
    image: Image | None = None
    #: What belongs to it and plays.
    enclosures: tuple[Enclosure, ...] = ()
    #: The one that stands above its text, which need not have it.
    headed_by: Image | None = None
    #: BCP 47, where it is another than the feed's.
    language: str | None = None
    #: The author's office, as the by-line has it; pages say it.
    role: str | None = None
    #: "the LGC on 17 May 2012": where it was first published.
    origin: str | None = None
    #: How long it takes to read; 0 where that means nothing.
    minutes: int = 0
    #: Absolute: the page of events that its last line leads to, in place of a paragraph that advertised one.
    events_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An entry that was deleted (RFC 6721)."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What every feed of a site has in common."""

    site: Site
    names: CategoryNames = field(default_factory=CategoryNames)
    #: Who may do what with the text, in words.
    rights: str | None = None
    #: Absolute: of WebSub.
    hub: str | None = None
    significance: Significance = "text"
    #: Keep the blog's own ids, as they were first seen.
    blogs_ids: bool = False
    #: Absolute: the page of events, for the posts that advertised one; ``None`` for no such line.
    events_url: str | None = None

    def uri(self, name: str) -> str:
        return self.site.tag(name)

    def url(self, path: str) -> str:
        return self.site.published_at(path)


class Filed(Protocol):
    """What decides on the feeds that a post stands in."""

    @property
    def category_ids(self) -> tuple[CategoryId, ...]: ...
    @property
    def author(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a reader follows: about one category, about several, by one author, or about all."""

    #: Its name for good: ``all``, ``category/3``, ``author/david-martin``, ``combined/finance``.
    key: str
    id: str
    title: str
    #: What a list of feeds calls it: the category's label, or ``ALL_POSTS`` in our words.
    name: str
    #: Below the folder and below the base URL, without an ending: ``category/housing``.
    stem: str
    #: The ids of the categories whose posts stand in it; ``None`` for every category and none.
    category_ids: frozenset[CategoryId] | None = None
    #: The slug of the one author whose posts stand in it.
    author_slug: str | None = None
    #: The key of the feed of the category above its own, where that has one.
    parent: str | None = None
    #: How many feeds stand above it.
    depth: int = 0
    #: The slugs that it stood at before; the same documents stand there still, and say its new address.
    former_slugs: tuple[str, ...] = ()

    @property
    def kind(self) -> FeedKind:
        return FeedKind.of(self.key)

    @property
    def subject(self) -> str:
        """What of its kind it is about: the category's id, the author's slug, the digest's name."""
        return subject_of(self.key)

    @property
    def former_stems(self) -> tuple[str, ...]:
        return tuple(map(self.kind.key, self.former_slugs))

    def holds(self, post: Filed) -> bool:
        by_category = self.category_ids is None or not self.category_ids.isdisjoint(post.category_ids)
        return by_category and (self.author_slug is None or author_slug(post.author or "") == self.author_slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """One document of a feed: the live one, or the archive of a month."""

    feed: Feed
    naming: Naming
    #: Newest first.
    entries: tuple[Entry, ...]
    #: Of its newest change; no clock is asked.
    updated: datetime
    #: Newest first.
    tombstones: tuple[Tombstone, ...] = ()
    #: ``2012-05`` in the archive of that month; ``None`` in the live document.
    month: str | None = None
    #: The month whose archive comes before this document, and the one after it.
    previous: str | None = None
    following: str | None = None
    #: Absolute: where it stands, if that is not below the folder; then it has no page of its own.
    address: str | None = None

    def path(self, ending: str) -> str:
        """Below the folder: ``category/housing.atom``, ``category/housing/2012-05.atom``."""
        return f"{self.feed.stem}/{self.month}.{ending}" if self.month else f"{self.feed.stem}.{ending}"

    def url(self, ending: str) -> str:
        return self.address or self.naming.url(self.path(ending))

    def archive_url(self, month: str, ending: str) -> str:
        return self.naming.url(f"{self.feed.stem}/{month}.{ending}")

    @property
    def current_url(self) -> str:
        """The live document that archives belong to."""
        return self.naming.url(f"{self.feed.stem}.atom")

    @property
    def page_url(self) -> str:
        """The page that a person sees."""
        if self.address is not None:
            return self.naming.url("")
        return self.naming.url(f"{self.feed.stem}/")


# -- which feeds there are ----------------------------------------------------------------------------


def category_feeds(
    categories: Sequence[Category],
    with_posts: AbstractSet[CategoryId],
    naming: Naming,
    former_slugs: Mapping[CategoryId, tuple[str, ...]] | None = None,
) -> list[Feed]:
    """The feed of all posts, then one for each category with posts, parents before their children.

    *with_posts* has the ids of the categories that posts are filed under; *former_slugs* the slugs that a category had
    before, by its id. Without posts there are no feeds.
    """
    shown = [category for category in tree_order(categories, naming.names) if naming.names.shows(category)]
    filled = {c.id: members for c in shown if with_posts & (members := branch(c, categories))}
    taken = {file_slug(category.slug, category.id) for category in shown}
    result = [feed_of_all(naming)]
    for category in (category for category in shown if category.id in filled):
        former = _former_slugs(category, (former_slugs or {}).get(category.id, ()), taken)
        taken.update(former)
        result.append(
            replace(
                feed_called(naming.names.label(category), FeedKind.CATEGORY.key(category.id), naming),
                stem=category_stem(category),
                category_ids=filled[category.id],
                parent=FeedKind.CATEGORY.key(category.parent_id) if category.parent_id in filled else None,
                depth=depth(category, shown),
                former_slugs=former,
            )
        )
    return result


def combined_feeds(combined: Iterable[Combined], categories: Sequence[Category], naming: Naming) -> list[Feed]:
    """The feeds of several categories each, in the operator's order."""
    by_slug = {category.slug: category for category in categories}
    return [
        replace(
            feed_called(each.title, FeedKind.COMBINED.key(each.slug), naming),
            category_ids=frozenset().union(*(branch(by_slug[s], categories) for s in each.categories if s in by_slug)),
        )
        for each in combined
    ]


def author_feeds(names: Iterable[str], naming: Naming) -> list[Feed]:
    """One feed for each author, by name; who is spelled alike but for case and accents is one."""
    by_slug = {slug: name for name in sorted(names, reverse=True) if (slug := author_slug(name))}
    return [
        replace(feed_called(name, FeedKind.AUTHOR.key(slug), naming), author_slug=slug)
        for slug, name in sorted(by_slug.items())
    ]


class Holders:
    """Finds the feeds that a post stands in, without asking each of them."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self._always: list[Feed] = []
        self._by_category: dict[CategoryId, list[Feed]] = {}
        self._by_author: dict[str, list[Feed]] = {}
        for feed in feeds:
            if feed.author_slug is not None:
                self._by_author.setdefault(feed.author_slug, []).append(feed)
            elif feed.category_ids is None:
                self._always.append(feed)
            for category_id in feed.category_ids or ():
                self._by_category.setdefault(category_id, []).append(feed)

    def of(self, post: Filed) -> list[Feed]:
        found = {feed.key: feed for category in post.category_ids for feed in self._by_category.get(category, ())}
        by_author = self._by_author.get(author_slug(post.author or ""), ()) if self._by_author else ()
        return [*self._always, *found.values(), *by_author]


def feed_of_all(naming: Naming) -> Feed:
    name = gettext(ALL_POSTS, interface(naming.site.language))
    return replace(feed_called(name, FeedKind.ALL.key(), naming), title=naming.site.title)


def feed_called(name: str, key: str, naming: Naming) -> Feed:
    """The feed of this *key*, called *name*, at the stem that its key says."""
    return Feed(key=key, id=naming.uri(f"feed/{key}"), title=f"{name} - {naming.site.title}", name=name, stem=key)


def tree_order(categories: Sequence[Category], names: CategoryNames) -> list[Category]:
    """By label, each category followed by its children."""
    by_parent: dict[CategoryId | None, list[Category]] = {}
    known = {category.id for category in categories}
    by_label = sorted(categories, key=lambda c: (names.label(c).casefold(), c.id))
    for category in by_label:
        parent = category.parent_id if category.parent_id in known else None
        by_parent.setdefault(parent, []).append(category)
    ordered: list[Category] = []
    waiting = list(reversed(by_parent.get(None, ())))
    while waiting:
        category = waiting.pop()
        ordered.append(category)
        waiting.extend(reversed(by_parent.get(category.id, ())))
    # Those that stand above one another in a ring hang from nothing.
    reached = set(ordered)
    return ordered + [category for category in by_label if category not in reached]


def branch(category: Category, categories: Iterable[Category]) -> frozenset[CategoryId]:
    """The ids of *category* and of all below it."""
    below = {category.id}
    rest = [other for other in categories if other.parent_id is not None]
    while grown := {other.id for other in rest if other.parent_id in below} - below:
        below |= grown
    return frozenset(below)


def depth(category: Category, categories: Iterable[Category]) -> int:
    """How many of *categories* stand above it without a gap."""
    parents = {other.id: other.parent_id for other in categories}
    above: list[CategoryId] = []
    parent = category.parent_id
    while parent in parents and parent not in above:
        above.append(parent)
        parent = parents[parent]
    return len(above)


def file_slug(slug: str, category_id: CategoryId) -> str:
    """*slug* as a file's name; one that could be a path or would want escaping gives way to the category's number."""
    return slug if _SAFE_SLUG.fullmatch(slug) else slug_by_id(category_id)


def category_stem(category: Category) -> str:
    """Where the category's feed stands, and its calendar below."""
    return FeedKind.CATEGORY.key(file_slug(category.slug, category.id))


def author_slug(name: str) -> str:
    """*name* as a file's name: ``david-martin``; empty where nothing of it is left."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", letters))[:120]


def _former_slugs(category: Category, slugs: Iterable[str], taken: AbstractSet[str]) -> tuple[str, ...]:
    """Where its feed stood before and no other stands now; of two that stood there, the first keeps the address."""
    return tuple(slug for slug in slugs_left(category.id, slugs) if slug not in taken)


def slugs_left(category_id: CategoryId, slugs: Iterable[str]) -> tuple[str, ...]:
    """The former *slugs* of a category as its files were named by them, each once."""
    return tuple(dict.fromkeys(file_slug(slug, category_id) for slug in slugs))
