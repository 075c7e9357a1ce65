"""The bundled posts have the variety of a real blog, and not one sentence of one."""

from __future__ import annotations

import html
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from solacefeed.sample.blog import BlogPost
from tests.support.blog.blog import Blog

LONDON = ZoneInfo("Europe/London")
REAL = Path(__file__).parents[3] / "shared/kit/wordpress/data"


@pytest.fixture(scope="module")
def blog() -> Blog:
    return Blog.shipped()


def text_of(content: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", content)).split())


def named(blog: Blog, post: BlogPost) -> set[str]:
    return {blog.categories[each].name for each in post.categories}


def test_there_are_twenty_public_posts_from_more_than_a_year(blog: Blog) -> None:
    dates = sorted(post.date_gmt for post in blog.public_posts())
    assert len(dates) == 20
    assert dates[0].year == 2025
    assert sum(date >= datetime(2026, 9, 1, tzinfo=UTC) for date in dates) == 17
    assert dates[-1] < datetime(2026, 11, 22, tzinfo=UTC)


def test_four_posts_fall_in_the_week_of_the_shipped_edition(blog: Blog) -> None:
    starts, ends = (datetime(2026, 11, day, 7, tzinfo=LONDON) for day in (16, 23))
    week = [post for post in blog.public_posts() if starts <= post.date_gmt < ends]
    assert len(week) == 4
    assert all(post.title and not post.password for post in week)
    assert {"Housing", "Homelessness", "Education", "Scotland"} <= set().union(*(named(blog, post) for post in week))


def test_nothing_was_changed_after_the_shipped_instant(blog: Blog) -> None:
    latest = max(post.modified_gmt for post in blog.posts.values())
    assert latest < datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert all(post.modified_gmt >= post.date_gmt for post in blog.posts.values())


def test_every_category_has_posts_and_many_posts_have_several(blog: Blog) -> None:
    filed = Counter(name for post in blog.public_posts() for name in named(blog, post))
    assert set(filed) == {category.name for category in blog.categories.values()}
    assert filed["Uncategorized"] == 1
    assert sum(len(post.categories) > 1 for post in blog.public_posts()) >= 6
    assert blog.category("Homelessness").parent == blog.category("Housing").id


def test_some_posts_are_tagged_and_one_of_them_not_to_be_mailed(blog: Blog) -> None:
    tagged = Counter(blog.tags[each].slug for post in blog.public_posts() for each in post.tags)
    assert set(tagged) == {tag.slug for tag in blog.tags.values()}
    assert tagged["not-by-mail"] == 1


def test_every_user_has_written_something(blog: Blog) -> None:
    assert {post.author for post in blog.public_posts()} == set(blog.users)


def test_every_post_ends_with_the_same_words_on_the_summit(blog: Blog) -> None:
    endings = {post.content.rstrip("\n").rpartition("\n")[2] for post in blog.posts.values()}
    (ending,) = endings
    assert "Harrogate on 13-15th April 2027. Details and how to book are <a " in ending


SHAPES = {
    "a standfirst": r"^<p><em>[^<]+, Chief Executive of [^<]+ writes on ",
    "a signature": r"<p>[^<,.]+</p>\n<p>Chief Executive, [^<]+</p>\n",
    "first published": r"<p><em>First published in the Municipal Gazette on 3 November 2026</em></p>",
    "a gallery of relative images": r"<figure[^>]*><img [^>]*src=\"(?:\.\./)*/?wp-content/uploads/",
    "a root-relative link": r'<a href="/',
    "a relative link": r'<a href="\.\./',
    "a table": r"<table>",
    "a list": r"<ol>\n<li>",
    "Welsh": r"ŵ|ŷ|ï",
    "Gaelic": r"[àìò]",
    "an entity": r"&#8220;",
    "a tracking pixel": r'<img src="[^"]*/b\.gif[^"]*" width="1" height="1"',
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_shape_occurs_in_some_post(blog: Blog, shape: str) -> None:
    assert any(re.search(shape, post.content) for post in blog.public_posts())


@pytest.mark.parametrize("sign", ["&#8217;", "&amp;", "\x0b"])
def test_the_sign_occurs_in_some_title(blog: Blog, sign: str) -> None:
    assert any(sign in post.title for post in blog.public_posts())


def test_there_is_one_of_each_rarity(blog: Blog) -> None:
    assert [post.id for post in blog.public_posts() if not post.title] == [1187]
    assert [post.id for post in blog.public_posts() if post.password] == [1240]
    assert [post.id for post in blog.posts.values() if post.status == "draft"] == [1316]
    assert sum(post.modified_gmt > post.date_gmt for post in blog.public_posts()) == 3


def test_every_essay_has_three_to_six_paragraphs_before_the_summit(blog: Blog) -> None:
    for post in blog.public_posts():
        essay = [part for part in re.findall(r"<p>(.*?)</p>", post.content)[:-1] if len(part) > 120]
        assert 3 <= len(essay) <= 6 or post.password, post.slug


def runs_of_words(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


@pytest.mark.real
def test_not_eight_words_in_a_row_are_those_of_the_real_blog(blog: Blog) -> None:
    originals = sorted(REAL.glob("post-*.html"))
    if not originals:
        pytest.skip(f"the real posts are not at {REAL}")
    theirs = set().union(*(runs_of_words(text_of(path.read_text("utf-8")), 8) for path in originals))
    ours = set().union(*(runs_of_words(text_of(post.content), 8) for post in blog.posts.values()))
    assert len(theirs) > 1000
    assert not ours & theirs
