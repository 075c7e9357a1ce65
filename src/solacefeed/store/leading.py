"""Which process leads, of several machines' on PostgreSQL: it holds a lock, and gives signs of life that others see.

A lock dies with its connection; the connection of a process that is frozen, or of a machine whose power is off, may
last for hours. So the leader makes a statement every few seconds on the connection that holds the lock, and when it
made the last one stands in ``pg_stat_activity``. Whoever waits ends the connections of one that makes none any more:
the lock is free then, and there is never a second one that holds it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime
from time import sleep
from typing import Final

import sqlalchemy as sa

from solacefeed.errors import NotDeposed, StoreError
from solacefeed.store.database import Store
from solacefeed.store.locks import ITS_LOCK, SOMEBODY, advisory_name, busy, call, in_words, myself_among_machines
from solacefeed.store.trouble import trouble_told

#: How the name of a connection begins that gives signs.
_LEADER: Final = "leader "

_HOLDER: Final = (
    "SELECT a.pid, a.application_name, a.client_addr::text AS address,"  # noqa: S608  # our own words
    " extract(epoch FROM clock_timestamp() - a.query_start)::float AS silent"
    f" FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE{ITS_LOCK} LIMIT 1"
)
_END: Final = (
    "SELECT a.pid, pg_terminate_backend(a.pid) AS ended FROM pg_stat_activity a WHERE a.datname = current_database()"
    # What this account may not end would end this transaction with an error (postgresql.org, Server Signaling).
    " AND (pg_has_role(a.usename, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))"
    " AND (SELECT mine.rolsuper OR NOT theirs.rolsuper FROM pg_roles mine, pg_roles theirs"
    " WHERE mine.rolname = current_user AND theirs.rolname = a.usename)"
    " AND (a.pid = :pid OR starts_with(a.application_name, CAST(:others AS text)))"
)
#: A connection that is ended is gone within milliseconds; so often it is looked for, and so many seconds apart.
_LOOKS: Final = 20
#: So often a lock is tried that nobody has any more when it is asked who has it.
_TRIES: Final = 3
_BETWEEN: Final = 0.05


class Lead:
    """The lock of *deed*, which one process has at a time; ``sign`` says that it lives."""

    def __init__(self, store: Store, deed: str, *, since: datetime) -> None:
        self._engine = store.engine
        self._deed = deed
        self._me = f"{_LEADER}{myself_among_machines(since)}"
        self._connection: sa.Connection | None = None
        #: The server's process of the last one that held the lock, which may outlive what we see of it.
        self._session: int | None = None
        self._is_over = False
        self._guard = threading.Lock()

    def take(self) -> None:
        """Raises ``Busy``, naming the leader, where there is one, and ``StoreError``.

        Also where the leader is this one itself, by a connection of which the server does not know yet that it broke:
        that is ended, and the lock can be had soon.
        """
        with trouble_told():
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                session = self._locked(connection)
            except BaseException:
                # It has a leader's name, and may have the lock: both go with it.
                _end(connection)
                raise
        with self._guard:
            if not self._is_over:
                self._connection, self._session = connection, session
                return
        _end(connection)
        raise StoreError(f"{self._deed}: the lock is wanted no more")

    def _locked(self, connection: sa.Connection) -> int:
        """The server's process whose lock it is from now on."""
        name = advisory_name(self._deed)
        # Before the lock: a leader that froze between both would have no name, and never be deposed.
        call(connection, self._me)
        taken = sa.text("SELECT pg_try_advisory_lock(hashtext(:name)), pg_backend_pid()")
        for _ in range(_TRIES):
            is_taken, session = connection.execute(taken, {"name": name}).one()
            found = None if is_taken else connection.execute(sa.text(_HOLDER), {"name": name}).one_or_none()
            if is_taken or found is not None:
                break
            # Whoever had it has let it go since.
        if not is_taken:
            if found is not None and found.pid == self._session:
                connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": found.pid})
                raise StoreError(f"{self._deed}: the connection that held the lock broke, and is ended now")
            raise busy(self._deed, in_words(found.application_name) if found else SOMEBODY)
        return int(session)

    def sign(self) -> None:
        """Says that this process lives; raises ``StoreError`` where the connection is gone, and with it the lock."""
        connection = self._connection
        if connection is None:
            raise StoreError(f"{self._deed}: the lock is held no more")
        try:
            with trouble_told():
                connection.execute(sa.text("SELECT 1"))
        except BaseException:
            self._drop()
            raise

    def let_go(self) -> None:
        """For good: another may take it at once, and whoever is about to take it here anew does not keep it."""
        with self._guard:
            self._is_over = True
        self._drop()

    def _drop(self) -> None:
        with self._guard:
            connection, self._connection = self._connection, None
        if connection is not None:
            _end(connection)


def _end(connection: sa.Connection) -> None:
    """It is not given back, with the lock that it may have, but ended."""
    with suppress(Exception):
        connection.invalidate()
    with suppress(Exception):
        connection.close()


def depose(store: Store, deed: str, *, after: float) -> str | None:
    """Ends the connections of a leader without a sign of life for *after* seconds; who that was, if there was one.

    With its lock go those of the deeds that it was at. Of a holder that gives no signs at all nothing can be told.
    Raises ``NotDeposed`` where the server did not end them, saying what to do.
    """
    with store.write() as connection:
        found = connection.execute(sa.text(_HOLDER), {"name": advisory_name(deed)}).one_or_none()
        if found is None or not found.application_name.startswith(_LEADER):
            return None
        if found.silent is None or found.silent < after:
            return None
        who = in_words(found.application_name)
        of_it = {"pid": found.pid, "others": _deeds_name(found.application_name)}
        ended = connection.execute(sa.text(_END), of_it)
        told = any(row.pid == found.pid and row.ended for row in ended.all())
    if not (told and _is_gone(store, deed, found.pid)):
        raise NotDeposed(
            f"{deed}: {who} gives no sign of life, and the server did not end its connection for this account; end it "
            f"by its own account or as a superuser: SELECT pg_terminate_backend({found.pid})",
            holder=who,
        )
    return who


def _is_gone(store: Store, deed: str, pid: int) -> bool:
    for _ in range(_LOOKS):
        with store.read() as connection:
            holder = connection.execute(sa.text(_HOLDER), {"name": advisory_name(deed)}).one_or_none()
        if holder is None or holder.pid != pid:
            return True
        sleep(_BETWEEN)
    return False


def _deeds_name(leader: str) -> str | None:
    """How the connections of its deeds' locks are called, up to the token; ``None`` of a release without tokens."""
    process = leader.removeprefix(_LEADER).partition(" since ")[0]
    return f"{process} " if in_words(process) != process else None
