"""What the operator decides of copies that came out otherwise than they should have; each move is written down.

    uncertain --resolve--> accepted     it is known to have arrived
              --resolve--> pending      it is known not to have arrived
              --resolve--> cancelled    the same, and it can't go any more: its posts are free for the next edition
    rejected, expired, cancelled --send again--> pending     under its Message-ID, unless it may have come before
    accepted, uncertain          --send again--> pending     under another one: its reader has it twice, or may

    rejected --retry--> pending     ``store.deliveries.retry``

A copy that is sent again says what holds then, for nobody has it under its Message-ID. Each move is a compare-and-swap.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import CopyActKind, DeliveryState
from solacefeed.store import copy_acts, policy_refusals
from solacefeed.store.database import among
from solacefeed.store.known_names import as_known
from solacefeed.store.mail_moves import change, move, write_each
from solacefeed.store.mail_states import NOBODYS
from solacefeed.store.schema import deliveries, editions, subscribers
from solacefeed.store.wanted_copies import wanted, why_unwanted

_UNCERTAIN = (DeliveryState.UNCERTAIN,)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidableCopy:
    """A copy of which the operator may decide, and its reader as they are now."""

    id: int
    edition_id: str
    subscriber_id: int
    state: DeliveryState
    #: It is offered again by itself.
    waits: bool
    #: It may have come when it was first offered under its Message-ID.
    doubtful: bool
    #: How often it was sent before, under other Message-IDs.
    got_before: int
    until: datetime | None
    message_id: str
    #: Why its reader is not mailed now; ``None`` where they are, and where they were erased.
    unwanted: str | None
    #: Where it went, or was to go; where its reader is mailed now, ``None`` once they were erased.
    email: str
    address: str | None
    name: str | None

    @property
    def may_have_come(self) -> bool:
        """Under its Message-ID of now."""
        return self.doubtful or self.state in (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)


def page(
    connection: sa.Connection,
    *,
    edition_id: str | None = None,
    state: DeliveryState | None = None,
    ids: Collection[int] | None = None,
    reader: int | None = None,
    after: int = 0,
    limit: int,
    held: bool = True,
) -> list[DecidableCopy]:
    """The next *limit* copies of an edition, in a state, of *ids* or of a *reader*, in the order of their numbers.

    *held*, nobody else moves them until the transaction ends.
    """
    table = deliveries.c
    query = (
        sa.select(deliveries, subscribers.c.email.label("address"), subscribers.c.name.label("own_name"))
        .add_columns(sa.case((wanted(), None), else_=why_unwanted()).label("unwanted"))
        .join_from(deliveries, subscribers, subscribers.c.id == table.subscriber_id, isouter=True)
        .where(table.id > after)
        .order_by(table.id)
        .limit(limit)
    )
    if held:
        query = query.with_for_update(of=deliveries)
    if edition_id is not None:
        query = query.where(table.edition_id == edition_id)
    if state is not None:
        query = query.where(table.state == state)
    if reader is not None:
        query = query.where(table.subscriber_id == reader)
    queries = [query] if ids is None else [query.where(some) for some in among(connection, table.id, ids)]
    found = (row for each in queries for row in connection.execute(each))
    return sorted(map(_decidable, found), key=lambda copy: copy.id)[:limit]


def _decidable(row: sa.Row[Any]) -> DecidableCopy:
    state = as_known(DeliveryState, row.state)
    return DecidableCopy(
        id=row.id,
        edition_id=row.edition_id,
        subscriber_id=row.subscriber_id,
        state=state,
        waits=state is DeliveryState.PENDING or row.next_try_at is not None,
        doubtful=row.doubts > 0,
        got_before=row.got_before,
        until=row.until,
        message_id=row.message_id,
        unwanted=row.unwanted if row.address is not None else None,
        email=row.email,
        address=row.address,
        name=row.own_name,
    )


def editions_with_rejected(connection: sa.Connection, ids: Collection[int] | None = None) -> set[str]:
    """The ids of the editions of rejected copies, of all of them or of *ids*."""
    its = deliveries.c.state == DeliveryState.REJECTED
    found = sa.select(deliveries.c.edition_id).where(its).distinct()
    if ids is None:
        # By way of the editions, so that an index is used.
        found = sa.select(editions.c.id).where(sa.exists().where(deliveries.c.edition_id == editions.c.id, its))
    queries = [found] if ids is None else [found.where(some) for some in among(connection, deliveries.c.id, ids)]
    return {name for each in queries for name in connection.execute(each).scalars()}


def resolve(connection: sa.Connection, ids: Collection[int], *, arrived: bool, at: datetime) -> int:
    """Says of those of *ids* that are uncertain whether they *arrived*, by the operator's word; returns how many.

    What did not is offered again, under its Message-ID and with the same bytes.
    """
    if arrived:
        kind, state, answer = CopyActKind.RESOLVED_AS_ACCEPTED, DeliveryState.ACCEPTED, "the operator: it arrived"
        doubts: Any = deliveries.c.doubts - 1
    else:
        kind, state, answer = CopyActKind.RESOLVED_TO_RESEND, DeliveryState.PENDING, "the operator: it did not arrive"
        doubts = 0
    moved = 0
    for some in among(connection, deliveries.c.id, ids):
        which = some & (deliveries.c.state == DeliveryState.UNCERTAIN)
        copy_acts.note(connection, which, kind, at=at)
        known = {"answer": answer, "doubts": doubts, "next_try_at": None, "changed_at": at}
        moved += move(connection, deliveries, which, leaving=_UNCERTAIN, to=state, **known, **NOBODYS)
    return moved


def give_up(connection: sa.Connection, ids: Collection[int], *, why: str, at: datetime) -> int:
    """Says of those of *ids* that are uncertain that they did not arrive, and go no more; returns how many."""
    answer = f"the operator: it did not arrive; {why}"
    known = {"answer": answer, "doubts": 0, "next_try_at": None, "changed_at": at}
    moved = 0
    for some in among(connection, deliveries.c.id, ids):
        which = some & (deliveries.c.state == DeliveryState.UNCERTAIN)
        copy_acts.note(connection, which, CopyActKind.RESOLVED_AS_LOST, at=at)
        ended = DeliveryState.CANCELLED
        moved += move(connection, deliveries, which, leaving=_UNCERTAIN, to=ended, **known, **NOBODYS)
    return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A copy as it is sent again."""

    id: int
    #: Its own, or another where its reader has it under that, or may have it.
    message_id: str
    #: Its reader has it, or may have it.
    is_second: bool
    email: str
    name: str | None


def send_again(connection: sa.Connection, sendings: Sequence[Sending], *, until: datetime, at: datetime) -> None:
    """Lets copies wait anew that ``page`` has found in this transaction, to go *until* then."""
    table = deliveries.c
    for some in among(connection, table.id, (each.id for each in sendings)):
        copy_acts.note(connection, some, CopyActKind.SENT_AGAIN, at=at)
        policy_refusals.forget(connection, some)
    for some in among(connection, table.id, (each.id for each in sendings if each.is_second)):
        first = sa.func.coalesce(table.got_revision, table.revision)
        got = {"got_before": table.got_before + 1, "got_revision": first}
        change(connection, deliveries, some, **got)
    anew: dict[str, Any] = {
        "state": DeliveryState.PENDING.value,
        "revision": None,
        "attempts": 0,
        "doubts": 0,
        "answer": None,
        "next_try_at": None,
        "until": until,
        "lane": "",
        "changed_at": at,
        **NOBODYS,
    }
    rows = [
        {"id": each.id, "message_id": each.message_id, "email": each.email, "name": each.name, **anew}
        for each in sendings
    ]
    write_each(connection, deliveries, rows)
