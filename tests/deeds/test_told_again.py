"""A post that was set aside by a fault of ours is told again by its feed and its pages, though nobody edits it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from solacefeed.deeds.posts.decisions import retry_quarantined
from solacefeed.deeds.posts.take_over import PollResult, Read, take_over
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import SourcePost
from solacefeed.models.posts import Reading
from solacefeed.ports import Source
from solacefeed.sources.feed import FeedSource
from solacefeed.sources.pages import PagesSource
from solacefeed.store import posts, quarantine
from solacefeed.store.database import Store
from tests.sources.source_world import HOME, NOW, a_client
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve
from tests.support.builders import a_reading
from tests.support.counting import transactions_that_write
from tests.support.fakes import SettableClock

KINDS: dict[str, Callable[[HttpClient], Source]] = {
    "a feed": lambda client: FeedSource(client, f"{HOME}/feed/atom/"),
    "pages": lambda client: PagesSource(client, f"{HOME}/"),
}


def stumbling(post: SourcePost) -> Reading:
    if "Post 3" in post.title:
        raise RecursionError("too deep")
    return a_reading(post)


class Follower:
    """A store that follows a blog of three pages."""

    def __init__(self, store: Store, serving: Serving, kind: str) -> None:
        self.store = store
        self.clock = SettableClock(NOW)
        self._serving = serving
        self._kind = KINDS[kind]

    def poll(self, *, after: timedelta = timedelta(minutes=15), read: Read = a_reading) -> PollResult:
        self.clock.now += after
        with a_client(reach={HOME: self._serving.origin}) as client:
            source = self._kind(client)
            return take_over(self.store, source, self.clock, url=HOME, read=read, on_batch=lambda _: None)

    def asked_in_a_poll(self, *, after: timedelta = timedelta(minutes=15)) -> int:
        before = len(self._serving.requests)
        self.poll(after=after, read=stumbling)
        return len(self._serving.requests) - before

    def titles(self) -> set[str]:
        with self.store.read() as connection:
            return {post.title for post in posts.listing(connection, limit=100)}

    def set_aside(self) -> int:
        with self.store.read() as connection:
            return len(quarantine.everything(connection))


@pytest.fixture(params=KINDS)
def follower(request: pytest.FixtureRequest, sqlite_store: Store) -> Iterator[Follower]:
    blog = Blog(title="Officers & others")
    for number in range(25):
        at = datetime(2026, 10, 1 + number, 9, tzinfo=UTC)
        blog.add(f"Post {number:02}" if number != 3 else "Post 3", f"<p>Text {number}.</p>", at=at, slug=f"p-{number}")
    with serve(blog) as serving:
        follower = Follower(sqlite_store, serving, request.param)
        assert follower.poll(read=stumbling).unreadable == 1
        yield follower


def test_it_is_told_again_within_a_day(follower: Follower) -> None:
    assert follower.poll().new == 0
    assert follower.poll(after=timedelta(days=1)).new == 1
    assert "Post 3" in follower.titles()
    assert follower.set_aside() == 0


def test_a_retry_makes_the_next_poll_tell_it_again_at_once(follower: Follower) -> None:
    follower.poll()
    assert retry_quarantined(follower.store, HOME) == 1
    assert follower.poll().new == 1
    assert follower.set_aside() == 0


def test_what_fails_again_is_looked_for_once_a_day_alone(follower: Follower) -> None:
    quiet = follower.asked_in_a_poll()
    assert follower.asked_in_a_poll(after=timedelta(days=1, minutes=1)) > quiet
    assert [follower.asked_in_a_poll() for _ in range(3)] == [quiet] * 3
    retry_quarantined(follower.store, HOME)
    assert follower.asked_in_a_poll() > quiet
    assert follower.asked_in_a_poll() == quiet
    assert follower.set_aside() == 1


def test_what_the_blog_shows_no_more_is_looked_for_once_a_day_alone(follower: Follower) -> None:
    (number,) = (n for n, post in follower._serving.blog.posts.items() if post.title == "Post 3")
    del follower._serving.blog.posts[number]
    follower.poll(after=timedelta(days=1, minutes=1))
    quiet = follower.asked_in_a_poll()
    with transactions_that_write(follower.store) as writes:
        assert follower.asked_in_a_poll() == quiet
    assert writes.count == 0
