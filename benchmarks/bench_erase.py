"""How long a store of very many readers is held up by who is erased, beside one row written in the same store.

python -m benchmarks.bench_erase [readers ...] [--editions 5] [--people 20]

    look       what is read through for all who wait, which keeps nobody from writing
    asked      the write that marks somebody to be erased
    erased     the write that takes somebody out of every table
    one row    a write of one row: what the disk and the machine ask of any write here

A write is timed from its begin to the end of its commit, for as long as another has to wait for it. Readers have a
subscription, a consent, a history of two steps and a copy of each edition; every hundredth row of a history names
somebody. The store is an SQLite file in TMPDIR, and made by bare SQL; on a disk its syncs are part of the time.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.people.erasing import Erasing, ask, erase_waiting
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.store import facts
from solacefeed.store.database import Store, open_store, sqlite_module

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
#: Domains that the readers share.
DOMAINS = 5000

#: The numbers from one to the last reader's.
_NUMBERS = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < :readers)"
_EMAIL = f"'reader' || (n.id * 2654435761 % 4294967296) || '@example' || (n.id % {DOMAINS}) || '.org'"
_AT = "'2026-11-01 08:00:00.000000'"
_STEPS = f"""
{_NUMBERS}
INSERT INTO subscribers (id, email, canonical, name, named_by, created_at, generation)
SELECT id, {_EMAIL}, {_EMAIL}, 'Ann Longstocking', 'reader', {_AT}, 0 FROM n;
{_NUMBERS}
INSERT INTO consents (id, subscriber_id, digest, basis, at, how, source, evidence, claimed, recorded_at)
SELECT id, id, 'weekly', 'consent', {_AT}, 'import', 'members.csv', 'signed up by the form', 0, {_AT} FROM n;
{_NUMBERS}
INSERT INTO subscriptions (subscriber_id, digest, state, changed_at, entered_by, paused_for_feed, consent_id)
SELECT id, 'weekly', 'confirmed', {_AT}, 'import', 0, id FROM n;
{_NUMBERS}
INSERT INTO subscription_changes (subscriber_id, digest, at, actor, state, reason)
SELECT id, 'weekly', {_AT}, 'import', 'confirmed', 'the list members.csv has them' FROM n;
{_NUMBERS}
INSERT INTO subscription_changes (subscriber_id, digest, at, actor, state, reason)
SELECT id, 'weekly', {_AT}, 'reader', 'confirmed',
    CASE WHEN id % 100 THEN 'they chose otherwise on the page' ELSE 'instead of ' || {_EMAIL} END FROM n
"""  # noqa: S608  # our own words
_EDITION = f"""
INSERT INTO editions (id, digest, starts, ends, state, prepared_at, issue, cadence, folded)
VALUES (:edition, 'weekly', {_AT}, :ends, 'done', {_AT}, 1, 'weekly', 0)
"""  # noqa: S608  # our own words
_COPIES = f"""
{_NUMBERS}
INSERT INTO deliveries
    (edition_id, subscriber_id, email, name, selection, revision, state, attempts, doubts, answer, message_id,
    changed_at)
SELECT :edition, id, {_EMAIL}, 'Ann Longstocking', '*', 0, 'accepted', 1, 0, '250 2.0.0 Ok: queued as 4F4' || id,
    '<weekly.' || id || '@example.org>', {_AT} FROM n
"""  # noqa: S608  # our own words


def fill(file: Path, readers: int, editions: int) -> None:
    store = open_store(f"sqlite:///{file}")
    facts.settle_clock(store, rehearsed=True)
    store.close()
    with closing(sqlite_module().connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for statement in _STEPS.split(";"):
            connection.execute(statement, {"readers": readers})
        for number in range(editions):
            named = {"edition": f"weekly/{number}", "ends": f"2026-10-{number + 1:02} 08:00:00.000000"}
            connection.execute(_EDITION, named)
            connection.execute(_COPIES, {"readers": readers, "edition": named["edition"]})
        connection.commit()
        connection.execute("ANALYZE")
        connection.commit()


class Held:
    """How long each write, and each look, held its connection: seconds, and those of the processor."""

    def __init__(self, engine: sa.Engine) -> None:
        self.writes: list[tuple[float, float]] = []
        self.looks: list[tuple[float, float]] = []
        self._begun: dict[int, tuple[float, float, bool]] = {}
        sa.event.listen(engine, "begin", self._begin)
        sa.event.listen(engine.pool, "checkin", self._end)

    def _begin(self, connection: sa.Connection) -> None:
        writes = bool(connection.get_execution_options().get("writes"))
        self._begun[id(connection.connection.dbapi_connection)] = (perf_counter(), process_time(), writes)

    def _end(self, connection: Any, _: object) -> None:
        begun, cpu, writes = self._begun.pop(id(connection), (0.0, 0.0, False))
        if begun:
            (self.writes if writes else self.looks).append((perf_counter() - begun, process_time() - cpu))

    @contextmanager
    def anew(self) -> Iterator[None]:
        self.writes.clear()
        self.looks.clear()
        yield

    def in_words(self, name: str) -> str:
        wall, cpu = ([each * 1000 for each in all_of] for all_of in zip(*self.writes, strict=True))
        return (
            f"  {name:<8} {median(wall):7.1f} ms in the middle, {max(wall):7.1f} ms the longest; "
            f"of the processor {median(cpu):6.1f} and {max(cpu):6.1f} ms"
        )


def run(readers: int, editions: int, people: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "solacefeed.db", readers, editions)
        store = open_store(f"sqlite:///{folder / 'solacefeed.db'}")
        print(f"{readers:>9,} readers with {editions} copies each, of whom {people} are erased")
        measure(store, folder, [1 + number * (readers // people) for number in range(people)])
        store.close()


def measure(store: Store, folder: Path, numbers: Sequence[int]) -> None:
    held = Held(store.engine)
    settings = Erasing(key=FingerprintKey(path=folder / "key"), rehearsals=folder / "mail")
    with held.anew():
        for each in numbers:
            assert ask(store, lambda: NOW, each)
        print(held.in_words("asked"))
    with held.anew():
        begun = perf_counter()
        done = erase_waiting(store, lambda: NOW, settings)
        assert done.people == len(numbers)
        wall, cpu = max(held.looks)
        print(f"  look     {wall:7.1f} s, {cpu:.1f} s of the processor; {perf_counter() - begun:.1f} s for all of them")
        print(held.in_words("erased"))
    with held.anew():
        for each in range(100):
            with store.write() as connection:
                facts.put(connection, "one row", str(each))
        print(held.in_words("one row"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("readers", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--editions", type=int, default=5)
    parser.add_argument("--people", type=int, default=20)
    given = parser.parse_args()
    for readers in given.readers:
        run(readers, given.editions, given.people)


if __name__ == "__main__":
    main()
