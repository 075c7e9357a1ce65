"""A store in which a process dies: in the middle of a transaction, of which nothing is kept then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.store.database import Store
from tests.support.fakes import Killed


@dataclass(slots=True)
class Fate:
    """In which transaction from now on the process dies; ``None`` for in none."""

    transaction: int | None = None

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
        with super().write() as connection:
            yield connection
            if self._fate.comes():
                raise Killed
