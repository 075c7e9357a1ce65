"""What can be followed, as the first page shows it: each category with what it last said, feeds, the calendar."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypedDict
from urllib.parse import quote

import sqlalchemy as sa

from solacefeed.models.digests import CategoryNames
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import CategoryId
from solacefeed.publish.event_documents import CALENDAR, PAGE
from solacefeed.publish.feeds import tree_order
from solacefeed.publish.page import Link, page_path
from solacefeed.site import Site
from solacefeed.store import categories, feeds
from solacefeed.store.feeds import PublishedFeed
from solacefeed.views.posts import published_words
from solacefeed.web.views import FollowedView

#: More categories than these are found on the page of all feeds.
SHOWN = 24


class WithoutEmail(TypedDict):
    """What a page says of the ways that need no address."""

    feeds: str | None
    events: str | None
    calendar: str | None


def followed(
    connection: sa.Connection,
    names: CategoryNames,
    site: Site,
    *,
    mailed: Collection[CategoryId],
    subscribe: str,
) -> tuple[FollowedView, ...]:
    """The categories that have a feed, in their order; those that are *mailed* lead to the form, ticked there."""
    published = feeds.everything(connection)
    shown = [each for each in tree_order(categories.everything(connection), names) if names.shows(each)]
    ticked = f"{subscribe}{'&' if '?' in subscribe else '?'}categories="
    pairs = ((each, published.get(FeedKind.CATEGORY.key(each.id))) for each in shown)
    return tuple(
        FollowedView(
            name=names.label(each),
            page=site.published_at(page_path(feed.stem)),
            subscribe=f"{ticked}{quote(each.slug)}" if each.id in mailed else None,
            latest=_latest(feed),
            day=published_words(feed.newest, site.zone, site.language) if feed.newest else None,
        )
        for each, feed in pairs
        if feed and feed.retired_at is None
    )[:SHOWN]


def _latest(feed: PublishedFeed) -> Link | None:
    return next((Link(text=title, href=url) for title, url in feed.latest), None)


def without_email(site: Site, *, feeds: bool, events: bool) -> WithoutEmail:
    """Of what was published: *feeds* are there from the first publish on, *events* where the site has any."""
    return {
        "feeds": site.published_at("index.html") if feeds else None,
        "events": site.published_at(PAGE) if events else None,
        "calendar": f"webcal:{site.published_at(CALENDAR).partition(':')[2]}" if events else None,
    }
