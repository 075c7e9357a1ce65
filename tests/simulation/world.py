"""Plays a story with the product's own deeds on a real store, hour by hour where something may be due."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from jinja2 import Environment

from solacefeed.app import App
from solacefeed.composition.events import Events
from solacefeed.composition.mail import Mail
from solacefeed.composition.posts import Posts
from solacefeed.config import Config, load
from solacefeed.deeds.clock import AttestedSource
from solacefeed.deeds.editions.decisions import cancel, resume
from solacefeed.deeds.editions.why import Why
from solacefeed.errors import SolacefeedError
from solacefeed.models.editions import EditionState
from solacefeed.ports import Clock as ReadClock
from solacefeed.ports import Pause, Source, Transport
from solacefeed.store import editions
from solacefeed.store.database import Store
from solacefeed.store.schema import deliveries
from solacefeed.templating import templates
from tests.simulation.blog import Blog, Outage
from tests.simulation.clock import Clock
from tests.simulation.config import FEEDS, written
from tests.simulation.documents import Documents
from tests.simulation.dying import DyingStore, Fate
from tests.simulation.facts import Cancelled, Deed, DeliveryBegins, Died, Fact, Looked, Published
from tests.simulation.model import closings_between
from tests.simulation.readers import Readers
from tests.simulation.relay import Death, Relay
from tests.simulation.story import Answers, Cancel, Kill, Posting, Spell, Step, Story, Wish
from tests.support.fakes import Killed

R = TypeVar("R")

HOUR = timedelta(hours=1)
#: So long after an author did something every hour is looked at: by then it has been polled, has settled, and has gone.
STIRRED = timedelta(hours=3, minutes=10)
#: However quiet it is, it is looked at so often.
EVERY = timedelta(hours=12)
#: So long after a poll that did not work there is one with each look, as the daemon has it.
TRIED_AGAIN = timedelta(hours=12)
#: The minute of the hour at which the machine looks.
MINUTE = 7
#: Until what was going on at a story's end has come to its own.
AFTERWARDS = timedelta(days=5)
#: States of editions that are on their way.
GOING = (EditionState.DELIVERING, EditionState.PAUSED)
#: How far the clock leaps: further than any believes.
LEAP = timedelta(days=400)
#: How long the operator takes to have an edition go on that the relay has paused.
RESUMED_AFTER = timedelta(hours=3)


class _Posts(Posts):
    def __init__(self, base: App, events: Events, blog: Blog, clock: Clock) -> None:
        super().__init__(base, events)
        self._blog, self._machine = blog, clock

    @contextmanager
    def source(
        self,
        store: Store,
        *,
        pause: Pause | None = None,  # noqa: ARG002  # nobody waits here
        stop: Callable[[], bool] = lambda: False,  # noqa: ARG002
        newest: int | None = None,  # noqa: ARG002
    ) -> Iterator[Source]:
        yield AttestedSource(self._blog, store, self._machine, lambda: self._machine.true)


class _Mail(Mail):
    def __init__(self, base: App, events: Events, relay: Relay) -> None:
        super().__init__(base, events)
        self._relay = relay

    def transports(self) -> Callable[[], Transport]:
        return lambda: self._relay


class Process(App):
    """The program as it runs until somebody kills it: it lives by the machine's clock, and meets our blog and relay."""

    def __init__(self, config: Config, folder: Path, *, clock: Clock, blog: Blog, relay: Relay) -> None:
        super().__init__(config, as_of=None, folder=folder)
        self._machine, self._blog, self._relay = clock, blog, relay

    @property
    def clock(self) -> ReadClock:
        return self._machine

    @cached_property
    def environment(self) -> Environment:
        """Compiled once for all processes that a story has."""
        return _environment()

    @cached_property
    def posts(self) -> Posts:
        return _Posts(self, self.events, self._blog, self._machine)

    @cached_property
    def mail(self) -> Mail:
        return _Mail(self, self.events, self._relay)


@cache
def _environment() -> Environment:
    return templates()


@dataclass
class World:
    """One site while its story is played; *facts* is what came of it."""

    story: Story
    store: Store
    folder: Path
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Clock(self.story.starts)
        rules = self.story.rules
        self.blog = Blog(zone=rules.zone, parents=rules.parents, now=self._true, on_told=self.facts.append)
        self.relay = Relay(self._true, self.blog.addresses, self.facts.append)
        path = self.folder / "config.toml"
        path.write_text(written(rules), encoding="utf-8")
        self._config = load(path, environ={})
        self.documents = Documents(self._config.feeds.dir, FEEDS)
        self._begin_process()
        self.readers = Readers(
            store=self.store,
            digest=lambda name: self.process.digest(name),
            zone=ZoneInfo(rules.zone),
            now=self.clock,
            on_wished=self.facts.append,
        )
        self._fate = Fate()
        #: As the process meets it; the readers' own wishes kill nobody.
        self._dying = DyingStore(self.store.engine, self._fate)
        #: In which transaction the next of each deed dies.
        self._fates: dict[Deed, int] = {}
        self._off: list[Spell] = []
        self._leaps: list[Spell] = []
        #: Wishes wait while the clock is wrong: what readers do then is another story.
        self._waiting: list[Wish] = []
        self._paused_since: datetime | None = None
        self._stirred = self._looked_at = self.story.starts
        #: Whether a poll may find something.
        self._blog_stirred = True
        self._failed_at = self._polled_at = self.story.starts - TRIED_AGAIN

    def _true(self) -> datetime:
        return self.clock.true

    def _begin_process(self) -> None:
        self.process = Process(self._config, self.folder, clock=self.clock, blog=self.blog, relay=self.relay)

    def why(self, edition_id: str, address: str) -> Why:
        """What the product says of what an edition brought to a reader."""
        return self.process.mail.why(self.store, edition_id, address)

    # -- playing -----------------------------------------------------------------------------------

    def play(self) -> list[Fact]:
        steps = deque(self.story.steps)
        closings = deque(sorted(self._closings()))
        for mark in self._marks():
            while steps and steps[0].at <= mark:
                self._do(steps.popleft())
            self.clock.true = mark
            while closings[0] <= mark:
                closings.popleft()
                self._stir()
            if self._may_be_due() and not self._in(self._off):
                self._look()
        return self.facts

    def _may_be_due(self) -> bool:
        """Whether a look may find something: by what has happened, not by what the product thinks of it."""
        now = self.clock.true
        return now - self._stirred < STIRRED or now - self._looked_at >= EVERY or self._copies_wait()

    def _stir(self, *, for_hours: bool = False) -> None:
        """Something has happened: the next mark is looked at, or those of some hours."""
        self._stirred = max(self._stirred, self.clock.true - (timedelta(0) if for_hours else STIRRED - HOUR))

    def _marks(self) -> Iterator[datetime]:
        mark = self.story.starts.replace(minute=MINUTE, second=0, microsecond=0)
        while mark < self.story.ends + AFTERWARDS:
            if mark > self.story.starts:
                yield mark
            mark += HOUR

    def _closings(self) -> Iterator[datetime]:
        until = self.story.ends + AFTERWARDS + timedelta(days=62)
        for digest in self.story.rules.digests:
            for cadence in digest.cadences:
                yield from closings_between(cadence, self.story.rules.zone, self.story.starts, until)

    def _copies_wait(self) -> bool:
        waits = (deliveries.c.state == "pending") | deliveries.c.next_try_at.is_not(None)
        with self.store.read() as connection:
            return connection.execute(sa.select(deliveries.c.id).where(waits).limit(1)).first() is not None

    def _in(self, spells: list[Spell]) -> bool:
        return any(spell.at <= self.clock.true < spell.until for spell in spells)

    def _do(self, step: Step) -> None:
        self.clock.true = step.at
        match step:
            case Posting():
                self._post(step)
                self._blog_stirred = True
                self._stir(for_hours=True)
            case Wish():
                self._waiting.append(step)
            case Spell():
                self._spell(step)
            case Answers():
                self.relay.acts[step.reader].extend(step.acts)
            case Cancel():
                self._cancel()
            case Kill():
                self._fates[step.deed] = step.transaction
                self._stir()
        self.clock.leap = LEAP if self._in(self._leaps) else timedelta(0)
        if not self.clock.leap:
            self._grant()

    def _cancel(self) -> None:
        with self.store.read() as connection:
            going = [each for each in editions.listing(connection) if each.state in GOING]
        for edition in going:
            cancel(self.store, self.clock, edition.id, make_anew=True)
            name = edition.mail_name.replace("/", "-")
            self.facts.append(Cancelled(at=self.clock.true, edition=name))
        self._stir()

    def _grant(self) -> None:
        for wish in self._waiting:
            self.readers.wish(wish)
        self._waiting = []

    def _post(self, step: Posting) -> None:
        blog, number = self.blog, step.post
        match step.what:
            case "write":
                blog.write(number, step.categories, step.tags, step.published or step.at)
            case "withdraw" if number in blog.posts:
                blog.withdraw(number)
            case "republish" if number in blog.withdrawn:
                blog.republish(number)
            case "refile" if number in blog.posts:
                blog.refile(number, step.categories)
            case "protect" | "open" if number in blog.posts:
                blog.protect(number, protected=step.what == "protect")
            case "title" | "text" | "address" | "touch" if number in blog.posts:
                blog.edit(number, step.what)

    def _spell(self, spell: Spell) -> None:
        match spell.what:
            case "blog down" | "blog half down":
                half = spell.what == "blog half down"
                self.blog.outages.append(Outage(starts=spell.at, ends=spell.until, begins_to_answer=half))
            case "relay dead":
                self.relay.deaths.append(Death(starts=spell.at, ends=spell.until))
            case "machine off":
                self._off.append(spell)
            case "clock leapt":
                self._leaps.append(spell)

    # -- a look of the daemon's ----------------------------------------------------------------------

    def _look(self) -> None:
        is_all = self.clock.true - self._looked_at >= EVERY
        self.clock.leap = LEAP if self._in(self._leaps) else timedelta(0)
        if not self.clock.leap:
            self._grant()
        if self._blog_stirred or self.clock.true - self._polled_at >= EVERY or self._has_failed_lately():
            self._poll()
        self._prepare()
        self._publish()
        if is_all or self._copies_wait() or self.clock.leap:
            self._deliver()
        else:
            # Nothing was frozen, so whatever had to go did not.
            self._looked("deliver")
        self._looked_at = self.clock.true

    def _has_failed_lately(self) -> bool:
        return self.clock.true - self._failed_at < TRIED_AGAIN

    def _poll(self) -> None:
        self._polled_at = self.clock.true
        if self._did("poll", lambda: self.process.posts.poll(self._dying)):
            self._looked("poll")
            self._blog_stirred = False
        else:
            self._failed_at = self.clock.true

    def _prepare(self) -> None:
        if done := self._did("prepare", lambda: self.process.mail.prepare(self._dying)):
            self._looked("prepare", words=done.news)

    def _publish(self) -> None:
        if done := self._did("publish", lambda: self.process.publishing.publish(self._dying)):
            self._looked("publish", words=done.line())
        documents = self.documents.look()
        self.facts.append(Published(at=self.clock.true, clock=self.clock(), documents=documents))

    def _deliver(self) -> None:
        self._resume_what_is_paused()
        if not self.clock.leap:
            self.facts.append(DeliveryBegins(at=self.clock.true))
        if done := self._did("deliver", lambda: self.process.mail.deliver(self._dying)):
            if done.pauses and self._paused_since is None:
                self._paused_since = self.clock.true
            self._looked("deliver", whole=not (done.trouble or done.pauses or done.lost), words=done.line())

    def _did(self, deed: Deed, work: Callable[[], R]) -> R | None:
        """What came of *work*; ``None`` where it did not work. A process that dies begins again at once."""
        self._fate.transaction = self._fates.pop(deed, None)
        while True:
            try:
                return work()
            except Killed:
                self.facts.append(Died(at=self.clock.true, deed=deed))
                self._fate.transaction = None
                self._begin_process()
            except SolacefeedError as error:
                words = f"{type(error).__name__}: {error}"
                self.facts.append(Looked(at=self.clock.true, deed=deed, well=False, whole=False, words=words))
                return None

    def _resume_what_is_paused(self) -> None:
        if self._paused_since is None or self.clock.true - self._paused_since < RESUMED_AFTER:
            return
        self._paused_since = None
        with self.store.read() as connection:
            paused = [each.id for each in editions.listing(connection) if each.state is EditionState.PAUSED]
        for edition_id in paused:
            resume(self.store, self.clock, edition_id, self.process.digest)

    def _looked(self, deed: Deed, *, whole: bool = True, words: str = "") -> None:
        self.facts.append(Looked(at=self.clock.true, deed=deed, well=True, whole=whole, words=words))
