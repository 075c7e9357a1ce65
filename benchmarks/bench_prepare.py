"""How fast an edition is prepared for very many readers, beside writing as many rows of that width in the same run.

python -m benchmarks.bench_prepare [readers ...] [--selections 500] [--differing 0 20]

    equal      whoever chose the same has got the same by the editions before
    differing  of so many in a hundred readers the relay has rejected one of these, so that its posts are due again
    rows       the bare driver's executemany: as many copies, a thousand a transaction, into the same table elsewhere

The two are compared by processor time, so that what else the machine does says nothing.

What a command would do is done, in a process of its own: time, processor time and the most memory are that process's.
The store is an SQLite file in TMPDIR; on a disk its syncs are part of the time.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any

import sqlalchemy as sa

from benchmarks.children import ROOT, peak_mb, python
from solacefeed.app import App
from solacefeed.cli import FEW_LOOKS_FOR_GARBAGE
from solacefeed.config import load
from solacefeed.models.blog import BlogInfo, CategoryNumber, SourceCategory, SourcePost
from solacefeed.models.posts import Reading
from solacefeed.posts.merging import told
from solacefeed.store import batches, categories, facts, sources
from solacefeed.store.database import Store, open_store, sqlite_module

BLOG = "https://blog.example.org"
#: An hour after the closing.
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CLOSES = datetime(2026, 11, 23, 7, tzinfo=UTC)
WEEK = timedelta(days=7)
SECTIONS = 12
POSTS_A_WEEK = 12
#: Editions before this one.
BEFORE = 4
CHUNK = 1000
SENTENCE = "Housing – and what a council can do about it – begins with those who have none. "

CONFIG = f"""\
as_of = {NOW:%Y-%m-%dT%H:%M:%SZ}
[source]
url = "{BLOG}"
[site]
base_url = "https://feeds.example.org"
tag_authority = "example.org,2012"
organisation = "Example Officers"
language = "en-GB"
postal_address = "1 Market Square, Anytown"
[store]
url = "sqlite:///STORE"
[mail]
from = "Example Officers <digest@example.org>"
unsubscribe_mailbox = "unsubscribe@example.org"
[[events]]
id = "summit-2027"
name = "Chief Officers' Summit"
place = "Harrogate"
starts = 2027-04-13
ends = 2027-04-15
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
hold_over = 0
"""


# -- a site with readers --------------------------------------------------------------------------------


def fill(file: Path, readers: int, selections: int, differing: int) -> None:
    """Posts of some weeks, readers of so many choices, and the editions that they have got."""
    store = open_store(f"sqlite:///{file}")
    by_week = write_posts(store)
    facts.settle_clock(store, rehearsed=True)
    facts.settle_tag_authority(store, "example.org,2012")
    store.close()
    chance = Random(11)  # noqa: S311  # the same store in every run
    choices = chosen(selections, chance)
    with closing(sqlite_module().connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for table, columns, rows in people(readers, choices):
            marks = ", ".join("?" for _ in columns)
            insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # our own names
            connection.executemany(insert, rows)
        for number in range(1, BEFORE + 1):
            write_edition(connection, number, by_week[number], readers, choices, differing)
        connection.commit()
        connection.execute("ANALYZE")
        connection.commit()


def write_posts(store: Store) -> dict[int, list[tuple[str, frozenset[int]]]]:
    """By how many weeks ago, the id of each post with the numbers of its categories."""
    numbers = [CategoryNumber(str(n + 1)) for n in range(SECTIONS)]
    info = BlogInfo(title="Officers' Blog", description="", url=BLOG, time_zone="Europe/London")
    posts = [a_post(week, n) for week in range(BEFORE + 1) for n in range(POSTS_A_WEEK)]
    with store.write() as connection:
        sources.remember(connection, BLOG, memory={}, complete=True)
        sources.describe(connection, BLOG, info)
        categories.replace(
            connection, [SourceCategory(number=n, slug=f"section-{n}", name=f"Section {n}") for n in numbers]
        )
        batches.keep(connection, [told(post, reading(post), seen=post.published) for post in posts], at=CLOSES)
    found: dict[int, list[tuple[str, frozenset[int]]]] = {week: [] for week in range(BEFORE + 1)}
    for post in posts:
        week = (int(post.number or 0) - 1) // POSTS_A_WEEK
        found[week].append((str(post.number), frozenset(int(n) for n in post.category_numbers or ())))
    return found


def a_post(week: int, place: int) -> SourcePost:
    number, published = week * POSTS_A_WEEK + place + 1, CLOSES - week * WEEK - timedelta(days=2, hours=place)
    return SourcePost(
        number=str(number),
        guid=f"{BLOG}/?p={number}",
        url=f"{BLOG}/post-{number}/",
        title=f"Post {number} on housing",
        content=f"<p>{SENTENCE * 40}</p>",
        category_numbers=tuple(CategoryNumber(str(n % SECTIONS + 1)) for n in (number, number + 5)),
        published=published,
        modified=published,
    )


def reading(post: SourcePost) -> Reading:
    content = post.content or ""
    return Reading(title=post.title, content=content, excerpt=SENTENCE * 4, byline=None, first_published=None)


def chosen(selections: int, chance: Random) -> list[tuple[int, ...]]:
    found: dict[tuple[int, ...], None] = {}
    while len(found) < selections:
        found[tuple(sorted(chance.sample(range(1, SECTIONS + 1), chance.randint(1, SECTIONS))))] = None
    return list(found)


def people(readers: int, choices: list[tuple[int, ...]]) -> Iterator[tuple[str, tuple[str, ...], Iterator[Any]]]:
    """Whom the tables have, and in which columns."""
    long_ago = stored(CLOSES - 60 * WEEK)
    since = [json.dumps({str(n): (CLOSES - 60 * WEEK).isoformat() for n in choice}) for choice in choices]
    ids = [json.dumps(sorted(str(n) for n in choice)) for choice in choices]
    yield (
        "subscribers",
        ("id", "email", "canonical", "name", "created_at"),
        (
            (n, f"reader{n}@example.org", f"reader{n}@example.org", "Alice Longstocking", long_ago)
            for n in upto(readers)
        ),
    )
    yield (
        "consents",
        ("id", "subscriber_id", "digest", "basis", "at", "how", "source", "claimed", "recorded_at"),
        ((n, n, "weekly", "consent", long_ago, "operator", "a list", False, long_ago) for n in upto(readers)),
    )
    yield (
        "subscriptions",
        ("subscriber_id", "digest", "state", "category_ids", "since", "changed_at", "changed_by", "consent_id"),
        (
            (n, "weekly", "confirmed", ids[n % len(choices)], since[n % len(choices)], long_ago, "operator", n)
            for n in upto(readers)
        ),
    )


def write_edition(
    connection: Any,
    weeks_ago: int,
    posts: list[tuple[str, frozenset[int]]],
    readers: int,
    choices: list[tuple[int, ...]],
    differing: int,
) -> None:
    """One that everybody has got, but for those whom the relay would not have it for."""
    closes = CLOSES - weeks_ago * WEEK
    name = f"weekly/{closes:%Y-%m-%d}"
    connection.execute(
        "INSERT INTO editions (id, digest, starts, ends, state, prepared_at, cadence) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (name, "weekly", stored(closes - WEEK), stored(closes), "done", stored(closes), "weekly"),
    )
    connection.executemany(
        "INSERT INTO edition_posts (edition_id, post_id, digest) VALUES (?, ?, 'weekly')",
        ((name, post_id) for post_id, _ in posts),
    )
    keys = [",".join(sorted(map(str, choice))) for choice in choices]
    connection.executemany(
        "INSERT INTO variants (edition_id, selection, revision, picks, event_ids, subject, text, html) "
        "VALUES (?, ?, 1, ?, '[]', 'Seven posts', '', '')",
        ((name, key, picked(posts, choice)) for key, choice in zip(keys, choices, strict=True)),
    )
    connection.executemany(
        "INSERT INTO deliveries (edition_id, subscriber_id, email, name, selection, variant, revision, state, "
        "attempts, doubts, message_id, changed_at) VALUES (?, ?, ?, 'Alice Longstocking', ?, ?, 1, ?, 1, 0, ?, ?)",
        (
            (
                name,
                n,
                address(n),
                keys[n % len(choices)],
                keys[n % len(choices)],
                "rejected" if is_rejected(n, weeks_ago, differing) else "accepted",
                f"<{name.replace('/', '-')}.{n}@example.org>",
                stored(closes),
            )
            for n in upto(readers)
        ),
    )


def is_rejected(reader: int, weeks_ago: int, differing: int) -> bool:
    """Whether it was this edition that a reader did not get, who is one of those that differ."""
    return reader * 37 % 100 < differing and reader // 100 % BEFORE + 1 == weeks_ago


def picked(posts: list[tuple[str, frozenset[int]]], choice: tuple[int, ...]) -> str:
    found = ((post_id, sorted(filed.intersection(choice))) for post_id, filed in posts)
    return json.dumps([{"post_id": post_id, "because": list(map(str, why))} for post_id, why in found if why])


def address(number: int) -> str:
    return f"reader{number}@example.org"


def upto(readers: int) -> range:
    return range(1, readers + 1)


def stored(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S.%f}"


# -- in a process of its own ------------------------------------------------------------------------------


class TimedStore(Store):
    """Knows how long its longest write transaction was open, and worked, in seconds."""

    longest = hardest = 0.0

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        with super().write() as connection:
            begun, cpu = perf_counter(), process_time()
            yield connection
        TimedStore.longest = max(TimedStore.longest, perf_counter() - begun)
        TimedStore.hardest = max(TimedStore.hardest, process_time() - cpu)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    seconds: float
    cpu: float
    #: In seconds.
    longest_write: float
    hardest_write: float
    #: Of the process in megabytes: before, and at most.
    memory_before: int
    memory: int
    said: str


def measure(folder: Path) -> Measured:
    """Prepares until nothing more is to do, as the daemon does look by look."""
    gc.set_threshold(FEW_LOOKS_FOR_GARBAGE)
    config = load(folder / "config.toml", environ={})
    app = App(config, as_of=config.as_of, folder=folder)
    with app.store() as opened:
        store = TimedStore(opened.engine)
        before, begun, cpu, said = round(peak_mb()), perf_counter(), process_time(), ""
        while True:
            done = app.mail.prepare(store)
            if not done.has_news():
                break
            said = done.line()
        return Measured(
            seconds=perf_counter() - begun,
            cpu=process_time() - cpu,
            longest_write=TimedStore.longest,
            hardest_write=TimedStore.hardest,
            memory_before=before,
            memory=round(peak_mb()),
            said=said,
        )


# -- beside the bare driver ------------------------------------------------------------------------------


def write_config(folder: Path, file: Path) -> None:
    (folder / "config.toml").write_text(CONFIG.replace("STORE", str(file)), encoding="utf-8")


def measured_alone(folder: Path) -> Measured:
    """In a process of its own."""
    command = python("bench_prepare", "--measure", folder)
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout  # noqa: S603  # ourselves
    return Measured(**json.loads(told))


def write_rows(source: Path, target: Path) -> tuple[int, float, int]:
    """The copies of the newest edition once more: how many, in how many seconds, and how many octets they take."""
    with closing(sqlite_module().connect(source)) as connection:
        newest = f"weekly/{CLOSES:%Y-%m-%d}"
        found = connection.execute("SELECT * FROM deliveries WHERE edition_id = ?", (newest,))
        names = [each[0] for each in found.description]
        insert = f"INSERT INTO deliveries VALUES ({', '.join('?' for _ in names)})"  # noqa: S608  # marks alone
        tables = connection.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'deliveries' AND sql IS NOT NULL")
        with closing(sqlite_module().connect(target)) as other:
            for (table,) in tables:
                other.execute(table)
            other.execute("PRAGMA journal_mode = WAL")
            other.execute("PRAGMA synchronous = FULL")
            count, seconds, before = 0, 0.0, octets(other)
            while rows := list(islice(found, CHUNK)):
                begun = process_time()
                other.executemany(insert, rows)
                other.commit()
                seconds += process_time() - begun
                count += len(rows)
            return count, seconds, octets(other) - before


def octets(connection: Any) -> int:
    count, size = (connection.execute(f"PRAGMA page_{what}").fetchone()[0] for what in ("count", "size"))
    return int(count * size)


# -- the figures ---------------------------------------------------------------------------------------------


def run(readers: int, selections: int, differing: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name, "store.db")
        write_config(folder, file)
        fill(file, readers, selections, differing)
        got = measured_alone(folder)
        count, seconds, width = write_rows(file, folder / "rows.db")
    if count != readers:
        sys.exit(f"nothing measured: {count} of {readers} readers have a copy ({got.said})")
    what = f"{differing} in 100 differing" if differing else "equal"
    print(f"{readers:>9,} readers, {selections} selections, {what}: {got.said}")
    ratio = got.cpu / seconds
    print(
        f"          {got.seconds:7.2f} s, {got.cpu:.2f} s of the processor, {ratio:.1f} times what the rows "
        f"alone take ({seconds:.2f} s for {count:,})"
    )
    print(
        f"          longest write {got.longest_write * 1000:.0f} ms, {got.hardest_write * 1000:.0f} of the processor; "
        f"{got.memory} MB at most, {got.memory_before} "
        f"before; a copy's row takes {width / count:.0f} octets with its places in indexes"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("readers", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--selections", type=int, default=500)
    parser.add_argument("--differing", type=int, nargs="+", default=[0, 20], help="in a hundred readers")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(asdict(measure(given.measure))))
        return
    for readers in given.readers:
        for differing in given.differing:
            run(readers, given.selections, differing)


if __name__ == "__main__":
    main()
