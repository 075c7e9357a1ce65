"""A poll that is cut off goes on where it was, whatever happens to the blog in the meantime."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.errors import CutOff, SourceError
from solacefeed.http_client.budget import Budget
from solacefeed.sources.wordpress_paging import rows_up_to
from tests.sources.source_world import HOME, NOW, Reader
from tests.support.blog import faults
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve
from tests.support.generated import examples

#: What a poll asks besides posts: where the API is, where it goes on, the index, categories, authors.
BESIDES = 5
PAGE = 5


def an_old_blog(posts: int) -> Blog:
    """A blog whose posts were written one a day, up to a week ago."""
    blog = Blog()
    for number in range(posts):
        blog.add(f"Post {number}", at=NOW - timedelta(days=posts - number + 7), slug=f"post-{number}")
    return blog


def slow_reader(serving: Serving, *, whole: int = PAGE, stamps: int = PAGE) -> Reader:
    """One who has learnt that the blog gives so many posts at once."""
    sizes = [["posts", whole, NOW.isoformat()], ["stamps", stamps, NOW.isoformat()]]
    return Reader(serving, memory={"home": HOME, "sizes": json.dumps(sizes)})


def whole_posts_asked_for(serving: Serving) -> int:
    """How many whole posts were asked for, as pages have them."""
    queries = [parse_qs(urlsplit(asked.target).query) for asked in serving.requests if "/posts?" in asked.target]
    return sum(int(query["per_page"][0]) for query in queries if "content" in query["_fields"][0])


def polled_in_parts(reader: Reader, requests: int, *, most: int = 100) -> int:
    """Polls by so many questions until one comes to its end; returns how many were cut off."""
    for parts in range(most):
        if not reader.cut(requests):
            return parts
    raise AssertionError(f"{most} polls, and no end")


def assert_as_a_newcomer_has_it(reader: Reader) -> None:
    newcomer = Reader(reader.serving)
    newcomer.poll()
    assert reader.complete
    assert reader.posts == newcomer.posts
    assert reader.categories == newcomer.categories
    assert reader.site == newcomer.site


# -- the first crawl ----------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [1, PAGE])
def test_a_first_crawl_that_is_cut_off_goes_on_and_fetches_no_post_twice(whole: int) -> None:
    with serve(an_old_blog(42)) as serving:
        reader = slow_reader(serving, whole=whole)
        assert polled_in_parts(reader, BESIDES + 4) > 2
        assert whole_posts_asked_for(serving) <= 42 + PAGE
        assert_as_a_newcomer_has_it(reader)


def test_a_first_crawl_goes_on_where_a_blog_went_down() -> None:
    with serve(an_old_blog(42)) as serving:
        serving.faults.add(faults.status(500), match=r"/posts\?", skip=3, count=3)
        reader = slow_reader(serving)
        with pytest.raises(SourceError, match="500"):
            reader.poll()
        assert len(reader.posts) == 15
        reader.poll()
        assert whole_posts_asked_for(serving) <= 42 + 2 * PAGE
        assert_as_a_newcomer_has_it(reader)


def test_a_first_crawl_of_several_polls_is_not_complete_before_all_was_looked_at_once_more() -> None:
    blog = an_old_blog(20)
    with serve(blog) as serving:
        reader = slow_reader(serving)
        assert reader.cut(BESIDES + 2)
        blog.delete(2)
        blog.edit(3, at=NOW, title="Another one")
        blog.posts[50] = blog.posts.pop(19)
        reader.poll()
        assert reader.gone == {"2": "deleted (404 rest_post_invalid_id)"}
        assert_as_a_newcomer_has_it(reader)


def test_a_crawl_that_several_polls_made_tells_no_list_of_all_posts_that_it_did_not_see_at_once() -> None:
    with serve(an_old_blog(60)) as serving:
        reader = slow_reader(serving)
        listed = []
        for _ in range(20):
            with suppress(CutOff):
                for batch in reader.steps(budget=Budget(seconds=600, requests=BESIDES + 5)):
                    listed += [batch.listed] if batch.listed is not None else []
        assert reader.complete
        assert listed == []


def test_a_post_that_is_refused_alone_is_named_by_the_poll_that_met_it() -> None:
    with serve(an_old_blog(20)) as serving:
        serving.faults.add(faults.status(500), match=r"/posts\?.*content.*per_page=1&page=4\b")
        reader = slow_reader(serving, whole=1)
        unreadable: dict[str, str] = {}
        with suppress(CutOff):
            for batch in reader.steps(budget=Budget(seconds=600, requests=BESIDES + 8)):
                unreadable |= batch.unreadable
        assert set(unreadable) == {"4"}
        reader.poll()
        # The sweep behind it has asked for it once more.
        assert_as_a_newcomer_has_it(reader)


# -- sweeps -------------------------------------------------------------------------------------------


def a_regular(serving: Serving) -> Reader:
    reader = slow_reader(serving)
    reader.poll()
    return reader


def test_a_sweep_that_is_cut_off_goes_on_and_ends() -> None:
    blog = an_old_blog(60)
    with serve(blog) as serving:
        reader = a_regular(serving)
        blog.delete(7)
        blog.delete(55)
        blog.minor_edit(9, "<p>Unseen.</p>")
        for day in range(1, 4):
            if not reader.cut(10, NOW + timedelta(days=day)):
                break
        assert set(reader.gone) == {"7", "55"}
        before = len(serving.requests)
        reader.poll(NOW + timedelta(days=day))
        assert len(serving.requests) == before + 3


def test_half_a_listing_removes_nothing() -> None:
    blog = an_old_blog(60)
    with serve(blog) as serving:
        reader = a_regular(serving)
        blog.delete(2)
        assert reader.cut(10, NOW + timedelta(days=1))
        assert reader.gone == {}


def test_news_come_while_a_sweep_is_under_way() -> None:
    blog = an_old_blog(60)
    with serve(blog) as serving:
        reader = a_regular(serving)
        tomorrow = NOW + timedelta(days=1)
        assert reader.cut(8, tomorrow)
        new = blog.add("News", at=tomorrow)
        assert reader.cut(8, tomorrow)
        assert str(new) in reader.posts


# -- laws ---------------------------------------------------------------------------------------------

DEEDS = st.sampled_from(["add", "publish", "edit", "delete", "private", "refile", "nothing"])
CUTS = st.lists(st.tuples(st.integers(1, 24), DEEDS, st.integers(0, 40)), max_size=7)


def done(blog: Blog, deed: str, which: int, at: timedelta) -> None:
    """What its owner does to a blog."""
    public = sorted(post.id for post in blog.public_posts())
    post_id = public[which % len(public)] if public else 0
    now = NOW + at
    match deed:
        case "add":
            blog.add("One more", at=now)
        case "publish":
            drafts = sorted(blog.posts.keys() - set(public))
            if drafts:
                blog.republish(drafts[which % len(drafts)], at=now)
        case "edit" if post_id:
            blog.edit(post_id, at=now, title=f"Edited {which}")
        case "delete" if len(public) > 1:
            blog.delete(post_id)
        case "private" if len(public) > 1:
            blog.private(post_id, at=now)
        case "refile" if post_id:
            blog.recategorise(post_id, f"Category {which % 3}", at=now)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(posts=st.integers(0, 33), whole=st.sampled_from([1, PAGE]), cuts=CUTS)
def test_however_often_it_is_cut_off_all_posts_come_once(
    posts: int, whole: int, cuts: list[tuple[int, str, int]]
) -> None:
    with serve(an_old_blog(posts)) as serving:
        reader = slow_reader(serving, whole=whole)
        times = sum(reader.cut(requests) for requests, _, _ in cuts) + 1
        reader.poll()
        # A page that was on its way when a poll was cut off comes again.
        assert whole_posts_asked_for(serving) <= posts + times * 2 * PAGE
        assert_as_a_newcomer_has_it(reader)


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(posts=st.integers(1, 33), whole=st.sampled_from([1, PAGE]), cuts=CUTS, days=st.booleans())
def test_a_blog_that_changes_in_the_midst_of_polls_is_known_as_it_is_in_the_end(
    posts: int, whole: int, cuts: list[tuple[int, str, int]], days: bool
) -> None:
    blog = an_old_blog(posts)
    with serve(blog) as serving:
        reader = slow_reader(serving, whole=whole, stamps=whole)
        later = timedelta()
        for requests, deed, which in cuts:
            with suppress(CutOff):
                for number, _ in enumerate(reader.steps(NOW + later, Budget(seconds=600, requests=requests))):
                    if number == which // 8:
                        done(blog, deed, which, later)
            later += timedelta(days=1) if days else timedelta(minutes=15)
        later += timedelta(minutes=15)
        reader.poll(NOW + later)
        reader.poll(NOW + later + timedelta(days=1))
        assert_as_a_newcomer_has_it(reader)


@given(
    ids=st.sets(st.integers(1, 300), max_size=60).map(sorted),
    last_id=st.integers(1, 300),
    guess=st.integers(0, 80),
    mute=st.frozensets(st.integers(0, 60), max_size=2),
)
def test_where_it_goes_on_is_never_behind_a_row_that_was_not_read(
    ids: list[int], last_id: int, guess: int, mute: frozenset[int]
) -> None:
    asked: list[int] = []

    def id_at(place: int) -> int | None:
        asked.append(place)
        return ids[place] if place < len(ids) and place not in mute else None

    rows = rows_up_to(last_id, guess, id_at)
    right = sum(each <= last_id for each in ids)
    assert rows <= right
    assert mute or rows == right
    assert len(asked) <= 40
    if not mute and 0 < guess <= len(ids) and ids[guess - 1] == last_id:
        assert len(asked) == 1
