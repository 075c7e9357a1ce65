"""What is approved is what goes: an edition that reads otherwise than whoever approved it has seen is drafted again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solacefeed.digest.schedule import windowed
from solacefeed.models.desk import ActKind, DeskAct
from solacefeed.models.digests import Cadence
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import desk, editions
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.editions.renderer import Renderer

#: Why an edition is a draft again.
CHANGED = "it reads otherwise than it was approved"

#: Who takes such an approval back.
OURSELVES = "solacefeed"

#: What an edition's state is by.
_DECIDING = (ActKind.APPROVED, ActKind.HELD, ActKind.RELEASED)


def as_it_would_go(connection: sa.Connection, edition: Edition) -> Edition:
    """*edition* with its window as it is by now, as whatever makes it takes it."""
    recent = {each.id: each for each in editions.recent(connection, edition.digest)}
    if edition.cadence is not None:
        recent |= {each.id: each for each in editions.recent(connection, edition.digest, edition.cadence)}
    newest_first = sorted(recent.values(), key=lambda each: (each.period.ends, each.id), reverse=True)
    return windowed(edition, newest_first)


def approved_at(connection: sa.Connection, edition: Edition) -> datetime | None:
    """When *edition* was approved: nobody who did so has seen what the blog brought later; ``None`` where it is not."""
    if edition.state is not EditionState.APPROVED:
        return None
    act = desk.last_of(connection, edition.id, _DECIDING)
    return None if act is None else act.at


def drafted_again(
    store: Store, renderer: Renderer, edition: Edition, cadence: Cadence | None, now: datetime
) -> Edition | None:
    """*edition* as a draft again, where it was approved and reads otherwise; ``None`` for one that may go."""
    if edition.state is not EditionState.APPROVED:
        return None
    with store.read() as connection:
        act = desk.last_of(connection, edition.id, _DECIDING)
    if act is None or _is_as_seen(store, renderer, edition, cadence, now, act):
        return None
    with store.write() as connection:
        leaving = (EditionState.APPROVED,)
        if not editions.move(connection, edition.id, leaving=leaving, to=EditionState.DRAFT, reason=CHANGED):
            return None
        desk.undo(connection, act.id, by=OURSELVES, at=now)
        return editions.find(connection, edition.id)


def _is_as_seen(
    store: Store, renderer: Renderer, edition: Edition, cadence: Cadence | None, now: datetime, act: DeskAct
) -> bool:
    seen = act.after.get("version")
    if seen is None:
        # Approved at the prompt, which names none.
        return True
    # What drafts is loaded where somebody has approved at the desk.
    from solacefeed.deeds.editions.drafting import draft
    from solacefeed.digest.draft_versions import version_of

    drafted, _ = draft(store, renderer, edition, cadence, now, links_to=renderer.imprint.site.url)
    return bool(version_of(drafted).whole == seen)
