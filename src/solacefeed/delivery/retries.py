"""When a copy that did not go is offered again."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

#: After the first, second ... deferral, at most; the last one is repeated. RFC 5321 section 4.5.4.1 asks for half an
#: hour or more in the long run; greylisting relays let a copy in after some minutes.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240))

#: How long an uncertain copy rests before it is offered once more: time to see whether it arrived.
WAIT_IN_DOUBT = timedelta(minutes=15)

#: By up to so much of it a wait is shorter, so that what was put off together does not come back together.
SPREAD = 0.25


def next_try(number: int, attempts: int, now: datetime) -> datetime:
    """When the mail of that *number* is offered again that was deferred *attempts* times: always the same for both."""
    wait = WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    part = int.from_bytes(sha256(f"{number} {attempts}".encode()).digest()[:4]) / 2**32
    return now + wait * (1 - SPREAD * part)
