"""What the operator decides of posts: removals held back, and reading again what was read by older rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from solacefeed.models.posts import Reading
from solacefeed.ports import Clock
from solacefeed.store import posts, quarantine, removals, sources
from solacefeed.store.database import Store

#: Posts read again in one transaction.
CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RereadResult:
    posts: int
    changed: int
    #: What did not work beside it.
    troubles: tuple[str, ...] = ()

    def line(self) -> str:
        return f"reread: {self.posts} posts, {self.changed} changed"


def reread(store: Store, read: Callable[[posts.Raw], Reading], *, on_chunk: Callable[[int], None]) -> RereadResult:
    """Reads every post anew from what its source once gave; asks nothing of the source."""
    seen = changed = 0
    after = ""
    while True:
        with store.read() as connection:
            chunk = posts.raw(connection, after=after, limit=CHUNK)
        if not chunk:
            return RereadResult(posts=seen, changed=changed)
        readings = [(raw.post_id, read(raw)) for raw in chunk]
        with store.write() as connection:
            changed += sum(posts.reread(connection, post_id, reading) for post_id, reading in readings)
        seen += len(chunk)
        after = chunk[-1].post_id
        on_chunk(len(chunk))


def lift_recurring(store: Store, read: Callable[[posts.Raw], Reading]) -> int:
    """Reads those posts anew of which the last paragraph turns out to recur; returns how many."""
    with store.read() as connection:
        stale = posts.raw_ending(connection, posts.recurring_endings(connection))
    for start in range(0, len(stale), CHUNK):
        readings = [(raw.post_id, read(raw)) for raw in stale[start : start + CHUNK]]
        with store.write() as connection:
            for post_id, reading in readings:
                posts.reread(connection, post_id, reading)
    return len(stale)


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
        # Without it the next poll sweeps: whatever is unknown or unread is then fetched.
        memory = {name: value for name, value in notes.memory.items() if name.rpartition(":")[2] != "gap"}
        sources.remember(connection, url, memory=memory, complete=notes.complete)
        return len(quarantine.everything(connection))
