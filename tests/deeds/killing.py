"""Workers that are killed while they deliver over several connections, and a relay that records what it took.

    .venv/bin/python -m tests.deeds.killing --kills 10000 --starts 100 --copies 100000 --editions 50 --policy hold

One warm process prepares an edition, hands over a few copies of it, and then forks one worker after the other; some
begin as a program does (``--starts``). Each dies of SIGKILL at a moment that chance draws: when the relay has heard so
many lines and messages, some milliseconds after that, or while it owes the answer to a final dot. In the end one is
let live. A line tells what came of it; the exit code is 1 where a promise was broken. The same ``--seed`` draws the
same chances; ``--postgresql --workers 2`` has two at a time on a PostgreSQL of their own.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from mmap import mmap
from pathlib import Path
from random import Random
from select import select
from time import monotonic

import sqlalchemy as sa

from solacefeed.deeds.delivering.taken_mail import TakenMail
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.models.digests import Digest
from solacefeed.store import deliveries
from solacefeed.store.database import Store, open_store
from solacefeed.store.home_log import HomeLog
from solacefeed.store.schema import deliveries as copies_table
from tests.deeds.recording_relay import BODY, EVENTS, RecordingRelay
from tests.deeds.world import World
from tests.store.rows import lease_ends, others_alike
from tests.support import postgres
from tests.support.builders import MONDAY, a_digest, a_source_post

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
EDITION = "weekly/2026-11-23"
#: Longer than a copy in doubt rests; so much later it is for each worker than for the one before.
_STEP = timedelta(minutes=16)
#: After so many kills it is asked anew how much is left to do.
_OFTEN = 50
#: Copies handed over before the killing begins, for what is made once.
_WARMING = 12
#: Seconds for what a living worker has to do at most.
_LIFE = 3600
#: Of the share of connections that are between mark and answer when their worker dies.
_CAUGHT = 0.7


# -- workers --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the workers work."""

    url: str
    port: int
    policy: str


def forked(work: Callable[[], object]) -> int:
    number = os.fork()
    if number:
        return number
    try:
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def deliver(store: Store, site: Site, connections: int, generation: int, *, most: int | None = None) -> None:
    """One round of a worker of its own, of *most* copies where that is said."""
    world = World(store, crawled=False, connections=connections, repeat_uncertain=site.policy == "retry")
    world.digest = patient()
    world.clock.now = MONDAY + generation * _STEP
    if store.file:
        # Of the mail that the relay took, and that a dead one had not written down.
        world.taken = TakenMail(HomeLog(path=store.file.with_name("home.log")), world.clock)
    world.transports = partial(SmtpTransport, host="127.0.0.1", port=site.port, tls="none")
    if most is not None:
        turns = iter(range(most))
        world.stop = lambda: next(turns, None) is None
    world.deliver()


def begin_anew(site: Site, connections: int, generation: int) -> None:
    """The same by a program that starts."""
    words = (site.url, site.port, site.policy, connections, generation)
    os.execv(sys.executable, [sys.executable, "-m", "tests.deeds.killing", "--worker", *map(str, words)])


def started(words: list[str]) -> None:
    url, port, policy, connections, generation = words
    with closing(open_store(url)) as store:
        deliver(store, Site(url=url, port=int(port), policy=policy), int(connections), int(generation))


def patient() -> Digest:
    return replace(a_digest(), max_late=timedelta(days=3650))


def prepare(store: Store, copies: int) -> None:
    world = World(store)
    world.digest = patient()
    world.join_at_once({"reader1": None})
    with store.write() as connection:
        others_alike(connection, copies)
    world.appear(POST)
    world.prepare()


# -- a clerk, who looks into the store while workers die: whoever forks them opens nothing --------------------


class Clerk:
    """A process of its own."""

    def __init__(self, url: str) -> None:
        self._ours, theirs = socket.socketpair()
        self.number = forked(partial(_answer, url, theirs))
        theirs.close()

    def left(self) -> int:
        """How many copies may still move by themselves."""
        return self._ask("left")

    def bury(self, workers: Sequence[int]) -> None:
        """The leases of these processes end, which no database would know of so soon."""
        self._ask(f"bury {' '.join(map(str, workers))}")

    def end(self) -> None:
        os.kill(self.number, signal.SIGKILL)
        os.waitpid(self.number, 0)
        self._ours.close()

    def _ask(self, line: str) -> int:
        self._ours.sendall(f"{line}\n".encode())
        return int(self._ours.recv(100))


def _answer(url: str, wire: socket.socket) -> None:
    with closing(open_store(url)) as store, wire.makefile("r") as lines:
        for line in lines:
            said = 0
            if line.startswith("left"):
                with store.read() as connection:
                    said = int(deliveries.has_unsettled(connection, EDITION))
            else:
                _end_leases(store, {f"-{number}-" for number in line.split()[1:]})
            wire.sendall(str(said).encode())


def _end_leases(store: Store, numbers: set[str]) -> None:
    held = sa.select(copies_table.c.worker).where(copies_table.c.lease_until.is_not(None)).distinct()
    with store.read() as connection:
        workers = {name for name in connection.execute(held).scalars() if name is not None}
    dead = [name for name in workers if any(number in name for number in numbers)]
    for name in dead:
        lease_ends(store, worker=name)


# -- whoever kills them ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """When a worker dies."""

    #: Of what the relay has heard.
    events: int
    #: Seconds after that.
    later: float = 0.0
    #: Messages whose final dots the relay owes an answer, after that.
    unanswered: int = 0

    @property
    def kind(self) -> str:
        return "unanswered" if self.unanswered else "later" if self.later else "at once"


@dataclass(slots=True)
class Killing:
    """Workers that live, and what became of the others."""

    site: Site
    relay: RecordingRelay
    #: Where the relay tells what it hears.
    hears: int
    store: Store
    told: argparse.Namespace
    random: Random
    living: list[int] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    generation: int = 0
    #: Workers that began as a program does.
    starts: int = 0
    #: Workers that had nothing left to do, since it was asked how much there is.
    idle: int = 0
    #: Copies that each of those to be killed may use up.
    share: float = 0.0

    @property
    def kills(self) -> int:
        return sum(self.kinds.values())

    def warm_up(self) -> None:
        """What is made once is made here: statements, templates, an edition's words, and what a dead one leaves."""
        for _ in range(2):
            deliver(self.store, self.site, self.told.connections, self.generation, most=_WARMING)
            for thread in threading.enumerate():
                if thread is not threading.current_thread():
                    thread.join()
            self.store.close()
            self._begin()
            self._strike(Moment(events=2 * EVENTS))
        gc.freeze()

    def go_on(self, clerk: Clerk) -> None:
        """Kills as many as it is told to, or until there is no time or no work left."""
        until = monotonic() + self.told.seconds
        while self.kills < self.told.kills and monotonic() < until and not self.failed:
            if (self.kills % _OFTEN == 0 or self.idle) and not self._is_left(clerk):
                return
            while len(self.living) < self.told.workers:
                self._begin()
            self._strike(self._moment())
            if self.told.workers > 1:
                clerk.bury(self.dead[-1:])

    def _is_left(self, clerk: Clerk) -> bool:
        left, self.idle = clerk.left(), 0
        self.share = left / max(1, self.told.kills - self.kills)
        clerk.bury(self.dead[-2 * _OFTEN :])
        return left > 0

    def end(self, clerk: Clerk) -> None:
        """All are dead at once, and whoever comes next finishes."""
        for number in self.living:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
        self.dead += self.living
        self.living.clear()
        while clerk.left() and not self.failed:
            clerk.bury(self.dead)
            self._begin(warm=True)
            number = self.living.pop()
            self._hear_until(lambda: False, number, _LIFE)
            _, status = os.waitpid(number, 0)
            if status:
                self.failed.append(f"the worker that was to live has ended with {status}")

    def _begin(self, *, warm: bool = False) -> None:
        self.generation += 1
        connections = self.random.randint(1, self.told.connections)
        cold = self.told.starts and self.generation % max(1, self.told.kills // self.told.starts) == 0
        work = partial(begin_anew, self.site) if cold and not warm else partial(deliver, self.store, self.site)
        self.living.append(forked(partial(work, connections, self.generation)))
        self.starts += bool(cold and not warm)

    def _moment(self) -> Moment:
        caught = _CAUGHT * (1 + self.told.connections) / 2
        mean = EVENTS * max(0.5, self.share - caught)
        events = int(self.random.expovariate(1 / mean))
        match self.random.randrange(4):
            case 0:
                return Moment(events)
            case 1:
                return Moment(events, unanswered=self.random.randint(1, self.told.connections))
            case 2:
                return Moment(events, later=self.random.uniform(0, 0.015))
            case _:
                return Moment(0, later=self.random.uniform(0, 0.1)) if events < EVENTS else Moment(events)

    def _strike(self, moment: Moment) -> None:
        """One of the living dies."""
        number = self.living.pop(self.random.randrange(len(self.living)))
        heard = Counter[int]()

        def enough() -> bool:
            return sum(heard.values()) >= moment.events

        try:
            self._hear_until(enough, number, _LIFE, heard)
            if moment.unanswered:
                self.relay.silence[0] = 1
                heard.clear()
                self._hear_until(lambda: heard[BODY[0]] >= moment.unanswered, number, 0.1, heard)
            if moment.later:
                select([], [], [], moment.later)
            os.kill(number, signal.SIGKILL)
            _, status = os.waitpid(number, 0)
        finally:
            self.relay.silence[0] = 0
        self.dead.append(number)
        if os.WIFSIGNALED(status):
            self.kinds[moment.kind] += 1
        elif status:
            self.failed.append(f"a worker has ended by itself, with {status}")
        else:
            self.idle += 1

    def _hear_until(
        self, enough: Callable[[], bool], worker: int, seconds: float, heard: Counter[int] | None = None
    ) -> None:
        """Until the relay has heard enough, the worker has ended by itself, or time is over."""
        until = monotonic() + seconds
        while not enough() and (left := until - monotonic()) > 0:
            if select([self.hears], [], [], min(left, 0.05))[0]:
                octets = os.read(self.hears, 1 if heard is not None else 65536)
                if heard is not None:
                    heard.update(octets)
            elif os.waitid(os.P_PID, worker, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return


# -- what came of it ------------------------------------------------------------------------------------------


def broken(store: Store, book: Path, policy: str) -> tuple[list[str], Counter[str]]:
    """Which promises were broken, and how many copies are in each state, were once in doubt, and did not arrive."""
    got = Counter(book.read_text().split())
    asked = sa.select(copies_table.c.email, copies_table.c.state, copies_table.c.doubts)
    with store.read() as connection:
        rows = connection.execute(asked).all()
    most = 1 if policy == "hold" else 2
    found = [f"{email} has {number} copies" for email, number in got.items() if number > most]
    for row in rows:
        number = got[row.email]
        if row.state not in ("accepted", "uncertain"):
            found.append(f"{row.email}'s copy is {row.state}")
        if row.state == "accepted" and not number:
            found.append(f"{row.email}'s copy is accepted, and the relay has none")
        if number > 1 and not row.doubts:
            found.append(f"{row.email} has {number} copies, and nothing was in doubt")
    states = Counter(row.state for row in rows)
    states["once in doubt"] = sum(row.doubts > 0 for row in rows)
    states["uncertain, and did not arrive"] = sum(not got[row.email] for row in rows)
    return found, states


@contextmanager
def a_database(folder: Path, *, on_postgresql: bool) -> Iterator[str]:
    if not on_postgresql:
        yield f"sqlite:///{folder}/store.db"
        return
    with postgres.running() as address:
        yield address.format("postgres")


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Kills workers while they deliver.")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--starts", type=int, default=0, help="of them, workers that begin as a program does")
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--editions", type=int, default=1, help="that have the copies, one after the other")
    parser.add_argument("--connections", type=int, default=8, help="of a worker, at most")
    parser.add_argument("--policy", choices=("hold", "retry"), default="retry")
    parser.add_argument("--workers", type=int, default=1, help="at a time; several on PostgreSQL alone")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--seconds", type=float, default=86400.0, help="for killing, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", nargs=5, help=argparse.SUPPRESS)
    return parser.parse_args()


@dataclass(slots=True)
class Sum:
    """Of all editions."""

    kinds: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    bodies: int = 0
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)

    def line(self, policy: str, copies: int) -> str:
        kills = self.kinds.total()
        return (
            f"{policy}: {kills} killed ({dict(sorted(self.kinds.items()))}, {self.starts} begun as programs are),"
            f" {kills / self.seconds:.1f} a second; {self.bodies} bodies for {copies} copies:"
            f" {dict(sorted(self.states.items()))}; {len(self.broken)} promises broken"
        )


def kill_through_an_edition(told: argparse.Namespace, seed: int, sum_: Sum) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(a_database(folder, on_postgresql=told.postgresql))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
        hears, tells = os.pipe()
        stack.callback(os.close, hears)
        stack.callback(os.close, tells)
        relay = RecordingRelay(listener=listener, book=folder / "book", tells=tells, silence=mmap(-1, 1))
        server = forked(relay.serve)
        stack.callback(os.waitpid, server, 0)
        stack.callback(os.kill, server, signal.SIGKILL)
        store = stack.enter_context(closing(open_store(url)))
        prepare(store, told.copies)
        site = Site(url=url, port=listener.getsockname()[1], policy=told.policy)
        killing = Killing(site, relay, hears, store, told, Random(seed))  # the same chances again
        killing.warm_up()
        clerk, began = Clerk(url), monotonic()
        killing.go_on(clerk)
        sum_.seconds += monotonic() - began
        killing.end(clerk)
        clerk.end()
        found, states = broken(store, relay.book, told.policy)
        sum_.bodies += len(relay.book.read_text().split())
    sum_.kinds += killing.kinds
    sum_.starts += killing.starts
    sum_.states += states
    sum_.broken += [*killing.failed, *found]


def main() -> None:
    told = asked()
    if told.worker:
        started(told.worker)
        return
    # In parts: how long a worker takes to begin goes by how many copies its edition has.
    parts, all_copies, until = told.editions, told.copies, monotonic() + told.seconds
    for name in ("kills", "starts", "copies"):
        setattr(told, name, getattr(told, name) // parts)
    total, done = Sum(), 0
    while done < parts and monotonic() < until and not total.broken:
        told.seconds = until - monotonic()
        kill_through_an_edition(told, told.seed * 1000 + done, total)
        done += 1
        print(f"edition {done}: {total.line(told.policy, done * told.copies)}", file=sys.stderr, flush=True)
    print(total.line(told.policy, all_copies * done // parts))
    print(*total.broken[:20], sep="\n", end="\n" if total.broken else "")
    sys.exit(1 if total.broken else 0)


if __name__ == "__main__":
    main()
