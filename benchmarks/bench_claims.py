"""What it costs to claim, mark and settle copies in groups, with no relay, at an edition's begin and at its end.

python -m benchmarks.bench_claims [copies] [url]

    claim, mark, settle   microseconds of processor time of this process a copy, then of the clock on the wall

Of each group the best of several rounds, a transaction each. The store is made in TMPDIR; where a database's address is
given, in that one, which is to be empty: its own processor time is not counted.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from time import perf_counter, process_time
from typing import TypeVar

from tests.store.rows import EDITION, many_copies
from tests.support.builders import MONDAY

from solacefeed.models.deliveries import Delivery, DeliveryState, Lease, Mark, Outcome
from solacefeed.store import copy_claims, deliveries
from solacefeed.store.database import Store, open_store

T = TypeVar("T")

LEASE = Lease(worker="bench", length=timedelta(minutes=5))
ROUNDS = 6
GROUPS = (500, 50, 5)
#: Copies that are let go at once, between the begin and the end.
BULK = 5_000


class Rounds:
    """The best times of some rounds with groups of one size."""

    def __init__(self, store: Store, size: int) -> None:
        self.store = store
        self.size = size
        self.best: dict[str, tuple[float, float]] = {}

    def go(self) -> None:
        batch = self._timed("claim", self._claim)
        self._timed("mark", lambda: self._mark(batch))
        self._timed("settle", lambda: self._settle(batch))

    def _timed(self, name: str, does: Callable[[], T]) -> T:
        used, began = process_time(), perf_counter()
        done = does()
        took = (process_time() - used) / self.size * 1e6, (perf_counter() - began) / self.size * 1e6
        before = self.best.get(name, took)
        self.best[name] = min(before[0], took[0]), min(before[1], took[1])
        return done

    def _claim(self) -> list[Delivery]:
        with self.store.write() as connection:
            return copy_claims.claim(connection, EDITION, lease=LEASE, limit=self.size, at=MONDAY)

    def _mark(self, batch: list[Delivery]) -> None:
        marks = [Mark(id=copy.id, claim=copy.claims, revision=1) for copy in batch]
        with self.store.write() as connection:
            told = deliveries.mark_all(connection, marks, worker=LEASE.worker, at=MONDAY)
        assert len(told) == len(batch)

    def _settle(self, batch: list[Delivery]) -> None:
        accepted = [
            Outcome(id=copy.id, claim=copy.claims, state=DeliveryState.ACCEPTED, answer="250 2.0.0 queued")
            for copy in batch
        ]
        with self.store.write() as connection:
            settled = deliveries.settle_all(connection, accepted, worker=LEASE.worker, at=MONDAY)
        assert len(settled) == len(batch)


def measure(store: Store, when: str) -> int:
    """Returns how many copies have gone."""
    for size in GROUPS:
        rounds = Rounds(store, size)
        for _ in range(ROUNDS):
            rounds.go()
        told = ", ".join(f"{name} {used:.0f} ({took:.0f})" for name, (used, took) in rounds.best.items())
        print(f"{when}, groups of {size}: {told}")
    return ROUNDS * sum(GROUPS)


def main(copies: int, url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(open_store(url or f"sqlite:///{folder}/store.db")) as store:
        many_copies(store, copies)
        left = copies - measure(store, "first")
        while left - BULK >= ROUNDS * sum(GROUPS):
            Rounds(store, BULK).go()
            left -= BULK
        measure(store, "last")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 40_000, sys.argv[2] if sys.argv[2:] else None)
