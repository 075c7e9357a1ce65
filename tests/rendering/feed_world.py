"""A small world of feeds: entries, feeds and documents, each sensible, and a test says only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from lxml import html as lxml_html

from solacefeed.models.editions import Edition, EditionState, Period
from solacefeed.publish.directory import ON_A_CARD, ListedFeed
from solacefeed.publish.editions import PublicEdition
from solacefeed.publish.feeds import Entry, Feed, FeedDocument, Naming, Term, author_slug, feed_of_all
from solacefeed.publish.page import FeedPageView, Link, PagesInCommon, feed_page
from solacefeed.site import Site
from solacefeed.templating import templates
from tests.support.builders import LONDON, category_ids

NAMING = Naming(
    site=Site(
        title="Chief Officers' Blog",
        base_url="https://feeds.example.org",
        tag_authority="example.org,2026",
        language="en-GB",
        organisation="Society of Chief Officers",
        url="https://blog.example.org",
        zone=LONDON,
    ),
)
COMMON = PagesInCommon(
    subscribe_url="https://mail.example.org/subscribe",
    events_page="events/index.html",
    category_stems={"housing": "category/housing", "homelessness": "category/homelessness"},
    author_stems={"jo-carver": "author/jo-carver"},
)
ENVIRONMENT = templates()

#: What a page must survive in any of its words.
MARKUP = "</style></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
RIGHT_TO_LEFT = "מי אחראי לטחב? \u202e(סוף)"
ONE_LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän" * 8

NIGHT = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)


def a_term(slug: str) -> Term:
    return Term(term=slug, scheme=NAMING.uri("category"), label=slug.capitalize())


def an_entry(**said: Any) -> Entry:
    entry = Entry(
        id="tag:example.org,2026:post/1",
        title="Who owns the damp?",
        url="https://blog.example.org/who-owns-the-damp/",
        author="Jo Carver",
        published=datetime(2026, 11, 18, 9, 30, tzinfo=UTC),
        updated=datetime(2026, 11, 18, 9, 30, tzinfo=UTC),
        summary="A tenant reported damp eleven times.",
        content="<p>A tenant reported damp eleven times.</p>",
        terms=(a_term("housing"),),
        minutes=2,
    )
    return replace(entry, **said)


def all_posts() -> Feed:
    return feed_of_all(NAMING)


def a_category_feed(number: int, slug: str, **said: Any) -> Feed:
    feed = Feed(
        key=f"category/{number}",
        id=NAMING.uri(f"feed/category/{number}"),
        title=f"{slug.capitalize()} - {NAMING.site.title}",
        name=slug.capitalize(),
        stem=f"category/{slug}",
        category_ids=frozenset(category_ids(str(number))),
    )
    return replace(feed, **said)


HOUSING = a_category_feed(6, "housing", category_ids=frozenset(category_ids("6", "14")))
HOMELESSNESS = a_category_feed(14, "homelessness", parent="category/6", depth=1)
SCOTLAND = a_category_feed(9, "scotland")
HOMES_AND_SCOTLAND = Feed(
    key="combined/homes",
    id=NAMING.uri("feed/combined/homes"),
    title=f"Homes - {NAMING.site.title}",
    name="Homes",
    stem="combined/homes",
    category_ids=frozenset(category_ids("6", "14", "9")),
)


def an_author_feed(name: str) -> Feed:
    slug = author_slug(name)
    return Feed(
        key=f"author/{slug}",
        id=NAMING.uri(f"feed/author/{slug}"),
        title=f"{name} - {NAMING.site.title}",
        name=name,
        stem=f"author/{slug}",
        author_slug=slug,
    )


def a_document(feed: Feed = HOUSING, *entries: Entry, **said: Any) -> FeedDocument:
    shown = entries or (an_entry(),)
    newest = max(entry.updated for entry in shown)
    return replace(FeedDocument(feed=feed, naming=NAMING, entries=shown, updated=newest), **said)


def listed(document: FeedDocument, posts: int | None = None) -> ListedFeed:
    """The feed of a live *document*; *posts* counts those in its archives too, where there are any."""
    return ListedFeed(
        feed=document.feed,
        posts=len(document.entries) if posts is None else posts,
        updated=document.updated,
        newest=document.entries[0].published if document.entries else None,
        latest=tuple(Link(text=entry.title, href=entry.url) for entry in document.entries[:ON_A_CARD]),
    )


def an_edition(day: str = "2026-11-23", *posts: Entry, **said: Any) -> PublicEdition:
    closing = date.fromisoformat(day)
    period = Period(
        starts=datetime(closing.year, closing.month, closing.day - 7, 7, tzinfo=UTC),
        ends=datetime(closing.year, closing.month, closing.day, 7, tzinfo=UTC),
    )
    edition = Edition(
        id=f"weekly/{day}",
        digest="weekly",
        period=period,
        state=EditionState.DONE,
        reason=None,
        prepared_at=period.ends,
    )
    public = PublicEdition(
        digest_title="The Weekly Digest",
        edition=edition,
        days=(period.starts.date(), closing.replace(day=closing.day - 1)),
        posts=posts or (an_entry(),),
    )
    return replace(public, **said)


def parsed(page: bytes) -> Any:
    return lxml_html.document_fromstring(page.decode())


def the_page(view: FeedPageView) -> Any:
    return parsed(feed_page(view, ENVIRONMENT))
