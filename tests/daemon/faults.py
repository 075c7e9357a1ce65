"""Faults across machines, while a daemon and workers send an edition by the queue: each is a process of its own.

    .venv/bin/python -m tests.daemon.faults --workers 16 --copies 100000 --faults 1000 --policy hold

Chance draws what befalls them next, once the relay has heard some more: a worker is killed; one is frozen, its leases
end, and it wakes some faults later; the leader is killed or frozen; the database restarts as after a power cut; some of
its connections are cut. Whoever died is begun anew. In the end nothing befalls them any more until all copies are
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
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from mmap import mmap
from pathlib import Path
from random import Random
from time import monotonic
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.store import subscribers
from solacefeed.store.database import Store, open_store
from solacefeed.store.locks import holder
from solacefeed.store.schema import deliveries as copies_table
from solacefeed.store.schema import editions as editions_table
from tests.deeds.killing import broken, forked
from tests.deeds.recording_relay import BODY, RecordingRelay
from tests.store.rows import lease_ends, others_alike, written
from tests.support import postgres, warm
from tests.support.blog.blog import Blog
from tests.support.blog.server import serve
from tests.support.builders import A_CONSENT
from tests.support.site import Site

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
[store]
engine = "procrastinate"
"""
#: Seconds for which more is waited for at most: where all are dead or frozen, nothing comes.
_PATIENCE = 3.0
#: Seconds until all copies are settled, once nothing befalls them any more.
_LIFE = 900.0
#: How many faults pass until one that was frozen wakes.
_FROZEN_FOR = 4


class Ears:
    """What the relay has heard, counted by a thread."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._heard = threading.Condition()
        self.bodies = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while octets := os.read(self._pipe, 65536):
            with self._heard:
                self.bodies += octets.count(BODY)
                self._heard.notify_all()

    def hear(self, number: int, seconds: float) -> bool:
        """Whether there are so many messages, after so many *seconds* at most."""
        with self._heard:
            return self._heard.wait_for(lambda: self.bodies >= number, seconds)

    def pause(self, seconds: float) -> None:
        """Lets so much time pass, or less where messages come."""
        with self._heard:
            self._heard.wait(seconds)


@dataclass(kw_only=True)
class Process:
    words: tuple[str, ...]
    command: warm.Command

    @property
    def number(self) -> int:
        return self.command.number


@dataclass(kw_only=True)
class Machines:
    """All processes of a site, and what befalls them."""

    site: Site
    server: postgres.Server
    url: str
    ears: Ears
    said: Path
    random: Random
    told: argparse.Namespace
    workers: list[Process] = field(default_factory=list)
    daemons: list[Process] = field(default_factory=list)
    #: With the number of the fault before which each wakes.
    frozen: deque[tuple[int, Process]] = field(default_factory=deque)
    kinds: Counter[str] = field(default_factory=Counter)

    def begin(self, *words: str) -> Process:
        with self.said.open("ab") as out:
            number = out.fileno()
            command = warm.Command(words, self.site.folder, {**os.environ, **self.site.environ}, out=number, err=number)
        process = Process(words=words, command=command)
        (self.daemons if words[0] == "daemon" else self.workers).append(process)
        return process

    def go_on(self) -> None:
        """Until as many faults have befallen them as were asked for, or all is sent."""
        apart = max(1, self.told.copies // (self.told.faults + 1))
        until = monotonic() + self.told.seconds
        while self.kinds.total() < self.told.faults and monotonic() < until:
            wanted = self.ears.bodies + self.random.randint(0, 2 * apart)
            self.ears.hear(wanted, _PATIENCE)
            if self.ears.bodies >= self.told.copies:
                return
            while self.frozen and self.frozen[0][0] <= self.kinds.total():
                self._wake(self.frozen.popleft()[1])
            self._strike()
            self.begin_anew()

    def settle(self) -> bool:
        """Whether all copies came to an end, with everybody awake."""
        while self.frozen:
            self._wake(self.frozen.popleft()[1])
        ends = monotonic() + _LIFE
        with closing(open_store(self.url)) as store:
            while monotonic() < ends:
                self.begin_anew()
                if not left(store):
                    return True
                self._bury(*(set(self._dead()) - {each.number for each in (*self.workers, *self.daemons)}), store=store)
                self._let_doubts_rest(store)
                self.ears.pause(1.0)
        return False

    def leader(self) -> int:
        """The process that leads."""
        with closing(open_store(self.url)) as store:
            who = holder(store, "daemon") or ""
        return int(who.split()[2])

    # -- faults ---------------------------------------------------------------------------------------

    def _strike(self) -> None:
        kind = self.random.choices(
            ("worker killed", "worker frozen", "leader killed", "leader frozen", "database", "connections"),
            (40, 25, 5, 2, 3, 25),
        )[0]
        self.kinds[kind] += 1
        match kind:
            case "worker killed":
                self._kill(self.workers)
            case "leader killed":
                self._kill(self.daemons)
            case "worker frozen":
                self._freeze(self.workers)
            case "leader frozen":
                self._freeze(self.daemons)
            case "database":
                self.server.restart_now()
            case _:
                self._cut()

    def _kill(self, among: list[Process]) -> None:
        if among:
            one = among.pop(self.random.randrange(len(among)))
            one.command.send(signal.SIGKILL)
            one.command.wait()
            self._bury(one.number)

    def _freeze(self, among: list[Process]) -> None:
        """It stands still for longer than its leases last, and others take up what it had in hand."""
        if among:
            one = among.pop(self.random.randrange(len(among)))
            one.command.send(signal.SIGSTOP)
            self._bury(one.number)
            self.frozen.append((self.kinds.total() + _FROZEN_FOR, one))

    def _wake(self, one: Process) -> None:
        one.command.send(signal.SIGCONT)
        (self.daemons if one.words[0] == "daemon" else self.workers).append(one)
        while len(self.workers) > self.told.workers:
            self._kill(self.workers)

    def _cut(self) -> None:
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with closing(open_store(self.url)) as store, store.write() as connection:
            for number in self.random.sample(connection.exec_driver_sql(asked).scalars().all(), 3):
                connection.exec_driver_sql("SELECT pg_terminate_backend(%s)", (number,))

    def begin_anew(self) -> None:
        for among in (self.workers, self.daemons):
            for one in [each for each in among if not each.command.runs]:
                # One that begins while the database restarts says so, and ends.
                among.remove(one)
        while len(self.workers) < self.told.workers:
            self.begin("worker")
        while len(self.daemons) < 2:
            self.begin("daemon", "--no-pages")

    def _let_doubts_rest(self, store: Store) -> None:
        """What is in doubt rests for a quarter of an hour, which is over at once."""
        rests = copies_table.c.next_try_at.is_not(None)
        with store.write() as connection:
            connection.execute(copies_table.update().where(rests).values(next_try_at=datetime.now(UTC)))

    # -- leases -----------------------------------------------------------------------------------------

    def _bury(self, *numbers: int, store: Store | None = None) -> None:
        """The leases of these processes end, which no database would know of so soon."""
        try:
            if store is None:
                with closing(open_store(self.url)) as opened:
                    self._bury(*numbers, store=opened)
                return
            for name in _holding(store):
                if any(f"-{number}-" in name for number in numbers):
                    lease_ends(store, worker=name)
        except StoreError:
            """The database restarts: they end once all is settled."""

    def _dead(self) -> list[int]:
        with closing(open_store(self.url)) as store:
            return [int(name.rsplit("-", 2)[1]) for name in _holding(store)]


def _holding(store: Store) -> list[str]:
    held = sa.select(copies_table.c.worker).where(copies_table.c.lease_until.is_not(None)).distinct()
    with store.read() as connection:
        return [name for name in connection.execute(held).scalars() if name is not None]


def left(store: Store) -> bool:
    """Whether an edition is still on its way."""
    with store.read() as connection:
        states = connection.execute(sa.select(editions_table.c.state)).scalars().all()
    return not states or any(state not in ("done", "draft") for state in states)


def enter(store: Store, number: int) -> None:
    def one(connection: sa.Connection) -> None:
        at = datetime.now(UTC) - timedelta(days=1)
        who = subscribers.enter(connection, email="reader1@example.org", name="", at=at)
        subscribers.subscribe(connection, who, "weekly", category_ids=None, consent=A_CONSENT, at=at)
        others_alike(connection, number)

    written(store, one)


@contextmanager
def a_relay(stack: ExitStack, folder: Path) -> Iterator[tuple[RecordingRelay, Ears]]:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=200))
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
        relay, ears = stack.enter_context(a_relay(stack, folder))
        server = stack.enter_context(postgres.serving("-c max_connections=400"))
        blog = stack.enter_context(serve(Blog(title="Officers' Blog")))
        blog.blog.url = blog.origin
        blog.blog.add("An hour ago", at=datetime.now(UTC) - timedelta(hours=1), categories=["Housing"])
        closed = datetime.now(ZoneInfo(blog.blog.time_zone)) - timedelta(minutes=5)
        port = relay.listener.getsockname()[1]
        more = MORE.format(closes=f"{closed:%a %H:%M}".lower(), port=port, policy=told.policy)
        url = server.address.format("postgres")
        site = Site.begun(folder / "site", source=blog.origin, more=more)
        site.environ["SOLACEFEED_STORE_URL"] = url
        site.told("poll")
        with closing(open_store(url)) as store:
            enter(store, told.copies)
        random = Random(told.seed)  # the same chances again
        all_ = Machines(site=site, server=server, url=url, ears=ears, said=folder / "said", random=random, told=told)
        try:
            began = monotonic()
            all_.begin_anew()
            ears.hear(1, 120)
            befall(all_)
            seconds = monotonic() - began
            settled = all_.settle()
        finally:
            for each in (*all_.workers, *all_.daemons, *(one for _, one in all_.frozen)):
                each.command.send(signal.SIGKILL)
                each.command.wait()
        with closing(open_store(url)) as store:
            found, states = broken(store, relay.book, told.policy)
        if not settled:
            found.insert(0, "not all copies came to an end")
        if "Traceback" in (said := all_.said.read_text(errors="replace")):
            found.append(f"a process had a traceback:\n{said[said.index('Traceback') - 400 :][:3000]}")
        bodies = len(relay.book.read_text().split())
        line = (
            f"{told.policy}: {told.workers} workers, {all_.kinds.total()} faults {dict(sorted(all_.kinds.items()))} in"
            f" {seconds:.0f} s; {bodies} bodies for {told.copies} copies: {dict(sorted(states.items()))};"
            f" {len(found)} promises broken"
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
    line, found = play(parser.parse_args())
    print(line)
    print(*found[:20], sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
