"""When the first edition of a new reader closes: one whose readers are not settled, and that waits for nobody."""

from __future__ import annotations

from datetime import datetime, tzinfo

import sqlalchemy as sa

from solacefeed.digest.periods import being_collected, newest_first
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.digests import Approval, Cadence, CadenceKind, Digest
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import deliveries, editions


def first_closing(
    connection: sa.Connection, digest: Digest, cadence: Cadence, zone: tzinfo, now: datetime, *, reader: int | None
) -> datetime | None:
    """Of the edition of a *cadence* that comes first to the *reader* of that number, or to one who is none yet.

    ``None`` where nobody can say: it comes with each post, or an editor has yet to let it go.
    """
    if cadence.kind is CadenceKind.AT_ONCE:
        return None
    past = newest_first(editions.recent(connection, digest.key, cadence.kind), editions.recent(connection, digest.key))
    to_close = [each for each in past if each.cadence is cadence.kind and each.period.ends > now]
    if reader is not None:
        theirs = [each.period.ends for each in to_close if _waits_for(connection, each, reader)]
        if theirs:
            return min(theirs)
    open_to_them = [each for each in to_close if each.state is EditionState.APPROVED and each.counts is None]
    if open_to_them:
        return min(each.period.ends for each in open_to_them)
    ends = being_collected(now, past, digest, cadence, zone).ends
    is_held = any(each.period.ends == ends and each.state is EditionState.HELD for each in to_close)
    return None if is_held or cadence.approval is Approval.REQUIRED else ends


def _waits_for(connection: sa.Connection, edition: Edition, reader: int) -> bool:
    """Whether a copy of theirs waits for an edition to close that is frozen already."""
    if edition.state is not EditionState.PREPARING or edition.counts is None:
        return False
    copy = deliveries.of_reader(connection, edition.id, reader)
    return copy is not None and copy.state is DeliveryState.PENDING
