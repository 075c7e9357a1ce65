"""Faults across machines, while a daemon and workers send an edition by the queue: each is a process of its own.

    .venv/bin/python -m tests.daemon.faults
    .venv/bin/python -m tests.daemon.faults --workers 16 --copies 20000 --faults 300 --policy hold --seconds 1800

Chance draws what befalls them next, once the relay has heard some more, which waits for it: a worker is killed; one is
frozen, its leases end, and it wakes some faults later; the leader is killed or frozen; it loses its lock in its sleep,
and goes on beside another for a moment; the database restarts as after a power cut, or is gone and its standby takes
its place; some of its connections are cut, or break in the midst of a commit. The clocks of half of them are minutes
apart. Whoever died is begun anew, and who ended by itself is asked why. In the end nothing befalls them any more until
all copies are settled. Tables tell what came of it under each policy, and how soon another led; the exit code is 1
where a promise was broken. The same ``--seed`` draws the same.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from mmap import mmap
from pathlib import Path
from random import Random
from statistics import median
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
#: Seconds until the relay has heard a copy.
_BEGINS_WITHIN = 600.0
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
    # Else the first copy waits for a leader that has many workers beside it.
    site.told("prepare")
    return site


@contextmanager
def a_relay(folder: Path) -> Iterator[tuple[RecordingRelay, Ears]]:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        hears, tells = os.pipe()
        relay = RecordingRelay(listener=listener, book=folder / "book", tells=tells, silence=mmap(-1, 1))
        number = forked(relay.serve)
        try:
            yield relay, Ears(hears, relay.silence)
        finally:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)


@dataclass(kw_only=True)
class Outcome:
    """What came of an edition."""

    told: argparse.Namespace
    kinds: Counter[str]
    #: Seconds for which faults befell them.
    seconds: float
    #: Commits that broke.
    commits: int
    #: By what befell the leader, seconds until another led.
    took: dict[str, list[float]]
    #: Messages that the relay took, and for how many readers; how many of these got more than one.
    bodies: int
    arrived: int
    twice: int
    states: Counter[str]
    #: Promises.
    broken: list[str]

    def line(self) -> str:
        return (
            f"{self.told.policy}: {self.told.workers} workers, {self.kinds.total()} faults"
            f" {dict(sorted(self.kinds.items()))} in {self.seconds:.0f} s; {self.commits} commits broken; {self.bodies}"
            f" bodies for {self.told.copies} copies: {dict(sorted(self.states.items()))}; {len(self.broken)} promises"
            " broken"
        )


def play(told: argparse.Namespace, befall: Callable[[Machines], object] = Machines.go_on) -> Outcome:
    """Sends an edition; *befall* is done once the relay has heard a copy."""
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
            if not ears.hear(1, _BEGINS_WITHIN):
                raise RuntimeError(f"nothing was sent within {_BEGINS_WITHIN:.0f} s:\n{all_.last_said()}")
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
        got = Counter(relay.book.read_text().split())
        return Outcome(
            told=told,
            kinds=all_.kinds,
            seconds=seconds,
            commits=wire.broken,
            took=all_.took,
            bodies=got.total(),
            arrived=len(got),
            twice=sum(number > 1 for number in got.values()),
            states=states,
            broken=found,
        )


# -- told in tables -------------------------------------------------------------------------------------------


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def in_tables(outcomes: Sequence[Outcome]) -> str:
    """As docs/scaling.md has them."""
    head = (
        "policy",
        "workers",
        "faults",
        "seconds",
        "copies",
        "arrived",
        "twice",
        "once in doubt",
        "in doubt at the end",
    )
    came = []
    for each in outcomes:
        told, faults = each.told, f"{each.kinds.total()} of {each.told.faults}"
        doubts = (each.states["once in doubt"], each.states["uncertain"])
        copies = (told.copies, each.arrived, each.twice, *doubts)
        came.append((told.policy, told.workers, faults, f"{each.seconds:.0f}", *copies))
    doubted = ("once in doubt", "in doubt at the end")
    head = ("policy", "workers", "faults", "seconds", "copies", "arrived", "twice", *doubted)
    kinds = sorted({kind for each in outcomes for kind in each.kinds})
    befell = [(kind, *(each.kinds[kind] for each in outcomes)) for kind in kinds]
    befell.append(("of all commits, broken", *(each.commits for each in outcomes)))
    policies = [each.told.policy for each in outcomes]
    return "\n\n".join((table(head, came), table(("what befell them", *policies), befell), takeovers(outcomes)))


def takeovers(outcomes: Sequence[Outcome]) -> str:
    took: dict[str, list[float]] = defaultdict(list)
    for each in outcomes:
        for what, seconds in each.took.items():
            took[what] += seconds
    rows = [(what, len(all_), f"{median(all_):.1f}", f"{max(all_):.1f}") for what, all_ in sorted(took.items())]
    return table(("what befell the leader", "times", "seconds until one led, as a rule", "at most"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Faults across machines, while an edition is sent.")
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--copies", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--policy", choices=("hold", "retry", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=7200.0, help="for the faults of each policy, at most")
    parser.add_argument("--seed", type=int, default=1)
    told = vars(parser.parse_args())
    policies = ("hold", "retry") if told["policy"] == "both" else (told["policy"],)
    outcomes = []
    for policy in policies:
        outcomes.append(play(argparse.Namespace(**{**told, "policy": policy}, from_sqlite=False)))
        print(outcomes[-1].line(), file=sys.stderr, flush=True)
    print(in_tables(outcomes))
    if not faketime():
        print("\nlibfaketime is not installed: all clocks were alike")
    found = [f"{each.told.policy}: {words}" for each in outcomes for words in each.broken]
    print("", *found[:20] or ["no promise was broken"], sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
