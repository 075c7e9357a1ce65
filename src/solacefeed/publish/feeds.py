"""Which feeds there are, and what stands in each: from posts and categories to feeds, before any markup.

Ids are ``tag:`` URIs (RFC 4151) made of the tag authority and the blog's own numbers: no URL, title or host is in
them, so none of those can make a reader see anything twice. A category's feed includes its children's posts, as
WordPress's own does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from solacefeed.models import Category, CategoryNames, Post

# One that looks like a category's number might be another category's.
_SAFE_SLUG = re.compile(r"(?!category-[0-9]+$)[a-z0-9][a-z0-9_-]{0,120}")

ATOM = "application/atom+xml"
ALL_POSTS = "All posts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A category as an entry names it (RFC 4287 section 4.2.2)."""

    term: str
    scheme: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A post as it stands in a feed."""

    id: str
    title: str
    #: The post on the blog.
    url: str
    author: str
    published: datetime
    updated: datetime
    #: Plain text.
    summary: str
    #: Sanitised HTML; may be empty.
    content: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One published document about one category, or about all."""

    id: str
    title: str
    #: What the directory calls it: the category's label, or ``ALL_POSTS``.
    name: str
    #: Below the feeds' folder and below the base URL.
    path: str
    #: Absolute: where it is published.
    url: str
    #: Absolute: the page that a person sees.
    page: str
    language: str
    author: str
    #: Of its newest change; no clock is asked.
    updated: datetime
    #: Newest first; never empty.
    entries: tuple[Entry, ...]
    #: How many categories stand above its own.
    depth: int = 0
    #: Paths at which it stood before; they hold the same document, which says its new address.
    former_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What every feed of a site has in common."""

    site_title: str
    #: Without a slash at its end.
    base_url: str
    tag_authority: str
    language: str
    organisation: str
    names: CategoryNames = field(default_factory=CategoryNames)
    #: The newest entries that a feed holds; 0 for all.
    most_entries: int = 0

    def uri(self, name: str) -> str:
        return f"tag:{self.tag_authority}:{name}"


def feeds(
    posts: Sequence[Post],
    categories: Sequence[Category],
    naming: Naming,
    former_slugs: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Feed]:
    """The feed of all posts, then one for each category with posts, parents before their children.

    *posts* are newest first; *former_slugs* has the slugs that a category had before, by its id.
    """
    if not posts:
        return []
    shown = [category for category in tree_order(categories, naming.names) if naming.names.shows(category)]
    entries = {post.id: _entry(post, shown, naming) for post in posts}
    result = [_feed(naming, "all", naming.site_title, ALL_POSTS, "all.atom", entries.values())]
    taken = {_path(category, category.slug) for category in shown}
    for category in shown:
        members = branch(category, categories)
        inside = [entries[post.id] for post in posts if not members.isdisjoint(post.category_ids)]
        if inside:
            former = _former_paths(category, (former_slugs or {}).get(category.id, ()), taken)
            taken.update(former)
            result.append(_category_feed(naming, category, inside, former, depth(category, shown)))
    return result


def tree_order(categories: Sequence[Category], names: CategoryNames) -> list[Category]:
    """By label, each category followed by its children."""
    by_parent: dict[str | None, list[Category]] = {}
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


def branch(category: Category, categories: Iterable[Category]) -> frozenset[str]:
    """The ids of *category* and of all below it."""
    below = {category.id}
    rest = [other for other in categories if other.parent_id is not None]
    while grown := {other.id for other in rest if other.parent_id in below} - below:
        below |= grown
    return frozenset(below)


def depth(category: Category, categories: Iterable[Category]) -> int:
    """How many of *categories* stand above it without a gap."""
    parents = {other.id: other.parent_id for other in categories}
    above: list[str] = []
    parent = category.parent_id
    while parent in parents and parent not in above:
        above.append(parent)
        parent = parents[parent]
    return len(above)


def file_slug(slug: str, category_id: str) -> str:
    """*slug* as a file's name; one that could be a path or would want escaping gives way to the category's number."""
    return slug if _SAFE_SLUG.fullmatch(slug) else f"category-{category_id}"


def _path(category: Category, slug: str) -> str:
    return f"category/{file_slug(slug, category.id)}.atom"


def _former_paths(category: Category, slugs: Iterable[str], taken: AbstractSet[str]) -> tuple[str, ...]:
    """Where its feed stood before and no other stands now; of two that stood there, the first keeps the address."""
    before = dict.fromkeys(_path(category, slug) for slug in slugs)
    return tuple(path for path in before if path not in taken)


def _category_feed(
    naming: Naming, category: Category, entries: Iterable[Entry], former: tuple[str, ...], level: int
) -> Feed:
    here = _path(category, category.slug)
    label = naming.names.label(category)
    title = f"{label} - {naming.site_title}"
    return _feed(naming, f"category/{category.id}", title, label, here, entries, former_paths=former, depth=level)


def _feed(
    naming: Naming,
    key: str,
    title: str,
    name: str,
    path: str,
    entries: Iterable[Entry],
    *,
    former_paths: tuple[str, ...] = (),
    depth: int = 0,
) -> Feed:
    newest = tuple(entries)[: naming.most_entries or None]
    return Feed(
        id=naming.uri(f"feed/{key}"),
        title=title,
        name=name,
        path=path,
        url=f"{naming.base_url}/{path}",
        page=f"{naming.base_url}/",
        language=naming.language,
        author=naming.organisation,
        updated=max(entry.updated for entry in newest),
        entries=newest,
        depth=depth,
        former_paths=former_paths,
    )


def _entry(post: Post, shown: Sequence[Category], naming: Naming) -> Entry:
    filed = [category for category in shown if category.id in post.category_ids]
    scheme = naming.uri("category")
    return Entry(
        id=naming.uri(f"post/{post.id}"),
        title=post.title,
        url=post.url,
        author=post.author or naming.organisation,
        published=post.published,
        updated=post.updated,
        summary=post.excerpt,
        content=post.content,
        terms=tuple(Term(term=c.slug, scheme=scheme, label=naming.names.label(c)) for c in filed),
    )
