"""The trailer below a post that names its categories, and the text of an author that looks like one."""

from __future__ import annotations

import pytest

from solacefeed.models.blog import CategoryName
from solacefeed.sources.feed_filing import filed_under

URL = "https://a.example/x/"
HOUSING = '<a href="https://a.example/category/housing/" rel="category tag">Housing</a>'
FINANCE = '<a href="/category/money/local-finance">Local finance &amp; tax</a>'
TAG = '<a href="/tag/x/">x</a>'
BOTH = (CategoryName(slug="housing", name="Housing"), CategoryName(slug="local-finance", name="Local finance & tax"))


@pytest.mark.parametrize(
    "trailer",
    [
        f"<p>Filed under: {HOUSING}, {FINANCE}</p>",
        f"<div class='meta'>Filed under {HOUSING} and {FINANCE}.</div>",
        f"<p>Posted in {HOUSING}, {FINANCE} Tagged: {TAG}</p>",
        f"<p>The last words.<br />Filed under: {HOUSING}, {FINANCE}</p>",
        f"<br />Filed under: {HOUSING}, {FINANCE}  <a href='https://a.example/g/'><img src='/b.gif' alt=''></a>",
        f"<p>FILED UNDER: {HOUSING} | {FINANCE}</p><p>Leave a comment</p>",
    ],
)
def test_a_trailer_is_read(trailer: str) -> None:
    assert filed_under(f"<p>A post about homes.</p>{trailer}", URL) == BOTH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<p>Nothing of the kind.</p>",
        f"<p>The papers were filed under {HOUSING}, where nobody looked.</p>",
        f"<p>Filed under {HOUSING}, and never found again.</p>",
        f"<p>Read everything posted in {HOUSING}</p>",
        "<p>Filed under: Housing, Finance</p>",
        f"<p>Filed under: {TAG}</p>",
        '<p>Filed under: <a href="https://a.example/category/housing/"></a></p>',
        '<p>Filed under: <a href="http://[/category/housing/">Housing</a></p>',
        f"<p>Filed under: {HOUSING}</p>" + "<p>Four more paragraphs.</p>" * 4,
    ],
)
def test_an_authors_words_are_left_alone(text: str) -> None:
    assert filed_under(text, URL) == ()


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("housing%2F", "housing"),
        ("x%2f..%2f..%2fall/", "all"),
        ("a%00b/", "ab"),
        ("%E4%BD%8F/", "\u4f4f"),
    ],
)
def test_a_slug_is_the_last_part_of_the_path_however_that_is_escaped(path: str, slug: str) -> None:
    trailer = f'<p>Filed under: <a href="https://a.example/category/{path}">Housing</a></p>'
    assert filed_under(f"<p>A post about homes.</p>{trailer}", URL) == (CategoryName(slug=slug, name="Housing"),)
