"""Opens a store and lends its transactions; the home of SQLAlchemy's engine and of what SQLite and PostgreSQL want.

SQLite is opened in WAL mode with ``synchronous=FULL``: what was committed survives a power cut. Its busy wait is
not fair, so all writes of one process pass one lock, and ``BEGIN IMMEDIATE`` takes the write lock before anything is
read.
No read stays open over I/O: read, close, then act.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from solacefeed.errors import MissingStore, StoreError
from solacefeed.store import counters, migrations

#: The first SQLite whose WAL is free of the WAL-reset bug.
SOUND_WAL = (3, 51, 3)
BUSY_TIMEOUT_SECONDS = 30


def sqlite_module() -> ModuleType:
    """The newest SQLite there is: pysqlite3 where it has a wheel, else the standard library's."""
    try:
        import pysqlite3
    except ImportError:
        return sqlite3
    module: ModuleType = pysqlite3
    return module


class Store:
    """A database at its newest schema; ``read()`` and ``write()`` lend transactions."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._writing = threading.RLock()
        # SQLite's readers always have one view; PostgreSQL's have one a statement unless they ask for more.
        self._one_view = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        sa.event.listen(engine, "before_execute", counters.notice)

    @property
    def file(self) -> Path | None:
        """The SQLite file; ``None`` on PostgreSQL."""
        name = self.engine.url.database
        return Path(name) if self.engine.dialect.name == "sqlite" and name else None

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view, for short."""
        with (
            _trouble_told(),
            self.engine.connect().execution_options(**self._one_view) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """All or nothing, and on disk when it ends."""
        with _trouble_told(), self._writing, self.engine.connect() as connection:
            noticed: set[str] = set()
            connection = connection.execution_options(writes=True, noticed=noticed)
            with connection.begin():
                yield connection
                counters.count(connection, noticed)

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _trouble_told() -> Iterator[None]:
    """A full disk, a lock held too long or a server gone is no bug, but something that a person can act on."""
    try:
        yield
    except sa.exc.OperationalError as error:
        raise StoreError(f"the store did not work: {_first_line(error.orig)}; nothing of this step was kept") from error


def open_store(url: str, *, create: bool = True) -> Store:
    """Opens the store at *url* and brings its schema up to date.

    Raises ``StoreError`` when it can't be reached, is newer than this program, or is missing and *create* is false.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        _prepare_file(Path(address.database or ""), create)
        engine = _sqlite_engine(address)
    else:
        engine = sa.create_engine(address, pool_pre_ping=True)
    store = Store(engine)
    try:
        migrations.upgrade(store.engine)
    except sa.exc.DBAPIError as error:
        store.close()
        raise StoreError(f"the store {shown(url)} can't be opened: {_first_line(error.orig)}") from error
    except BaseException:
        store.close()
        raise
    return store


def shown(url: str) -> str:
    """*url* without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)


def _address(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError(f"[store] url is not a database address: {error}") from error


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]


def _prepare_file(path: Path, create: bool) -> None:
    if path.exists():
        return
    if not create:
        raise MissingStore(f"there is no store at {path} yet: `solacefeed run` makes it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_file(path)
    except (OSError, sqlite_module().Error) as error:
        raise StoreError(f"the store {path} can't be made: {_first_line(error)}") from error


def _make_file(path: Path) -> None:
    """Makes an empty database that has its name only when it is whole.

    SQLite does not wait when two turn the same file to WAL at once, and closing any handle of a database's file takes
    the locks of all others in the process away.
    """
    # Its mode is 0600 from the beginning: it will hold addresses and the signing key.
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        with closing(sqlite_module().connect(draft)) as connection:
            _set_journal(connection)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def _set_journal(connection: Any) -> None:
    sound = sqlite_module().sqlite_version_info >= SOUND_WAL
    connection.execute(f"PRAGMA journal_mode = {'WAL' if sound else 'DELETE'}")
    connection.execute(f"PRAGMA synchronous = {'FULL' if sound else 'EXTRA'}")


def _sqlite_engine(address: sa.URL) -> sa.Engine:
    engine = sa.create_engine(address, module=sqlite_module(), connect_args={"timeout": BUSY_TIMEOUT_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin late and end early: ours are begun below.
        connection.isolation_level = None
        _set_journal(connection)
        connection.execute("PRAGMA foreign_keys = ON")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def upsert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], *, key: tuple[str, ...]) -> None:
    """Inserts *rows*, or updates those whose *key* is there; every row names the same columns."""
    if not rows:
        return
    statement = _insert(connection, table)
    others = {name: statement.excluded[name] for name in rows[0] if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=others), rows)


def insert_missing(
    connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], *, key: tuple[str, ...]
) -> None:
    """Inserts those of *rows* whose *key* is not there, also where another writes the same at this moment."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(index_elements=list(key)), rows)


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
