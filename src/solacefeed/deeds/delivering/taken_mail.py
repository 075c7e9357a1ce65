"""What the relay has taken, into the log beside the store: by it a store that is brought back knows of it.

The log is for the rare day when an older store is brought back; the store itself is what says that a copy went. So what
can't be added to the log keeps no record from the store: it is kept here, and added once that is possible again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock

from solacefeed.deeds.delivering.in_hand import InHand
from solacefeed.errors import StoreError
from solacefeed.ports import Clock
from solacefeed.store.home_log import HomeLog, HomeLogAppender, LogKind

_log = logging.getLogger(__name__)

#: For so long a log that can't be written is left alone.
_REST = timedelta(seconds=10)


class TakenMail:
    """What one process has to add."""

    def __init__(self, log: HomeLog, clock: Clock) -> None:
        self._log = HomeLogAppender(log)
        self._clock = clock
        #: By edition the numbers of readers, and of letters their own, that are not in the log yet.
        self._left: dict[str | None, set[int]] = {}
        #: When the log could not be written last; ``None`` once it could.
        self._failed_at: datetime | None = None
        self._adding = Lock()

    def note(self, mails: Sequence[InHand]) -> None:
        """Adds one line for each edition, and one for letters; what can't be added is kept."""
        with self._adding:
            for mail in mails:
                edition, number = mail.whose
                self._left.setdefault(edition, set()).add(number)
            if self._failed_at is None or abs(self._clock() - self._failed_at) >= _REST:
                self._add_all()

    def settle(self) -> None:
        """Adds what is kept, if that is possible now; no file is open then."""
        with self._adding:
            self._add_all()
            self._log.close()

    def _add_all(self) -> None:
        try:
            for edition in list(self._left):
                self._add(edition, sorted(self._left[edition]))
                del self._left[edition]
            self._failed_at = None
        except StoreError as error:
            if self._failed_at is None:
                _log.warning(
                    "%s; mail goes on and is written down in the store, and this log gets it once it can be written",
                    error,
                )
            self._failed_at = self._clock()

    def _add(self, edition: str | None, numbers: Sequence[int]) -> None:
        if edition is None:
            self._log.add(LogKind.LETTERS, numbers, at=self._clock())
        else:
            self._log.add(LogKind.COPIES, numbers, at=self._clock(), of=edition)
