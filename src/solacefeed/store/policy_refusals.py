"""Copies that a relay refused for a policy: which of them came one after the other, and of which domains they are.

One row a copy, until it is offered again by the operator, or since the edition was paused for such refusals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from solacefeed.models.bounces import BounceSource
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.database import among
from solacefeed.store.mail_moves import move
from solacefeed.store.schema import bounces, deliveries, policy_refusals

# Asked by each round: built once.
_ITS = policy_refusals.c.edition_id == sa.bindparam("of_edition")
_COPIES = policy_refusals.join(deliveries, deliveries.c.id == policy_refusals.c.delivery_id)
_IN_ROW = (
    sa.select(policy_refusals.c.delivery_id, policy_refusals.c.at, deliveries.c.email)
    .select_from(_COPIES)
    .where(_ITS, policy_refusals.c.in_row)
)


@dataclass(frozen=True, slots=True)
class InRow:
    """One that stands in a row."""

    at: datetime
    domain: str


def domain_of(address: str) -> str:
    """Of who was erased, empty."""
    return address.rpartition("@")[2].lower()


def note(connection: sa.Connection, delivery_id: int, edition_id: str, *, at: datetime, in_row: bool = True) -> None:
    """Writes down that a copy was refused so; *in_row*, after the last one that was taken."""
    row = policy_refusals.c.delivery_id == delivery_id
    connection.execute(policy_refusals.delete().where(row))
    values = {"delivery_id": delivery_id, "edition_id": edition_id, "in_row": in_row, "at": at}
    connection.execute(policy_refusals.insert().values(**values))


def break_row(connection: sa.Connection, edition_id: str) -> None:
    """A copy of the edition was taken."""
    its = (policy_refusals.c.edition_id == edition_id) & policy_refusals.c.in_row
    connection.execute(policy_refusals.update().where(its).values(in_row=False))


def in_row(connection: sa.Connection, edition_id: str) -> dict[int, InRow]:
    """The numbers of those that were refused so since a copy of the edition was taken, each with when and where."""
    rows = connection.execute(_IN_ROW, {"of_edition": edition_id})
    return {row.delivery_id: InRow(row.at, domain_of(row.email)) for row in rows}


def refused_of(connection: sa.Connection, edition_ids: Iterable[str]) -> set[int]:
    """The numbers of the copies of these editions that ``set_right`` may let wait again."""
    column = policy_refusals.c
    queries = [sa.select(column.delivery_id).where(some) for some in among(connection, column.edition_id, edition_ids)]
    return {number for each in queries for number in connection.execute(each).scalars()}


def count(connection: sa.Connection, edition_id: str) -> int:
    """How many are written down of an edition, also of copies that wait again: no copy is read for it."""
    its = policy_refusals.c.edition_id == edition_id
    return connection.execute(sa.select(sa.func.count()).select_from(policy_refusals).where(its)).scalar_one()


def by_domain(connection: sa.Connection, edition_id: str) -> Counter[str]:
    """How many copies of an edition are rejected for it, by the domain of their addresses."""
    found = Counter[str]()
    for name, copies_of_it in connection.execute(_by_domain(), {"of_edition": edition_id}):
        found[name.lower()] += copies_of_it
    return found


@cache
def _by_domain() -> sa.Select[str, int]:
    rejected = _ITS & (deliveries.c.state == DeliveryState.REJECTED)
    # Of who was erased, or of long ago, no address is kept.
    domain, number = _domain(deliveries.c.email), sa.func.count()
    return sa.select(domain, number).select_from(_COPIES).where(rejected, deliveries.c.email != "").group_by(domain)


def _domain(address: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """What stands behind its last ``@``: taken from the end is all that is none, and what is left is not of it."""
    local_part = sa.func.rtrim(address, sa.func.replace(address, "@", ""))
    return sa.func.substr(address, sa.func.length(local_part) + 1)


def set_right(
    connection: sa.Connection, edition_id: str, *, row_alone: bool, at: datetime, next_try_at: datetime
) -> int:
    """Lets copies wait again that were rejected so, of the last row or all; returns how many.

    What may have arrived when it was first offered stays as it is. What was noted of them as a bounce is taken back.
    """
    its = policy_refusals.c.edition_id == edition_id
    its = its & policy_refusals.c.in_row if row_alone else its
    ids = sa.select(policy_refusals.c.delivery_id).where(its)
    waits = move(
        connection,
        deliveries,
        deliveries.c.id.in_(ids) & (deliveries.c.doubts == 0),
        leaving=(DeliveryState.REJECTED,),
        to=DeliveryState.PENDING,
        next_try_at=next_try_at,
        changed_at=at,
    )
    noted = bounces.c.delivery_id.in_(ids) & (bounces.c.source == BounceSource.RELAY)
    connection.execute(bounces.delete().where(noted))
    connection.execute(policy_refusals.delete().where(its))
    return waits


def forget(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Of these copies, which are offered again."""
    theirs = sa.select(deliveries.c.id).where(which)
    connection.execute(policy_refusals.delete().where(policy_refusals.c.delivery_id.in_(theirs)))
