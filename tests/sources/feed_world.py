"""The vocabulary of the feeds' tests: documents in each format, and a reader who keeps what it was told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from solacefeed.http_client.answer import Answer
from solacefeed.models.blog import BlogInfo, SourcePost
from solacefeed.ports import Batch, Known
from solacefeed.sources import feed_answers
from solacefeed.sources.feed import FeedSource
from solacefeed.sources.feed_entry import FeedPage
from tests.sources.source_world import HOME, a_client
from tests.support.blog.server import Serving

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
FEED = f"{HOME}/feed/atom/"
ATOM = "application/atom+xml; charset=UTF-8"
RSS = "application/rss+xml; charset=UTF-8"
JSON = "application/feed+json"

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
)


def an_entry(inside: str = "", *, number: int = 1) -> str:
    """An Atom entry with all that it must have, and more."""
    return (
        f"<entry><id>tag:blog.example.org,2026:{number}</id><title>Post {number}</title>"
        f'<link href="https://blog.example.org/post-{number}/"/><published>2026-11-16T09:00:00Z</published>'
        f"<updated>2026-11-17T10:00:00Z</updated>{inside}</entry>"
    )


def an_atom(*entries: str, head: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title>{head}{"".join(entries)}</feed>'


def an_item(inside: str = "") -> str:
    """An RSS item with a link and a date, and more."""
    link = "<link>https://blog.example.org/post-1/</link>"
    return f"<item>{link}<pubDate>Mon, 16 Nov 2026 09:00:00 +0000</pubDate>{inside}</item>"


def an_rss(*items: str, head: str = "") -> str:
    channel = f"<title>A blog</title><link>https://blog.example.org/</link>{head}"
    return f'<rss version="2.0" {NAMESPACES}><channel>{channel}{"".join(items)}</channel></rss>'


def a_json_feed(*items: dict[str, Any], **more: Any) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "A blog", "items": items, **more})


def an_answer_of(document: str | bytes, *, kind: str = ATOM, status: int = 200) -> Answer:
    body = document.encode() if isinstance(document, str) else document
    return Answer(status=status, url=FEED, headers={"content-type": kind}, body=body)


def page_of(document: str | bytes, *, kind: str = ATOM) -> FeedPage:
    return feed_answers.page(an_answer_of(document, kind=kind), NOW)


def post_of(document: str | bytes, *, kind: str = ATOM) -> SourcePost:
    """The one post that the document shows."""
    page = page_of(document, kind=kind)
    assert page.unreadable == {}
    (post,) = page.posts
    return post


@dataclass(slots=True)
class FeedReader:
    """Commits each batch, as the deed does."""

    serving: Serving
    urls: tuple[str, ...] = (FEED,)
    now: datetime = NOW
    timeout: float = 20
    sites: list[BlogInfo] = field(default_factory=list)
    posts: dict[str, SourcePost] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    memory: dict[str, str] = field(default_factory=dict)
    complete: bool = False

    def poll(self, *, after: timedelta = timedelta(minutes=15)) -> list[str]:
        """Polls to the end some time *after* the last poll, and returns the titles that it brought."""
        self.now += after
        known = Known(memory=self.memory, posts={}, complete=self.complete)
        brought: list[str] = []
        with a_client(timeout=self.timeout, reach={HOME: self.serving.origin}) as client:
            for batch in FeedSource(client, self.urls).changes(known, self.now):
                self._commit(batch)
                brought += [post.title for post in batch.posts]
        return brought

    def asked_in_a_poll(self, *, after: timedelta = timedelta(minutes=15)) -> list[tuple[str, int | None]]:
        """Polls, and returns what was asked for, and the status of each answer."""
        before = len(self.serving.requests)
        self.poll(after=after)
        return [(asked.target, asked.status) for asked in self.serving.requests[before:]]

    def _commit(self, batch: Batch) -> None:
        assert batch.gone == {}
        self.sites += [batch.site] if batch.site else []
        self.posts |= {post.guid or post.url: post for post in batch.posts}
        self.unreadable |= batch.unreadable
        self.memory = self.memory if batch.memory is None else dict(batch.memory)
        self.complete = self.complete or batch.complete
