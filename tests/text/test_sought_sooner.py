"""What is looked for first, since that costs less, stands in all that would be found."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.text import advertising, link_kinds

ASCII = st.characters(min_codepoint=32, max_codepoint=126)


def found_by(pattern: re.Pattern[str]) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True, alphabet=ASCII)


@given(found_by(link_kinds._SHARER))
def test_each_address_at_which_a_page_is_shared_is_known_as_one(address: str) -> None:
    assert link_kinds.leads_to_sharer(address)


@pytest.mark.parametrize(
    "address", ["https://ctt.ac/aB1", "//ctt.ac/aB1", "HTTPS://CTT.AC/aB1", "https://x.com/intent/post?text=Read"]
)
def test_a_link_that_offers_to_share_is_told_from_one_that_leads_on(address: str) -> None:
    assert link_kinds.leads_to_sharer(address)
    assert not link_kinds.leads_to_sharer("https://www.example.org/2026/11/slow-is-fast/")


@given(found_by(advertising._WHEN))
def test_each_day_that_is_named_is_found(words: str) -> None:
    assert advertising.says_when(words)


@given(found_by(advertising._PERHAPS_WHEN))
def test_each_wording_that_may_be_a_day_is_found(words: str) -> None:
    assert advertising.may_say_when(words)


@given(found_by(advertising._WHERE))
def test_each_place_that_is_named_is_found(words: str) -> None:
    assert advertising._says_where(words)
