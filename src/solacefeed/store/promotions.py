"""Promotions: which variants told of which event, and with that how often a reader was told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from solacefeed.models import DeliveryState, Variant
from solacefeed.store.schema import deliveries, editions, promotions

#: States of copies that never reached their reader; of all others one may have, or may yet.
_NEVER_READ = (DeliveryState.REJECTED, DeliveryState.EXPIRED, DeliveryState.CANCELLED)


def note(connection: sa.Connection, variant: Variant) -> None:
    """Writes down the events of a variant that is being kept."""
    of = {"edition_id": variant.edition_id, "selection": variant.selection, "revision": variant.revision}
    rows = [{"event_id": event_id, **of} for event_id in sorted(set(variant.event_ids))]
    if rows:
        connection.execute(promotions.insert(), rows)


def had_often(
    connection: sa.Connection, digest: str, event_ids: Iterable[str], *, times: int
) -> dict[int, frozenset[str]]:
    """Those of *event_ids* of which at least *times* editions of *digest* told a subscriber, by the subscriber's id.

    A copy that still waits counts, since it may go before the next edition does. Its revision is not settled, so it
    counts for the events of each.
    """
    told_by = (
        (deliveries.c.edition_id == promotions.c.edition_id)
        & (deliveries.c.selection == promotions.c.selection)
        & (deliveries.c.revision.is_(None) | (deliveries.c.revision == promotions.c.revision))
    )
    query = (
        sa.select(deliveries.c.subscriber_id, promotions.c.event_id)
        .select_from(
            promotions.join(editions, editions.c.id == promotions.c.edition_id).join(deliveries, told_by),
        )
        .where(
            promotions.c.event_id.in_(list(event_ids)),
            editions.c.digest == digest,
            deliveries.c.state.not_in(_NEVER_READ),
        )
        .group_by(deliveries.c.subscriber_id, promotions.c.event_id)
        .having(sa.func.count(deliveries.c.edition_id.distinct()) >= times)
        .order_by(deliveries.c.subscriber_id, promotions.c.event_id)
    )
    return _by_subscriber(connection.execute(query))


def _by_subscriber(rows: Iterable[sa.Row[Any]]) -> dict[int, frozenset[str]]:
    """Readers with the same events share one set: there may be a million of them."""
    shared: dict[frozenset[str], frozenset[str]] = {}
    found: dict[int, frozenset[str]] = {}
    for row in rows:
        events = found.get(row.subscriber_id, frozenset()) | {row.event_id}
        found[row.subscriber_id] = shared.setdefault(events, events)
    return found
