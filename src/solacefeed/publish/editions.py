"""The editions of a digest for everyone: their feed, and a page of each with nothing of any recipient in it.

An edition stands here with all posts it covers, and all events that it told somebody of, whoever's categories they
are. A post that was withdrawn since is left out; what an edition said on its day else stays. Of an event stands what is
known of it now: who comes later shall not travel to one that was cancelled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import TYPE_CHECKING

from solacefeed.models.editions import Edition
from solacefeed.models.feeds import FeedKind
from solacefeed.publish.content import lang
from solacefeed.publish.feeds import Entry, Feed, Naming, feed_called
from solacefeed.publish.page import EntryView, Link, PagesInCommon, entry_view, root_of
from solacefeed.views.events import EventView
from solacefeed.views.posts import counted_posts
from solacefeed.words import day_words, interface, marked, span_words, theirs, weekday_words

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEdition:
    """An edition that was not skipped."""

    digest_title: str
    edition: Edition
    #: The first and the last local day that it speaks of, as ``digest.views.covered_days`` says.
    days: tuple[date, date]
    #: The lead post first; as they are now.
    posts: tuple[Entry, ...]
    #: What it promoted, nearest first.
    events: tuple[EventView, ...] = ()

    @property
    def day(self) -> date:
        """The local day of its closing, which names it."""
        return date.fromisoformat(self.edition.id.partition("/")[2])

    @property
    def path(self) -> str:
        """Its page, below the folder: ``digest/weekly/2026-11-23.html``."""
        return edition_path(self.edition.id)

    def title(self, language: str) -> str:
        return f"{self.digest_title}, {day_words(self.day, language)}"

    def span(self, language: str) -> str:
        """ "16 to 22 November 2026": the days that it covers."""
        return span_words(*self.days, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionPageView:
    """What the page of an edition shows, in the order in which it shows it; plain text throughout."""

    #: "The Weekly Digest, 23 November 2026"
    title: str
    digest_title: str
    #: "Monday 23 November 2026"
    closes: str
    #: "16 to 22 November 2026"
    span: str
    #: One sentence.
    description: str
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
    #: From the page to the folder.
    root: str
    #: The digest's feed: ``digest/weekly``.
    stem: str
    feed_title: str
    posts: tuple[EntryView, ...]
    events: tuple[EventView, ...] = ()
    #: The editions before and after it.
    previous: Link | None = None
    following: Link | None = None
    subscribe_url: str | None = None


def digest_feed(name: str, title: str, naming: Naming) -> Feed:
    """The feed of the editions of the digest *name*, which readers know by *title*."""
    # Editions stand in it, and no post by itself.
    return replace(feed_called(title, FeedKind.DIGEST.key(name), naming), category_ids=frozenset())


def edition_path(edition_id: str) -> str:
    """The page of the edition ``weekly/2026-11-23``, below the folder."""
    return f"{FeedKind.DIGEST.key(edition_id)}.html"


def is_edition_page(path: str) -> bool:
    """Whether a document of a digest is the page of one of its editions: ``digest/weekly/2026-11-23.html``."""
    return re.search(r"/\d{4}-\d\d-\d\d\.html$", path) is not None


def edition_url(edition_id: str, base_url: str) -> str:
    """Where everyone can read the edition ``weekly/2026-11-23``; known before it is published."""
    return f"{base_url}/{edition_path(edition_id)}"


def edition_entry(public: PublicEdition, naming: Naming) -> Entry:
    """The edition as it stands in its digest's feed; its time is its closing, whatever changes in its posts."""
    closes = public.edition.period.ends
    return Entry(
        id=naming.uri(f"edition/{public.edition.id}"),
        title=public.title(interface(naming.site.language)),
        url=edition_url(public.edition.id, naming.site.base_url),
        author=naming.site.organisation,
        published=closes,
        updated=closes,
        summary=_summary(public, interface(naming.site.language)),
        content=_content(public, naming.site.language),
        language=marked(naming.site.language),
    )


def edition_page_view(
    public: PublicEdition,
    naming: Naming,
    common: PagesInCommon,
    before: PublicEdition | None = None,
    after: PublicEdition | None = None,
) -> EditionPageView:
    feed = digest_feed(public.edition.digest, public.digest_title, naming)
    language = interface(naming.site.language)
    return EditionPageView(
        title=public.title(language),
        digest_title=public.digest_title,
        closes=weekday_words(public.day, language),
        span=public.span(language),
        description=_summary(public, language),
        site_title=naming.site.title,
        site_url=naming.site.url,
        organisation=naming.site.organisation,
        language=language,
        site_language=theirs(None, naming.site.language),
        url=edition_url(public.edition.id, naming.site.base_url),
        root=root_of(feed.stem),
        stem=feed.stem,
        feed_title=feed.title,
        posts=tuple(entry_view(post, feed, naming, common) for post in public.posts),
        events=public.events,
        previous=_neighbour(before, language),
        following=_neighbour(after, language),
        subscribe_url=common.subscribe_url,
    )


def edition_page(view: EditionPageView, environment: Environment) -> bytes:
    """The page in UTF-8, whole in itself: it loads nothing."""
    template = environment.get_template("site/edition.html", globals={"language": view.language})
    return template.render(page=view).encode()


def _neighbour(public: PublicEdition | None, language: str) -> Link | None:
    return Link(text=day_words(public.day, language), href=f"{public.day}.html") if public else None


def _summary(public: PublicEdition, language: str) -> str:
    """``4 posts, 16 to 22 November 2026: Who owns the damp? · Small schools, long roads``."""
    about = f"{counted_posts(len(public.posts), language)}, {public.span(language)}"
    return f"{about}: {' · '.join(post.title for post in public.posts)}" if public.posts else f"{about}."


def _content(public: PublicEdition, site_language: str) -> str:
    language = interface(site_language)
    head = f"<p>{escape(counted_posts(len(public.posts), language))}, {escape(public.span(language))}.</p>"
    items = (_item(post, theirs(post.language, site_language)) for post in public.posts)
    return f"{head}<ul>{''.join(items)}</ul>" if public.posts else head


def _item(post: Entry, language: str | None) -> str:
    """*language* is the post's, where our words around it are in another."""
    excerpt = f"<p>{escape(post.summary)}</p>" if post.summary else ""
    title = f'<a href="{escape(post.url)}">{escape(post.title)}</a>'
    return f"<li{lang(language)}><p>{title}, {escape(post.author)}</p>{excerpt}</li>"
