"""Letters of the outbox, handed over before any edition's copies, and before those that wait for a connection.

claim --> compose --> envelope and body --> durable mark --> final dot --> answer --> outcome
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from solacefeed.deeds.clock import SharedClock
from solacefeed.deeds.delivering.handover import ENOUGH_ALIKE, Handover, put_off, said_so_before
from solacefeed.deeds.delivering.in_hand import Ending, InHand, Undecided
from solacefeed.deeds.delivering.mail_table import MailTable
from solacefeed.deeds.delivering.outcome import LettersOutcome
from solacefeed.deeds.delivering.pacing import Pacing, ToDomains
from solacefeed.deeds.delivering.policy import LEAST_DOMAINS, is_about_us
from solacefeed.deeds.delivering.senders import Senders
from solacefeed.delivery.refusals import alike, without_addresses
from solacefeed.delivery.trial import KEPT_BACK, OnlyTo
from solacefeed.errors import Rejected, SenderRefused
from solacefeed.models.deliveries import DeliveryState, Lease, Mark, Message
from solacefeed.models.letters import Letter, LetterWords
from solacefeed.store import due_letters, letter_refusals, outbox
from solacefeed.store.database import Store
from solacefeed.store.letter_refusals import LettersOfLate
from solacefeed.store.policy_refusals import domain_of

_log = logging.getLogger(__name__)

#: Letters claimed at once.
BATCH = 20

#: Makes a letter's message from what it says.
ComposeLetter = Callable[[Letter, LetterWords], Message]

LETTERS = MailTable(
    hold=outbox.hold,
    mark_all=outbox.mark_all,
    settle_all=outbox.settle_all,
    release=outbox.release,
    renew=outbox.renew,
)


class Letters:
    """One round's letters; a refusal of us ends it, and pauses no edition."""

    def __init__(
        self,
        store: Store,
        handover: Handover,
        clock: SharedClock,
        compose: ComposeLetter,
        feed: Callable[[Sequence[InHand]], None],
        *,
        lease: Lease,
        only_to: OnlyTo,
        pacing: Pacing,
        senders: Senders,
    ) -> None:
        self.store = store
        self._senders = senders
        self._pacing = pacing
        self.handover = handover
        self.clock = clock
        self.compose = compose
        self._feed = feed
        self._lease = lease
        self._only_to = only_to
        self.tally = Counter[str]()
        #: Whether the relay has taken one in this round: then a refusal is about the next one alone.
        self.taken = False
        #: In what words the relay refused us.
        self.refusal: str | None = None
        #: Those that it refused one after the other in the same words about us, by their numbers, each with its domain.
        self._row: dict[int, str] = {}
        self._row_says: str | None = None
        #: The domains at which it has taken one in this round.
        self._taken_at = set[str]()
        #: Whether it has taken up one that a newer one may wait for.
        self._may_be_followed = False
        #: When more of them may be taken up, where a limit keeps some back.
        self.goes_on_at: datetime | None = None

    def is_held(self) -> bool:
        return self.refusal is not None or self.handover.is_held()

    def halts(self) -> bool:
        """Whether the rest is left for later."""
        return self.refusal is not None or self.handover.halts()

    def take(self, email: str) -> None:
        """The relay took one."""
        self.taken = True
        self._taken_at.add(domain_of(email))
        self._row.clear()

    def add_to_row(self, number: int, email: str, says: str) -> None:
        """The relay refused one in these words, which may be about us."""
        if says != self._row_says:
            self._row.clear()
        self._row_says = says
        self._row[number] = domain_of(email)

    def refuses_us(self) -> bool:
        """Whether what was said in this round of one letter after the other is about all.

        Nobody is rejected by it: so it is one domain's own as soon as any letter was taken, also where that was there.
        """
        is_of_one = self.taken and len(set(self._row.values())) < LEAST_DOMAINS
        return is_about_us(self._row, taken_at=self._taken_at) and not is_of_one

    def row_of_late(self, words: str, known: LettersOfLate) -> set[int]:
        """Where it is about us: those that were refused in those words one after the other, also in other rounds."""
        row = dict(self._row)
        if not self.taken:
            row |= {each.number: each.domain for each in known.refused if alike(each.answer) == alike(words)}
        return set(row) if is_about_us(row, taken_at=self._taken_at | known.taken_at) else set()

    def deliver(self) -> None:
        """Gives up what is too late or void, and has all handed over that is due."""
        # What waited for a limit another may have taken, or ended.
        self.goes_on_at = self._pacing.letters_wait_until = None
        with self.store.read_at_once() as connection:
            if not outbox.stirs(connection, at=self.clock()):
                return
        with self.store.write() as connection:
            expired = outbox.expire(connection, at=self.clock.believed())
            due_letters.take_back(connection, at=self.clock())
        self.tally["expired"] += expired
        while self.deliver_batch():
            pass

    def deliver_batch(self) -> bool:
        """One batch; false when nothing is due any more, or what is has to wait. A look where there is none."""
        self.goes_on_at = self._pacing.letters_wait_until = None
        if self.halts():
            return False
        with self.store.read_at_once() as connection:
            if not outbox.stirs(connection, at=self.clock()):
                return False
        batch, words = self._claim()
        try:
            left = self._without_others(batch)
        except Exception:
            # The round ends by it, and what it has taken up is in nobody's hand.
            for letter in batch:
                self.handover.put_back(LetterInHand(self, letter, words[letter.id]))
            raise
        self._feed([LetterInHand(self, letter, words[letter.id]) for letter in left])
        return bool(batch) and self.goes_on_at is None

    def deliver_followers(self, drain: Callable[[], object]) -> None:
        """Hands over letters that an older one was to come before, once *drain* has had that written down."""
        while self._may_be_followed:
            self._may_be_followed = False
            self.deliver_batch()
            drain()

    def _claim(self) -> tuple[list[Letter], dict[int, LetterWords]]:
        """With what they say: no connection waits for the store while a letter is composed."""
        at, sender_id = self.clock(), self._senders.of_letters(self.store)

        def claim(to: ToDomains, limit: int) -> list[Letter]:
            return outbox.claim(
                connection,
                lease=self._lease,
                limit=limit,
                at=at,
                domains=to.domains,
                others=to.others,
                sender_id=sender_id,
            )

        with self.store.write() as connection:
            taken = self._pacing.letters(connection, claim, lambda: outbox.stirs(connection, at=at), at, most=BATCH)
            self._senders.know(connection, (letter.sender_id for letter in taken.mails))
            words = outbox.words(connection, (letter.id for letter in taken.mails))
        self._pacing.has_written()
        self._may_be_followed |= any(letter.kind in due_letters.IN_ORDER for letter in taken.mails)
        self.goes_on_at = taken.goes_on_at
        return taken.mails, words

    def outcome(self) -> LettersOutcome:
        return LettersOutcome(counts=dict(+self.tally), refusal=self.refusal)

    def _without_others(self, batch: Sequence[Letter]) -> list[Letter]:
        """Those of *batch* that may go to whom they are for; in a trial the rest ends here."""
        others = [letter.claim_key for letter in batch if not self._only_to.reaches(letter.email)]
        if others:
            with self.store.write() as connection:
                outbox.keep_back(connection, others, worker=self._lease.worker, answer=KEPT_BACK, at=self.clock())
            self.tally["kept_back"] += len(others)
        return [letter for letter in batch if letter.claim_key not in others]


class LetterInHand:
    """A letter as it is handed over."""

    table = LETTERS
    material = None

    def __init__(self, letters: Letters, letter: Letter, words: LetterWords) -> None:
        self._letters = letters
        self._letter = letter
        self._words = words
        self.id = letter.id
        self.claim = letter.claims
        self.email = letter.email
        self.whose = (None, letter.id)
        self.attempts = letter.attempts
        self.doubts = letter.doubts
        self.composed: Message | None = None
        self._of_late = LettersOfLate()

    def message(self, *, at_once: bool = False) -> Message | None:  # noqa: ARG002  # nothing of it is written
        if self.composed is None:
            self.composed = self._letters.compose(self._letter, self._words)
        return self.composed

    def may_have_moved(self, changes: int) -> bool:  # noqa: ARG002  # a letter's words are frozen
        return False

    def has_moved(self) -> bool:
        return False

    def mark(self) -> Mark:
        return Mark(id=self.id, claim=self.claim)

    def is_held(self) -> bool:
        return self._letters.is_held() or self._is_over()

    def halts(self) -> bool:
        return self._letters.halts() or self._is_over()

    def _is_over(self) -> bool:
        """It waited for a connection until it was too late: it is put back, and given up by the next look."""
        return self._letter.not_after < self._letters.clock()

    def taken(self) -> None:
        self._letters.take(self.email)

    def refuse(self, error: Rejected) -> Ending | Undecided:
        """What may be about us rejects nobody at once: also a relay that has just taken another letter may mean us.

        Nor does it later, where others heard the same in a row.
        """
        if error.alike is None:
            return Ending(state=DeliveryState.REJECTED, answer=str(error))
        self._letters.add_to_row(self.id, self.email, error.alike)
        # What it was tried for besides, as where the relay put it off, is no refusal.
        often = self.attempts >= ENOUGH_ALIKE and said_so_before(self._letter.answer, error)
        if not often:
            return put_off(self, error, self._letters.clock())
        return Undecided(look=self._look, decide=partial(self._decide, error))

    def _look(self) -> Callable[[], object]:
        with self._letters.store.read() as connection:
            known = letter_refusals.of_late(connection)
        return partial(self._know, known)

    def _know(self, known: LettersOfLate) -> None:
        self._of_late = known

    def _decide(self, error: Rejected) -> Ending:
        letters, at = self._letters, self._letters.clock()
        if letters.refusal is not None:
            # It was on its way when another one told that this is about us.
            return put_off(self, error, at)
        row = letters.row_of_late(str(error), self._of_late) - {self.id}
        if not row:
            return Ending(state=DeliveryState.REJECTED, answer=str(error))
        letters.refusal = without_addresses(str(error))
        ending = put_off(self, error, at)
        ending.also = partial(letter_refusals.set_right, numbers=row, at=at, next_try_at=ending.next_try_at)
        return ending

    def refuse_us(self, error: SenderRefused) -> Ending:
        """It waits, behind those never tried.

        So do the others of this round, unless that was said of this one alone and not again and again: a relay may have
        it from the server of one reader.
        """
        letters = self._letters
        own = not letters.taken and self.attempts >= ENOUGH_ALIKE and said_so_before(self._letter.answer, error)
        if error.alike is not None:
            letters.add_to_row(self.id, self.email, error.alike)
        if error.alike is None or letters.refuses_us() or own:
            letters.refusal = without_addresses(str(error))
        return put_off(self, error, self._letters.clock())

    def told(self, state: DeliveryState | None) -> None:
        # Its address and the relay's words, which may repeat it, stay in the store.
        _log.info("%s, letter %d: %s", self._letter.kind, self.id, state or "no more in hand")
        if state is not None:
            self._letters.tally["deferred" if state is DeliveryState.PENDING else state.value] += 1

    def came_back(self, *, unmarked: bool = False) -> None:
        """The next look finds it."""

    def offered(self) -> None:
        """What is counted for who watches are copies."""
