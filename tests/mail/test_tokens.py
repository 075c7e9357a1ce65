"""Links that only we can make."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.errors import UsageError
from solacefeed.tokens import read, sign

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_a_token_gives_back_what_it_was_made_of(payload: str) -> None:
    token = sign("unsubscribe", payload, "secret")
    assert read("unsubscribe", token, "secret") == payload
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)


def test_the_same_link_is_made_for_ever() -> None:
    token = "d2Vla2x5OjE3.5wBiF8BBRsmpYUYNwQncplaqJ6Pi87qO4bIFBbhrYFA"
    assert sign("unsubscribe", "weekly:17", "s3cret") == token
    assert read("unsubscribe", token, "s3cret") == "weekly:17"


@given(st.one_of(TEXT, st.text()))
def test_a_text_that_we_did_not_make_is_refused_whatever_it_is(token: str) -> None:
    with pytest.raises(UsageError, match="not one of ours"):
        read("unsubscribe", token, "secret")


@given(TEXT, st.integers(min_value=0), st.sampled_from("AZaz09-_"))
def test_a_token_changed_in_one_place_is_refused(payload: str, place: int, letter: str) -> None:
    token = sign("unsubscribe", payload, "secret")
    place %= len(token) - 1  # the last letter has two bits to spare
    forged = token[:place] + letter + token[place + 1 :]
    if forged != token:
        with pytest.raises(UsageError):
            read("unsubscribe", forged, "secret")


@pytest.mark.parametrize(
    ("purpose", "secret"),
    [("confirm", "secret"), ("unsubscribe", "another"), ("unsubscribesecret", ""), ("Unsubscribe", "secret")],
)
def test_a_token_serves_one_purpose_and_one_secret(purpose: str, secret: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(purpose, sign("unsubscribe", "weekly:17", "secret"), secret)
    assert "weekly" not in str(caught.value)
