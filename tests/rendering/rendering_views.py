"""Builders of views: everything has a sensible value, and a test says only what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from solacefeed.digest.edition_view import CorrectionView, EditionView, PromotionView, StoryView
from solacefeed.models.feeds import FeedKind
from solacefeed.publish.directory import DirectoryView, FeedView, SectionView
from solacefeed.publish.page import Link
from solacefeed.views.events import EventView

POST = StoryView(
    title="The quiet budget",
    url="https://blog.example.org/the-quiet-budget/",
    author="Jo Carver",
    role="Chief Executive of Saltby",
    published="18 November 2026",
    excerpt="Some savings announce themselves. Others simply stop being asked about.",
    categories=("Housing", "Scotland"),
)
PROMOTION = PromotionView(
    name="Chief Officers' Summit",
    when="13 to 15 April 2027",
    place="Harrogate",
    line="In five months",
    text="Three days with those who run local services.",
    url="https://events.example.org/summit",
    standing=None,
    to_be=True,
    bookable=True,
    book_by="26 March 2027",
    calendar_url="https://feeds.example.org/events/summit.ics",
)
EVENT = EventView(
    name=PROMOTION.name,
    when=PROMOTION.when,
    place=PROMOTION.place,
    text=PROMOTION.text,
    url=PROMOTION.url,
    standing=None,
    to_be=True,
    bookable=True,
    book_by=PROMOTION.book_by,
)
EDITION = EditionView(
    digest_title="Weekly digest",
    site_title="Chief Officers' Blog",
    site_url="https://blog.example.org",
    organisation="Society of Chief Officers",
    postal_address="45 Great Anytown Street, Anytown AN1 2YT",
    language="en-GB",
    site_language=None,
    direction="ltr",
    day="23 November 2026",
    span="16 to 22 November 2026",
    subject=None,
    opening=(),
    notices=(),
    lead=POST,
    features=(),
    titles=(),
    more=0,
    topics=(),
    away=(),
    away_more=0,
    promotions=(PROMOTION,),
    events_first=True,
    corrections=(),
    offers=(),
    left_without=False,
    edition_url="https://feeds.example.org/weekly/2026-11-23",
    feeds_url="https://feeds.example.org/index.html",
    subscribe_url="https://mail.example.org/subscribe",
)
FEED = FeedView(
    kind=FeedKind.ALL,
    name="All posts",
    title="Chief Officers' Blog",
    stem="all",
    page="all/index.html",
    atom_url="https://feeds.example.org/all.atom",
    facts="20 posts, newest 20 November 2026",
    latest=(Link(text=POST.title, href=POST.url),),
    formats=(
        Link(text="Atom", href="all.atom"),
        Link(text="RSS", href="all.rss"),
        Link(text="JSON", href="all.json"),
    ),
)
DIRECTORY = DirectoryView(
    site_title=EDITION.site_title,
    site_url=EDITION.site_url,
    organisation=EDITION.organisation,
    language="en-GB",
    site_language=None,
    url="https://feeds.example.org/",
    sections=(SectionView(heading="What you can follow", feeds=(FEED,)),),
    subscribe_url="https://mail.example.org/subscribe",
    events_page="events/index.html",
    events=(EVENT,),
)


def a_post(**said: Any) -> StoryView:
    return replace(POST, **said)


def a_promotion(**said: Any) -> PromotionView:
    return replace(PROMOTION, **said)


def a_correction(**said: Any) -> CorrectionView:
    told = {"title": "The quiet budgets", "url": POST.url, "old_title": POST.title}
    return CorrectionView(**told | said)


def an_event_view(**said: Any) -> EventView:
    return replace(EVENT, **said)


def an_edition(*posts: StoryView, **said: Any) -> EditionView:
    """Of *posts*, in their places; of one where none is said."""
    if posts:
        featured = 5 if len(posts) <= 5 else 4
        said = {"lead": posts[0], "features": posts[1:featured], "titles": posts[featured:]} | said
    return replace(EDITION, **said)


def a_feed(**said: Any) -> FeedView:
    return replace(FEED, **said)


def a_section(*feeds: FeedView, **said: Any) -> SectionView:
    return replace(DIRECTORY.sections[0], feeds=feeds, **said)


def a_directory(**said: Any) -> DirectoryView:
    return replace(DIRECTORY, **said)


def a_link(text: str, href: str) -> Link:
    return Link(text=text, href=href)
