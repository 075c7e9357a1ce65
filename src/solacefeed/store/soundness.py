"""Whether the database keeps what it was given: SQLite's file and journal, PostgreSQL's version and settings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from threading import Timer
from typing import Any

import sqlalchemy as sa

from solacefeed.store.database import SOUND_WAL, Store, sqlite_module
from solacefeed.store.trouble import trouble_told
from solacefeed.store.writable import NoWrites, why_read_only

#: Faults that are told of one file.
_MOST_FAULTS = 3

#: What a commit's being on disk hangs on, and how much there is room for.
_SETTINGS = (
    *("fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names"),
    *("max_connections", "server_version"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteSoundness:
    version: str
    #: Whether this SQLite is free of the WAL-reset bug.
    has_sound_wal: bool
    #: ``wal`` or ``delete``.
    journal: str
    #: What ``quick_check`` has found wrong with the file, a line each.
    faults: tuple[str, ...]
    #: Whether it came to its end within its time.
    is_checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSoundness:
    version: str
    #: By name, as the server shows them.
    settings: Mapping[str, str]
    #: Servers that follow this one.
    standbys: int
    #: Connections that there are now, whoever has them, and how many there may be.
    connections: int
    most_connections: int
    no_writes: NoWrites | None


def soundness(store: Store, *, seconds: float) -> SqliteSoundness | PostgresSoundness:
    """How *store*'s database stands; of SQLite the whole file is read, for *seconds* at most. Changes nothing."""
    return _of_sqlite(store, seconds) if store.file else _of_postgres(store)


def _of_sqlite(store: Store, seconds: float) -> SqliteSoundness:
    # Not ``alone``: who writes in this process need not wait for it.
    with trouble_told(store.file), closing(store.engine.raw_connection()) as borrowed:
        connection: Any = borrowed.driver_connection
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
        faults = _faults(connection, seconds)
    module = sqlite_module()
    return SqliteSoundness(
        version=module.sqlite_version,
        has_sound_wal=module.sqlite_version_info >= SOUND_WAL,
        journal=journal,
        faults=faults or (),
        is_checked=faults is not None,
    )


def _faults(connection: Any, seconds: float) -> tuple[str, ...] | None:
    """What ``quick_check`` says; ``None`` where it did not come to its end."""
    module, end = sqlite_module(), Timer(seconds, connection.interrupt)
    end.daemon = True
    end.start()
    try:
        rows = connection.execute(f"PRAGMA quick_check({_MOST_FAULTS})").fetchall()
    except module.OperationalError as error:
        if "interrupted" in str(error):
            return None
        return (str(error),)
    except module.DatabaseError as error:
        # Where the damage is too great for it to go on.
        return (str(error),)
    finally:
        end.cancel()
    said = [line for (row,) in rows for line in str(row).splitlines() if not line.startswith("***")]
    return tuple(line for line in said if line != "ok")


def _of_postgres(store: Store) -> PostgresSoundness:
    query = sa.text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
    with store.read() as connection:
        rows = connection.execute(query, {"names": list(_SETTINGS)})
        settings = {str(row.name): str(row.setting) for row in rows}
        count = connection.execute(sa.text("SELECT sum(numbackends) FROM pg_stat_database")).scalar_one()
        standbys = connection.execute(sa.text("SELECT count(*) FROM pg_stat_replication")).scalar_one()
    return PostgresSoundness(
        version=settings.pop("server_version"),
        most_connections=int(settings.pop("max_connections")),
        settings=settings,
        standbys=int(standbys),
        connections=int(count),
        no_writes=why_read_only(store),
    )
