"""Promotions: which variants told of which event, and with that how often a reader was told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import OPEN, EditionState, Variant
from solacefeed.store.copies import counts, key_of_variant
from solacefeed.store.database import among
from solacefeed.store.schema import deliveries, editions, promotions

#: Of copies whose words are not settled yet, as those of open editions.
_WAITING = (DeliveryState.PENDING, DeliveryState.CLAIMED)


def note(connection: sa.Connection, variant: Variant) -> None:
    """Writes down the events of a variant that is being kept."""
    of = {"edition_id": variant.edition_id, "selection": variant.selection, "revision": variant.revision}
    rows = [{"event_id": event_id, **of} for event_id in sorted(set(variant.event_ids))]
    if rows:
        connection.execute(promotions.insert(), rows)


def editions_with(connection: sa.Connection, event_ids: Collection[str]) -> set[str]:
    """The ids of the editions, of any digest, that were frozen with one of these events (``variants.promoted_by``)."""
    found: set[str] = set()
    for event_id in event_ids:
        which = (promotions.c.event_id == event_id, promotions.c.revision == 1)
        found.update(connection.execute(sa.select(promotions.c.edition_id).where(*which).distinct()).scalars())
    return found


def events_of(connection: sa.Connection, edition_id: str) -> int:
    """How many events an edition told its readers of when it was frozen."""
    its = promotions.c.edition_id == edition_id, promotions.c.revision == 1
    return connection.execute(sa.select(sa.func.count(promotions.c.event_id.distinct())).where(*its)).scalar_one()


def had_often(
    connection: sa.Connection, digest: str, event_ids: Collection[str], *, times: int, readers: tuple[int, int]
) -> dict[int, frozenset[str]]:
    """Those of *event_ids* of which at least *times* editions of *digest* told a subscriber, by the subscriber's id.

    Of the subscribers from the first to the last number of *readers*. A copy that still waits counts for every event:
    what it will tell of is settled when it goes. Reads each copy of
    the editions that told of an event once, half a microsecond each, so that no index has to be kept for it.
    """
    waiting = _waiting(connection, digest, readers)
    at_least = times - max(waiting.values(), default=0)
    settled = (
        told
        for some in among(connection, promotions.c.event_id, event_ids)
        for told in _told(connection, digest, some, at_least, readers)
    )
    enough = [(who, event) for who, event, count in settled if count + waiting.get(who, 0) >= times]
    in_wait = [(who, event) for who, count in waiting.items() if count >= times for event in event_ids]
    return _by_subscriber([*enough, *in_wait])


def _waiting(connection: sa.Connection, digest: str, readers: tuple[int, int]) -> dict[int, int]:
    """How many copies may still go to a subscriber, with whatever they will tell of then."""
    query = (
        sa.select(deliveries.c.subscriber_id, sa.func.count())
        .select_from(deliveries.join(editions, editions.c.id == deliveries.c.edition_id))
        .where(
            editions.c.digest == digest,
            editions.c.state.in_((*OPEN, EditionState.PREPARING)),
            deliveries.c.subscriber_id.between(*readers),
            deliveries.c.state.in_(_WAITING),
            deliveries.c.revision.is_(None),
        )
        .group_by(deliveries.c.subscriber_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _told(
    connection: sa.Connection, digest: str, those: sa.ColumnElement[bool], at_least: int, readers: tuple[int, int]
) -> Iterator[tuple[int, str, int]]:
    """Subscriber, event, and how many editions told of it in the revision that the subscriber got or is to get."""
    in_its_revision = (
        (deliveries.c.edition_id == promotions.c.edition_id)
        & (key_of_variant() == promotions.c.selection)
        & (deliveries.c.revision == promotions.c.revision)
    )
    query = (
        sa.select(deliveries.c.subscriber_id, promotions.c.event_id, sa.func.count())
        .select_from(
            promotions.join(editions, editions.c.id == promotions.c.edition_id).join(deliveries, in_its_revision)
        )
        .where(
            those,
            deliveries.c.subscriber_id.between(*readers),
            editions.c.digest == digest,
            counts(),
        )
        .group_by(deliveries.c.subscriber_id, promotions.c.event_id)
        .having(sa.func.count() >= at_least)
    )
    for row in connection.execute(query):
        yield row[0], row[1], row[2]


def _by_subscriber(pairs: Iterable[tuple[int, str]]) -> dict[int, frozenset[str]]:
    """Readers with the same events share one set: there may be a million of them."""
    shared: dict[frozenset[str], frozenset[str]] = {}
    found: dict[int, frozenset[str]] = {}
    for subscriber_id, event_id in pairs:
        events = found.get(subscriber_id, frozenset()) | {event_id}
        found[subscriber_id] = shared.setdefault(events, events)
    return found
