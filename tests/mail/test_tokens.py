"""Links that only we can make."""

from __future__ import annotations

import base64
import random
import re
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.errors import UsageError
from solacefeed.tokens import (
    LATER,
    Expired,
    confirming,
    feeding,
    for_confirming,
    for_desk,
    for_feed,
    for_hour,
    for_preferences,
    of_hour,
    preferring,
    read,
    read_until,
    sign,
    sign_until,
    signed,
    signed_in,
)
from tests.support.builders import MONDAY

KEYS = ("secret",)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_a_token_gives_back_what_it_was_made_of(payload: str) -> None:
    token = sign("unsubscribe", payload, KEYS)
    assert read("unsubscribe", token, KEYS) == payload
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)


def test_the_same_link_is_made_for_ever() -> None:
    token = "d2Vla2x5OjE3.5wBiF8BBRsmpYUYNwQncplaqJ6Pi87qO4bIFBbhrYFA"
    assert sign("unsubscribe", "weekly:17", ("s3cret",)) == token
    assert read("unsubscribe", token, ("s3cret",)) == "weekly:17"


@given(st.one_of(TEXT, st.text()))
def test_a_text_that_we_did_not_make_is_refused_whatever_it_is(token: str) -> None:
    with pytest.raises(UsageError, match="not one of ours"):
        read("unsubscribe", token, KEYS)


@given(TEXT, st.integers(min_value=0), st.sampled_from("AZaz09-_"))
def test_a_token_changed_in_one_place_is_refused(payload: str, place: int, letter: str) -> None:
    token = sign("unsubscribe", payload, KEYS)
    place %= len(token)
    forged = token[:place] + letter + token[place + 1 :]
    if forged != token:
        with pytest.raises(UsageError):
            read("unsubscribe", forged, KEYS)


@pytest.mark.parametrize(
    ("purpose", "secret"),
    [("confirm", "secret"), ("unsubscribe", "another"), ("unsubscribesecret", ""), ("Unsubscribe", "secret")],
)
def test_a_token_serves_one_purpose_and_one_secret(purpose: str, secret: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(purpose, sign("unsubscribe", "weekly:17", KEYS), (secret,))
    assert "weekly" not in str(caught.value)


def test_a_new_key_voids_no_link_and_one_that_is_gone_voids_its_own() -> None:
    old = sign("unsubscribe", "weekly:17", ("old",))
    assert read("unsubscribe", old, ("new", "old")) == "weekly:17"
    assert sign("unsubscribe", "weekly:17", ("new", "old")) == sign("unsubscribe", "weekly:17", ("new",))
    with pytest.raises(UsageError, match="not one of ours"):
        read("unsubscribe", old, ("new",))


def test_a_link_with_an_end_works_to_its_last_second_and_no_longer() -> None:
    token = sign_until("erase", "17:0", KEYS, until=MONDAY)
    assert read_until("erase", token, KEYS, now=MONDAY) == "17:0"
    with pytest.raises(Expired, match="time of this link is over"):
        read_until("erase", token, KEYS, now=MONDAY + timedelta(seconds=1))


def test_what_a_link_carries_comes_back_and_one_for_the_feed_chooses_nothing() -> None:
    assert preferring(for_preferences(17, 3, KEYS), KEYS) == (17, 3)
    assert feeding(for_feed(17, 3, KEYS), KEYS) == (17, 3)
    assert of_hour("erase", for_hour("erase", 17, 3, KEYS, until=MONDAY), KEYS, now=MONDAY) == (17, 3)
    assert confirming(for_confirming(5, "once", KEYS, until=MONDAY), KEYS, now=MONDAY) == (5, "once")
    with pytest.raises(UsageError):
        preferring(for_feed(17, 3, KEYS), KEYS)
    with pytest.raises(UsageError):
        of_hour("erase", for_hour("export", 17, 3, KEYS, until=MONDAY), KEYS, now=MONDAY)


#: What an attacker has: links of their own, to each purpose; and what a page of theirs would be called.
MINE = {
    "preferences": for_preferences(17, 3, KEYS),
    "feed": for_feed(17, 3, KEYS),
    "unsubscribe": sign("unsubscribe", "weekly:17", KEYS),
    "confirm": for_confirming(5, "once", KEYS, until=MONDAY),
    "erase": for_hour("erase", 17, 3, KEYS, until=MONDAY),
    "desk": for_desk(7, MONDAY, KEYS),
}
SIGNS = "ABCXYZabcxyz0189-_.~=+/ \n!é"


def forged(chance: random.Random) -> tuple[str, str]:
    """A purpose, and a token for it that nobody was given."""
    purpose = chance.choice(list(MINE))
    payload, _, signature = MINE[purpose].rpartition(".")
    other = MINE[chance.choice(list(MINE))]
    place = chance.randrange(len(MINE[purpose]))
    wanted = base64.urlsafe_b64encode(f"{chance.randrange(10**6)}:{chance.randrange(4)}".encode()).decode().rstrip("=")
    match chance.randrange(8):
        case 0:
            made = MINE[purpose][:place] + chance.choice(SIGNS) + MINE[purpose][place + chance.randrange(2) :]
        case 1:
            made = MINE[purpose][:place]
        case 2:
            made = f"{wanted}.{signature}"
        case 3:
            made = f"{payload}.{other.rpartition('.')[2]}"
        case 4:
            made = other
        case 5:
            made = f"{wanted}.{chance.getrandbits(256):064x}"[:50]
        case 6:
            made = f"{payload}.{signature[::-1]}"
        case _:
            made = f"{MINE[purpose]}{chance.choice(SIGNS)}"
    return purpose, made


def accepted(count: int) -> list[str]:
    chance, found = random.Random(12), []
    for _ in range(count):
        purpose, token = forged(chance)
        if token != MINE[purpose]:
            with suppress(UsageError):
                read(purpose, token, KEYS)
                found.append(token)
    return found


def test_none_of_a_thousand_forged_tokens_is_accepted() -> None:
    assert accepted(1000) == []


@pytest.mark.slow
def test_none_of_a_million_forged_tokens_is_accepted() -> None:
    assert accepted(1_000_000) == []


def test_a_link_that_waits_is_signed_as_it_leaves_and_opens_nothing_before() -> None:
    waits = f"<{for_preferences(7, 2, LATER)}> <{for_confirming(9, 'a-b_C', LATER, until=MONDAY)}>"
    signed_now = f"<{for_preferences(7, 2, KEYS)}> <{for_confirming(9, 'a-b_C', KEYS, until=MONDAY)}>"
    assert signed(waits, KEYS) == signed_now
    assert signed(signed_now, KEYS) == signed_now
    assert signed_in(waits, "preferences", KEYS) == for_preferences(7, 2, KEYS)
    assert signed_in(waits, "unsubscribe", KEYS) is None
    for keys in (KEYS, LATER):
        with pytest.raises(UsageError):
            preferring(for_preferences(7, 2, LATER), keys)
