"""How copies end that wait and shall not go: with a subscription, an edition or a digest, or because it is too late.

``store.deliveries`` draws their states. What may have arrived is uncertain, and is never called cancelled or expired.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.people import SubscriptionState
from solacefeed.store.deliveries import leave_in_doubt, wanted
from solacefeed.store.mailable import is_suppressed
from solacefeed.store.schema import deliveries, editions, subscriptions

ENDED = "the subscription ended"
PAUSED = "the subscription is paused"
SUPPRESSED = "the address is never to be mailed"

_CANCELLED_EDITIONS = sa.select(editions.c.id).where(editions.c.state == EditionState.CANCELLED)


def unwanted(connection: sa.Connection, edition_id: str, *, subscriber_id: int | None = None) -> int:
    """How many copies of an edition wait, of all readers or of one, and will not go: who has ended, paused or bounced.

    They are cancelled when it leaves.
    """
    waits = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.PENDING)
    if subscriber_id is not None:
        waits &= deliveries.c.subscriber_id == subscriber_id
    query = sa.select(sa.func.count()).select_from(deliveries).where(waits, ~wanted())
    return connection.execute(query).scalar_one()


def drop_ended(connection: sa.Connection, edition_id: str, *, at: datetime) -> int:
    """Cancels the waiting copies of those who ended their subscription or paused it, or whose address is suppressed."""
    theirs = (deliveries.c.edition_id == edition_id) & ~wanted()
    leave_in_doubt(connection, theirs, at=at)
    return connection.execute(
        deliveries.update()
        .where(theirs, deliveries.c.state == DeliveryState.PENDING)
        .values(
            state=DeliveryState.CANCELLED.value,
            answer=sa.case(
                (_is(SubscriptionState.PAUSED), PAUSED),
                (_is(SubscriptionState.BOUNCED) | is_suppressed(deliveries.c.subscriber_id), SUPPRESSED),
                else_=ENDED,
            ),
            next_try_at=None,
            changed_at=at,
        )
    ).rowcount


def _is(state: SubscriptionState) -> sa.ColumnElement[bool]:
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(subscriptions.join(editions, editions.c.digest == subscriptions.c.digest))
        .where(
            editions.c.id == deliveries.c.edition_id,
            subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
            subscriptions.c.state == state,
        )
        .correlate(deliveries)
    )


def expire(connection: sa.Connection, edition_id: str, *, at: datetime) -> int:
    """Gives up the copies of an edition that are still waiting."""
    leave_in_doubt(connection, deliveries.c.edition_id == edition_id, at=at)
    return connection.execute(
        deliveries.update()
        .where(deliveries.c.edition_id == edition_id, deliveries.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.EXPIRED.value, next_try_at=None, changed_at=at)
    ).rowcount


def drop_cancelled(connection: sa.Connection, *, at: datetime) -> int:
    """Cancels the copies of cancelled editions that no final dot has followed; returns how many."""
    unwanted = deliveries.c.edition_id.in_(_CANCELLED_EDITIONS)
    in_hand = deliveries.c.state == DeliveryState.CLAIMED
    # What a worker has claimed is taken out of its hands: its mark finds it claimed no more.
    connection.execute(
        deliveries.update()
        .where(unwanted, in_hand, deliveries.c.doubts > 0)
        .values(state=DeliveryState.UNCERTAIN.value, next_try_at=None, changed_at=at)
    )
    leave_in_doubt(connection, unwanted, at=at)
    return connection.execute(
        deliveries.update()
        .where(unwanted, in_hand | (deliveries.c.state == DeliveryState.PENDING))
        .values(
            state=DeliveryState.CANCELLED.value, answer="the edition was cancelled", next_try_at=None, changed_at=at
        )
    ).rowcount


def drop_skipped(connection: sa.Connection, edition_id: str, *, at: datetime) -> int:
    """Cancels the copies of an edition that was frozen and never left; returns how many."""
    return connection.execute(
        deliveries.update()
        .where(deliveries.c.edition_id == edition_id, deliveries.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.CANCELLED.value, answer="the edition was skipped", next_try_at=None, changed_at=at)
    ).rowcount


def give_up(connection: sa.Connection, digest: str, *, reason: str, at: datetime) -> int:
    """Cancels every copy of a digest that waits, also what a dead deliverer left; returns how many.

    Only for the holder of the deliver lock. What may have arrived is uncertain, and is offered no more.
    """
    its = deliveries.c.edition_id.in_(sa.select(editions.c.id).where(editions.c.digest == digest))
    connection.execute(
        deliveries.update()
        .where(its, deliveries.c.state == DeliveryState.HANDING)
        .values(
            state=DeliveryState.UNCERTAIN.value,
            doubts=deliveries.c.doubts + 1,
            next_try_at=None,
            answer=reason,
            changed_at=at,
        )
    )
    connection.execute(
        deliveries.update()
        .where(its, deliveries.c.state == DeliveryState.CLAIMED)
        .values(state=DeliveryState.PENDING.value, changed_at=at)
    )
    leave_in_doubt(connection, its, at=at)
    return connection.execute(
        deliveries.update()
        .where(its, deliveries.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.CANCELLED.value, answer=reason, next_try_at=None, changed_at=at)
    ).rowcount
