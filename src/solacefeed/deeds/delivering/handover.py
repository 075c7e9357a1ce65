"""What becomes of mail in hand when it is offered to the relay: alike for copies of editions and letters of the outbox.

    message --> envelope and body --> durable mark --> final dot, answer --> written down

Several connections do this at once, in turns (``delivery.pool``); what they have to write goes to disk in groups
(``delivery.marks``, ``group_commit``). What an answer means for others of its kind is decided here under one lock, in
the order of the answers; what has to be looked up for it is looked up outside that, while others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import Protocol

from solacefeed.deeds.delivering.in_hand import Also, Ending, InHand, Marked, ToWrite, Undecided
from solacefeed.delivery.event_loop import Apart
from solacefeed.delivery.marks import MarkWriter
from solacefeed.delivery.refusals import alike, wants_fewer, without_addresses
from solacefeed.delivery.retries import WAIT_IN_DOUBT, next_try
from solacefeed.errors import (
    Deferred,
    KeptBack,
    Rejected,
    SenderRefused,
    StoreError,
    TransportError,
    Unaddressable,
    Uncertain,
    in_a_line,
)
from solacefeed.models.deliveries import DeliveryState, Message, Outcome
from solacefeed.ports import Clock, Transport

#: Mails in a row that found no relay before the rest is left for later.
ENOUGH_LOST = 2

#: Refusals alike before they are taken to be about us, while the relay has taken none of the kind.
ENOUGH_ALIKE = 3

#: How often one is composed anew because what it says changed before its mark, before it is put back.
_MOST_TURNS = 5


Writer = MarkWriter[InHand, ToWrite, Marked]


class Hear(Protocol):
    """Is told, for the pace, of an address to which a mail was deferred by the relay, or else accepted."""

    def __call__(self, email: str, *, deferred: bool) -> None: ...


class Handover:
    """What all connections share: when the relay is lost, or the store, all the rest waits."""

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        *,
        repeat_uncertain: bool,
        stop: Callable[[], bool],
        hear: Hear,
    ) -> None:
        self._writer = writer
        self._hear = hear
        self._clock = clock
        self._repeat_uncertain = repeat_uncertain
        self._stop = stop
        self._deciding = Lock()
        self.lost_in_a_row = 0
        #: Why the mail before found no relay, without addresses, as it is logged; ``None`` when it found one.
        self.loss: str | None = None
        self._is_unreachable = False
        #: Why a mark could not be written.
        self.store_trouble: StoreError | None = None

    def is_held(self) -> bool:
        """Whether the rest had better wait."""
        return self._is_unreachable or self.lost_in_a_row >= ENOUGH_LOST or self.store_trouble is not None

    def halts(self) -> bool:
        return self.is_held() or self._stop()

    def alone(self, act: Callable[[], object]) -> None:
        """Does what no answer may come into the midst of."""
        with self._deciding:
            act()

    # -- what no connection has ---------------------------------------------------------------------

    def put_back(self, mail: InHand, also: Also | None = None, *, edition_id: str | None = None) -> None:
        """It was not tried, and waits as before."""
        self._writer.settle(ToWrite(mail=mail, outcome=None, also=also, edition_id=edition_id))

    def leave(self, left: Sequence[InHand], error: TransportError) -> None:
        """There is no connection for what is *left*, for that reason, and it costs none of it an attempt."""
        with self._deciding:
            if not isinstance(error, SenderRefused):
                self._is_unreachable = True
                self._count_loss(error)
            for mail in left:
                # Once for each kind, since the first one holds it.
                refused = mail.refuse_us(error) if isinstance(error, SenderRefused) and not mail.is_held() else None
                if isinstance(refused, Ending):
                    self.put_back(mail, refused.also, edition_id=refused.edition_id)
                else:
                    self.put_back(mail)

    # -- over a connection ------------------------------------------------------------------------

    def serve(self, transport: Transport, mail: InHand, ahead: Callable[[], InHand | None]) -> None:
        """Offers *mail* to the relay, and has it written down how it came out."""
        try:
            turns = 0
            while not self._offer(transport, mail, ahead):
                turns += 1
                if turns == _MOST_TURNS:
                    self.put_back(mail)
                    break
        except StoreError as error:
            self.store_trouble = self.store_trouble or error
            # No dot has followed, whatever became of the mark; nor has the relay said anything of it.
            self.put_back(mail)
        mail.offered()

    def _offer(self, transport: Transport, mail: InHand, ahead: Callable[[], InHand | None]) -> bool:
        """False where it says something else by now, and is to be offered anew."""
        if mail.halts():
            self.put_back(mail)
            return True
        verdict: Marked | None = None

        def mark() -> bool:
            nonlocal verdict
            verdict = self._marked(mail)
            return verdict is Marked.GO

        def following() -> Message | None:
            after = ahead()
            try:
                return after.message(at_once=True) if after else None
            except Exception:
                # What can't be composed, or not at once, costs this one nothing: its dot waits for no other's words.
                return None

        try:
            message = mail.message()
            if message is None:
                self._settle(mail, _unasked(mail, DeliveryState.CANCELLED, WITHDRAWN))
                return True
            answer = transport.hand_over(message, mark, following)
        except TransportError as error:
            if verdict is None or verdict is Marked.GO:
                self._come_out(mail, error)
            elif verdict is Marked.HELD:
                self.put_back(mail)
            return verdict is not Marked.MOVED
        except StoreError:
            raise
        except Exception as error:
            # A bug ends the round, and leaves nothing in hand for as long as a lease lasts.
            if verdict is Marked.GO:
                self._settle(mail, self._in_doubt(mail, in_a_line(error)))
            else:
                self.put_back(mail)
            raise
        with self._deciding:
            ending = Ending(state=DeliveryState.ACCEPTED, answer=answer)
            try:
                self._count_loss(None)
                self._hear(mail.email, deferred=False)
                ending.also = mail.taken()
            finally:
                # Whatever fails beside it: it has gone.
                self._settle(mail, ending)
        return True

    def _come_out(self, mail: InHand, error: TransportError) -> None:
        undecided: Undecided | None = None
        with self._deciding:
            ending = self._as_said(mail, error)
            try:
                meant = self._ending(mail, error)
                if isinstance(meant, Undecided):
                    undecided = meant
                else:
                    ending = meant
            finally:
                # Whatever fails beside it: the relay has said it.
                if undecided is None:
                    self._settle(mail, ending)
        if undecided is not None:
            self._decide(mail, undecided, ending)

    def _decide(self, mail: InHand, undecided: Undecided, ending: Ending) -> None:
        """Settles it as what was looked up tells; as *ending* says where it can't be decided."""
        tell: Callable[[], object] = lambda: None  # noqa: E731
        try:
            tell = Apart(undecided.look).wait()
        except StoreError as error:
            self.store_trouble = self.store_trouble or error
        finally:
            with self._deciding:
                try:
                    tell()
                    ending = undecided.decide()
                finally:
                    self._settle(mail, ending)

    def _as_said(self, mail: InHand, error: TransportError) -> Ending:
        """What an answer comes to by itself."""
        again = put_off(mail, error, self._clock())
        return self._in_doubt(mail, again.answer) if isinstance(error, Uncertain) else again

    def _marked(self, mail: InHand) -> Marked:
        for _ in range(_MOST_TURNS):
            if mail.is_held():
                return Marked.HELD
            verdict = self._writer.mark(mail)
            if verdict is not Marked.MOVED or mail.has_moved():
                return verdict
        return Marked.MOVED

    # -- what an answer means ---------------------------------------------------------------------

    def _ending(self, mail: InHand, error: TransportError) -> Ending | Undecided:
        if isinstance(error, KeptBack):
            # Nobody was asked, so it says nothing of the relay.
            return _unasked(mail, DeliveryState.CANCELLED, str(error))
        if isinstance(error, Unaddressable):
            return _unasked(mail, DeliveryState.REJECTED, str(error))
        lost = isinstance(error, Uncertain) or (isinstance(error, Deferred) and error.connection_lost)
        self._count_loss(error if lost else None)
        if isinstance(error, SenderRefused):
            return mail.refuse_us(error)
        if isinstance(error, Rejected):
            return mail.refuse(error)
        if isinstance(error, Uncertain):
            return self._in_doubt(mail, str(error))
        if not lost and error.reply is not None and wants_fewer(error.reply):
            self._hear(mail.email, deferred=True)
        return put_off(mail, error, self._clock())

    def _in_doubt(self, mail: InHand, answer: str) -> Ending:
        once_more = self._repeat_uncertain and mail.doubts == 0
        again = self._clock() + WAIT_IN_DOUBT if once_more else None
        return Ending(state=DeliveryState.UNCERTAIN, answer=answer, next_try_at=again)

    def _count_loss(self, error: TransportError | None) -> None:
        self.lost_in_a_row = self.lost_in_a_row + 1 if error else 0
        self.loss = without_addresses(str(error)) if error else None

    def _settle(self, mail: InHand, ending: Ending) -> None:
        outcome = Outcome(
            id=mail.id,
            claim=mail.claim,
            state=ending.state,
            answer=ending.answer,
            next_try_at=ending.next_try_at,
        )
        self._writer.settle(ToWrite(mail=mail, outcome=outcome, also=ending.also, edition_id=ending.edition_id))


WITHDRAWN = "its posts have been withdrawn"


def put_off(
    mail: InHand, error: TransportError, at: datetime, also: Also | None = None, *, edition_id: str | None = None
) -> Ending:
    """It waits, longer each time."""
    again = next_try(mail.id, mail.attempts, at)
    return Ending(state=DeliveryState.PENDING, answer=str(error), next_try_at=again, also=also, edition_id=edition_id)


def said_so_before(answer: str | None, error: TransportError) -> bool:
    """Whether what one was answered last says the same of it."""
    return answer is not None and alike(answer) == alike(str(error))


def _unasked(mail: InHand, state: DeliveryState, why: str) -> Ending:
    """The end of what is not to go; but what was in doubt before stays so, since it may have arrived."""
    return Ending(state=DeliveryState.UNCERTAIN if mail.doubts else state, answer=why)
