"""Feeds as a source, over real HTTP: what a poll brings, what it asks, and what it never believes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from solacefeed.errors import BrokenOff, CutOff, Refused, SourceError
from solacefeed.http_client.budget import Budget
from solacefeed.models.blog import Grade
from solacefeed.ports import Batch, Known
from solacefeed.sources.feed import FeedSource
from solacefeed.text.reading import read
from tests.sources.feed_world import ATOM, FEED, FeedReader, an_atom, an_entry
from tests.sources.source_world import HOME, NOW, Reader, a_client, an_answer, scripted
from tests.support.blog import faults
from tests.support.blog.answers import SampleAnswer
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve
from tests.support.hostile import Said, serving

DAY = timedelta(days=1, minutes=1)
WEEK = timedelta(days=7, minutes=1)
RSS_FEED = f"{HOME}/feed/"


@pytest.fixture
def subscriber(serving: Serving) -> FeedReader:
    """Somebody who has never asked this feed."""
    return FeedReader(serving)


@pytest.fixture
def follower(subscriber: FeedReader) -> FeedReader:
    """Somebody who knows the feed as it was at the test's beginning."""
    subscriber.poll()
    return subscriber


@pytest.fixture
def years() -> Iterator[FeedReader]:
    """Somebody who knows a feed of three pages."""
    blog = Blog(title="Officers & others")
    for number in range(25):
        blog.add(f"Post {number}", at=datetime(2026, 10, 1 + number, 9, tzinfo=UTC), slug=f"post-{number}")
    with serve(blog) as serving:
        reader = FeedReader(serving)
        reader.poll()
        yield reader


def without_etag(answer: SampleAnswer) -> SampleAnswer:
    return replace(answer, headers=tuple(header for header in answer.headers if header[0] != "ETag"))


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


# -- the first crawl ----------------------------------------------------------------------------------


@pytest.mark.parametrize("feed", [FEED, RSS_FEED, f"{HOME}/?feed=atom", f"{HOME}/index.php?feed=rss2"])
def test_a_first_crawl_brings_all_history_page_by_page(years: FeedReader, feed: str) -> None:
    newcomer = FeedReader(years.serving, urls=(feed,))
    asked = newcomer.asked_in_a_poll()
    assert len(newcomer.posts) == 25
    assert newcomer.complete
    assert [status for _, status in asked] == [200, 200, 200, 404]
    assert [target.rpartition("paged=")[2] for target, _ in asked][1:] == ["2", "3", "4"]


def test_a_post_says_all_that_the_feed_shows(blog: Blog, follower: FeedReader) -> None:
    post = follower.posts[f"{HOME}/?p=5"]
    assert post.number == "5"
    assert post.url == blog.permalink(blog.posts[5])
    assert (post.title, post.content) == ("Post 4", blog.posts[5].content.strip())
    assert post.published == post.modified == blog.posts[5].date_gmt
    assert (post.author_name, post.author_id, post.category_numbers) == ("Jo Bloggs", None, None)
    assert [name.name for name in post.category_names or ()] == ["Housing"]
    assert not post.day_only


@pytest.mark.parametrize("feed", [FEED, RSS_FEED])
def test_the_feed_says_the_same_as_the_api(serving: Serving, feed: str) -> None:
    at = later(-5)
    blog = serving.blog
    blog.add(
        "Caf&eacute; &amp; <em>more</em>", "<p>a &lt; b]]> &nbsp;\x0b</p>", at=at, categories=["Health & Wellbeing"]
    )
    api, reader = Reader(serving), FeedReader(serving, urls=(feed,))
    api.poll()
    reader.poll()
    assert len(reader.posts) == len(api.posts) == 6
    for theirs in api.posts.values():
        ours = reader.posts[theirs.guid or ""]
        assert (ours.number, ours.url, ours.published) == (theirs.number, theirs.url, theirs.published)
        assert ours.modified in (None, theirs.modified)
        assert ours.comments_url == theirs.comments_url
        told = (read(post.title, post.content or "", url=post.url, own_excerpt=post.excerpt) for post in (ours, theirs))
        assert len(set(told)) == 1
        names = {category.name for category in api.categories if category.number in (theirs.category_numbers or ())}
        assert {name.name for name in ours.category_names or ()} == names


def test_what_a_feed_says_of_the_blog_is_told_once(follower: FeedReader) -> None:
    follower.poll(after=DAY)
    assert [(site.title, site.url) for site in follower.sites] == [("Officers &amp; others", HOME)]
    follower.serving.blog.title = "Renamed"
    follower.poll(after=DAY)
    assert [site.title for site in follower.sites][1:] == ["Renamed"]


def test_batches_come_from_a_feed_and_only_the_last_remembers(serving: Serving) -> None:
    with a_client(reach={HOME: serving.origin}) as client:
        batches = list(FeedSource(client, FEED).changes(Known(memory={}, posts={}), NOW))
    assert {batch.grade for batch in batches} == {Grade.FEED}
    assert [batch.memory is not None for batch in batches] == [batch.complete for batch in batches]
    assert [batch.complete for batch in batches][-2:] == [False, True]


def test_a_crawl_that_was_cut_off_begins_anew(years: FeedReader) -> None:
    newcomer = FeedReader(years.serving)
    years.serving.faults.add(faults.status(500), match="paged=3", count=1)
    with pytest.raises(Refused, match="answered 500"):
        newcomer.poll()
    assert (len(newcomer.posts), newcomer.complete) == (20, False)
    newcomer.poll()
    assert (len(newcomer.posts), newcomer.complete) == (25, True)


# -- quiet polls --------------------------------------------------------------------------------------


def test_a_quiet_poll_is_one_small_request(follower: FeedReader) -> None:
    assert follower.asked_in_a_poll() == [("/feed/atom/", 304)]
    assert follower.serving.requests[-1].octets == 0
    assert "if-modified-since" not in follower.serving.requests[-1].headers


def test_a_server_without_etags_is_asked_by_date(follower: FeedReader) -> None:
    follower.serving.faults.add(without_etag, match="feed", count=1)
    follower.poll(after=DAY)
    assert follower.asked_in_a_poll() == [("/feed/atom/", 304)]
    asked = follower.serving.requests[-1].headers
    assert ("if-none-match" in asked, "if-modified-since" in asked) == (False, True)


@pytest.mark.parametrize("etag", ['"a"\r\nX-Evil: 1', "", "W/", "é", '"' + "a" * 1000 + '"'])
def test_a_validator_that_can_stand_in_no_header_is_not_sent(etag: str) -> None:
    with scripted([an_answer()]) as script, a_client() as client:
        client.get(script.origin, accept=ATOM, etag=etag)
    assert not re.search(r"evil|none-match", script.heard[0], re.IGNORECASE)


def test_once_a_day_the_feed_is_asked_without_conditions(follower: FeedReader) -> None:
    follower.serving.blog.rename_author("jo", "Josephine Bloggs")
    assert follower.poll() == []
    assert len(follower.poll(after=DAY)) == 5
    assert {post.author_name for post in follower.posts.values()} == {"Josephine Bloggs"}
    assert follower.asked_in_a_poll() == [("/feed/atom/", 304)]


def test_a_poll_ends_at_the_first_page_with_nothing_new(years: FeedReader) -> None:
    years.serving.blog.add("Fresh", at=later(1))
    asked = years.asked_in_a_poll()
    assert asked == [("/feed/atom/", 200), ("/feed/atom/?paged=2", 200)]
    assert years.posts[f"{HOME}/?p=26"].title == "Fresh"


# -- what changed -------------------------------------------------------------------------------------


def test_a_new_and_an_edited_post_are_noticed_at_once(blog: Blog, follower: FeedReader) -> None:
    blog.add("Fresh", at=later(1))
    blog.edit(3, title="Edited", at=later(1))
    assert sorted(follower.poll()) == ["Edited", "Fresh"]
    assert follower.poll() == []


def test_an_edit_further_back_is_found_by_reading_on(years: FeedReader) -> None:
    years.poll(after=DAY)
    years.serving.blog.edit(2, title="Edited", at=later(48))
    assert years.poll() == ["Edited"]
    assert years.asked_in_a_poll() == [("/feed/atom/", 304)]


def test_reading_on_happens_once_a_day_and_is_never_forgotten(years: FeedReader) -> None:
    years.serving.blog.edit(2, title="Edited", at=later(1))
    assert years.poll() == []
    assert years.poll() == []
    assert years.poll(after=DAY) == ["Edited"]


def test_a_post_of_an_old_date_is_found_within_a_week(years: FeedReader) -> None:
    years.serving.blog.add("Imported", at=datetime(2026, 10, 2, tzinfo=UTC))
    assert years.poll(after=DAY) == []
    assert years.poll(after=WEEK) == ["Imported"]


def test_absence_means_nothing(blog: Blog, follower: FeedReader) -> None:
    blog.trash(5, at=later(1))
    blog.delete(4)
    assert follower.poll(after=WEEK) == []
    assert len(follower.posts) == 5


@pytest.mark.parametrize("feed", [FEED, RSS_FEED])
def test_a_post_behind_a_password_shows_nothing_of_itself(serving: Serving, feed: str) -> None:
    reader = FeedReader(serving, urls=(feed,))
    reader.poll()
    serving.blog.protect(5, at=later(1))
    assert reader.poll() == ["Post 4"]
    post = reader.posts[f"{HOME}/?p=5"]
    assert (post.protected, post.content, post.excerpt) == (True, None, None)
    serving.blog.protect(5, "", at=later(2))
    reader.poll()
    assert not reader.posts[f"{HOME}/?p=5"].protected


def test_a_control_character_in_a_post_costs_nobody(blog: Blog, follower: FeedReader) -> None:
    blog.add("With \x0b and \x07", "<p>a\x0bb</p>", at=later(1))
    assert follower.poll() == ["With   and"]


def test_a_post_that_could_not_be_read_is_news_once_it_can(blog: Blog, follower: FeedReader) -> None:
    blog.slug(5, "x" * 3000, at=later(1))
    follower.poll()
    assert follower.unreadable == {"5": "its address has 3037 characters"}
    blog.slug(5, "post-4", at=later(2))
    assert follower.poll() == ["Post 4"]


# -- several feeds ------------------------------------------------------------------------------------


def test_a_post_in_several_feeds_is_taken_once(serving: Serving) -> None:
    serving.blog.add("Both", at=later(-1), categories=["Housing", "Health & Wellbeing"])
    feeds = (f"{HOME}/category/housing/feed/atom/", f"{HOME}/category/health-wellbeing/feed/")
    reader = FeedReader(serving, urls=feeds)
    assert sorted(reader.poll()) == ["Both", *(f"Post {number}" for number in range(5))]
    assert reader.sites == []
    assert reader.poll(after=DAY) == []
    assert [status for _, status in reader.asked_in_a_poll()] == [304, 304]


def test_a_category_feed_holds_its_childrens_posts(serving: Serving) -> None:
    serving.blog.add("Below", at=later(-1), categories=["Health & Wellbeing"])
    assert "Below" in FeedReader(serving, urls=(f"{HOME}/?feed=atom&cat={serving.blog.category('Housing').id}",)).poll()


def test_a_category_that_is_no_more_has_a_feed_of_nothing(serving: Serving) -> None:
    reader = FeedReader(serving, urls=(f"{HOME}/category/gone/feed/atom/",))
    assert reader.poll() == []
    assert reader.complete


def test_a_feed_that_refuses_does_not_stop_the_others(serving: Serving) -> None:
    serving.faults.add(faults.status(403), match="/category/")
    reader = FeedReader(serving, urls=(f"{HOME}/category/housing/feed/", FEED))
    with pytest.raises(Refused, match=r"/category/housing/feed/: answered 403 \(Forbidden\); the feed is closed to us"):
        reader.poll()
    assert (len(reader.posts), reader.complete, reader.memory) == (5, False, {})


@pytest.mark.more
def test_what_is_remembered_stays_small() -> None:
    blog = Blog(title="T" * 100_000)
    for number in range(300):
        blog.add(f"Post {number}", at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number), slug=f"post-{number}")
    with serve(blog) as serving:
        reader = FeedReader(serving)
        reader.poll()
    assert len(reader.posts) == 300
    assert sum(map(len, reader.memory.values())) < 300 * 17 + 1200


# -- what is never believed ---------------------------------------------------------------------------

BROKEN = {
    "html": (faults.page_instead(), "HTML instead of a feed; is that the feed's own address"),
    "warning": (faults.junk(), "something stands before the XML, such as a warning of PHP"),
    "half": (faults.cut(900), "not well-formed .*; was it cut off on its way"),
    "text": (faults.content(b"Later."), "not well-formed"),
    "other document": (faults.content(b"<opml version='2.0'/>"), "a document of <opml>, which is no feed"),
    "nothing": (faults.content(b""), "an empty answer instead of a feed"),
    "down": (faults.status(500), "answered 500 .*; the blog has a fault of its own"),
    "maintenance": (faults.status(503, retry_after=600), "maintenance, or too much to do; asks to come back in 600 s"),
    "challenge": (faults.challenge(), "answered 403"),
    "not modified": (faults.status(304, body="empty"), "answered 304"),
    "away": (faults.redirect(302, "https://elsewhere.example/feed/"), "another host"),
    "broken off": (faults.truncated(900), "broke off"),
    "bomb": (faults.gzip_bomb(100), "larger than 4000000 bytes"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_changes_nothing_and_is_one_clear_line(follower: FeedReader, name: str) -> None:
    spoil, line = BROKEN[name]
    before = (dict(follower.posts), dict(follower.memory))
    follower.serving.faults.add(spoil, match="feed")
    with pytest.raises(SourceError, match=line) as caught:
        follower.poll(after=DAY)
    assert str(caught.value).startswith(f"{HOME}/feed/atom/: ")
    assert "\n" not in str(caught.value)
    assert (follower.posts, follower.memory) == before
    follower.serving.faults.clear()
    follower.serving.blog.add("Fresh", at=later(25))
    assert follower.poll() == ["Fresh"]


def test_a_byte_order_mark_and_empty_lines_are_harmless(follower: FeedReader) -> None:
    follower.serving.faults.add(faults.bom(), match="feed")
    assert follower.poll(after=DAY) == []


# -- where older posts are ----------------------------------------------------------------------------


def followed(*documents: str, urls: int) -> list[str]:
    """Serves the documents one after another at one address, and returns what was asked for in a first crawl."""
    with scripted([an_answer(document.encode(), kind=ATOM) for document in documents]) as script:
        with a_client() as client:
            list(FeedSource(client, f"{script.origin}/feed").changes(Known(memory={}, posts={}), NOW))
        assert len(script.heard) == urls
        return [head.split()[1] for head in script.heard]


def link(rel: str, href: str) -> str:
    return f'<link rel="{rel}" href="{href}"/>'


def test_archives_and_next_pages_are_followed() -> None:
    documents = (
        an_atom(an_entry(number=3), head=link("prev-archive", "/2026-10") + link("next", "/feed?page=2")),
        an_atom(an_entry(number=2), head=link("next", "http://127.0.0.1/feed?page=3")),
        an_atom(an_entry(number=1)),
    )
    assert followed(*documents, urls=3) == ["/feed", "/2026-10", "/feed?page=3"]


@pytest.mark.parametrize(
    "href",
    ["http://elsewhere.example/feed?page=2", "/feed", "javascript:alert(1)", "file:///etc/passwd", "http://[", ""],
)
def test_a_way_that_leads_elsewhere_or_back_is_not_taken(href: str) -> None:
    assert followed(an_atom(an_entry(), head=link("next", href)), urls=1) == ["/feed"]


def test_a_feed_that_leads_on_for_ever_is_left_when_it_repeats_itself() -> None:
    pages = [an_atom(an_entry(number=1), head=link("next", f"/feed?page={number}")) for number in (2, 3, 4)]
    assert followed(*pages, urls=2) == ["/feed", "/feed?page=2"]


def endless(first: int = 1) -> Callable[[str], Said]:
    """A feed that leads on for ever, each page with a post of its own."""

    def answer(path: str) -> Said:
        number = int(path.partition("page=")[2] or first)
        page = an_atom(an_entry(number=number), head=link("next", f"/feed?page={number + 1}"))
        return Said(body=page.encode(), kind=ATOM)

    return answer


def polled(url: str, known: Known, *, requests: int = 1_000, most_pages: int = 100) -> tuple[list[Batch], str]:
    """The batches of a poll within so many *requests*, and by which words it was cut off."""
    batches: list[Batch] = []
    with a_client(budget=Budget(seconds=60, requests=requests)) as client:
        try:
            for batch in FeedSource(client, url, most_pages=most_pages).changes(known, NOW):
                batches.append(batch)
        except CutOff as cut:
            return batches, str(cut)
    return batches, ""


def titles(batches: Iterable[Batch]) -> list[str]:
    return [post.title for batch in batches for post in batch.posts]


def remembered(batches: Iterable[Batch]) -> Mapping[str, str]:
    return [batch.memory for batch in batches if batch.memory is not None][-1]


def test_a_way_back_without_end_is_left_where_it_is_believed_to_end_and_that_is_said() -> None:
    with serving(endless()) as blog:
        batches, words = polled(f"{blog.origin}/feed", Known(memory={}, posts={}), most_pages=10)
    assert len(blog.asked) == 10
    assert batches[-1].complete
    assert words.endswith("/feed: leads back more than 10 pages; what is behind them is not read")


def test_a_way_back_that_was_cut_off_is_gone_on_with_and_brings_nothing_again() -> None:
    with serving(endless()) as blog:
        url = f"{blog.origin}/feed"
        first, words = polled(url, Known(memory={}, posts={}), requests=4)
        assert words.startswith("the poll was cut off after 4 questions; what was read is kept")
        assert titles(first) == ["Post 1", "Post 2", "Post 3", "Post 4"]
        known = Known(memory=remembered(first), posts={})
        second, _ = polled(url, known, requests=4)
        assert titles(second) == ["Post 5", "Post 6", "Post 7"]
        third, words = polled(url, Known(memory=remembered(second), posts={}), most_pages=9)
        assert (titles(third), third[-1].complete) == (["Post 8", "Post 9"], True)
        assert "leads back more than 9 pages" in words
        blog.asked.clear()
        later, words = polled(url, Known(memory=remembered(third), posts={}, complete=True), most_pages=9)
        assert (titles(later), words, blog.asked) == ([], "", ["/feed"])


def test_news_come_first_while_a_way_back_is_gone_on_with() -> None:
    number = 1
    with serving(lambda path: endless(number)(path)) as blog:
        url = f"{blog.origin}/feed"
        first, _ = polled(url, Known(memory={}, posts={}), requests=3)
        number = 0
        second, _ = polled(url, Known(memory=remembered(first), posts={}), requests=4)
        assert titles(second) == ["Post 0", "Post 4", "Post 5"]


def test_a_poll_that_ends_among_the_news_loses_neither_those_nor_the_way_back() -> None:
    first = 3
    with serving(lambda path: endless(first)(path)) as blog:
        url = f"{blog.origin}/feed"
        begun, _ = polled(url, Known(memory={}, posts={}), requests=5)
        first = 0
        cut, _ = polled(url, Known(memory=remembered(begun), posts={}), requests=2)
        assert titles(cut) == ["Post 0", "Post 1"]
        last, _ = polled(url, Known(memory=remembered(cut), posts={}), most_pages=9)
    assert titles(last) == [f"Post {number}" for number in (0, 1, 2, 8, 9, 10, 11)]


def test_a_way_back_that_somebody_broke_off_is_gone_on_with_too() -> None:
    batches: list[Batch] = []
    with serving(endless()) as blog:
        url = f"{blog.origin}/feed"
        budget = Budget(seconds=60, requests=100, stop=lambda: len(blog.asked) == 4)
        with a_client(budget=budget) as client, pytest.raises(BrokenOff):
            batches.extend(FeedSource(client, url).changes(Known(memory={}, posts={}), NOW))
        blog.asked.clear()
        second, _ = polled(url, Known(memory=remembered(batches), posts={}), requests=3)
        assert [number for number in titles(second) if number in titles(batches)] == []
        assert blog.asked[0] == "/feed"
        assert blog.asked[1] in ("/feed?page=4", "/feed?page=5")
