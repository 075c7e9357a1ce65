"""A post read as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.models.posts import Blurb, Byline, Image, Reading
from solacefeed.text.clean import plain
from solacefeed.text.reading import read
from tests.support.generated import examples
from tests.text.text_soup import BASE, SOUP, objections

_KIT = Path(__file__).parents[3] / "shared" / "kit" / "wordpress"

_POST = """
<p><strong>Slow Is Fast</strong></p>
<p><em>Jo Bloggs, Chief Executive of Anytown, writes on the merits of waiting.</em></p>
<p>Nobody ever thanked a council for waiting. We waited, and were thanked. It took <a href="/2025/">a year</a>.</p>
<script>count()</script>
<p>There is more to say.</p>
<p><em>First published in the Municipal Gazette on 3 November 2026 –</em></p>
<p>All this will be at the heart of the Summit in Harrogate on 13-15th April. How to book is <a href="/b">here</a>.</p>
<img src="https://pixel.wp.com/b.gif?x" width="1" height="1">
"""


def test_a_post_is_read_and_what_its_author_did_not_tell_is_taken_out() -> None:
    assert read("Slow&nbsp;is <i>fast</i>", _POST, url=BASE, excerpt_length=80) == Reading(
        title="Slow is fast",
        content="<p><strong>Slow Is Fast</strong></p>\n"
        "<p><em>Jo Bloggs, Chief Executive of Anytown, writes on the merits of waiting.</em></p>\n"
        "<p>Nobody ever thanked a council for waiting. We waited, and were thanked. "
        'It took <a href="https://blog.example.org/2025/">a year</a>.</p>\n'
        "<p>There is more to say.</p>",
        excerpt="Nobody ever thanked a council for waiting. We waited, and were thanked.",
        byline=Byline(name="Jo Bloggs", role="Chief Executive of Anytown"),
        first_published="the Municipal Gazette on 3 November 2026",
        blurbs=(
            Blurb(
                text="All this will be at the heart of the Summit in Harrogate on 13-15th April. How to book is here.",
                links=("https://blog.example.org/b",),
            ),
        ),
        minutes=1,
    )


@pytest.mark.parametrize(("words", "minutes"), [(0, 0), (1, 1), (238, 1), (239, 2), (2380, 10)])
def test_a_post_says_how_long_it_takes_to_read(words: int, minutes: int) -> None:
    assert read("", f"<p>{'word ' * words}</p>", url=BASE).minutes == minutes


def test_the_first_picture_is_the_lead_image_with_its_words_and_its_size() -> None:
    html = (
        '<p>Text.</p><figure><img src="/a.jpg" alt="A  quiet street" width="640" height="auto"></figure><img src="/b">'
    )
    assert read("", html, url=BASE).lead_image == Image(
        url="https://blog.example.org/a.jpg", alt="A quiet street", width=640
    )
    assert read("", "<p>Text.</p>", url=BASE).lead_image is None


def test_an_excerpt_that_somebody_wrote_is_taken_as_it_is() -> None:
    own = "<p>What this is really about &amp; why.</p>\n"
    assert read("", "<p>Text. More.</p>", url=BASE, own_excerpt=own).excerpt == "What this is really about & why."


def test_an_excerpt_that_a_theme_cut_off_is_not_taken_for_an_editors() -> None:
    told = "Nobody ever thanked a council for waiting. "
    content = f"<p><strong>Slow is fast</strong></p><p>{told * 20}</p>"
    cut = f"<p>Slow is fast {told * 5}&hellip; <a>Continue reading <span>X</span></a></p>"
    assert read("", content, url=BASE, own_excerpt=cut).excerpt.startswith("Nobody ever thanked")


@pytest.mark.parametrize("cut", ["<p>Text. Mo [&hellip;]</p>", "<p>Text.</p>", "<p>Text. More.</p>", "", None])
def test_an_excerpt_that_was_only_cut_off_is_made_anew_of_whole_sentences(cut: str | None) -> None:
    assert read("", "<p>Text. More.</p>", url=BASE, own_excerpt=cut).excerpt == "Text. More."


def test_a_signature_stays_in_the_content_and_out_of_the_excerpt() -> None:
    reading = read("", "<p>It works.</p><p>Jo Bloggs</p><p>Chair, Chief Officers</p>", url=BASE)
    assert reading.content == "<p>It works.</p>\n<p>Jo Bloggs</p>\n<p>Chair, Chief Officers</p>"
    assert reading.excerpt == "It works."


@pytest.mark.parametrize(
    ("html", "excerpt"),
    [
        ("<h2>Heading</h2><figure><img src=/x><figcaption>Caption</figcaption></figure><p>Text.</p>", "Text."),
        ("<ul><li>One.</li><li>Two.</li></ul>", "One. Two."),
        (
            "<p>We need:</p><ul><li>more homes</li><li>better homes</li></ul><p>Soon.</p>",
            "We need: more homes; better homes. Soon.",
        ),
        ("<p>It takes</p><ol><li>time,</li><li>money; and</li><li>hope</li></ol>", "time, money; and hope."),
        ("<ul><li>Homes<ul><li>old</li><li>new</li></ul></li><li>Roads</li></ul>", "Homes; old; new; Roads."),
        ("<p><a href=/x>A link alone</a></p><p>Text.</p>", "Text."),
        ("<p>https://video.example.org/watch?v=1</p><p>Text.</p>", "Text."),
        ("<p>See https://www.example.org/a/b?c=d#e, and say.</p>", "See example.org, and say."),
        ("<p>See www.example.org/a/b.</p>", "See example.org."),
        ("<p>What this is about</p><p>Text is here.</p>", "Text is here."),
        ("<p>Only a line</p>", "Only a line"),
        ("<table><tr><td><p>Cell.</p></td></tr></table><p>Text.</p>", "Text."),
        ("<pre>x = 1.</pre><p>Text.</p>", "Text."),
        ('<div class="wp-caption"><img src=/x><p class="wp-caption-text">A hall.</p></div><p>Text.</p>', "Text."),
        ("<p>[caption id='a' width='1']<img src=/x> A hall.[/caption]</p><p>Text.</p>", "Text."),
        ("<figure><blockquote><p>Pulled.</p></blockquote></figure><p>Text.</p>", "Text."),
        ("<blockquote><p>Said so.</p><cite>Ann Lee</cite></blockquote><p>Text.</p>", "Said so. Text."),
        ("<p><video src=/v.mp4></video></p><p>Text.</p>", "Text."),
        ("<blockquote><p>Said.</p></blockquote>", "Said."),
        ("<h2>Only a heading</h2>", "Only a heading"),
        ("<p>A line<br>broken.</p>", "A line broken."),
        ("<p><img src=/x></p>", ""),
        ("", ""),
    ],
)
def test_the_excerpt_begins_where_the_author_begins_to_tell(html: str, excerpt: str) -> None:
    assert read("", html, url=BASE).excerpt == excerpt


def test_a_post_without_a_title_is_called_by_its_first_words() -> None:
    assert read("", "<h2>H</h2><p>A short note.</p>", url=BASE).title == "A short note."
    assert read("", "<p><img src=/x></p>", url=BASE).title == "Untitled"


def can_be_read(title: str, content: str, length: int) -> None:
    reading = read(title, content, url=BASE, excerpt_length=length)
    assert reading.title
    assert len(reading.excerpt) <= length
    assert objections(reading.content) == []


ANY_POST = given(title=SOUP, content=SOUP, length=st.integers(1, 400))


@settings(max_examples=examples(100))
@ANY_POST
def test_any_post_at_all_can_be_read(title: str, content: str, length: int) -> None:
    can_be_read(title, content, length)


@pytest.mark.slow
@settings(max_examples=examples(3000))
@ANY_POST
def test_however_long_one_looks_any_post_can_be_read(title: str, content: str, length: int) -> None:
    can_be_read(title, content, length)


@pytest.mark.parametrize("url", ["", "not a url", "http://[bad", "/relative"])
def test_a_post_whose_address_is_nonsense_keeps_its_words(url: str) -> None:
    assert read("T", '<p>a <a href="/x">b</a></p>', url=url).content == "<p>a b</p>"


@pytest.fixture
def real_posts() -> list[tuple[dict[str, Any], str]]:
    if not _KIT.is_dir():
        pytest.skip("the two real posts are not here")
    posts = json.loads((_KIT / "data" / "real.json").read_text())["posts"]
    return [(post, (_KIT / "data" / post["body"]).read_text()) for post in posts]


@pytest.mark.real
def test_the_real_posts_come_out_with_byline_and_without_blurb(real_posts: list[tuple[dict[str, Any], str]]) -> None:
    conference, scorecards = (read(post["title"], body, url=BASE) for post, body in real_posts)
    assert conference.byline == Byline(name="David Martin", role="Chair, SOLACE (Scotland)")
    assert scorecards.byline is not None
    assert scorecards.byline.name == "Mark Rogers"
    assert (scorecards.byline.role or "").startswith("Chief Executive of Solihull and Chair of the ")
    assert (conference.first_published, scorecards.first_published) == (None, "the LGC on 17 May 2012")
    for reading, (_, body) in zip((conference, scorecards), real_posts, strict=True):
        assert [len(blurb.links) for blurb in reading.blurbs] == [1]
        assert reading.blurbs[0].text not in plain(reading.content)
        assert reading.excerpt.removesuffix("…") in plain(body)
        assert reading.byline is not None
        assert reading.byline.name not in reading.excerpt
