from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.brand import PLAIN, Stack, branded, logo, mark, stack, typeface
from solacefeed.palette import HOUSE, palette


def test_a_site_that_says_nothing_of_its_looks_has_ours_and_no_mark() -> None:
    assert branded(palette("#17594c"), typeface("serif"), None) == PLAIN
    assert mark(PLAIN) == ""


def test_whatever_is_seen_of_it_changes_the_mark() -> None:
    others = [
        branded(palette("#17594d"), typeface("serif"), None),
        branded(HOUSE, typeface("sans"), None),
        branded(HOUSE, typeface("Georgia, serif"), None),
        branded(HOUSE, typeface("serif"), logo("https://www.example.org/logo.png", "The Society", None)),
        branded(HOUSE, typeface("serif"), logo("https://www.example.org/logo.png", "The Society", (80, 40))),
    ]
    marks = [mark(PLAIN), *map(mark, others)]
    assert len(set(marks)) == len(marks)
    assert [mark(replace(each)) for each in others] == marks[1:]


def test_a_serif_is_for_headings_and_every_other_choice_for_all_words() -> None:
    assert typeface("serif").headings != typeface("serif").text == typeface("sans").text
    assert typeface("sans").headings == typeface("sans").text
    assert typeface("Trebuchet MS, Arial, sans-serif").text == '"Trebuchet MS", Arial, sans-serif'


@pytest.mark.parametrize(
    "said", ["", "Arial", "Arial, ", "Arial;, serif", "a{}, serif", "</style>, serif", "url(x), serif", "1st, serif"]
)
def test_what_is_no_stack_of_names_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="sans-serif at the end"):
        stack(said)


@given(st.text())
def test_no_stack_ends_the_style_that_it_stands_in(said: str) -> None:
    try:
        found: Stack = stack(said)
    except ValueError:
        return
    assert not set(found) & set("<>{};:()\\&@/*\n")
    assert found.count('"') % 2 == 0


@pytest.mark.parametrize(
    ("size", "shown"),
    [(None, (None, 40)), ((320, 80), (160, 40)), ((60, 30), (60, 30)), ((1, 10_000), (1, 40)), ((900, 41), (878, 40))],
)
def test_a_logo_is_shown_in_its_proportions_and_never_higher_than_its_line(
    size: tuple[int, int] | None, shown: tuple[int | None, int]
) -> None:
    picture = logo("https://www.example.org/logo.png", "The Society", size)
    assert (picture.width, picture.height) == shown


def test_a_logo_knows_the_host_that_a_page_may_ask_for_it() -> None:
    picture = logo("https://cdn.example.org:8443/a/logo.png?v=1;2", "The Society", None)
    assert picture.origin == "https://cdn.example.org:8443"
