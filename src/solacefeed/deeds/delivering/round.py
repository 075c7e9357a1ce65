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

from solacefeed.deeds.clock import believe
from solacefeed.deeds.delivering.due import pauses, stirs, unreached, waiting
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.editions.revisions import Revisions
from solacefeed.delivery.refusals import without_addresses
from solacefeed.delivery.retries import WAIT_IN_DOUBT, next_try
from solacefeed.digest.periods import is_too_late
from solacefeed.errors import Deferred, Rejected, SenderRefused, TransportError, Unaddressable, Uncertain
from solacefeed.models.deliveries import Delivery, DeliveryState, Message
from solacefeed.models.editions import OPEN, Edition, EditionState, Variant
from solacefeed.ports import Clock, Transport
from solacefeed.store import deliveries, delivery_ends, editions
from solacefeed.store.database import Store

_log = logging.getLogger(__name__)

#: Copies claimed at once.
BATCH = 50

#: Copies in a row that found no relay before the rest is left for later.
ENOUGH_LOST = 2

#: Copies that are refused alike before it is taken to be about us, while the relay has taken none of the edition.
ENOUGH_ALIKE = 3

#: Makes a copy's message from its edition and variant.
Compose = Callable[[Edition, Variant, Delivery], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """All that delivering needs besides the store."""

    renderer: Renderer
    compose: Compose
    #: Offer a copy in doubt once more, rather than hold it for ever.
    repeat_uncertain: bool
    on_copy: Callable[[], None]
    #: Asked between copies: whether to end the round.
    stop: Callable[[], bool]


def deliver_round(store: Store, transport: Transport, clock: Clock, settings: DeliverySettings) -> DeliverResult:
    """Hands over every copy that is due; raises ``ClockDoubt`` when the time can't be right."""
    believe(store, clock)
    tally = Counter(uncertain=_recover(store, clock, settings))
    with store.read() as connection:
        open_ones = waiting(connection, settings.renderer.digest)
    round_ = _Round(store, transport, clock, settings, tally)
    with transport:
        for edition in open_ones:
            round_.deliver(edition)
    with store.read() as connection:
        paused, missed = pauses(connection, open_ones), unreached(connection, open_ones)
    return DeliverResult(
        accepted=tally["accepted"],
        deferred=tally["deferred"],
        rejected=tally["rejected"],
        uncertain=tally["uncertain"],
        cancelled=tally["cancelled"],
        expired=tally["expired"],
        paused=tally["paused"],
        pauses=paused,
        trouble=round_.loss,
        lost=round_.lost_in_a_row,
        unreached=missed,
    )


def _recover(store: Store, clock: Clock, settings: DeliverySettings) -> int:
    """Settles what a dead process, or an edition's end, left in hand; returns how many copies are uncertain for it."""
    with store.read() as connection:
        if not deliveries.left_in_hand(connection, hold=not settings.repeat_uncertain):
            return 0
    with store.write() as connection:
        again = clock() + WAIT_IN_DOUBT if settings.repeat_uncertain else None
        in_doubt = deliveries.recover(connection, at=clock(), offer_again_at=again)
        delivery_ends.drop_cancelled(connection, at=clock())
        return in_doubt


class _Round:
    """One walk through the open editions."""

    #: Of the edition in hand.
    revisions: Revisions

    def __init__(
        self, store: Store, transport: Transport, clock: Clock, settings: DeliverySettings, tally: Counter[str]
    ) -> None:
        self.store = store
        self.transport = transport
        self.clock = clock
        self.settings = settings
        self.tally = tally
        self.lost_in_a_row = 0
        #: Why the copy before found no relay; ``None`` when it found one.
        self.loss: str | None = None
        #: Of the edition in hand: whether the relay has taken a copy, and in what words it has refused the last ones.
        self.taken = False
        self.refusals: list[str] = []
        self.paused = False

    @property
    def trouble(self) -> bool:
        """Whether the rest had better wait."""
        return self.lost_in_a_row >= ENOUGH_LOST

    def deliver(self, edition: Edition) -> None:
        if self._has_work(edition):
            self.revisions = Revisions(self.store, self.clock, self.settings.renderer, edition)
            self._give_up_late_ones(edition)
            self._begin(edition)
            while not (self.trouble or self.paused or self.settings.stop()) and self._deliver_batch(edition):
                pass
            self._close(edition)

    def _begin(self, edition: Edition) -> None:
        with self.store.read() as connection:
            self.taken = deliveries.was_taken(connection, edition.id)
        self.refusals = []
        self.paused = edition.state is EditionState.PAUSED

    def _has_work(self, edition: Edition) -> bool:
        with self.store.read() as connection:
            return stirs(connection, edition, self.settings.renderer.digest, self.clock())

    def _give_up_late_ones(self, edition: Edition) -> None:
        now = self.clock()
        with self.store.write() as connection:
            self.tally["cancelled"] += delivery_ends.drop_ended(connection, edition.id, at=now)
            if is_too_late(edition.leaves_at, now, max_late=self.settings.renderer.digest.max_late):
                self.tally["expired"] += delivery_ends.expire(connection, edition.id, at=now)

    def _deliver_batch(self, edition: Edition) -> bool:
        """One batch; false when nothing is due any more."""
        with self.store.write() as connection:
            batch = deliveries.claim(connection, edition.id, limit=BATCH, at=self.clock(), issue=edition.issue)
            self.revisions.look(connection)
        for number, copy in enumerate(batch):
            if self.trouble or self.paused or self.settings.stop():
                self._release(batch[number:])
                break
            self._deliver_copy(edition, copy)
            self.settings.on_copy()
        return bool(batch)

    def _deliver_copy(self, edition: Edition, copy: Delivery) -> None:
        variant = self._variant(copy)
        if variant is None:
            self._settle(copy, DeliveryState.CANCELLED, "its posts have been withdrawn")
            return
        wanted = True

        def mark() -> bool:
            nonlocal wanted
            with self.store.write() as connection:
                wanted = deliveries.mark(connection, copy.id, revision=variant.revision, at=self.clock())
            return wanted

        try:
            answer = self.transport.hand_over(self.settings.compose(edition, variant, copy), mark)
        except Unaddressable as error:
            self._leave_out(copy, error)
        except SenderRefused as error:
            self._pause(edition, copy, error)
        except Rejected as error:
            self._refuse(edition, copy, error)
        except Uncertain as error:
            self._doubt(copy, error)
        except Deferred as error:
            if wanted:
                self._defer(copy, error)
            else:
                self._withdraw(copy)
        else:
            self._count_loss(None)
            self.taken = True
            self._settle(copy, DeliveryState.ACCEPTED, answer)

    def _leave_out(self, copy: Delivery, error: Unaddressable) -> None:
        """Nobody was asked, so it says nothing of the relay; and what was in doubt before may have arrived."""
        self._settle(copy, DeliveryState.UNCERTAIN if copy.doubts else DeliveryState.REJECTED, str(error))

    def _refuse(self, edition: Edition, copy: Delivery, error: Rejected) -> None:
        """What may be about us rejects nobody as long as the relay has taken no copy of the edition."""
        self._count_loss(None)
        if error.alike is None or self.taken:
            self._settle(copy, DeliveryState.REJECTED, str(error))
            return
        self.refusals = [*(words for words in self.refusals if words == error.alike), error.alike]
        if max(len(self.refusals), copy.attempts) >= ENOUGH_ALIKE:
            self._pause(edition, copy, error)
        else:
            self._settle(copy, DeliveryState.PENDING, str(error), next_try(copy.attempts, self.clock()))

    def _pause(self, edition: Edition, copy: Delivery, error: TransportError) -> None:
        """The copy waits, behind those never tried; the edition, until the operator has mended what the relay refuses.

        Unless it was cancelled meanwhile.
        """
        self._count_loss(None)
        self.paused = True
        at, reason = self.clock(), without_addresses(str(error))
        going = {EditionState.APPROVED, EditionState.DELIVERING}
        with self.store.write() as connection:
            deliveries.settle(
                connection,
                copy.id,
                DeliveryState.PENDING,
                answer=str(error),
                at=at,
                next_try_at=next_try(copy.attempts, at),
            )
            self.tally["paused"] += editions.move(
                connection, edition.id, leaving=going, to=EditionState.PAUSED, reason=reason
            )
        _log.info("%s is paused", edition.id)

    def _variant(self, copy: Delivery) -> Variant | None:
        """What *copy* says; ``None`` when there is nothing left to say."""
        if copy.revision is None:
            return self.revisions.newest(copy.selection)
        return self.revisions.kept(copy.selection, copy.revision)

    def _defer(self, copy: Delivery, error: Deferred) -> None:
        self._settle(copy, DeliveryState.PENDING, str(error), next_try(copy.attempts, self.clock()))
        self._count_loss(error if error.connection_lost else None)

    def _doubt(self, copy: Delivery, error: Uncertain) -> None:
        once_more = self.settings.repeat_uncertain and copy.doubts == 0
        self._settle(copy, DeliveryState.UNCERTAIN, str(error), self.clock() + WAIT_IN_DOUBT if once_more else None)
        self._count_loss(error)

    def _withdraw(self, copy: Delivery) -> None:
        """The mark was refused: who left gets nothing; what was taken out of our hands with its edition is settled."""
        # What was in doubt before stays so: it may have arrived.
        state = DeliveryState.UNCERTAIN if copy.doubts else DeliveryState.CANCELLED
        self._settle(copy, state, "the subscription ended")

    def _count_loss(self, error: TransportError | None) -> None:
        self.lost_in_a_row = self.lost_in_a_row + 1 if error else 0
        self.loss = str(error) if error else None

    def _settle(self, copy: Delivery, state: DeliveryState, answer: str, next_try_at: datetime | None = None) -> None:
        with self.store.write() as connection:
            deliveries.settle(connection, copy.id, state, answer=answer, at=self.clock(), next_try_at=next_try_at)
            # With each copy, not with each batch: to a slow relay a batch takes minutes.
            self.revisions.look(connection)
        # Its address and the relay's words, which may repeat it, stay in the store.
        _log.info("%s, copy %d: %s", copy.edition_id, copy.id, state)
        self.tally["deferred" if state is DeliveryState.PENDING else state.value] += 1

    def _release(self, rest: Sequence[Delivery]) -> None:
        with self.store.write() as connection:
            deliveries.release(connection, [copy.id for copy in rest], at=self.clock())

    def _close(self, edition: Edition) -> None:
        with self.store.write() as connection:
            if not deliveries.unsettled(connection, edition.id):
                editions.move(connection, edition.id, leaving=OPEN, to=EditionState.DONE)
            # What the relay put off, though its edition was cancelled while it was in hand.
            delivery_ends.drop_cancelled(connection, at=self.clock())
