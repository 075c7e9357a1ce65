"""Residue: what a blog's software left goes, what an author wrote stays."""

from __future__ import annotations

import pytest

from solacefeed.text import plugins
from solacefeed.text.origin import origin_of
from solacefeed.text.reading import read
from tests.support.steps import patience

_STORY = "<p>Councils keep their promises.</p>"
_URL = "https://blog.example.org/2026/11/a-post/"


def content_of(html: str) -> str:
    return read("", html, url=_URL).content


@pytest.mark.parametrize(
    "residue",
    [
        '<img src="https://pixel.wp.com/b.gif?host=x">',
        '<img src="http://stats.wordpress.com/b.gif?x" width="1" height="1">',
        '<p><img src="/any.png" width="1" height="1"></p>',
        '<img src="/any.png" style="width:1px;height:1px">',
        '<img src="https://www.facebook.com/tr?id=1">',
        '<a href="http://feeds.wordpress.com/1.0/gocomments/x"><img src="http://feeds.wordpress.com/1.0/comments/x"></a>',
        '<div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3><ul><li><a href="/x">Tweet</a></li></ul></div>',
        '<div id="jp-post-flair"><p>Like this</p></div>',
        '<div class="feedflare"><a href="/x">Digg</a></div>',
        '<p><a class="more-link" href="/x">Continue reading</a></p>',
        '<p>Filed under: <a href="/category/housing/">Housing</a>, <a href="/category/care/">Social Care</a></p>',
        '<p>Filed under <a href="/housing/">Housing</a> Tagged: <a href="/x/">x</a> and <a href="/y/">y</a></p>',
        '<br />Filed under: <a href="/category/housing/">Housing</a>',
        "<p>Filed under: Housing, Social Care</p>",
        '<p>Posted in <a href="/category/housing/">Housing</a> | <a href="/category/care/">Care</a></p>',
        "<p>Share this:</p>",
        "<p>3 Comments</p><p>Leave a comment</p>",
        '<p>[gallery ids="1,2,3" columns="2"]</p>',
        "<p>[gallery]</p>",
        "<p>[contact-form-7 id=&#8221;12&#8243; title=&#8221;Book a place&#8221;]</p>",
        "<!--more Read on--><!--nextpage--><!-- wp:paragraph -->",
        "<hr>",
        "<p>&nbsp;</p>",
    ],
)
def test_residue_leaves_no_trace(residue: str) -> None:
    assert content_of(_STORY + residue) == _STORY


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ('<p>Well done <img src="/s.gif" alt=":-)" class="wp-smiley"></p>', "<p>Well done :-)</p>"),
        ('<p>Wales <img class="emoji" alt="🏴" src="https://s.w.org/x.svg"></p>', "<p>Wales 🏴</p>"),
        ("<p>[caption id=&#8220;a&#8221;]The hall[/caption]</p>", "<p>The hall</p>"),
        ("<p>[dropcap]O[/dropcap]nce</p>", "<p>Once</p>"),
        (
            "<p>[embed]https://video.example/1[/embed]</p>",
            '<p><a href="https://video.example/1">video.example</a></p>',
        ),
    ],
)
def test_residue_around_words_leaves_the_words(html: str, clean: str) -> None:
    assert content_of(html) == clean


@pytest.mark.parametrize(
    "html",
    [
        "<p>Filed under “too difficult”, the report sat for a year.</p>",
        '<p>Filed under <a href="https://example.org/">H</a>, the plan was lost.</p>',
        "<p>Posted in Kabul, he wrote home every week.</p>",
        "<p>Categories: they matter. Here is why.</p>",
        "<p>Share this: we are all in need of hope, and hope costs nothing.</p>",
        "<p>She said [sic] that [our emphasis] it [1] mattered [video].</p>",
        "<p>[John Smith] and [the council]</p>",
        '<pre>[gallery ids="1"]</pre>',
        '<p><code>[gallery ids="1"]</code></p>',
        '<p><img alt="A hall" height="100" src="https://example.org/hall.png" width="100"></p>',
        '<p><img src="https://example.org/b.gifts.png"></p>',
        "<p>One</p>\n<hr>\n<p>Two</p>",
        "<p>3 comments on the budget, and a fourth.</p>",
    ],
)
def test_what_an_author_wrote_stays(html: str) -> None:
    assert content_of(html) == html


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ("First published in the Gazette on 17 May 2012 –", "the Gazette on 17 May 2012"),
        ("first published in The Municipal Gazette, 3 November 2026.", "The Municipal Gazette, 3 November 2026"),
        ("(This article first appeared in the Gazette.)", "the Gazette"),
        ("This post was originally published on LocalGov.example", "LocalGov.example"),
        ("[A version of this piece was first published by Anytown Council]", "Anytown Council"),
    ],
)
def test_where_a_post_was_first_published_is_kept_apart(line: str, origin: str) -> None:
    assert origin_of(line) == origin
    for html in (f"{_STORY}<p><em>{line}</em></p>", f"<p>{line}</p>{_STORY}"):
        reading = read("", html, url=_URL)
        assert (reading.first_published, reading.content) == (origin, _STORY)


@pytest.mark.parametrize(
    "line",
    [
        "First published in 1942, the report changed Britain.",
        "First published in Britain, the book changed lives.",
        "First published in the spring: a list of what went wrong.",
        "The list was first published in the Gazette. It made people angry.",
        "It was not first published in the Gazette",
        "First published",
        "We first published in the Gazette what everyone knew",
    ],
)
def test_a_line_that_tells_a_story_is_not_where_it_was_first_published(line: str) -> None:
    assert origin_of(line) is None
    assert read("", f"{_STORY}<p>{line}</p>", url=_URL).first_published is None


@pytest.mark.parametrize(
    "name",
    [
        "meta",
        "content",
        "entry-content",
        "post-content",
        "wrapper",
        "embed",
        "wp-block-embed",
        "wp-block-group",
        "wp-block-cover",
        "wp-block-columns",
        "notice",
        "follow",
        "form",
        "sharing-good-practice",
        "has-toc",
        "single-post",
        "wp-block-button",
        "wp-block-quote",
        "wp-block-table",
        "card",
    ],
)
def test_ordinary_names_say_nothing_of_a_box(name: str) -> None:
    assert plugins.kind_of(name) is None


def test_styles_of_word_without_end_are_read_in_a_moment() -> None:
    with patience():
        assert "mso-mso-" in content_of(f"<p>{'mso-' * 100_000}</p>")
