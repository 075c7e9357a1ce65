"""By which act an edition was approved, and what stood in its draft then: that goes, and nothing that came since.

It alone decides, also where whoever was at the freezing has died. ``redrafting`` asks whether it reads as it did.
"""

from __future__ import annotations

import sqlalchemy as sa

from solacefeed.digest.approved_drafts import ApprovedDraft, as_told
from solacefeed.digest.schedule import windowed
from solacefeed.models.desk import ActKind, DeskAct
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import desk, editions

#: Who takes an approval back of what reads otherwise by now.
OURSELVES = "solacefeed"

#: What an edition's state is by.
_DECIDING = (ActKind.APPROVED, ActKind.HELD, ActKind.RELEASED)

#: One that is being prepared was approved before, if anybody has done so.
_APPROVED = (EditionState.APPROVED, EditionState.PREPARING)


def as_it_would_go(connection: sa.Connection, edition: Edition) -> Edition:
    """*edition* with its window as it is by now, as whatever makes it takes it."""
    recent = {each.id: each for each in editions.recent(connection, edition.digest)}
    if edition.cadence is not None:
        recent |= {each.id: each for each in editions.recent(connection, edition.digest, edition.cadence)}
    newest_first = sorted(recent.values(), key=lambda each: (each.period.ends, each.id), reverse=True)
    return windowed(edition, newest_first)


def approved_draft(connection: sa.Connection, edition: Edition) -> ApprovedDraft | None:
    """What stood in *edition* when it was approved; ``None`` where it is not, or its act is of a release before."""
    act = approval(connection, edition)
    return None if act is None else as_told(act.after)


def approval(connection: sa.Connection, edition: Edition) -> DeskAct | None:
    """The act by which *edition* may go, until it is frozen."""
    if edition.state not in _APPROVED or edition.counts is not None:
        return None
    return desk.last_of(connection, edition.id, _DECIDING)
