"""Where a queue's own tables stand in the store's PostgreSQL: in a schema that no migration of ours touches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from solacefeed.store.database import Store

SCHEMA: Final = "solacefeed_jobs"
#: How the schema says by which release its tables were made.
_MADE_BY: Final = "procrastinate "
#: How a worker's connections are called, before its process and its host.
WORKER: Final = "worker "


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStanding:
    """How the queue of jobs stands, and who works on it."""

    #: Who is connected to take turns at mail; the daemon among them.
    workers: tuple[str, ...] = ()
    #: Turns that nobody has taken yet, and those that are under way.
    waiting: int = 0
    under_way: int = 0


@contextmanager
def within_schema(store: Store, *, make: bool = False) -> Iterator[sa.Connection]:
    """A transaction in which names are the queue's; with *make* alone, and where the schema is there from then on."""
    with store.write() as connection:
        if make:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('solacefeed jobs'))")
            if connection.exec_driver_sql("SELECT to_regnamespace(%s)", (SCHEMA,)).scalar() is None:
                # Not IF NOT EXISTS: before it looks it refuses an account that may make none.
                connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        yield connection


def made_by(connection: sa.Connection) -> str | None:
    """The release of the queue's library whose tables stand there; ``None`` where there are none yet."""
    asked = "SELECT obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = %s"
    said: str | None = connection.exec_driver_sql(asked, (SCHEMA,)).scalar()
    return said.removeprefix(_MADE_BY) if said else None


def mark_made_by(connection: sa.Connection, release: str) -> None:
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{_MADE_BY}{release}'")


def standing(connection: sa.Connection) -> QueueStanding:
    """A look; of a queue that nobody has begun yet there are no jobs."""
    asked = (
        "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE %s ORDER BY application_name"
    )
    names = connection.exec_driver_sql(asked, (f"{WORKER}%",)).scalars()
    workers = tuple(name.removeprefix(WORKER) for name in names)
    if made_by(connection) is None:
        return QueueStanding(workers=workers)
    counted = connection.exec_driver_sql(
        "SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing')"  # noqa: S608
        f" FROM {SCHEMA}.procrastinate_jobs WHERE queue_name = 'mail'"
    ).one()
    return QueueStanding(workers=workers, waiting=counted[0], under_way=counted[1])
