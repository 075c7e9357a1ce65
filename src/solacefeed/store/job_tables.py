"""Where a queue's own tables stand in the store's PostgreSQL: in a schema that no migration of ours touches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from solacefeed.store.database import Store

SCHEMA: Final = "solacefeed_jobs"
#: How the schema says by which release its tables were made.
_MADE_BY: Final = "procrastinate "


@contextmanager
def within_schema(store: Store, *, make: bool = False) -> Iterator[sa.Connection]:
    """A transaction in which names are the queue's; with *make* alone, and where the schema is there from then on."""
    with store.write() as connection:
        if make:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('solacefeed jobs'))")
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        yield connection


def made_by(connection: sa.Connection) -> str | None:
    """The release of the queue's library whose tables stand there; ``None`` where there are none yet."""
    asked = "SELECT obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = %s"
    said: str | None = connection.exec_driver_sql(asked, (SCHEMA,)).scalar()
    return said.removeprefix(_MADE_BY) if said else None


def mark_made_by(connection: sa.Connection, release: str) -> None:
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS '{_MADE_BY}{release}'")
