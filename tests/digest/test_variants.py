"""A variant is known by what it says."""

from __future__ import annotations

from typing import Any

import pytest

from solacefeed.digest.variants import KEY_LENGTH, variant_key
from solacefeed.models.editions import Correction, Pick
from tests.support.builders import category_ids

(HOUSING, SCOTLAND) = category_ids("1", "2")
FIRST = Pick(post_id="1", because=(HOUSING,))
SECOND = Pick(post_id="2", because=(SCOTLAND,))
CORRECTION = Correction(key="k", post_id="9", old_title="Old", new_title="New", url="https://blog.example.org/9/")


def key(**otherwise: Any) -> str:
    said: dict[str, Any] = {
        "picks": (FIRST, SECOND),
        "event_ids": ("summit",),
        "corrections": (CORRECTION,),
        "offers": (SCOTLAND,),
        "left_without": False,
        "language": None,
    }
    return variant_key(**(said | otherwise))


@pytest.mark.parametrize(
    "otherwise",
    [
        {"picks": (FIRST,)},
        {"picks": (SECOND, FIRST)},
        {"picks": (Pick(post_id="1", because=(HOUSING, SCOTLAND)), SECOND)},
        {"picks": (Pick(post_id="1", because=(HOUSING,), away=True), SECOND)},
        {"event_ids": ()},
        {"event_ids": ("summit", "seminar")},
        {"corrections": ()},
        {"offers": ()},
        {"left_without": True},
        {"language": "cy"},
    ],
    ids=str,
)
def test_what_says_something_else_has_another_key(otherwise: dict[str, Any]) -> None:
    assert key(**otherwise) != key()


def test_what_says_the_same_has_one_key_in_every_process_and_release() -> None:
    assert key() == key(picks=[FIRST, SECOND]) == "e9495c2a63c5313a"
    assert len(key()) == KEY_LENGTH
