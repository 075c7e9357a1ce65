"""Copies are taken up: as many as their pace allows, of a canary before the rest, and none that a trial keeps back."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from solacefeed.deeds.delivering.edition_copies import CopyInHand, EditionInHand
from solacefeed.deeds.delivering.pacing import Pacing
from solacefeed.deeds.delivering.senders import Senders
from solacefeed.delivery.trial import KEPT_BACK, OnlyTo
from solacefeed.errors import StoreError
from solacefeed.models.deliveries import Delivery, Lease
from solacefeed.ports import Clock
from solacefeed.store import canaries, copy_claims, copy_lanes, deliveries
from solacefeed.store.database import Store

_log = logging.getLogger(__name__)

#: Copies claimed at once.
BATCH = 200


class Claims:
    """What one worker takes up of editions."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        lease: Lease,
        pacing: Pacing,
        only_to: OnlyTo,
        tally: Counter[str],
        senders: Senders,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._pacing = pacing
        self._only_to = only_to
        self._tally = tally
        self._senders = senders

    def batch(self, begun: EditionInHand) -> list[CopyInHand] | None:
        """One of an edition's, of which a trial may leave none; ``None`` when nothing is due any more, or for as long
        as ``goes_on_at`` says."""
        with self._store.write() as connection:
            taken = self._take(connection, begun)
            begun.revisions.look(connection)
        self._pacing.has_written()
        left: Sequence[Delivery] = taken
        try:
            left = self._without_others(taken)
            self._bring(begun, left)
        except Exception:
            # The round ends by it, and what it has taken up is in nobody's hand.
            for copy in left:
                begun.handover.put_back(CopyInHand(begun, copy))
            raise
        return [CopyInHand(begun, copy) for copy in left] if taken else None

    @staticmethod
    def _bring(begun: EditionInHand, copies: Sequence[Delivery]) -> None:
        """Reads what they say, so that no connection waits for that: without it each is read as it has its turn."""
        try:
            begun.revisions.bring([(copy.variant_key, copy.revision) for copy in copies])
        except StoreError as error:
            _log.info("what copies say is read one by one: %s", error)

    def _take(self, connection: sa.Connection, begun: EditionInHand) -> list[Delivery]:
        edition, at = begun.edition, self._clock()
        first, too_late = canaries.first_ones(connection, edition.id), begun.is_too_late(at)

        def claim(lane: str, limit: int) -> list[Delivery]:
            # It keeps others from changing the edition, and so is asked when no worker is waited for any more: as they
            # come one after the other where there are limits, one of them would have it always.
            sender_id = self._senders.of_edition(connection, edition.id, begun_with=begun.sender_id)
            return copy_claims.claim(
                connection,
                edition.id,
                lease=self._lease,
                limit=limit,
                at=at,
                issue=edition.issue,
                lane=lane,
                which=first,
                too_late=too_late,
                sender_id=sender_id,
            )

        def is_due(lane: str) -> bool:
            return copy_lanes.is_due(connection, edition.id, lane, at=at, which=first, too_late=too_late)

        taken = self._pacing.copies(connection, claim, is_due, at, most=BATCH)
        self._senders.know(connection, (copy.sender_id for copy in taken.mails))
        begun.goes_on_at = taken.goes_on_at
        return taken.mails

    def _without_others(self, batch: Sequence[Delivery]) -> Sequence[Delivery]:
        """Those of *batch* that may go to their reader; in a trial the rest ends here."""
        if not self._only_to.allowed:
            return batch
        others = {copy.claim_key for copy in batch if not self._only_to.reaches(copy.email)}
        if others:
            with self._store.write() as connection:
                deliveries.keep_back(connection, others, worker=self._lease.worker, answer=KEPT_BACK, at=self._clock())
            self._tally["kept_back"] += len(others)
        return [copy for copy in batch if copy.claim_key not in others]
