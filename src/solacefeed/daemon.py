"""The daemon: APScheduler says "look now" to the deeds; whether something is due, they find in the store.

What bites in APScheduler 3.11: ``misfire_grace_time`` is one second unless set, and a job that comes later is
silently skipped, so it is ``None``, with ``coalesce``; a job's exception only reaches a log, so each is caught and said
here. Its job store stays in memory, for nothing in it needs to be kept.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from solacefeed.app import App
from solacefeed.errors import Busy, SolacefeedError, UsageError
from solacefeed.store.database import Store

Say = Callable[[str], None]

_log = logging.getLogger(__name__)


def run_daemon(app: App, say: Say, complain: Say) -> None:
    """Does deeds when they are due, until SIGTERM or SIGINT; a copy in hand is finished first.

    Raises ``UsageError`` for a rehearsal: the daemon lives by the real clock.
    """
    if app.rehearsed:
        raise UsageError("the daemon lives by the real clock: take as_of out of the config, or --as-of off the command")
    stop = threading.Event()
    with app.store() as store, _signals(stop), _scheduled(_Looks(app, store, say, complain, stop)), app.pages(store):
        every = app.config.daemon
        say(f"daemon: polls every {_spell(every.poll_every)}, looks for mail every {_spell(every.look_every)}")
        stop.wait()
        say("daemon: ending")


class _Looks:
    """What the scheduler calls: each look says only what is news."""

    def __init__(self, app: App, store: Store, say: Say, complain: Say, stop: threading.Event) -> None:
        self.app = app
        self.store = store
        self.say = say
        self.complain = complain
        self.stop = stop

    def at_the_blog(self) -> None:
        """Polls and publishes."""
        with self._told():
            if self.stop.is_set():
                return
            polled = self.app.poll(self.store)
            self._say_news(polled.line(), polled.new or polled.changed or polled.gone or polled.categories)
            published = self.app.publish(self.store)
            self._say_news(published.line(), published.changed or published.removed)

    def at_the_mail(self) -> None:
        """Prepares and delivers."""
        with self._told():
            if self.stop.is_set():
                return
            prepared = self.app.prepare(self.store)
            self._say_news(prepared.line(), prepared.editions or prepared.skipped)
            delivered = self.app.deliver(self.store, stop=self.stop.is_set)
            self._say_news(delivered.line(), delivered.moved())

    def _say_news(self, line: str, news: int) -> None:
        if news:
            self.say(line)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Nothing ends the daemon: what a person can act on is one line, a bug keeps its traceback."""
        try:
            yield
        except Busy as busy:
            self.say(str(busy))
        except SolacefeedError as error:
            self.complain(str(error))
        except Exception:
            _log.exception("a look failed")


@contextmanager
def _scheduled(looks: _Looks) -> Iterator[None]:
    every = looks.app.config.daemon
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(2)},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    now = datetime.now(UTC)
    scheduler.add_job(looks.at_the_blog, "interval", seconds=every.poll_every.total_seconds(), next_run_time=now)
    if looks.app.config.digests:
        scheduler.add_job(looks.at_the_mail, "interval", seconds=every.look_every.total_seconds(), next_run_time=now)
    scheduler.start()
    try:
        yield
    finally:
        # Waits for the looks that are under way: they see the event and end after the copy in hand.
        scheduler.shutdown(wait=True)


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _spell(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
