"""What is done at each look: whether something is due, the deeds find in the store; each look says only what is news.

Each deed has one whole ``App`` from its beginning to its end, whatever is read anew meanwhile.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from solacefeed.app import App
from solacefeed.daemon.jobs import Jobs
from solacefeed.daemon.progress import LookProgress
from solacefeed.daemon.rest import Rest
from solacefeed.daemon.telling import DeedTeller
from solacefeed.errors import BrokenOff, Busy, SolacefeedError, SourceError, StoreError
from solacefeed.logs import Log
from solacefeed.store.database import Store

#: How often it is looked whether another process took a form, in seconds; what this one took is seen at once.
FORMS_EVERY = 3.0

#: For how many seconds copies are handed over before bounces are read and other mail is looked for again: a paced
#: edition may take days, and none of this waits for so long. Short enough for a canary's wait, and so long that what a
#: round costs at its beginning and at its end, a second or so, is nothing beside it.
ROUND = 300.0

#: Seconds after which whoever waits for deeds looks whether to wait on.
_SLICE = 0.2

Deed = Callable[[App], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedEnd:
    """That a look is through with a deed, whether there was something to do or not."""

    deed: str
    #: Why it did not work; ``None`` where it did.
    error: Exception | None
    #: How long it took.
    seconds: float


class Looks:
    """What the scheduler calls. *ended* is told of each deed's end, by the thread that did it."""

    def __init__(
        self,
        app: App,
        store: Store,
        log: Log,
        stop: threading.Event,
        progress: LookProgress,
        ended: Callable[[DeedEnd], None],
        jobs: Jobs,
    ) -> None:
        self.app = app
        self.store = store
        self.jobs = jobs
        self.log = log
        self.stop = stop
        self.progress = progress
        self.ended = ended
        self.rest = Rest(app.config.daemon.poll_every)
        # Both looks publish: one waits for the other, rather than leave out what it has just prepared.
        self._publishing = threading.Lock()
        self._at_work = threading.Condition()
        #: What the last look at forms saw: whether one waited, and the newest letter.
        self._seen: tuple[bool, int] | None = None
        #: Who hands over at this moment, and who answers: in this process one waits for the other.
        self._delivering = threading.Lock()
        self._answering = threading.Lock()
        self._reading = threading.Lock()
        #: Whether the last round has ended for the sake of the other deeds, whatever was left of it.
        self._gave_way = False
        #: The deeds that are under way.
        self._deeds: list[str] = []
        #: Whether no deed is to be begun, since the config is about to be read anew.
        self._held = False
        #: Who tells the world outside of troubles, where somebody does.
        self._reaching_out: threading.Thread | None = None
        self.teller = DeedTeller(log, store.why_gone)

    # -- what the scheduler calls -----------------------------------------------------------------

    def at_the_blog(self) -> None:
        with self.progress.looking("at the blog", every=self.app.config.daemon.poll_every.total_seconds()):
            self._in_turn(self.poll, self.publish)

    def at_the_mail(self) -> None:
        with self.progress.looking("at the mail", every=self.app.config.daemon.look_every.total_seconds()):
            self._gave_way = True
            while self._gave_way and not self.stop.is_set():
                # What a round has left goes on at once, after all else.
                self._gave_way = False
                self._in_turn(*self._deeds_of_mail())

    def at_the_store(self) -> None:
        """By a thread of its own: while a large store is copied, mail goes on."""
        with self.progress.looking("at the store", every=self.app.config.daemon.look_every.total_seconds()):
            self._in_turn(self.backup)

    def _deeds_of_mail(self) -> tuple[Deed, ...]:
        try:
            return self._deeds_of_store()
        except StoreError as trouble:
            # Of a store that can't be read somebody is told all the same.
            self.teller.complain_of("mail", (str(trouble),))
            return (self.alarms,)

    def _deeds_of_store(self) -> tuple[Deed, ...]:
        # A site without a digest has no mail; what it has kept of people ends all the same.
        mails = "deliver" in self.app.deeds(self.store)
        answering = (self.answer,) if self.app.people.come_by_themselves else ()
        back, mail = ((self.bounces,), (self.prepare, self.deliver)) if mails else ((), ())
        return (self.unsubscribes, *back, *answering, *mail, self.privacy, self.alarms)

    def at_the_forms(self) -> None:
        """Answers at once what is asked on a form, until the daemon ends, and hands its letter over."""
        while not self.stop.is_set():
            app = self.app
            asks = bool(app.config.digests or app.people.come_by_themselves or app.config.mail.unsubscribe_files)
            if app.process.woken.wait(FORMS_EVERY if asks else None):
                app.process.woken.clear()
                self._seen = None
            self._in_turn(self.leavers)
            forms = (self.forms,) if self.app.people.come_by_themselves else ()
            reading = (self.unsubscribes,) if self.app.config.mail.unsubscribe_files else ()
            self._in_turn(*reading, *forms)

    # -- one whole config for each ------------------------------------------------------------------

    def quiet(self, within: float, breaks_off: Callable[[], bool]) -> tuple[str, ...]:
        """Lets no deed begin, until ``turn_to`` or ``go_on``; returns those under way still *within* some seconds.

        A round of deliveries gives way, and a poll is broken off, which goes on where it was. Who waits may find
        meanwhile that something *breaks_off* the wait.
        """
        ends = time.monotonic() + within
        with self._at_work:
            self._held = True
            while self._deeds and not breaks_off() and time.monotonic() < ends:
                self._at_work.wait(_SLICE)
            return tuple(self._deeds)

    def are_under_way(self, deeds: Collection[str]) -> bool:
        """Whether any of *deeds* is."""
        with self._at_work:
            return not set(deeds).isdisjoint(self._deeds)

    def turn_to(self, app: App) -> None:
        """From now on all deeds are those of *app*; what failed before is tried at once."""
        with self._at_work:
            self.app = app
            self.rest = Rest(app.config.daemon.poll_every)
            self.teller.forget()
        self.go_on()
        # Who looks at forms may have waited for nothing.
        app.process.woken.set()

    def go_on(self) -> None:
        """Deeds are begun again."""
        with self._at_work:
            self._held = False
            self._at_work.notify_all()

    # -- their turns --------------------------------------------------------------------------------

    def _in_turn(self, *deeds: Deed) -> None:
        """Nothing ends the daemon or keeps it from the next deed: a bug is a line in a record, and a traceback here."""
        if self.teller.store_is_gone():
            # None could keep anything.
            deeds = tuple(each for each in deeds if each == self.alarms)
        for deed in deeds:
            name, began = deed.__name__, time.monotonic()
            error: Exception | None = None
            try:
                with self._under_way(name) as app:
                    if app is None:
                        return
                    self.jobs.ask()
                    # Not what it waited for a config that was read again.
                    began = time.monotonic()
                    deed(app)
                self.teller.say_works(name)
            except (Busy, BrokenOff) as busy:
                error = busy
                self.log.news(name, str(busy))
            except SolacefeedError as trouble:
                error = trouble
                self.teller.say_fails(name, str(trouble))
            except Exception as bug:
                error = bug
                self.log.failure(name, "a look failed", bug)
            self.ended(DeedEnd(deed=name, error=error, seconds=time.monotonic() - began))

    @contextmanager
    def _under_way(self, deed: str) -> Iterator[App | None]:
        """Notes *deed* while it is done; gives what it is done with, unless it is not wanted any more."""
        with self._at_work:
            self._at_work.wait_for(lambda: not self._held or self.stop.is_set())
            self._deeds.append(deed)
            app = None if self.stop.is_set() else self.app
        try:
            with self.progress.doing(deed):
                yield app
        finally:
            with self._at_work:
                self._deeds.remove(deed)
                self._at_work.notify_all()

    @contextmanager
    def lent(self) -> Iterator[tuple[App, Store] | None]:
        """For a turn at mail that is nobody's look: it is under way as a deed is."""
        began: float | None = None
        error: Exception | None = None
        try:
            with self._under_way("deliver") as app:
                if app is not None:
                    began = time.monotonic()
                yield None if app is None else (app, self.store)
        except Exception as trouble:
            error = trouble
            raise
        finally:
            if began is not None:
                self.ended(DeedEnd(deed="deliver", error=error, seconds=time.monotonic() - began))

    def left_after(self, seconds: float, *, grace: float) -> tuple[str, ...]:
        """What is under way still when *seconds* are over; a poll alone has *grace* seconds once all else has ended."""
        ends = time.monotonic() + seconds
        with self._at_work:
            self._at_work.notify_all()
            self._at_work.wait_for(lambda: set(self._deeds) <= {"poll"}, seconds)
            self._at_work.wait_for(lambda: not self._deeds, max(0.0, min(grace, ends - time.monotonic())))
            return tuple(self._deeds)

    @contextmanager
    def _alone(self, lock: threading.Lock) -> Iterator[None]:
        """Holds *lock*; who waits for it waits for another look, whose steps are watched."""
        while not lock.acquire(timeout=1):
            self.progress.step()
            if self.stop.is_set():
                raise BrokenOff("left for the next look, since the daemon ends")
        try:
            yield
        finally:
            lock.release()

    def hurries(self) -> bool:
        """Whether a deed that can go on later shall end."""
        return self.stop.is_set() or self._held

    # -- the deeds ----------------------------------------------------------------------------------

    def poll(self, app: App) -> None:
        if self.rest.goes_on(time.monotonic()):
            return
        began = time.monotonic()
        try:
            done = app.posts.poll(self.store, self._go_on, stop=self.hurries)
        except SourceError:
            self.rest.after_failure(time.monotonic(), random.random())  # noqa: S311  # it only spreads the load
            raise
        self.rest.after_success()
        self.teller.say_news("poll", done, began)

    def _go_on(self, _posts: int) -> None:
        """Asked between the batches of a crawl, which can take long."""
        self.progress.step()
        if self.hurries():
            why = "the daemon ends" if self.stop.is_set() else "the config is read again"
            raise BrokenOff(f"poll: broken off, since {why}; what was read is kept, and the next goes on")

    def publish(self, app: App) -> None:
        if not app.crawled(self.store):
            return
        with self._alone(self._publishing):
            began = time.monotonic()
            done = app.publishing.publish(self.store)
            self.teller.say_news("publish", done, began)
            app.publishing.ping(self.store)

    def prepare(self, app: App) -> None:
        began = time.monotonic()
        done = app.mail.prepare(self.store)
        self.teller.say_news("prepare", done, began)

    def answer(self, app: App) -> None:
        with self._alone(self._answering):
            began = time.monotonic()
            self.teller.say_news("answer", app.people.answer(self.store), began)

    def deliver(self, app: App) -> None:
        self._publish_what_mails_lead_to(app)
        with self._alone(self._delivering):
            began = time.monotonic()
            done = self.jobs.deliver(
                app, stop=self.stop.is_set, gives_way=lambda: self._held or time.monotonic() >= began + ROUND
            )
        self._gave_way = done.gave_way
        self.teller.say_deliveries(done, began)

    def _publish_what_mails_lead_to(self, app: App) -> None:
        """Whoever let an edition go, and however long ago it was frozen: its mails lead to its page.

        A page that can't be written keeps no mail back.
        """
        try:
            if app.publishing.owes_pages(self.store):
                self.publish(app)
        except (Busy, BrokenOff):
            # Another one writes it, or the daemon ends: the next look hands over.
            raise
        except SolacefeedError as trouble:
            self.teller.say_fails("publish", str(trouble))
        except Exception as bug:
            self.log.failure("publish", "the page of an edition that leaves could not be made", bug)

    def forms(self, app: App) -> None:
        # What does not work now is said by the next look for mail, which does the same.
        with suppress(SolacefeedError):
            mark = app.people.mark(self.store)
            if mark == self._seen:
                return
            self._seen = mark
            self._answer_at_once(app)
            self._seen = app.people.mark(self.store)

    def _answer_at_once(self, app: App) -> None:
        """A round that is under way hands letters over between its copies, so answering waits for none."""
        while not self.hurries():
            if app.people.mark(self.store)[0]:
                self.answer(app)
            if self._delivering.acquire(timeout=1):
                self._delivering.release()
                return self.deliver(app)
        return None

    def unsubscribes(self, app: App) -> None:
        """Before copies are prepared or handed over, and while they are: who has left gets none that can be kept."""
        with self._alone(self._reading):
            self.teller.say_all("unsubscribes", *app.privacy.look_at_mailboxes(self.store))

    def leavers(self, app: App) -> None:
        """Who left by a page is written beside the store within seconds, should that be lost."""
        self.teller.complain_of("home-log", app.backups.note_people(self.store))

    def bounces(self, app: App) -> None:
        """Before copies are prepared or handed over too: no mail goes to an address that does not exist."""
        self.teller.say_all("bounces", *app.bounces.look(self.store))

    def privacy(self, app: App) -> None:
        self.teller.say_all("privacy", *app.privacy.look(self.store))
        self.teller.complain_of("home-log", app.backups.note_people(self.store))

    def backup(self, app: App) -> None:
        if app.config.backup.dir:
            self.teller.say_all("backup", *app.backups.look(self.store, self.stop.is_set))

    def alarms(self, app: App) -> None:
        """A look has ended: who is to be told of troubles is told, and the world outside in a thread of its own."""
        if not app.tells_somebody:
            return
        told, amiss = app.alarms.look(self.store)
        if told.has_news():
            self.log.news("alarms", told.line())
        self.teller.complain_of("alarms", amiss)
        if self._reaching_out is None or not self._reaching_out.is_alive():
            self._reaching_out = threading.Thread(target=self._reach_out, args=(app,), name="alarms", daemon=True)
            self._reaching_out.start()
        if told.letters:
            with self._alone(self._delivering):
                app.mail.hand_over_letters(self.store, self.stop.is_set, self.hurries)

    def _reach_out(self, app: App) -> None:
        try:
            self.teller.complain_of("monitoring", app.alarms.reach_out(self.store, self.stop.is_set))
        except SolacefeedError as trouble:
            self.teller.complain_of("monitoring", (str(trouble),))
        except Exception as bug:
            # It may be left in the midst of it when the daemon ends: what is written down of it is told again.
            if not self.stop.is_set():
                self.log.failure("alarms", "nobody outside could be told", bug)

    def end_reaching_out(self, within: float) -> None:
        """Waits for what hears that the daemon ends within a second; the rest dies with the process."""
        if self._reaching_out is not None:
            self._reaching_out.join(within)
