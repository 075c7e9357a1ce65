"""APScheduler says "look now"; whether something is due, the deeds find in the store.

What bites in APScheduler 3.11: ``misfire_grace_time`` is one second unless set, and a job that comes later is
silently skipped, so it is ``None``, with ``coalesce``; a job's exception only reaches a log, so each is caught by the
looks; and it warns of every look that comes while the one before still works, which is nothing wrong. Its job store
stays in memory, for nothing in it needs to be kept.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler

from solacefeed.config.tables import DaemonConfig
from solacefeed.daemon.looks import Looks

#: A poll comes earlier or later by up to a tenth, and a minute at most: many sites do not ask one blog together.
_SPREAD: Final = 10
_MOST_SPREAD: Final = 60.0


class Schedule:
    """When which look comes: at once, and then by the config's intervals."""

    def __init__(self, looks: Looks) -> None:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._looks = looks
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(3)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._blog: Job = self._scheduler.add_job(looks.at_the_blog, "interval", days=1)
        self._mail: Job = self._scheduler.add_job(looks.at_the_mail, "interval", days=1)
        self._store: Job = self._scheduler.add_job(looks.at_the_store, "interval", days=1)
        self._forms = threading.Thread(target=looks.at_the_forms, name="forms")

    def begin(self, every: DaemonConfig) -> None:
        self.keep_to(every)
        self._scheduler.start()
        self._forms.start()

    def keep_to(self, every: DaemonConfig) -> None:
        """From now on looks come by these intervals; the first ones at once."""
        poll, now = every.poll_every.total_seconds(), datetime.now(UTC)
        self._blog.reschedule("interval", seconds=poll, jitter=min(poll / _SPREAD, _MOST_SPREAD))
        self._mail.reschedule("interval", seconds=every.look_every.total_seconds())
        self._store.reschedule("interval", seconds=every.look_every.total_seconds())
        for job in (self._blog, self._mail, self._store):
            job.modify(next_run_time=now)

    def end(self, *, wait: bool) -> None:
        """No look comes any more; *wait* for those that are under way, which have heard that they shall end."""
        self._scheduler.shutdown(wait=wait)
        if wait:
            self._forms.join()


def spelt(length: timedelta) -> str:
    """``15 min``, ``90 s``."""
    seconds = int(length.total_seconds())
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
