"""Canaries of editions: which copies go before the rest, and what was decided by them; this module owns their states.

    out --> passed          the rest goes
     |----> stopped         the edition is paused --> overruled     it is resumed, and not asked again
     +----> overruled       the operator lets the rest go before it is decided

Each move is a compare-and-swap. Which copies they are is written down with the first, so that it is the same after a
kill and for every worker, and is forgotten when it is decided.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.bounces import BounceKind, BounceSource
from solacefeed.models.canaries import Canary, CanaryCounts, CanaryState
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import mail_states
from solacefeed.store.database import insert_new
from solacefeed.store.dialects import add_rows
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import bounces, canaries, canary_copies, deliveries

# Asked several times by each look at an edition on its way: built once.
_OF_EDITION = canaries.select().where(canaries.c.edition_id == sa.bindparam("of_edition"))


def begin(connection: sa.Connection, edition_id: str, ids: Collection[int], *, at: datetime) -> bool:
    """Lets copies of an edition go before the rest; false where others were chosen before."""
    row = {"edition_id": edition_id, "copies": len(ids), "state": CanaryState.OUT.value, "begun_at": at}
    if not insert_new(connection, canaries, row, key=("edition_id",)):
        return False
    add_rows(connection, canary_copies, ("delivery_id", "edition_id"), [(each, edition_id) for each in ids])
    return True


def find(connection: sa.Connection, edition_id: str) -> Canary | None:
    row = connection.execute(_OF_EDITION, {"of_edition": edition_id}).one_or_none()
    return _canary(row) if row else None


def out_of(connection: sa.Connection, edition: Edition) -> Canary | None:
    """That of an edition on its way, while the rest waits for it."""
    found = find(connection, edition.id) if edition.state is EditionState.DELIVERING else None
    return found if found and found.state is CanaryState.OUT else None


def first_ones(connection: sa.Connection, edition_id: str) -> sa.ColumnElement[bool] | None:
    """Which copies of an edition may go before it is decided; ``None`` where all may."""
    return first_of(find(connection, edition_id))


def first_of(found: Canary | None) -> sa.ColumnElement[bool] | None:
    """The same, by an edition's canary where it has one."""
    return is_first(found.edition_id) if found and found.state is CanaryState.OUT else None


def is_first(edition_id: str) -> sa.ColumnElement[bool]:
    """Of a copy: whether it is one of an edition's canary."""
    return deliveries.c.id.in_(sa.select(canary_copies.c.delivery_id).where(canary_copies.c.edition_id == edition_id))


def candidates(connection: sa.Connection, edition_id: str, *, after: int, limit: int) -> list[tuple[int, str]]:
    """The next *limit* copies of an edition that were never offered, by number, each with its address."""
    its = (deliveries.c.edition_id == edition_id) & mail_states.never_put_off(deliveries) & (deliveries.c.id > after)
    asked = sa.select(deliveries.c.id, deliveries.c.email).where(its).order_by(deliveries.c.id).limit(limit)
    return [(row.id, row.email) for row in connection.execute(asked)]


def has_gone(connection: sa.Connection, edition_id: str) -> bool:
    """Whether each of its copies was offered, or came to nothing."""
    still = mail_states.never_put_off(deliveries) | mail_states.in_hand(deliveries)
    left = sa.select(sa.literal(1)).select_from(_copies()).where(canary_copies.c.edition_id == edition_id, still)
    return connection.execute(left.limit(1)).first() is None


def note_gone(connection: sa.Connection, edition_id: str, *, at: datetime, waits_until: datetime) -> bool:
    its = _is_out(edition_id) & canaries.c.went_at.is_(None)
    return connection.execute(canaries.update().where(its).values(went_at=at, waits_until=waits_until)).rowcount == 1


def decide(connection: sa.Connection, edition_id: str, *, leaving: CanaryState, to: CanaryState, at: datetime) -> bool:
    """Whether it was in the state *leaving*, and is *to* now."""
    its = (canaries.c.edition_id == edition_id) & (canaries.c.state == leaving)
    moved = connection.execute(canaries.update().where(its).values(state=to.value, decided_at=at)).rowcount == 1
    if moved:
        connection.execute(canary_copies.delete().where(canary_copies.c.edition_id == edition_id))
    return moved


def counts(connection: sa.Connection, edition_id: str) -> CanaryCounts:
    """How its copies came out until now, each once."""
    its = canary_copies.c.edition_id == edition_id
    states = sa.select(deliveries.c.state, sa.func.count()).select_from(_copies()).where(its)
    by_state: dict[str, int] = {row[0]: row[1] for row in connection.execute(states.group_by(deliveries.c.state))}
    of_copies, is_complaint = sa.func.count(sa.distinct(bounces.c.delivery_id)), bounces.c.kind == BounceKind.COMPLAINT
    back = (
        sa.select(of_copies.filter(~is_complaint).label("bounced"), of_copies.filter(is_complaint).label("complained"))
        .select_from(canary_copies.join(bounces, bounces.c.delivery_id == canary_copies.c.delivery_id))
        .where(its, bounces.c.source == BounceSource.MAIL)
    )
    came_back = connection.execute(back).one()
    return CanaryCounts(
        taken=by_state.get(DeliveryState.ACCEPTED, 0),
        refused=by_state.get(DeliveryState.REJECTED, 0),
        bounced=came_back.bounced,
        complained=came_back.complained,
    )


def latest_time(connection: sa.Connection, edition_id: str) -> datetime | None:
    """Until when copies of an edition may go that were sent again; ``None`` where none was."""
    its = (deliveries.c.edition_id == edition_id) & mail_states.waits(deliveries)
    return connection.execute(sa.select(sa.func.max(deliveries.c.until)).where(its)).scalar()


def _copies() -> sa.Join:
    return canary_copies.join(deliveries, deliveries.c.id == canary_copies.c.delivery_id)


def _is_out(edition_id: str) -> sa.ColumnElement[bool]:
    return (canaries.c.edition_id == edition_id) & (canaries.c.state == CanaryState.OUT)


def _canary(row: sa.Row[Any]) -> Canary:
    return Canary(
        edition_id=row.edition_id,
        copies=row.copies,
        state=as_known(CanaryState, row.state),
        begun_at=row.begun_at,
        went_at=row.went_at,
        waits_until=row.waits_until,
        decided_at=row.decided_at,
    )
