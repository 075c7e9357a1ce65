"""A worker's life: it takes turns at the mail that a daemon, here or elsewhere, has put into the queue.

store opened, once a turn --> queue's jobs taken --> READY
SIGHUP   config read --> turns after it go by it; those under way take up nothing more
SIGTERM  no new job --> copies in hand finish --> exit 0, within half a minute
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from queue import SimpleQueue
from time import monotonic
from typing import Final

from solacefeed.app import App
from solacefeed.daemon.ending import ENDS_WITHIN, be_gone_after, give
from solacefeed.daemon.jobs import queue_of, worker_name
from solacefeed.daemon.progress import LookProgress
from solacefeed.daemon.queue import Hands, JobQueue, Serving
from solacefeed.daemon.reading_again import read_again, takes_a_restart
from solacefeed.daemon.running import DEEDS_END_WITHIN
from solacefeed.daemon.service_manager import ServiceManager
from solacefeed.daemon.turns import Turns
from solacefeed.deeds.upkeep.link_keys import must_sign_alike
from solacefeed.errors import ConfigError, SolacefeedError, UsageError
from solacefeed.logs import Log
from solacefeed.signals import Order, Orders, ordered_by_signals
from solacefeed.store import config_read
from solacefeed.store.database import Store
from solacefeed.words import counted

_DEED: Final = "worker"
#: Seconds between two looks whether it goes on.
_LOOKS_EVERY: Final = 5.0


def run_worker(app: App, reread: Callable[[], App], log: Log, *, turns: int) -> None:
    """Takes turns at queued mail, *turns* at once, until SIGTERM or SIGINT; copies in hand are finished first.

    Raises ``UsageError`` for a rehearsal and for a site without a queue, and ``StoreError``.
    """
    if app.rehearsed:
        raise UsageError("a worker lives by the real clock: take as_of out of the config, or --as-of off the command")
    if app.config.store.engine != "procrastinate":
        raise UsageError('there is no queue to work on: write engine = "procrastinate" beside [store] url')
    manager = ServiceManager.of(os.environ, os.getpid())
    with Orders() as orders, ordered_by_signals(orders.give, again=True), ExitStack() as stack:
        with manager.patient("opens the store"):
            stores = [stack.enter_context(app.store(create=False)) for _ in range(turns)]
        app.settle_clock(stores[0])
        must_sign_alike(stores[0], app.configured_keys)
        queue = queue_of(stores[0])
        stack.enter_context(ordered_by_signals(partial(give, orders)))
        stack.enter_context(config_read.noted_while_it_runs(stores[0], _DEED, app.read))
        _Worker(app, stores, queue, reread, log, manager, orders).live()
    log.news(_DEED, "worker: ended")


class _Worker:
    def __init__(
        self,
        app: App,
        stores: list[Store],
        queue: JobQueue,
        reread: Callable[[], App],
        log: Log,
        manager: ServiceManager,
        orders: Orders,
    ) -> None:
        self._app = app
        self._reread = reread
        self._log = log
        self._manager = manager
        self._orders = orders
        self._progress = LookProgress()
        self._store = stores[0]
        self._stop = threading.Event()
        #: By which app the turn of a thread began.
        self._at = threading.local()
        self._free = SimpleQueue[_Place]()
        for store in stores:
            store.tell_of_statements(self._progress.step)
            self._free.put(_Place(store))
        turns = Turns(self._lent, queue, log, stop=self._stop.is_set, hurries=self._hurries)
        hands = Hands(edition=turns.edition, outbox=turns.outbox)
        self._turns = len(stores)
        self._serving = Serving(
            queue,
            hands,
            turns=self._turns,
            name=worker_name(),
            trouble=partial(log.trouble, _DEED),
            works=partial(log.news, _DEED),
        )

    def live(self) -> None:
        words = f"hands over queued mail, {counted(self._turns, 'turn')} at once"
        self._log.news(_DEED, f"worker: {words}")
        self._serving.begin()
        self._manager.ready(words)
        every = min(_LOOKS_EVERY, self._manager.watch_every / 3) if self._manager.watch_every else _LOOKS_EVERY
        try:
            while (order := self._orders.next(every)) is not Order.END:
                if order is Order.READ_AGAIN:
                    self._read_again(words)
                if self._serving.lives and self._progress.stuck() is None:
                    self._manager.alive()
        finally:
            self._end()

    def _end(self) -> None:
        began = monotonic()
        be_gone_after(ENDS_WITHIN)
        self._stop.set()
        self._log.news(_DEED, "worker: ending")
        self._manager.stopping("ends after the copies in hand")
        self._serving.stop()
        if not self._serving.ended_within(DEEDS_END_WITHIN):
            words = "worker: ended; a turn was left where it was, and the next one goes on"
            self._log.news(_DEED, words, seconds=round(monotonic() - began, 3))
            os._exit(0)

    def _read_again(self, words: str) -> None:
        """Turns to the config as it stands now, if it is good: the next turns go by it."""
        self._manager.reloading()
        try:
            app, kept = read_again(self._app, self._reread, self._must_sign_alike)
        except SolacefeedError as error:
            for problem in error.problems if isinstance(error, ConfigError) else [str(error)]:
                self._log.trouble(_DEED, problem)
            self._log.trouble(_DEED, "worker: the config is not taken, and the one before stays; mend it, and reload")
        else:
            self._app = app
            config_read.note_process(self._store, _DEED, app.read)
            for name in kept:
                self._log.trouble(_DEED, f"worker: {takes_a_restart(name)}")
            self._log.news(_DEED, "worker: the config is read again, and the next turns go by it")
        finally:
            self._manager.ready(words)

    def _must_sign_alike(self, app: App) -> None:
        must_sign_alike(self._store, app.configured_keys)

    # -- turns --------------------------------------------------------------------------------------

    @contextmanager
    def _lent(self) -> Iterator[tuple[App, Store] | None]:
        if self._stop.is_set():
            yield None
            return
        place = self._free.get()
        try:
            self._at.app = like = self._app
            with self._progress.doing("deliver"):
                yield place.app(like), place.store
        finally:
            self._free.put(place)

    def _hurries(self) -> bool:
        """Whether the config has been read again since the turn of this thread began."""
        return self._stop.is_set() or self._at.app is not self._app


class _Place:
    """For one turn at a time: a store of its own, and what makes mail, which is made for one thread."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._made: tuple[App, App] | None = None

    def app(self, like: App) -> App:
        """Its own, by the config of *like*."""
        if self._made is None or self._made[0] is not like:
            self._made = like, App(like.config, as_of=like.as_of, folder=like.folder, read=like.read)
        return self._made[1]
