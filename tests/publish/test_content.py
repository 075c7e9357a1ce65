"""An entry's body, the same in every format."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml.html import fragment_fromstring

from solacefeed.models.posts import Image
from solacefeed.publish.content import content_html, image_type, summary_html
from tests.publish.documents import ENTRY


def test_content_stands_as_it_was_read() -> None:
    assert content_html(ENTRY, "en-GB") == ENTRY.content


def test_a_post_without_text_points_to_the_blog_whatever_its_title_and_address_are() -> None:
    entry = replace(ENTRY, content="", title='"Savings" <& others>', url='https://blog.example.org/?a=1&lt=2&q="')
    link = fragment_fromstring(content_html(entry, "en-GB")).find("a")
    assert link is not None
    assert (link.get("href"), link.text) == (entry.url, entry.title)


def test_the_first_publication_is_told_last_also_of_a_post_without_text() -> None:
    origin = 'the "LGC" & <others>'
    assert content_html(replace(ENTRY, origin=origin), "en-GB") == (
        f'{ENTRY.content}<p>First published in the "LGC" &amp; &lt;others&gt;.</p>'
    )
    assert content_html(replace(ENTRY, content="", origin=origin), "en-GB").startswith(
        '<p><a href="https://blog.example.org/'
    )


def test_a_summary_for_html_shows_what_it_says() -> None:
    summary = 'R&D, "<now>"'
    assert fragment_fromstring(f"<p>{summary_html(replace(ENTRY, summary=summary))}</p>").text == summary


@pytest.mark.parametrize(
    ("url", "type_"),
    [
        ("https://example.org/a.jpg", "image/jpeg"),
        ("https://example.org/a.JPEG?w=640&h=1", "image/jpeg"),
        ("https://example.org/a.b/c.png#x", "image/png"),
        ("https://example.org/a.gif", "image/gif"),
        ("https://example.org/a.webp", "image/webp"),
        ("https://example.org/a.avif", "image/avif"),
        ("https://example.org/a.svg", None),
        ("https://example.org/a.jpg.php", None),
        ("https://example.org/picture?file=a.jpg", None),
        ("https://example.org/jpg", None),
        ("https://example.jpg", None),
        ("https://example.org/a.jpg/", None),
    ],
)
def test_an_ending_tells_a_pictures_type_only_where_it_is_sure(url: str, type_: str | None) -> None:
    assert image_type(url) == type_


def test_a_post_that_advertised_an_event_leads_to_the_events_where_the_site_wants_it() -> None:
    plain = replace(ENTRY, content="<p>Text.</p>", origin=None)
    assert content_html(plain, "en-GB") == "<p>Text.</p>"
    led = replace(plain, events_url="https://feeds.example.org/events/")
    assert (
        content_html(led, "en-GB")
        == '<p>Text.</p><p><a href="https://feeds.example.org/events/">Events to come</a></p>'
    )


HALL = Image(url="https://blog.example.org/wp-content/uploads/2026/11/hall-1024x683.jpg", alt='A "hall"', width=1024)


@pytest.mark.parametrize(
    "src",
    [
        HALL.url,
        "https://blog.example.org/wp-content/uploads/2026/11/hall.jpg",
        "https://blog.example.org/wp-content/uploads/2026/11/hall-300x200.jpg?w=600&amp;ssl=1",
        "https://i0.wp.com/blog.example.org/wp-content/uploads/2026/11/hall-scaled.jpg",
        "https://cdn.example.net/wp-content/uploads/2026/11/hall-e1700000000000.jpg",
    ],
)
def test_the_picture_above_a_post_is_not_shown_twice_at_whatever_size_it_stands_in_the_text(src: str) -> None:
    text = f'<p>One</p><p><img alt="" src="{src}" width="3"></p>'
    assert content_html(replace(ENTRY, content=text, headed_by=HALL), "en-GB") == content_html(
        replace(ENTRY, content=text), "en-GB"
    )


@pytest.mark.parametrize(
    ("here", "there", "twice"),
    [
        ("https://blog.example.org/2026/hall.jpg", "https://i0.wp.com/blog.example.org/2026/hall.jpg?w=600", False),
        ("https://blog.files.example/2026/hall.jpg", "https://blog.files.example/2026/hall-300x200.jpg", False),
        ("https://blog.example.org/2026/hall.jpg", "https://elsewhere.example/2026/hall.jpg", True),
        ("https://blog.example.org/picture?id=1", "https://blog.example.org/picture?id=2", True),
    ],
)
def test_the_picture_above_a_post_is_known_by_its_host_too_where_that_is_no_blogs(
    here: str, there: str, twice: bool
) -> None:
    text = f'<p>One</p><p><img src="{there}" alt=""></p>'
    shown = content_html(replace(ENTRY, content=text, headed_by=Image(url=here, alt="")), "en-GB")
    assert (shown.count("<img") == 2) is twice


def test_the_picture_above_a_post_stands_before_its_text_with_its_words() -> None:
    figure = f'<figure><img src="{HALL.url}" alt="A &quot;hall&quot;" width="1024"></figure>'
    other = '<p><img src="https://blog.example.org/wp-content/uploads/2026/11/town-hall.jpg" alt=""></p>'
    assert content_html(replace(ENTRY, content=other, headed_by=HALL), "en-GB") == figure + content_html(
        replace(ENTRY, content=other), "en-GB"
    )


@pytest.mark.parametrize(
    ("shown", "featured"),
    [
        (
            "https://blog.files.example.com/2026/11/hall.jpg?w=1024",
            "https://blog.example.org/wp-content/uploads/2026/11/hall.jpg",
        ),
        (
            "https://cdn.example.net/2026/11/hall-1024x683.jpg",
            "https://blog.example.org/wp-content/uploads/2026/11/hall.jpg",
        ),
        (
            "https://blog.example.org/wp-content/uploads/2026/11/hall.jpg.webp",
            "https://blog.example.org/wp-content/uploads/2026/11/hall.jpg",
        ),
        (
            "https://images.example.net/c_fill,w_900/v1/town-hall.jpg",
            "https://blog.example.org/wp-content/uploads/2026/11/town-hall.jpg",
        ),
        (
            "https://blog.example.org/wp-content/uploads/2026/11/hall-1-300x200.jpg",
            "https://blog.example.org/wp-content/uploads/2026/10/hall.jpg",
        ),
    ],
)
def test_a_text_that_begins_with_the_picture_above_it_shows_it_once(shown: str, featured: str) -> None:
    text = f'<figure><img src="{shown}"></figure><p>Words.</p>'
    entry = replace(ENTRY, content=text, headed_by=Image(url=featured, alt=""))
    assert content_html(entry, "en-GB") == content_html(replace(entry, headed_by=None), "en-GB")


@pytest.mark.parametrize(
    "text",
    [
        '<p>Words.</p><p><img src="https://images.example.net/v1/town-hall.jpg"></p>',
        '<p><img src="https://images.example.net/v1/town-hall-2.jpg"></p><p>Words.</p>',
        '<p><img src="https://images.example.net/v1/bridge.jpg"></p><p>Words.</p>',
    ],
)
def test_another_picture_or_one_further_down_by_name_alone_takes_no_place(text: str) -> None:
    featured = "https://blog.example.org/wp-content/uploads/2026/11/town-hall-1.jpg"
    assert featured in content_html(replace(ENTRY, content=text, headed_by=Image(url=featured, alt="")), "en-GB")
