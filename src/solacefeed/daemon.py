"""The daemon: APScheduler says "look now" to the deeds; whether something is due, they find in the store.

What bites in APScheduler 3.11: ``misfire_grace_time`` is one second unless set, and a job that comes later is
silently skipped, so it is ``None``, with ``coalesce``; a job's exception only reaches a log, so each is caught and said
here; and it warns of every look that comes while the one before still works, which is nothing wrong. Its job store
stays in memory, for nothing in it needs to be kept.
"""

from __future__ import annotations

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from solacefeed.app import App
from solacefeed.composition.pages import served
from solacefeed.deeds.execution import Result
from solacefeed.errors import BrokenOff, Busy, SolacefeedError, SourceError, UsageError
from solacefeed.signals import ended_by_signals
from solacefeed.store import subscribers
from solacefeed.store.database import Store
from solacefeed.traces import nameless

Say = Callable[[str], None]

#: How long a poll may take to hear that the daemon ends, in seconds; then it is left where it is.
GRACE = 4.0

#: How often it is looked whether another process took a form, in seconds; what this one took is seen at once.
FORMS_EVERY = 3.0

#: For how many seconds copies are handed over before bounces are read and other mail is looked for again: a paced
#: edition may take days, and none of this waits for so long. Short enough for a canary's wait, and so long that what a
#: round costs at its beginning and at its end, a second or so, is nothing beside it.
ROUND = 300.0

_log = logging.getLogger(__name__)


def run_daemon(app: App, say: Say, complain: Say, *, pages: bool = True) -> None:
    """Does deeds when they are due, until SIGTERM or SIGINT; a copy in hand is finished first.

    It serves our pages too, where the config wants it, unless *pages* is false.

    A poll hears it between two steps. Where one takes long, such as a library's look at a hostile document, the poll is
    left where it is, as by kill -9: what it read before is kept, and the next goes on.

    Raises ``UsageError`` for a rehearsal, and ``StoreError`` for a rehearsed store: the daemon lives by the real clock.
    """
    if app.rehearsed:
        raise UsageError("the daemon lives by the real clock: take as_of out of the config, or --as-of off the command")
    stop = threading.Event()
    with (
        app.store() as store,
        ended_by_signals(stop),
        served(app, store) if pages else nullcontext() as where,
    ):
        app.settle_clock(store)
        say, complain = _naming_nobody(store, say), _naming_nobody(store, complain)
        say(f"daemon: {_what_it_does(app)}{f', serves pages on {where}' if where else ''}")
        looks = _Looks(app, store, say, complain, stop)
        with _scheduled(looks):
            stop.wait()
            app.woken.set()
            say("daemon: ending")
            if not looks.have_ended(GRACE):
                say("daemon: ended; the poll was left where it was, and the next one goes on")
                os._exit(0)
    say("daemon: ended")


def _what_it_does(app: App) -> str:
    config = app.config
    words = f"polls every {_spell(config.daemon.poll_every)}"
    if config.digests:
        words += f", looks for mail every {_spell(config.daemon.look_every)}"
    if config.digests and config.mail.transport == "rehearsal":
        words += f" and writes it to {config.mail.dir}"
    return words


def _naming_nobody(store: Store, say: Say) -> Say:
    """Says the same with a subscriber's number where their address was: what a daemon says is kept in a log."""

    def number(address: str) -> str | None:
        with store.read() as connection:
            known = subscribers.find(connection, address)
        return f"subscriber {known.id}" if known else None

    return lambda words: say(nameless(words, number))


class Rest:
    """How long a failing blog is left alone: from the second failure in a row on twice as long each time."""

    LONGEST = timedelta(hours=4)

    def __init__(self, usual: timedelta) -> None:
        self._usual = usual.total_seconds()
        self._failures = 0
        self._until = 0.0

    def goes_on(self, now: float) -> bool:
        return now < self._until

    def after_failure(self, now: float, chance: float) -> None:
        """*now* is in seconds; *chance*, from 0 to 1, spreads it by a tenth, so that many do not come back together."""
        self._failures += 1
        longer = self._usual * (2 ** min(self._failures - 1, 20) - 1)
        self._until = now + min(longer, self.LONGEST.total_seconds()) * (0.9 + 0.2 * chance)

    def after_success(self) -> None:
        self._failures = 0
        self._until = 0.0


class _Looks:
    """What the scheduler calls: each look says only what is news."""

    def __init__(self, app: App, store: Store, say: Say, complain: Say, stop: threading.Event) -> None:
        self.app = app
        self.store = store
        self.say = say
        self.complain = complain
        self.stop = stop
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
        #: What each deed has complained of when it was done last.
        self._told: dict[str, tuple[str, ...]] = {}

    def at_the_blog(self) -> None:
        self._in_turn(self._poll, self._publish)

    def at_the_store(self) -> None:
        """By a thread of its own: while a large store is copied, mail goes on."""
        self._in_turn(self._back_up)

    def at_the_mail(self) -> None:
        # A site without a digest has no mail; what it has kept of people ends all the same.
        mails = "deliver" in self.app.deeds(self.store)
        back, mail = ((self._read_bounces,), (self._prepare_and_publish, self._deliver)) if mails else ((), ())
        deeds = (self._read_unsubscribes, *back, *self._answer_if_wanted, *mail, self._see_to_privacy)
        self._gave_way = True
        while self._gave_way and not self.stop.is_set():
            # What a round has left goes on at once, after all else.
            self._gave_way = False
            self._in_turn(*deeds)

    @property
    def _answer_if_wanted(self) -> tuple[Callable[[], None], ...]:
        return (self._answer,) if self.app.people.come_by_themselves else ()

    def at_the_forms(self) -> None:
        """Answers at once what is asked on a form, until the daemon ends, and hands its letter over."""
        while not self.stop.is_set():
            if self.app.woken.wait(FORMS_EVERY):
                self.app.woken.clear()
                self._seen = None
            forms = (self._look_at_forms,) if self.app.people.come_by_themselves else ()
            self._in_turn(self._read_unsubscribes, *forms)

    def _look_at_forms(self) -> None:
        # What does not work now is said by the next look for mail, which does the same.
        with suppress(SolacefeedError):
            mark = self.app.people.mark(self.store)
            if mark == self._seen:
                return
            self._seen = mark
            self._answer_at_once()
            self._seen = self.app.people.mark(self.store)

    def _answer_at_once(self) -> None:
        """A round that is under way hands letters over between its copies, so answering waits for none."""
        while not self.stop.is_set():
            if self.app.people.mark(self.store)[0]:
                self._answer()
            if self._delivering.acquire(timeout=1):
                self._delivering.release()
                return self._deliver()
        return None

    def _in_turn(self, *deeds: Callable[[], None]) -> None:
        """Nothing ends the daemon or keeps it from the next deed: a bug is a line in a record, and a traceback here."""
        for deed in deeds:
            try:
                with self._under_way(deed.__name__) as wanted:
                    if not wanted:
                        return
                    deed()
            except Busy as busy:
                self.say(str(busy))
            except SolacefeedError as error:
                self.complain(str(error))
            except Exception:
                _log.exception("a look failed")

    @contextmanager
    def _under_way(self, deed: str) -> Iterator[bool]:
        """Notes *deed* while it is done; gives whether it is wanted still."""
        with self._at_work:
            self._deeds.append(deed)
            wanted = not self.stop.is_set()
        try:
            yield wanted
        finally:
            with self._at_work:
                self._deeds.remove(deed)
                self._at_work.notify_all()

    def have_ended(self, grace: float) -> bool:
        """Waits for what is under way, but no longer than *grace* seconds for a poll alone; whether all have ended."""
        with self._at_work:
            self._at_work.wait_for(lambda: set(self._deeds) <= {self._poll.__name__})
            return self._at_work.wait_for(lambda: not self._deeds, grace)

    def _poll(self) -> None:
        if self.rest.goes_on(time.monotonic()):
            return
        try:
            done = self.app.posts.poll(self.store, self._go_on, stop=self.stop.is_set)
        except SourceError:
            self.rest.after_failure(time.monotonic(), random.random())  # noqa: S311  # it only spreads the load
            raise
        self.rest.after_success()
        self._say_news("poll", done)

    def _publish(self) -> None:
        if not self.app.crawled(self.store):
            return
        with self._publishing:
            done = self.app.publishing.publish(self.store)
            self._say_news("publish", done)
            self.app.publishing.ping(self.store)

    def _prepare_and_publish(self) -> None:
        done = self.app.mail.prepare(self.store)
        self._say_news("prepare", done)
        if done.editions:
            # A mail's link to its edition shall lead somewhere.
            self._publish()

    def _answer(self) -> None:
        with self._answering:
            self._say_news("answer", self.app.people.answer(self.store))

    def _deliver(self) -> None:
        with self._delivering:
            ends = time.monotonic() + ROUND
            done = self.app.mail.deliver(self.store, stop=self.stop.is_set, gives_way=lambda: time.monotonic() >= ends)
        self._gave_way = done.gave_way
        self._say_news("deliver", done, done.left())

    def _read_unsubscribes(self) -> None:
        """Before copies are prepared or handed over, and while they are: who has left gets none that can be kept."""
        with self._reading:
            self._say_all("unsubscribes", *self.app.privacy.look_at_mailboxes(self.store))

    def _read_bounces(self) -> None:
        """Before copies are prepared or handed over too: no mail goes to an address that does not exist."""
        self._say_all("bounces", *self.app.bounces.look(self.store))

    def _see_to_privacy(self) -> None:
        self._say_all("privacy", *self.app.privacy.look(self.store))
        self._complain_of("home-log", self.app.backups.note_people(self.store))

    def _back_up(self) -> None:
        self._say_all("backup", *self.app.backups.look(self.store, self.stop.is_set))

    def _say_all(self, what: str, done: tuple[str, ...], amiss: tuple[str, ...]) -> None:
        for line in done:
            self.say(line)
        self._complain_of(what, amiss)

    def _go_on(self, _posts: int) -> None:
        """Asked between the batches of a crawl, which can take long."""
        if self.stop.is_set():
            raise BrokenOff("poll: broken off, since the daemon ends; what was read is kept, and the next goes on")

    def _say_news(self, deed: str, done: Result, left: tuple[str, ...] = ()) -> None:
        if done.has_news():
            self.say(done.line())
        self._complain_of(deed, (*done.troubles, *left))

    def _complain_of(self, deed: str, amiss: tuple[str, ...]) -> None:
        """A look comes every minute: what it said before it need not say again."""
        for trouble in amiss:
            if trouble not in self._told.get(deed, ()):
                self.complain(trouble)
        self._told[deed] = amiss


@contextmanager
def _scheduled(looks: _Looks) -> Iterator[None]:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    every = looks.app.config.daemon
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(3)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    now = datetime.now(UTC)
    scheduler.add_job(looks.at_the_blog, "interval", seconds=every.poll_every.total_seconds(), next_run_time=now)
    scheduler.add_job(looks.at_the_mail, "interval", seconds=every.look_every.total_seconds(), next_run_time=now)
    if looks.app.config.backup.dir:
        scheduler.add_job(looks.at_the_store, "interval", seconds=every.look_every.total_seconds(), next_run_time=now)
    scheduler.start()
    at_forms = threading.Thread(target=looks.at_the_forms, name="forms")
    if looks.app.people.come_by_themselves or looks.app.config.mail.unsubscribe_files:
        at_forms.start()
    try:
        yield
    finally:
        # Waits for the looks that are under way: they see the event, and end after the copy in hand.
        looks.stop.set()
        looks.app.woken.set()
        scheduler.shutdown(wait=True)
        if at_forms.ident is not None:
            at_forms.join()


def _spell(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
