"""Looks what is to be done with the editions of all digests: alone, so that a look which finds nothing costs little.

What renders and freezes is loaded by whoever does it (``steps``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solacefeed.digest.at_once import Reached, left_over, turns
from solacefeed.digest.eligibility import LONGEST_WAIT, Candidate, Obstacle, candidates, eligible, why_not
from solacefeed.digest.periods import newest_first
from solacefeed.digest.schedule import Polls, Step, StepKind, beside_closings, steps
from solacefeed.models.digests import Cadence, CadenceKind, Digest
from solacefeed.models.editions import Edition
from solacefeed.store import adopted, categories, due_posts, editions, facts, records, subscribers
from solacefeed.store.database import Store

if TYPE_CHECKING:
    from solacefeed.deeds.editions.freeze import NameCopy
    from solacefeed.deeds.editions.renderer import Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSettings:
    """What editions are made with, besides the store."""

    #: As the config has them.
    digests: tuple[Digest, ...]
    zone: tzinfo
    renderer: Callable[[Digest], Renderer]
    name_copy: NameCopy
    #: Tells the editors of a draft that reads otherwise than the last one they were sent; ``None`` without editors.
    tell_editors: Callable[[Store, Renderer, Edition, Cadence | None], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A step of one digest's."""

    digest: Digest
    #: ``None`` for a notice.
    cadence: Cadence | None
    step: Step


def planned(connection: sa.Connection, settings: EditionSettings, now: datetime) -> list[Planned]:
    """What is to be done at *now* with the editions that have closings, and with notices, in its order."""
    polls, left = polls_of(connection), adopted.left_before(connection)
    found = [
        Planned(digest=digest, cadence=cadence, step=step)
        for digest in settings.digests
        for cadence, step in _of_digest(connection, settings, digest, now, polls, left)
    ]
    # What is given up frees its posts for whatever is made by this very look.
    return sorted(found, key=lambda each: (each.step.kind is not StepKind.CANCEL, each.step.period.ends))


def _of_digest(
    connection: sa.Connection,
    settings: EditionSettings,
    digest: Digest,
    now: datetime,
    polls: Polls,
    left: Collection[str],
) -> Iterator[tuple[Cadence | None, Step]]:
    past = editions.recent(connection, digest.key)
    drafts = settings.tell_editors is not None
    for cadence in digest.cadences:
        if cadence.kind is CadenceKind.AT_ONCE:
            continue
        if not _ever_had_readers(connection, digest, cadence, past):
            continue
        own = editions.recent(connection, digest.key, cadence.kind)
        known = newest_first(own, past)
        for step in steps(known, digest, cadence, settings.zone, now, polls=polls, drafts=drafts, left=left):
            yield cadence, step
    for edition in editions.waiting(connection, digest.key):
        yield from ((None, step) for step in beside_closings(edition, digest, now, left=left))


def _ever_had_readers(connection: sa.Connection, digest: Digest, cadence: Cadence, past: Iterable[Edition]) -> bool:
    """A new cadence waits for its first reader; later a week without readers is a week skipped."""
    return any(each.cadence is cadence.kind for each in past) or subscribers.has_readers(connection, digest, cadence)


def polls_of(connection: sa.Connection) -> Polls:
    last = records.latest(connection, "poll")
    good = last if last is not None and last.ok else records.latest_good(connection, "poll")
    return Polls(
        good=good.ended_at if good else None,
        failing=last is not None and last.ok is False,
        news=records.news_since_failing(connection, "poll"),
    )


# -- at once ----------------------------------------------------------------------------------------

#: The name of the fact that says how far the mails at once of a digest have come.
REACHED = "at_once"


def at_once_due(connection: sa.Connection, settings: EditionSettings, now: datetime) -> list[Digest]:
    """The digests that have a mail at once to make at *now*, or a mark to set."""
    return [digest for digest in settings.digests if _is_due_at_once(connection, settings, digest, now)]


def _is_due_at_once(connection: sa.Connection, settings: EditionSettings, digest: Digest, now: datetime) -> bool:
    cadence = digest.cadence(CadenceKind.AT_ONCE)
    if cadence.kind is not CadenceKind.AT_ONCE:
        return False
    # What a dead process has left is mended though its last reader went elsewhere meanwhile.
    if left_over(editions.waiting(connection, digest.key), now):
        return True
    if not subscribers.has_readers(connection, digest, cadence):
        return False
    reached = reached_at_once(connection, digest)
    if reached is None:
        return True
    # What settled longer ago than that waits for the morning.
    lately = digest.max_late + LONGEST_WAIT * digest.settle
    found = candidates_of(connection, digest, until=now + timedelta(microseconds=1), seen_within=lately)
    return bool(turns(found, reached, digest, cadence, settings.zone, now))


def reached_at_once(connection: sa.Connection, digest: Digest) -> Reached | None:
    kept = facts.read(connection, f"{REACHED}:{digest.key}")
    if kept is None:
        return None
    told = json.loads(kept)
    return Reached(
        settled_at=datetime.fromisoformat(told["settled_at"]),
        post_ids=tuple(told["post_ids"]),
        morning=datetime.fromisoformat(told["morning"]) if told["morning"] else None,
    )


# -- posts ------------------------------------------------------------------------------------------


def count_unsettled(
    connection: sa.Connection, digest: Digest, *, until: datetime, dropped: frozenset[str] = frozenset()
) -> int:
    """How many posts an edition of *digest* may bring but that they had not settled *until* then."""
    posts = [post for post in due_posts.seen_since(connection, until - digest.mail_within) if post.seen < until]
    revised = due_posts.revisions(connection, [post.id for post in posts])
    found = candidates(posts, revised, digest, categories.everything(connection))
    reasons = (why_not(each, digest, closes=until, dropped=dropped) for each in found)
    return sum(reason is not None and reason.kind is Obstacle.UNSETTLED for reason in reasons)


def candidates_of(
    connection: sa.Connection,
    digest: Digest,
    *,
    until: datetime,
    dropped: frozenset[str] = frozenset(),
    seen_within: timedelta | None = None,
) -> tuple[Candidate, ...]:
    """The posts that an edition of *digest* may bring which settled before *until*, newest first.

    With *seen_within* only those that were first seen so long before it, where that is less than the digest's own.
    """
    since = until - min(digest.mail_within, seen_within or digest.mail_within)
    posts = due_posts.seen_since(connection, since)
    return eligible(
        posts,
        due_posts.revisions(connection, [post.id for post in posts]),
        digest,
        closes=until,
        categories=categories.everything(connection),
        dropped=dropped | due_posts.dropped(connection, digest.key, since=since).keys(),
    )
