"""Understands anew what posts, calendars and the config tell of events, and writes what has changed by that.

An event keeps its id by its sightings; ``sequence`` and ``changed`` move only when something of it did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.events.known_events import (
    Advertised,
    all_but_spoilt,
    as_decided,
    check,
    event_of,
    is_public,
    sightings_by_hand,
    sightings_of_posts,
    told_first,
)
from solacefeed.events.merging import merge
from solacefeed.events.permanence import named
from solacefeed.models.events import Event, EventStatus
from solacefeed.models.sightings import KnownEvent, Origin, Sighting
from solacefeed.store import counters, events, facts, quarantine
from solacefeed.store.database import Store
from solacefeed.store.events import EventRow
from solacefeed.store.locks import only_one

#: How long documents still show what is called off, so that subscribed calendars learn of it.
STILL_SHOWN = timedelta(days=30)

# What the config says has no date: it holds at any instant.
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_FOREVER = datetime.max.replace(tzinfo=UTC)


class Changed(Exception):
    """Posts, or what is told of events, changed while they were understood; nothing was written."""


def remake(
    store: Store,
    advertised: Advertised,
    configured: Sequence[Event],
    zone: tzinfo,
    *,
    now: datetime,
    changes: int,
    mark: str,
) -> int:
    """Writes the events that *advertised* posts, the store's calendars and the config tell of; returns how many
    changed.

    *mark* is what the store remembers it by. Raises ``Changed`` when it counts other *changes* by now, and ``Busy``.
    """
    left_out: dict[str, str] = {}
    by_post = sightings_of_posts(advertised, zone, left_out)
    with only_one(store, "events"), store.write() as connection:
        if counters.content(connection) != changes:
            raise Changed
        gone = _follow(connection, by_post, configured, now)
        before = events.rows(connection)
        (known, after), spoilt = _understood(connection, configured, gone, before, now, zone)
        changed = _keep(connection, before, after, now, zone)
        quarantine.settle(connection, quarantine.Kind.TELLING, left_out | spoilt, at=now)
        events.belong(connection, {event.id: event.sightings for event in known})
        again = _next_look(connection, now, zone)
        facts.put(connection, facts.EVENTS_REFRESHED, f"{mark} {now.isoformat()} {again.isoformat()}")
    return changed


def _follow(
    connection: sa.Connection, by_post: dict[events.Key, Sighting], configured: Sequence[Event], now: datetime
) -> list[Sighting]:
    by_hand = {(one.source, "config"): replace(one, said_at=_EVER) for one in sightings_by_hand(configured, {})}
    return [
        *events.follow(connection, Origin.BLURB, by_post, at=now),
        *events.follow(connection, Origin.CONFIG, by_hand, at=now),
        *events.taken_back(connection),
    ]


Rows = dict[str, EventRow]


def _understood(
    connection: sa.Connection,
    configured: Sequence[Event],
    gone: Sequence[Sighting],
    before: Rows,
    now: datetime,
    zone: tzinfo,
) -> tuple[tuple[tuple[KnownEvent, ...], Rows], dict[str, str]]:
    """The events and their rows, and why some of what is told of them was left out."""
    told = [
        *sightings_by_hand(configured, events.of_config(connection)),
        *events.told_at(connection, now),
    ]
    decisions = events.decisions(connection, until=now)
    by_id = {event.id: event for event in configured}

    def made(some: Sequence[Sighting]) -> tuple[tuple[KnownEvent, ...], Rows]:
        known = as_decided(named(merge(some, zone=zone), gone=gone, zone=zone), decisions)
        return known, {event.id: _row(event, by_id, before.get(event.id), now, zone) for event in known}

    return all_but_spoilt(told, made)


# -- one row an event -------------------------------------------------------------------------------


def _keep(connection: sa.Connection, before: Rows, after: Rows, now: datetime, zone: tzinfo) -> int:
    forsaken = {name: _forsaken(row, now, zone) for name, row in before.items() if name not in after}
    fresh = [row for name, row in {**forsaken, **after}.items() if row != before.get(name)]
    events.write(connection, fresh)
    return sum(name not in before or before[name].changed != row.changed for name, row in after.items())


def _row(
    known: KnownEvent, configured: dict[str, Event], before: EventRow | None, now: datetime, zone: tzinfo
) -> EventRow:
    event = event_of(known, configured)
    if event:
        check(event, zone)
    told = {
        "name": known.name,
        "place": known.place,
        "starts": known.starts,
        "ends": known.ends,
        "url": known.url,
        "text": event.text if event else None,
        "categories": event.categories if event else known.categories,
        "standing": known.standing,
        "certainty": known.certainty,
        "book_by": event.book_by if event else None,
    }
    changed, sequence = _changes(told, before, now)
    row = EventRow(
        id=known.id,
        told=told,
        over=event is not None and event.over_at(zone) <= now,
        shown=False,
        booking_over=_booking_is_over(event, now, zone),
        sequence=sequence,
        known_since=before.known_since if before else told_first(known, now),
        changed=changed,
    )
    return replace(row, shown=is_public(known) and _is_shown(row, now, zone))


def _changes(told: Mapping[str, object], before: EventRow | None, now: datetime) -> tuple[datetime, int]:
    """When it last changed, and its sequence, which grows with time, place and standing alone."""
    if before is None:
        return now, 0
    # What a release did not keep has not changed.
    unknown = {"certainty", "book_by"} if before.booking_over is None else {"certainty"}
    other = {name for name, value in told.items() if name not in unknown and before.told[name] != value}
    weighty = other & {"starts", "ends", "place", "standing"}
    return now if other else before.changed, before.sequence + bool(weighty)


def _forsaken(row: EventRow, now: datetime, zone: tzinfo) -> EventRow:
    """Of an event that nobody tells of any more: kept, and not shown."""
    over = row.over or (row.event is not None and row.event.over_at(zone) <= now)
    return replace(row, over=over, shown=False, booking_over=_booking_is_over(row.event, now, zone))


def _booking_is_over(event: Event | None, now: datetime, zone: tzinfo) -> bool:
    ends = event.booking_ends_at(zone) if event else None
    return ends is not None and ends <= now


def _is_shown(row: EventRow, now: datetime, zone: tzinfo) -> bool:
    return row.event is not None and all(now < until for until in _ends_of_showing(row, row.event, zone))


def _ends_of_showing(row: EventRow, event: Event, zone: tzinfo) -> list[datetime]:
    called_off = [row.changed + STILL_SHOWN] if event.standing is EventStatus.CANCELLED else []
    return [event.over_at(zone), *called_off]


def _next_look(connection: sa.Connection, now: datetime, zone: tzinfo) -> datetime:
    """When time alone changes something: an event ends, its booking does, or it leaves; a post dated ahead appears."""
    instants = [*events.said_after(connection, now)]
    for row in events.rows(connection).values():
        if row.event is not None:
            instants += [row.event.over_at(zone), *_ends_of_showing(row, row.event, zone)]
            instants += filter(None, [row.event.booking_ends_at(zone)])
    return min((instant for instant in instants if instant > now), default=_FOREVER)
