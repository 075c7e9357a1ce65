"""Reading again what was read by older rules, or before its ending turned out to recur; asks nothing of the source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from solacefeed.models.posts import Reading
from solacefeed.store import posts
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
