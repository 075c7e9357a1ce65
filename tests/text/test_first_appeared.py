"""The line of plugins that says where a post appeared first: known by its links, in whatever language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.text import first_appeared
from solacefeed.text.reading import read

URL = "https://blog.example.org/2026/11/homes/"
TEXT = "<p>Councils in the north are changing how they build homes.</p>"


def content_of(html: str, url: str = URL) -> str:
    return read("Homes", html, url=url).content


def a_line(words: str, post: str = URL, front: str = "https://blog.example.org") -> str:
    return f"<p>{words}</p>".format(post=f'<a href="{post}">Homes</a>', front=f'<a href="{front}">Our blog</a>')


@pytest.mark.parametrize(
    "words",
    [
        "The post {post} appeared first on {front}.",
        "Der Beitrag {post} erschien zuerst auf {front}.",
        "L’article {post} est apparu en premier sur {front}.",
        "Ymddangosodd {post} gyntaf ar {front}.",
        "الفنون {post} ظهر أولا على {front}.",
        "{front} の {post} が最初に掲載されました。",
        "{post} – {front}",
    ],
)
def test_the_line_goes_whatever_its_language(words: str) -> None:
    assert content_of(TEXT + a_line(words)) == content_of(TEXT)


@pytest.mark.parametrize(
    ("post", "front"),
    [
        ("http://www.blog.example.org/2026/11/homes", "http://blog.example.org/"),
        (f"{URL}?utm_source=rss&utm_medium=rss", "https://blog.example.org"),
        ("/2026/11/homes/", "/"),
        (URL, "https://blog.example.org/?utm_source=rss"),
    ],
)
def test_its_links_are_known_however_they_are_written(post: str, front: str) -> None:
    line = a_line("The post {post} appeared first on {front}.", post, front)
    assert content_of(TEXT + line) == content_of(TEXT)


def test_a_blog_in_a_folder_has_its_front_there() -> None:
    url = "https://council.example/blog/homes/"
    line = a_line("The post {post} appeared first on {front}.", url, "https://council.example/blog")
    assert content_of(TEXT + line, url) == content_of(TEXT, url)


@pytest.mark.parametrize(
    "kept",
    [
        '<p>See <a href="https://blog.example.org/other/">the other post</a> on <a href="/">our blog</a>.</p>',
        f'<p>This is <a href="{URL}">a post</a>.</p>',
        f'<p>From <a href="https://elsewhere.example/">elsewhere</a>, on <a href="{URL}">homes</a>.</p>',
        f'<p><a href="{URL}#respond">Leave a comment</a>, or write to us by <a href="/">our website</a>.</p>',
        f'<p>{"Many words of an author stand here. " * 6}<a href="{URL}">Homes</a> <a href="/">Blog</a></p>',
        f'<p><a href="{URL}">Homes</a> <a href="/">Blog</a> <a href="/more/">More</a></p>',
    ],
)
def test_what_an_author_wrote_stays(kept: str) -> None:
    assert content_of(TEXT + kept) != content_of(TEXT)


def test_it_stays_where_the_text_goes_on() -> None:
    line = a_line("The post {post} appeared first on {front}.")
    assert "appeared first" in content_of(line + TEXT * 4)


def test_the_blogs_own_excerpt_does_without_it() -> None:
    line = a_line("The post {post} appeared first on {front}.")
    reading = read("Homes", TEXT, url=URL, own_excerpt=f"<p>What changes.</p>\n{line}")
    assert reading.excerpt == "What changes."


@given(st.text())
def test_mark_up_without_such_a_line_comes_back_as_it_was(html: str) -> None:
    assert first_appeared.without(html, URL) == html


@pytest.mark.parametrize(
    "line",
    [
        f'<p>The post <a href="{URL}">Homes</a> appeared first on Our blog.</p>',
        "<p>The post Homes first appeared on Our blog.</p>",
        "<p>Der Beitrag Homes erschien zuerst auf Unser Blog.</p>",
        "<p>L’article Homes est apparu en premier sur Notre blog.</p>",
    ],
)
def test_the_plugins_own_words_are_known_without_their_links(line: str) -> None:
    assert content_of(TEXT + line) == content_of(TEXT)


def test_a_sentence_about_a_post_that_appeared_elsewhere_stays() -> None:
    told = "The post that I wrote of appeared in spring, first on our own pages."
    assert told in content_of(f"{TEXT}<p>{told}</p>")
