"""What a worker does when its turn comes: it hands over what is due of an edition, or of the outbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

from solacefeed.app import App
from solacefeed.daemon.looks import ROUND
from solacefeed.daemon.queue import JobQueue
from solacefeed.daemon.telling import DeedTeller
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.delivery.event_loop import Apart
from solacefeed.errors import BrokenOff, Busy, SolacefeedError, StoreError
from solacefeed.logs import Log
from solacefeed.store.database import Store

#: Of one turn: whose deed it is, and on which store; nothing where no turn is to begin any more.
Lend = Callable[[], AbstractContextManager[tuple[App, Store] | None]]

_DEED = "deliver"


class Turns:
    """By what *lend* gives for each. *stop* ends one after the copies in hand; *hurries* keeps it from taking up more.

    Nothing that befalls a turn is raised: it is told, and what was left is found by the next look for mail.
    """

    def __init__(
        self, lend: Lend, queue: JobQueue, log: Log, *, stop: Callable[[], bool], hurries: Callable[[], bool]
    ) -> None:
        self._lend = lend
        self._queue = queue
        self._log = log
        self._teller = DeedTeller(log)
        self._stop = stop
        self._hurries = hurries

    def edition(self, edition_id: str) -> None:
        """Hands over copies of one edition until none is left that is due; others may have a turn at it meanwhile."""
        another = _Once(lambda: self._queue.put_edition(edition_id))

        def hand_over(app: App, store: Store, gives_way: Callable[[], bool]) -> DeliverResult:
            done = app.mail.deliver(store, another, self._stop, gives_way, edition_id)
            if done.gave_way and not self._stop():
                self._queue.put_edition(edition_id)
            return done

        self._turn(edition_id, hand_over)

    def outbox(self) -> None:
        """Hands over letters that are due, and settles what a dead worker left in hand."""
        self._turn("outbox", lambda app, store, gives_way: app.mail.hand_over_letters(store, self._stop, gives_way))

    def _turn(self, of: str, hand_over: Callable[[App, Store, Callable[[], bool]], DeliverResult]) -> None:
        began = time.monotonic()
        try:
            with self._lend() as lent:
                if lent is not None:
                    done = hand_over(*lent, lambda: self._hurries() or time.monotonic() >= began + ROUND)
                    self._teller.say_deliveries(done, began, of=of)
        except (Busy, BrokenOff) as busy:
            self._log.news(_DEED, str(busy))
        except SolacefeedError as trouble:
            self._teller.complain_of(_DEED, (str(trouble),), of=of)
        except Exception as bug:
            self._log.failure(_DEED, "a turn failed", bug)


class _Once:
    """Asks for another turn when the first copy of this one is through.

    So whoever is free takes part, and the next turn after theirs is put by them. Of an edition whose first copies find
    no relay no other turn is asked for.
    """

    def __init__(self, put: Callable[[], object]) -> None:
        self._put = put
        self._is_first = threading.Lock()

    def __call__(self) -> None:
        if self._is_first.acquire(blocking=False):
            # The next look for mail does it as well; and those who have copies in hand do not wait for the database.
            with suppress(StoreError):
                Apart(self._put).wait()
