"""What waits to be delivered, and what waits for somebody: looks alone, so an idle round costs and writes nothing.

Which copies are due by their own state, ``store.due_copies`` says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.delivering.canary import stirs as canary_stirs
from solacefeed.deeds.delivering.outcome import DeliverResult, canary_words, has_reached_nobody, pause_words
from solacefeed.deeds.delivering.pacing import closed
from solacefeed.digest.periods import is_too_late
from solacefeed.models.canaries import CanaryRules
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, EditionState
from solacefeed.pace import ALL, UNLIMITED, Pace
from solacefeed.store import canaries, copies, deferred_copies, deliveries, editions, outbox
from solacefeed.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMail:
    """What ``deliver`` would do something with."""

    #: Letters, or mail that a worker whose lease has ended left in hand.
    outbox: bool
    #: Editions of which a copy is to be moved, or something is to be decided, the oldest first.
    editions: tuple[str, ...]


def has_work(
    store: Store,
    digests: Sequence[Digest],
    now: datetime,
    *,
    repeat_uncertain: bool,
    pace: Pace = UNLIMITED,
    canary: CanaryRules | None = None,
) -> bool:
    """Whether ``deliver`` would do anything at *now*: a look alone, so that an idle round costs and writes nothing.

    What waits for a limit is nothing to do until that is over.
    """
    with store.read() as connection:
        return _outbox_stirs(connection, now, pace, hold=not repeat_uncertain) or any(
            True for _ in _stirring(connection, digests, now, pace, canary)
        )


def due_mail(
    store: Store,
    digests: Sequence[Digest],
    now: datetime,
    *,
    repeat_uncertain: bool,
    pace: Pace = UNLIMITED,
    canary: CanaryRules | None = None,
) -> DueMail:
    """What ``has_work`` finds, all of it."""
    with store.read() as connection:
        return DueMail(
            outbox=_outbox_stirs(connection, now, pace, hold=not repeat_uncertain),
            editions=tuple(_stirring(connection, digests, now, pace, canary)),
        )


def _outbox_stirs(connection: sa.Connection, now: datetime, pace: Pace, *, hold: bool) -> bool:
    letters_go = ALL not in closed(connection, pace, now, letters=True)
    return (
        outbox.stirs(connection, at=now, offered=letters_go)
        or outbox.left_in_hand(connection, at=now, hold=hold, worker=None)
        or deliveries.left_in_hand(connection, at=now, hold=hold, worker=None)
    )


def _stirring(
    connection: sa.Connection, digests: Sequence[Digest], now: datetime, pace: Pace, canary: CanaryRules | None
) -> Iterator[str]:
    shut = closed(connection, pace, now, letters=False)
    for edition, digest in waiting(connection, digests):
        if stirs(connection, edition, digest, now, pace=pace, shut=shut, canary=canary):
            yield edition.id


def left_to_the_operator(
    store: Store, digests: Sequence[Digest], now: datetime, *, pace: Pace = UNLIMITED
) -> DeliverResult:
    """What a round that finds nothing to do has to say: which editions wait, and for whom or what."""
    with store.read() as connection:
        found = waiting(connection, digests)
        open_ones = [edition for edition, _ in found]
        shut = closed(connection, pace, now, letters=False)
        is_paced = bool(shut) and any(stirs(connection, edition, digest, now) for edition, digest in found)
        standing = as_they_stand(connection, open_ones)
        return DeliverResult(
            pauses=pauses(standing),
            canaries=canaries_out(connection, standing),
            unreached=unreached(connection, standing),
            paced_until=min(shut.values()) if is_paced else None,
        )


def waiting(
    connection: sa.Connection, digests: Sequence[Digest], only: str | None = None
) -> list[tuple[Edition, Digest]]:
    """The editions with copies to hand over, oldest first, each with its digest; *only* one, where that is said."""
    by_key = {digest.key: digest for digest in digests}
    found = [each for each in editions.open_ones(connection) if only is None or each.id == only]
    return [(edition, by_key[edition.digest]) for edition in found if edition.digest in by_key]


def stirs(
    connection: sa.Connection,
    edition: Edition,
    digest: Digest,
    now: datetime,
    *,
    pace: Pace = UNLIMITED,
    shut: Collection[str] = (),
    canary: CanaryRules | None = None,
) -> bool:
    """Whether a copy of *edition* is to be moved at *now*, or something is to be decided of it.

    Of scopes that are *shut* nothing is handed over.
    """
    too_late = is_too_late(edition.leaves_at, now, max_late=digest.max_late)
    goes_on = edition.state is not EditionState.PAUSED
    first = canaries.find(connection, edition.id)
    if goes_on and first and canary_stirs(connection, canary, first, now):
        return True
    return deliveries.stirs(
        connection,
        edition.id,
        at=now,
        too_late=too_late,
        offered=goes_on and ALL not in shut,
        which=canaries.first_of(first),
        closed=[pace.lanes[scope] for scope in shut],
    )


def as_they_stand(connection: sa.Connection, waiting: Iterable[Edition]) -> list[Edition]:
    """Those editions as they are by now; one that is there no more is left out."""
    found = (editions.find(connection, edition.id) for edition in waiting)
    return [each for each in found if each is not None]


def pauses(standing: Iterable[Edition]) -> tuple[str, ...]:
    return tuple(pause_words(each.id, each.reason) for each in standing if each.state is EditionState.PAUSED)


def canaries_out(connection: sa.Connection, standing: Iterable[Edition]) -> tuple[str, ...]:
    """Of those that are on their way: which wait for their first copies, and until when."""
    found = (canaries.out_of(connection, each) for each in standing)
    return tuple(canary_words(each) for each in found if each)


def unreached(connection: sa.Connection, standing: Iterable[Edition]) -> tuple[str, ...]:
    return tuple(edition.id for edition in standing if _has_reached_nobody(connection, edition))


def _has_reached_nobody(connection: sa.Connection, edition: Edition) -> bool:
    """A paused one says so itself."""
    if edition.state is EditionState.PAUSED or copies.has_come(connection, edition.id):
        return False
    deferred = deferred_copies.of_edition(connection, edition.id).copies
    return has_reached_nobody(deliveries.tally(connection, edition.id), deferred)
