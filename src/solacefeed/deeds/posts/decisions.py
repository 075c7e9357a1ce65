"""What the operator decides of posts: of removals held back, and of those in quarantine."""

from __future__ import annotations

from solacefeed.deeds.posts.take_over import RETRY
from solacefeed.ports import Clock
from solacefeed.store import posts, quarantine, removals, sources
from solacefeed.store.database import Store


def accept_removals(store: Store, clock: Clock) -> int:
    """Buries every post whose removal is held back; returns how many."""
    with store.write() as connection:
        held = [removal for removal in removals.held(connection) if not removal.refused]
        posts.bury(connection, {removal.post_id: removal.evidence for removal in held}, at=clock())
        removals.settle(connection, {removal.post_id for removal in held})
    return len(held)


def refuse_removals(store: Store) -> int:
    """Lets them stay, whatever the blog says; returns how many."""
    with store.write() as connection:
        return removals.refuse(connection)


def retry_quarantined(store: Store, url: str) -> int:
    """Makes the next poll ask for every post again that could not be read; returns how many there are."""
    with store.write() as connection:
        notes = sources.notes(connection, url)
        # Without a gap the next poll sweeps: whatever is unknown or unread is then fetched. Feeds and pages have none.
        memory = {name: value for name, value in notes.memory.items() if name.rpartition(":")[2] != "gap"}
        memory[RETRY] = "yes"
        sources.remember(connection, url, memory=memory, complete=notes.complete)
        quarantine.forget_marks(connection)
        return sum(each.kind is None for each in quarantine.everything(connection))
