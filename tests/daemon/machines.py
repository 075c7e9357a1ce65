"""The processes of a site, each as on a machine of its own, and what befalls them."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from mmap import mmap
from pathlib import Path
from random import Random
from time import monotonic

import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.store.database import Store, unopened_store
from solacefeed.store.locks import DAEMON, advisory_name, holder
from solacefeed.store.schema import deliveries as copies_table
from solacefeed.store.schema import editions as editions_table
from tests.deeds.recording_relay import BODY
from tests.store.rows import lease_ends
from tests.support import warm
from tests.support.site import Site
from tests.support.standby import Pair
from tests.support.weak_wire import WeakWire

#: What befalls them, and how often of a hundred times.
KINDS = {
    "worker killed": 38,
    "worker frozen": 22,
    "leader killed": 5,
    "leader frozen": 2,
    "two leaders": 2,
    "database": 3,
    "failover": 1,
    "connections": 15,
    "commits": 12,
}
#: Seconds for which more is waited for at most: where all are dead or frozen, nothing comes.
_PATIENCE = 3.0
#: Seconds until all copies are settled, once nothing befalls them any more.
_LIFE = 900.0
#: Seconds within which another leads.
_LEADS_WITHIN = 15.0
#: How many faults pass until one that was frozen wakes.
_FROZEN_FOR = 4
#: Seconds by which clocks are ahead or behind: of half of all, by none.
_CLOCKS = (0, 0, 0, -420, 300, 600)
#: What one says that has begun, and what a daemon that ends by itself, since another leads.
_WAITS, _LEADS = "this one waits for its end", "daemon: polls every"
_HAS_BEGUN = ("worker: hands over queued mail", _LEADS, _WAITS)
_WAS_DEPOSED = "has taken over, since this one gave no sign of life for too long"


class Ears:
    """What the relay has heard, counted by a thread, which lets it be silent once it has heard as much as it may."""

    def __init__(self, pipe: int, silence: mmap) -> None:
        self._pipe = pipe
        self._silence = silence
        self._heard = threading.Condition()
        self._most: int | None = None
        self.bodies = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while octets := os.read(self._pipe, 65536):
            with self._heard:
                self.bodies += octets.count(BODY)
                self._be_silent_or_not()
                self._heard.notify_all()

    def _be_silent_or_not(self) -> None:
        self._silence[0] = self._most is not None and self.bodies >= self._most

    def answer_until(self, most: int | None) -> None:
        """Behind so many messages it takes what is in hand, and answers no final dot until it may go on."""
        with self._heard:
            self._most = most
            self._be_silent_or_not()

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
    #: What it says.
    said: Path
    #: How often the database had been away when it began.
    since: int

    @property
    def number(self) -> int:
        return self.command.number

    @property
    def waits(self) -> bool:
        """Whether it has come to wait for another's end, and has not led since: one that was overtaken ends."""
        said = self.said.read_text(errors="replace")
        return said.rfind(_WAITS) > said.rfind(_LEADS)

    def why_wrong(self, away: int) -> str | None:
        """Why it should not have ended by itself as it did, where the database was *away* so often by now."""
        code, said = self.command.wait(), self.said.read_text(errors="replace")
        if code == 1 and self.words[0] == "daemon" and _WAS_DEPOSED in said:
            return None
        if code == 1 and away > self.since and not any(words in said for words in _HAS_BEGUN):
            return None
        return f"a {self.words[0]} has ended by itself, with {code}:\n{said[-1000:]}"


@dataclass(kw_only=True)
class Machines:
    """All processes of a site, and what befalls them."""

    site: Site
    pair: Pair
    wire: WeakWire
    ears: Ears
    #: Where each process has a file for what it says.
    said: Path
    random: Random
    told: argparse.Namespace
    workers: list[Process] = field(default_factory=list)
    daemons: list[Process] = field(default_factory=list)
    #: With the number of the fault before which each wakes.
    frozen: deque[tuple[int, Process]] = field(default_factory=deque)
    kinds: Counter[str] = field(default_factory=Counter)
    #: How often the database was away.
    away: int = 0
    begun: int = 0
    wrong: list[str] = field(default_factory=list)
    #: By what befell the leader, seconds until the other one led, where one waited.
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def begin(self, *words: str) -> Process:
        self.begun += 1
        path = self.said / f"{words[0]}-{self.begun}"
        apart = warm.clock_apart(self.random.choice(_CLOCKS))
        with path.open("wb") as out:
            number = out.fileno()
            around = {**os.environ, **self.site.environ, **apart}
            command = warm.Command(words, self.site.folder, around, out=number, err=number)
        process = Process(words=words, command=command, said=path, since=self.away)
        (self.daemons if words[0] == "daemon" else self.workers).append(process)
        return process

    def go_on(self) -> None:
        """Until as many faults have befallen them as were asked for, over all copies: the relay waits for them."""
        apart = self.told.copies / (self.told.faults + 2)
        until = monotonic() + self.told.seconds
        while self.kinds.total() < self.told.faults and monotonic() < until:
            most = int(apart * (self.kinds.total() + 2))
            self.ears.answer_until(most)
            self.ears.hear(self.random.randint(min(self.ears.bodies, most), most), _PATIENCE)
            while self.frozen and self.frozen[0][0] <= self.kinds.total():
                self._wake(self.frozen.popleft()[1])
            self.befall(self.random.choices([*KINDS], [*KINDS.values()])[0])
            self.begin_anew()
        self.ears.answer_until(None)

    def meet_each(self) -> None:
        """Each kind of fault once, while copies go."""
        for number, kind in enumerate(KINDS):
            self.ears.hear(self.told.copies * (number + 1) // (len(KINDS) + 2), _PATIENCE)
            self.befall(kind)
            self.begin_anew()

    def settle(self) -> bool:
        """Whether all copies came to an end, with everybody awake."""
        while self.frozen:
            self._wake(self.frozen.popleft()[1])
        self.wire.break_commits(0)
        ends = monotonic() + _LIFE
        while monotonic() < ends:
            self.begin_anew()
            # The database may not answer a machine that has too much else to do.
            with suppress(StoreError), self.opened() as store:
                if not left(store):
                    return True
                self._bury(*(set(_dead(store)) - {each.number for each in (*self.workers, *self.daemons)}))
                _let_doubts_rest(store)
            self.ears.pause(1.0)
        return False

    def end(self) -> None:
        for each in (*self.workers, *self.daemons, *(one for _, one in self.frozen)):
            each.command.send(signal.SIGKILL)
            each.command.wait()

    def last_said(self) -> str:
        """The end of what each has said."""
        files = sorted(self.said.iterdir())
        return "\n".join(f"{each.name}: {each.read_text(errors='replace')[-500:]}" for each in files)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The store, by a wire of our own."""
        with closing(unopened_store(self.pair.address.format("postgres"))) as store:
            yield store

    def leader(self) -> Process | None:
        """Whichever leads; ``None`` while nobody does, or one that is frozen."""
        with self.opened() as store:
            who = holder(store, DAEMON)
        # One that has just come has no name yet.
        number = next((word for word in (who or "").split() if word.isdecimal()), None)
        return next((each for each in self.daemons if str(each.number) == number), None)

    # -- faults ---------------------------------------------------------------------------------------

    def befall(self, kind: str) -> None:
        """Lets a fault of that *kind* happen; one that the database does not let us do counts for none."""
        self.kinds[kind] += 1
        try:
            self._do(kind)
        except StoreError:
            self.kinds[kind] -= 1

    def _do(self, kind: str) -> None:
        match kind:
            case "worker killed":
                self._kill(self.workers)
            case "leader killed":
                with self.timed("killed"):
                    self.kill_leader()
            case "worker frozen":
                self._freeze(self.workers)
            case "leader frozen":
                with self.timed("frozen"):
                    self._freeze(self.daemons, self.leader())
            case "two leaders":
                self._let_two_lead()
            case "database":
                self.away += 1
                with self.timed("database restarted"):
                    self.pair.restart_now()
            case "failover":
                with self.timed("failed over"):
                    self._fail_over()
                # Another one follows from now on.
                self.pair.follow()
            case "connections":
                self.away += 1
                self._cut()
            case _:
                self.away += 1
                self.wire.break_commits(self.random.randint(1, 3))

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """How long it takes from *what* befell the leader until another leads, or the same again, where one waited."""
        leader = self.leader()
        others = [each for each in self.daemons if each is not leader and each.command.runs]
        waits = leader is not None and any(each.waits for each in others)
        began = monotonic()
        yield
        if not waits:
            return
        gone = leader if what in ("killed", "frozen") else None
        while (now := self._leads_now()) is None or now is gone:
            if monotonic() > began + _LIFE:
                self.wrong.append(f"nobody led {_LIFE:.0f} s after it was {what}")
                return
            self.ears.pause(0.05)
        self.took[what].append(monotonic() - began)

    def _leads_now(self) -> Process | None:
        try:
            return self.leader()
        except StoreError:
            return None

    def kill_leader(self) -> Process | None:
        one = self.leader()
        if one is not None:
            self._kill(self.daemons, one)
        return one

    def _kill(self, among: list[Process], one: Process | None = None) -> None:
        if among:
            one = one or self.random.choice(among)
            among.remove(one)
            if self._runs(one):
                one.command.send(signal.SIGKILL)
                one.command.wait()
            self._bury(one.number)

    def _freeze(self, among: list[Process], one: Process | None = None) -> None:
        """It stands still for longer than its leases last, and others take up what it had in hand."""
        if among:
            one = one or self.random.choice(among)
            among.remove(one)
            if self._runs(one):
                one.command.send(signal.SIGSTOP)
                self._bury(one.number)
                self.frozen.append((self.kinds.total() + _FROZEN_FOR, one))

    def _wake(self, one: Process) -> None:
        one.command.send(signal.SIGCONT)
        (self.daemons if one.words[0] == "daemon" else self.workers).append(one)
        while len(self.workers) > self.told.workers:
            self._kill(self.workers)

    def _let_two_lead(self) -> None:
        """The leader stands still while its lock is taken from it, and goes on as if it led when another does."""
        one = self.leader()
        if one is None:
            return
        self.away += 1
        one.command.send(signal.SIGSTOP)
        held = (
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND objid = (hashtext(%s)::bigint & 4294967295)::oid"
        )
        with self.opened() as store, store.write() as connection:
            connection.exec_driver_sql(held, (advisory_name(DAEMON),))
        ends = monotonic() + _LEADS_WITHIN
        while self.leader() in (None, one) and monotonic() < ends:
            self.ears.pause(0.1)
        one.command.send(signal.SIGCONT)

    def _fail_over(self) -> None:
        """The database goes to its standby."""
        self.away += 1
        self.pair.fail_over()
        self.wire.lead_to(self.pair.leads.folder)

    def _cut(self) -> None:
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with self.opened() as store, store.write() as connection:
            found = connection.exec_driver_sql(asked).scalars().all()
            for number in self.random.sample(found, min(3, len(found))):
                connection.exec_driver_sql("SELECT pg_terminate_backend(%s)", (number,))

    def begin_anew(self) -> None:
        for among in (self.workers, self.daemons):
            for one in [each for each in among if not self._runs(each)]:
                among.remove(one)
        while len(self.workers) < self.told.workers:
            self.begin("worker")
        while len(self.daemons) < 2:
            self.begin("daemon", "--no-pages")

    def _runs(self, one: Process) -> bool:
        """Whether it does; where it has ended by itself, it is asked whether it should have."""
        if one.command.runs:
            return True
        if why := one.why_wrong(self.away):
            self.wrong.append(why)
        return False

    def _bury(self, *numbers: int) -> None:
        """The leases of these processes end, which no database would know of so soon."""
        try:
            with self.opened() as store:
                for name in _holding(store):
                    if any(f"-{number}-" in name for number in numbers):
                        lease_ends(store, worker=name)
        except StoreError:
            """The database restarts: they end once all is settled."""


def _holding(store: Store) -> list[str]:
    held = sa.select(copies_table.c.worker).where(copies_table.c.lease_until.is_not(None)).distinct()
    with store.read() as connection:
        return [name for name in connection.execute(held).scalars() if name is not None]


def _dead(store: Store) -> list[int]:
    return [int(name.rsplit("-", 2)[1]) for name in _holding(store)]


def _let_doubts_rest(store: Store) -> None:
    """What is in doubt rests for a quarter of an hour, which is over at once, by whoever's clock."""
    rests = copies_table.c.next_try_at.is_not(None)
    with store.write() as connection:
        over = datetime.now(UTC) - timedelta(hours=1)
        connection.execute(copies_table.update().where(rests).values(next_try_at=over))


def left(store: Store) -> bool:
    """Whether an edition is still on its way."""
    with store.read() as connection:
        states = connection.execute(sa.select(editions_table.c.state)).scalars().all()
    return not states or any(state not in ("done", "draft") for state in states)
