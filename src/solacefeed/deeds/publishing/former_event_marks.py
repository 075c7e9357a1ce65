"""The mark of events as the releases up to schema 0004 kept it, of Python's own words for a value.

It is read and never written: where it still fits, the events are as they were published, and today's mark takes its
place. The names of classes and fields are those of then, whatever they are called by now, and a field that came later
stands in none of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from solacefeed.models.events import Event


def of_events(told: Iterable[Event]) -> str:
    """What ``feeds_made_of_events`` held beside its instant."""
    return sha256(f"[{', '.join(map(_words, told))}]".encode()).hexdigest()


def _words(event: Event) -> str:
    # The last day to book was lost on its way to documents then.
    return (
        f"Event({_fields(event, 'id name place starts ends url')}, book_by=None, {_fields(event, 'text categories')}, "
        f"standing=<EventStanding.{event.standing.name}: {event.standing.value!r}>, "
        f"{_fields(event, 'sequence known_since changed')})"
    )


def _fields(event: Event, names: str) -> str:
    return ", ".join(f"{name}={getattr(event, name)!r}" for name in names.split())
