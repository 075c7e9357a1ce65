"""How many subscriptions were in each state, day by day: numbers, which no erasing has to take back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from solacefeed.models.people import SubscriptionState
from solacefeed.store.database import insert_missing
from solacefeed.store.schema import reader_counts, subscription_changes, subscriptions

#: For so long days are kept.
KEPT = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCount:
    """How many subscriptions to a digest are in a state."""

    #: The digest's key.
    digest: str
    state: str
    readers: int


def now(connection: sa.Connection) -> list[ReaderCount]:
    """As it is; by the index that has both."""
    columns = (subscriptions.c.digest, subscriptions.c.state)
    counted = sa.select(*columns, sa.func.count()).group_by(*columns).order_by(*columns)
    return [ReaderCount(digest=row[0], state=row[1], readers=row[2]) for row in connection.execute(counted)]


def standing(connection: sa.Connection) -> tuple[dict[str, int], int]:
    """Subscriptions by state, and how many people have them."""
    counts = now(connection)
    if len({each.digest for each in counts}) < 2:
        return _by_state(counts), sum(each.readers for each in counts)
    people = sa.select(subscriptions.c.subscriber_id).distinct().subquery()
    return _by_state(counts), connection.execute(sa.select(sa.func.count()).select_from(people)).scalar_one()


def _by_state(counts: Iterable[ReaderCount]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in counts:
        found[each.state] = found.get(each.state, 0) + each.readers
    return found


def newest_day(connection: sa.Connection) -> date | None:
    newest = connection.execute(sa.select(sa.func.max(reader_counts.c.day))).scalar()
    return date.fromisoformat(newest) if newest else None


def keep(connection: sa.Connection, day: date, counts: Iterable[ReaderCount]) -> None:
    """Writes them down as of *day*, whose first ones stay; and forgets days of long ago."""
    rows = [
        {"day": day.isoformat(), "digest": each.digest, "state": each.state, "readers": each.readers} for each in counts
    ]
    insert_missing(connection, reader_counts, rows, key=("day", "digest", "state"))
    connection.execute(reader_counts.delete().where(reader_counts.c.day < (day - KEPT).isoformat()))


def by_day(connection: sa.Connection, *, since: date) -> dict[date, dict[str, int]]:
    """Subscriptions to all digests by state, of each day that was counted since then, the oldest first."""
    table = reader_counts.c
    counted = sa.select(table.day, table.state, sa.func.sum(table.readers)).where(table.day >= since.isoformat())
    found: dict[date, dict[str, int]] = {}
    for day, state, readers in connection.execute(counted.group_by(table.day, table.state).order_by(table.day)):
        found.setdefault(date.fromisoformat(day), {})[state] = int(readers)
    return found


def from_changes(connection: sa.Connection, ends: Sequence[datetime]) -> dict[datetime, list[ReaderCount]]:
    """How many were confirmed at each of these instants, the oldest first, by what is known of changes.

    For a store that has never counted: it reads all changes, once.
    """
    table, confirmed = subscription_changes.c, SubscriptionState.CONFIRMED.value
    whose = (table.subscriber_id, table.digest)
    before = sa.func.lag(table.state).over(partition_by=whose, order_by=table.id).label("before")
    steps = sa.select(table.digest, table.at, table.state, before).subquery()
    is_now, was = steps.c.state == confirmed, sa.func.coalesce(steps.c.before, "") == confirmed
    moved = sa.case((is_now & ~was, 1), (~is_now & was, -1), else_=0)
    until = sa.case(*((steps.c.at <= end, number) for number, end in enumerate(ends)), else_=None).label("until")
    asked = sa.select(steps.c.digest, until, sa.func.sum(moved)).where(steps.c.at <= ends[-1])
    moves = {(row[0], row[1]): int(row[2]) for row in connection.execute(asked.group_by(steps.c.digest, until))}
    found: dict[datetime, list[ReaderCount]] = {}
    standing = dict.fromkeys(sorted({digest for digest, _ in moves}), 0)
    for number, end in enumerate(ends):
        standing = {digest: readers + moves.get((digest, number), 0) for digest, readers in standing.items()}
        found[end] = [
            ReaderCount(digest=digest, state=confirmed, readers=readers)
            for digest, readers in standing.items()
            if readers > 0
        ]
    return found
