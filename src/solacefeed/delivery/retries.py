"""When a copy that did not go is offered again."""

from __future__ import annotations

from datetime import datetime, timedelta

#: After the first, second ... deferral; the last one is repeated. RFC 5321 section 4.5.4.1 asks for half an hour or
#: more in the long run; greylisting relays let a copy in after some minutes.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240))

#: How long an uncertain copy rests before it is offered once more: time to see whether it arrived.
WAIT_IN_DOUBT = timedelta(minutes=15)


def next_try(attempts: int, now: datetime) -> datetime:
    """When a copy is offered again that was deferred *attempts* times."""
    return now + WAITS[min(max(attempts, 1), len(WAITS)) - 1]
