"""One round of deliveries: copies and letters that are due are handed over by several connections at once.

    claim --> | waits | --> compose --> envelope and body --> durable mark --> final dot --> answer --> outcome
    this thread, ahead      in turns with the others          together         in turns                 together

A copy is claimed before it is composed, marked before its final dot, and settled after the answer; whatever lost its
lease in between is settled first by the next round (see ``store.deliveries``). Each says what holds when it is marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from solacefeed.deeds.clock import SharedClock, believe
from solacefeed.deeds.delivering import giving_up
from solacefeed.deeds.delivering.canary import see_to
from solacefeed.deeds.delivering.claims import Claims
from solacefeed.deeds.delivering.due import as_they_stand, canaries_out, pauses, stirs, unreached, waiting
from solacefeed.deeds.delivering.edition_copies import Compose, EditionInHand
from solacefeed.deeds.delivering.group_commit import GroupCommit, NoteTaken, noted_nowhere
from solacefeed.deeds.delivering.handover import Handover
from solacefeed.deeds.delivering.in_hand import InHand, Marked, ToWrite
from solacefeed.deeds.delivering.leases import new_lease
from solacefeed.deeds.delivering.letters import ComposeLetter, Letters
from solacefeed.deeds.delivering.other_workers import OtherWorkers
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.deeds.delivering.pacing import NEAR, Pacing, sort_copies
from solacefeed.deeds.delivering.policy import PolicyRefusals, answered
from solacefeed.deeds.delivering.recovering import TellsOfTaken, recover, tells_of_none
from solacefeed.deeds.delivering.senders import Senders
from solacefeed.deeds.editions.cancelling import drop
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.deeds.editions.revisions import Revisions
from solacefeed.delivery.marks import MarkWriter
from solacefeed.delivery.pool import Pool
from solacefeed.delivery.trial import OnlyTo
from solacefeed.models.canaries import CanaryRules
from solacefeed.models.deliveries import Lease
from solacefeed.models.digests import Digest
from solacefeed.models.editions import OPEN, Edition, EditionState
from solacefeed.pace import Pace
from solacefeed.ports import Clock, Transport
from solacefeed.store import deliveries, editions, policy_refusals
from solacefeed.store.database import Store

#: Seconds between two looks for what comes up while all connections are busy: letters, leases to be renewed.
_LOOK_EVERY = 1.0

#: Seconds for what is in hand when the round is to end.
_SECONDS_TO_FINISH = 20.0

#: Seconds for which a group of marks waits for others that are about to come: what a commit costs, it costs once.
#: Whoever waits for a relay far away does not come so soon: to wait for them, by 8 ms, takes a tenth of the rate there.
_LINGER = 0.004

#: How often a round goes through what came back untried while it went on.
_MOST_PASSES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """All that delivering needs besides the store."""

    #: Those whose editions are handed over.
    digests: Sequence[Digest]
    #: Of a digest.
    renderer: Callable[[Digest], Renderer]
    #: The edition alone whose copies are handed over, beside letters; ``None`` for all of them.
    edition: str | None = None
    compose: Compose
    #: To the relay, at most, at once.
    connections: int
    #: Offer a copy in doubt once more, rather than hold it for ever.
    repeat_uncertain: bool
    #: Whom mail may go to at all.
    only_to: OnlyTo
    compose_letter: ComposeLetter
    #: What both say of who sends them.
    senders: Senders
    #: Which part of a large edition goes before the rest; ``None`` for none.
    canary: CanaryRules | None = None
    #: Told of each copy by which a connection is through, by the thread of all connections.
    on_copy: Callable[[], None]
    #: Asked between copies: whether to end the round.
    stop: Callable[[], bool]
    #: Asked between batches: whether others have waited long enough for the round to end. What is in hand is finished,
    #: and what is left is for the next one, as soon as somebody looks.
    gives_way: Callable[[], bool] = lambda: False
    #: Told the titles of an edition's posts that were withdrawn since it was frozen.
    on_taken_out: Callable[[Edition, tuple[str, ...]], object] = lambda _edition, _titles: None
    #: Told of mail that the relay has taken, before that is written down.
    note_taken: NoteTaken = noted_nowhere
    #: Which claims that dead workers left it was told of.
    tells_of_taken: TellsOfTaken = tells_of_none
    pace: Pace = field(default_factory=Pace)
    #: Lets so many seconds pass.
    rest: Callable[[float], None] = sleep


def deliver_round(
    store: Store, transport: Callable[[], Transport], machines_clock: Clock, settings: DeliverySettings
) -> DeliverResult:
    """Hands over every copy that is due, over connections that *transport* makes.

    Raises ``ClockDoubt`` when the time can't be right, and ``StoreError`` where a write failed, when the rest is. A
    clock that leaps in the midst ends the round, and gives nothing up.
    """
    clock = SharedClock(store, machines_clock, believe(store, machines_clock))
    lease = new_lease()
    tally = recover(store, clock, settings.tells_of_taken, repeat=settings.repeat_uncertain, worker=lease.worker)
    with store.read() as connection:
        open_ones = waiting(connection, settings.digests, settings.edition)
    round_ = _Round(store, transport, clock, settings, lease, tally)
    with round_, clock.until_in_doubt():
        round_.deliver(open_ones)
    round_.close()
    with store.read() as connection:
        standing = as_they_stand(connection, (edition for edition, _ in open_ones))
        paused, missed = pauses(standing), unreached(connection, standing)
        out = canaries_out(connection, standing)
    handover, letters = round_.handover, round_.letters
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
        canaries=out,
        trouble=str(clock.doubt) if clock.doubt else handover.loss,
        lost=handover.lost_in_a_row,
        unreached=missed,
        letters=letters.outcome(),
        letters_refused=int(letters.refusal is not None),
        paced_until=None if handover.is_held() or clock.doubt else round_.goes_on_at(),
        gave_way=round_.gave_way,
    )


class _Round:
    """One walk through the letters and the open editions; a context manager, which ends with nothing in hand."""

    def __init__(
        self,
        store: Store,
        transport: Callable[[], Transport],
        clock: SharedClock,
        settings: DeliverySettings,
        lease: Lease,
        tally: Counter[str],
    ) -> None:
        self.store = store
        self.clock = clock
        self.settings = settings
        self.lease = lease
        self.tally = tally
        self.commits = GroupCommit(store, clock, lease, settings.note_taken)
        self.writer: MarkWriter[InHand, ToWrite, Marked] = MarkWriter(
            self.commits.commit,
            crowd=lambda: self.pool.serving,
            linger=_LINGER,
            # SQLite is in this process.
            in_turn=store.lock_wait.briefly if store.file else None,
        )
        self.pacing = Pacing(store, clock, settings.pace)
        self.claims = Claims(store, clock, lease, self.pacing, settings.only_to, tally, settings.senders)
        self.handover = Handover(
            self.writer,
            clock,
            repeat_uncertain=settings.repeat_uncertain,
            stop=settings.stop,
            hear=self.pacing.hear,
        )
        self.pool: Pool[InHand] = Pool(transport, self.handover.serve, connections=settings.connections)
        self.letters = Letters(
            store,
            self.handover,
            clock,
            settings.compose_letter,
            partial(self._feed_all, urgent=True),
            lease=lease,
            only_to=settings.only_to,
            pacing=self.pacing,
            senders=settings.senders,
        )
        self.others = OtherWorkers(store, self.handover.alone)
        self._begun: list[EditionInHand] = []
        self._looked_at = monotonic()
        self._ends_at: float | None = None
        self.gave_way = False

    # -- its way ----------------------------------------------------------------------------------

    def deliver(self, open_ones: Sequence[tuple[Edition, Digest]]) -> None:
        self.letters.deliver()
        for edition, digest in open_ones:
            if self._has_work(edition, digest):
                self._begun.append(self._begin(edition, digest))
        passes = 0
        while passes < _MOST_PASSES:
            for begun in self._begun:
                begun.is_incomplete = False
                self._hand_over(begun)
            if self._awaits_its_turn():
                self.letters.deliver()
                continue
            self._drain()
            if self.gave_way or not any(begun.is_incomplete for begun in self._begun):
                break
            passes += 1
        self.letters.deliver_followers(self._drain)

    def _has_work(self, edition: Edition, digest: Digest) -> bool:
        with self.store.read() as connection:
            return stirs(connection, edition, digest, self.clock(), canary=self.settings.canary)

    def _begin(self, edition: Edition, digest: Digest) -> EditionInHand:
        self._give_up_late_ones(edition, digest)
        sort_copies(self.store, self.pacing, edition.id, self.settings.stop)
        self._see_to_canary(edition, digest)
        told = partial(self.settings.on_taken_out, edition)
        with self.store.read() as connection:
            policy = PolicyRefusals(
                answered(connection, edition.id), in_row=policy_refusals.in_row(connection, edition.id)
            )
        return EditionInHand(
            edition,
            digest,
            sender_id=self.settings.senders.begin(self.store, edition),
            revisions=Revisions(self.store, self.clock, self.settings.renderer(digest), edition, told),
            compose=self.settings.compose,
            handover=self.handover,
            clock=self.clock,
            tally=self.tally,
            on_copy=self.settings.on_copy,
            policy=policy,
            others=self.others,
        )

    def _give_up_late_ones(self, edition: Edition, digest: Digest) -> None:
        self.tally["cancelled"] += giving_up.drop_ended(self.store, edition, self.clock)
        self._expire(edition, digest)

    def _expire(self, edition: Edition, digest: Digest) -> None:
        self.tally["expired"] += giving_up.expire(self.store, edition, digest, self.clock.believed)

    def _see_to_canary(self, edition: Edition, digest: Digest) -> None:
        self.tally["paused"] += see_to(self.store, self.clock.believed, self.settings.canary, edition, digest)

    def _hand_over(self, begun: EditionInHand) -> None:
        """Claims its copies, as far ahead as there is room for them, and as their pace lets them."""
        begun.goes_on_at = None
        while not begun.halts() and not self.gives_way() and (batch := self.claims.batch(begun)) is not None:
            self._feed_all(batch)
            # Who waits for a letter waits for no edition.
            self.letters.deliver_batch()
            if begun.is_paced():
                break
        begun.is_through = not (begun.halts() or self.gave_way or begun.is_paced())

    def gives_way(self) -> bool:
        """Whether nothing more is to be taken up, since others have waited long enough."""
        self.gave_way = self.gave_way or self.settings.gives_way()
        return self.gave_way

    def goes_on_at(self) -> datetime | None:
        """When more may be taken up, where only a limit keeps it back."""
        instants = [self.letters.goes_on_at, *(begun.goes_on_at for begun in self._begun if not begun.is_held())]
        return min((each for each in instants if each is not None), default=None)

    def _awaits_its_turn(self) -> bool:
        """Waits for a limit that is used up, with nothing in hand; false where none is, or not for so short a time."""
        goes_on_at = self.goes_on_at()
        if goes_on_at is None or goes_on_at - self.clock() > NEAR or self.gives_way():
            return False
        self._drain()
        while (now := self.clock()) < goes_on_at and not self.handover.halts() and not self.gives_way():
            self.settings.rest(min((goes_on_at - now).total_seconds(), _LOOK_EVERY))
            if self.clock() == now:
                # A clock that stands, as in a rehearsal of another day, never comes there.
                return False
            self._look(letters=True)
        return not self.handover.halts() and not self.gave_way

    def _feed_all(self, batch: Sequence[InHand], *, urgent: bool = False) -> None:
        """Has all of it wait for a connection, as there is room.

        What halts meanwhile is put back, and of what is not *urgent* also what would go after the round gave way.
        """
        fed = 0
        try:
            while fed < len(batch):
                if batch[fed].halts() or (not urgent and self.gives_way()):
                    self.handover.put_back(batch[fed])
                    fed += 1
                else:
                    fed += self.pool.put(batch[fed:], urgent=urgent, within=_LOOK_EVERY)
                    self._look(letters=not urgent)
        except Exception:
            # The round ends by it, and what no connection has is in nobody's hand.
            for left in batch[fed:]:
                self.handover.put_back(left)
            raise

    def _drain(self) -> None:
        """Waits for what is in hand, until it is written down, or until the round is to end."""
        while not self.pool.wait_until_idle(_LOOK_EVERY) or self.pool.unreachable:
            self._look(letters=True)
            if self.settings.stop():
                return
        self.writer.flush(self._hurries)

    def _look(self, *, letters: bool) -> None:
        """Sees to what comes up while connections are busy."""
        if error := self.pool.unreachable:
            self.handover.leave(self.pool.take_back(), error)
        for begun in self._begun:
            if begun.has_come_out():
                begun.is_through = False
                self._close(begun)
        if monotonic() - self._looked_at >= _LOOK_EVERY:
            self._looked_at = monotonic()
            self.clock.set()
            self.clock.believed()
            self.commits.keep_leases()
            self.others.hear(self._begun)
            self.gave_way = self.gave_way or self.others.are_to_end()
            if letters:
                self.letters.deliver_batch()

    # -- its end ----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets connections finish, puts back what they did not come to, and has all of it written."""
        try:
            self.pool.close(self._hurries)
        except BaseException as end:
            error = error or end
        # What ends the process leaves it claimed: the next round finds it.
        if error is None or isinstance(error, Exception):
            for mail in self.pool.take_back():
                self.handover.put_back(mail)
        self.writer.close(self._hurries)
        if error is None:
            self.pacing.keep(self.store)
        if failure := error or self.handover.store_trouble:
            raise failure

    def _hurries(self) -> bool:
        """Whether to wait no longer for a relay that does not answer, or a store that does not work."""
        if not self.settings.stop():
            return False
        self._ends_at = self._ends_at or monotonic() + _SECONDS_TO_FINISH
        return monotonic() >= self._ends_at

    def close(self) -> None:
        """Ends the editions of which nothing is left to do."""
        for begun in self._begun:
            with self.clock.until_in_doubt():
                # Whose time was over while the round went on.
                self._expire(begun.edition, begun.digest)
                self._close(begun)

    def _close(self, begun: EditionInHand) -> None:
        edition = begun.edition
        self._see_to_canary(edition, begun.digest)
        with self.store.write() as connection:
            if deliveries.is_settled(connection, edition.id):
                editions.move(connection, edition.id, leaving=OPEN, to=EditionState.DONE)
            state = editions.state_of(connection, edition.id)
        if state is EditionState.CANCELLED:
            drop(self.store, self.clock, edition.id)
