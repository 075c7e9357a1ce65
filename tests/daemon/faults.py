"""Faults across machines, while a daemon and workers send an edition by the queue: each is a process of its own.

    .venv/bin/python -m tests.daemon.faults --workers 16 --copies 100000 --faults 1000 --policy hold

Chance draws what befalls them next, once the relay has heard some more: a worker is killed; one is frozen, its leases
end, and it wakes some faults later; the leader is killed or frozen; it loses its lock in its sleep, and goes on beside
another for a moment; the database restarts as after a power cut, or is gone and its standby takes its place; some of
its connections are cut, or break in the midst of a commit. The clocks of half of them are minutes apart. Whoever died
is begun anew, and who ended by itself is asked why. In the end nothing befalls them any more until all copies are
settled. A line tells what came of it; the exit code is 1 where a promise was broken. The same ``--seed`` draws the
same.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from mmap import mmap
from pathlib import Path
from random import Random
from time import monotonic
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from solacefeed.store import subscribers
from solacefeed.store.database import Store, open_store
from tests.daemon.machines import Ears, Machines
from tests.deeds.killing import broken, forked
from tests.deeds.recording_relay import RecordingRelay
from tests.store.rows import others_alike, written
from tests.support.blog.blog import Blog
from tests.support.blog.server import serve
from tests.support.builders import A_CONSENT
from tests.support.site import Site
from tests.support.standby import paired
from tests.support.warm import faketime
from tests.support.weak_wire import weak_wire

MORE = """
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "{closes}"
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
tls = "none"
on_uncertain = "{policy}"
from = "Chief Officers <digest@example.org>"
reply_to = "editor@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
[delivery]
connections = 4
canary = "0%"
[daemon]
poll_every = "1m"
look_every = "1s"
"""
#: What makes several machines of one.
QUEUED = """
[store]
engine = "procrastinate"
"""
#: What the database is told: many come, and a standby is not to be waited for long.
_SETTINGS = "-c max_connections=400 -c wal_retrieve_retry_interval=200ms"


def enter(store: Store, number: int) -> None:
    def one(connection: sa.Connection) -> None:
        at = datetime.now(UTC) - timedelta(days=1)
        who = subscribers.enter(connection, email="reader1@example.org", name="", at=at)
        subscribers.subscribe(connection, who, "weekly", category_ids=None, consent=A_CONSENT, at=at)
        others_alike(connection, number)

    written(store, one)


def begun(folder: Path, source: str, more: str, url: str, told: argparse.Namespace) -> Site:
    """A site with all its readers, whose store is in PostgreSQL; where it is told so, it began with SQLite."""
    if told.from_sqlite:
        site = Site.begun(folder, source=source, more=more)
        site.told("poll")
        file = f"sqlite:///{folder}/var/solacefeed.db"
        with closing(open_store(file)) as store:
            enter(store, told.copies)
        site.told("migrate-store", file, url)
    site = Site.begun(folder, source=source, more=more + QUEUED)
    site.environ["SOLACEFEED_STORE_URL"] = url
    if not told.from_sqlite:
        site.told("poll")
        with closing(open_store(url)) as store:
            enter(store, told.copies)
    return site


@contextmanager
def a_relay(folder: Path) -> Iterator[tuple[RecordingRelay, Ears]]:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        hears, tells = os.pipe()
        relay = RecordingRelay(listener=listener, book=folder / "book", tells=tells, silence=mmap(-1, 1))
        number = forked(relay.serve)
        try:
            yield relay, Ears(hears)
        finally:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)


def play(told: argparse.Namespace, befall: Callable[[Machines], object] = Machines.go_on) -> tuple[str, list[str]]:
    """What came of it, in a line, and which promises were broken; *befall* is done once the relay has heard a copy."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        relay, ears = stack.enter_context(a_relay(folder))
        wire = stack.enter_context(weak_wire(folder / "wire"))
        pair = stack.enter_context(paired(_SETTINGS))
        wire.lead_to(pair.leads.folder)
        blog = stack.enter_context(serve(Blog(title="Officers' Blog")))
        blog.blog.url = blog.origin
        blog.blog.add("Hours ago", at=datetime.now(UTC) - timedelta(hours=8), categories=["Housing"])
        closed = datetime.now(ZoneInfo(blog.blog.time_zone)) - timedelta(minutes=30)
        port = relay.listener.getsockname()[1]
        more = MORE.format(closes=f"{closed:%a %H:%M}".lower(), port=port, policy=told.policy)
        url = f"postgresql+psycopg://solacefeed@/postgres?host={wire.folder}"
        site = begun(folder / "site", blog.origin, more, url, told)
        said = folder / "said"
        said.mkdir()
        random = Random(told.seed)  # the same chances again
        all_ = Machines(site=site, pair=pair, wire=wire, ears=ears, said=said, random=random, told=told)
        try:
            began = monotonic()
            all_.begin_anew()
            ears.hear(1, 120)
            befall(all_)
            seconds = monotonic() - began
            settled = all_.settle()
        finally:
            all_.end()
        with all_.opened() as store:
            found, states = broken(store, relay.book, told.policy)
        found = [*all_.wrong, *found]
        if not settled:
            found.insert(0, "not all copies came to an end")
        for each in sorted(said.iterdir()):
            if "Traceback" in (words := each.read_text(errors="replace")):
                found.append(f"{each.name} had a traceback:\n{words[words.index('Traceback') - 400 :][:3000]}")
        bodies = len(relay.book.read_text().split())
        line = (
            f"{told.policy}: {told.workers} workers, {all_.kinds.total()} faults {dict(sorted(all_.kinds.items()))} in"
            f" {seconds:.0f} s; {wire.told[1]} commits broken; {bodies} bodies for {told.copies} copies:"
            f" {dict(sorted(states.items()))}; {len(found)} promises broken"
        )
        return line, found


def main() -> None:
    parser = argparse.ArgumentParser(description="Faults across machines, while an edition is sent.")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--copies", type=int, default=2000)
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--policy", choices=("hold", "retry"), default="retry")
    parser.add_argument("--seconds", type=float, default=86400.0, help="for faults, at most")
    parser.add_argument("--seed", type=int, default=1)
    line, found = play(argparse.Namespace(**vars(parser.parse_args()), from_sqlite=False))
    print(line if faketime() else f"{line}; libfaketime is not installed: all clocks were alike")
    print(*found[:20], sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
