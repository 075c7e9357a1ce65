"""A store in which a process dies amid a transaction, of which nothing is kept then, meets another, or breaks off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from solacefeed.store.database import Store
from tests.support.fakes import Killed


@dataclass(slots=True)
class Fate:
    """What befalls a process as it writes, by the number of the transaction from now on, each of them once."""

    #: In which one it dies; ``None`` for in none.
    transaction: int | None = None
    #: What others do before one.
    before: list[tuple[int, Callable[[], object]]] = field(default_factory=list)
    #: Which one its connection breaks in as it is committed, and whether that is kept.
    breaks_off: tuple[int, bool] | None = None
    #: That it is the very next commit; and that one has been.
    breaks_now: bool = False
    has_broken_off: bool = False

    def clear(self) -> None:
        """Nothing befalls it any more."""
        self.transaction = self.breaks_off = None
        self.before, self.breaks_now, self.has_broken_off = [], False, False

    def lets_others_in(self) -> None:
        """Others are quicker: this process has no transaction open."""
        due = [work for left, work in self.before if left <= 1]
        self.before = [(left - 1, work) for left, work in self.before if left > 1]
        for work in due:
            work()

    def comes(self) -> bool:
        if self.transaction is None:
            return False
        self.transaction -= 1
        if self.transaction > 0:
            return False
        self.transaction = None
        return True

    def commits(self) -> None:
        """A transaction is about to be committed."""
        if self.breaks_off is not None:
            left, kept = self.breaks_off
            self.breaks_now, self.breaks_off = left <= 1, (left - 1, kept)

    def break_off(self, connection: sa.Connection) -> None:
        """Where this is the commit: what the server has done of it nobody hears."""
        if not self.breaks_now or self.breaks_off is None:
            return
        wire, (_, kept) = connection.connection.dbapi_connection, self.breaks_off
        self.breaks_now, self.breaks_off, self.has_broken_off = False, None, True
        if wire is not None:
            if kept:
                wire.commit()
            wire.close()


class DyingStore(Store):
    """The same store as another, as a process meets it whose *fate* is shared by all that it opens."""

    def __init__(self, engine: sa.Engine, fate: Fate) -> None:
        super().__init__(engine)
        self._fate = fate

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        self._fate.lets_others_in()
        with super().write() as connection:
            yield connection
            if self._fate.comes():
                raise Killed
            self._fate.commits()

    @contextmanager
    def write_at_once(self) -> Iterator[sa.Connection]:
        """Of marks, too: where several deliver, another may be quicker before the final dot."""
        if self.has_written and self.file is None:
            self._fate.lets_others_in()
        with super().write_at_once() as connection:
            yield connection
