"""What is held back: what would take away too much at once waits for the operator; pure."""

from __future__ import annotations

from typing import Final

#: A look that would take away more than this many, and more than this share of all, takes away none.
MOST_AT_ONCE: Final = 3
LARGEST_SHARE: Final = 0.10


def too_many_gone(gone: int, known: int, share: float = LARGEST_SHARE) -> bool:
    """Whether so many at once are more likely somebody's accident than their wish."""
    return gone > MOST_AT_ONCE and gone > known * share
