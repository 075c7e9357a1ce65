"""One round of deliveries: hands copies to the transport, one by one, and writes down how each came out.

    claim --> compose --> envelope and body --> durable mark --> final dot --> answer --> outcome

A copy is claimed before it is composed, marked before its final dot, and settled after the answer; whatever a dead
process left in between is settled first by the next one (see ``store.deliveries``). Each says what holds when it is
begun (see ``revisions``).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from solacefeed.deeds.clock import believe
from solacefeed.deeds.delivering.due import pauses, stirs, unreached, waiting
from solacefeed.deeds.delivering.leases import new_lease
from solacefeed.deeds.delivering.letters import ComposeLetter, Letters
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.delivering.session import ENOUGH_ALIKE, RelaySession
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.editions.revisions import Revisions
from solacefeed.delivery.refusals import without_addresses
from solacefeed.delivery.retries import WAIT_IN_DOUBT, next_try
from solacefeed.delivery.trial import KEPT_BACK, OnlyTo
from solacefeed.digest.periods import is_too_late
from solacefeed.errors import Rejected, SenderRefused, TransportError
from solacefeed.models.deliveries import Delivery, DeliveryState, Lease, Mark, Message, Outcome
from solacefeed.models.digests import Digest
from solacefeed.models.editions import OPEN, Edition, EditionState, Variant
from solacefeed.ports import Clock, Transport
from solacefeed.store import deliveries, delivery_ends, editions, outbox
from solacefeed.store.database import Store

_log = logging.getLogger(__name__)

#: Copies claimed at once.
BATCH = 50

#: Makes a copy's message from its edition and variant.
Compose = Callable[[Edition, Variant, Delivery], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """All that delivering needs besides the store."""

    #: Those whose editions are handed over.
    digests: Sequence[Digest]
    #: Of a digest.
    renderer: Callable[[Digest], Renderer]
    compose: Compose
    #: Offer a copy in doubt once more, rather than hold it for ever.
    repeat_uncertain: bool
    #: Whom mail may go to at all.
    only_to: OnlyTo
    compose_letter: ComposeLetter
    on_copy: Callable[[], None]
    #: Asked between copies: whether to end the round.
    stop: Callable[[], bool]
    #: Told the titles of an edition's posts that were withdrawn since it was frozen.
    on_taken_out: Callable[[Edition, tuple[str, ...]], object] = lambda _edition, _titles: None


def deliver_round(store: Store, transport: Transport, clock: Clock, settings: DeliverySettings) -> DeliverResult:
    """Hands over every copy that is due; raises ``ClockDoubt`` when the time can't be right."""
    believe(store, clock)
    lease = new_lease()
    tally = Counter(uncertain=_recover(store, clock, settings, lease.worker))
    with store.read() as connection:
        open_ones = waiting(connection, settings.digests)
    session = RelaySession(transport, clock, repeat_uncertain=settings.repeat_uncertain)
    letters = Letters(
        store, session, clock, settings.compose_letter, lease=lease, only_to=settings.only_to, stop=settings.stop
    )
    round_ = _Round(store, session, letters, clock, settings, lease, tally)
    with transport:
        letters.deliver()
        for edition, digest in open_ones:
            round_.deliver(edition, digest)
    with store.read() as connection:
        named = [edition for edition, _ in open_ones]
        paused, missed = pauses(connection, named), unreached(connection, named)
    return DeliverResult(
        accepted=tally["accepted"],
        deferred=tally["deferred"],
        rejected=tally["rejected"],
        uncertain=tally["uncertain"],
        cancelled=tally["cancelled"],
        expired=tally["expired"],
        kept_back=tally["kept_back"],
        paused=tally["paused"],
        pauses=paused,
        trouble=session.loss,
        lost=session.lost_in_a_row,
        unreached=missed,
        letters=letters.outcome(),
        letters_refused=int(letters.refusal is not None),
    )


def _recover(store: Store, clock: Clock, settings: DeliverySettings, worker: str) -> int:
    """Settles what lost its lease, or what an edition's end left; returns how many copies are uncertain for it."""
    hold, now = not settings.repeat_uncertain, clock()
    with store.read() as connection:
        copies = deliveries.left_in_hand(connection, at=now, hold=hold, worker=worker)
        letters = outbox.left_in_hand(connection, at=now, hold=hold, worker=worker)
    again = None if hold else now + WAIT_IN_DOUBT
    if letters:
        with store.write() as connection:
            outbox.recover(connection, at=now, offer_again_at=again, worker=worker)
    if not copies:
        return 0
    with store.write() as connection:
        in_doubt = deliveries.recover(connection, at=now, offer_again_at=again, worker=worker)
        delivery_ends.drop_cancelled(connection, at=now)
        return in_doubt


class _Round:
    """One walk through the open editions."""

    #: Of the edition in hand.
    revisions: Revisions

    def __init__(
        self,
        store: Store,
        session: RelaySession,
        letters: Letters,
        clock: Clock,
        settings: DeliverySettings,
        lease: Lease,
        tally: Counter[str],
    ) -> None:
        self.store = store
        self.session = session
        self.letters = letters
        self.clock = clock
        self.settings = settings
        self.lease = lease
        self.tally = tally
        #: Of the edition in hand: whether the relay has taken a copy, and in what words it has refused the last ones.
        self.taken = False
        self.refusals: list[str] = []
        self.paused = False

    def halts(self) -> bool:
        """Whether the rest of the edition is left for later."""
        return self.session.trouble or self.paused or self.settings.stop()

    def deliver(self, edition: Edition, digest: Digest) -> None:
        if self._has_work(edition, digest):
            told = partial(self.settings.on_taken_out, edition)
            self.revisions = Revisions(self.store, self.clock, self.settings.renderer(digest), edition, told)
            self._give_up_late_ones(edition, digest)
            self._begin(edition)
            while not self.halts() and self._deliver_batch(edition):
                # Who waits for a letter waits for no edition.
                self.letters.deliver_batch()
            self._close(edition)

    def _begin(self, edition: Edition) -> None:
        with self.store.read() as connection:
            self.taken = deliveries.was_taken(connection, edition.id)
        self.refusals = []
        self.paused = edition.state is EditionState.PAUSED

    def _has_work(self, edition: Edition, digest: Digest) -> bool:
        with self.store.read() as connection:
            return stirs(connection, edition, digest, self.clock())

    def _give_up_late_ones(self, edition: Edition, digest: Digest) -> None:
        now = self.clock()
        with self.store.write() as connection:
            self.tally["cancelled"] += delivery_ends.drop_ended(connection, edition.id, at=now)
            too_late = is_too_late(edition.leaves_at, now, max_late=digest.max_late)
            self.tally["expired"] += delivery_ends.expire(connection, edition.id, at=now, too_late=too_late)

    def _deliver_batch(self, edition: Edition) -> bool:
        """One batch; false when nothing is due any more."""
        with self.store.write() as connection:
            batch = deliveries.claim(
                connection, edition.id, lease=self.lease, limit=BATCH, at=self.clock(), issue=edition.issue
            )
            self.revisions.look(connection)
        going = self._without_others(batch)
        for number, copy in enumerate(going):
            if self.halts():
                self._release(going[number:])
                break
            self._deliver_copy(edition, copy)
            self.settings.on_copy()
        return bool(batch)

    def _without_others(self, batch: Sequence[Delivery]) -> list[Delivery]:
        """Those of *batch* that may go to their reader; in a trial the rest ends here."""
        others = [copy.id for copy in batch if not self.settings.only_to.reaches(copy.email)]
        if others:
            with self.store.write() as connection:
                deliveries.keep_back(connection, others, worker=self.lease.worker, answer=KEPT_BACK, at=self.clock())
            self.tally["kept_back"] += len(others)
        return [copy for copy in batch if copy.id not in others]

    def _deliver_copy(self, edition: Edition, copy: Delivery) -> None:
        variant = self._variant(copy)
        if variant is None:
            self.settle(copy, DeliveryState.CANCELLED, "its posts have been withdrawn")
        elif self.session.hand_over(_CopyInHand(self, edition, variant, copy)):
            self.taken = True

    def mark(self, copy: Delivery, variant: Variant) -> bool:
        mark = Mark(id=copy.id, claim=copy.claims, revision=variant.revision)
        with self.store.write() as connection:
            told = deliveries.mark_all(connection, [mark], worker=self.lease.worker, at=self.clock())
        state = told.get(copy.id)
        if state is not DeliveryState.HANDING:
            self._tell(copy, state)
        return state is DeliveryState.HANDING

    def refuse(self, edition: Edition, copy: Delivery, error: Rejected) -> None:
        """What may be about us rejects nobody as long as the relay has taken no copy of the edition."""
        if error.alike is None or self.taken:
            self.settle(copy, DeliveryState.REJECTED, str(error))
            return
        self.refusals = [*(words for words in self.refusals if words == error.alike), error.alike]
        if max(len(self.refusals), copy.attempts) >= ENOUGH_ALIKE:
            self.pause(edition, copy, error)
        else:
            self.settle(copy, DeliveryState.PENDING, str(error), next_try(copy.attempts, self.clock()))

    def pause(self, edition: Edition, copy: Delivery, error: TransportError) -> None:
        """The copy waits, behind those never tried; the edition, until the operator has mended what the relay refuses.

        Unless it was cancelled meanwhile.
        """
        self.paused = True
        at, reason = self.clock(), without_addresses(str(error))
        going = {EditionState.APPROVED, EditionState.DELIVERING}
        with self.store.write() as connection:
            again = next_try(copy.attempts, at)
            self._write(connection, copy, DeliveryState.PENDING, str(error), again)
            self.tally["paused"] += editions.move(
                connection, edition.id, leaving=going, to=EditionState.PAUSED, reason=reason
            )
        _log.info("%s is paused", edition.id)

    def _variant(self, copy: Delivery) -> Variant | None:
        """What *copy* says; ``None`` when there is nothing left to say."""
        if copy.revision is None:
            return self.revisions.newest(copy.variant_key)
        return self.revisions.kept(copy.variant_key, copy.revision)

    def settle(self, copy: Delivery, state: DeliveryState, answer: str, next_try_at: datetime | None = None) -> None:
        with self.store.write() as connection:
            settled = self._write(connection, copy, state, answer, next_try_at)
            deliveries.renew(connection, lease=self.lease, at=self.clock())
            # With each copy, not with each batch: to a slow relay a batch takes minutes.
            self.revisions.look(connection)
        self._tell(copy, state if settled else None)

    def _write(
        self,
        connection: sa.Connection,
        copy: Delivery,
        state: DeliveryState,
        answer: str,
        next_try_at: datetime | None,
    ) -> bool:
        """False where the copy is no more in hand."""
        outcome = Outcome(id=copy.id, claim=copy.claims, state=state, answer=answer, next_try_at=next_try_at)
        return copy.id in deliveries.settle_all(connection, [outcome], worker=self.lease.worker, at=self.clock())

    def _tell(self, copy: Delivery, state: DeliveryState | None) -> None:
        # Its address and the relay's words, which may repeat it, stay in the store.
        _log.info("%s, copy %d: %s", copy.edition_id, copy.id, state or "no more in hand")
        if state is not None:
            self.tally["deferred" if state is DeliveryState.PENDING else state.value] += 1

    def _release(self, rest: Sequence[Delivery]) -> None:
        with self.store.write() as connection:
            deliveries.release(connection, [copy.id for copy in rest], worker=self.lease.worker, at=self.clock())

    def _close(self, edition: Edition) -> None:
        with self.store.write() as connection:
            if deliveries.is_settled(connection, edition.id):
                editions.move(connection, edition.id, leaving=OPEN, to=EditionState.DONE)
            # What the relay put off, though its edition was cancelled while it was in hand.
            delivery_ends.drop_cancelled(connection, at=self.clock())


class _CopyInHand:
    """A copy as it is handed over."""

    unwanted = "the subscription ended"

    def __init__(self, round_: _Round, edition: Edition, variant: Variant, copy: Delivery) -> None:
        self._round = round_
        self._edition = edition
        self._variant = variant
        self._copy = copy
        self.attempts = copy.attempts
        self.doubts = copy.doubts

    def message(self) -> Message:
        return self._round.settings.compose(self._edition, self._variant, self._copy)

    def mark(self) -> bool:
        return self._round.mark(self._copy, self._variant)

    def settle(self, state: DeliveryState, answer: str, next_try_at: datetime | None = None) -> None:
        self._round.settle(self._copy, state, answer, next_try_at)

    def refuse(self, error: Rejected) -> None:
        self._round.refuse(self._edition, self._copy, error)

    def refuse_us(self, error: SenderRefused) -> None:
        self._round.pause(self._edition, self._copy, error)
