"""``index.html``: the page on which a person finds and understands all feeds.

The law: same view, same bytes. No clock, no version, no order of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from solacefeed.catalogue import N_, gettext, ngettext
from solacefeed.models.feeds import FeedKind
from solacefeed.publish.feeds import Feed, Naming
from solacefeed.publish.page import FORMAT_NAMES, Link, PagesInCommon, page_path
from solacefeed.views.events import EventView
from solacefeed.views.posts import counted_posts
from solacefeed.words import day_words, interface, theirs

if TYPE_CHECKING:
    from jinja2 import Environment

#: Entries that a feed's card shows.
ON_A_CARD = 3

#: More feeds than these stand in a list of names; that of all posts keeps its card.
CARDS = 30

#: More authors than these are folded away.
AUTHORS = 8

_SECTIONS = (
    (N_("What you can follow"), (FeedKind.ALL, FeedKind.CATEGORY)),
    (N_("Several categories in one"), (FeedKind.COMBINED,)),
    (N_("The digest, edition by edition"), (FeedKind.DIGEST,)),
    (N_("By author"), (FeedKind.AUTHOR,)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """A feed as lists of feeds name it."""

    feed: Feed
    #: In all its documents.
    posts: int
    #: Of its newest change.
    updated: datetime
    #: When its newest post was published.
    newest: datetime | None = None
    #: Titles and addresses of its newest posts, at most ``ON_A_CARD``.
    latest: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed as the directory lists it; plain text throughout."""

    kind: FeedKind
    #: "Housing"
    name: str
    #: "Housing - The Blog", as a reader's list of feeds has it.
    title: str
    #: Relative to the folder: ``category/housing``.
    stem: str
    #: Relative: ``category/housing/index.html``.
    page: str
    #: Absolute: what a person copies into a feed reader.
    atom_url: str
    #: "19 posts, newest 20 November 2026"
    facts: str
    #: 0, or one more than the feed of the parent category, which stands somewhere above.
    depth: int = 0
    #: Title and URL of the newest entries.
    latest: tuple[Link, ...] = ()
    #: The other formats: words and where they lead.
    formats: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """Feeds of one kind, under a heading."""

    heading: str
    feeds: tuple[FeedView, ...]
    #: A list of names, since there are too many for cards.
    dense: bool = False
    #: Opened by who wants it.
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryView:
    """What the page shows, in the order in which it shows it."""

    site_title: str
    site_url: str
    organisation: str
    #: BCP 47.
    language: str
    #: The same of what the site calls its own, where that is another.
    site_language: str | None
    #: Absolute: the page itself.
    url: str
    #: The feed of all posts first: it is the page's main offer, and what a browser discovers first.
    sections: tuple[SectionView, ...]
    #: Where one subscribes by email: https or mailto.
    subscribe_url: str | None = None
    #: Relative.
    events_page: str | None = None
    events: tuple[EventView, ...] = ()

    @property
    def offered(self) -> tuple[FeedView, ...]:
        """The feeds that a browser discovers; a folded section's would drown the others."""
        return tuple(feed for section in self.sections if not section.folded for feed in section.feeds)


def directory_view(
    feeds: Sequence[ListedFeed], naming: Naming, common: PagesInCommon, events: tuple[EventView, ...] = ()
) -> DirectoryView:
    """The page of *feeds*, which stay in their order within each section."""
    language = interface(naming.site.language)
    by_kind = [
        (gettext(heading, language), [each for each in feeds if each.feed.kind in kinds])
        for heading, kinds in _SECTIONS
    ]
    return DirectoryView(
        site_title=naming.site.title,
        site_url=naming.site.url,
        organisation=naming.site.organisation,
        language=language,
        site_language=theirs(None, naming.site.language),
        url=naming.url(""),
        sections=tuple(_section(heading, own, naming) for heading, own in by_kind if own),
        subscribe_url=common.subscribe_url,
        events_page=common.events_page,
        events=events,
    )


def index_page(directory: DirectoryView, environment: Environment) -> bytes:
    """The page in UTF-8, whole in itself: it loads nothing."""
    template = environment.get_template("site/index.html", globals={"language": directory.language})
    return template.render(directory=directory).encode()


def _section(heading: str, feeds: Sequence[ListedFeed], naming: Naming) -> SectionView:
    by_author = feeds[0].feed.kind is FeedKind.AUTHOR
    dense = by_author or len(feeds) > CARDS
    return SectionView(
        heading=heading,
        feeds=tuple(_feed_view(each, naming, dense=dense) for each in feeds),
        dense=dense,
        folded=by_author and len(feeds) > AUTHORS,
    )


def _feed_view(each: ListedFeed, naming: Naming, *, dense: bool) -> FeedView:
    feed = each.feed
    return FeedView(
        kind=feed.kind,
        name=feed.name,
        title=feed.title,
        stem=feed.stem,
        page=page_path(feed.stem),
        atom_url=naming.url(f"{feed.stem}.atom"),
        facts=_facts(each, naming),
        depth=feed.depth,
        latest=each.latest if feed.kind is FeedKind.ALL or not dense else (),
        formats=tuple(Link(text=FORMAT_NAMES[ending], href=f"{feed.stem}.{ending}") for ending in FORMAT_NAMES),
    )


def _facts(each: ListedFeed, naming: Naming) -> str:
    """How much there is, and how new it is."""
    language = interface(naming.site.language)
    if each.feed.kind is FeedKind.DIGEST:
        number = ngettext("%(number)s edition", "%(number)s editions", each.posts, language)
    else:
        number = counted_posts(each.posts, language)
    if each.newest is None:
        return number
    newest = day_words(each.newest.astimezone(naming.site.zone).date(), language)
    return gettext("%(posts)s, newest %(day)s", language, posts=number, day=newest)
