"""A form is posted from a page of ours alone: its token is of this form, this link and this time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from solacefeed.errors import UsageError
from solacefeed.tokens import Expired
from solacefeed.web.security import FORM_TIME, form_made_at, form_token

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
KEYS = ("a key", "an older one")
TOKEN = form_token("preferences", "ann's link", KEYS, now=NOW)


def test_a_forms_token_says_when_it_was_made_for_as_long_as_it_holds() -> None:
    assert form_made_at(TOKEN, "preferences", "ann's link", KEYS, now=NOW + FORM_TIME) == NOW
    with pytest.raises(Expired):
        form_made_at(TOKEN, "preferences", "ann's link", KEYS, now=NOW + FORM_TIME + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("token", "purpose", "bound_to", "keys"),
    [
        (TOKEN, "subscribe", "ann's link", KEYS),
        (TOKEN, "preferences", "ben's link", KEYS),
        (TOKEN, "preferences", "ann's link", ("another",)),
        (TOKEN[:-1], "preferences", "ann's link", KEYS),
        ("", "preferences", "ann's link", KEYS),
    ],
)
def test_the_token_of_another_form_link_or_site_is_none(
    token: str, purpose: str, bound_to: str, keys: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError):
        form_made_at(token, purpose, bound_to, keys, now=NOW)


def test_an_older_key_holds_and_the_link_stands_not_in_the_form() -> None:
    older = form_token("preferences", "ann's link", KEYS[1:], now=NOW)
    assert form_made_at(older, "preferences", "ann's link", KEYS, now=NOW) == NOW
    assert "ann" not in older
