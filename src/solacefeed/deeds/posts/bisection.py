"""A batch that can't be kept is halved until the posts that spoil it stand alone; these are left out, the rest kept.

So it is with a list of categories.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.halving import fitting
from solacefeed.models.blog import Grade, SourceCategory, SourcePost
from solacefeed.posts.batches import Change
from solacefeed.posts.merging import Told
from solacefeed.store import batches, categories
from solacefeed.store.savepoints import Unfit, attempt

_log = logging.getLogger(__name__)

#: Posts that are left out, and why.
LeftOut = list[tuple[SourcePost, str]]


def keep(connection: sa.Connection, batch: Sequence[Told], *, at: datetime) -> tuple[list[Change], LeftOut]:
    """Keeps the posts of *batch* in turn, but for those that can't be; what fails for the store's sake is raised."""
    try:
        with attempt(connection):
            merged = batches.keep(connection, batch, at=at)
    except Unfit as error:
        if len(batch) > 1:
            return _in_halves(connection, batch, at)
        _log.info("post %s could not be kept", batch[0].post.url, exc_info=True)
        return [], [(batch[0].post, f"keeping it failed: {error}")]
    return merged.changes, merged.refused


def _in_halves(connection: sa.Connection, batch: Sequence[Told], at: datetime) -> tuple[list[Change], LeftOut]:
    half = len(batch) // 2
    first, second = (keep(connection, some, at=at) for some in (batch[:half], batch[half:]))
    return first[0] + second[0], first[1] + second[1]


# -- categories ---------------------------------------------------------------------------------------


def keep_categories(
    connection: sa.Connection, listed: Sequence[SourceCategory], grade: Grade
) -> tuple[int, dict[str, str]]:
    """How many changed; and why some can't be kept, by number: these stay as they are known."""

    def try_it(some: Sequence[SourceCategory]) -> None:
        with attempt(connection, only_try=True):
            categories.replace(connection, some, grade=grade)

    try:
        with attempt(connection):
            return categories.replace(connection, listed, grade=grade), {}
    except Unfit:
        fit, left_out = fitting(listed, try_it)
        if not fit:
            raise
    known = {each.number: each for each in categories.as_the_blog_lists_them(connection)}
    kept = [known[each.number] for each, _ in left_out if each.number in known]
    reasons = {str(each.number): f"keeping it failed: {error}" for each, error in left_out}
    return categories.replace(connection, [*fit, *kept], grade=grade), reasons
