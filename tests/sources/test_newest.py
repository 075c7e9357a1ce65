"""The newest posts of a blog alone, whatever kind of source it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from solacefeed.errors import Refused
from solacefeed.http_client.client import HttpClient
from solacefeed.models.blog import Grade
from solacefeed.ports import Batch, Known, Source
from solacefeed.sources.feed import FeedSource
from solacefeed.sources.found import FEED, PAGES, REST, WORDPRESS_COM
from solacefeed.sources.newest import MOST, newest
from solacefeed.sources.pages import PagesSource
from solacefeed.sources.wordpress import WordPressSource
from solacefeed.sources.wordpress_com import PUBLIC_API, WordPressComSource
from tests.sources.source_world import HOME, NOW, a_client
from tests.sources.wordpress_com_world import HOME as HOME_AT_WORDPRESS_COM
from tests.sources.wordpress_com_world import Follower, public_api
from tests.support.blog import faults
from tests.support.blog.answers import SampleAnswer
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve


def a_blog_of(posts: int) -> Blog:
    """One post a day, the last one yesterday; written in another order than they are dated."""
    blog = Blog(title="Officers")
    blog.add_user("jo", "Jo Bloggs")
    blog.add_category("Housing")
    for number in sorted(range(posts), key=lambda each: each % 7):
        at = datetime(2026, 11, 22, 9, tzinfo=UTC) - timedelta(days=posts - 1 - number)
        blog.add(f"Post {number}", at=at, categories=["Housing"], author="jo", slug=f"post-{number}")
    return blog


MADE: Mapping[str, Callable[[HttpClient, str], Source]] = {
    REST: WordPressSource,
    WORDPRESS_COM: WordPressComSource,
    FEED: FeedSource,
    PAGES: PagesSource,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOneKind:
    """The *most* newest posts by one kind of source, over HTTP; a ``ports.Source``."""

    kind: str
    origin: str
    most: int

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        home = HOME_AT_WORDPRESS_COM if self.kind == WORDPRESS_COM else HOME
        with a_client(reach={HOME: self.origin, PUBLIC_API: self.origin}) as client:
            address = f"{home}/feed/" if self.kind == FEED else home
            whole = MADE[self.kind](client, address)
            yield from newest(self.kind, client, address, whole, self.most).changes(known, now)


def read(serving: Serving, kind: str, most: int) -> Follower:
    follower = Follower(OfOneKind(kind=kind, origin=serving.origin, most=most))
    follower.poll()
    return follower


def titles(follower: Follower) -> set[str]:
    return {post.title for post in follower.posts.values()}


def the_last(most: int, *, of: int) -> set[str]:
    return {f"Post {number}" for number in range(of - most, of)}


@pytest.mark.parametrize("kind", [REST, FEED, PAGES])
@pytest.mark.parametrize("most", [1, 7, 12])
def test_the_newest_posts_are_read_and_no_others(kind: str, most: int) -> None:
    with serve(a_blog_of(30)) as serving:
        follower = read(serving, kind, most)
    assert titles(follower) == the_last(most, of=30)
    assert follower.complete


@pytest.mark.parametrize("kind", [REST, FEED, PAGES])
def test_a_blog_with_fewer_posts_is_read_whole(kind: str) -> None:
    with serve(a_blog_of(4)) as serving:
        assert titles(read(serving, kind, 100)) == the_last(4, of=4)


def test_at_wordpress_com_the_newest_are_asked_for_too() -> None:
    with public_api(a_blog_of(30)) as api:
        follower = Follower(OfOneKind(kind=WORDPRESS_COM, origin=api.origin, most=5))
        follower.poll()
    assert titles(follower) == the_last(5, of=30)


def test_of_wordpress_more_is_read_than_stands_on_a_page_and_the_blog_is_described_before() -> None:
    with serve(a_blog_of(230)) as serving:
        source = OfOneKind(kind=REST, origin=serving.origin, most=150)
        batches = list(source.changes(Known(memory={}, posts={}), NOW))
        pages = [asked.target for asked in serving.requests if "orderby=date" in asked.target]
    assert len(pages) == 2
    assert batches[0].site is not None
    assert [category.slug for category in batches[0].categories or ()] == ["uncategorized", "housing"]
    assert {post.title for batch in batches for post in batch.posts} == the_last(150, of=230)
    assert (batches[-1].memory or {})["gap"] == "80"
    assert all(batch.grade is Grade.API for batch in batches)


def test_of_an_endless_blog_so_many_are_read_at_most() -> None:
    with serve(a_blog_of(2)) as serving:
        read(serving, REST, 10**9)
        asked = [each.target for each in serving.requests if "orderby=date" in each.target]
    assert MOST >= 100
    assert all("per_page=100" in target for target in asked)


def test_a_post_that_the_blog_cannot_give_costs_no_other() -> None:
    blog = a_blog_of(12)
    bad = next(post for post in blog.public_posts() if post.title == "Post 9")
    with serve(blog) as serving:
        down = faults.status(500)
        serving.faults.add(lambda answer: down(answer) if b"Post 9" in answer.body else answer, match="wp/v2/posts")
        follower = read(serving, REST, 8)
    assert titles(follower) == the_last(8, of=12) - {"Post 9"}
    assert list(follower.unreadable) == [str(bad.id)]


def test_a_blog_that_tells_no_totals_is_read_to_its_end() -> None:
    with serve(a_blog_of(6)) as serving:
        serving.faults.add(_without_totals)
        assert titles(read(serving, REST, 100)) == the_last(6, of=6)


def _without_totals(answer: SampleAnswer) -> SampleAnswer:
    kept = tuple(pair for pair in answer.headers if not pair[0].lower().startswith("x-wp-"))
    return replace(answer, headers=kept)


def test_where_posts_are_shut_nothing_is_given_so_that_another_kind_has_its_turn() -> None:
    with serve(a_blog_of(3)) as serving:
        serving.faults.add(faults.status(403, body="json"), match="wp/v2/posts")
        with pytest.raises(Refused):
            read(serving, REST, 3)
