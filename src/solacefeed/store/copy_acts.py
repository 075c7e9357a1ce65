"""What the operator did of copies that came out otherwise than they should have, with how each stood before."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.deliveries import CopyAct, CopyActKind, DeliveryState
from solacefeed.models.desk import OPERATOR
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import copy_acts, deliveries


def note(connection: sa.Connection, which: sa.ColumnElement[bool], kind: CopyActKind, *, at: datetime) -> None:
    """Writes down an act of the operator's on each of these copies, as part of what it does and before that."""
    values = sa.select(
        deliveries.c.id,
        sa.literal(kind.value),
        sa.literal(OPERATOR),
        sa.literal(at, copy_acts.c.at.type),
        deliveries.c.state,
        deliveries.c.changed_at,
        # It may get another one by that, and what comes back later may name this one.
        deliveries.c.message_id if kind is CopyActKind.SENT_AGAIN else sa.null(),
    ).where(which)
    names = ["delivery_id", "act", "actor", "at", "was", "was_since", "message_id"]
    connection.execute(copy_acts.insert().from_select(names, values.order_by(deliveries.c.id)))


def is_any(connection: sa.Connection, edition_id: str, kind: CopyActKind) -> bool:
    """Whether that was done of a copy of the edition."""
    copies = copy_acts.join(deliveries, deliveries.c.id == copy_acts.c.delivery_id)
    done = (deliveries.c.edition_id == edition_id) & (copy_acts.c.act == kind.value)
    asked = sa.select(sa.literal(1)).select_from(copies).where(done).limit(1)
    return connection.execute(asked).first() is not None


def of_copy(connection: sa.Connection, delivery_id: int) -> list[CopyAct]:
    """What was done of a copy, oldest first."""
    its = copy_acts.select().where(copy_acts.c.delivery_id == delivery_id).order_by(copy_acts.c.id)
    return [
        CopyAct(
            kind=as_known(CopyActKind, row.act),
            actor=row.actor,
            at=row.at,
            was=as_known(DeliveryState, row.was),
            was_since=row.was_since,
        )
        for row in connection.execute(its)
    ]
