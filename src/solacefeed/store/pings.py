"""Pings: which documents' hub is still to be told that they have changed (WebSub section 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.store.database import among, upsert
from solacefeed.store.schema import pings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """A hub is to be told of *topic*."""

    topic: str
    #: How often it was tried.
    attempts: int
    next_try_at: datetime
    #: Why it did not work the last time.
    trouble: str | None


def want(connection: sa.Connection, topics: Iterable[str], *, at: datetime) -> None:
    """The hub is to be told of these as soon as it can be; one that waits already begins anew."""
    rows = [{"topic": topic, "attempts": 0, "next_try_at": at, "trouble": None} for topic in sorted(set(topics))]
    upsert(connection, pings, rows, key=("topic",))


def due(connection: sa.Connection, now: datetime) -> list[Ping]:
    query = pings.select().where(pings.c.next_try_at <= now).order_by(pings.c.next_try_at, pings.c.topic)
    return [
        Ping(topic=row.topic, attempts=row.attempts, next_try_at=row.next_try_at, trouble=row.trouble)
        for row in connection.execute(query)
    ]


def told(connection: sa.Connection, topics: Iterable[str]) -> None:
    """The hub has been told; or it is given up."""
    for some in among(connection, pings.c.topic, topics):
        connection.execute(pings.delete().where(some))


def later(connection: sa.Connection, topics: Iterable[str], *, at: datetime, trouble: str) -> None:
    """It did not work, and is tried again at *at*."""
    values = {"attempts": pings.c.attempts + 1, "next_try_at": at, "trouble": trouble}
    for some in among(connection, pings.c.topic, topics):
        connection.execute(pings.update().where(some).values(**values))


def waiting(connection: sa.Connection) -> int:
    """How many topics the hub is still to be told of."""
    return connection.execute(sa.select(sa.func.count()).select_from(pings)).scalar_one()
