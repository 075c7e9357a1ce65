"""What waits to be delivered, and what waits for somebody: looks alone, so an idle round costs and writes nothing.

Which copies are due by their own state, ``store.due_copies`` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.delivering.outcome import DeliverResult, has_reached_nobody, pause_words
from solacefeed.digest.periods import is_too_late
from solacefeed.models.digests import Digest
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import deliveries, editions, outbox
from solacefeed.store.database import Store


def has_work(store: Store, digests: Sequence[Digest], now: datetime, *, repeat_uncertain: bool) -> bool:
    """Whether ``deliver`` would do anything at *now*: a look alone, so that an idle round costs and writes nothing."""
    hold = not repeat_uncertain
    with store.read() as connection:
        if outbox.stirs(connection, at=now) or outbox.left_in_hand(connection, at=now, hold=hold, worker=None):
            return True
        if deliveries.left_in_hand(connection, at=now, hold=hold, worker=None):
            return True
        return any(stirs(connection, edition, digest, now) for edition, digest in waiting(connection, digests))


def left_to_the_operator(store: Store, digests: Sequence[Digest]) -> DeliverResult:
    """What a round that finds nothing to do has to say: which editions wait for somebody."""
    with store.read() as connection:
        open_ones = [edition for edition, _ in waiting(connection, digests)]
        return DeliverResult(pauses=pauses(connection, open_ones), unreached=unreached(connection, open_ones))


def waiting(connection: sa.Connection, digests: Sequence[Digest]) -> list[tuple[Edition, Digest]]:
    """The editions with copies to hand over, oldest first, each with its digest."""
    by_key = {digest.key: digest for digest in digests}
    found = editions.open_ones(connection)
    return [(edition, by_key[edition.digest]) for edition in found if edition.digest in by_key]


def stirs(connection: sa.Connection, edition: Edition, digest: Digest, now: datetime) -> bool:
    too_late = is_too_late(edition.leaves_at, now, max_late=digest.max_late)
    offered = edition.state is not EditionState.PAUSED
    return deliveries.stirs(connection, edition.id, at=now, too_late=too_late, offered=offered)


def pauses(connection: sa.Connection, waiting: Iterable[Edition]) -> tuple[str, ...]:
    found = (editions.find(connection, edition.id) for edition in waiting)
    return tuple(pause_words(each.id, each.reason) for each in found if each and each.state is EditionState.PAUSED)


def unreached(connection: sa.Connection, waiting: Iterable[Edition]) -> tuple[str, ...]:
    return tuple(edition.id for edition in waiting if _has_reached_nobody(connection, edition.id))


def _has_reached_nobody(connection: sa.Connection, edition_id: str) -> bool:
    """A paused one says so itself."""
    edition = editions.find(connection, edition_id)
    if edition is None or edition.state is EditionState.PAUSED or deliveries.has_come(connection, edition_id):
        return False
    return has_reached_nobody(deliveries.tally(connection, edition_id), deliveries.deferred(connection, edition_id)[0])
