"""Bounces that are not acted on before the operator has spoken, since too many of their edition came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.bounces import BounceKind, BounceOutcome, BounceSource
from solacefeed.store.database import insert_new
from solacefeed.store.schema import bounce_counts, bounces, deliveries

_OF_MAIL = (bounces.c.source == BounceSource.MAIL) & (bounces.c.kind == BounceKind.HARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionBounces:
    """The hard bounces of an edition that came by mail."""

    #: Copies that came back.
    hard: int
    #: Whether the operator believes them; ``None`` until they have said so.
    believed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HardBounce:
    id: int
    canonical: str
    words: str
    at: datetime


def count(connection: sa.Connection, edition_id: str, delivery_id: int) -> EditionBounces:
    """Counts a copy that came back, unless another mail has told so before; its bounce is written down."""
    its = _OF_MAIL & (bounces.c.delivery_id == delivery_id)
    told = connection.execute(sa.select(sa.func.count()).select_from(bounces).where(its)).scalar_one()
    insert_new(connection, bounce_counts, {"edition_id": edition_id, "hard": 0}, key=("edition_id",))
    of_it = bounce_counts.update().where(bounce_counts.c.edition_id == edition_id)
    counted = of_it.values(hard=bounce_counts.c.hard + (1 if told == 1 else 0))
    row = connection.execute(counted.returning(bounce_counts.c.hard, bounce_counts.c.believed)).one()
    return EditionBounces(hard=row.hard, believed=row.believed)


def say(connection: sa.Connection, edition_id: str, *, believed: bool) -> None:
    """Writes down the operator's word, be it before any came."""
    insert_new(connection, bounce_counts, {"edition_id": edition_id, "hard": 0}, key=("edition_id",))
    its = bounce_counts.update().where(bounce_counts.c.edition_id == edition_id)
    connection.execute(its.values(believed=believed))


def of_edition(connection: sa.Connection, edition_id: str, outcome: BounceOutcome, *, limit: int) -> list[HardBounce]:
    """The first *limit* of an edition that came to that *outcome*, oldest first."""
    copies = bounces.join(deliveries, deliveries.c.id == bounces.c.delivery_id)
    its = _OF_MAIL & (bounces.c.outcome == outcome) & (deliveries.c.edition_id == edition_id)
    asked = sa.select(bounces.c.id, bounces.c.canonical, bounces.c.words, bounces.c.at).select_from(copies)
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
