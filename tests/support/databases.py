"""The databases of one PostgreSQL, lent to one test after the other: to empty one takes a tenth of making one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from solacefeed.store.database import open_store
from solacefeed.store.schema import metadata

_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
#: What a test left behind goes: its connections, its rows, and how far its numbers came.
_EMPTY = "; ".join(
    [
        f"SELECT pg_terminate_backend(pid) {_OTHERS}",
        "SET session_replication_role = replica",
        *(f"DELETE FROM {table.name}" for table in metadata.sorted_tables),
        "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
)


class Databases:
    """*address* has ``{}`` where a database's name goes."""

    def __init__(self, address: str, *, called: str = "test") -> None:
        #: With ``{}`` where a name goes.
        self.address = address
        #: How their names begin, where others use the same server.
        self._called = called
        self._numbers = itertools.count(1)
        self._engines: dict[str, sa.Engine] = {}
        #: At the newest schema, and empty.
        self._spare: list[str] = []
        self._migrated: str | None = None

    @contextmanager
    def without_tables(self) -> Iterator[str]:
        """The address of a database in which nothing is, not even a schema."""
        name = self._made("template1")
        yield self.address.format(name)
        self._say("postgres", f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def migrated(self) -> Iterator[str]:
        """The address of an empty store at its newest schema."""
        name = self._spare.pop() if self._spare else self._copied()
        yield self.address.format(name)
        self._say(name, _EMPTY)
        self._spare.append(name)

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()

    def _copied(self) -> str:
        if self._migrated is None:
            self._migrated = self._made("template1")
            open_store(self.address.format(self._migrated)).close()
        return self._made(self._migrated)

    def _made(self, template: str) -> str:
        name = f"{self._called}_{next(self._numbers)}"
        self._say("postgres", f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def _say(self, name: str, statements: str) -> None:
        with self._engine(name).connect() as connection:
            connection.exec_driver_sql(statements)

    def _engine(self, name: str) -> sa.Engine:
        if name not in self._engines:
            address = self.address.format(name)
            self._engines[name] = sa.create_engine(address, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        return self._engines[name]
