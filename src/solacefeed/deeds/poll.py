"""poll: from the source to the store.

Each batch of the source is committed whole, with the source's own notes of how far it came, so a poll that dies is
begun again from its last commit and ends in the same state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from solacefeed.models import Reading, SourcePost
from solacefeed.ports import Batch, Clock, Known, Source
from solacefeed.store import categories, posts, sources
from solacefeed.store.database import Store
from solacefeed.store.posts import Change

#: A poll that would bury more than this many posts, and more than this share of all, buries none.
BRAKE_POSTS = 3
BRAKE_SHARE = 0.10

Read = Callable[[SourcePost], Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    new: int
    changed: int
    gone: int
    #: Removals that the brake held back.
    held: int
    categories: int
    unreadable: int

    def line(self) -> str:
        words = f"poll: {self.new} new, {self.changed} changed, {self.gone} gone"
        if self.categories:
            words += f"; {self.categories} categories new or changed"
        if self.unreadable:
            words += f"; {self.unreadable} left out as unreadable"
        if self.held:
            words += f"; {self.held} removals held back: too many at once to believe, see `solacefeed status`"
        return words


def poll(
    store: Store, source: Source, clock: Clock, *, url: str, read: Read, on_batch: Callable[[int], None]
) -> PollResult:
    """Takes over what changed at the source named *url*; *on_batch* is told how many posts each batch brought.

    Raises ``SourceError`` for an answer that can't be believed; batches before it are kept.
    """
    now = clock()
    known = _known(store, url)
    tally: Counter[str] = Counter()
    for batch in source.changes(known, now):
        # Read before the transaction begins: nobody waits for a parser.
        readings = [(post, read(post)) for post in batch.posts]
        with store.write() as connection:
            tally.update(_take(connection, batch, readings, known, url, now))
        on_batch(len(batch.posts))
    return PollResult(
        new=tally[Change.NEW],
        changed=tally[Change.CHANGED],
        gone=tally["gone"],
        held=tally["held"],
        categories=tally["categories"],
        unreadable=tally["unreadable"],
    )


def _known(store: Store, url: str) -> Known:
    with store.read() as connection:
        notes = sources.notes(connection, url)
        return Known(
            memory=notes.memory,
            posts=posts.stamps(connection),
            categories=tuple(categories.everything(connection)),
            authors=categories.authors_by_id(connection),
            complete=notes.complete,
        )


def _take(
    connection: sa.Connection,
    batch: Batch,
    readings: Sequence[tuple[SourcePost, Reading]],
    known: Known,
    url: str,
    now: datetime,
) -> Counter[str]:
    """Commits one batch and counts what it changed."""
    tally: Counter[str] = Counter(unreadable=len(batch.unreadable))
    if batch.memory is not None:
        sources.remember(connection, url, memory=batch.memory, complete=known.complete or batch.complete)
    if batch.site is not None:
        sources.describe(connection, url, batch.site)
    if batch.categories is not None:
        tally["categories"] += categories.replace(connection, batch.categories)
    if batch.authors is not None:
        categories.learn_authors(connection, batch.authors)
    for post, reading in readings:
        # The first crawl brings the back-catalogue, which counts as seen long ago.
        seen = now if known.complete else post.published
        tally[posts.keep(connection, post, reading, seen=seen)] += 1
    if too_many_gone(len(batch.gone), len(known.posts)):
        tally["held"] += len(batch.gone)
    else:
        posts.bury(connection, batch.gone, at=now)
        tally["gone"] += len(batch.gone)
    return tally


def too_many_gone(gone: int, known: int) -> bool:
    """Whether so many removals at once are more likely the blog's accident than its wish."""
    return gone > BRAKE_POSTS and gone > known * BRAKE_SHARE
