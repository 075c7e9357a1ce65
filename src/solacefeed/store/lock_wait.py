"""SQLite's write lock is waited for in short steps: whoever is to end ends by itself, and the wait is told once.

SQLite's own wait hears nothing as long as it lasts. What waits for a lock of another kind, as a checkpoint may, does so
by that still.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final

import sqlalchemy as sa

from solacefeed.errors import StoreHeld

_log = logging.getLogger(__name__)

#: Seconds of a step, and of a wait in whose time others wait for whoever waits.
_STEP, _BRIEF = 0.25, 0.25

#: Seconds for which locks are waited for after the order to end, all in all.
_AT_THE_END: Final = 5.0

#: SQLITE_BUSY, whatever the kind (sqlite.org/rescode.html).
_BUSY, _KINDS = 5, 0xFF


class LockWait:
    """How whoever writes a database waits in this process, where one at a time does."""

    def __init__(self, longest: float) -> None:
        #: Seconds after which one gives up, and after which others are told of it.
        self.longest, self.told_after = longest, 2.0
        self._own = round(longest * 1000)
        self._is_ending: Callable[[], bool] = lambda: False
        self._within = 0.0
        #: When the order to end was heard first.
        self._heard_at: float | None = None
        self._is_told = False
        self._here = threading.local()
        self._writing = threading.RLock()

    def end_with(self, is_ending: Callable[[], bool], *, within: float = _AT_THE_END) -> None:
        """From when *is_ending* says so, nobody waits any more, but for *within* seconds in all."""
        self._is_ending, self._within, self._heard_at = is_ending, within, None

    @contextmanager
    def briefly(self) -> Iterator[None]:
        """This thread, which keeps others waiting, waits for a moment at most, and is raised ``StoreHeld`` then."""
        self._here.is_brief = True
        try:
            yield
        finally:
            self._here.is_brief = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other thread of this process writes meanwhile."""
        if not self._writing.acquire(timeout=_BRIEF if self._is_brief() else -1):
            raise StoreHeld("the store is written by somebody else of this process")
        try:
            yield
        finally:
            self._writing.release()

    def begin(self, connection: sa.Connection) -> None:
        """Begins a transaction that writes; raises the driver's error where that can't be within the bound."""
        is_brief = self._is_brief()
        since, longest = monotonic(), min(self.longest, _BRIEF) if is_brief else self.longest
        driver = connection.connection.cursor()
        driver.execute(f"PRAGMA busy_timeout = {round(min(_STEP, longest) * 1000)}")
        try:
            while not self._has_begun(connection, until=since + longest):
                if not is_brief:
                    self._tell(since)
        except sa.exc.OperationalError as error:
            if is_brief and _is_held(error):
                raise StoreHeld("the store is held by another program") from error
            raise
        finally:
            # A connection that was lost meanwhile is not given back, and its own trouble is what is told.
            with suppress(connection.dialect.loaded_dbapi.Error):
                driver.execute(f"PRAGMA busy_timeout = {self._own}")
        self._is_told = False

    def _has_begun(self, connection: sa.Connection, *, until: float) -> bool:
        """After one step; raises where another one is not to be."""
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except sa.exc.OperationalError as error:
            now = monotonic()
            if not _is_held(error) or now >= until or self._has_ended(now):
                raise
            return False
        return True

    def _is_brief(self) -> bool:
        return getattr(self._here, "is_brief", False)

    def _has_ended(self, now: float) -> bool:
        if not self._is_ending():
            return False
        self._heard_at = now if self._heard_at is None else self._heard_at
        return now >= self._heard_at + self._within

    def _tell(self, since: float) -> None:
        if not self._is_told and monotonic() - since >= self.told_after:
            self._is_told = True
            _log.warning("the store is held by another program, which is waited for")


def _is_held(error: sa.exc.OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", 0) & _KINDS == _BUSY
