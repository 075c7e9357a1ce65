"""Keeps the store's events at what posts, calendars, the config and the operator say, and at the time.

Law: doing it twice changes nothing. What is over stays in the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.clock import believe
from solacefeed.deeds.execution import beside
from solacefeed.models.events import Event
from solacefeed.ports import Clock
from solacefeed.publish.formats import REFRESHING
from solacefeed.stable import stable_hash
from solacefeed.store import counters, events, facts, posts
from solacefeed.store.database import Store

#: How often what posts say is understood before it is left for the next look.
ATTEMPTS = 3

_FOREVER = datetime.max.replace(tzinfo=UTC)


def refresh_beside(
    store: Store,
    clock: Clock,
    configured: Sequence[Event],
    zone_of: Callable[[Store], tzinfo],
    *,
    language: str | None = None,
) -> tuple[str, ...]:
    """Refreshes beside a deed, which goes on whatever becomes of it; returns what did not work, a line each.

    What another process is at is left to that one.
    """
    trouble = beside(
        store, clock, "events", lambda: refresh_events(store, clock, configured, zone_of(store), language=language)
    )
    return () if trouble is None else (trouble,)


def refresh_events(
    store: Store, clock: Clock, configured: Sequence[Event], zone: tzinfo, *, language: str | None = None
) -> int:
    """Brings the events of the store up to date; returns how many were new or changed.

    *language* is the site's, by which days in numbers are read.

    Cheap where nothing was said since the last time and nothing has ended. Raises ``Busy`` while another does it, and
    ``ClockDoubt`` when the time can't be right: what is over would be forgotten.
    """
    believe(store, clock)
    for _ in range(ATTEMPTS):
        now = clock()
        with store.read() as connection:
            changes = counters.content(connection)
            said = facts.several(connection, facts.EVENTS_REFRESHED, facts.EVENTS_UNCHANGED)
            last = said.get(facts.EVENTS_REFRESHED)
            # All posts are looked through where something was written since, and only then.
            unchanged = stable_hash((REFRESHING, changes, list(configured), zone, language, last))
            if said.get(facts.EVENTS_UNCHANGED) == unchanged and _is_in_its_time(last, now):
                return 0
            telling = posts.telling(connection, until=_FOREVER)
            mark = _mark(connection, telling, configured, zone, language)
        if _holds(last, mark, now):
            with store.write() as connection:
                facts.put(connection, facts.EVENTS_UNCHANGED, unchanged)
            return 0
        # What understands is large, and on most looks there is nothing to understand.
        from solacefeed.deeds.events.remake import Changed, remake

        try:
            return remake(store, telling, configured, zone, language=language, now=now, changes=changes, mark=mark)
        except Changed:
            continue
    # Whoever writes so often is asked at the next look.
    return 0


def _mark(
    connection: sa.Connection,
    telling: Iterable[object],
    configured: Sequence[Event],
    zone: tzinfo,
    language: str | None,
) -> str:
    """Another one whenever there may be something new to understand, also by another release.

    One that an earlier release left is another, too: a refresh that finds nothing new moves nothing.
    """
    return stable_hash((REFRESHING, list(telling), list(configured), zone, language, events.heard(connection)))


def _holds(last: str | None, mark: str, now: datetime) -> bool:
    return last is not None and last.startswith(f"{mark} ") and _is_in_its_time(last, now)


def _is_in_its_time(last: str | None, now: datetime) -> bool:
    if last is None:
        return False
    _, done_at, again = last.split(" ")
    return datetime.fromisoformat(done_at) <= now < datetime.fromisoformat(again)
