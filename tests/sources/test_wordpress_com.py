from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from solacefeed.errors import CutOff, Refused, SourceError
from solacefeed.http_client.budget import Budget
from solacefeed.models.blog import Author, Tag
from solacefeed.models.posts import Image
from solacefeed.ports import Batch, Known
from solacefeed.sources.wordpress_com import PUBLIC_API, WordPressComSource
from tests.sources.source_world import NOW, a_blog, a_client
from tests.sources.wordpress_com_world import HOME, SITE, Follower, PublicApi, public_api
from tests.support.blog.blog import Blog
from tests.support.builders import a_source_category

LATER = NOW - timedelta(hours=1)
CORE, OLD = "wp/v2", "rest/v1.1"
_SITE_QUESTION = "/?fields=name,description,URL,options"


@dataclass(slots=True, kw_only=True)
class InParts:
    """The source of which each poll may ask so many *requests*."""

    origin: str
    requests: int

    def changes(self, known: Known, now: datetime) -> Iterator[Batch]:
        budget = Budget(seconds=600, requests=self.requests)
        with a_client(reach={PUBLIC_API: self.origin}, budget=budget) as client:
            yield from WordPressComSource(client, HOME).changes(known, now)


@contextmanager
def following(
    blog: Blog, *, namespaces: tuple[str, ...] = (CORE, OLD), requests: int = 1000
) -> Iterator[tuple[Follower, PublicApi]]:
    """Somebody who follows *blog* at WordPress.com, where these *namespaces* answer."""
    with public_api(blog) as api:
        api.open = namespaces
        yield Follower(InParts(origin=api.origin, requests=requests)), api


def every_post(blog: Blog) -> set[str]:
    return {str(post.id) for post in blog.public_posts()}


@pytest.fixture(params=[(CORE, OLD), (OLD,)], ids=["wp/v2", "rest/v1.1"])
def namespaces(request: pytest.FixtureRequest) -> tuple[str, ...]:
    names: tuple[str, ...] = request.param
    return names


def test_a_first_crawl_takes_every_post_page_by_page(namespaces: tuple[str, ...]) -> None:
    blog = a_blog(230)
    with following(blog, namespaces=namespaces) as (follower, _):
        follower.poll()
    assert set(follower.posts) == every_post(blog)
    assert follower.complete


def test_a_post_arrives_as_the_blog_has_it(namespaces: tuple[str, ...]) -> None:
    blog = a_blog(0)
    at = datetime(2026, 7, 1, 11, 30, tzinfo=UTC)
    number = blog.add("Caf&#233;", "<p>Text</p>", at=at, categories=["Housing", "Uncategorized"], author="jo", slug="c")
    with following(blog, namespaces=namespaces) as (follower, _):
        follower.poll()
    post = follower.posts[str(number)]
    assert (post.title, post.content and post.content.strip()) == ("Caf&#233;", "<p>Text</p>")
    assert (post.url, post.guid) == (f"{blog.url}/2026/07/01/c/", f"{blog.url}/?p={number}")
    assert post.published == post.modified == at
    assert (post.author_id, post.category_numbers) == ("2", ("1", "2"))


def test_the_blog_itself_is_described(namespaces: tuple[str, ...]) -> None:
    with following(a_blog(), namespaces=namespaces) as (follower, _):
        follower.poll()
    assert follower.site is not None
    assert (follower.site.title, follower.site.time_zone) == ("Officers &amp; others", "Europe/London")
    health = a_source_category(number="3", slug="health-wellbeing", name="Health & Wellbeing", parent_number="2")
    assert health in follower.categories
    assert follower.authors["2"] == Author(id="2", name="Jo Bloggs")


def test_a_zone_that_strangers_are_not_told_is_utc() -> None:
    with following(a_blog()) as (follower, api):
        api.tells_zone = False
        follower.poll()
    assert follower.site is not None
    assert follower.site.time_zone == "UTC"


def test_a_poll_finds_what_is_new_edited_and_back_dated(namespaces: tuple[str, ...]) -> None:
    blog = a_blog()
    with following(blog, namespaces=namespaces) as (follower, _):
        follower.poll()
        new = blog.add("New", at=LATER, categories=["Housing"], author="jo", slug="new")
        blog.edit(3, at=LATER, title="Edited")
        old = blog.add("Old", at=datetime(2020, 1, 1, tzinfo=UTC), categories=["Housing"], author="jo", slug="old")
        blog.rename_category("Housing", "Homes")
        follower.poll(NOW + timedelta(minutes=5))
    assert {str(new), str(old)} <= follower.posts.keys()
    assert follower.posts["3"].title == "Edited"
    assert "Homes" in {category.name for category in follower.categories}


def test_the_older_api_is_asked_little_when_nothing_changed() -> None:
    with following(a_blog(), namespaces=(OLD,)) as (follower, api):
        follower.poll()
        api.asked.clear()
        follower.poll(NOW + timedelta(minutes=5))
        assert [target.partition("?")[0].rpartition(SITE)[2] for target in api.asked[1:]] == [
            "/categories",
            "/posts",
            "/posts",
        ]
        api.asked.clear()
        follower.poll(NOW + timedelta(days=2))
        assert f"/{OLD}/sites/{SITE}" + _SITE_QUESTION in api.asked


def test_wordpress_s_own_api_is_asked_first_in_every_poll() -> None:
    with following(a_blog(), namespaces=(OLD,)) as (follower, api):
        follower.poll()
        api.open = (CORE, OLD)
        api.asked.clear()
        follower.poll(NOW + timedelta(minutes=5))
        assert all(target.startswith(f"/{CORE}/") or target.endswith(_SITE_QUESTION) for target in api.asked)
    assert follower.memory["api"] == f"{PUBLIC_API}/{CORE}/sites/{SITE}"


@pytest.mark.parametrize("namespace", [CORE, OLD])
def test_a_first_crawl_that_is_cut_off_goes_on_by_either_api(namespace: str) -> None:
    blog = a_blog(250)
    with following(blog, namespaces=(namespace,), requests=5) as (follower, api):
        polls = whole = 0
        while not follower.complete:
            before = len(api.asked)
            with suppress(CutOff):
                follower.poll(NOW + timedelta(minutes=polls))
            polls += 1
            whole += len([target for target in api.asked[before:] if "content" in target])
            blog.edit(3, at=NOW + timedelta(minutes=polls), title=f"Edited {polls}")
        for more in range(3):
            with suppress(CutOff):
                follower.poll(NOW + timedelta(hours=1, minutes=more))
    assert polls > 1
    assert whole <= 6
    assert set(follower.posts) == every_post(blog)
    assert follower.posts["3"].title == f"Edited {polls}"


def test_a_place_that_the_older_api_does_not_know_any_more_is_passed_over() -> None:
    blog = a_blog(120)
    with following(blog, namespaces=(OLD,)) as (follower, _):
        follower.poll()
        follower.complete, follower.posts = False, {}
        follower.memory |= {"handle": "value=spoilt", "begun": NOW.isoformat()}
        follower.poll()
    assert set(follower.posts) == every_post(blog)


def test_either_api_goes_on_where_the_other_left_off() -> None:
    blog = a_blog()
    with following(blog) as (follower, api):
        for hour, namespaces in enumerate([(CORE, OLD), (OLD,), (CORE, OLD)]):
            api.open = namespaces
            number = blog.add(f"New {hour}", at=NOW + timedelta(hours=hour), author="jo", slug=f"new-{hour}")
            follower.poll(NOW + timedelta(hours=hour, minutes=5))
            assert str(number) in follower.posts
    assert set(follower.posts) == every_post(blog)


def test_only_wordpress_s_own_api_proves_that_a_post_is_gone() -> None:
    blog = a_blog()
    with following(blog, namespaces=(OLD,)) as (follower, api):
        follower.poll()
        blog.delete(3)
        follower.poll(NOW + timedelta(days=2))
        assert not follower.gone
        api.open = (CORE, OLD)
        follower.poll(NOW + timedelta(days=4))
    assert set(follower.gone) == {"3"}


def test_the_older_api_hides_protected_posts() -> None:
    blog = a_blog()
    blog.protect(3, at=LATER)
    with following(blog, namespaces=(OLD,)) as (follower, _):
        follower.poll()
    assert set(follower.posts) == every_post(blog) - {"3"}


def test_the_older_api_tells_the_picture_above_a_post() -> None:
    with following(a_blog(), namespaces=(OLD,)) as (follower, api):
        url = f"{HOME}/wp-content/uploads/hall.jpg"
        api.more = {"featured_image": url, "post_thumbnail": {"URL": url, "width": 900, "height": 600}}
        follower.poll()
        assert [post.picture for post in follower.posts.values()] == [Image(url=url, alt="", width=900, height=600)] * 5
        api.more = {"featured_image": "", "post_thumbnail": None}
        follower.memory.clear()
        follower.poll()
    taken = follower.posts["1"]
    assert (taken.picture is None, taken.picture_known) == (True, True)


def test_the_older_api_tells_the_tags_of_a_post() -> None:
    told = {"Planning": {"ID": 7, "name": "Planning", "slug": "planning"}, "Bad": {"ID": 8, "name": 3}, "Odd": None}
    with following(a_blog(), namespaces=(OLD,)) as (follower, api):
        api.more = {"tags": told}
        follower.poll()
        assert {post.tags for post in follower.posts.values()} == {(Tag(number="7", slug="planning", name="Planning"),)}
        for said, tags in (([], ()), ({}, ()), ("planning", None)):
            api.more = {"tags": said}
            follower.memory.clear()
            follower.poll()
            assert {post.tags for post in follower.posts.values()} == {tags}


@pytest.mark.parametrize("route", ["", "categories"])
def test_the_older_api_gives_posts_without_what_a_poll_can_do_without(route: str) -> None:
    with following(a_blog(), namespaces=(OLD,)) as (follower, api):
        api.instead[route] = ["something else"]
        follower.poll()
        assert len(follower.posts) == 5
        assert list(json.loads(follower.memory["lacking"])) == ["categories" if route else "site"]


def test_one_bad_post_never_stops_the_others() -> None:
    blog = a_blog()
    blog.posts[3] = replace(blog.posts[3], content=None)  # type: ignore[arg-type]  # what no text would be
    with following(blog, namespaces=(OLD,)) as (follower, _):
        follower.poll()
    assert follower.unreadable == {"3": "rendered is missing"}
    assert set(follower.posts) == every_post(blog) - {"3"}


def test_a_private_blog_refuses_in_one_line() -> None:
    with following(a_blog(), namespaces=()) as (follower, _), pytest.raises(Refused) as refused:
        follower.poll()
    assert refused.value.status == 403
    assert "User cannot access this private blog." in str(refused.value)


def test_a_blog_that_is_not_there_refuses_in_one_line() -> None:
    with following(a_blog(), namespaces=()) as (follower, api):
        api.shut = 404
        with pytest.raises(Refused, match=r"WordPress\.com has no such public blog; is the address right\?"):
            follower.poll()


def test_a_fault_of_wordpress_com_s_is_no_reason_to_ask_its_other_api() -> None:
    with following(a_blog(), namespaces=()) as (follower, api):
        api.shut = 503
        with pytest.raises(Refused, match="503"):
            follower.poll()
        assert not any(f"/{OLD}/sites/{SITE}/posts" in target for target in api.asked)


@pytest.mark.parametrize("said", [[], {"posts": {}}, {"found": 1}, {"found": "many", "posts": []}, "posts"])
def test_an_answer_of_another_form_is_not_believed(said: object) -> None:
    with following(a_blog(), namespaces=(OLD,)) as (follower, api):
        api.instead["posts"] = said
        with pytest.raises(SourceError, match="answers something other than a list of posts"):
            follower.poll()


def test_pages_that_repeat_themselves_end_the_poll() -> None:
    row = {"ID": 5, "title": "Again"}
    with following(a_blog(), namespaces=(OLD,)) as (follower, api):
        api.instead["posts"] = {"found": 9, "posts": [row], "meta": {"next_page": "value=5&id=5"}}
        with pytest.raises(SourceError, match="repeats what came before"):
            follower.poll()
