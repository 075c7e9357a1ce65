"""How fast it is read what each reader has got, beside reading the same rows alone in the same run.

python -m benchmarks.bench_ledger [readers] [editions]

    rows      every copy's edition, variant, revision and subscriber, fetched by the bare driver and thrown away
    ledger    the same copies, as a shared set of posts a reader

A fifth of the readers have got what nobody else has, the others what their choice brings. The store is made in TMPDIR.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from solacefeed.store.database import Store, open_store, sqlite_module
from solacefeed.store.ledger import Ledger

FIRST = datetime(2026, 9, 28, 7, tzinfo=UTC)
WEEK = timedelta(days=7)
POSTS = 6
VARIANTS = 50
#: Subscribers read in one go.
RANGE = 20_000

ROWS = """
    SELECT edition_id, variant, revision, subscriber_id FROM deliveries
    WHERE edition_id IN (SELECT value FROM json_each(?)) AND subscriber_id BETWEEN ? AND ?
    AND state NOT IN ('rejected', 'expired', 'cancelled')
"""


def fill(file: Path, readers: int, editions: int) -> None:
    chance = Random(11)  # noqa: S311  # the same store in every run
    with closing(sqlite_module().connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO subscribers (id, email, canonical, created_at) VALUES (?, ?, ?, ?)",
            ((n, f"reader{n}@example.org", f"reader{n}@example.org", stored(FIRST)) for n in range(1, readers + 1)),
        )
        for number in range(editions):
            add_edition(connection, number, readers, chance)
        connection.commit()


def add_edition(connection: Any, number: int, readers: int, chance: Random) -> None:
    closes = FIRST + number * WEEK
    name = f"weekly/{closes:%Y-%m-%d}"
    execute = connection.execute
    execute(
        "INSERT INTO editions (id, digest, starts, ends, state, prepared_at, cadence) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, "weekly", stored(closes - WEEK), stored(closes), "done", stored(closes), "weekly"),
    )
    keys = [f"{number:08x}{each:08x}" for each in range(VARIANTS)]
    for key in keys:
        execute(
            "INSERT INTO variants (edition_id, selection, revision, picks, event_ids, subject, text, html) "
            "VALUES (?, ?, 1, ?, '[]', '', '', '')",
            (name, key, picks(number, chance)),
        )
    connection.executemany(
        "INSERT INTO deliveries (edition_id, subscriber_id, email, selection, variant, revision, state, attempts, "
        "doubts, message_id, changed_at) VALUES (?, ?, ?, '3,17', ?, 1, 'accepted', 1, 0, ?, ?)",
        (
            (
                name,
                reader,
                f"reader{reader}@example.org",
                keys[place],
                f"<{name}.{reader:x}@example.org>",
                stored(closes),
            )
            for reader, place in enumerate(places(readers, chance), 1)
        ),
    )


def picks(number: int, chance: Random) -> str:
    chosen = chance.sample(range(POSTS), chance.randint(1, POSTS))
    return "[" + ", ".join(f'{{"post_id": "{number * POSTS + each}", "because": []}}' for each in sorted(chosen)) + "]"


def places(readers: int, chance: Random) -> Iterator[int]:
    """Of each reader the place of their variant: four of five have the one of their choice."""
    for reader in range(readers):
        yield reader % VARIANTS if reader % 5 else chance.randrange(VARIANTS)


def stored(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S.%f}"


def read_rows(file: Path, readers: int, editions: int) -> float:
    names = [f"weekly/{FIRST + number * WEEK:%Y-%m-%d}" for number in range(editions)]
    started = perf_counter()
    with closing(sqlite_module().connect(file)) as connection:
        for first in range(1, readers + 1, RANGE):
            rows = connection.execute(ROWS, (json.dumps(names), first, first + RANGE - 1))
            for _ in rows:
                """Only fetched."""
    return perf_counter() - started


def read_ledger(store: Store, readers: int, editions: int) -> tuple[float, int]:
    """How long it took, and how many different sets there were."""
    started = perf_counter()
    sets: set[int] = set()
    with store.read() as connection:
        posts = frozenset(str(each) for each in range(editions * POSTS))
        ledger = Ledger(connection, since=FIRST, posts=posts)
        for first in range(1, readers + 1, RANGE):
            got = ledger.got(connection, first, first + RANGE - 1)
            assert len(got) == min(RANGE, readers + 1 - first)
            sets.update(map(id, got.values()))
    return perf_counter() - started, len(sets)


def octets(file: Path) -> int:
    """Of the copies' table and its indexes: what the file loses without them."""
    with closing(sqlite_module().connect(file)) as connection:
        before = pages(connection)
        connection.execute("DELETE FROM deliveries")
        connection.commit()
        connection.execute("VACUUM")
        return before - pages(connection)


def pages(connection: Any) -> int:
    count, size = (connection.execute(f"PRAGMA page_{what}").fetchone()[0] for what in ("count", "size"))
    return int(count * size)


def peak() -> int:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    editions = int(sys.argv[2]) if len(sys.argv) > 2 else 9
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "store.db")
        store = open_store(f"sqlite:///{file}")
        fill(file, readers, editions)
        copies = readers * editions
        before = peak()
        rows = read_rows(file, readers, editions)
        took, sets = read_ledger(store, readers, editions)
        print(f"{readers:,} readers, {editions} editions: {copies:,} copies")
        print(f"rows      {rows:6.2f} s  {rows / copies * 1e6:5.2f} us a copy")
        print(f"ledger    {took:6.2f} s  {took / copies * 1e6:5.2f} us a copy  {took / rows:.2f} times the rows alone")
        print(f"          {sets:,} different sets; {peak()} MB at most, {before} before it began")
        store.close()
        print(f"a copy's row and its places in indexes: {octets(file) / copies:.0f} octets")


if __name__ == "__main__":
    main()
