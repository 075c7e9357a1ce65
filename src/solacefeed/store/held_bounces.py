"""Bounces that are not acted on before the operator has spoken, since too many of their edition came back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.bounces import BounceKind, BounceOutcome
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.database import among, insert_new
from solacefeed.store.schema import bounce_counts, bounces, deliveries

_HARD = bounces.c.kind == BounceKind.HARD


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionBounces:
    """The hard bounces of an edition, by mail and at the relay."""

    #: Copies that came back.
    hard: int
    #: Whether the operator believes them; ``None`` until they have said so.
    believed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HardBounce:
    id: int
    canonical: str
    words: str
    #: A suppression that was taken away since has used it up.
    spent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedInRow:
    """Copies of an edition that the relay refused one after the other, after the last one that it took."""

    copies: int
    #: When the first of them was; ``None`` where there is none.
    since: datetime | None


def count(connection: sa.Connection, edition_id: str, delivery_id: int) -> EditionBounces:
    """Counts a copy that came back, unless another mail has told so before; its bounce is written down."""
    its = _HARD & (bounces.c.delivery_id == delivery_id)
    told = connection.execute(sa.select(sa.func.count()).select_from(bounces).where(its)).scalar_one()
    insert_new(connection, bounce_counts, {"edition_id": edition_id, "hard": 0}, key=("edition_id",))
    of_it = bounce_counts.update().where(bounce_counts.c.edition_id == edition_id)
    counted = of_it.values(hard=bounce_counts.c.hard + (1 if told == 1 else 0))
    row = connection.execute(counted.returning(bounce_counts.c.hard, bounce_counts.c.believed)).one()
    return EditionBounces(hard=row.hard, believed=row.believed)


def answered(connection: sa.Connection, edition_id: str, *, most: int) -> int:
    """How many copies of an edition the relay has taken or refused; counted up to *most*."""
    said = deliveries.c.state.in_((DeliveryState.ACCEPTED, DeliveryState.REJECTED))
    some = sa.select(deliveries.c.id).where(deliveries.c.edition_id == edition_id, said).limit(most).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def refused_in_row(connection: sa.Connection, edition_id: str) -> RefusedInRow:
    """Those that the relay refused since it took a copy of the edition."""
    its = deliveries.c.edition_id == edition_id
    taken = sa.select(sa.func.max(deliveries.c.changed_at)).where(its, deliveries.c.state == DeliveryState.ACCEPTED)
    last = connection.execute(taken).scalar()
    refused = sa.select(sa.func.count(), sa.func.min(deliveries.c.changed_at))
    refused = refused.where(its, deliveries.c.state == DeliveryState.REJECTED)
    if last is not None:
        refused = refused.where(deliveries.c.changed_at > last)
    row = connection.execute(refused).one()
    return RefusedInRow(copies=row[0], since=row[1])


def hard_of(connection: sa.Connection, edition_ids: Collection[str]) -> dict[str, int]:
    """How many copies of each of these editions came back."""
    found: dict[str, int] = {}
    for some in among(connection, bounce_counts.c.edition_id, edition_ids):
        counted = sa.select(bounce_counts.c.edition_id, bounce_counts.c.hard).where(some)
        found |= {row.edition_id: row.hard for row in connection.execute(counted)}
    return found


def say(connection: sa.Connection, edition_id: str, *, believed: bool) -> None:
    """Writes down the operator's word, be it before any came."""
    insert_new(connection, bounce_counts, {"edition_id": edition_id, "hard": 0}, key=("edition_id",))
    its = bounce_counts.update().where(bounce_counts.c.edition_id == edition_id)
    connection.execute(its.values(believed=believed))


def of_edition(connection: sa.Connection, edition_id: str, outcome: BounceOutcome, *, limit: int) -> list[HardBounce]:
    """The first *limit* of an edition that came to that *outcome*, oldest first."""
    copies = bounces.join(deliveries, deliveries.c.id == bounces.c.delivery_id)
    its = _HARD & (bounces.c.outcome == outcome) & (deliveries.c.edition_id == edition_id)
    asked = sa.select(bounces.c.id, bounces.c.canonical, bounces.c.words, bounces.c.spent).select_from(copies)
    rows = connection.execute(asked.where(its, bounces.c.canonical.is_not(None)).order_by(bounces.c.id).limit(limit))
    return [HardBounce(**row._mapping) for row in rows]


def came_to(connection: sa.Connection, number: int, outcome: BounceOutcome, *, counts: bool) -> None:
    """Writes down what became of one, and whether it *counts* any more."""
    its = bounces.update().where(bounces.c.id == number)
    connection.execute(its.values(outcome=outcome.value, spent=not counts))


def waiting(connection: sa.Connection) -> dict[str, int]:
    """How many of each edition wait for the operator."""
    copies = bounces.join(deliveries, deliveries.c.id == bounces.c.delivery_id)
    asked = sa.select(deliveries.c.edition_id, sa.func.count()).select_from(copies)
    held = asked.where(bounces.c.outcome == BounceOutcome.HELD).group_by(deliveries.c.edition_id)
    return {row[0]: row[1] for row in connection.execute(held.order_by(deliveries.c.edition_id))}
