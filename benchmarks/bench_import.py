"""How fast a list of very many readers is taken in and written out again, beside `sqlite3 .import` in the same run.

python -m benchmarks.bench_import [readers ...]

    .import    the bare program: the file's cells into one table without an index, in one transaction
    rows       the bare driver: what an import writes (people, consents, subscriptions, histories), as it is

The list is Mailchimp's export, of which each row is validated, judged by what the store knows, and written with its
consent and the first step of its history; a transaction has as many of them as take some hundredths of a second. Each
command is a process of its own: time, processor time and the most memory are that process's. The store is an SQLite
file in TMPDIR; on a disk its syncs are part of the time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

import sqlalchemy as sa

from benchmarks.children import ROOT, peak_mb, python
from solacefeed.cli import main as solacefeed
from solacefeed.store.database import open_store, sqlite_module

CONFIG = """\
[source]
url = "https://blog.example.org"
[site]
base_url = "https://feeds.example.org"
tag_authority = "example.org,2012"
organisation = "Example Officers"
language = "en-GB"
postal_address = "1 Market Square, Anytown"
[mail]
from = "Example Officers <digest@example.org>"
unsubscribe_mailbox = "unsubscribe@example.org"
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "mon 07:00"
"""
HEADINGS = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LAST_CHANGED,LEID,"
    "EUID,NOTES,TAGS"
)
#: Domains that the readers share.
DOMAINS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a command took: seconds, seconds of the processor, megabytes at most, and of its writes how many there were
    and the milliseconds of the longest, and of the processor those of the hardest."""

    seconds: float
    cpu: float
    memory: int
    longest: float = 0.0
    hardest: float = 0.0
    writes: int = 0

    def words(self, rows: int) -> str:
        return (
            f"{self.seconds:7.2f} s ({rows / self.seconds:>9,.0f} rows/s), {self.cpu:6.2f} s of the processor "
            f"({rows / self.cpu:>9,.0f} rows/s)" + (f", {self.memory} MB at most" if self.memory else "")
        )


class Writes:
    """How many write transactions this process had, and how long one was open at most, in seconds."""

    count = 0
    longest = hardest = 0.0
    begun = cpu = 0.0

    @classmethod
    def watch(cls) -> None:
        sa.event.listen(sa.Engine, "begin", cls._begin)
        # A commit is told of before it waits for the disk.
        sa.event.listen(sa.pool.Pool, "checkin", cls._end)

    @classmethod
    def _begin(cls, connection: sa.Connection) -> None:
        cls.begun = perf_counter() if connection.get_execution_options().get("writes") else 0.0
        cls.cpu = process_time()

    @classmethod
    def _end(cls, *_: object) -> None:
        if cls.begun:
            cls.count += 1
            cls.longest = max(cls.longest, perf_counter() - cls.begun)
            cls.hardest = max(cls.hardest, process_time() - cls.cpu)
            cls.begun = 0.0


def write_list(file: Path, readers: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write(HEADINGS + "\n")
        for number in range(readers):
            # In no order, as addresses are.
            who = number * 2654435761 % 2**32
            out.write(
                f"reader{who}@example{number % DOMAINS}.org,Ann,Longstocking,2,2015-03-16 14:40:47,192.0.2.7,"
                f'2015-03-16 14:41:47,192.0.2.7,2016-03-16 14:40:47,{number},e{number},,"""News"",""VIP"""\n'
            )


def begin_site(folder: Path) -> None:
    """One with an empty store: its schema is no part of what is measured."""
    (folder / "var").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    open_store(f"sqlite:///{folder / 'var' / 'solacefeed.db'}").close()


def measured(words: Sequence[str]) -> Spent:
    """What ``solacefeed WORDS`` takes, in this process."""
    Writes.watch()
    begun, cpu = perf_counter(), process_time()
    try:
        solacefeed(words)
    except SystemExit as end:
        if end.code:
            raise
    return Spent(
        seconds=perf_counter() - begun,
        cpu=process_time() - cpu,
        memory=round(peak_mb()),
        longest=Writes.longest * 1000,
        hardest=Writes.hardest * 1000,
        writes=Writes.count,
    )


def in_its_own_process(folder: Path, *words: str) -> Spent:
    command, environ = python("bench_import", "--measure", *words), os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, env=environ)  # noqa: S603
    told = done.stdout
    return Spent(**json.loads(told.splitlines()[-1]))


def by_the_program(folder: Path, file: Path) -> Spent | None:
    """``sqlite3 .import`` of the same file; ``None`` where there is no such program."""
    program = shutil.which("sqlite3")
    if program is None:
        return None
    return _by(program, str(folder / "plain.db"), ".mode csv", f".import {file} t")


def written_by_the_program(folder: Path) -> Spent | None:
    """The columns of an export of ours, as CSV by ``sqlite3``; ``None`` where there is no such program."""
    program = shutil.which("sqlite3")
    if program is None:
        return None
    asked = (
        "SELECT s.email, s.name, s.created_at, b.digest, b.state, b.category_ids, b.changed_at, c.basis, c.at, c.how, "
        "c.source FROM subscribers s JOIN subscriptions b ON b.subscriber_id = s.id "
        "JOIN consents c ON c.id = b.consent_id ORDER BY s.id"
    )
    store, file = folder / "var" / "solacefeed.db", folder / "plain.csv"
    return _by(program, "-readonly", str(store), ".headers on", ".mode csv", f".output {file}", asked)


def _by(*command: str) -> Spent:
    begun, before = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # our own words
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime
    return Spent(seconds=perf_counter() - begun, cpu=cpu, memory=0)


def by_the_driver(source: Path, target: Path) -> tuple[int, float]:
    """The rows that an import has written, once more into the same tables: how many people, in how many seconds."""
    names = ("subscribers", "consents", "subscriptions", "subscription_changes")
    with closing(sqlite_module().connect(source)) as made, closing(sqlite_module().connect(target)) as other:
        for name in names:
            told = made.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (name,))
            for (table,) in told.fetchall():
                other.execute(table)
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("PRAGMA synchronous = FULL")
        cursors = [made.execute(f"SELECT * FROM {name} ORDER BY rowid") for name in names]  # noqa: S608  # our own names
        people, seconds = 0, 0.0
        while chunks := [rows for rows in (cursor.fetchmany(1000) for cursor in cursors) if rows]:
            begun = process_time()
            for name, rows in zip(names, chunks, strict=True):
                marks = ", ".join("?" for _ in rows[0])
                other.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608  # as above
            other.commit()
            seconds += process_time() - begun
            people += len(chunks[0])
    return people, seconds


def run(readers: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name, "members.csv")
        write_list(file, readers)
        begin_site(folder)
        program = by_the_program(folder, file)
        taken = in_its_own_process(folder, "subscribers", "import", str(file), "--do", "--quiet")
        looked = in_its_own_process(folder, "subscribers", "import", str(file), "--quiet")
        written = in_its_own_process(folder, "subscribers", "export", "--to", "out.csv", "--quiet")
        people, seconds = by_the_driver(folder / "var" / "solacefeed.db", folder / "rows.db")
    print(f"{readers:>9,} readers")
    if program:
        print(f"  .import  {program.words(readers)}")
    print(f"  rows     {seconds:7.2f} s of the processor ({people / max(seconds, 1e-9):>9,.0f} people/s)")
    print(f"  import   {taken.words(readers)}")
    print(f"           {taken.writes} writes, the longest {taken.longest:.0f} ms, {taken.hardest:.0f} of the processor")
    beside = f"{taken.cpu / max(program.cpu, 1e-9):.1f} times .import's, " if program else ""
    print(f"           of the processor {beside}{taken.cpu / max(seconds, 1e-9):.1f} times the bare driver's")
    print(f"  look     {looked.words(readers)}")
    print(f"  export   {written.words(readers)}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("readers", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--measure", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(asdict(measured(given.measure))))
        return
    for readers in given.readers:
        run(readers)


if __name__ == "__main__":
    main()
