"""The daemon's life: who holds the store, what begins in which order, what signals ask for, and how it ends.

    store opened, held alone --> pages served --> looks scheduled --> READY
    SIGHUP   config read --> no deed under way --> all of it anew, or the old one stays --> READY
    SIGTERM  no new claim --> copies in hand finish --> answers finish --> exit 0, within half a minute

A signal is an order in a queue, which the main thread takes (``signals``): to set an ``Event`` under the hands of the
thread that waits for it can keep that waiting for ever.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Final

from solacefeed.app import App
from solacefeed.daemon.ending import ENDS_WITHIN, be_gone_after, give
from solacefeed.daemon.jobs import Jobs, jobs_of
from solacefeed.daemon.looks import DeedEnd, Looks
from solacefeed.daemon.progress import LookProgress
from solacefeed.daemon.reading_again import read_again, takes_a_restart
from solacefeed.daemon.schedule import Schedule, spelt
from solacefeed.daemon.service_manager import ServiceManager
from solacefeed.deeds.upkeep.link_keys import note_keys
from solacefeed.errors import (
    AnotherDaemon,
    Busy,
    ConfigError,
    DeposedDaemon,
    NotDeposed,
    SolacefeedError,
    StoreError,
    UsageError,
)
from solacefeed.heap import keep_little
from solacefeed.logs import Log
from solacefeed.signals import Order, Orders, ordered_by_signals
from solacefeed.store import config_read, subscribers
from solacefeed.store.database import Store
from solacefeed.store.locks import DAEMON

if TYPE_CHECKING:
    from solacefeed.composition.pages import Served

#: Seconds that all deeds have to end when they shall; then they are left where they are, as by kill -9. What hands mail
#: over takes twenty at most, and writes down how it came out.
DEEDS_END_WITHIN: Final = 24.0
#: Seconds that a poll alone has to hear it.
GRACE: Final = 4.0
#: Seconds to wait for the deeds under way before the config is read anew; then others begin, until those have ended.
QUIET_WITHIN: Final = 20.0
#: Seconds between two tries for the store that another daemon holds.
TRIES_EVERY: Final = 2.0
#: Seconds until a store is free whose holder was deposed.
SOON: Final = 0.2

_DEED = DAEMON
_NOT_TAKEN = "the config is not taken, and the one before stays"


def run_daemon(
    app: App,
    reread: Callable[[], App],
    log: Log,
    *,
    glance: Callable[[], object],
    pages: bool = True,
    waits: bool = False,
) -> None:
    """Does deeds when they are due, until SIGTERM or SIGINT; a copy in hand is finished first.

    It serves our pages too, where the config wants it, unless *pages* is false. With SIGHUP it goes on as *reread*
    says; for a config at which *glance* raises ``ConfigError`` it interrupts nothing. Where another daemon holds the
    store, it *waits* for that one's end.

    A poll hears the end between two steps. Where one takes long, such as a library's look at a hostile document, or a
    publish of a large site, it is left where it is, as by kill -9: what was kept before is kept, and the next goes on.

    Until it has opened its store, a signal raises ``KeyboardInterrupt``, as with other commands. Raises ``UsageError``
    for a rehearsal, ``StoreError`` for a rehearsed store, since the daemon lives by the real clock, and
    ``AnotherDaemon`` for a store that is held.
    """
    if app.rehearsed:
        raise UsageError("the daemon lives by the real clock: take as_of out of the config, or --as-of off the command")
    keep_little()
    manager = ServiceManager.of(os.environ, os.getpid())
    with Orders() as orders, ordered_by_signals(orders.give, again=True), ExitStack() as stack:
        with manager.patient("opens the store"):
            store = stack.enter_context(app.store())
        app.settle_clock(store)
        stack.enter_context(ordered_by_signals(partial(give, orders)))
        log.naming = _numbers(store)
        jobs = jobs_of(app, store, log)
        taken_over = SimpleQueue[str]()

        def lost(by: str) -> None:
            taken_over.put(by)
            orders.give(Order.END)

        if stack.enter_context(_held_alone(jobs, lost, orders, manager, log, waits=waits or jobs.fails_over)):
            _Life(app, store, reread, glance, log, manager, orders, jobs).live(
                lambda: not taken_over.empty(), pages=pages
            )
    log.news(_DEED, "daemon: ended")
    if not taken_over.empty():
        raise DeposedDaemon(
            f"daemon: {taken_over.get()} has taken over, since this one gave no sign of life for too long; begun anew, "
            "it waits for its turn"
        )


@contextmanager
def _held_alone(
    jobs: Jobs, lost: Callable[[str], object], orders: Orders, manager: ServiceManager, log: Log, *, waits: bool
) -> Iterator[bool]:
    """Holds the store as its only daemon; gives whether it does, or was told to end while it waited."""
    told, trouble = None, ""
    is_old = False
    with ExitStack() as held:
        while True:
            deposed = None
            try:
                held.enter_context(jobs.hold(_DEED, lost))
                break
            except Busy as busy:
                holder = busy.holder
                words = f"daemon: {holder} holds this store"
                if not waits:
                    raise AnotherDaemon(f"{words}; end it first, or say --wait to take over when it ends") from busy
                if told != holder:
                    log.news(_DEED, f"{words}; this one waits for its end", holder=holder)
                    manager.ready(f"waits: {holder} holds this store")
                told = holder
                deposed, trouble = _deposed(jobs, log, trouble)
            except StoreError:
                # The database is away for both: whoever comes first when it is back leads.
                if told is None or not jobs.fails_over:
                    raise
            manager.alive()
            order = orders.next(SOON if deposed else TRIES_EVERY)
            if order is Order.END:
                yield False
                return
            if order is Order.READ_AGAIN:
                # It is read when there is something to do by it.
                is_old = True
                manager.reloading()
                manager.ready(f"waits: {told} holds this store")
        if is_old:
            orders.give(Order.READ_AGAIN)
        yield True


def _deposed(jobs: Jobs, log: Log, told: str) -> tuple[str | None, str]:
    """Who held the store and gave no sign of life any more: then it is free. With it why that could not be ended.

    What was *told* already is not told again.
    """
    try:
        if deposed := jobs.depose(_DEED):
            log.trouble(_DEED, f"daemon: {deposed} gives no sign of life; this one takes over", holder=deposed)
            return deposed, ""
    except NotDeposed as trouble:
        if str(trouble) != told:
            log.trouble(_DEED, str(trouble), holder=trouble.holder)
        return None, str(trouble)
    except StoreError:
        """The database is away, as each deed says by itself."""
    return None, told


class _Life:
    """One daemon, from the first look to the last."""

    def __init__(
        self,
        app: App,
        store: Store,
        reread: Callable[[], App],
        glance: Callable[[], object],
        log: Log,
        manager: ServiceManager,
        orders: Orders,
        jobs: Jobs,
    ) -> None:
        self.jobs = jobs
        self.app = app
        self.store = store
        self.reread = reread
        self.glance = glance
        self.log = log
        self.manager = manager
        self.orders = orders
        self.progress = LookProgress()
        self.stop = threading.Event()
        store.lock_wait.end_with(self.stop.is_set)
        self.looks = Looks(app, store, log, self.stop, self.progress, self._hear, jobs)
        self.schedule = Schedule(self.looks)
        self._served: Served | None = None
        #: Deeds whose end is waited for, so that the config can be read anew.
        self._waits_for: frozenset[str] = frozenset()
        #: When each deed was done last, for who asks the service manager; and which do not work.
        self._done: dict[str, datetime] = {}
        self._failing: dict[str, str] = {}
        self._is_stuck = False

    def live(self, is_deposed: Callable[[], bool], *, pages: bool) -> None:
        with ExitStack() as stack:
            if pages and (self.app.config.web.listen or self.app.config.monitoring.listen):
                from solacefeed.composition.pages import served

                self._served = stack.enter_context(served(self.app, self.store))
            told = self._served.told() if self._served else ""
            self.log.news(_DEED, f"daemon: {_what_it_does(self.app)}{f', {told}' if told else ''}")
            self._note_config()
            self.store.tell_of_statements(self.progress.step)
            self.schedule.begin(self.app.config.daemon)
            self.jobs.begin(self.looks.lent, stop=self.stop.is_set, hurries=self.looks.hurries)
            try:
                self.manager.ready(self._status())
                self._obey()
            except BaseException:
                self._end_deeds(stack, code=1)
                raise
            self._end_deeds(stack, code=1 if is_deposed() else 0)

    # -- orders -------------------------------------------------------------------------------------

    def _obey(self) -> None:
        # A sign of life comes twice before its time is over.
        every = self.manager.watch_every and self.manager.watch_every / 3
        next_sign = monotonic()
        while True:
            order = self.orders.next(max(0.0, next_sign - monotonic()) if every else None)
            if order is Order.END:
                return
            if order is Order.READ_AGAIN:
                self._read_again()
            if every and monotonic() >= next_sign:
                next_sign = monotonic() + every
                self._give_sign_of_life()

    def _give_sign_of_life(self) -> None:
        stuck = self.progress.stuck()
        if stuck is None:
            self.manager.alive()
        elif not self._is_stuck:
            self.log.trouble(_DEED, f"daemon: {stuck}; the watchdog is given no sign of life until it goes on")
        self._is_stuck = stuck is not None

    def _read_again(self) -> None:
        """Turns to the config as it stands now, if it is good and no deed is under way."""
        self.manager.reloading()
        try:
            self._turn_when_quiet()
        except SolacefeedError as error:
            problems = error.problems if isinstance(error, ConfigError) else [str(error)]
            for problem in problems:
                self.log.trouble(_DEED, problem)
            self.log.trouble(_DEED, f"daemon: {_NOT_TAKEN}; mend it, and reload")
        except Exception as bug:
            self.log.failure(_DEED, f"daemon: {_NOT_TAKEN}", bug)
        finally:
            self.looks.go_on()
            self.manager.ready(self._status())

    def _turn_when_quiet(self) -> None:
        # What is wrong with the file is said of each that is sent, however long what is under way takes.
        self.glance()
        if busy := self.looks.quiet(0, lambda: True):
            self.log.news(_DEED, f"daemon: told to read the config again; {', '.join(busy)} ends first what is in hand")
        still = self.looks.quiet(QUIET_WITHIN, lambda: self.orders.are_waiting)
        if still and self.orders.are_waiting:
            # Another order has come: to end, or the same.
            return
        if still:
            self.log.news(_DEED, f"daemon: the config is read again as soon as {', '.join(still)} is through")
            self._waits_for = frozenset(still)
            if not self.looks.are_under_way(still):
                self.orders.give(Order.READ_AGAIN)
            return
        self._waits_for = frozenset()
        app, kept = read_again(self.app, self.reread, self._served.turn_to if self._served else lambda _: None)
        # From here on nothing can fail any more.
        self.looks.turn_to(app)
        self.app = app
        self.schedule.keep_to(app.config.daemon)
        self._note_config()
        for name in kept:
            self.log.trouble(_DEED, f"daemon: {takes_a_restart(name)}")
        self.log.news(_DEED, f"daemon: the config is read again; {_what_it_does(app)}")

    def _note_config(self) -> None:
        """So that a look at the site tells of a file that was changed since; what can't be noted is told of nobody."""
        with suppress(StoreError), self.store.write() as connection:
            config_read.note(connection, self.app.read)
        with suppress(StoreError):
            note_keys(self.store, self.app.keys(self.store))

    # -- what is heard of the looks -------------------------------------------------------------------

    def _hear(self, end: DeedEnd) -> None:
        """By the thread of a look."""
        if end.error is None:
            self._done[end.deed] = datetime.now(UTC)
            self._failing.pop(end.deed, None)
        elif not isinstance(end.error, Busy):
            self._failing[end.deed] = str(end.error)
        if end.deed in self._waits_for:
            self._waits_for = frozenset()
            self.orders.give(Order.READ_AGAIN)
        if end.deed in ("poll", "alarms"):
            # The last ones of a look at the blog's posts, and of one at the mail.
            self.manager.status(self._status())

    def _status(self) -> str:
        told = [f"{deed} at {at:%H:%M} UTC" for deed, at in list(self._done.items()) if deed in ("poll", "deliver")]
        failing = list(self._failing)
        done = f"; last {', '.join(told)}" if told else ""
        return _what_it_does(self.app) + done + (f"; does not work: {', '.join(failing)}" if failing else "")

    # -- the end ------------------------------------------------------------------------------------

    def _end_deeds(self, stack: ExitStack, *, code: int = 0) -> None:
        began = monotonic()
        be_gone_after(ENDS_WITHIN, code=code)
        self.stop.set()
        self.app.process.woken.set()
        self.jobs.stop()
        self.log.news(_DEED, "daemon: ending")
        self.manager.stopping("ends after the copies in hand")
        left = self.looks.left_after(DEEDS_END_WITHIN, grace=GRACE)
        self.schedule.end(wait=not left)
        self.looks.end_reaching_out(GRACE)
        self.jobs.close(GRACE if not left else 0)
        # Who is being answered still is answered.
        stack.close()
        if left:
            words = f"daemon: ended; {', '.join(left)} left where it was, and the next one goes on"
            self.log.news(_DEED, words, seconds=round(monotonic() - began, 3))
            os._exit(code)


def _what_it_does(app: App) -> str:
    config = app.config
    words = f"polls every {spelt(config.daemon.poll_every)}"
    if config.digests:
        words += f", looks for mail every {spelt(config.daemon.look_every)}"
    if config.digests and config.mail.transport == "rehearsal":
        words += f" and writes it to {config.mail.dir}"
    return words


def _numbers(store: Store) -> Callable[[str], str | None]:
    """A subscriber's number for their address: what a daemon says is kept in a log."""

    def number(address: str) -> str | None:
        try:
            with store.read() as connection:
                known = subscribers.find(connection, address)
        except StoreError:
            # That it does not work is what is about to be said.
            return None
        return f"subscriber {known.id}" if known else None

    return number
