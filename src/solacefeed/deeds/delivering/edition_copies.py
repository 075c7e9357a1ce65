"""An edition while its copies are handed over, and one of them in hand.

A copy is composed when a connection is free for it, in the thread of all connections. What it says may change until its
mark: the commit that writes the mark looks whether it may have, and a copy that says something else by then is composed
anew (see ``deeds.editions.revisions``).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from solacefeed.deeds.delivering.handover import ENOUGH_ALIKE, Handover, put_off, said_so_before
from solacefeed.deeds.delivering.in_hand import Also, Ending, Undecided
from solacefeed.deeds.delivering.mail_table import MailTable
from solacefeed.deeds.delivering.other_workers import OtherWorkers
from solacefeed.deeds.delivering.policy import PolicyMeans, PolicyRefusal, PolicyRefusals
from solacefeed.deeds.editions.renderer import Material
from solacefeed.deeds.editions.revisions import Revisions
from solacefeed.delivery.refusals import without_addresses
from solacefeed.delivery.retries import WAITS
from solacefeed.digest.periods import last_instant
from solacefeed.errors import Rejected, SenderRefused, TransportError
from solacefeed.models.deliveries import Delivery, DeliveryState, Mark, Message
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, EditionState, Variant
from solacefeed.ports import Clock
from solacefeed.store import deliveries, editions, policy_refusals

_log = logging.getLogger(__name__)

#: Makes a copy's message from its edition and variant.
Compose = Callable[[Edition, Variant, Delivery], Message]

COPIES = MailTable(
    hold=deliveries.hold,
    mark_all=deliveries.mark_all,
    settle_all=deliveries.settle_all,
    release=deliveries.release,
    renew=deliveries.renew,
    write_group=deliveries.write_group,
)

_GOING = frozenset({EditionState.APPROVED, EditionState.DELIVERING})


class EditionInHand:
    """One edition in one round."""

    def __init__(
        self,
        edition: Edition,
        digest: Digest,
        *,
        sender_id: int | None,
        revisions: Revisions,
        compose: Compose,
        handover: Handover,
        clock: Clock,
        tally: Counter[str],
        on_copy: Callable[[], None],
        policy: PolicyRefusals,
        others: OtherWorkers,
    ) -> None:
        self.edition = edition
        self.digest = digest
        #: What its copies say of who sends them (``senders``).
        self.sender_id = sender_id
        #: The last instant at which it may go; asked of each copy several times.
        self._goes_until = last_instant(edition.leaves_at, digest.max_late)
        self.revisions = revisions
        self.compose = compose
        self.handover = handover
        self.clock = clock
        self.tally = tally
        self.on_copy = on_copy
        #: What the relay has taken of it and refused for a policy, and in what words it has refused the last ones.
        self.policy = policy
        self.others = others
        self.refusals: list[str] = []
        #: Copies that were rejected for a policy by this round.
        self.rejected_for_policy = 0
        self.paused = edition.state is EditionState.PAUSED
        #: Whether one came back untried.
        self.is_incomplete = False
        #: When more of it may be taken up, where a limit keeps some back.
        self.goes_on_at: datetime | None = None
        #: How many this round has taken up, and how many of them are in hand no more; each counted by one thread.
        self.claimed = self.out = 0
        #: Whether none was left that is due, when it was asked last.
        self.is_through = False

    def has_come_out(self) -> bool:
        """Whether nothing of it is left to do by this round, and nothing in its hand."""
        return self.is_through and not self.is_in_hand()

    def is_in_hand(self) -> bool:
        """Whether this round has copies of it that it is not through with."""
        return self.claimed != self.out

    def is_held(self) -> bool:
        return self.paused or self.handover.is_held()

    def halts(self) -> bool:
        """Whether the rest of it is left for later."""
        return self.paused or self.handover.halts()

    def is_too_late(self, at: datetime) -> bool:
        return at > self._goes_until

    def is_paced(self) -> bool:
        return self.goes_on_at is not None

    def pause(self, error: TransportError) -> Also:
        """It waits until the operator has mended what the relay refuses, unless it was cancelled meanwhile."""
        self.paused = True
        reason = without_addresses(str(error))

        def write(connection: sa.Connection) -> Callable[[], None]:
            moved = editions.move(connection, self.edition.id, leaving=_GOING, to=EditionState.PAUSED, reason=reason)
            return partial(self._is_paused, moved)

        return write

    def _is_paused(self, moved: bool) -> None:
        self.tally["paused"] += moved
        _log.info("%s is paused", self.edition.id)

    def pause_for_policy(self, error: TransportError, *, row_alone: bool) -> Also:
        """The same, and what was rejected so before it was known to be about us waits again."""
        pause, at = self.pause(error), self.clock()

        def write(connection: sa.Connection) -> Callable[[], None]:
            told = pause(connection)
            waits = policy_refusals.set_right(
                connection, self.edition.id, row_alone=row_alone, at=at, next_try_at=at + WAITS[0]
            )
            return partial(self._wait_again, waits, told)

        return write

    def _wait_again(self, waits: int, told: Callable[[], object] | None) -> None:
        if told:
            told()
        of_this_round = min(waits, self.rejected_for_policy)
        self.tally["rejected"] -= of_this_round
        self.tally["deferred"] += of_this_round


class CopyInHand:
    """A copy as it is handed over."""

    table = COPIES

    def __init__(self, whole: EditionInHand, copy: Delivery) -> None:
        self._whole = whole
        whole.claimed += 1
        self._copy = copy
        self.id = copy.id
        self.claim = copy.claims
        self.email = copy.email
        self.whose = (copy.edition_id, copy.subscriber_id)
        self.attempts = copy.attempts
        self.doubts = copy.doubts
        self.composed: Message | None = None
        self._variant: Variant | None = None
        #: What the newest revision was found by; ``None`` where the copy keeps one for ever.
        self.material: Material | None = None

    # -- what it says -----------------------------------------------------------------------------

    def message(self, *, at_once: bool = False) -> Message | None:
        revisions = self._whole.revisions
        if self._variant is None or (self.material is not None and not revisions.holds(self.material)):
            self._compose(revisions, at_once=at_once)
        return self.composed

    def _compose(self, revisions: Revisions, *, at_once: bool) -> None:
        copy, before = self._copy, self._variant
        if copy.revision is None:
            variant, material = revisions.newest(copy.variant_key, at_once=at_once), revisions.material
        else:
            variant, material = revisions.kept(copy.variant_key, copy.revision), None
        if variant is None:
            composed = None
        elif before is not None and before.revision == variant.revision:
            composed = self.composed
        else:
            composed = self._whole.compose(self._whole.edition, variant, copy)
        # Nothing of it before: what fails is to fail again when it is asked for again.
        self._variant, self.material, self.composed = variant, material, composed

    def may_have_moved(self, changes: int) -> bool:
        self._whole.revisions.see(changes)
        return self.material is not None and not self._whole.revisions.holds(self.material)

    def has_moved(self) -> bool:
        before = self._variant
        self.message()
        return before is None or self._variant is None or before.revision != self._variant.revision

    def mark(self) -> Mark:
        return Mark(id=self.id, claim=self.claim, revision=self._variant.revision if self._variant else None)

    # -- what becomes of it -----------------------------------------------------------------------

    def is_held(self) -> bool:
        return self._whole.is_held() or self._is_over()

    def halts(self) -> bool:
        return self._whole.halts() or self._is_over()

    def _is_over(self) -> bool:
        """It waited for a connection until it was too late: it is put back, and given up as the round ends."""
        at, until = self._whole.clock(), self._copy.until
        return self._whole.is_too_late(at) if until is None else until <= at

    def taken(self) -> Also | None:
        whole = self._whole
        return (
            partial(policy_refusals.break_row, edition_id=whole.edition.id)
            if whole.policy.take(whole.clock(), self._copy.email)
            else None
        )

    def refuse(self, error: Rejected) -> Ending | Undecided:
        """What may be about us rejects nobody as long as the relay has taken no copy of the edition.

        After that it goes by what comes before and after it, whether it names a policy or nothing at all.
        """
        if error.alike is None:
            return Ending(state=DeliveryState.REJECTED, answer=str(error))
        if error.for_policy or self._whole.policy.taken:
            return self._refuse_for_policy(error)
        return self._put_off_or_pause(error)

    def _refuse_for_policy(self, error: Rejected | SenderRefused) -> Ending | Undecided:
        whole, at = self._whole, self._whole.clock()
        noted = whole.policy.note(self.id, self._copy.email)
        if not whole.others.are_possible:
            return self._decide(error, noted, at)

        return Undecided(look=partial(whole.others.look, whole), decide=partial(self._decide, error, noted, at))

    def _decide(self, error: Rejected | SenderRefused, noted: PolicyRefusal, at: datetime) -> Ending:
        whole = self._whole
        if whole.paused:
            # It was on its way when another one told that this is about us.
            return put_off(self, error, at)
        means = whole.policy.means(noted)
        if means is not PolicyMeans.ALONE:
            pause = whole.pause_for_policy(error, row_alone=means is PolicyMeans.ROW)
            return put_off(self, error, at, pause, edition_id=whole.edition.id)
        in_row = not whole.policy.is_over(noted)
        note = partial(policy_refusals.note, delivery_id=self.id, edition_id=whole.edition.id, at=at, in_row=in_row)
        if not whole.policy.taken:
            return self._put_off_or_pause(error, note)
        if isinstance(error, SenderRefused):
            return put_off(self, error, at, note)
        whole.rejected_for_policy += 1
        return Ending(state=DeliveryState.REJECTED, answer=str(error), also=note)

    def _put_off_or_pause(self, error: Rejected | SenderRefused, note: Also | None = None) -> Ending:
        whole, said = self._whole, error.alike or str(error)
        whole.refusals = [*(words for words in whole.refusals if words == said), said]
        # What it was tried for besides, as where the relay put it off, is no refusal.
        own = self.attempts if said_so_before(self._copy.answer, error) else 1
        if max(len(whole.refusals), own) >= ENOUGH_ALIKE:
            return self._pause(error)
        return put_off(self, error, whole.clock(), note)

    def refuse_us(self, error: SenderRefused) -> Ending | Undecided:
        """What is said of one copy counts like a refusal for a policy, but that it rejects nobody: the copy waits."""
        if error.alike is None:
            return self._pause(error)
        return self._refuse_for_policy(error) if self._whole.policy.taken else self._put_off_or_pause(error)

    def _pause(self, error: TransportError) -> Ending:
        """The copy waits, behind those never tried."""
        whole = self._whole
        return put_off(self, error, whole.clock(), whole.pause(error), edition_id=whole.edition.id)

    def told(self, state: DeliveryState | None) -> None:
        # Its address and the relay's words, which may repeat it, stay in the store.
        _log.info("%s, copy %d: %s", self._copy.edition_id, self.id, state or "no more in hand")
        self._whole.out += 1
        if state is not None:
            self._whole.tally["deferred" if state is DeliveryState.PENDING else state] += 1

    def came_back(self, *, unmarked: bool = False) -> None:
        self._whole.is_incomplete = True
        if unmarked and not self._whole.paused:
            self._whole.others.notice(self._whole)

    def offered(self) -> None:
        self._whole.on_copy()
