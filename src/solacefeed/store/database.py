"""Opens a store and lends its transactions; the home of SQLAlchemy's engine and of what SQLite and PostgreSQL want.

SQLite is opened in WAL mode with ``synchronous=FULL``: what was committed survives a power cut. Its busy wait is not
fair: all writes of one process to it pass one lock, and ``BEGIN IMMEDIATE`` takes the write lock before anything is
read. No read stays open over I/O: read, close, then act.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from copy import copy
from functools import cache
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from solacefeed.errors import MissingStore, StoreError
from solacefeed.store import counters, lost, migrations
from solacefeed.store.dialects import insert_of
from solacefeed.store.file_hints import hint
from solacefeed.store.group_connection import GroupConnection
from solacefeed.store.listed import cut, one_of
from solacefeed.store.lock_wait import LockWait
from solacefeed.store.server_connections import in_one_journey, server_engine
from solacefeed.store.trouble import first_line, trouble_told
from solacefeed.store.unkept_ends import Unkept

#: The first SQLite whose WAL is free of the WAL-reset bug.
SOUND_WAL = (3, 51, 3)
BUSY_TIMEOUT_SECONDS = 30
#: Of SQLite's statements, as many are kept prepared: more than all looks of a daemon ask between them.
_KEPT_STATEMENTS = 500
Besides = Callable[[sa.Connection], object]  # what a write does besides, in its transaction


def sqlite_module() -> ModuleType:
    """The newest SQLite there is: pysqlite3 where it has a wheel, else the standard library's."""
    try:
        import pysqlite3
    except ImportError:
        import sqlite3

        return sqlite3
    module: ModuleType = pysqlite3
    return module


class Store:
    """A database at its newest schema; ``read()`` and ``write()`` lend transactions.

    One that was opened to look has no ``write()``: the database refuses it.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._first: Besides | None = None
        self._ask: Besides | None = None
        self._opened: lost.FileMark | None = None
        self._groups = GroupConnection(engine)
        #: By what writes of this process go one at a time, and how they wait for whoever else writes SQLite's file.
        self.lock_wait: LockWait = engine.get_execution_options().get("lock_wait") or LockWait(BUSY_TIMEOUT_SECONDS)
        name = engine.url.database if engine.dialect.name == "sqlite" else None
        #: The SQLite file; ``None`` on PostgreSQL.
        self.file = Path(name) if name else None
        #: What became of deeds and could not be written down, by their names; of this process.
        self.unkept = Unkept()
        # SQLite's readers always have one view; PostgreSQL's have one a statement unless they ask for more.
        self._one_view = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}

    def stay_with_file(self) -> None:
        """From now on nothing is taken for kept once the file is gone, or another is in its place."""
        self._opened = lost.mark(self.file) if self.file else None

    def why_gone(self) -> str | None:
        """Why nothing that is written would be kept; ``None`` while the file is there."""
        return lost.why_gone(self.file, self._opened) if self.file and self._opened else None

    def _must_be_there(self) -> None:
        if why := self.why_gone():
            raise StoreError(why)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view, for short."""
        self._must_be_there()
        with trouble_told(self.file), self.engine.connect() as connection:
            view = connection.execution_options(**self._one_view) if self._one_view else connection
            # It ends with the connection, which is rolled back then: a commit would be one step more.
            view.begin()
            yield view

    @contextmanager
    def read_at_once(self) -> Iterator[sa.Connection]:
        """For one statement, which has one view by itself: on PostgreSQL it takes one journey, and ``read`` three."""
        lent = self.read() if self.file else in_one_journey(self.engine)
        with trouble_told(self.file), lent as view:
            yield view

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """All or nothing, and on disk when it ends."""
        self._must_be_there()
        with trouble_told(self.file) as step, self.lock_wait.alone(), self.engine.connect() as connection:
            noticed: set[str] = set()
            connection = connection.execution_options(writes=True, noticed=noticed)
            with connection.begin():
                for besides in filter(None, (self._ask, self._first)):
                    besides(connection)
                yield connection
                counters.count(connection, noticed)
                step.is_asked_to_keep = True
            # What was rolled back was not the first.
            self._first = None
        # Else it was written into a file that nobody finds again.
        self._must_be_there()

    @contextmanager
    def write_at_once(self) -> Iterator[sa.Connection]:
        """The same for one of many groups, of which nothing is counted; on PostgreSQL one statement, in one journey."""
        if not self.has_written:
            with self.write() as connection:
                yield connection
        elif self.engine.dialect.name == "sqlite":
            with trouble_told(self.file), self.lock_wait.alone(), self._groups.transaction() as connection:
                yield connection
            self._must_be_there()
        else:
            # Nothing else is in its transaction, so that no other write of this process has to wait for it.
            with trouble_told(self.file) as step, in_one_journey(self.engine, writes=True) as connection:
                step.is_asked_to_keep = True
                yield connection

    @contextmanager
    def alone(self) -> Iterator[Any]:
        """The driver's own connection, outside any transaction; no other thread of this process writes meanwhile."""
        with trouble_told(self.file), self.lock_wait.alone(), closing(self.engine.raw_connection()) as connection:
            yield connection.driver_connection

    def beginning_with(self, first: Besides, ask: Besides | None = None) -> Store:
        """The same for one worker, whose first write that lasts does *first* too; each asks first, which may raise."""
        store = copy(self)
        store._first, store._ask = first, ask
        return store

    @property
    def has_written(self) -> bool:
        """Whether the first write has been, with what comes with it."""
        return self._first is None

    def begin_work(self) -> None:
        """Does at once what comes with the first write: what is worked on now is at first something else."""
        if self._first is not None:
            with self.write():
                """It does what comes first, and nothing more."""

    def tell_of_statements(self, told: Callable[[], object]) -> None:
        """From now on *told* is called before each statement, by the thread that makes it."""
        sa.event.listen(self.engine, "before_cursor_execute", lambda *_: told())

    def close(self) -> None:
        self._groups.close()
        self.engine.dispose()


def open_store(url: str | sa.URL, *, create: bool = True, home: Path | None = None) -> Store:
    """Opens the store at *url* for deeds, and brings its schema up to date.

    Raises ``StoreError`` when it can't be reached, is newer than this program, or is missing and *create* is false, and
    ``LostStore`` where there is none while its home file says that there was: on PostgreSQL that is *home*.
    """
    return _opened(url, migrations.upgrade, create=create, looking=False, home=home)


def open_to_look(url: str, *, home: Path | None = None) -> Store:
    """Opens the store at *url* for reading alone: nothing in it changes, neither a row nor its schema.

    Raises ``MissingStore``, ``OlderStore`` where a deed would first bring it up to date, ``LostStore`` as
    ``open_store``, and ``StoreError``.
    """
    return _opened(url, migrations.require_newest, create=False, looking=True, home=home)


def unopened_store(url: str, *, looking: bool = False) -> Store:
    """The store at *url*, of which nothing is asked yet, and which may be older, damaged or not there."""
    return Store(_engine(_address(url), looking=looking))


def _opened(
    url: str | sa.URL, settle: Callable[[sa.Engine], None], *, create: bool, looking: bool, home: Path | None
) -> Store:
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        _prepare_file(Path(address.database or ""), create)
    store = Store(_engine(address, looking=looking))
    sa.event.listen(store.engine, "before_execute", counters.notice)
    try:
        if home is not None and store.file is None and migrations.current(store.engine) is None:
            lost.must_not_be_lost(f"the database {shown(url)} is empty", home)
        settle(store.engine)
        store.stay_with_file()
    except sa.exc.DBAPIError as error:
        store.close()
        why = f"{first_line(error.orig)}{hint(store.file)}"
        raise StoreError(f"the store {shown(url)} can't be opened: {why}") from error
    except BaseException:
        store.close()
        raise
    return store


def _engine(address: sa.URL, *, looking: bool) -> sa.Engine:
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address, looking=looking)
    return server_engine(address, looking=looking, lock=BUSY_TIMEOUT_SECONDS)


def shown(url: str | sa.URL) -> str:
    """*url* without its passwords, which may stand in its query too."""
    return sa.make_url(url).difference_update_query(("password", "sslpassword")).render_as_string(hide_password=True)


def _address(url: str | sa.URL) -> sa.URL:
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError(f"[store] url is not a database address: {error}") from error
    # By one name, as SQLite does it: what lies beside the store is named after it, its locks too.
    file = address.database if address.get_backend_name() == "sqlite" else None
    return address.set(database=os.path.realpath(file)) if file and os.path.islink(file) else address


def _prepare_file(path: Path, create: bool) -> None:
    try:
        # Not ``exists``, which in later Pythons takes a folder without permission for an empty one.
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise StoreError(f"the store {path} can't be opened: {error.strerror}") from error
    else:
        # What is wrong with a folder is told when it is opened.
        if not (S_ISREG(mode) or S_ISDIR(mode)):
            raise StoreError(f"the store {path} can't be opened: that is no regular file")
        return
    lost.must_not_be_lost(f"the store {path} is not there", lost.home_beside(path))
    if not create:
        raise MissingStore(f"there is no store at {path} yet: `solacefeed run` makes it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_file(path)
    except (OSError, sqlite_module().Error) as error:
        raise StoreError(f"the store {path} can't be made: {first_line(error)}") from error


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


def _sqlite_engine(address: sa.URL, *, looking: bool) -> sa.Engine:
    # What a statement was about stands in no error: errors are logged and kept, and people's addresses are not.
    engine = sa.create_engine(
        address,
        module=sqlite_module(),
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "cached_statements": _KEPT_STATEMENTS},
    )
    lock_wait = LockWait(BUSY_TIMEOUT_SECONDS)
    engine.update_execution_options(lock_wait=lock_wait)

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver's own transactions begin late and end early: ours are begun below.
        connection.isolation_level = None
        if looking:
            connection.execute("PRAGMA query_only = ON")
        else:
            _set_journal(connection)
            # What is deleted is overwritten: of whom we forget, nothing shall be found in the file.
            connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("writes"):
            lock_wait.begin(connection)
        else:
            # It asks for no lock yet: nothing can go wrong, and it was half of what a short look costs.
            connection.connection.cursor().execute("BEGIN")

    return engine


def among(
    connection: sa.Connection, column: sa.ColumnElement[Any], values: Iterable[Any]
) -> Iterator[sa.ColumnElement[bool]]:
    """Yields conditions that together say that *column* has one of *values*, each for a statement of its own.

    Lists are cut: PostgreSQL takes 65,535 parameters in one statement, SQLite 32,766 as it is usually built. No value
    is in two of the conditions, so that what their statements find can be put together.
    """
    for some in cut(values):
        yield one_of(connection, column, some)


def upsert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], *, key: tuple[str, ...]) -> None:
    """Inserts *rows*, or updates those whose *key* is there; every row names the same columns."""
    if rows:
        connection.execute(_upsert_of(connection.dialect.name, table, tuple(rows[0]), key), rows)


@cache
def _upsert_of(engine: str, table: sa.Table, names: tuple[str, ...], key: tuple[str, ...]) -> sa.UpdateBase:
    """Of the few shapes that there are: built once each."""
    statement = insert_of(engine)(table)
    others = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=others)


def update_all(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes *rows* over those of their ``id``; each names the same columns."""
    if rows:
        statement = table.update().where(table.c.id == sa.bindparam("the_id"))
        named = ({"the_id": row["id"], **row} for row in rows)
        connection.execute(statement, [{name: value for name, value in row.items() if name != "id"} for row in named])


def insert_missing(
    connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], *, key: tuple[str, ...]
) -> None:
    """Inserts those of *rows* whose *key* is not there, also where another writes the same at this moment."""
    if rows:
        statement = insert_of(connection.dialect.name)(table).on_conflict_do_nothing(index_elements=list(key))
        connection.execute(statement, rows)


def insert_new(connection: sa.Connection, table: sa.Table, row: dict[str, Any], *, key: tuple[str, ...]) -> bool:
    """Inserts *row*; false where its *key* is there, also where another writes the same at this moment."""
    statement = insert_of(connection.dialect.name)(table).on_conflict_do_nothing(index_elements=list(key))
    return connection.execute(statement.values(**row).returning(*(table.c[name] for name in key))).first() is not None
