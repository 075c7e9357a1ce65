"""The pages that a real WordPress answered, as the kit beside this checkout keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solacefeed.sources.pages_dates import Dated
from solacefeed.sources.pages_links import Home
from solacefeed.sources.pages_reading import read_page
from solacefeed.sources.pages_shown import BlogPage
from solacefeed.text.reading import read

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "kit" / "wordpress" / "samples"
HOME = Home("http://127.0.0.1:8081/")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the kit with the real pages does not stand beside this checkout"),
]


def sample(name: str) -> BlogPage:
    return read_page((SAMPLES / name).read_text(encoding="utf-8"), HOME.url, HOME)


@pytest.mark.parametrize(
    ("name", "numbers", "cut"),
    [
        ("archive-category.html", ["2", "1"], False),
        ("archive-month.html", ["1"], False),
        ("archive-category-twentytwentyone.html", ["2"], True),
    ],
)
def test_a_real_page_is_read(name: str, numbers: list[str], cut: bool) -> None:
    posts = sample(name).posts
    assert [post.number for post in posts] == numbers
    assert {post.cut for post in posts} == {cut}
    moments = {"1": datetime(2012, 5, 17, 9, tzinfo=UTC), "2": datetime(2012, 6, 1, 10, tzinfo=UTC)}
    assert all(post.published == Dated(moments[post.number or ""], False) for post in posts)


def test_the_real_posts_are_filed_and_signed() -> None:
    second, first = sample("archive-category.html").posts
    assert [category.slug for category in first.categories or ()] == ["childrens-social-care"]
    assert len(second.categories or ()) == 5
    assert (first.author, second.author) == ("Mark Rogers", "David Martin")
    for post in (first, second):
        reading = read(post.title or "", post.content or "", url=post.url or "")
        assert reading.byline is not None
        assert reading.byline.name == post.author
        assert len(reading.blurbs) == 1
        assert "Filed under" not in reading.content
        assert "Leave a comment" not in reading.content


def test_the_real_site_has_its_name() -> None:
    assert sample("archive-month.html").site_title == "SOLACE"
