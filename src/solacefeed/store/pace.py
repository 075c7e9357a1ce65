"""How fast mail left and may leave, kept for all workers: what each takes up is counted in the commit that claims it.

Who holds a scope keeps all others from taking mail up there until their transaction ends: on PostgreSQL by its row, of
which they are locked in one order, and on SQLite since one alone writes. On PostgreSQL, where workers of several
machines meet, instants are those of the database's clock, as leases are (``ahead``); on SQLite the worker's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from solacefeed.pace import DAYS_REMEMBERED, MINUTES, PaceStanding, day_of, minute_of
from solacefeed.store import facts
from solacefeed.store.database import among
from solacefeed.store.dialects import insert_of
from solacefeed.store.schema import Instant, paced_days, paced_minutes, paces

#: So far at most a clock is off from the database's that is taken for one of now, where nothing says which the store's
#: deeds go by.
_MOST_SKEW = timedelta(hours=1)


def ahead(connection: sa.Connection, at: datetime) -> timedelta:
    """By how much the clock by which limits go is ahead of the one that says *at*.

    In a live store that is the database's however far off a machine is: one that takes its local time for UTC is so by
    hours. In another one a clock that is further off than ``_MOST_SKEW`` is that of a rehearsal, and goes by itself.
    """
    if connection.dialect.name != "postgresql":
        return timedelta()
    skew: timedelta = connection.execute(sa.select(sa.func.clock_timestamp(type_=Instant))).scalar_one() - at
    is_of_now = abs(skew) <= _MOST_SKEW or facts.read(connection, facts.CLOCK) == facts.LIVE
    return skew if is_of_now else timedelta()


def hold(connection: sa.Connection, scopes: Collection[str], *, at: datetime) -> dict[str, PaceStanding]:
    """How these scopes stand at *at*, and until the transaction ends for others too."""
    rows = _locked(connection, scopes)
    if missing := sorted(set(scopes) - set(rows)):
        add = insert_of(connection.dialect.name)(paces).on_conflict_do_nothing()
        fresh = PaceStanding()
        for scope in missing:
            connection.execute(add.values(scope=scope, **_columns(fresh)))
        rows = _locked(connection, scopes)
    found = _standing(connection, rows, at)
    for scope, each in found.items():
        if (believed := each.believed(at)) != each:
            write(connection, scope, believed)
            _count_anew(connection, scope, believed)
            found[scope] = believed
    return found


def _count_anew(connection: sa.Connection, scope: str, standing: PaceStanding) -> None:
    connection.execute(paced_minutes.delete().where(paced_minutes.c.scope == scope))
    rows = [{"scope": scope, "minute": minute, "mails": mails} for minute, mails in standing.minutes.items()]
    if rows:
        connection.execute(paced_minutes.insert(), rows)


def read(connection: sa.Connection, *, at: datetime) -> dict[str, PaceStanding]:
    """How all scopes stand of which anything is known."""
    found = _standing(connection, {row.scope: row for row in connection.execute(paces.select())}, at)
    return {scope: each.believed(at) for scope, each in found.items()}


def is_strained(connection: sa.Connection) -> bool:
    """Whether any scope is slowed down, or is about to be."""
    slow = sa.select(sa.literal(1)).select_from(paces).where(paces.c.slowed_to.is_not(None) | (paces.c.strain > 0))
    return connection.execute(slow.limit(1)).first() is not None


def write(connection: sa.Connection, scope: str, standing: PaceStanding) -> None:
    """Keeps how a scope that is held stands, but for what was counted."""
    connection.execute(paces.update().where(paces.c.scope == scope).values(**_columns(standing)))


def count(connection: sa.Connection, scope: str, mails: int, *, at: datetime) -> None:
    """Counts *mails* that are taken up now in a scope that is held; what is too old to count is forgotten."""
    for table, unit, now, kept in (
        (paced_minutes, paced_minutes.c.minute, minute_of(at), 2 * MINUTES),
        (paced_days, paced_days.c.day, day_of(at), DAYS_REMEMBERED + 1),
    ):
        add = insert_of(connection.dialect.name)(table).values(scope=scope, mails=mails, **{unit.name: now})
        more = add.on_conflict_do_update(index_elements=["scope", unit], set_={"mails": table.c.mails + mails})
        connection.execute(more)
        connection.execute(table.delete().where(table.c.scope == scope, unit < now - kept))


def _locked(connection: sa.Connection, scopes: Collection[str]) -> dict[str, sa.Row[Any]]:
    found: dict[str, sa.Row[Any]] = {}
    for some in among(connection, paces.c.scope, scopes):
        theirs = paces.select().where(some).order_by(paces.c.scope).with_for_update()
        found |= {row.scope: row for row in connection.execute(theirs)}
    return found


def _standing(connection: sa.Connection, rows: Mapping[str, sa.Row[Any]], at: datetime) -> dict[str, PaceStanding]:
    minutes = _counts(connection, paced_minutes.c.minute, rows, minute_of(at) - MINUTES)
    days = _counts(connection, paced_days.c.day, rows, day_of(at) - DAYS_REMEMBERED)
    return {
        scope: PaceStanding(
            used_until=row.used_until,
            slowed_to=row.slowed_to,
            slowed_from=row.slowed_from,
            strain=row.strain,
            relief=row.relief,
            minutes=minutes[scope],
            days=days[scope],
        )
        for scope, row in rows.items()
    }


def _counts(
    connection: sa.Connection, unit: sa.Column[int], scopes: Collection[str], since: int
) -> dict[str, dict[int, int]]:
    table = unit.table
    found: dict[str, dict[int, int]] = {scope: {} for scope in scopes}
    for some in among(connection, table.c.scope, scopes):
        counted = sa.select(table.c.scope, unit, table.c.mails).where(some, unit >= since)
        for scope, number, mails in connection.execute(counted):
            found[scope][number] = mails
    return found


def _columns(standing: PaceStanding) -> dict[str, Any]:
    return {
        "used_until": standing.used_until,
        "slowed_to": standing.slowed_to,
        "slowed_from": standing.slowed_from,
        "strain": standing.strain,
        "relief": standing.relief,
    }
