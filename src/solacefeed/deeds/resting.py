"""Rest: until when a blog or a calendar that asked to be left alone is; pure."""

from __future__ import annotations

from datetime import datetime

from solacefeed.errors import MAINTENANCE


def rests(until: datetime | None, status: int | None, now: datetime, *, at_once: bool) -> bool:
    """Whether it is left alone, which said with that *status* that it wants to be, *until* then.

    Who wants it asked *at_once* is obeyed in a maintenance, which may be over; never where it is asked too often (429).
    """
    return until is not None and now < until and not (at_once and status == MAINTENANCE)
