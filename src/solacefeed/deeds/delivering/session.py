"""What becomes of mail in hand when it is offered to the relay: alike for copies of editions and letters of the outbox.

    message --> envelope and body --> durable mark --> final dot, answer --> settled

What is claimed is marked before its final dot, and settled after the answer. What a refusal means for others of its
kind, each kind decides.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from solacefeed.delivery.retries import WAIT_IN_DOUBT, next_try
from solacefeed.errors import Deferred, KeptBack, Rejected, SenderRefused, TransportError, Unaddressable, Uncertain
from solacefeed.models.deliveries import DeliveryState, Message
from solacefeed.ports import Clock, Transport

#: Mails in a row that found no relay before the rest is left for later.
ENOUGH_LOST = 2

#: Refusals alike before they are taken to be about us, while the relay has taken none of the kind.
ENOUGH_ALIKE = 3


class InHand(Protocol):
    """One mail that this process has claimed."""

    @property
    def attempts(self) -> int: ...

    @property
    def doubts(self) -> int: ...

    def message(self) -> Message:
        """Raises ``Unaddressable``."""
        ...

    def mark(self) -> bool:
        """Is on disk before the final dot; false when it must not go, and is settled already."""
        ...

    def settle(self, state: DeliveryState, answer: str, next_try_at: datetime | None = None) -> None:
        """Writes down how it came out."""
        ...

    def refuse(self, error: Rejected) -> None:
        """Settles what the relay refused."""
        ...

    def refuse_us(self, error: SenderRefused) -> None:
        """Settles what the relay refused because of us."""
        ...


class RelaySession:
    """One session with the relay, which all kinds of mail share: when it is lost, all the rest waits."""

    def __init__(self, transport: Transport, clock: Clock, *, repeat_uncertain: bool) -> None:
        self._transport = transport
        self._clock = clock
        self._repeat_uncertain = repeat_uncertain
        self.lost_in_a_row = 0
        #: Why the mail before found no relay; ``None`` when it found one.
        self.loss: str | None = None

    @property
    def trouble(self) -> bool:
        """Whether the rest had better wait."""
        return self.lost_in_a_row >= ENOUGH_LOST

    def hand_over(self, mail: InHand) -> bool:
        """Offers *mail* to the relay and settles it; returns whether the relay took it."""
        wanted = True

        def mark() -> bool:
            nonlocal wanted
            wanted = mail.mark()
            return wanted

        try:
            answer = self._transport.hand_over(mail.message(), mark)
        except KeptBack as error:
            # Nobody was asked, so it says nothing of the relay.
            _end(mail, DeliveryState.CANCELLED, str(error))
        except Unaddressable as error:
            _end(mail, DeliveryState.REJECTED, str(error))
        except SenderRefused as error:
            self._count_loss(None)
            mail.refuse_us(error)
        except Rejected as error:
            self._count_loss(None)
            mail.refuse(error)
        except Uncertain as error:
            self._doubt(mail, error)
        except Deferred as error:
            if wanted:
                self._defer(mail, error)
        else:
            self._count_loss(None)
            mail.settle(DeliveryState.ACCEPTED, answer)
            return True
        return False

    def _defer(self, mail: InHand, error: Deferred) -> None:
        mail.settle(DeliveryState.PENDING, str(error), next_try(mail.attempts, self._clock()))
        self._count_loss(error if error.connection_lost else None)

    def _doubt(self, mail: InHand, error: Uncertain) -> None:
        once_more = self._repeat_uncertain and mail.doubts == 0
        mail.settle(DeliveryState.UNCERTAIN, str(error), self._clock() + WAIT_IN_DOUBT if once_more else None)
        self._count_loss(error)

    def _count_loss(self, error: TransportError | None) -> None:
        self.lost_in_a_row = self.lost_in_a_row + 1 if error else 0
        self.loss = str(error) if error else None


def _end(mail: InHand, state: DeliveryState, why: str) -> None:
    """Settles what is not to go; but what was in doubt before stays so, since it may have arrived."""
    mail.settle(DeliveryState.UNCERTAIN if mail.doubts else state, why)
