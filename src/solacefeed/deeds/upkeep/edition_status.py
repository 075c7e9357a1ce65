"""What should have become of editions, and what has: those that wait, those that go, and the newest that went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa

from solacefeed.digest.periods import newest_first
from solacefeed.models.canaries import Canary
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.digests import Digest
from solacefeed.models.editions import PUBLIC, WAITING, Edition, EditionState
from solacefeed.store import (
    canaries,
    copies,
    deferred_copies,
    editions,
    policy_refusals,
    wanted_copies,
)

#: Copies by state, by the edition's id.
Tallies: TypeAlias = Mapping[str, Mapping[str, int]]

_IN_HAND = (DeliveryState.CLAIMED, DeliveryState.HANDING)
_OFFERED = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.UNCERTAIN)
#: After so long it is asked of an edition whether its copies go still.
OUTCOME_ASKED_AFTER = timedelta(hours=1)
#: What went in less time tells no pace; and an end that is farther away is not told.
_LEAST_TOLD, _FORESEEN = timedelta(seconds=10), timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledEdition:
    """An edition that is approved or frozen, and waits for its closing; nothing keeps it back."""

    id: str
    digest: str
    leaves_at: datetime
    #: That wait to go; ``None`` of one that the next prepare freezes.
    copies: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionOutcome:
    """What should have become of an edition, and what has."""

    id: str
    #: Its copies should go from then on.
    due_since: datetime
    #: By state.
    copies: Mapping[str, int]
    #: Those that were tried, and wait to be offered again.
    deferred: int
    #: What most of these were answered.
    answer: str | None
    state: EditionState = EditionState.DELIVERING
    #: Those of its copies that go before the rest; ``None`` where none do, or it is decided.
    canary: Canary | None = None
    #: How many of its copies are rejected for a policy, by the domain of their addresses.
    refusing: Mapping[str, int] = field(default_factory=dict)
    #: Somebody has a copy or may have one, be it one that was sent before.
    has_come: bool = False
    #: The states of copies that came to nothing of which some could be offered again.
    may_go_again: frozenset[DeliveryState] = frozenset((DeliveryState.REJECTED, DeliveryState.EXPIRED))
    #: For how many readers it was frozen; ``None`` in what a release before wrote.
    recipients: int | None = None
    #: Of those that are deferred, or of the first thousands, how many go to each domain.
    deferred_domains: Mapping[str, int] = field(default_factory=dict)
    #: About when the last copy leaves: as fast as those before it, and by the limits; ``None`` where nothing tells.
    ends_at: datetime | None = None
    #: When the relay took the last of its copies; ``None`` where it took none, or the edition can't be late yet.
    last_accepted: datetime | None = None

    @property
    def written(self) -> int:
        """The copies that there are, whatever became of them: one for each recipient."""
        return sum(self.copies.values())

    @property
    def adds_up(self) -> bool:
        return self.recipients in (None, self.written)

    @property
    def intended(self) -> int:
        """The copies that somebody still wants."""
        return self.written - self.copies.get("cancelled", 0)

    @property
    def waiting(self) -> int:
        return self.copies.get("pending", 0)

    @property
    def in_hand(self) -> int:
        return self.copies.get("claimed", 0) + self.copies.get("handing", 0)


def settled(connection: sa.Connection, tallies: Tallies, now: datetime) -> tuple[SettledEdition, ...]:
    """Editions that leave by themselves when they close."""
    return tuple(_settled(each, tallies) for each in editions.waiting(connection) if _is_settled(each, now))


def _is_settled(edition: Edition, now: datetime) -> bool:
    is_let_go = edition.state in (EditionState.APPROVED, EditionState.PREPARING)
    return is_let_go and edition.period.ends > now


def _settled(edition: Edition, tallies: Tallies) -> SettledEdition:
    copies = tallies.get(edition.id, {}).get(DeliveryState.PENDING, 0) if edition.counts else None
    return SettledEdition(id=edition.id, digest=edition.digest, leaves_at=edition.leaves_at, copies=copies)


def last_edition(connection: sa.Connection, digest: Digest, now: datetime) -> Edition | None:
    """The newest edition of its first cadence, or notice, that is no draft, be it a cancelled one.

    Where there is none, since its cadence is another than it was, the newest of any.
    """
    own = newest_first(
        editions.recent(connection, digest.key, digest.first.kind), editions.recent(connection, digest.key)
    )
    shown = [each for each in own if each.state not in WAITING]
    newest = next((each for each in shown if each.cadence in (digest.first.kind, None)), next(iter(shown), None))
    found = (newest, editions.latest_cancelled(connection, digest.key, until=now))
    return max(filter(None, found), key=lambda edition: edition.period.ends, default=None)


def outcomes(
    connection: sa.Connection, digests: Iterable[Digest], tallies: Tallies, now: datetime
) -> tuple[EditionOutcome, ...]:
    """Of the editions that are under way, and of the newest of each digest and cadence."""
    return tuple(_outcome(connection, each, tallies, now) for each in _shown(connection, digests, now))


def _shown(connection: sa.Connection, digests: Iterable[Digest], now: datetime) -> list[Edition]:
    """Of a digest that the config has lost too, what is to go should go; a cancelled one may have gone to some."""
    newest = [edition for digest in digests for edition in _newest(connection, digest, now)]
    there = {edition.id: edition for edition in (*editions.open_ones(connection), *newest)}
    return list(there.values())


def _newest(connection: sa.Connection, digest: Digest, now: datetime) -> list[Edition]:
    own = (editions.recent(connection, digest.key, each.kind) for each in digest.cadences)
    left = [each for each in newest_first(editions.recent(connection, digest.key), *own) if each.state in PUBLIC]
    newest = list({each.cadence: each for each in reversed(left)}.values())
    cancelled = editions.latest_cancelled(connection, digest.key, until=now)
    if cancelled is None or any(each.period.ends > cancelled.period.ends for each in newest):
        return newest
    return [*newest, cancelled]


def _may_go_again(connection: sa.Connection, edition: Edition) -> frozenset[DeliveryState]:
    if edition.state is EditionState.CANCELLED:
        return frozenset()
    lost = (DeliveryState.REJECTED, DeliveryState.EXPIRED)
    return frozenset(each for each in lost if wanted_copies.may_go_again(connection, edition.id, each))


def _outcome(connection: sa.Connection, edition: Edition, tallies: Tallies, now: datetime) -> EditionOutcome:
    deferred = deferred_copies.of_edition(connection, edition.id)
    canary = canaries.find(connection, edition.id)
    decided = canary.decided_at if canary else None
    due_since = max(edition.period.ends, edition.prepared_at, decided or edition.prepared_at)
    counted = tallies.get(edition.id, {})
    # Of a large edition it takes a while to tell.
    may_be_late = edition.state is EditionState.DELIVERING and now - due_since > OUTCOME_ASKED_AFTER
    return EditionOutcome(
        id=edition.id,
        due_since=due_since,
        copies=counted,
        deferred=deferred.copies,
        answer=deferred.answer,
        state=edition.state,
        canary=canaries.out_of(connection, edition),
        refusing=policy_refusals.by_domain(connection, edition.id),
        has_come=copies.has_come(connection, edition.id),
        may_go_again=_may_go_again(connection, edition),
        recipients=edition.counts.readers if edition.counts else None,
        deferred_domains=deferred.domains,
        ends_at=foreseen_end(counted, due_since, now) if edition.state is EditionState.DELIVERING else None,
        last_accepted=copies.last_accepted(connection, edition.id) if may_be_late else None,
    )


def foreseen_end(copies: Mapping[str, int], since: datetime, now: datetime) -> datetime | None:
    """About when the last of *copies* is offered that began to leave at *since*, if the rest goes as fast.

    ``None`` where nothing waits, or nothing tells how fast they go.
    """
    waiting = sum(copies.get(state, 0) for state in (*_IN_HAND, DeliveryState.PENDING))
    offered = sum(copies.get(state, 0) for state in _OFFERED)
    took = now - since
    if not waiting or not offered or took < _LEAST_TOLD:
        return None
    left = took * (waiting / offered)
    return now + left if left < _FORESEEN else None


def added_up(tallies: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Several of them, as one."""
    found: dict[str, int] = {}
    for each in tallies:
        for state, count in each.items():
            found[state] = found.get(state, 0) + count
    return found
