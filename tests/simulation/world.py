"""Plays a story with the product's own deeds on a real store, hour by hour where something may be due."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from solacefeed.config import Config, load
from solacefeed.deeds.editions.decisions import cancel
from solacefeed.deeds.editions.why import Why
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.digests import CadenceKind
from solacefeed.models.editions import PUBLIC, EditionState
from solacefeed.store import editions
from solacefeed.store.database import Store
from solacefeed.store.schema import deliveries, outbox
from solacefeed.store.schema import editions as editions_table
from tests.simulation import database_clock
from tests.simulation.blog import Blog, Outage
from tests.simulation.clock import Clock, Truth
from tests.simulation.closings import closings_between
from tests.simulation.config import FEEDS, written
from tests.simulation.documents import Documents
from tests.simulation.facts import Cancelled, Configured, Fact, SentAgain, Told
from tests.simulation.fleet import Fleet
from tests.simulation.machine import Machine
from tests.simulation.readers import Readers
from tests.simulation.relay import Relay, RelaySpell
from tests.simulation.story import (
    Answers,
    Beside,
    Bounce,
    BreaksOff,
    Cancel,
    Configure,
    Edit,
    Form,
    Kill,
    KillAtFile,
    Leads,
    Lift,
    Meanwhile,
    Move,
    Posting,
    Rename,
    Restart,
    SendAgain,
    Spell,
    StandsStill,
    Step,
    Story,
    Wish,
)

HOUR = timedelta(hours=1)
#: However quiet it is, it is looked at so often as a rule; and while copies wait.
EVERY, WHILE_COPIES_WAIT = timedelta(hours=24), timedelta(hours=3)
#: So long after a poll that did not work there is one with each look, as the daemon has it.
TRIED_AGAIN = timedelta(hours=12)
#: The minute of the hour at which the machine looks.
MINUTE = 7
#: Until what was going on at a story's end has come to its own.
AFTERWARDS = timedelta(days=5)
#: States of editions that are on their way.
GOING = (EditionState.DELIVERING, EditionState.PAUSED)
#: Of copies and letters that are still to be offered.
COPIES_WAIT = (
    sa.select(deliveries.c.id)
    .where((deliveries.c.state == "pending") | deliveries.c.next_try_at.is_not(None))
    .union_all(sa.select(outbox.c.id).where(outbox.c.state == "pending"))
    .limit(1)
)


@dataclass
class World:
    """One site while its story is played; *facts* is what came of it."""

    story: Story
    store: Store
    folder: Path
    facts: list[Fact] = field(default_factory=list)
    #: However quiet it is, it is looked at so often.
    every: timedelta = EVERY
    #: And so often while copies wait.
    while_copies_wait: timedelta = WHILE_COPIES_WAIT
    #: How long it is played on behind the story's end.
    afterwards: timedelta = AFTERWARDS

    def __post_init__(self) -> None:
        self.clock = Clock(Truth(self.story.starts))
        database_clock.go_by(self.store.engine, self._true)
        #: As the config has them now.
        self.rules = rules = self.story.rules
        self.blog = Blog(
            zone=rules.zone, parents=rules.parents, now=self._true, on_told=self.facts.append, passes=self._passes
        )
        self.relay = Relay(self._true, self.blog.addresses, self.facts.append)
        config = self._configured()
        self.documents = Documents(config.feeds.dir, FEEDS)
        first = Machine(config, self.folder, self.store, self.clock, self.blog, self.relay, self.documents, self.facts)
        self.fleet = Fleet.of(first, [Clock(self.clock.truth, apart) for apart in self.story.machines])
        self.readers = Readers(
            store=self.store,
            digest=lambda name: self.machine.process.digest(name),
            zone=ZoneInfo(rules.zone),
            now=self.clock,
            slug=self._slug,
            settings=lambda: self.machine.process.people.settings(self.store),
            on_wished=self.facts.append,
        )
        #: Wishes wait while the clock is wrong or the disk full: what readers do then is another story.
        self._waiting: list[Wish] = []
        self._forms: list[Form] = []
        self._looked_at = self.story.starts
        #: When something may be due.
        self._due: list[datetime] = [self.story.starts]
        self._closes: deque[datetime] = deque(sorted(self._closings()))
        self._waits = False
        #: Whether a poll may find something.
        self._blog_stirred = True
        self._failed_at = self._polled_at = self.story.starts - TRIED_AGAIN

    @property
    def machine(self) -> Machine:
        """The one that leads."""
        return self.fleet.leader

    def close(self) -> None:
        """Once it has been played, and nothing is asked of it any more."""
        self.fleet.close()

    def _passes(self, span: timedelta) -> None:
        """While something takes its time; before the next mark it is over."""
        self.clock.true += span

    def _true(self) -> datetime:
        return self.clock.true

    def _slug(self, category: str) -> str:
        """The slug that was told last of a category, which had another one first."""
        return next(
            (f.slugs[category] for f in reversed(self.facts) if isinstance(f, Told) and category in f.slugs), category
        )

    def why(self, edition_id: str, address: str) -> Why:
        """What the product says of what an edition brought to a reader."""
        return self.machine.process.mail.why(self.store, edition_id, address)

    # -- playing -----------------------------------------------------------------------------------

    def play(self, at: Mapping[datetime, Callable[[], object]] = MappingProxyType({})) -> list[Fact]:
        """Plays the story to its end; does what is wanted at some instants when they have come."""
        wanted = deque(sorted(at.items(), key=lambda each: each[0]))
        steps = deque(self.story.steps)
        for mark in self._marks():
            while steps and steps[0].at <= mark:
                self._do(steps.popleft())
            self.clock.true = mark
            while self._closes[0] <= mark:
                self._closes.popleft()
                self._stir()
            if self._may_be_due() and not self.machine.is_in("machine off"):
                self._look()
            while wanted and wanted[0][0] <= mark:
                wanted.popleft()[1]()
        return self.facts

    def _may_be_due(self) -> bool:
        """Whether a look may find something: by what has happened, not by what the product thinks of it."""
        now = self.clock.true
        quiet = now - self._looked_at
        most = self.while_copies_wait if self._waits else self.every
        return min(self._due, default=now + HOUR) <= now or quiet >= most

    def _stir(self, *, edited: bool = False) -> None:
        """Something has happened: the next mark is looked at, and one when what was *edited* has settled."""
        self._due += [self.clock.true, *(self.clock.true + after for after in self._goes_after() if edited)]

    def _goes_after(self) -> list[timedelta]:
        """So long after an author did something it has been polled, and goes at once where somebody wants it so."""
        digests = self.rules.digests
        at_once = (rule.settle for rule in digests if any(each.kind == "at-once" for each in rule.cadences))
        return [settle + HOUR for settle in at_once]

    def _configured(self) -> Config:
        path = self.folder / "config.toml"
        path.write_text(written(self.rules), encoding="utf-8")
        return load(path, environ={})

    def _configure(self, step: Configure) -> None:
        self.rules = step.changed(self.rules)
        config = self._configured()
        for machine in self.fleet.machines:
            machine.restart(config)
        self.facts.append(Configured(at=step.at, rules=self.rules))
        self._closes = deque(sorted(self._closings()))
        self._stir(edited=True)

    def _marks(self) -> Iterator[datetime]:
        mark = self.story.starts.replace(minute=MINUTE, second=0, microsecond=0)
        while mark < self.story.ends + self.afterwards:
            if mark > self.story.starts:
                yield mark
            mark += HOUR

    def _closings(self) -> Iterator[datetime]:
        until = self.story.ends + self.afterwards + timedelta(days=62)
        for digest in self.rules.digests:
            for cadence in digest.cadences:
                yield from closings_between(cadence, self.rules.zone, self.clock.true, until)

    def _copies_wait(self) -> bool:
        with self.store.read() as connection:
            return connection.execute(COPIES_WAIT).first() is not None

    def _do(self, step: Step) -> None:
        # What happened while something took its time is met behind it.
        self.clock.true = max(self.clock.true, step.at)
        match step:
            case Posting():
                self._post(step)
                self._blog_stirred = True
                self._stir(edited=True)
            case Wish():
                self._waiting.append(step)
            case Meanwhile():
                self.relay.meanwhile[step.reader].append(partial(self._does_meanwhile, step))
            case Spell():
                self._spell(step)
            case Answers():
                self.relay.acts[step.reader].extend(step.acts)
            case Cancel():
                self._cancel()
            case SendAgain():
                self._send_again(step)
            case Configure():
                self._configure(step)
            case Edit():
                self._set_clocks()
                self._grant()
                self.machine.edits(step)
                self._stir()
            case Kill() | KillAtFile() | Beside() | StandsStill() | BreaksOff():
                # It befalls the next look that there is a reason for, where there is something to spoil.
                self.machine.troubles.meet(step)
            case Form():
                self._forms.append(step)
                self._due.append(step.at + step.confirms_after)
                self._stir()
            case Bounce() if step.reader in self.relay.last and step.reader not in self.readers.away:
                self.readers.away.add(step.reader)
                self.machine.comes_back(self.relay.last[step.reader], step.what)
            case Bounce():
                pass
            case Lift():
                if not self.machine.is_in("disk full", "clock leapt") and self.machine.lift(step.reader):
                    self.readers.away.discard(step.reader)
            case Restart():
                self.machine.begin_process()
            case Leads():
                self.fleet.leads = step.machine % len(self.fleet.machines)
            case Rename():
                self.blog.rename(step.category, step.slug, step.name)
                self._blog_stirred = True
                self._stir()
            case Move():
                self.blog.move(step.home)
                self._blog_stirred = True
                self._stir(edited=True)
        self._set_clocks()
        self._grant()

    def _set_clocks(self) -> None:
        for machine in self.fleet.machines:
            machine.set_clock()

    def _cancel(self) -> None:
        if self.machine.is_in("disk full"):
            return
        with self.store.read() as connection:
            going = [each for each in editions.listing(connection) if each.state in GOING]
        for edition in going:
            cancel(self.store, self.clock, edition.id, make_anew=True)
            name = edition.mail_name.replace("/", "-")
            self.facts.append(Cancelled(at=self.clock.true, edition=name))
        self._stir()

    def _send_again(self, step: SendAgain) -> None:
        if self.machine.is_in("disk full", "clock leapt", "machine off"):
            return
        # More than one of a day is another story.
        left = (editions_table.c.state.in_(PUBLIC)) & (editions_table.c.cadence != CadenceKind.AT_ONCE)
        its = sa.select(editions_table.c.id).join(deliveries).where(left, deliveries.c.state == step.to)
        with self.store.read() as connection:
            newest = connection.execute(its.order_by(editions_table.c.ends.desc()).limit(1)).scalar_one_or_none()
            edition = None if newest is None else editions.find(connection, newest)
        if edition is None:
            return
        sent = self.machine.process.mail.send_again(
            self.store, edition.id, DeliveryState(step.to), until=None, acts=True
        )
        name = edition.mail_name.replace("/", "-")
        self.facts.append(SentAgain(at=self.clock.true, edition=name, to=step.to, until=sent.until))
        self._stir()

    def _grant(self) -> None:
        if self.machine.is_in("disk full", "clock leapt"):
            return
        for form in self._forms:
            self.readers.ask(form)
        self._forms = []
        self.readers.confirm_what_came(self.relay.letters, self.clock.true)
        for wish in self._waiting:
            self.readers.wish(wish)
        self._waiting = []

    def _does_meanwhile(self, step: Meanwhile) -> None:
        if not self.machine.is_in("disk full", "clock leapt"):
            self.readers.wish(Wish(at=step.at, reader=step.reader, digest=step.digest, what=step.what))

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
            case "blog slow":
                self.blog.slow.append((spell.at, spell.until))
            case "blog lies":
                self.blog.lies.append((spell.at, spell.until))
            case "relay dead" | "relay greylists" | "relay refuses us":
                self.relay.spells.append(RelaySpell(starts=spell.at, ends=spell.until, what=spell.what))
            case "machine off" | "clock leapt" | "disk full":
                self.machine.troubles.spells.append(spell)

    # -- a look of the daemon's ----------------------------------------------------------------------

    def _look(self) -> None:
        is_all = self.clock.true - self._looked_at >= self.every
        self._due = [at for at in self._due if at > self.clock.true]
        machine = self.machine
        self._set_clocks()
        self._grant()
        polls = self._blog_stirred or self.clock.true - self._polled_at >= EVERY or self._has_failed_lately()
        if polls:
            self._poll()
        machine.read_bounces()
        if self.rules.refusals_suppress:
            self.readers.away |= machine.take_refusals()
        machine.prepare()
        if polls or is_all or machine.troubles.has_to_publish:
            machine.publish()
        if self.readers.asked:
            machine.answer()
        if is_all or self._copies_wait() or self.clock.leap:
            machine.deliver()
        else:
            # Nothing was frozen, so whatever had to go did not.
            machine.looked("deliver")
        self._waits, self._looked_at = self._copies_wait(), self.clock.true

    def _has_failed_lately(self) -> bool:
        return self.clock.true - self._failed_at < TRIED_AGAIN

    def _poll(self) -> None:
        self._polled_at = self.clock.true
        if self.machine.poll():
            self._blog_stirred = False
        else:
            self._failed_at = self.clock.true
