"""A batch that can't be kept is halved until the posts that spoil it stand alone; these are left out, the rest kept.

So it is with a list of categories.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.halving import fitting
from solacefeed.models.blog import Grade, SourceCategory, SourcePost
from solacefeed.posts.batches import Change
from solacefeed.posts.looks import Look
from solacefeed.posts.merging import Told
from solacefeed.posts.recognition import number_of
from solacefeed.store import batches, categories
from solacefeed.store.savepoints import Unfit, attempt

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a batch."""

    changes: list[Change] = field(default_factory=list)
    #: Posts that are left out, and why.
    left_out: list[tuple[SourcePost, str]] = field(default_factory=list)
    #: Those of which only the whole look tells which posts they are.
    waiting: list[SourcePost] = field(default_factory=list)


def keep(
    connection: sa.Connection, batch: Sequence[Told], *, at: datetime, look: Look, came: datetime | None = None
) -> Kept:
    """Keeps the posts of *batch* in turn, but for those that can't be; what fails for the store's sake is raised."""
    try:
        with attempt(connection):
            merged = batches.keep(connection, batch, at=at, look=look, came=came)
    except Unfit as error:
        if len(batch) > 1:
            return _in_halves(connection, batch, at, look, came)
        _log.info("post %s could not be kept", batch[0].post.url, exc_info=True)
        return Kept(left_out=[(batch[0].post, f"keeping it failed: {error}")])
    numbers = {number for told in batch if (number := number_of(told)) is not None}
    look.learn(numbers=numbers, taken=merged.taken, renumbered=merged.renumbered)
    return Kept(changes=merged.changes, left_out=merged.refused, waiting=merged.waiting)


def _in_halves(
    connection: sa.Connection, batch: Sequence[Told], at: datetime, look: Look, came: datetime | None
) -> Kept:
    half = len(batch) // 2
    first, second = (keep(connection, some, at=at, look=look, came=came) for some in (batch[:half], batch[half:]))
    return Kept(
        changes=first.changes + second.changes,
        left_out=first.left_out + second.left_out,
        waiting=first.waiting + second.waiting,
    )


# -- categories ---------------------------------------------------------------------------------------


def keep_categories(
    connection: sa.Connection, listed: Sequence[SourceCategory], grade: Grade, *, seen: datetime | None = None
) -> tuple[int, dict[str, str]]:
    """How many changed; and why some can't be kept, by number: these stay as they are known.

    *seen* is when new ones are first seen; ``None`` in a first crawl.
    """

    def try_it(some: Sequence[SourceCategory]) -> None:
        with attempt(connection, only_try=True):
            categories.replace(connection, some, grade=grade, seen=seen)

    try:
        with attempt(connection):
            return categories.replace(connection, listed, grade=grade, seen=seen), {}
    except Unfit:
        fit, left_out = fitting(listed, try_it)
        if not fit:
            raise
    known = {each.number: each for each in categories.as_the_blog_lists_them(connection)}
    kept = [known[each.number] for each, _ in left_out if each.number in known]
    reasons = {str(each.number): f"keeping it failed: {error}" for each, error in left_out}
    return categories.replace(connection, [*fit, *kept], grade=grade, seen=seen), reasons
