"""What of a list can be worked on: halved until those that spoil it stand alone, so that they cost no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from solacefeed.errors import is_about_one

T = TypeVar("T")


#: More than so many that spoil a whole are no exception, and to find each of them holds up all else.
MOST_LEFT_OUT: Final = 50


def fitting(
    items: Sequence[T], work: Callable[[Sequence[T]], object], *, most: int | None = None
) -> tuple[list[T], list[tuple[T, Exception]]]:
    """Those of *items*, in their order, on which together *work* can be done; and the others, each with its error.

    One that goes wrong only beside another is left out for the sake of the earlier. Raises what is about no single one:
    then all would fail; and what goes wrong with one more than *most*, as if all did.
    """
    left_out: list[tuple[T, Exception]] = []

    def kept(sure: list[T], some: Sequence[T]) -> list[T]:
        try:
            work([*sure, *some])
        except Exception as error:
            if not is_about_one(error):
                raise
            if len(some) > 1:
                half = len(some) // 2
                return kept(kept(sure, some[:half]), some[half:])
            if most is not None and len(left_out) == most:
                raise
            left_out.extend((one, error) for one in some)
            return sure
        return [*sure, *some]

    return kept([], items), left_out
