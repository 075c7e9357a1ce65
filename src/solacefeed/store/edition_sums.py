"""How many copies of an edition are in each state: kept where it is over, and else counted.

A sum is kept once nothing moves by itself any more; whatever moves a copy afterwards forgets it (``mail_moves``), and
the next look counts anew. So a history of large editions costs a row each.

It is counted in the transaction that keeps it, when whoever forgets it has come to their end: what moves meanwhile
either is counted, or forgets what was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed.models.deliveries import LONGEST_SENDING, DeliveryState
from solacefeed.models.editions import OPEN, WAITING, EditionState
from solacefeed.store.copies import was_taken_before
from solacefeed.store.database import among, insert_missing
from solacefeed.store.schema import deliveries, edition_sums, editions

_OVER = (EditionState.DONE, EditionState.CANCELLED)
#: Of what was skipped none is written, or all are cancelled; a draft has none yet.
_WITH_COPIES = (*WAITING, *OPEN, *_OVER)
#: For so long after its closing an edition is counted anew each time.
_FRESH = timedelta(days=1)
_GIVEN_UP = (DeliveryState.CANCELLED, DeliveryState.EXPIRED)
#: Of copies that move by themselves.
MOVES = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.HANDING)


def count(connection: sa.Connection, edition_id: str | None = None) -> dict[str, int]:
    """Copies by state, of one edition or of all, by the index that has both.

    Who has one counts as having it, whatever became of another that was sent again and given up.
    """
    query = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    if edition_id is not None:
        query = query.where(deliveries.c.edition_id == edition_id)
    counted = {row[0]: row[1] for row in connection.execute(query)}
    if any(counted.get(state) for state in _GIVEN_UP):
        second = query.where(was_taken_before(), deliveries.c.state.in_(_GIVEN_UP))
        for state, number in connection.execute(second).all():
            counted[state] -= number
            counted[DeliveryState.ACCEPTED.value] = counted.get(DeliveryState.ACCEPTED.value, 0) + number
    return {state: number for state, number in counted.items() if number}


def tallies(connection: sa.Connection, edition_ids: Collection[str]) -> dict[str, Mapping[str, int]]:
    """Copies by state, of each of these editions."""
    kept: dict[str, Mapping[str, int]] = {}
    for some in among(connection, edition_sums.c.edition_id, edition_ids):
        kept |= _kept(connection, some)
    return {each: kept[each] if each in kept else count(connection, each) for each in edition_ids}


def of_all(connection: sa.Connection) -> dict[str, Mapping[str, int]]:
    """The same of all editions that may have copies: a statement for each of which no sum is kept, which are few."""
    with_copies = sa.select(editions.c.id).where(editions.c.state.in_(_WITH_COPIES)).order_by(editions.c.ends)
    kept = _kept(connection, sa.true())
    there = connection.execute(with_copies).scalars().all()
    return {each: kept[each] if each in kept else count(connection, each) for each in there}


def _kept(connection: sa.Connection, which: sa.ColumnElement[bool]) -> dict[str, Mapping[str, int]]:
    asked = sa.select(edition_sums.c.edition_id, edition_sums.c.copies).where(which)
    return {row.edition_id: row.copies for row in connection.execute(asked)}


def to_be_kept(connection: sa.Connection, *, now: datetime, limit: int) -> list[str]:
    """Up to *limit* editions that are over, and whose sums would be kept and are not; the newest first."""
    rows = connection.execute(_over(now).order_by(editions.c.ends.desc(), editions.c.id).limit(limit)).all()
    return [row.id for row in rows if _is_at_rest(connection, row.id, count(connection, row.id), now)]


def _over(now: datetime) -> sa.Select[str]:
    """Editions of which no sum is kept, and that have closed more than a day ago."""
    return (
        sa.select(editions.c.id)
        .join(edition_sums, edition_sums.c.edition_id == editions.c.id, isouter=True)
        .where(editions.c.state.in_(_OVER), editions.c.ends < now - _FRESH, edition_sums.c.edition_id.is_(None))
    )


def _is_at_rest(connection: sa.Connection, edition_id: str, counted: Mapping[str, int], now: datetime) -> bool:
    """Whether nothing moves by itself any more: what is in doubt, for as long as an answer may come late.

    That counts from when it came to be in doubt: an edition may be prepared long after its closing, and sent again.
    """
    if any(counted.get(state) for state in MOVES):
        return False
    in_doubt = (deliveries.c.edition_id == edition_id) & (deliveries.c.state == DeliveryState.UNCERTAIN)
    lately = sa.exists().where(in_doubt, deliveries.c.changed_at >= now - LONGEST_SENDING)
    return not counted.get(DeliveryState.UNCERTAIN) or not connection.execute(sa.select(lately)).scalar_one()


def is_any(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(edition_sums.c.edition_id).limit(1)).first() is not None


def keep(connection: sa.Connection, edition_id: str, *, now: datetime) -> None:
    """Counts an edition, and keeps its sum if it still may be kept; as a transaction's first statement."""
    if connection.dialect.name == "postgresql":
        # Whoever forgets one has a lock on the table till their end, and does not keep others from forgetting.
        connection.execute(sa.text(f"LOCK TABLE {edition_sums.name} IN SHARE ROW EXCLUSIVE MODE"))
    row = connection.execute(_over(now).where(editions.c.id == edition_id)).one_or_none()
    counted = count(connection, edition_id)
    if row and _is_at_rest(connection, edition_id, counted, now):
        values = {"edition_id": edition_id, "copies": counted, "counted_at": now}
        insert_missing(connection, edition_sums, [values], key=("edition_id",))


def forget(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Those of the editions of the copies *which*: one of them moves."""
    theirs = sa.select(deliveries.c.edition_id).where(which)
    connection.execute(edition_sums.delete().where(edition_sums.c.edition_id.in_(theirs)))
