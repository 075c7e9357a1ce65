"""The one connection by which SQLite is given very many small groups, one after the other.

To borrow a connection for each and to give it back takes longer than to write twenty rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa


class GroupConnection:
    """Made with the first group, and anew after one that failed; whoever uses it keeps all others out meanwhile."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._rests: sa.Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """All or nothing, and on disk when it ends."""
        connection = self._rests or self._engine.connect().execution_options(writes=True)
        self._rests = None
        try:
            with connection.begin():
                yield connection
        except BaseException:
            connection.close()
            raise
        self._rests = connection

    def close(self) -> None:
        if self._rests is not None:
            self._rests.close()
            self._rests = None
