"""How copies end that wait and shall not go: with a subscription, an edition or a digest, or because it is too late.

``store.deliveries`` draws their states. What may have arrived is uncertain, and is never called cancelled or expired.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.store.database import among
from solacefeed.store.deliveries import leave_in_doubt
from solacefeed.store.due_copies import is_over
from solacefeed.store.held_editions import hold_mail
from solacefeed.store.mail_moves import move
from solacefeed.store.mail_states import NOBODYS, in_hand, waits
from solacefeed.store.schema import Instant, deliveries, editions
from solacefeed.store.wanted_copies import wanted, why_unwanted

#: States of copies that have not left, or may go once more.
_NOT_GONE = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.UNCERTAIN)

#: The same, and those that may be about to have left.
_GOING = (*_NOT_GONE, DeliveryState.HANDING)

_PENDING, _CLAIMED = (DeliveryState.PENDING,), (DeliveryState.CLAIMED,)

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


def of_ended(connection: sa.Connection, edition_id: str, *, limit: int) -> list[int]:
    """The numbers of up to *limit* copies that ``drop_ended`` would end."""
    return [*connection.execute(_of_ended(limit), {"of_edition": edition_id}).scalars()]


@cache
def _of_ended(limit: int) -> sa.Select[int]:
    return _waiting(~wanted(), limit)


def late(connection: sa.Connection, edition_id: str, *, at: datetime, too_late: bool, limit: int) -> list[int]:
    """The numbers of up to *limit* copies that ``expire`` would give up."""
    return [*connection.execute(_late(too_late, limit), {"of_edition": edition_id, "at": at}).scalars()]


@cache
def _late(too_late: bool, limit: int) -> sa.Select[int]:  # kept by its arguments
    return _waiting(is_over(sa.bindparam("at", type_=Instant), of_edition=too_late), limit)


def _waiting(which: sa.ColumnElement[bool], limit: int) -> sa.Select[int]:
    its = (deliveries.c.edition_id == sa.bindparam("of_edition")) & waits(deliveries) & which
    return sa.select(deliveries.c.id).where(its).limit(limit)


def drop_ended(connection: sa.Connection, edition_id: str, *, at: datetime, ids: Collection[int] | None = None) -> int:
    """Cancels the waiting copies of those who ended their subscription or paused it, or whose address is suppressed.

    All of them, or of *ids* alone.
    """
    return sum(_drop_ended(connection, some, at=at) for some in _of(connection, edition_id, ids))


def _of(connection: sa.Connection, edition_id: str, ids: Collection[int] | None) -> Iterable[sa.ColumnElement[bool]]:
    its = deliveries.c.edition_id == edition_id
    return (its,) if ids is None else (its & some for some in among(connection, deliveries.c.id, ids))


def _drop_ended(connection: sa.Connection, some: sa.ColumnElement[bool], *, at: datetime) -> int:
    theirs = some & ~wanted()
    hold_mail(connection, deliveries, theirs & waits(deliveries))
    leave_in_doubt(connection, theirs, at=at)
    known = {"answer": why_unwanted(), "next_try_at": None, "changed_at": at}
    return move(connection, deliveries, theirs, leaving=_PENDING, to=DeliveryState.CANCELLED, **known)


def expire(
    connection: sa.Connection,
    edition_id: str,
    *,
    at: datetime,
    too_late: bool = True,
    ids: Collection[int] | None = None,
) -> int:
    """Gives up the copies of an edition that still wait though their time is over; returns how many.

    That is the edition's, which is *too_late*, or their own where they were sent again. All of them, or of *ids* alone.
    """
    over = is_over(at, of_edition=too_late)
    return sum(_expire(connection, some & over, at=at) for some in _of(connection, edition_id, ids))


def _expire(connection: sa.Connection, over: sa.ColumnElement[bool], *, at: datetime) -> int:
    hold_mail(connection, deliveries, over & waits(deliveries))
    leave_in_doubt(connection, over, at=at)
    known = {"next_try_at": None, "changed_at": at}
    return move(connection, deliveries, over, leaving=_PENDING, to=DeliveryState.EXPIRED, **known)


def cancelled_ones(connection: sa.Connection) -> list[str]:
    """The cancelled editions with copies that wait, be it to be dropped."""
    return [*connection.execute(_cancelled_ones()).scalars()]


@cache
def _cancelled_ones() -> sa.Select[str]:
    waiting = sa.select(sa.literal(1)).where(deliveries.c.edition_id == editions.c.id, waits(deliveries))
    its = (editions.c.state == EditionState.CANCELLED) & sa.exists(waiting.correlate(editions))
    return sa.select(editions.c.id).where(its).order_by(editions.c.id)


def of_cancelled(connection: sa.Connection, edition_id: str, *, limit: int) -> list[int]:
    """The numbers of up to *limit* copies of an edition that ``drop_cancelled`` would end, if it is cancelled."""
    going = waits(deliveries) | (deliveries.c.state == DeliveryState.CLAIMED)
    its = (deliveries.c.edition_id == edition_id) & deliveries.c.state.in_(_NOT_GONE) & going
    return [*connection.execute(sa.select(deliveries.c.id).where(its).limit(limit)).scalars()]


def drop_cancelled(
    connection: sa.Connection, edition_id: str, *, at: datetime, ids: Collection[int] | None = None
) -> int:
    """Cancels the copies of an edition, if it is cancelled, that no final dot has followed; returns how many.

    All of them, or of *ids* alone.
    """
    is_cancelled = deliveries.c.edition_id.in_(_CANCELLED_EDITIONS)
    parts = _of(connection, edition_id, ids)
    return sum(_drop(connection, some & is_cancelled, why="the edition was cancelled", at=at) for some in parts)


def drop_claimed(connection: sa.Connection, edition_id: str, *, at: datetime) -> int:
    """The same of those that are in hand and have no mark: their marks find them claimed no more."""
    its = (deliveries.c.edition_id == edition_id) & deliveries.c.lease_until.is_not(None)
    claimed = its & (deliveries.c.state == DeliveryState.CLAIMED)
    return _drop(connection, claimed, why="the edition was cancelled", at=at)


def _drop(connection: sa.Connection, which: sa.ColumnElement[bool], *, why: str, at: datetime) -> int:
    """Cancels what waits or is claimed; the mark of whoever has claimed it finds it claimed no more."""
    hold_mail(connection, deliveries, which & (waits(deliveries) | (deliveries.c.state == DeliveryState.CLAIMED)))
    known = {"next_try_at": None, "changed_at": at, **NOBODYS}
    in_doubt = which & (deliveries.c.doubts > 0)
    move(connection, deliveries, in_doubt, leaving=_CLAIMED, to=DeliveryState.UNCERTAIN, **known)
    leave_in_doubt(connection, which, at=at)
    untried = (*_PENDING, *_CLAIMED)
    return move(connection, deliveries, which, leaving=untried, to=DeliveryState.CANCELLED, answer=why, **known)


def drop_skipped(connection: sa.Connection, edition_id: str, *, at: datetime) -> int:
    """Cancels the copies of an edition that was frozen and never left; returns how many."""
    its = deliveries.c.edition_id == edition_id
    known = {"answer": "the edition was skipped", "next_try_at": None, "changed_at": at}
    return move(connection, deliveries, its, leaving=_PENDING, to=DeliveryState.CANCELLED, **known)


def of_given_up(connection: sa.Connection, digest: str, *, limit: int) -> list[int]:
    """The numbers of up to *limit* copies that ``give_up`` would end."""
    asked = sa.select(deliveries.c.id).where(_of_digest(digest), _is_going())
    return [*connection.execute(asked.limit(limit)).scalars()]


def count_of_given_up(connection: sa.Connection, digest: str) -> int:
    """How many copies ``give_up`` would end."""
    asked = sa.select(sa.func.count()).select_from(deliveries).where(_of_digest(digest), _is_going())
    return connection.execute(asked).scalar_one()


def _is_going() -> sa.ColumnElement[bool]:
    return deliveries.c.state.in_(_GOING) & (waits(deliveries) | in_hand(deliveries))


def give_up(
    connection: sa.Connection, digest: str, *, reason: str, at: datetime, ids: Collection[int] | None = None
) -> int:
    """Cancels the copies of a digest that wait or are claimed, all of them or of *ids* alone; returns how many.

    What may have arrived is uncertain, and is offered no more; an answer that a worker gets to it yet is believed.
    """
    its = _of_digest(digest)
    parts = (its,) if ids is None else (its & some for some in among(connection, deliveries.c.id, ids))
    return sum(_give_up(connection, some, reason=reason, at=at) for some in parts)


def _give_up(connection: sa.Connection, which: sa.ColumnElement[bool], *, reason: str, at: datetime) -> int:
    hold_mail(connection, deliveries, which & (waits(deliveries) | in_hand(deliveries)))
    move(
        connection,
        deliveries,
        which,
        leaving=(DeliveryState.HANDING,),
        to=DeliveryState.UNCERTAIN,
        doubts=deliveries.c.doubts + 1,
        next_try_at=None,
        answer=reason,
        changed_at=at,
        lease_until=None,
    )
    return _drop(connection, which, why=reason, at=at)


def _of_digest(digest: str) -> sa.ColumnElement[bool]:
    return deliveries.c.edition_id.in_(sa.select(editions.c.id).where(editions.c.digest == digest))
