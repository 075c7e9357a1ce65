"""The states of mail to one person, whichever table keeps it: a copy of an edition, or a letter of the outbox.

    pending --take--> claimed --mark--> handing --+--> accepted     the relay answered 250
       ^  |              |                        +--> rejected     5xx, or not to be addressed: never, unless retried
       |  |              |                        +--> uncertain    cut off between the final dot and the answer
       +--|--------------+------- 4xx, later -----+        |
          |                                                +-- offered once more, as ``on_uncertain`` says --> claimed
          +--> cancelled, expired     as each table has its reasons

Each move is a compare-and-swap: the statement names the state it leaves. Mail is in hand by a claim, whose number no
other claim of it ever has, for a worker, until its lease ends. A worker whose lease has ended changes nothing, but that
an answer to what had its mark is believed however late it comes: it makes ``accepted`` or ``rejected`` of what is
uncertain by the same claim. What a lost lease leaves ``claimed`` never left the house and is pending again; what it
leaves ``handing`` may have, and is uncertain. Mail once in doubt that is not accepted or rejected after all ends
``uncertain``, never cancelled or expired: it may have arrived.

Whose name stands in ``worker`` has the mail in hand, or was cut off while handing it over. Leases go by the database's
clock on PostgreSQL, where workers of several machines meet, and on SQLite by the caller's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState, Lease, Mark, Outcome
from solacefeed.store.database import among, as_known, wanted
from solacefeed.store.schema import Instant

#: What an answer may still make of mail whose lease has ended.
_ANSWERED = (DeliveryState.ACCEPTED, DeliveryState.REJECTED)
#: Of what is in hand no more.
NOBODYS: dict[str, Any] = {"worker": None, "lease_until": None}


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


# -- leases -------------------------------------------------------------------------------------------------


def _now(connection: sa.Connection, at: datetime) -> sa.ColumnElement[datetime]:
    """The instant by which leases go, whoever's clock says *at*."""
    if connection.dialect.name == "postgresql":
        return sa.func.clock_timestamp(type_=Instant)
    return sa.literal(at, Instant)


def _end(connection: sa.Connection, lease: Lease, at: datetime) -> sa.ColumnElement[datetime]:
    """When a lease ends that is given or renewed now."""
    if connection.dialect.name == "postgresql":
        return sa.func.clock_timestamp() + sa.literal(lease.length, sa.Interval)
    return sa.literal(at + lease.length, Instant)


def has_lost_lease(
    connection: sa.Connection, table: sa.Table, *, at: datetime, worker: str | None
) -> sa.ColumnElement[bool]:
    """Of what is in hand: whether its lease has ended.

    On SQLite so has every lease but those of *worker*, for there one process alone delivers: the caller holds the lock.
    """
    over = table.c.lease_until <= _now(connection, at)
    if connection.dialect.name == "sqlite":
        over |= table.c.worker.is_distinct_from(worker)
    return table.c.lease_until.is_not(None) & over


def renew(connection: sa.Connection, table: sa.Table, *, lease: Lease, at: datetime) -> int:
    """Begins the leases of a worker's mail anew that have not ended; returns how many."""
    theirs = table.c.lease_until.is_not(None) & (table.c.worker == lease.worker)
    runs = table.c.lease_until > _now(connection, at)
    return connection.execute(
        table.update().where(theirs, runs).values(lease_until=_end(connection, lease, at))
    ).rowcount


def recover(
    connection: sa.Connection, table: sa.Table, *, at: datetime, offer_again_at: datetime | None, worker: str | None
) -> int:
    """Settles what lost its lease (see ``has_lost_lease``) and returns how much is uncertain for it.

    What was only claimed counts as never tried.
    """
    lost = has_lost_lease(connection, table, at=at, worker=worker)
    connection.execute(
        table.update()
        .where(lost, table.c.state == DeliveryState.CLAIMED)
        .values(state=DeliveryState.PENDING.value, attempts=table.c.attempts - 1, changed_at=at, **NOBODYS)
    )
    cut_off = connection.execute(
        table.update()
        .where(lost, table.c.state == DeliveryState.HANDING)
        .values(
            state=DeliveryState.UNCERTAIN.value,
            doubts=table.c.doubts + 1,
            answer="cut off before the relay's answer was written down",
            next_try_at=sa.case((table.c.doubts == 0, sa.literal(offer_again_at, Instant)), else_=None),
            changed_at=at,
            lease_until=None,
        )
    )
    if offer_again_at is None:
        leave_in_doubt(connection, table, sa.true(), at=at)
    return cut_off.rowcount


def take(
    connection: sa.Connection,
    table: sa.Table,
    which: sa.ColumnElement[bool],
    *,
    lease: Lease,
    limit: int,
    at: datetime,
) -> Sequence[sa.Row[Any]]:
    """Claims up to *limit* of *which*, the first ones first, for one worker alone; what others claim now is left."""
    ready = sa.select(table.c.id).where(which).order_by(table.c.id).limit(limit)
    # Found once, and before anything is changed.
    found = ready.with_for_update(skip_locked=True).cte("ready")
    claimed = connection.execute(
        table.update()
        .where(table.c.id.in_(sa.select(found.c.id)), _may_wait(table))
        .values(
            state=DeliveryState.CLAIMED.value,
            attempts=table.c.attempts + 1,
            claims=table.c.claims + 1,
            worker=lease.worker,
            lease_until=_end(connection, lease, at),
            next_try_at=None,
            changed_at=at,
        )
        .returning(table)
    ).all()
    return sorted(claimed, key=lambda row: int(row.id))


def release(connection: sa.Connection, table: sa.Table, ids: Iterable[int], *, worker: str, at: datetime) -> None:
    """Puts back what *worker* has claimed and not tried."""
    for some in among(connection, table.c.id, ids):
        connection.execute(
            table.update()
            .where(some, _is_claimed_by(table, worker))
            .values(state=DeliveryState.PENDING.value, attempts=table.c.attempts - 1, changed_at=at, **NOBODYS)
        )


def keep_back(
    connection: sa.Connection, table: sa.Table, ids: Iterable[int], *, worker: str, answer: str, at: datetime
) -> None:
    """Ends what *worker* has claimed and shall not be handed over; what was in doubt before stays so."""
    for some in among(connection, table.c.id, ids):
        connection.execute(
            table.update()
            .where(some, _is_claimed_by(table, worker))
            .values(state=_end_untried(table), answer=answer, next_try_at=None, changed_at=at, **NOBODYS)
        )


def _is_claimed_by(table: sa.Table, worker: str) -> sa.ColumnElement[bool]:
    return (table.c.state == DeliveryState.CLAIMED) & (table.c.worker == worker)


def _end_untried(table: sa.Table) -> sa.ColumnElement[str]:
    return sa.case((table.c.doubts > 0, DeliveryState.UNCERTAIN.value), else_=DeliveryState.CANCELLED.value)


def mark_all(
    connection: sa.Connection,
    table: sa.Table,
    marks: Collection[Mark],
    *,
    worker: str,
    at: datetime,
    still: sa.ColumnElement[bool],
    unwanted: str | sa.ColumnElement[str],
) -> dict[int, DeliveryState]:
    """The durable marks before final dots: what has become of each, by its number; what is ``handing`` may go.

    What *worker* has claimed, and may not go since *still* holds no more, ends for the reason *unwanted*; where its
    lease has ended, it is pending again. What is this worker's no more is as it was, and not told of.
    """
    runs = table.c.lease_until > _now(connection, at)
    told: dict[int, DeliveryState] = {}
    for rows in _marked(connection, table, marks):
        its = (table.c.id == rows.c.id) & (table.c.claims == rows.c.claim) & _is_claimed_by(table, worker)
        revision = {"revision": rows.c.revision} if "revision" in table.c else {}
        go = table.update().where(its, runs, still)
        handing = go.values(state=DeliveryState.HANDING.value, changed_at=at, **revision).returning(table.c.id)
        told |= dict.fromkeys(connection.execute(handing).scalars(), DeliveryState.HANDING)
        if len(told) < len(marks):
            stay = table.update().where(its)
            ended = stay.values(
                state=sa.case((still, DeliveryState.PENDING.value), else_=_end_untried(table)),
                attempts=table.c.attempts - sa.case((still, 1), else_=0),
                answer=sa.case((still, table.c.answer), else_=unwanted),
                next_try_at=None,
                changed_at=at,
                **NOBODYS,
            )
            told |= {
                row.id: as_known(DeliveryState, row.state)
                for row in connection.execute(ended.returning(table.c.id, table.c.state))
            }
    return told


def _marked(connection: sa.Connection, table: sa.Table, marks: Iterable[Mark]) -> Iterable[sa.FromClause]:
    columns = {"id": table.c.id, "claim": table.c.claims}
    if "revision" not in table.c:
        return wanted(connection, columns, [(mark.id, mark.claim) for mark in marks])
    columns["revision"] = table.c.revision
    return wanted(connection, columns, [(mark.id, mark.claim, mark.revision) for mark in marks])


def settle_all(
    connection: sa.Connection, table: sa.Table, outcomes: Sequence[Outcome], *, worker: str, at: datetime
) -> set[int]:
    """Writes down how what *worker* had in hand came out; returns the numbers of what is so now.

    The others had lost their lease; of those what the relay took or refused is written down still.
    """
    columns = {
        "id": table.c.id,
        "claim": table.c.claims,
        "state": table.c.state,
        "answer": table.c.answer,
        "next_try_at": table.c.next_try_at,
    }
    values = [(each.id, each.claim, each.state.value, each.answer, each.next_try_at) for each in outcomes]
    in_time = table.c.lease_until > _now(connection, at)
    settled: set[int] = set()
    for rows in wanted(connection, columns, values):
        its = (table.c.id == rows.c.id) & (table.c.claims == rows.c.claim) & (table.c.worker == worker)
        was_marked = table.c.state.in_((DeliveryState.HANDING, DeliveryState.UNCERTAIN))
        late = was_marked & rows.c.state.in_(_ANSWERED)
        written = (
            table.update()
            .where(its, (in_hand(table) & in_time) | late)
            .values(
                state=rows.c.state,
                answer=rows.c.answer,
                next_try_at=rows.c.next_try_at,
                doubts=table.c.doubts + _new_doubt(table, rows.c.state),
                changed_at=at,
                **NOBODYS,
            )
            .returning(table.c.id)
        )
        settled |= set(connection.execute(written).scalars())
    return settled


def _new_doubt(table: sa.Table, outcome: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Only what may have had its final dot brings one; an answer after all takes it away again."""
    comes = (table.c.state == DeliveryState.HANDING) & (outcome == DeliveryState.UNCERTAIN)
    goes = table.c.state == DeliveryState.UNCERTAIN
    return sa.case((comes, 1), (goes, -1), else_=0)
