from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.events.dates import has_days
from solacefeed.models.posts import Blurb
from solacefeed.text.clean import plain
from solacefeed.text.reading import read

URL = "https://blog.example.org/post/"


def lines(content: str, title: str = "News") -> Blurb | None:
    return read(title, content, url=URL).announcement


def test_the_lines_around_a_day_are_kept_with_their_links() -> None:
    content = "".join(f"<p>Line {number}.</p>" for number in range(9))
    found = lines(f'{content}<p>On 18 May, <a href="/book">book</a>.</p>{content}')
    assert found == Blurb(
        text="Line 6.\nLine 7.\nLine 8.\nOn 18 May, book.\nLine 0.\nLine 1.\nLine 2.",
        links=("https://blog.example.org/book",),
    )


def test_a_post_without_a_day_keeps_none() -> None:
    assert lines("<p>We may march on.</p>") is None


@pytest.mark.parametrize(
    "day",
    [
        "15.06.2026", "15.6.26", "15/06/2026", "2026-06-15", "15-Jun-2026", "15 - 17 June", "15–17.06.2026", "June 15th",
        "June the 15th 2026", "the 15th of June", "15&nbsp;June", "15th Jun.", "Sept. 3rd", "28 April – 3 May",
    ],
)  # fmt: skip
def test_a_day_is_seen_in_every_wording_that_is_understood(day: str) -> None:
    assert has_days(unescape(f"The Care Summit is on {day}."))
    assert lines(f"<p>The Care Summit is on {day}.</p>") == Blurb(text=f"The Care Summit is on {plain(day)}.")


@pytest.mark.parametrize(
    "words", ["version 1.2.3", "10.30am to 12.30pm", "192.168.10.20", "In 7 marches", "May I, in 7"]
)
def test_numbers_that_are_no_day_are_none(words: str) -> None:
    assert lines(f"<p>{words}</p>") is None


def test_a_day_in_the_title_keeps_the_beginning() -> None:
    assert lines("<p>Join us at 7pm.</p>", "Care Summit, 21 April") == Blurb(text="Join us at 7pm.")


def test_lines_of_a_paragraph_and_of_a_list_are_lines() -> None:
    found = lines("<p>Date: 18 May<br>Time: 7pm</p><ul><li>Venue: Leeds</li><li>Cost: free</li></ul>")
    assert found == Blurb(text="Date: 18 May\nTime: 7pm\nVenue: Leeds\nCost: free")


def test_of_a_long_paragraph_the_sentence_with_the_day_is_kept() -> None:
    found = lines(f"<p>{'This goes on and on. ' * 60}The Forum is on Monday 18 May. That is all.</p>")
    assert found is not None
    assert "The Forum is on Monday 18 May." in found.text
    assert len(found.text) < 200


def test_the_advertising_paragraph_is_no_part_of_it() -> None:
    content = (
        "<p>Text.</p><p>More text.</p><p>These questions will be discussed at the SOLACE Summit in Coventry on 16-18 "
        'October. How to book is explained <a href="https://e.org/">here</a>.</p>'
    )
    reading = read("News", content, url=URL)
    assert (len(reading.blurbs), reading.announcement) == (1, None)


@given(content=st.lists(st.sampled_from(["<p>", "<br>", "18 May. ", "Text. ", "x" * 700, "</p>", "<li>"]), max_size=60))
def test_whatever_a_post_says_few_lines_of_it_are_kept(content: list[str]) -> None:
    found = lines("".join(content))
    assert found is None or len(found.text) <= 24 * 601
