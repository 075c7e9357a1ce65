"""Letters of the outbox, handed over before any edition's copies, and between their batches.

claim --> compose --> envelope and body --> durable mark --> final dot --> answer --> outcome
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from solacefeed.deeds.delivering.outcome import LettersOutcome
from solacefeed.deeds.delivering.session import ENOUGH_ALIKE, RelaySession
from solacefeed.delivery.refusals import without_addresses
from solacefeed.delivery.retries import next_try
from solacefeed.delivery.trial import KEPT_BACK, OnlyTo
from solacefeed.errors import Rejected, SenderRefused
from solacefeed.models.deliveries import DeliveryState, Lease, Mark, Message, Outcome
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.ports import Clock
from solacefeed.store import outbox
from solacefeed.store.database import Store

_log = logging.getLogger(__name__)

#: Letters claimed at once, and at most between two batches of copies.
BATCH = 20

#: Makes a letter's message from what it says.
ComposeLetter = Callable[[Letter, LetterWords], Message]


class Letters:
    """One round's letters; a refusal of us ends it, and pauses no edition."""

    def __init__(
        self,
        store: Store,
        session: RelaySession,
        clock: Clock,
        compose: ComposeLetter,
        *,
        lease: Lease,
        only_to: OnlyTo,
        stop: Callable[[], bool],
    ) -> None:
        self.store = store
        self.clock = clock
        self.compose = compose
        self._session = session
        self.lease = lease
        self._only_to = only_to
        self._stop = stop
        self.tally = Counter[str]()
        #: Whether the relay has taken one in this round: then a refusal is about the next one alone.
        self.taken = False
        #: In what words the relay refused us.
        self.refusal: str | None = None

    def halts(self) -> bool:
        """Whether the rest is left for later."""
        return self._session.trouble or self.refusal is not None or self._stop()

    def deliver(self) -> None:
        """Gives up what is too late, and hands over all that is due."""
        with self.store.read() as connection:
            if not outbox.stirs(connection, at=self.clock()):
                return
        with self.store.write() as connection:
            self.tally["expired"] += outbox.expire(connection, at=self.clock())
        while self.deliver_batch():
            pass

    def deliver_batch(self) -> bool:
        """One batch; false when nothing is due any more, or what is has to wait. A look where there is none."""
        if self.halts():
            return False
        with self.store.read() as connection:
            if not outbox.stirs(connection, at=self.clock()):
                return False
        with self.store.write() as connection:
            batch = outbox.claim(connection, lease=self.lease, limit=BATCH, at=self.clock())
        going = self._without_others(batch)
        for number, letter in enumerate(going):
            if self.halts():
                self._release(going[number:])
                break
            self.taken |= self._session.hand_over(_LetterInHand(self, letter))
        return bool(batch)

    def outcome(self) -> LettersOutcome:
        return LettersOutcome(counts=dict(+self.tally), refusal=self.refusal)

    def _without_others(self, batch: Sequence[Letter]) -> list[Letter]:
        """Those of *batch* that may go to whom they are for; in a trial the rest ends here."""
        others = [letter.id for letter in batch if not self._only_to.reaches(letter.email)]
        if others:
            with self.store.write() as connection:
                outbox.keep_back(connection, others, worker=self.lease.worker, answer=KEPT_BACK, at=self.clock())
            self.tally["kept_back"] += len(others)
        return [letter for letter in batch if letter.id not in others]

    def _release(self, rest: Sequence[Letter]) -> None:
        with self.store.write() as connection:
            outbox.release(connection, [letter.id for letter in rest], worker=self.lease.worker, at=self.clock())


class _LetterInHand:
    """A letter as it is handed over."""

    def __init__(self, letters: Letters, letter: Letter) -> None:
        self._letters = letters
        self._letter = letter
        self.attempts = letter.attempts
        self.doubts = letter.doubts

    def message(self) -> Message:
        with self._letters.store.read() as connection:
            words = outbox.words(connection, self._letter.id)
        return self._letters.compose(self._letter, words)

    def mark(self) -> bool:
        mark = Mark(id=self._letter.id, claim=self._letter.claims)
        with self._letters.store.write() as connection:
            told = outbox.mark_all(connection, [mark], worker=self._letters.lease.worker, at=self._letters.clock())
        state = told.get(self._letter.id)
        if state is not DeliveryState.HANDING:
            self._tell(state)
        return state is DeliveryState.HANDING

    def settle(self, state: DeliveryState, answer: str, next_try_at: datetime | None = None) -> None:
        letter, worker = self._letter, self._letters.lease.worker
        outcome = Outcome(id=letter.id, claim=letter.claims, state=state, answer=answer, next_try_at=next_try_at)
        with self._letters.store.write() as connection:
            settled = outbox.settle_all(connection, [outcome], worker=worker, at=self._letters.clock())
            outbox.renew(connection, lease=self._letters.lease, at=self._letters.clock())
        self._tell(state if letter.id in settled else None)

    def _tell(self, state: DeliveryState | None) -> None:
        # Its address and the relay's words, which may repeat it, stay in the store.
        _log.info("%s, letter %d: %s", self._letter.kind, self._letter.id, state or "no more in hand")
        if state is not None:
            self._letters.tally["deferred" if state is DeliveryState.PENDING else state.value] += 1

    def refuse(self, error: Rejected) -> None:
        """What may be about us rejects nobody at once, unless the relay has just taken another letter."""
        if error.alike is None or self._letters.taken or self.attempts >= ENOUGH_ALIKE:
            self.settle(DeliveryState.REJECTED, str(error))
        else:
            self._put_off(str(error))

    def refuse_us(self, error: SenderRefused) -> None:
        """It waits, behind those never tried, and so do the others of this round."""
        self._put_off(str(error))
        self._letters.refusal = without_addresses(str(error))

    def _put_off(self, answer: str) -> None:
        self.settle(DeliveryState.PENDING, answer, next_try(self.attempts, self._letters.clock()))
