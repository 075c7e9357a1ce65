"""Stores that do not work for a while: how that begins, and how it ends when the writer has tried often enough."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock, current_thread

import sqlalchemy as sa

from solacefeed.store.database import Store, sqlite_module

#: How often the store is tried in vain before it works again.
TIMES = 3


class Trouble(logging.Handler):
    """Begins when it is told to, and ends when the writer has tried often enough."""

    def __init__(self, begin: Callable[[], AbstractContextManager[object]]) -> None:
        super().__init__(logging.INFO)
        self._begin = begin
        self._stack = ExitStack()
        self._alone, self._begun = Lock(), False
        self.tried = 0

    def begin(self) -> None:
        """Once, whichever connection comes first."""
        with self._alone:
            if not self._begun:
                self._begun = True
                self._stack.enter_context(self._begin())

    def emit(self, record: logging.LogRecord) -> None:
        assert "the store did not work" in record.getMessage()
        self.tried += 1
        if self.tried == TIMES:
            self._stack.close()


@contextmanager
def watching(trouble: Trouble) -> Iterator[None]:
    log = logging.getLogger("solacefeed.delivery.marks")
    log.addHandler(trouble)
    level = log.level
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(trouble)
        trouble._stack.close()


def locked(store: Store) -> Callable[[], AbstractContextManager[object]]:
    """Another process writes, and does not end."""

    @contextmanager
    def lock() -> Iterator[None]:
        assert store.file
        connection = sqlite_module().connect(str(store.file), isolation_level=None, check_same_thread=False)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    return lock


def a_claimer_fails_at(which: str) -> Callable[[sa.Connection, object, str, object, object, bool], None]:
    """One statement in which these words are does not work, or that has them to write, of the thread that claims."""
    claimer, fails = current_thread(), [True]

    def fail(_connection: object, _cursor: object, text: str, values: object, *_more: object) -> None:
        if current_thread() is claimer and (which in text or which in str(values)) and fails:
            fails.clear()
            raise sa.exc.OperationalError(text, None, OSError("disk I/O error"))

    return fail
