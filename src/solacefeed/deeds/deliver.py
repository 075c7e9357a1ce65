"""deliver: hands the copies of open editions to the transport, one by one, and writes down how each came out.

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

from solacefeed.deeds.press import Press
from solacefeed.deeds.revisions import Revisions
from solacefeed.delivery.pacing import WAIT_IN_DOUBT, next_try
from solacefeed.errors import Deferred, Rejected, TransportError, Uncertain
from solacefeed.models import Delivery, DeliveryState, Digest, Edition, EditionState, Message, Variant
from solacefeed.ports import Clock, Transport
from solacefeed.store import deliveries, editions
from solacefeed.store.database import Store

_log = logging.getLogger(__name__)

#: Copies claimed at once.
BATCH = 50

#: Copies in a row that found no relay before the rest is left for later.
ENOUGH_LOST = 2

#: Makes a copy's message from its edition and variant.
Compose = Callable[[Edition, Variant, Delivery], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverResult:
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    cancelled: int = 0
    expired: int = 0
    #: Why the rest was left for later.
    trouble: str | None = None

    def moved(self) -> int:
        """How many copies came to some state."""
        return self.accepted + self.deferred + self.rejected + self.uncertain + self.cancelled + self.expired

    def line(self) -> str:
        words = f"deliver: {self.accepted} accepted"
        for name in ("deferred", "rejected", "uncertain", "cancelled", "expired"):
            if count := getattr(self, name):
                words += f", {count} {name}"
        return words + (f"; the rest waits: {self.trouble}" if self.trouble else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Postroom:
    """All that delivering needs besides the store."""

    press: Press
    compose: Compose
    #: Offer a copy in doubt once more, rather than hold it for ever.
    repeat_uncertain: bool
    on_copy: Callable[[], None]
    #: Asked between copies: whether to end the round.
    stop: Callable[[], bool]


def has_work(store: Store, digest: Digest, now: datetime) -> bool:
    """Whether ``deliver`` would do anything at *now*: a look alone, so that an idle round costs and writes nothing."""
    with store.read() as connection:
        if deliveries.left_behind(connection):
            return True
        waiting = [edition for edition in editions.open_ones(connection) if edition.digest == digest.name]
        return any(
            now > edition.period.ends + digest.max_late or deliveries.any_to_move(connection, edition.id, at=now)
            for edition in waiting
        )


def deliver(store: Store, transport: Transport, clock: Clock, room: Postroom) -> DeliverResult:
    """Hands over every copy that is due."""
    with store.write() as connection:
        again = clock() + WAIT_IN_DOUBT if room.repeat_uncertain else None
        in_doubt = deliveries.recover(connection, at=clock(), offer_again_at=again)
        waiting = [edition for edition in editions.open_ones(connection) if edition.digest == room.press.digest.name]
    tally = Counter(uncertain=in_doubt)
    round_ = _Round(store, transport, clock, room, tally)
    with transport:
        for edition in waiting:
            round_.deliver(edition)
    return DeliverResult(trouble=round_.loss, **tally)


class _Round:
    """One walk through the open editions."""

    #: Of the edition in hand.
    revisions: Revisions

    def __init__(self, store: Store, transport: Transport, clock: Clock, room: Postroom, tally: Counter[str]) -> None:
        self.store = store
        self.transport = transport
        self.clock = clock
        self.room = room
        self.tally = tally
        self.lost_in_a_row = 0
        #: Why the copy before found no relay; ``None`` when it found one.
        self.loss: str | None = None

    @property
    def trouble(self) -> bool:
        """Whether the rest had better wait."""
        return self.lost_in_a_row >= ENOUGH_LOST

    def deliver(self, edition: Edition) -> None:
        self.revisions = Revisions(self.store, self.clock, self.room.press, edition)
        self._give_up_late_ones(edition)
        while not (self.trouble or self.room.stop()) and self._deliver_batch(edition):
            pass
        self._close(edition)

    def _give_up_late_ones(self, edition: Edition) -> None:
        now = self.clock()
        with self.store.write() as connection:
            self.tally["cancelled"] += deliveries.drop_ended(connection, edition.id, at=now)
            if now > edition.period.ends + self.room.press.digest.max_late:
                self.tally["expired"] += deliveries.expire(connection, edition.id, at=now)

    def _deliver_batch(self, edition: Edition) -> bool:
        """One batch; false when nothing is due any more."""
        with self.store.write() as connection:
            batch = deliveries.claim(connection, edition.id, limit=BATCH, at=self.clock())
            if batch and edition.state is EditionState.APPROVED:
                editions.move(connection, edition.id, to=EditionState.DELIVERING)
            self.revisions.look(connection)
        for number, copy in enumerate(batch):
            if self.trouble or self.room.stop():
                self._release(batch[number:])
                break
            self._deliver_copy(edition, copy)
            self.room.on_copy()
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
            answer = self.transport.hand_over(self.room.compose(edition, variant, copy), mark)
        except Rejected as error:
            self._settle(copy, DeliveryState.REJECTED, str(error))
            self._count_loss(None)
        except Uncertain as error:
            self._doubt(copy, error)
        except Deferred as error:
            if wanted:
                self._defer(copy, error)
            else:
                self._withdraw(copy)
        else:
            self._count_loss(None)
            self._settle(copy, DeliveryState.ACCEPTED, answer)

    def _variant(self, copy: Delivery) -> Variant | None:
        """What *copy* says; ``None`` when there is nothing left to say."""
        if copy.revision is None:
            return self.revisions.newest(copy.selection)
        return self.revisions.kept(copy.selection, copy.revision)

    def _defer(self, copy: Delivery, error: Deferred) -> None:
        self._settle(copy, DeliveryState.PENDING, str(error), next_try(copy.attempts, self.clock()))
        self._count_loss(error if error.connection_lost else None)

    def _doubt(self, copy: Delivery, error: Uncertain) -> None:
        once_more = self.room.repeat_uncertain and copy.doubts == 0
        self._settle(copy, DeliveryState.UNCERTAIN, str(error), self.clock() + WAIT_IN_DOUBT if once_more else None)
        self._count_loss(error)

    def _withdraw(self, copy: Delivery) -> None:
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
                editions.move(connection, edition.id, to=EditionState.DONE)
