"""How much goes into one write transaction: as many rows as take some hundredths of a second here and now.

A page's write waits for the one that is under way. How long that takes is known to nobody beforehand: it depends on the
disk, on the rows, and on what else the machine does. So each says how large the next one may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from time import perf_counter
from typing import Final, TypeVar

import sqlalchemy as sa

from solacefeed.store.database import Store

T = TypeVar("T")

#: Seconds that a transaction is to take: half of what a page may have to wait.
AIM: Final = 0.05

#: How many times more rows than the first one any may have, and how many times fewer: each has its own costs whatever
#: it holds, and where a disk or a crowded machine makes these alone too long, smaller ones would only be more of them.
_MORE: Final = 4
_FEWER: Final = 4


class Chunks:
    """The chunks of one deed, of which the *first* has so many rows; *seconds* is a clock that only goes forward."""

    def __init__(self, first: int, *, seconds: Callable[[], float] = perf_counter) -> None:
        #: Rows of the next one, at most.
        self.size = first
        self._least, self._most = max(first // _FEWER, 1), first * _MORE
        self._seconds = seconds

    def of(self, rows: Iterable[T]) -> Iterator[list[T]]:
        """Cuts *rows*, each time into as many as the next transaction may have by then."""
        waiting = iter(rows)
        while chunk := list(islice(waiting, self.size)):
            yield chunk

    @contextmanager
    def write(self, store: Store, rows: int | None = None) -> Iterator[sa.Connection]:
        """A write transaction for so many *rows*, by default for ``size``, from whose time the next one learns.

        What it waited for others itself does not count.
        """
        count = self.size if rows is None else rows
        with store.write() as connection:
            begun = self._seconds()
            yield connection
        self._learn(count, self._seconds() - begun)

    def _learn(self, count: int, took: float) -> None:
        """Twice as many rows at most, so that a few easy ones promise little; fewer at once."""
        fit = round(count * AIM / took) if took > 0 else 2 * count
        self.size = min(max(min(fit, 2 * self.size), self._least), self._most)
