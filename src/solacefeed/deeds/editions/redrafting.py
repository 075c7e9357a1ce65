"""An edition of which what was approved reads otherwise when it is to be frozen is a draft again."""

from __future__ import annotations

from datetime import datetime

from solacefeed.deeds.editions.approvals import OURSELVES, approval
from solacefeed.deeds.editions.drafting import draft
from solacefeed.deeds.editions.freeze import discard
from solacefeed.deeds.editions.renderer import Renderer
from solacefeed.digest.approved_drafts import as_told
from solacefeed.digest.draft_versions import version_of
from solacefeed.models.desk import DeskAct
from solacefeed.models.digests import Cadence
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import desk, editions
from solacefeed.store.database import Store

#: Why an edition is a draft again.
CHANGED = "it reads otherwise than it was approved"


def drafted_again(
    store: Store, renderer: Renderer, edition: Edition, cadence: Cadence | None, now: datetime
) -> Edition | None:
    """*edition* as a draft again, where it was approved and reads otherwise; ``None`` for one that may go."""
    with store.read() as connection:
        act = approval(connection, edition)
    if act is None or _is_as_seen(store, renderer, edition, cadence, act):
        return None
    if edition.state is EditionState.PREPARING:
        # Who was at its freezing has died, and left copies.
        discard(store, edition.id)
    with store.write() as connection:
        leaving = (edition.state,)
        if not editions.move(connection, edition.id, leaving=leaving, to=EditionState.DRAFT, reason=CHANGED):
            return None
        desk.undo(connection, act.id, by=OURSELVES, at=now)
        return editions.find(connection, edition.id)


def _is_as_seen(store: Store, renderer: Renderer, edition: Edition, cadence: Cadence | None, act: DeskAct) -> bool:
    approved, version = as_told(act.after), act.after.get("version")
    if approved is None and version is None:
        # By a release before, at the prompt: nobody knows what stood there.
        return True
    # As it would have read then: how near an event is, is said in other words after midnight.
    drafted, _ = draft(store, renderer, edition, cadence, act.at, links_to=renderer.imprint.site.url)
    return approved.is_still(drafted) if approved else bool(version_of(drafted).whole == version)
