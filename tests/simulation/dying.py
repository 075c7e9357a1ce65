"""A store in which a process dies, in the middle of a transaction of which nothing is kept then, or meets another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.store.database import Store
from tests.support.fakes import Killed


@dataclass(slots=True)
class Fate:
    """In which transaction from now on the process dies; ``None`` for in none."""

    transaction: int | None = None
    #: What another process does before the transaction of that number, counted down.
    beside: tuple[int, Callable[[], object]] | None = None

    def lets_others_in(self) -> None:
        """Another process is quicker, once: this one has no transaction open."""
        if self.beside is None:
            return
        left, work = self.beside
        self.beside = (left - 1, work) if left > 1 else None
        if left <= 1:
            work()

    def comes(self) -> bool:
        if self.transaction is None:
            return False
        self.transaction -= 1
        if self.transaction > 0:
            return False
        self.transaction = None
        return True


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
