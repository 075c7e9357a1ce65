"""A notice: a mail to a digest's readers between closings, with the states that editions have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import count

import sqlalchemy as sa

from solacefeed.deeds.people.category_slugs import category_ids
from solacefeed.errors import UsageError
from solacefeed.models.digests import Digest
from solacefeed.models.editions import NOTICE, Editing, Edition, EditionState, Period
from solacefeed.ports import Clock
from solacefeed.store import editions
from solacefeed.store.database import Store
from solacefeed.text.characters import one_line

#: Characters of a notice.
MOST = 20_000


def begin_notice(
    store: Store, clock: Clock, digest: Digest, zone: tzinfo, *, words: str, slugs: Sequence[str] | None
) -> Edition:
    """Begins a notice of these *words*, for the readers of some categories or for all.

    The first line is its subject; an empty line begins another paragraph. Raises ``UsageError`` for no words or too
    many, and for a category that the blog has not.
    """
    with store.write() as connection:
        return begin_notice_within(connection, digest, zone, words=words, slugs=slugs, now=clock())


def begin_notice_within(
    connection: sa.Connection,
    digest: Digest,
    zone: tzinfo,
    *,
    words: str,
    slugs: Sequence[str] | None,
    now: datetime,
) -> Edition:
    """The same, as part of a greater change."""
    subject, paragraphs = _read(words)
    wanted = category_ids(connection, slugs, "--categories", digest.followed)
    there = editions.named_of_day(connection, _day(digest, zone, now))
    edition = Edition(
        id=_free_id(digest, zone, now, {each.id for each in there}),
        digest=digest.key,
        period=Period(starts=now, ends=now),
        state=EditionState.DRAFT,
        reason=None,
        prepared_at=now,
        cadence=None,
        editing=Editing(subject=subject, notices=paragraphs, audience=tuple(wanted or ())),
    )
    editions.add(connection, edition)
    return edition


def _read(words: str) -> tuple[str, tuple[str, ...]]:
    if len(words) > MOST:
        raise UsageError(f"--notice: a notice has at most {MOST} characters, this one has {len(words)}")
    subject, _, rest = words.strip().partition("\n")
    paragraphs = tuple(one_line(each) for each in rest.replace("\r\n", "\n").split("\n\n"))
    if not one_line(subject) or not any(paragraphs):
        raise UsageError("--notice: the file's first line is the subject, and what is said stands below it")
    return one_line(subject), tuple(filter(None, paragraphs))


def _day(digest: Digest, zone: tzinfo, now: datetime) -> str:
    return f"{digest.key}/{NOTICE}{now.astimezone(zone).date().isoformat()}-"


def _free_id(digest: Digest, zone: tzinfo, now: datetime, taken: set[str]) -> str:
    names = (f"{_day(digest, zone, now)}{number}" for number in count(1))
    return next(name for name in names if name not in taken)
