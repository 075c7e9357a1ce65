"""The states of mail to one person, whichever table keeps it: a copy of an edition, or a letter of the outbox.

    pending --take--> claimed --mark--> handing --+--> accepted     the relay answered 250
       ^  |              |                        +--> rejected     5xx, or not to be addressed: never, unless retried
       |  |              |                        +--> uncertain    cut off between the final dot and the answer
       +--|--------------+------- 4xx, later -----+        |
          |                                                +-- offered once more, as ``on_uncertain`` says --> claimed
          +--> cancelled, expired     as each table has its reasons

Each move is a compare-and-swap: the statement names the state it leaves. What a dead process left ``claimed`` never
left the house and is pending again; what it left ``handing`` may have, and is uncertain. Mail once in doubt that
is not accepted or rejected after all ends ``uncertain``, never cancelled or expired: it may have arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.database import among
from solacefeed.store.schema import Instant


def never_put_off(table: sa.Table) -> sa.ColumnElement[bool]:
    return (table.c.state == DeliveryState.PENDING) & table.c.next_try_at.is_(None)


def put_off(table: sa.Table, at: datetime) -> sa.ColumnElement[bool]:
    """Of what was deferred, and of what is in doubt and offered once more: whether its time has come again."""
    offered = table.c.state.in_((DeliveryState.PENDING, DeliveryState.UNCERTAIN))
    return offered & (table.c.next_try_at <= at)


def due(table: sa.Table, at: datetime) -> sa.ColumnElement[bool]:
    """Whether it may be taken up."""
    return _may_wait(table) & (never_put_off(table) | put_off(table, at))


def waits(table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether it is still to be offered, at some time."""
    in_doubt = (table.c.state == DeliveryState.UNCERTAIN) & table.c.next_try_at.is_not(None)
    return _may_wait(table) & ((table.c.state == DeliveryState.PENDING) | in_doubt)


def _may_wait(table: sa.Table) -> sa.ColumnElement[bool]:
    """Said once more beside alternatives that each say it, so that an index on states is used for all of them."""
    return table.c.state.in_((DeliveryState.PENDING, DeliveryState.UNCERTAIN))


def in_hand(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.state.in_((DeliveryState.CLAIMED, DeliveryState.HANDING))


def offered_in_doubt(table: sa.Table) -> sa.ColumnElement[bool]:
    """Of what may have arrived: whether it is still to be offered again."""
    return (table.c.doubts > 0) & waits(table)


def leave_in_doubt(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool], *, at: datetime) -> None:
    """Offers no more what may have arrived; nor is it ever called cancelled or expired."""
    connection.execute(
        table.update()
        .where(which, offered_in_doubt(table))
        .values(state=DeliveryState.UNCERTAIN.value, next_try_at=None, changed_at=at)
    )


def recover(connection: sa.Connection, table: sa.Table, *, at: datetime, offer_again_at: datetime | None) -> int:
    """Settles what a dead deliverer left behind and returns how much is uncertain for it.

    Only for the holder of the deliver lock: nobody else can have anything in hand then.
    """
    connection.execute(
        table.update()
        .where(table.c.state == DeliveryState.CLAIMED)
        .values(state=DeliveryState.PENDING.value, changed_at=at)
    )
    cut_off = connection.execute(
        table.update()
        .where(table.c.state == DeliveryState.HANDING)
        .values(
            state=DeliveryState.UNCERTAIN.value,
            doubts=table.c.doubts + 1,
            answer="cut off before the relay's answer was written down",
            next_try_at=sa.case((table.c.doubts == 0, sa.literal(offer_again_at, Instant)), else_=None),
            changed_at=at,
        )
    )
    if offer_again_at is None:
        leave_in_doubt(connection, table, sa.true(), at=at)
    return cut_off.rowcount


def take(
    connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool], *, limit: int, at: datetime
) -> Sequence[sa.Row[Any]]:
    """Claims up to *limit* of *which*, the first ones first, for this worker alone."""
    ready = sa.select(table.c.id).where(which).order_by(table.c.id).limit(limit)
    claimed = connection.execute(
        table.update()
        .where(
            table.c.id.in_(ready.scalar_subquery()),
            table.c.state.in_((DeliveryState.PENDING, DeliveryState.UNCERTAIN)),
        )
        .values(
            state=DeliveryState.CLAIMED.value,
            attempts=table.c.attempts + 1,
            next_try_at=None,
            changed_at=at,
        )
        .returning(table)
    ).all()
    return sorted(claimed, key=lambda row: int(row.id))


def release(connection: sa.Connection, table: sa.Table, ids: Iterable[int], *, at: datetime) -> None:
    """Puts back what was claimed and not tried."""
    for some in among(connection, table.c.id, ids):
        connection.execute(
            table.update()
            .where(some, table.c.state == DeliveryState.CLAIMED)
            .values(state=DeliveryState.PENDING.value, attempts=table.c.attempts - 1, changed_at=at)
        )


def keep_back(connection: sa.Connection, table: sa.Table, ids: Iterable[int], *, answer: str, at: datetime) -> None:
    """Ends what was claimed and shall not be handed over; what was in doubt before stays so."""
    ended = sa.case((table.c.doubts > 0, DeliveryState.UNCERTAIN.value), else_=DeliveryState.CANCELLED.value)
    for some in among(connection, table.c.id, ids):
        connection.execute(
            table.update()
            .where(some, table.c.state == DeliveryState.CLAIMED)
            .values(state=ended, answer=answer, next_try_at=None, changed_at=at)
        )


def mark(
    connection: sa.Connection,
    table: sa.Table,
    number: int,
    *,
    at: datetime,
    still: sa.ColumnElement[bool] | None = None,
    **values: object,
) -> bool:
    """The durable mark before the final dot; false when it was taken back, or *still* holds no more."""
    marked = connection.execute(
        table.update()
        .where(table.c.id == number, table.c.state == DeliveryState.CLAIMED, sa.true() if still is None else still)
        .values(state=DeliveryState.HANDING.value, changed_at=at, **values)
    )
    return marked.rowcount == 1


def settle(
    connection: sa.Connection,
    table: sa.Table,
    number: int,
    state: DeliveryState,
    *,
    answer: str,
    at: datetime,
    next_try_at: datetime | None = None,
) -> None:
    """Writes down how what was in hand came out."""
    connection.execute(
        table.update()
        .where(table.c.id == number, in_hand(table))
        .values(
            state=state.value,
            answer=answer,
            next_try_at=next_try_at,
            doubts=table.c.doubts + _new_doubt(table, state),
            changed_at=at,
        )
    )


def _new_doubt(table: sa.Table, state: DeliveryState) -> sa.ColumnElement[int]:
    """Only what may have had its final dot brings one."""
    handing = table.c.state == DeliveryState.HANDING
    return sa.case((handing, int(state is DeliveryState.UNCERTAIN)), else_=0)
