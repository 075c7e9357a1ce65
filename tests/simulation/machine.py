"""The machine on which a site runs: it does the deeds, dies at a step of its story, fills its disk, and has company."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from solacefeed.config import Config
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.editions.decisions import resume
from solacefeed.deeds.editions.desk_acts import drop, hold, keep
from solacefeed.deeds.people.suppressing import allow_again
from solacefeed.errors import Busy, SolacefeedError, UsageError
from solacefeed.models.deliveries import Message
from solacefeed.models.editions import EditionState
from solacefeed.store import editions
from solacefeed.store.database import Store
from solacefeed.store.schema import paces, suppressions
from tests.simulation.blog import Blog
from tests.simulation.clock import Clock
from tests.simulation.documents import Documents
from tests.simulation.dying import DyingStore, Fate
from tests.simulation.facts import (
    Deed,
    DeliveryBegins,
    Died,
    Dying,
    Edited,
    Fact,
    Looked,
    Published,
    RefusalsTaken,
    Restored,
    Suppressed,
)
from tests.simulation.process import Process
from tests.simulation.relay import Relay
from tests.simulation.story import Edit, Spell, StandsStill
from tests.simulation.troubles import Troubles
from tests.support.bounced_mail import arf, dsn
from tests.support.fakes import Killed

R = TypeVar("R")

#: How long the operator takes to have an edition go on that the relay has paused.
RESUMED_AFTER = timedelta(hours=3)
#: On PostgreSQL, where several deliver: until what a dead worker had in hand may be taken up by another.
BEHIND_LEASES = timedelta(minutes=6)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: How far the clock leaps: further than any believes.
LEAP = timedelta(days=400)
#: By what a process touches a file.
TOUCHES = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "os.chmod"})
#: What a second process may do while the first one does a deed, so that the order of what they tell is plain.
BESIDE: dict[Deed, tuple[Deed, ...]] = {
    "poll": ("poll", "prepare", "publish", "deliver"),
    "prepare": ("prepare", "publish"),
    "publish": ("publish", "prepare", "deliver"),
    "deliver": ("deliver", "publish"),
}


@dataclass
class Machine:
    """*facts* is where it writes down what it did."""

    config: Config
    folder: Path
    store: Store
    clock: Clock
    blog: Blog
    relay: Relay
    documents: Documents
    facts: list[Fact]
    troubles: Troubles = field(default_factory=Troubles)

    def __post_init__(self) -> None:
        self._fate = Fate()
        #: As the process meets it; what readers do by themselves kills nobody.
        self._dying = DyingStore(self.store.engine, self._fate)
        self.begin_process()

    def begin_process(self) -> None:
        self.process = Process(self.config, self.folder, clock=self.clock, blog=self.blog, relay=self.relay)

    def restart(self, config: Config) -> None:
        """The operator has written another config, and begins the program anew."""
        self.config = config
        self.begin_process()

    def is_in(self, *what: str) -> Spell | None:
        return self.troubles.spell(self.clock.true, *what)

    def set_clock(self) -> None:
        self.clock.leap = LEAP if self.is_in("clock leapt") else timedelta(0)

    def comes_back(self, message: Message, what: str) -> None:
        """A report of that mail comes into the mailbox of bounces."""
        self.troubles.came_back.add(message.recipient.partition("@")[0])
        headers = message.content.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")
        mail = f"Return-Path: <{message.sender}>\n{headers}\n"
        make = dsn if what == "no such mailbox" else arf
        for folder in ("cur", "new", "tmp"):
            (self._mailbox / folder).mkdir(parents=True, exist_ok=True)
        report = make(to=message.sender, recipient=message.recipient, mail=mail)
        (self._mailbox / "new" / sha256(report).hexdigest()[:16]).write_bytes(report)

    @property
    def _mailbox(self) -> Path:
        there = self.config.bounces.maildir
        assert there is not None
        return there

    def read_bounces(self) -> None:
        """As each look for mail does first."""
        if not self.troubles.came_back or self.clock.leap or self.is_in("disk full"):
            return
        self.process.bounces.read(self.store, [self._mailbox])
        for reader in sorted(self.troubles.came_back):
            self.facts.append(Suppressed(at=self.clock.true, reader=reader))
        self.troubles.came_back.clear()

    def take_refusals(self) -> frozenset[str]:
        """As each look for mail does next; whose address is not mailed any more for what the relay has said of it."""
        if self.clock.leap or self.is_in("disk full"):
            return frozenset()
        before = self._suppressed()
        _, troubles = self.process.bounces.look(self.store)
        assert not troubles, troubles
        readers = self._suppressed() - before
        self.facts.append(RefusalsTaken(at=self.clock.true, readers=readers))
        return readers

    def _suppressed(self) -> frozenset[str]:
        with self.store.read() as connection:
            addresses = connection.execute(sa.select(suppressions.c.canonical)).scalars()
            return frozenset(each.partition("@")[0] for each in addresses)

    def lift(self, reader: str) -> bool:
        """Whether there was something to take back."""
        if reader in self.troubles.came_back or not allow_again(self.store, self.clock, f"{reader}@example.org"):
            return False
        self.facts.append(Restored(at=self.clock.true, reader=reader))
        return True

    def edits(self, step: Edit) -> None:
        """An editor looks at what the daemon has drafted by now; what they can't do as it stands is not done."""
        if self.clock.leap or self.is_in("disk full", "machine off"):
            return
        self.prepare()
        with self.store.read() as connection:
            waiting = [each for each in editions.waiting(connection, step.digest) if each.cadence is not None]
        if not waiting:
            return
        edition = waiting[0]
        by, post = "an editor", str(step.post)
        acts: dict[str, Callable[[], object]] = {
            "approve": lambda: self.process.mail.approve(self.store, edition.id, by=by),
            "hold": lambda: hold(self.store, self.clock, edition.id, by=by),
            "release": lambda: self.process.mail.release(self.store, edition.id, by=by),
            "drop": lambda: drop(self.store, self.clock, edition.id, post, f"Post {post}", by=by),
            "keep": lambda: keep(self.store, self.clock, edition.id, post, f"Post {post}", by=by),
        }
        with suppress(UsageError):
            acts[step.what]()
            name = edition.mail_name.replace("/", "-")
            self.facts.append(
                Edited(at=self.clock.true, digest=step.digest, edition=name, what=step.what, post=step.post)
            )

    # -- the deeds -----------------------------------------------------------------------------------

    def poll(self) -> bool:
        """Whether it worked."""
        if self._did("poll", lambda: self.process.posts.poll(self._dying)):
            self.looked("poll")
            return True
        return False

    def prepare(self) -> None:
        if done := self._did("prepare", lambda: self.process.mail.prepare(self._dying)):
            self.looked("prepare", words=done.news)

    def answer(self) -> None:
        """Answers what was asked on forms."""
        self._did_beside(lambda: self.process.people.answer(self._dying))

    def publish(self) -> None:
        if self.troubles.dies_at_file is not None and self.store.file is not None:
            self._publish_and_die(self.troubles.dies_at_file)
        if done := self._did("publish", lambda: self.process.publishing.publish(self._dying)):
            self.looked("publish", words=done.line())
        self.troubles.has_to_publish = not done
        self._note_documents()

    def deliver(self) -> None:
        if not self.is_in("disk full"):
            self._resume_what_is_paused()
        if not self.clock.leap:
            self.facts.append(DeliveryBegins(at=self.clock.true))
        if done := self._did("deliver", self._hand_over):
            if done.pauses and self.troubles.paused_since is None:
                self.troubles.paused_since = self.clock.true
            self.looked("deliver", whole=not (done.trouble or done.pauses or done.lost), words=done.line())
        elif self.is_in("disk full"):
            # What the relay said last may not have been written down.
            self.facts.append(Died(at=self.clock.true, deed="deliver"))

    def _hand_over(self) -> DeliverResult:
        """A round, and where mail goes slower since some was deferred, as many as the seconds between them take."""
        done = self.process.mail.deliver(self._dying)
        while not self.clock.leap and done.moved() and self._is_for_seconds(done.paced_until):
            self._let_seconds_pass()
            done = self.process.mail.deliver(self._dying)
        return done

    def _let_seconds_pass(self) -> None:
        with self.store.write() as connection:
            connection.execute(paces.update().values(used_until=LONG_AGO))

    def _is_for_seconds(self, until: datetime | None) -> bool:
        return until is not None and until <= self.clock() + timedelta(minutes=1)

    def looked(self, deed: Deed, *, whole: bool = True, words: str = "") -> None:
        self.facts.append(Looked(at=self.clock.true, deed=deed, well=True, whole=whole, words=words))

    def _note_documents(self) -> None:
        documents = self.documents.look()
        self.facts.append(Published(at=self.clock.true, clock=self.clock(), documents=documents))

    # -- what befalls them ---------------------------------------------------------------------------

    def _did(self, deed: Deed, work: Callable[[], R]) -> R | None:
        """What came of *work*; ``None`` where it did not work. A process that dies begins again at once."""
        self._is_to_meet(deed)
        try:
            while True:
                try:
                    with self._room_on_disk():
                        return work()
                except Killed:
                    self._fate.transaction = None
                    self.begin_process()
                    self._died(deed)
                except SolacefeedError as error:
                    if self._fate.has_broken_off:
                        # The next look goes on, without knowing what of this one was kept.
                        self._fate.has_broken_off = False
                        self._died(deed, what="broke off")
                        continue
                    words = f"{type(error).__name__}: {error}"
                    self.facts.append(Looked(at=self.clock.true, deed=deed, well=False, whole=False, words=words))
                    return None
        finally:
            self._fate.clear()

    def _is_to_meet(self, deed: Deed) -> None:
        """What befalls the process that does *deed* next, which is this one."""
        troubles, fate = self.troubles, self._fate
        if (number := troubles.fates.pop(deed, None)) is not None:
            fate.transaction = number
        if (number := troubles.company.pop(deed, None)) is not None:
            fate.before.append((number, lambda: self._second_process(deed)))
        if (still := troubles.stands_still.pop(deed, None)) is not None:
            fate.before.append((still.transaction, lambda: self.stands_still(still)))
        if (broken := troubles.breaks_off.pop(deed, None)) is not None:
            fate.breaks_off = broken.transaction, broken.kept

    def stands_still(self, still: StandsStill) -> None:
        """For so long, as a whole; nobody is there to do anything meanwhile."""
        self.clock.true += still.span

    def _died(self, deed: Deed, *, what: Dying = "died") -> None:
        self.facts.append(Died(at=self.clock.true, deed=deed, what=what))
        if deed == "deliver" and self.store.file is None:
            # The look that finds what it had in hand is the first one behind its leases.
            self.clock.true += BEHIND_LEASES

    def _did_beside(self, work: Callable[[], object]) -> None:
        """What the model is told nothing of: what comes of it is seen by readers alone."""
        with suppress(SolacefeedError), self._room_on_disk():
            work()

    def _second_process(self, during: Deed) -> None:
        """Another daemon is quicker, or cron."""
        store = Store(self.store.engine)
        seams = (self.clock, self.blog, self.relay, self.documents, self.facts)
        beside = Machine(self.config, self.folder, store, *seams, Troubles(spells=self.troubles.spells))
        beside.does_beside(during)

    def does_beside(self, during: Deed) -> None:
        """All that it may do then; the deed that is being done is another's, and says so."""
        for deed in BESIDE[during]:
            if deed == during:
                self.finds_busy(deed)
            else:
                getattr(self, deed)()

    def finds_busy(self, deed: Deed) -> None:
        work: dict[Deed, Callable[[], object]] = {
            "poll": lambda: self.process.posts.poll(self.store),
            "prepare": lambda: self.process.mail.prepare(self.store),
            "publish": lambda: self.process.publishing.publish(self.store),
            "deliver": lambda: self.process.mail.deliver(self.store),
        }
        try:
            work[deed]()
        except Busy:
            return
        except SolacefeedError:
            if self.is_in("disk full"):
                return
            raise
        # On PostgreSQL several may hand over mail at once.
        assert self.store.file is None or self.is_in("disk full"), f"a second {deed} ran beside the first"

    @contextmanager
    def _room_on_disk(self) -> Iterator[None]:
        """While the disk is full, no file of this process grows beyond what is left: the system says so."""
        spell = self.is_in("disk full")
        if spell is None:
            yield
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (spell.room, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def _publish_and_die(self, step: int) -> None:
        """Publishes in a process of its own, which ``kill -9`` ends where it touches a file for the *step*-th time."""
        self.troubles.dies_at_file = None
        # No connection is taken over from one process to another.
        self.store.close()
        child = os.fork()
        if child == 0:
            try:
                _die_at(step)
                self.process.publishing.publish(Store(self.store.engine))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            self.facts.append(Died(at=self.clock.true, deed="publish"))
            self._note_documents()

    def _resume_what_is_paused(self) -> None:
        if self.troubles.paused_since is None or self.clock.true - self.troubles.paused_since < RESUMED_AFTER:
            return
        self.troubles.paused_since = None
        with self.store.read() as connection:
            paused = [each.id for each in editions.listing(connection) if each.state is EditionState.PAUSED]
        for edition_id in paused:
            # What is too late by then is told, and stays as it is.
            with suppress(UsageError):
                resume(self.store, self.clock, edition_id, self.process.digest)


def _die_at(step: int) -> None:
    left = step

    def count(event: str, _arguments: object) -> None:
        nonlocal left
        if event in TOUCHES:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
