"""One of each deed at a time on a store, by a lock that dies with its process; of some, several at once.

On SQLite a locked file beside the database; on PostgreSQL an advisory lock of a connection kept for it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import sqlalchemy as sa

from solacefeed.errors import Busy, StoreError
from solacefeed.store.database import Store
from solacefeed.store.trouble import trouble_told
from solacefeed.words import instant_words

#: Octets of a holder's name.
_LONGEST = 300

#: The lock of who looks for good whether a deed is due.
DAEMON: Final = "daemon"

#: The lock of who hands mail over.
DELIVER: Final = "deliver"

#: Seconds for which who does something while nobody delivers waits for those who do: they finish what is in hand.
A_WHILE: Final = 20.0

#: The lock of a store's file itself, whatever is done with it.
_USE = "use"

#: Seconds that a file which is held for moments is waited for, and between two looks at it.
_PATIENCE, _PAUSE = 10.0, 0.002

#: Seconds for which whoever does a deed beside others waits for one who has it alone, and what PostgreSQL says then.
_MOMENT, _NOT_YET = 5.0, "55P03"

#: ``struct flock`` of fcntl(2), and the bytes which SQLite locks as long as a database with a log is open: their first
#: one, and how many (sqlite.org/fileformat2.html#the_lock_byte_page, ``SHARED_FIRST`` in its os.h).
_FLOCK = "hhqqi4x"
_SHARED_BYTES = (0x40000002, 510)

#: How processes are told apart among machines, at the beginning of a connection's name.
_WITH_TOKEN = re.compile(r"(\bprocess \d+)-[0-9a-f]{8}\b")

#: Who has not said yet who it is.
SOMEBODY = "another process"

#: Asked in a transaction that writes, whether the lock is held still; raises ``Busy`` where it was lost.
AskLock = Callable[[sa.Connection], object]

_OF_IT: Final = (
    " l.locktype = 'advisory' AND l.objid = (hashtext(:name)::bigint & 4294967295)::oid"
    # Another database of the same server has its own deeds.
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
#: Of a lock that is held, or a connection that has one.
ITS_LOCK: Final = f" l.granted AND{_OF_IT}"


@contextmanager
def only_one(store: Store, deed: str, *, since: datetime | None = None, within: float = 0.0) -> Iterator[AskLock]:
    """Holds *deed*'s lock, and gives what asks for it; raises ``Busy``, naming the holder, when another has it.

    On PostgreSQL it goes when its connection ends, be it that of a process that was taken for dead. Of what is held for
    long it is told *since* when. There those who do it beside others (``one_of_several``) are waited for *within* so
    many seconds, and none of them begins meanwhile: else, one after the other, they would never let it go.
    """
    held = (
        _file_lock(store.file, deed, myself(since))
        if store.file
        else _advisory_lock(store.engine, deed, since, within=within)
    )
    with held as ask:
        yield ask


@contextmanager
def one_of_several(store: Store, deed: str) -> Iterator[AskLock]:
    """Holds *deed*'s lock beside other processes that hold it so; alone on SQLite, where one process does each deed.

    Raises ``Busy``, naming the holder, while another has it alone, for more than a moment. It is asked for by nobody:
    leases decide.
    """
    held = (
        _file_lock(store.file, deed, myself())
        if store.file
        else _advisory_lock(store.engine, deed, shared=True, within=_MOMENT)
    )
    with held:
        yield _is_held


def is_awaited(connection: sa.Connection, deed: str) -> bool:
    """Whether somebody waits on PostgreSQL to have *deed*'s lock alone, once those let go who have it beside others."""
    awaited = sa.text(
        "SELECT EXISTS (SELECT 1 FROM pg_locks l"  # noqa: S608  # our own words
        f" WHERE l.mode = 'ExclusiveLock' AND NOT l.granted AND{_OF_IT})"
    )
    return bool(connection.execute(awaited, {"name": advisory_name(deed)}).scalar())


def _is_held(_connection: sa.Connection) -> None:
    """A file's lock is lost with its process alone."""


@contextmanager
def in_use(store: Store) -> Iterator[None]:
    """Held by whoever has a store open to write, beside others; raises ``Busy`` while an SQLite file is replaced."""
    with _shared_file_lock(store.file, _USE) if store.file else nullcontext():
        yield


@contextmanager
def not_in_use(database: Path) -> Iterator[None]:
    """Holds off everybody who would open an SQLite store to write; raises ``Busy`` where somebody has it open.

    Also where this process has: whoever wants it alone asks first, and opens it then.
    """
    with _opened(_lock_path(database, _USE), _USE) as file:
        if not _lock(file, fcntl.LOCK_EX) or _is_open(database):
            raise Busy(
                f"{database} is in use: end the daemon, `solacefeed web` and cron, and wait for what is under way "
                "(`solacefeed status`)"
            )
        yield


def _is_open(database: Path) -> bool:
    """Whether a process has a database open that SQLite keeps a log of, under whatever name: a file may have several.

    Not for who has it open itself: SQLite's own locks go when any of a process's handles of a file is closed.
    """
    if not hasattr(fcntl, "F_OFD_GETLK"):
        return False
    try:
        file = os.open(database, os.O_RDWR)
    except OSError:
        # What is not there is not open, and what can't be opened is told of when it is replaced.
        return False
    try:
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, *_SHARED_BYTES, 0)
        found: int = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_OFD_GETLK, asked))[0]
        return found != fcntl.F_UNLCK
    except OSError:
        # A file system without such locks.
        return False
    finally:
        os.close(file)


@contextmanager
def _shared_file_lock(database: Path, name: str) -> Iterator[None]:
    with _opened(_lock_path(database, name), name) as file:
        if not _lock(file, fcntl.LOCK_SH):
            raise Busy(f"{database} is being replaced: `solacefeed restore` is under way")
        yield


def holder(store: Store, deed: str) -> str | None:
    """Who does *deed* now; ``None`` when nobody does. Asking disturbs nobody."""
    if store.file:
        return _file_holder(store.file, deed)
    with store.read() as connection:
        return _advisory_holder(connection, advisory_name(deed))


def _lock_path(database: Path, deed: str) -> Path:
    return database.with_name(f"{database.name}.{deed}.lock")


@contextmanager
def _file_lock(database: Path, deed: str, me: str) -> Iterator[AskLock]:
    path = _lock_path(database, deed)
    with _opened(path, deed) as file:
        try:
            taken = _take(file)
        except OSError as error:
            raise StoreError(f"{deed}: {path} can't be locked: {error.strerror}") from error
        if not taken:
            raise busy(deed, _written(file) or SOMEBODY)
        # Whose it is, is for people alone: where the disk is full, it is held all the same.
        with suppress(OSError):
            os.ftruncate(file, 0)
            os.pwrite(file, me.encode(), 0)
        # Never unlinked: another may hold it open. The lock goes with the open file, however the process ends.
        yield _is_held


def _take(file: int) -> bool:
    """Locks *file*; who only looks whether it is locked keeps nobody from it."""
    while not _lock(file, fcntl.LOCK_EX):
        if not _lock(file, fcntl.LOCK_SH):
            return False
        fcntl.flock(file, fcntl.LOCK_UN)
    return True


def take_in_turn(file: int) -> None:
    """Locks an open file that others hold for moments; raises ``TimeoutError`` after ten seconds."""
    ends = monotonic() + _PATIENCE
    while not _lock(file, fcntl.LOCK_EX):
        if monotonic() > ends:
            raise TimeoutError(errno.ETIMEDOUT, "another process holds it")
        sleep(_PAUSE)


def let_others(file: int) -> None:
    """Ends what ``take_in_turn`` began, of a file that stays open."""
    fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Beside a file that several write, each in a moment; raises ``OSError``."""
    file = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        take_in_turn(file)
        yield
    finally:
        os.close(file)


def _lock(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _file_holder(database: Path, deed: str) -> str | None:
    try:
        file = os.open(_lock_path(database, deed), os.O_RDONLY)
    except OSError:
        # Nobody has locked what is not there, and of what this user may not read nothing can be told.
        return None
    try:
        return None if _lock(file, fcntl.LOCK_SH) else _written(file) or SOMEBODY
    finally:
        os.close(file)


def _written(file: int) -> str:
    return os.pread(file, _LONGEST, 0).decode("utf-8", "replace").strip()


@contextmanager
def _opened(path: Path, deed: str) -> Iterator[int]:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{deed}: {path} can't be opened: {error.strerror}; whose is it?") from error
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def _advisory_lock(
    engine: sa.Engine, deed: str, since: datetime | None = None, *, shared: bool = False, within: float = 0.0
) -> Iterator[AskLock]:
    name = advisory_name(deed)
    with ExitStack() as stack:
        with trouble_told():
            connection = stack.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
            # Before the lock: whoever holds it has a name.
            call(connection, myself_among_machines(since))
            session = _taken(connection, name, shared=shared, within=within)
            if session is None:
                raise busy(deed, _advisory_holder(connection, name) or SOMEBODY)
            stack.callback(_release, connection, name, shared=shared)
        yield partial(_must_hold, deed, session)


def _taken(connection: sa.Connection, name: str, *, shared: bool, within: float) -> int | None:
    """The server's process that has the lock from now on; ``None`` where it could not be had within so many seconds."""
    ending = "_shared" if shared else ""
    tried = sa.text(f"SELECT pg_try_advisory_lock{ending}(hashtext(:name)), pg_backend_pid()")
    got, session = connection.execute(tried, {"name": name}).one()
    if got or not within:
        return session if got else None
    # The bound is this statement's alone. The server lets no newcomer pass those who wait.
    waited = sa.text(
        "SELECT set_config('lock_timeout', :milliseconds, true),"
        f" pg_advisory_lock{ending}(hashtext(:name)), pg_backend_pid() AS session"
    )
    try:
        found = connection.execute(waited, {"milliseconds": str(round(within * 1000)), "name": name}).one()
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_YET:
            raise
        return None
    return int(found.session)


def _must_hold(deed: str, session: int, connection: sa.Connection) -> None:
    asked = sa.text(f"SELECT EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = :session AND{ITS_LOCK})")  # noqa: S608
    if not connection.execute(asked, {"session": session, "name": advisory_name(deed)}).scalar():
        raise Busy(
            f"{deed}: the connection that held its lock was ended, and another may do it by now; this one ends here, "
            "and the next look goes on"
        )


def _release(connection: sa.Connection, name: str, *, shared: bool) -> None:
    """Where the server does not do it, the lock goes with its connection: a deed's own error is not masked."""
    let_go = "pg_advisory_unlock_shared" if shared else "pg_advisory_unlock"
    try:
        connection.execute(sa.text(f"SELECT {let_go}(hashtext(:name))"), {"name": name})
    except Exception:
        connection.invalidate()


def advisory_name(deed: str) -> str:
    return f"solacefeed {deed}"


def _advisory_holder(connection: sa.Connection, name: str) -> str | None:
    query = sa.text(
        "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"  # noqa: S608
        f" WHERE{ITS_LOCK} LIMIT 1"
    )
    row = connection.execute(query, {"name": name}).one_or_none()
    return None if row is None else in_words(row[0])


def myself(since: datetime | None = None) -> str:
    """The host comes last: PostgreSQL keeps 63 octets of it."""
    instant = f" since {instant_words(since)}" if since else ""
    return f"process {os.getpid()}{instant} on {os.uname().nodename}"


def myself_among_machines(since: datetime | None = None) -> str:
    """The same with a token that no other process has: machines are called alike, and in containers each one is 1."""
    mine = f"process {os.getpid()}"
    return f"{mine}-{_token(os.getpid())}{myself(since).removeprefix(mine)}"


def in_words(name: str | None) -> str:
    """Who has a connection of that name, for people: without the token."""
    return _WITH_TOKEN.sub(r"\1", name) if name else SOMEBODY


@cache
def _token(_process: int) -> str:
    """Of this process; one that it forks has another."""
    return secrets.token_hex(4)


def call(connection: sa.Connection, me: str) -> None:
    """Lets a connection to PostgreSQL be known under a name, of which 63 octets are kept."""
    connection.execute(sa.text("SELECT set_config('application_name', :me, false)"), {"me": me})


def busy(deed: str, holder: str) -> Busy:
    return Busy(f"{deed}: {holder} does it now", holder=holder)
