"""The order in which an editor puts posts: what was moved stands where it was put, the rest by its date."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.placing import led_by, moved

SHOWN = ("a", "b", "c", "d")


def shown_by(first: tuple[str, ...], by_date: tuple[str, ...] = SHOWN) -> list[str]:
    return [each for each in first if each in by_date] + [each for each in by_date if each not in first]


@pytest.mark.parametrize(
    ("post_id", "by", "first", "then"),
    [
        ("b", -1, ("b", "a"), "bacd"),
        ("a", 1, ("b", "a"), "bacd"),
        ("d", -1, ("a", "b", "d", "c"), "abdc"),
        ("a", -1, (), "abcd"),
        ("d", 1, (), "abcd"),
        ("gone", -1, (), "abcd"),
    ],
)
def test_a_post_is_moved_by_a_place_and_no_more_is_settled_than_has_to_be(
    post_id: str, by: int, first: tuple[str, ...], then: str
) -> None:
    assert moved(SHOWN, (), post_id, by) == first
    assert "".join(shown_by(first)) == then


def test_what_was_to_come_first_and_is_not_there_now_is_not_forgotten() -> None:
    assert moved(("b", "a"), ("gone", "b"), "b", 1) == ("a", "b", "gone")
    assert led_by(("gone", "b"), "a") == ("a", "gone", "b")


@given(st.lists(st.tuples(st.sampled_from(SHOWN), st.sampled_from((-1, 1))), max_size=12))
def test_moves_one_after_another_end_where_one_would_put_them_by_hand(moves: list[tuple[str, int]]) -> None:
    by_hand: list[str] = list(SHOWN)
    first: tuple[str, ...] = ()
    for post_id, by in moves:
        here = by_hand.index(post_id)
        if 0 <= here + by < len(by_hand):
            by_hand[here], by_hand[here + by] = by_hand[here + by], by_hand[here]
        first = moved(shown_by(first), first, post_id, by)
    assert shown_by(first) == by_hand
