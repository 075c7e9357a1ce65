"""Who hands over the mail that is due, and which daemon of several does the deeds: by ``[store] engine``.

The one seam of an engine: with the embedded one nothing of a queue is loaded.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from solacefeed.app import App
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.errors import Busy, StoreError
from solacefeed.logs import Log
from solacefeed.store.database import Store
from solacefeed.store.job_tables import WORKER
from solacefeed.store.locks import SOMEBODY, only_one

if TYPE_CHECKING:
    from solacefeed.daemon.queue import JobQueue, Serving
    from solacefeed.daemon.turns import Lend
    from solacefeed.store.leading import Lead

#: Seconds between two signs of a leader's life.
SIGNS_EVERY: Final = 2.0
#: Seconds without one after which who waits deposes it.
DEPOSED_AFTER: Final = 9.0
#: Seconds after which it begins nothing more itself: less, so that no two lead.
SURE_FOR: Final = DEPOSED_AFTER - 1.0


def _seconds_since_boot() -> float:
    """Seconds, those too in which the machine slept."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Jobs(Protocol):
    """An engine, of one daemon."""

    #: Whether a second daemon waits for the first one's end, whatever its command says.
    fails_over: bool

    def hold(self, deed: str, lost: Callable[[str], object]) -> AbstractContextManager[None]:
        """Holds the store as the only one that does *deed*; raises ``Busy`` where another does.

        *lost* is told, by another thread, who has it instead.
        """
        ...

    def depose(self, deed: str) -> str | None:
        """Takes the store from one that gives no sign of life any more; who that was, where there was one."""
        ...

    def ask(self) -> None:
        """Raises ``StoreError`` where another may hold the store by now, for all that can be known without a look."""
        ...

    def deliver(self, app: App, *, stop: Callable[[], bool], gives_way: Callable[[], bool]) -> DeliverResult:
        """Hands over what is due, or has it handed over; raises as ``Mail.deliver``."""
        ...

    def begin(self, lend: Lend, *, stop: Callable[[], bool], hurries: Callable[[], bool]) -> None:
        """From now on others' mail may be handed over here, too."""
        ...

    def stop(self) -> None:
        """No turn begins here any more."""
        ...

    def close(self, within: float) -> None:
        """Waits for those that are under way, so many seconds at most."""
        ...


def jobs_of(app: App, store: Store, log: Log) -> Jobs:
    """Those that the config wants; raises ``StoreError`` where the queue can't be had."""
    if app.config.store.engine == "embedded":
        return EmbeddedJobs(store)
    return QueuedJobs(store, log)


class EmbeddedJobs:
    """The daemon hands everything over by itself."""

    fails_over = False

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def hold(self, deed: str, lost: Callable[[str], object]) -> Iterator[None]:  # noqa: ARG002  # it can't be lost
        with only_one(self._store, deed, since=datetime.now(UTC)):
            yield

    def depose(self, deed: str) -> str | None:  # noqa: ARG002  # nobody is
        return None

    def ask(self) -> None:
        """The lock goes with the process."""

    def deliver(self, app: App, *, stop: Callable[[], bool], gives_way: Callable[[], bool]) -> DeliverResult:
        return app.mail.deliver(self._store, stop=stop, gives_way=gives_way)

    def begin(self, lend: Lend, *, stop: Callable[[], bool], hurries: Callable[[], bool]) -> None:
        pass

    def stop(self) -> None:
        pass

    def close(self, within: float) -> None:
        pass


class QueuedJobs:
    """Mail is put into the queue, and handed over by whichever worker is free; this daemon is one of them."""

    fails_over = True

    def __init__(self, store: Store, log: Log) -> None:
        self._store = store
        self._log = log
        self._queue = queue_of(store)
        self._serving: Serving | None = None
        self._signs = LastSign()

    @contextmanager
    def hold(self, deed: str, lost: Callable[[str], object]) -> Iterator[None]:
        from solacefeed.store.leading import Lead

        lead = Lead(self._store, deed, since=datetime.now(UTC))
        with self._signs.given():
            lead.take()
        over = threading.Event()
        signing = threading.Thread(target=_keep, args=(lead, self._signs, over, lost), name="leads", daemon=True)
        signing.start()
        try:
            yield
        finally:
            over.set()
            signing.join(SIGNS_EVERY)
            lead.let_go()

    def depose(self, deed: str) -> str | None:
        from solacefeed.store.leading import depose

        return depose(self._store, deed, after=DEPOSED_AFTER)

    def ask(self) -> None:
        self._signs.ask()

    def deliver(
        self,
        app: App,
        *,
        stop: Callable[[], bool],  # noqa: ARG002  # it takes no time
        gives_way: Callable[[], bool],  # noqa: ARG002  # as above
    ) -> DeliverResult:
        return app.mail.queue(self._store, self._queue.put)

    def begin(self, lend: Lend, *, stop: Callable[[], bool], hurries: Callable[[], bool]) -> None:
        from solacefeed.daemon.queue import Hands, Serving
        from solacefeed.daemon.turns import Turns

        turns = Turns(lend, self._queue, self._log, stop=stop, hurries=hurries)
        hands = Hands(edition=turns.edition, outbox=turns.outbox)
        tell = {"trouble": partial(self._log.trouble, "worker"), "works": partial(self._log.news, "worker")}
        self._serving = Serving(self._queue, hands, turns=1, name=worker_name(), **tell)
        self._serving.begin()

    def stop(self) -> None:
        if self._serving is not None:
            self._serving.stop()

    def close(self, within: float) -> None:
        if self._serving is not None:
            self._serving.ended_within(within)


def queue_of(store: Store) -> JobQueue:
    """The queue of a store, with its tables made; raises ``StoreError``."""
    try:
        from solacefeed.daemon.queue import JobQueue
    except ImportError as error:
        raise StoreError(
            f"the queue of jobs wants its library: pip install '.[postgres]' in the checkout ({error})"
        ) from error
    queue = JobQueue(store)
    queue.settle()
    return queue


def worker_name() -> str:
    """What a worker's connections are called; the host comes last, since PostgreSQL keeps 63 octets."""
    return f"{WORKER}{os.getpid()} on {os.uname().nodename}"


class LastSign:
    """When a leader said last that it lives, by its own *clock*: what it believes of itself without the database.

    Its connection may be silent for as long as the network lets it, and who woke from a long sleep has no answer yet.
    """

    def __init__(self, clock: Callable[[], float] = _seconds_since_boot) -> None:
        self._clock = clock
        self._given_at: float | None = None

    @contextmanager
    def given(self) -> Iterator[None]:
        """While a sign is given: it counts from its beginning on, if it was answered."""
        began = self._clock()
        yield
        self._given_at = began

    def ask(self) -> None:
        """Raises ``StoreError`` where the last one is so long ago that another may lead."""
        if self._given_at is not None and self._clock() - self._given_at >= SURE_FOR:
            # The same words each time, since what fails is told once for as long as it fails alike.
            raise StoreError(
                f"the database has not answered this daemon for {SURE_FOR:.0f} s or longer, and another one may lead "
                "by now: nothing is begun until it answers"
            )


def _keep(lead: Lead, signs: LastSign, over: threading.Event, lost: Callable[[str], object]) -> None:
    """Gives signs of life. Where the connection ended, it is taken anew, unless another has it by then."""
    while not over.wait(SIGNS_EVERY):
        try:
            with signs.given():
                lead.sign()
        except StoreError:
            try:
                with signs.given():
                    lead.take()
            except Busy as busy:
                lost(busy.holder or SOMEBODY)
                return
            except StoreError:
                # The database does not answer, as each deed says by itself.
                continue
