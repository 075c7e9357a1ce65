"""Copies that were put off and wait to be offered again: how many, to which domains, and what they were answered.

They are counted by the index that has them alone. Of what they were answered so many rows are read and no more: where a
relay defers a million, the first thousands tell as much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.schema import deliveries

#: Copies that are read for their domains and answers.
MOST_READ = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredCopies:
    """Those of an edition."""

    copies: int = 0
    #: What most of those that were read were answered.
    answer: str | None = None
    #: By the domain of their addresses, of those that were read.
    domains: Mapping[str, int] = field(default_factory=dict)
    #: How many were read.
    read: int = 0


def of_edition(connection: sa.Connection, edition_id: str) -> DeferredCopies:
    its = (deliveries.c.edition_id == edition_id) & deliveries.c.next_try_at.is_not(None)
    count = connection.execute(sa.select(sa.func.count()).select_from(deliveries).where(its)).scalar_one()
    if not count:
        return DeferredCopies()
    columns = (deliveries.c.email, deliveries.c.answer, deliveries.c.state)
    rows = connection.execute(sa.select(*columns).where(its).limit(MOST_READ)).all()
    waiting = [row for row in rows if row.state == DeliveryState.PENDING]
    answers = Counter(row.answer for row in waiting if row.answer)
    return DeferredCopies(
        copies=count,
        answer=min(answers, key=lambda each: (-answers[each], each), default=None),
        # Of who was erased no address is kept.
        domains=dict(Counter(row.email.rpartition("@")[2].lower() for row in waiting if row.email)),
        read=len(waiting),
    )


def by_lane(connection: sa.Connection, edition_id: str) -> dict[str, int]:
    """How many there are in each lane (``copy_lanes``)."""
    its = (deliveries.c.edition_id == edition_id) & deliveries.c.next_try_at.is_not(None)
    counted = sa.select(deliveries.c.lane, sa.func.count()).where(its).group_by(deliveries.c.lane)
    return {row[0]: row[1] for row in connection.execute(counted)}
