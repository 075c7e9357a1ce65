"""The order in which an editor puts the posts of an edition: its beginning alone, the rest stands by their dates."""

from __future__ import annotations

from collections.abc import Sequence


def moved(shown: Sequence[str], first: Sequence[str], post_id: str, by: int) -> tuple[str, ...]:
    """What comes first when a post of those *shown* is moved *by* a place, -1 being up; *first* is what does now.

    A post that is not shown, or has nowhere to go, leaves all as it is.
    """
    if post_id not in shown:
        return tuple(first)
    here = shown.index(post_id)
    there = here + by
    if not 0 <= there < len(shown):
        return tuple(first)
    wanted = list(shown)
    wanted[here], wanted[there] = wanted[there], wanted[here]
    placed = sum(each in first for each in shown)
    return _with_the_unseen(wanted[: max(placed, here + 1, there + 1)], first)


def led_by(first: Sequence[str], post_id: str) -> tuple[str, ...]:
    """What comes first when a post leads."""
    return _with_the_unseen([post_id], first)


def _with_the_unseen(wanted: Sequence[str], first: Sequence[str]) -> tuple[str, ...]:
    """*wanted*, and behind it what was to come first and is not among it, such as a post that may come back."""
    return (*wanted, *(each for each in first if each not in wanted))
