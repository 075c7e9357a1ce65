"""Workers on one store that die and freeze at any moment, and a relay that writes down what reaches it.

They are forked from one warm process, ``python -m tests.store.killing``, which opens no connection. Each tells a pipe
of every step that it takes, so that whoever kills them counts steps and no time.
"""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from solacefeed.models.deliveries import Delivery, DeliveryState, Lease, Mark, Outcome
from solacefeed.store import copy_claims, deliveries, delivery_ends, subscribers
from solacefeed.store.database import Store, open_store
from tests.store.rows import EDITION, everything, lease_ends, leases_end
from tests.support.builders import MONDAY

LENGTH = timedelta(minutes=5)
#: Seconds without any step, after which all are taken to hang.
ENOUGH = 120
#: Copies claimed at once, and marked together.
BATCH, GROUP = 6, 3


#: Signals that asked for it.
_TO_FREEZE: list[int] = []


# -- a worker ---------------------------------------------------------------------------------------------


def work(url: str, folder: Path, name: str, *, repeat: bool) -> None:
    """Hands over what is due until it is killed."""
    lease = Lease(worker=name, length=LENGTH)
    relay, steps = os.open(folder / "relay", os.O_WRONLY | os.O_APPEND), os.open(folder / "steps", os.O_WRONLY)
    with closing(open_store(url, create=False)) as store:
        while True:
            recover(store, worker=name, repeat=repeat)
            with store.write() as connection:
                batch = copy_claims.claim(connection, EDITION, lease=lease, limit=BATCH, at=MONDAY)
            _step(steps)
            for start in range(0, len(batch), GROUP):
                _hand_over(store, batch[start : start + GROUP], name, relay, steps)


def _step(steps: int) -> None:
    """One is done; whoever is to freeze does it here, where it holds no lock of the database."""
    os.write(steps, b".")
    if _TO_FREEZE:
        _TO_FREEZE.clear()
        os.kill(os.getpid(), signal.SIGSTOP)


def _hand_over(store: Store, group: list[Delivery], name: str, relay: int, steps: int) -> None:
    os.write(relay, "".join(f"asks {copy.id} {name}\n" for copy in group).encode())
    marks = [Mark(id=copy.id, claim=copy.claims, revision=1) for copy in group]
    with store.write() as connection:
        told = deliveries.mark_all(connection, marks, worker=name, at=MONDAY)
    _step(steps)
    going = [copy for copy in group if told.get(copy.claim_key) is DeliveryState.HANDING]
    for copy in going:
        os.write(relay, f"dot {copy.id} {name}\n".encode())
        _step(steps)
    taken = [Outcome(id=copy.id, claim=copy.claims, state=DeliveryState.ACCEPTED, answer="250") for copy in going]
    with store.write() as connection:
        deliveries.settle_all(connection, taken, worker=name, at=MONDAY)
    _step(steps)


def recover(store: Store, *, worker: str, repeat: bool) -> None:
    """As a round begins."""
    with store.write() as connection:
        deliveries.recover(connection, at=MONDAY, offer_again_at=MONDAY if repeat else None, worker=worker)
        delivery_ends.drop_ended(connection, EDITION, at=MONDAY)


def serve() -> None:
    """Forks a worker for whoever asks, and says its number."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, lambda number, _frame: _TO_FREEZE.append(number))
    for line in sys.stdin:
        name, repeat, folder, url = line.strip().split(" ", 3)
        number = os.fork()
        if number == 0:
            try:
                work(url, Path(folder), name, repeat=repeat == "retry")
            finally:
                os._exit(1)
        print(number, flush=True)


# -- whoever kills them -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Living:
    name: str
    number: int


def _is_there(living: Living) -> bool:
    try:
        os.kill(living.number, 0)
    except ProcessLookupError:
        return False
    return True


def _signal(living: Living, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(living.number, number)


@dataclass(slots=True)
class Killing:
    """Two workers at a time, and now and then one more that wakes."""

    store: Store
    url: str
    folder: Path
    forker: subprocess.Popen[str]
    #: Of steps.
    pipe: int
    repeat: bool
    chance: random.Random
    living: list[Living] = field(default_factory=list)
    frozen: list[Living] = field(default_factory=list)
    born: int = 0

    def go_on(self, kills: int) -> None:
        self._begin_two()
        for _ in range(kills):
            for _ in range(self.chance.randint(1, 25)):
                self._await_a_step()
            self._strike(self.living.pop(self.chance.randrange(len(self.living))))
            if self.chance.random() < 0.3:
                self._lose_a_reader()
            if self.frozen and self.chance.random() < 0.5:
                woken = self.frozen.pop(0)
                os.kill(woken.number, signal.SIGCONT)
                self.living.append(woken)
            self._begin_two()

    def _await_a_step(self) -> None:
        for _ in range(ENOUGH):
            ready, _, _ = select.select([self.pipe], [], [], 1)
            if ready:
                os.read(self.pipe, 1)
                return
            # One that was told to go on before it had stopped stops after that.
            for each in self.living:
                _signal(each, signal.SIGCONT)
            self._begin_two()
        with self.store.read() as connection:
            raise AssertionError(f"no worker takes a step any more: {deliveries.tally(connection)}")

    def end(self) -> None:
        """All are dead at once, and whoever comes next finishes."""
        for each in [*self.living, *self.frozen]:
            _signal(each, signal.SIGKILL)
        heir = Lease(worker="heir", length=LENGTH)
        with closing(os.fdopen(os.open(self.folder / "relay", os.O_WRONLY | os.O_APPEND), "w")) as relay:
            while self._is_left():
                # What a dead worker had asked for last may be done yet.
                leases_end(self.store, at=MONDAY)
                recover(self.store, worker=heir.worker, repeat=self.repeat)
                with self.store.write() as connection:
                    batch = copy_claims.claim(connection, EDITION, lease=heir, limit=500, at=MONDAY)
                if batch:
                    null = os.open(os.devnull, os.O_WRONLY)
                    _hand_over(self.store, batch, heir.worker, relay.fileno(), null)
                    os.close(null)

    def _is_left(self) -> bool:
        with self.store.read() as connection:
            return deliveries.has_unsettled(connection, EDITION)

    def _begin_two(self) -> None:
        # One that woke may have found that the database had given up its transaction, and ended by that.
        self.living = [each for each in self.living if _is_there(each)]
        while len(self.living) < 2:
            self.born += 1
            name = f"worker-{self.born}"
            wish = "retry" if self.repeat else "hold"
            assert self.forker.stdin is not None
            assert self.forker.stdout is not None
            print(name, wish, self.folder, self.url, file=self.forker.stdin, flush=True)
            self.living.append(Living(name, int(self.forker.stdout.readline())))

    def _strike(self, victim: Living) -> None:
        """It dies or freezes, and its lease ends before anything else is done."""
        freezes = self.chance.random() < 0.25
        _signal(victim, signal.SIGUSR1 if freezes else signal.SIGKILL)
        if freezes:
            self.frozen.append(victim)
        lease_ends(self.store, worker=victim.name)

    def _lose_a_reader(self) -> None:
        with self.store.read() as connection:
            copy = deliveries.find(connection, self.chance.randint(1, deliveries.count(connection, EDITION)))
        assert copy is not None
        with self.store.write() as connection:
            subscribers.end(connection, copy.subscriber_id, "weekly", at=MONDAY)
        with open(self.folder / "relay", "a") as relay:
            relay.write(f"left {copy.id} -\n")


@contextmanager
def killing(store: Store, url: str, folder: Path, *, repeat: bool, seed: int) -> Iterator[Killing]:
    (folder / "relay").touch()
    os.mkfifo(folder / "steps")
    pipe = os.open(folder / "steps", os.O_RDWR)
    command = [sys.executable, "-m", "tests.store.killing"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forker:
        it = Killing(store, url, folder, forker, pipe, repeat, random.Random(seed))
        try:
            yield it
        finally:
            for each in [*it.living, *it.frozen]:
                with suppress(ProcessLookupError):
                    os.kill(each.number, signal.SIGKILL)
            os.close(pipe)


# -- what the relay saw -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Seen:
    #: Final dots, by the copy's number.
    dots: Counter[int] = field(default_factory=Counter)
    #: Dots of who had left before the mark was asked for.
    after_leaving: list[int] = field(default_factory=list)


def seen_by_the_relay(folder: Path) -> Seen:
    seen, left, asked_too_late = Seen(), set(), set()
    for line in (folder / "relay").read_text().splitlines():
        what, number, name = line.split(" ")
        if what == "left":
            left.add(number)
        elif what == "asks" and number in left:
            asked_too_late.add((number, name))
        elif what == "dot":
            seen.dots[int(number)] += 1
            if (number, name) in asked_too_late:
                seen.after_leaving.append(int(number))
    return seen


def faults(store: Store, seen: Seen, *, most: int) -> list[tuple[str, Delivery]]:
    """Copies of which a promise was broken."""
    found = []
    for copy in everything(store, most=100_000):
        dots = seen.dots[copy.id]
        ends = (
            (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)
            if dots
            else (
                DeliveryState.UNCERTAIN,
                DeliveryState.CANCELLED,
            )
        )
        if dots > most:
            found.append((f"{dots} copies", copy))
        if copy.state not in ends:
            found.append((f"{copy.state} with {dots} dots", copy))
    return found


if __name__ == "__main__":
    serve()
