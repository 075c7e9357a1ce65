"""Deliveries: one row for each intended copy, unique for edition and subscriber; this module owns their states.

    pending --claim--> claimed --mark--> handing --+--> accepted     the relay answered 250
       ^  |               |                        +--> rejected     5xx: never
       |  |               |                        +--> uncertain    cut off between the final dot and the answer
       +--|---------------+------- 4xx, later -----+        |
       |  |                                                 +-- offered once more, as ``on_uncertain`` says --> claimed
       |  +--> cancelled   the subscription ended
       +-----> expired     not accepted within the digest's ``max_late``

Each move is a compare-and-swap: the statement names the state it leaves. What a dead process left ``claimed`` never
left the house and is pending again; what it left ``handing`` may have, and is uncertain. A copy once in doubt that
is not accepted or rejected after all ends ``uncertain``, never cancelled or expired: it may have arrived.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models import Delivery, DeliveryState, EditionState, SubscriptionState
from solacefeed.store.schema import Instant, deliveries, editions, subscriptions

#: States in which a copy may still move by itself.
UNSETTLED = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.HANDING)
#: Of editions of which no copy can be in hand.
_ENDED = (EditionState.DONE, EditionState.SKIPPED)


def intend(
    connection: sa.Connection,
    rows: Iterable[dict[str, Any]],
    *,
    at: datetime,
) -> int:
    """Writes one pending copy a row (edition_id, subscriber_id, email, name, selection, message_id)."""
    fresh = {"state": DeliveryState.PENDING.value, "attempts": 0, "doubts": 0, "changed_at": at}
    values = [{**row, **fresh} for row in rows]
    if values:
        connection.execute(deliveries.insert(), values)
    return len(values)


def selection_of(connection: sa.Connection, edition_id: str, subscriber_id: int) -> str | None:
    """What a subscriber's copy of an edition is made of; ``None`` where there is no copy."""
    own = (deliveries.c.edition_id == edition_id, deliveries.c.subscriber_id == subscriber_id)
    return connection.execute(sa.select(deliveries.c.selection).where(*own)).scalar()


def recover(connection: sa.Connection, *, at: datetime, offer_again_at: datetime | None) -> int:
    """Settles what a dead deliverer left behind and returns how many copies are uncertain for it.

    Only for the holder of the deliver lock: nobody else can have a copy in hand then.
    """
    connection.execute(
        deliveries.update()
        .where(deliveries.c.state == DeliveryState.CLAIMED)
        .values(state=DeliveryState.PENDING.value, changed_at=at)
    )
    cut_off = connection.execute(
        deliveries.update()
        .where(deliveries.c.state == DeliveryState.HANDING)
        .values(
            state=DeliveryState.UNCERTAIN.value,
            doubts=deliveries.c.doubts + 1,
            answer="cut off before the relay's answer was written down",
            next_try_at=sa.case((deliveries.c.doubts == 0, sa.literal(offer_again_at, Instant)), else_=None),
            changed_at=at,
        )
    )
    if offer_again_at is None:
        _leave_in_doubt(connection, sa.true(), at=at)
    return cut_off.rowcount


def left_behind(connection: sa.Connection) -> bool:
    """Whether a dead deliverer left copies in hand; only its successor can ask."""
    in_hand = deliveries.c.state.in_((DeliveryState.CLAIMED, DeliveryState.HANDING))
    # By way of the editions, since copies in hand are found there by an index.
    query = (
        sa.select(sa.literal(1))
        .select_from(editions)
        .where(editions.c.state.not_in(_ENDED), _has_copy(in_hand))
        .limit(1)
    )
    return connection.execute(query).first() is not None


def any_to_move(connection: sa.Connection, edition_id: str, *, at: datetime) -> bool:
    """Whether an open edition has a copy that is due at *at* or no longer wanted, or else none that may still move."""
    query = sa.select(sa.literal(1)).where(deliveries.c.edition_id == edition_id, _due(at) | (_waits() & ~_wanted()))
    return connection.execute(query.limit(1)).first() is not None or not unsettled(connection, edition_id)


def _has_copy(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Of an edition."""
    return sa.exists(
        sa.select(sa.literal(1)).where(deliveries.c.edition_id == editions.c.id, which).correlate(editions)
    )


def drop_ended(connection: sa.Connection, edition_id: str, *, at: datetime) -> int:
    """Cancels the waiting copies of those who ended their subscription."""
    unwanted = (deliveries.c.edition_id == edition_id) & ~_wanted()
    _leave_in_doubt(connection, unwanted, at=at)
    return connection.execute(
        deliveries.update()
        .where(unwanted, deliveries.c.state == DeliveryState.PENDING)
        .values(
            state=DeliveryState.CANCELLED.value,
            answer="the subscription ended",
            next_try_at=None,
            changed_at=at,
        )
    ).rowcount


def expire(connection: sa.Connection, edition_id: str, *, at: datetime) -> int:
    """Gives up the copies of an edition that are still waiting."""
    _leave_in_doubt(connection, deliveries.c.edition_id == edition_id, at=at)
    return connection.execute(
        deliveries.update()
        .where(deliveries.c.edition_id == edition_id, deliveries.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.EXPIRED.value, next_try_at=None, changed_at=at)
    ).rowcount


def _leave_in_doubt(connection: sa.Connection, which: sa.ColumnElement[bool], *, at: datetime) -> None:
    """Offers no more what may have arrived; nor is it ever called cancelled or expired."""
    connection.execute(
        deliveries.update()
        .where(
            which,
            deliveries.c.doubts > 0,
            _waits(),
        )
        .values(state=DeliveryState.UNCERTAIN.value, next_try_at=None, changed_at=at)
    )


def _waits() -> sa.ColumnElement[bool]:
    """Whether a copy is still to be offered, at some time."""
    in_doubt = (deliveries.c.state == DeliveryState.UNCERTAIN) & deliveries.c.next_try_at.is_not(None)
    return (deliveries.c.state == DeliveryState.PENDING) | in_doubt


def claim(connection: sa.Connection, edition_id: str, *, limit: int, at: datetime) -> list[Delivery]:
    """Takes up to *limit* copies that are due, for this worker alone."""
    ready = (
        sa.select(deliveries.c.id)
        .where(
            deliveries.c.edition_id == edition_id,
            _due(at),
            _wanted(),
        )
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    claimed = connection.execute(
        deliveries.update()
        .where(
            deliveries.c.id.in_(ready.scalar_subquery()),
            deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.UNCERTAIN)),
        )
        .values(
            state=DeliveryState.CLAIMED.value,
            attempts=deliveries.c.attempts + 1,
            next_try_at=None,
            changed_at=at,
        )
        .returning(deliveries)
    ).all()
    return sorted(map(_delivery, claimed), key=lambda delivery: delivery.id)


def _due(at: datetime) -> sa.ColumnElement[bool]:
    """Whether a copy may be taken up, as far as its own state says."""
    return sa.or_(
        (deliveries.c.state == DeliveryState.PENDING)
        & sa.or_(deliveries.c.next_try_at.is_(None), deliveries.c.next_try_at <= at),
        (deliveries.c.state == DeliveryState.UNCERTAIN) & (deliveries.c.next_try_at <= at),
    )


def release(connection: sa.Connection, ids: Iterable[int], *, at: datetime) -> None:
    """Puts claimed copies back that were not tried."""
    connection.execute(
        deliveries.update()
        .where(deliveries.c.id.in_(list(ids)), deliveries.c.state == DeliveryState.CLAIMED)
        .values(state=DeliveryState.PENDING.value, attempts=deliveries.c.attempts - 1, changed_at=at)
    )


def mark(connection: sa.Connection, delivery_id: int, *, revision: int, at: datetime) -> bool:
    """The durable mark before the final dot; false when the copy must not go, because its reader has left since."""
    marked = connection.execute(
        deliveries.update()
        .where(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.CLAIMED, _wanted())
        .values(state=DeliveryState.HANDING.value, revision=revision, changed_at=at)
    )
    return marked.rowcount == 1


def settle(
    connection: sa.Connection,
    delivery_id: int,
    state: DeliveryState,
    *,
    answer: str,
    at: datetime,
    next_try_at: datetime | None = None,
) -> None:
    """Writes down how a copy in hand came out."""
    connection.execute(
        deliveries.update()
        .where(
            deliveries.c.id == delivery_id,
            deliveries.c.state.in_((DeliveryState.CLAIMED, DeliveryState.HANDING)),
        )
        .values(
            state=state.value,
            answer=answer,
            next_try_at=next_try_at,
            doubts=deliveries.c.doubts + _new_doubt(state),
            changed_at=at,
        )
    )


def _new_doubt(state: DeliveryState) -> sa.ColumnElement[int]:
    """Only a copy whose final dot may have been written brings one."""
    in_hand = deliveries.c.state == DeliveryState.HANDING
    return sa.case((in_hand, int(state is DeliveryState.UNCERTAIN)), else_=0)


def unsettled(connection: sa.Connection, edition_id: str) -> int:
    """How many copies of an edition may still move by themselves."""
    query = (
        sa.select(sa.func.count())
        .select_from(deliveries)
        .where(
            deliveries.c.edition_id == edition_id,
            sa.or_(deliveries.c.state.in_(UNSETTLED), deliveries.c.next_try_at.is_not(None)),
        )
    )
    return connection.execute(query).scalar_one()


def tally(connection: sa.Connection, edition_id: str | None = None) -> dict[str, int]:
    """How many copies are in each state, of one edition or of all."""
    query = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    if edition_id is not None:
        query = query.where(deliveries.c.edition_id == edition_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def listing(
    connection: sa.Connection, *, edition_id: str | None, state: DeliveryState | None, limit: int
) -> list[Delivery]:
    """The newest *limit* copies, newest first."""
    query = deliveries.select().order_by(deliveries.c.id.desc()).limit(limit)
    if edition_id is not None:
        query = query.where(deliveries.c.edition_id == edition_id)
    if state is not None:
        query = query.where(deliveries.c.state == state)
    return [_delivery(row) for row in connection.execute(query)]


def find(connection: sa.Connection, delivery_id: int) -> Delivery | None:
    row = connection.execute(deliveries.select().where(deliveries.c.id == delivery_id)).one_or_none()
    return _delivery(row) if row else None


def _wanted() -> sa.ColumnElement[bool]:
    """Asks, in the statement itself, whether the reader still has the subscription."""
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(subscriptions.join(editions, editions.c.digest == subscriptions.c.digest))
        .where(
            editions.c.id == deliveries.c.edition_id,
            subscriptions.c.subscriber_id == deliveries.c.subscriber_id,
            subscriptions.c.state == SubscriptionState.CONFIRMED,
        )
        .correlate(deliveries)
    )


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        edition_id=row.edition_id,
        subscriber_id=row.subscriber_id,
        email=row.email,
        name=row.name,
        selection=row.selection,
        revision=row.revision,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        doubts=row.doubts,
        next_try_at=row.next_try_at,
        answer=row.answer,
        message_id=row.message_id,
        changed_at=row.changed_at,
    )
