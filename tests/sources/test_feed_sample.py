"""The sample blog's feeds behave as WordPress's were seen to."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import Message

import pytest

from tests.support.blog.answers import SampleAnswer, answer
from tests.support.blog.blog import Blog
from tests.support.blog.feeds import unless_known

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture
def blog() -> Blog:
    blog = Blog(title="Officers")
    blog.add_category("Housing")
    blog.add_category("Homes", parent="Housing")
    for number in range(12):
        blog.add(f"Post {number}", at=AT.replace(day=1 + number), categories=["Homes"], slug=f"post-{number}")
    return blog


def headers(given: SampleAnswer) -> dict[str, str]:
    return dict(given.headers)


def asked_with(**validators: str) -> Message:
    asked = Message()
    for name, value in validators.items():
        asked[name.replace("_", "-")] = value
    return asked


@pytest.mark.parametrize(
    ("target", "kind", "title", "entries"),
    [
        ("/feed/", "application/rss+xml", "Officers", 10),
        ("/feed", "application/rss+xml", "Officers", 10),
        ("/feed/atom/", "application/atom+xml", "Officers", 10),
        ("/feed/atom/?paged=2", "application/atom+xml", "Officers", 2),
        ("/?feed=atom&paged=2", "application/atom+xml", "Officers", 2),
        ("/category/housing/feed/atom/", "application/atom+xml", "Housing &#8211; Officers", 10),
        ("/category/housing/homes/feed/", "application/rss+xml", "Homes &#8211; Officers", 10),
        ("/?feed=rss2&cat=2", "application/rss+xml", "Housing &#8211; Officers", 10),
        ("/category/uncategorized/feed/", "application/rss+xml", "Uncategorized &#8211; Officers", 0),
        ("/category/none/feed/", "application/rss+xml", "Officers", 0),
    ],
)
def test_each_feed_is_where_wordpress_has_it(blog: Blog, target: str, kind: str, title: str, entries: int) -> None:
    given = answer(blog, target)
    text = given.body.decode()
    assert (given.status, headers(given)["Content-Type"]) == (200, f"{kind}; charset=UTF-8")
    assert re.findall(r"<title[^>]*>(.*)</title>", text)[0] == title
    assert len(re.findall(r"<(?:entry|item)>", text)) == entries


def test_beyond_the_last_page_there_is_nothing(blog: Blog) -> None:
    given = answer(blog, "/feed/atom/?paged=3")
    assert given.status == 404
    assert b"Page not found &#8211; Officers" in given.body


def test_without_pretty_permalinks_a_pretty_address_is_no_feed(blog: Blog) -> None:
    blog.permalinks = "plain"
    assert headers(answer(blog, "/feed/atom/"))["Content-Type"].startswith("text/html")
    assert answer(blog, "/?feed=atom").body.count(b"<entry>") == 10


def test_every_feed_has_the_validators_of_the_whole_site(blog: Blog) -> None:
    feeds = [headers(answer(blog, target)) for target in ("/feed/", "/category/none/feed/atom/")]
    assert {given["Last-Modified"] for given in feeds} == {"Thu, 12 Nov 2026 09:00:00 GMT"}
    assert len({given["ETag"] for given in feeds}) == 1


def test_the_validators_miss_what_wordpress_misses(blog: Blog) -> None:
    before = headers(answer(blog, "/feed/"))
    blog.delete(3)
    blog.rename_category("Housing", "Houses")
    blog.add("Imported", at=AT.replace(year=2020))
    assert headers(answer(blog, "/feed/")) == before
    blog.trash(12, at=AT)
    assert headers(answer(blog, "/feed/"))["Last-Modified"] == "Wed, 11 Nov 2026 09:00:00 GMT"


ETAG, DATE, EARLIER = "the ETag", "Thu, 12 Nov 2026 09:00:00 GMT", "Wed, 11 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"If_None_Match": ETAG}, 304),
        ({"If_Modified_Since": DATE}, 304),
        ({"If_None_Match": ETAG, "If_Modified_Since": DATE}, 304),
        ({"If_None_Match": ETAG, "If_Modified_Since": EARLIER}, 200),
        ({"If_None_Match": '"other"', "If_Modified_Since": DATE}, 200),
        ({"If_None_Match": f"W/{ETAG}"}, 200),
        ({}, 200),
    ],
)
def test_conditions_have_to_match_all_and_letter_by_letter(blog: Blog, asked: dict[str, str], status: int) -> None:
    given = answer(blog, "/feed/")
    mine = {name: value.replace(ETAG, headers(given)["ETag"]) for name, value in asked.items()}
    known = unless_known(given, asked_with(**mine))
    assert (known.status, known.body == b"") == (status, status == 304)


def test_a_post_behind_a_password_is_a_form(blog: Blog) -> None:
    blog.protect(12, at=AT)
    text = answer(blog, "/feed/atom/").body.decode()
    assert "Protected: Post 11" in text
    assert 'class="post-password-form"' in text
    assert "There is no excerpt because this is a protected post." in text
