"""One of each deed at a time on a store, by a lock that dies with its process.

On SQLite a locked file beside the database; on PostgreSQL an advisory lock of a connection kept for it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from solacefeed.errors import Busy, StoreError
from solacefeed.store.database import Store


@contextmanager
def only_one(store: Store, deed: str) -> Iterator[None]:
    """Holds *deed*'s lock; raises ``Busy``, naming the holder, when another has it."""
    held = _file_lock(store.file, deed) if store.file else _advisory_lock(store.engine, deed)
    with held:
        yield


@contextmanager
def _file_lock(database: Path, deed: str) -> Iterator[None]:
    path = database.with_name(f"{database.name}.{deed}.lock")
    with open(_opened(path), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(deed, file.read().strip()) from None
        file.truncate()
        file.write(_myself())
        file.flush()
        # Never unlinked: another may hold it open. The lock goes with the open file, however the process ends.
        yield


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"the store's lock {path} can't be opened: {error.strerror}") from error


@contextmanager
def _advisory_lock(engine: sa.Engine, deed: str) -> Iterator[None]:
    name = f"solacefeed {deed}"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = connection.execute(sa.text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": name}).scalar()
        if not got:
            raise _busy(deed, _advisory_holder(connection, name))
        try:
            connection.execute(sa.text("SELECT set_config('application_name', :me, false)"), {"me": _myself()})
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(hashtext(:name))"), {"name": name})


def _advisory_holder(connection: sa.Connection, name: str) -> str:
    query = sa.text(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' "
        "AND l.granted AND l.objid = (hashtext(:name)::bigint & 4294967295)::oid LIMIT 1"
    )
    return connection.execute(query, {"name": name}).scalar() or ""


def _myself() -> str:
    return f"process {os.getpid()} on {os.uname().nodename}"


def _busy(deed: str, holder: str) -> Busy:
    return Busy(f"{deed}: {holder or 'another process'} does it now")
