"""In which lane copies wait: one for each group of domains with limits of its own, so that none waits behind another.

The word for a lane is made of all groups (``pace``), so a copy whose lane is none of those that there are was
put there by another config, or by none: it is looked at anew when its edition is taken up. Lanes are found one after
the other by the index that has them in its order; so a look costs as much as there are lanes, not copies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import OVER
from solacefeed.store import mail_states
from solacefeed.store.database import among
from solacefeed.store.due_copies import may_go_yet
from solacefeed.store.held_editions import hold_mail
from solacefeed.store.mail_moves import change, move
from solacefeed.store.schema import deliveries, editions


def readdress(connection: sa.Connection, subscriber_id: int, email: str) -> int:
    """Sends a reader's copies that have not left to another address; returns how many.

    One that is in hand without a mark is taken out of it, and claimed anew. What may have arrived keeps the address
    that it had, for it is offered again with the same bytes.
    """
    theirs = deliveries.c.edition_id.in_(sa.select(editions.c.id).where(editions.c.state.not_in(OVER)))
    own = theirs & (deliveries.c.subscriber_id == subscriber_id) & (deliveries.c.doubts == 0)
    waiting = deliveries.c.state == DeliveryState.PENDING
    hold_mail(connection, deliveries, own & (waiting | (deliveries.c.state == DeliveryState.CLAIMED)))
    untried = {"attempts": deliveries.c.attempts - 1, **mail_states.NOBODYS}
    move(connection, deliveries, own, leaving=(DeliveryState.CLAIMED,), to=DeliveryState.PENDING, **untried)
    return change(connection, deliveries, own & waiting, email=email, lane="")


def astray(connection: sa.Connection, edition_id: str, lanes: Collection[str]) -> set[str]:
    """In which other lanes than these copies of an edition wait."""
    waiting = (mail_states.never_put_off(deliveries), deliveries.c.next_try_at.is_not(None))
    its = deliveries.c.edition_id == edition_id
    return {lane for each in waiting for lane in _lanes(connection, its & each)} - set(lanes)


def _lanes(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Iterator[str]:
    """Each lane of *which*, by one step of the index."""
    first = sa.select(deliveries.c.lane).where(which).order_by(deliveries.c.lane).limit(1)
    lane = connection.execute(first).scalar()
    while lane is not None:
        yield lane
        lane = connection.execute(first.where(deliveries.c.lane > lane)).scalar()


def sort(connection: sa.Connection, edition_id: str, astray: str, lane_of: Callable[[str], str], *, limit: int) -> int:
    """Puts up to *limit* copies that wait *astray* into the lanes of their addresses; returns how many."""
    its = (deliveries.c.edition_id == edition_id) & (deliveries.c.lane == astray)
    moved = 0
    for waiting in (mail_states.never_put_off(deliveries), deliveries.c.next_try_at.is_not(None)):
        some = sa.select(deliveries.c.id, deliveries.c.email).where(its, waiting).limit(limit - moved)
        by_lane: dict[str, list[int]] = {}
        for row in connection.execute(some.with_for_update(skip_locked=True)):
            by_lane.setdefault(lane_of(row.email), []).append(row.id)
        for lane, ids in by_lane.items():
            for each in among(connection, deliveries.c.id, ids):
                moved += change(connection, deliveries, each, lane=lane)
        if moved >= limit:
            break
    return moved


def is_due(
    connection: sa.Connection,
    edition_id: str,
    lane: str,
    *,
    at: datetime,
    which: sa.ColumnElement[bool] | None = None,
    too_late: bool = False,
) -> bool:
    """Whether ``copy_claims.claim`` would find a copy of an edition in a lane, of *which* alone."""
    its = (deliveries.c.edition_id == edition_id) & (deliveries.c.lane == lane) & may_go_yet(at, too_late=too_late)
    its = its if which is None else its & which
    waiting = (mail_states.never_put_off(deliveries), mail_states.put_off(deliveries, at))
    either = sa.select(sa.or_(*(sa.exists().where(its, each) for each in waiting)))
    return bool(connection.execute(either).scalar_one())


def count_waiting(connection: sa.Connection, edition_id: str) -> dict[str, int]:
    """How many copies of an edition wait, by lane."""
    its = (deliveries.c.edition_id == edition_id) & mail_states.waits(deliveries)
    counted = sa.select(deliveries.c.lane, sa.func.count()).where(its).group_by(deliveries.c.lane)
    return {row[0]: row[1] for row in connection.execute(counted)}
