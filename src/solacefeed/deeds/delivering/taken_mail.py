"""What the relay has taken, into the log beside the store: by it a store that was brought back, or not written, knows.

The store itself is what says that a copy went; the log is for the rare day on which an older store is brought back, and
for what was taken while the store could not be written until its worker died. So what can't be added to the log keeps
no record from the store: it is kept here, and added once that is possible again.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from threading import Lock

from solacefeed.deeds.delivering.in_hand import InHand
from solacefeed.errors import StoreError
from solacefeed.models.deliveries import ClaimKey
from solacefeed.ports import Clock
from solacefeed.store import taken_claims
from solacefeed.store.home_log import HomeLog, HomeLogAppender, LogKind
from solacefeed.store.taken_claims import TakenClaim

_log = logging.getLogger(__name__)

#: For so long a log that can't be written is left alone.
_REST = timedelta(seconds=10)
#: Mails of one line.
_MOST = 200


class TakenMail:
    """What one process has to add."""

    def __init__(self, log: HomeLog, clock: Clock) -> None:
        self._file = log
        self._log = HomeLogAppender(log)
        self._clock = clock
        #: By worker and edition what is not in the log yet: readers' numbers, of letters their own, and claims.
        self._left: dict[tuple[str, str | None], set[tuple[int, ClaimKey]]] = {}
        #: When the log could not be written last; ``None`` once it could.
        self._failed_at: datetime | None = None
        self._adding = Lock()

    def note(self, mails: Sequence[InHand], worker: str) -> None:
        """Adds one line for each edition, and one for letters; what can't be added is kept."""
        with self._adding:
            for mail in mails:
                edition, number = mail.whose
                self._left.setdefault((worker, edition), set()).add((number, (mail.id, mail.claim)))
            if self._failed_at is None or abs(self._clock() - self._failed_at) >= _REST:
                self._add_all()

    def settle(self) -> None:
        """Adds what is kept, if that is possible now; no file is open then."""
        with self._adding:
            self._add_all()
            self._log.close()

    def tells_of(self, claims: Collection[TakenClaim], since: datetime) -> set[TakenClaim]:
        """Those of *claims* that the relay has taken since, by all that is known here; no more where that is lost."""
        with self._adding:
            kept = {
                TakenClaim(_kind(edition), worker, *key)
                for (worker, edition), mails in self._left.items()
                for _, key in mails
            }
        known = kept.intersection(claims)
        try:
            return known | taken_claims.found(self._file, set(claims) - known, since=since)
        except StoreError as error:
            _log.warning("%s; what was in hand is in doubt, but what this process knows of", error)
            return known

    def _add_all(self) -> None:
        try:
            for whose in list(self._left):
                self._add(*whose, sorted(self._left[whose]))
                del self._left[whose]
            self._failed_at = None
        except StoreError as error:
            if self._failed_at is None:
                _log.warning(
                    "%s; mail goes on and is written down in the store, and this log gets it once it can be written",
                    error,
                )
            self._failed_at = self._clock()

    def _add(self, worker: str, edition: str | None, mails: Sequence[tuple[int, ClaimKey]]) -> None:
        for start in range(0, len(mails), _MOST):
            numbers, keys = zip(*mails[start : start + _MOST], strict=True)
            values = taken_claims.written(numbers, keys, worker)
            self._log.add(_kind(edition), values, at=self._clock(), of=edition or "-")


def _kind(edition: str | None) -> LogKind:
    return LogKind.LETTERS if edition is None else LogKind.COPIES
