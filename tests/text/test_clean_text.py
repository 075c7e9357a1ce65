"""Titles, names and lines: plain text that can stand anywhere."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from solacefeed.text.characters import one_line, scrub, shorten
from solacefeed.text.clean import plain, title

_EVERY_CHARACTER = "".join(map(chr, range(sys.maxunicode + 1)))


def test_of_all_characters_only_those_that_xml_can_hold_are_kept() -> None:
    element = etree.Element("title")
    element.text = scrub(_EVERY_CHARACTER)
    assert etree.fromstring(etree.tostring(element, encoding="utf-8")).text == element.text


@pytest.mark.parametrize(
    "character", "\x00\x08\x1b\x7f\x9f\u202a\u202e\u2066\u2069\ufeff\ufffe\uffff\ufdd0\U0001fffe\ud800"
)
def test_controls_overrides_and_noncharacters_vanish(character: str) -> None:
    assert scrub(f"a{character}b") == "ab"


@pytest.mark.parametrize("character", "\u200e\u200f\u061c\u200d\u200c\u00ad\u200b\U000e0067é\u0301👩")
def test_marks_joiners_and_accents_that_a_script_needs_are_kept(character: str) -> None:
    assert scrub(f"a{character}b") == f"a{character}b"


@given(text=st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)
    assert one_line(one_line(text)) == one_line(text)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "Bins &amp; budgets: what&#8217;s next for <5% &#038; >10% cuts?",
            "Bins & budgets: what’s next for <5% & >10% cuts?",
        ),
        ("Why <em>co-production</em> &mdash; &lt;b&gt;matters&lt;/b&gt;", "Why co-production — <b>matters</b>"),
        ("Health &amp;amp; Wellbeing", "Health &amp; Wellbeing"),
        ("A vertical\x0btab and a bell\x07", "A vertical tab and a bell"),
        ("   Spaces   around\u00a0&nbsp;and\nwithin  ", "Spaces around and within"),
        ("One<br>two", "One two"),
        ("<p>One</p><p>two</p>", "One two"),
        ("a<script>alert(1)</script>b", "ab"),
        ("‮reversed‬", "reversed"),
        ("Còmhdhail 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👩‍👩‍👧 עברית", "Còmhdhail 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👩‍👩‍👧 עברית"),
        ("2012", "2012"),
        ("", ""),
    ],
)
def test_html_is_decoded_once_to_one_line(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    ("html", "text", "expected"),
    [
        ("<b>A</b> title", "Some text.", "A title"),
        ("", "A short note.", "A short note."),
        (
            " &nbsp;\u200b",
            "The first ten words of this text, which goes on, and on.",
            "The first ten words of this text, which goes on…",
        ),
        ("<script>x</script>", "", "Untitled"),
        ("", "", "Untitled"),
    ],
)
def test_a_post_always_has_a_title(html: str, text: str, expected: str) -> None:
    assert title(html, text) == expected


def test_half_a_megabyte_of_title_becomes_a_title() -> None:
    assert len(title("word " * 100_000, "")) <= 500


@given(text=st.text(st.sampled_from("ab ,"), max_size=40).map(one_line), length=st.integers(1, 40))
def test_what_is_shortened_is_no_longer_than_asked_for(text: str, length: int) -> None:
    short = shorten(text, length)
    assert short == text if len(text) <= length else len(short) <= length
    assert text.startswith(short.removesuffix("…"))
