"""Reading again what was read by older rules, or before its ending turned out to recur; asks nothing of the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from solacefeed.deeds.halving import fitting
from solacefeed.errors import in_a_line
from solacefeed.models.posts import Reading
from solacefeed.ports import Clock
from solacefeed.store import counters, facts, posts, quarantine
from solacefeed.store.database import Store
from solacefeed.store.posts import Raw

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


def reread(
    store: Store, clock: Clock, read: Callable[[Raw], Reading], *, on_chunk: Callable[[int], None]
) -> RereadResult:
    """Reads every post anew from what its source once gave; asks nothing of the source.

    One that can't be read so stays as it was, and is set aside.
    """
    now = clock()
    seen = changed = 0
    after = ""
    while True:
        with store.read() as connection:
            chunk = posts.raw(connection, after=after, limit=CHUNK)
        if not chunk:
            return RereadResult(posts=seen, changed=changed)
        changed += _read_again(store, chunk, read, at=now)
        seen += len(chunk)
        after = chunk[-1].post_id
        on_chunk(len(chunk))


def lift_recurring(store: Store, clock: Clock, read: Callable[[Raw], Reading]) -> int:
    """Reads those posts anew of which the last paragraph, or the first, turns out to recur; returns how many.

    Cheap where nothing was written since none was found.
    """
    with store.read() as connection:
        mark = f"{posts.RECURRING} {posts.RECURRING_FIRST} {counters.content(connection)}"
        if facts.read(connection, facts.RECURRING_LIFTED) == mark:
            return 0
        ending = posts.ids_ending(connection, posts.recurring_endings(connection))
        stale = list(dict.fromkeys([*ending, *posts.ids_beginning(connection, posts.recurring_beginnings(connection))]))
    for start in range(0, len(stale), CHUNK):
        with store.read() as connection:
            chunk = posts.raw_of(connection, stale[start : start + CHUNK])
        _read_again(store, chunk, read, at=clock())
    if not stale:
        with store.write() as connection:
            facts.put(connection, facts.RECURRING_LIFTED, mark)
    return len(stale)


def _read_again(store: Store, chunk: Sequence[Raw], read: Callable[[Raw], Reading], *, at: datetime) -> int:
    """Returns how many read otherwise; read before the transaction begins."""
    readings: dict[str, Reading] = {}

    def read_some(some: Sequence[Raw]) -> None:
        for raw in some:
            if raw.post_id not in readings:
                readings[raw.post_id] = read(raw)

    fit, left_out = fitting(chunk, read_some)
    if not fit and len(left_out) > 1:
        raise left_out[0][1]
    key = quarantine.Kind.READING.key
    with store.write() as connection:
        quarantine.take_back(connection, {key(raw.post_id) for raw in fit})
        reasons = {key(raw.post_id): f"reading it again failed: {in_a_line(error)}" for raw, error in left_out}
        quarantine.set_aside(connection, reasons, at=at)
        return posts.reread(connection, readings)
