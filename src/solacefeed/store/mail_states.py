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

While it is in hand it keeps the instant for which it was put off: what is put back untried waits where it did, behind
what was never tried.

Whose name stands in ``worker`` has the mail in hand, or was cut off while handing it over. Leases go by the database's
clock on PostgreSQL, where workers of several machines meet, and on SQLite by the caller's: there one process alone
delivers, and what the relay answered it counts as long as nobody took the mail away, whatever its clock leaps over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import ClaimKey, DeliveryState, Lease, Outcome
from solacefeed.store.compiled import given
from solacefeed.store.dialects import changed
from solacefeed.store.known_names import as_known
from solacefeed.store.mail_moves import move
from solacefeed.store.row_tables import Rows, bound_table, table_values, wanted
from solacefeed.store.schema import Instant

# Written into statements as they are: an index that is for some rows alone is found by its own words.
_PENDING = sa.literal(DeliveryState.PENDING.value, sa.Text, literal_execute=True)
_NONE = sa.literal(0, sa.Integer, literal_execute=True)

# Of statements that are built once.
WORKER, AT, LIMIT = given("the_worker", sa.Text), given("the_instant", Instant), given("the_limit", sa.Integer)
SENDER = given("the_sender", sa.Integer)
_LENGTH, _ENDS_AT = given("the_length", sa.Interval), given("the_lease_end", Instant)

#: What an answer may still make of mail whose lease has ended.
_ANSWERED = (DeliveryState.ACCEPTED, DeliveryState.REJECTED)
_IN_HAND = (DeliveryState.CLAIMED, DeliveryState.HANDING)
#: Of what is in hand no more.
NOBODYS: dict[str, Any] = {"worker": None, "lease_until": None}


def never_put_off(table: sa.Table) -> sa.ColumnElement[bool]:
    return (table.c.state == _PENDING) & table.c.next_try_at.is_(None)


def put_off(table: sa.Table, at: datetime | sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """Of what was deferred, and of what is in doubt and offered once more: whether its time has come again."""
    offered = table.c.state.in_((DeliveryState.PENDING, DeliveryState.UNCERTAIN))
    return offered & (table.c.next_try_at <= at)


def due(table: sa.Table, at: datetime | sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
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
    return table.c.state.in_(_IN_HAND)


def offered_in_doubt(table: sa.Table) -> sa.ColumnElement[bool]:
    """Of what may have arrived: whether it is still to be offered again."""
    return (table.c.doubts > _NONE) & waits(table)


def leave_in_doubt(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool], *, at: datetime) -> None:
    """Offers no more what may have arrived; nor is it ever called cancelled or expired."""
    move(
        connection,
        table,
        which & offered_in_doubt(table),
        leaving=(DeliveryState.PENDING, DeliveryState.UNCERTAIN),
        to=DeliveryState.UNCERTAIN,
        next_try_at=None,
        changed_at=at,
    )


# -- leases -------------------------------------------------------------------------------------------------


def _now(dialect: str, at: sa.ColumnElement[datetime]) -> sa.ColumnElement[datetime]:
    """The instant by which leases go, whoever's clock says *at*."""
    return sa.func.clock_timestamp(type_=Instant) if dialect == "postgresql" else at


def _may_say(dialect: str, table: sa.Table) -> sa.ColumnElement[bool]:
    """Whether a worker may say of what it has in hand that it waits: then nobody else can have taken it up.

    On SQLite nobody has, as long as its name stands there: a clock that leaps over its lease keeps no answer from it.
    """
    return table.c.lease_until > _now(dialect, AT) if dialect == "postgresql" else table.c.lease_until.is_not(None)


def _end(connection: sa.Connection, lease: Lease, at: datetime) -> sa.ColumnElement[datetime]:
    """When a lease ends that is given or renewed now."""
    if connection.dialect.name == "postgresql":
        return sa.func.clock_timestamp() + sa.literal(lease.length, sa.Interval)
    return sa.literal(at + lease.length, Instant)


def has_lost_lease(
    dialect: str, table: sa.Table, *, at: sa.ColumnElement[datetime], worker: sa.ColumnElement[str] | str | None
) -> sa.ColumnElement[bool]:
    """Of what is in hand: whether its lease has ended.

    On SQLite so has every lease but those of *worker*, for there one process alone delivers: the caller holds the lock.
    """
    over = table.c.lease_until <= _now(dialect, at)
    if dialect == "sqlite":
        over |= table.c.worker.is_distinct_from(worker)
    return table.c.lease_until.is_not(None) & over


def renew(connection: sa.Connection, table: sa.Table, *, lease: Lease, at: datetime) -> int:
    """Begins the leases of a worker's mail anew that have not ended; returns how many.

    What others hold at this moment is left to the next time: a lease lasts for several, and nobody waits in a ring.
    """
    theirs = table.c.lease_until.is_not(None) & (table.c.worker == lease.worker)
    runs = table.c.lease_until > _now(connection.dialect.name, sa.literal(at, Instant))
    free = sa.select(table.c.id).where(theirs, runs).with_for_update(skip_locked=True, key_share=True).cte("free")
    its = table.update().where(table.c.id.in_(sa.select(free.c.id)), theirs, runs)
    return changed(connection, its.values(lease_until=_end(connection, lease, at)))


def recover(
    connection: sa.Connection, table: sa.Table, *, at: datetime, offer_again_at: datetime | None, worker: str | None
) -> int:
    """Settles what lost its lease (see ``has_lost_lease``) and returns how much is uncertain for it.

    What was only claimed counts as never tried.
    """
    if offer_again_at is None:
        # First of all, since it waits for others: who waits for it has nothing of theirs.
        leave_in_doubt(connection, table, sa.true(), at=at)
    lost = has_lost_lease(connection.dialect.name, table, at=sa.literal(at, Instant), worker=worker)
    # A worker that froze in the midst of a statement may hold a row still: nobody waits for it.
    free = table.c.id.in_(
        sa.select(sa.select(table.c.id).where(lost).with_for_update(skip_locked=True).cte("free").c.id)
    )
    is_left = (table.c.doubts > 0) & sa.literal(offer_again_at is None)
    connection.execute(
        table.update()
        .where(lost, free, table.c.state == DeliveryState.CLAIMED)
        .values(
            state=sa.case((is_left, DeliveryState.UNCERTAIN.value), else_=DeliveryState.PENDING.value),
            next_try_at=sa.case((is_left, None), else_=table.c.next_try_at),
            attempts=table.c.attempts - 1,
            changed_at=at,
            **NOBODYS,
        )
    )
    return changed(
        connection,
        table.update()
        .where(lost, free, table.c.state == DeliveryState.HANDING)
        .values(
            state=DeliveryState.UNCERTAIN.value,
            doubts=table.c.doubts + 1,
            answer="cut off before the relay's answer was written down",
            next_try_at=sa.case((table.c.doubts == 0, sa.literal(offer_again_at, Instant)), else_=None),
            changed_at=at,
            lease_until=None,
        ),
    )


def in_order(rows: Iterable[sa.Row[Any]]) -> list[sa.Row[Any]]:
    """By their numbers, which come first."""
    return sorted(rows, key=itemgetter(0))


def taking_values(dialect: str, lease: Lease, limit: int, at: datetime, sender_id: int | None) -> dict[str, Any]:
    """The parameters of ``taking``, beside those of what it is about."""
    end = {_LENGTH.key: lease.length} if dialect == "postgresql" else {_ENDS_AT.key: at + lease.length}
    return {WORKER.key: lease.worker, AT.key: at, LIMIT.key: limit, SENDER.key: sender_id, **end}


def taking(
    dialect: str,
    table: sa.Table,
    which: sa.ColumnElement[bool],
    *columns: sa.ColumnElement[Any],
    again: bool = False,
) -> sa.Update:
    """Claims of what was never put off; or *again*, of what was and is due. Tells its *columns*, or all.

    What may have arrived says of who sends it what it said then, other mail what holds now. Each execution has the
    ``taking_values``.
    """
    ready, order = (put_off(table, AT), (table.c.next_try_at,)) if again else (never_put_off(table), ())
    some = sa.select(table.c.id).where(which, ready).order_by(*order, table.c.id).limit(LIMIT)
    # Found once, and before anything is changed.
    found = some.with_for_update(skip_locked=True).cte("ready")
    return (
        table.update()
        .where(table.c.id.in_(sa.select(found.c.id)), _may_wait(table))
        .values(
            state=DeliveryState.CLAIMED.value,
            attempts=table.c.attempts + 1,
            claims=table.c.claims + 1,
            worker=WORKER,
            lease_until=sa.func.clock_timestamp() + _LENGTH if dialect == "postgresql" else _ENDS_AT,
            changed_at=AT,
            sender_id=sa.case((table.c.doubts > _NONE, sa.func.coalesce(table.c.sender_id, SENDER)), else_=SENDER),
        )
        .returning(*columns or table.c)
    )


def release(connection: sa.Connection, table: sa.Table, keys: Iterable[ClaimKey], *, worker: str, at: datetime) -> None:
    """Puts back what *worker* has claimed so and not tried; also what has a mark that no final dot has followed."""
    for its in _in_hand_so(connection, table, keys, worker):
        untried = {"attempts": table.c.attempts - 1, "changed_at": at, **NOBODYS}
        move(connection, table, its, leaving=_IN_HAND, to=DeliveryState.PENDING, **untried)


def keep_back(
    connection: sa.Connection, table: sa.Table, keys: Iterable[ClaimKey], *, worker: str, answer: str, at: datetime
) -> None:
    """Ends what *worker* has claimed so and shall not be handed over; what was in doubt before stays so."""
    for its in _in_hand_so(connection, table, keys, worker):
        known = {"answer": answer, "next_try_at": None, "changed_at": at, **NOBODYS}
        move(connection, table, its, leaving=(DeliveryState.CLAIMED,), to=_end_untried(table), **known)


def _in_hand_so(
    connection: sa.Connection, table: sa.Table, keys: Iterable[ClaimKey], worker: str
) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions for statements, each about a part of what *worker* has in hand by these claims."""
    for rows in wanted(connection, {"id": table.c.id, "claim": table.c.claims}, sorted(keys)):
        by_these = (table.c.id == rows.c.id) & (table.c.claims == rows.c.claim)
        yield by_these & (table.c.worker == worker)


def _end_untried(table: sa.Table) -> sa.ColumnElement[str]:
    return sa.case((table.c.doubts > 0, DeliveryState.UNCERTAIN.value), else_=DeliveryState.CANCELLED.value)


# -- groups, by statements that are built once --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marking:
    """How the mail of one table is marked."""

    table: sa.Table
    #: What is told of each besides its number and its claim; of that, ``revision`` is written down.
    told: Mapping[str, sa.ColumnElement[Any]]
    #: Whether it may still go, as the row of what is told of it knows; and whether it may now, or else waits again.
    still: Callable[[Rows], sa.ColumnElement[bool]]
    now: Callable[[Rows], sa.ColumnElement[bool]]
    #: Why it may not.
    unwanted: Callable[[], sa.ColumnElement[str]]

    @property
    def columns(self) -> dict[str, sa.ColumnElement[Any]]:
        return {"id": self.table.c.id, "claim": self.table.c.claims, **self.told}


def mark_all(
    connection: sa.Connection, marking: Marking, rows: Sequence[tuple[Any, ...]], *, worker: str, at: datetime
) -> dict[ClaimKey, DeliveryState]:
    """The durable marks before final dots: what has become of each, by its claim; what is ``handing`` may go.

    *rows* have the marking's columns. What *worker* has claimed, and may not go any more, ends; where its lease has
    ended, or it is to wait, it is pending again. What is this worker's no more is as it was, and not told of.
    The caller holds the rows (``held_editions.hold_mail``): nobody who left while they were waited for gets a mark.
    """
    go, stay = _marking(connection.dialect.name, marking)
    told: dict[ClaimKey, DeliveryState] = {}
    for values in table_values(connection, marking.columns, rows):
        own = {**values, WORKER.key: worker, AT.key: at}
        told |= {(row.id, row.claims): DeliveryState.HANDING for row in connection.execute(go, own)}
        if len(told) < len(rows):
            left = connection.execute(stay, own)
            told |= {(row.id, row.claims): as_known(DeliveryState, row.state) for row in left}
    return told


@cache
def _marking(dialect: str, marking: Marking) -> tuple[sa.UpdateBase, sa.UpdateBase]:
    """What marks, and what ends the rest."""
    table, rows = marking.table, bound_table(dialect, marking.columns)
    its, still = _claimed_so(table, rows), marking.still(rows)
    return (
        marks(dialect, marking, rows).returning(*key_of(table)),
        table.update()
        .where(its)
        .values(
            state=sa.case((still, DeliveryState.PENDING.value), else_=_end_untried(table)),
            attempts=table.c.attempts - sa.case((still, 1), else_=0),
            answer=sa.case((still, table.c.answer), else_=marking.unwanted()),
            next_try_at=sa.case((still, table.c.next_try_at), else_=None),
            changed_at=AT,
            **NOBODYS,
        )
        .returning(*key_of(table), table.c.state),
    )


def _claimed_so(table: sa.Table, rows: Rows) -> sa.ColumnElement[bool]:
    its: sa.ColumnElement[bool] = (table.c.id == rows.c.id) & (table.c.claims == rows.c.claim)
    return its & (table.c.state == DeliveryState.CLAIMED) & (table.c.worker == WORKER)


def marks(dialect: str, marking: Marking, rows: Rows) -> sa.Update:
    """Marks what may go."""
    table, lasts = marking.table, marking.table.c.lease_until > _now(dialect, AT)
    revision = {"revision": rows.c.revision} if "revision" in rows.c else {}
    go = table.update().where(_claimed_so(table, rows), lasts, marking.now(rows))
    return go.values(state=DeliveryState.HANDING.value, changed_at=AT, **revision)


def key_of(table: sa.Table) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    return table.c.id, table.c.claims


def settle_all(
    connection: sa.Connection, table: sa.Table, outcomes: Iterable[Outcome], *, worker: str, at: datetime
) -> set[ClaimKey]:
    """Writes down how what *worker* had in hand came out; returns the claims of what is so now.

    The others had lost their lease; of those what the relay took or refused is written down still.
    """
    settling, settled = _settling(connection.dialect.name, table), set[ClaimKey]()
    for values in table_values(connection, outcome_columns(table), outcome_rows(outcomes)):
        found = connection.execute(settling, {**values, WORKER.key: worker, AT.key: at})
        settled |= {(row.id, row.claims) for row in found}
    return settled


def outcome_rows(outcomes: Iterable[Outcome]) -> list[tuple[Any, ...]]:
    return [(each.id, each.claim, each.state.value, each.answer, each.next_try_at) for each in outcomes]


def outcome_columns(table: sa.Table) -> dict[str, sa.ColumnElement[Any]]:
    names = {"id": "id", "claim": "claims", "state": "state", "answer": "answer", "next_try_at": "next_try_at"}
    return {name: table.c[column] for name, column in names.items()}


@cache
def _settling(dialect: str, table: sa.Table) -> sa.UpdateBase:
    return settles(dialect, table, bound_table(dialect, outcome_columns(table)), late=True).returning(*key_of(table))


def settles(dialect: str, table: sa.Table, rows: Rows, *, late: bool) -> sa.Update:
    """Writes outcomes of what is in hand; *late*, also answers to what lost its lease."""
    its = (table.c.id == rows.c.id) & (table.c.claims == rows.c.claim) & (table.c.worker == WORKER)
    in_time = in_hand(table) & _may_say(dialect, table)
    was_marked = table.c.state.in_((DeliveryState.HANDING, DeliveryState.UNCERTAIN))
    answered = was_marked & rows.c.state.in_(_ANSWERED)
    settled = table.update().where(its, in_time | answered if late else in_time)
    return settled.values(
        state=rows.c.state,
        answer=rows.c.answer,
        next_try_at=rows.c.next_try_at,
        doubts=table.c.doubts + _new_doubt(table, rows.c.state),
        changed_at=AT,
        **NOBODYS,
    )


def _new_doubt(table: sa.Table, outcome: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Only what may have had its final dot brings one; an answer after all takes it away again."""
    comes = (table.c.state == DeliveryState.HANDING) & (outcome == DeliveryState.UNCERTAIN)
    goes = table.c.state == DeliveryState.UNCERTAIN
    return sa.case((comes, 1), (goes, -1), else_=0)
