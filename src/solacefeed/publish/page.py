"""The page of one feed, ``category/housing/index.html``: what a person sees who follows a feed's link.

The law: same view, same bytes, and the page asks nobody for anything but the logo, where the operator names one. A
picture of the blog's would tell its host who reads here, and move the text while it comes; so there is none. Links
within the folder are relative, and name ``index.html``: the folder works from a disk, and below any path of any host.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Category
from solacefeed.publish.describing import Kin, describe
from solacefeed.publish.feeds import Entry, Feed, FeedDocument, Naming, author_slug
from solacefeed.views.posts import PostView, origin, origin_language, published_words, reading_time
from solacefeed.words import interface, month_words, theirs

if TYPE_CHECKING:
    from jinja2 import Environment

#: The entries that a page shows, the newest ones.
ON_A_PAGE = 20

#: What a feed is called in each format, the best first, by the ending of its documents.
FORMAT_NAMES = {"atom": "Atom", "rss": "RSS", "json": "JSON"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Words that lead somewhere."""

    text: str
    #: Relative to the page; ``None`` for where the reader already is.
    href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView(PostView):
    """An entry as a page shows it: a post with its ways to other pages."""

    #: ``2026-11-20T09:30:00Z``
    instant: str
    #: Its author and its categories, with their pages where they have some.
    writer: Link | None = None
    filed: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class YearView:
    """The archives of one year, the newest month first."""

    year: str
    months: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPageView:
    """What the page shows, in the order in which it shows it; plain text throughout."""

    #: "Housing"
    name: str
    #: "Housing - The Blog", as a reader's list of feeds has it.
    title: str
    #: One sentence.
    description: str
    kind: FeedKind
    site_title: str
    #: The blog, for people.
    site_url: str
    organisation: str
    #: BCP 47.
    language: str
    #: The same of what the site calls its own, where that is another.
    site_language: str | None
    #: Absolute: the page itself.
    url: str
    #: From the page to the folder: ``../../``.
    root: str
    #: ``category/housing``
    stem: str
    #: Absolute: what a person copies into a feed reader.
    atom_url: str
    #: Newest first.
    entries: tuple[EntryView, ...]
    parent: Link | None = None
    parts: tuple[Link, ...] = ()
    years: tuple[YearView, ...] = ()
    #: Where one subscribes by email: https or mailto.
    subscribe_url: str | None = None
    #: Relative to the page.
    events_page: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesInCommon:
    """What the pages of a site have in common, beyond a ``Naming``."""

    #: Where one subscribes by email: https or mailto; ``None`` where there is no such place.
    subscribe_url: str | None = None
    #: Below the folder: ``events/index.html``; ``None`` where there is no such page.
    events_page: str | None = None
    #: Where the feed of each category stands, by the category's slug, and that of each author, by theirs.
    category_stems: Mapping[str, str] = field(default_factory=dict)
    author_stems: Mapping[str, str] = field(default_factory=dict)


def category_stems(feeds: Iterable[Feed], categories: Iterable[Category]) -> dict[str, str]:
    """Where the feed of each category stands, by the category's slug."""
    stems = {feed.key: feed.stem for feed in feeds}
    keys = ((category.slug, FeedKind.CATEGORY.key(category.id)) for category in categories)
    return {slug: stems[key] for slug, key in keys if key in stems}


def author_stems(feeds: Iterable[Feed]) -> dict[str, str]:
    """Where the feed of each author stands, by the author's slug."""
    return {feed.author_slug: feed.stem for feed in feeds if feed.author_slug}


def page_view(
    document: FeedDocument, common: PagesInCommon, around: Kin | None = None, months: Sequence[str] = ()
) -> FeedPageView:
    """The page of a feed from its live *document*; *months* are those of its archives, ``2012-05``, in any order."""
    feed, naming, around = document.feed, document.naming, around or Kin()
    root = root_of(feed.stem)
    return FeedPageView(
        name=feed.name,
        title=feed.title,
        description=describe(feed, naming, around.parts),
        kind=feed.kind,
        site_title=naming.site.title,
        site_url=naming.site.url,
        organisation=naming.site.organisation,
        language=interface(naming.site.language),
        site_language=theirs(None, naming.site.language),
        url=document.page_url,
        root=root,
        stem=feed.stem,
        atom_url=document.url("atom"),
        entries=tuple(entry_view(each, feed, naming, common) for each in document.entries[:ON_A_PAGE]),
        parent=_to(around.parent, root) if around.parent else None,
        parts=tuple(_to(part, root) for part in around.parts),
        years=_years(months, f"{root}{feed.stem}", interface(naming.site.language)),
        subscribe_url=common.subscribe_url,
        events_page=f"{root}{common.events_page}" if common.events_page else None,
    )


def feed_page(view: FeedPageView, environment: Environment) -> bytes:
    """The page in UTF-8, whole in itself: it loads nothing."""
    template = environment.get_template("site/feed.html", globals={"language": view.language})
    return template.render(page=view).encode()


def root_of(stem: str) -> str:
    """From the page of the feed at *stem* to the folder: ``../../`` from ``category/housing``."""
    return "../" * (stem.count("/") + 1)


def page_path(stem: str) -> str:
    """The page of the feed at *stem*, below the folder."""
    return f"{stem}/index.html"


def entry_view(entry: Entry, feed: Feed, naming: Naming, common: PagesInCommon) -> EntryView:
    """*entry* as a page in the folder of *feed* shows it."""
    root, language = root_of(feed.stem), interface(naming.site.language)
    writer = None if entry.author == naming.site.organisation else _author(entry, feed, common)
    return EntryView(
        title=entry.title,
        url=entry.url,
        author=writer.text if writer else None,
        role=entry.role,
        published=published_words(entry.published, naming.site.zone, naming.site.language),
        excerpt=entry.summary,
        categories=tuple(term.label for term in entry.terms),
        reading_time=reading_time(entry.minutes, language),
        origin=origin(entry.origin),
        origin_language=origin_language(language),
        language=theirs(entry.language, naming.site.language),
        instant=instant_words(entry.published),
        writer=writer,
        filed=tuple(
            Link(text=term.label, href=_elsewhere(common.category_stems.get(term.term), feed, root))
            for term in entry.terms
        ),
    )


def instant_words(instant: datetime) -> str:
    """``2026-11-20T09:30:00Z``, for programs."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _author(entry: Entry, feed: Feed, common: PagesInCommon) -> Link:
    stem = common.author_stems.get(author_slug(entry.author))
    return Link(text=entry.author, href=_elsewhere(stem, feed, root_of(feed.stem)))


def _elsewhere(stem: str | None, feed: Feed, root: str) -> str | None:
    return f"{root}{page_path(stem)}" if stem and stem != feed.stem else None


def _to(feed: Feed, root: str) -> Link:
    return Link(text=feed.name, href=f"{root}{page_path(feed.stem)}")


def _years(months: Iterable[str], folder: str, language: str) -> tuple[YearView, ...]:
    newest_first = sorted(set(months), reverse=True)
    return tuple(
        YearView(year=year, months=tuple(_archive(month, folder, language) for month in of_the_year))
        for year, of_the_year in groupby(newest_first, key=lambda month: month.partition("-")[0])
    )


def _archive(month: str, folder: str, language: str) -> Link:
    return Link(text=month_words(date.fromisoformat(f"{month}-01"), language), href=f"{folder}/{month}.atom")
