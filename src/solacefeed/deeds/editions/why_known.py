"""An edition and one of its readers, as they stood when it was decided what the reader gets of it.

the edition, or the one to come --> the subscription and the ledger as they stood --> what there was to bring
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.editions.due import in_view
from solacefeed.digest.choices import start_of_period
from solacefeed.digest.eligibility import Candidate, candidates
from solacefeed.digest.selection import Wishes, wishes_of
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.editions import Edition, EditionState, Period
from solacefeed.models.people import Subscriber, Subscription
from solacefeed.models.posts import PostState
from solacefeed.store import categories, consents, deliveries, due_posts, editions, frozen_posts, ledger, posts
from solacefeed.store.ledger import ReaderCopy
from solacefeed.store.subscription_changes import as_it_was

_MOMENT = timedelta(microseconds=1)

#: It is open who gets what, where nothing was counted; releases before this one made copies in one of them.
_UNDECIDED = frozenset({EditionState.DRAFT, EditionState.HELD, EditionState.APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An edition of which is asked, frozen or to come."""

    edition_id: str
    digest: Digest
    #: ``None`` of a notice.
    cadence: CadenceKind | None
    period: Period
    #: ``None`` of one that nobody has drafted yet.
    edition: Edition | None
    #: As of when it is told.
    at: datetime
    #: It has been decided who gets what of it.
    decided: bool

    @property
    def is_at_once(self) -> bool:
        return self.cadence is CadenceKind.AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOfReader:
    """All that is known of an edition and one reader, as it stood when that was decided."""

    asked: Asked
    reader: Subscription | None
    #: Whether a consent was on record.
    consented: bool
    wishes: Wishes | None
    #: Of this edition.
    copy: ReaderCopy | None
    #: What its variant said first; posts that were withdrawn are taken out of later revisions.
    first: tuple[str, ...]
    #: By post, the copy by which the reader had got it, or was promised it.
    before: Mapping[str, ReaderCopy]
    #: Whatever posts may be told of, newest first.
    candidates: tuple[Candidate, ...]
    #: By post, the edition from which an editor dropped it.
    dropped: Mapping[str, str]
    #: The posts that the edition brought to anybody; ``None`` of one to come.
    brought: frozenset[str] | None
    #: Of a cadence at once: how many copies of that day's mails the reader had by then.
    mails_of_day: int
    #: An earlier release froze it.
    is_old: bool

    @property
    def closes(self) -> datetime:
        """Before when a post had to settle: one that waited for a poll brought what settled until that was over."""
        late = (each.settled_at + _MOMENT for each in self.candidates if each.post.id in (self.brought or ()))
        return max([self.asked.period.ends, *late])


def asked_for(
    connection: sa.Connection, edition_id: str, digests: Sequence[Digest], zone: tzinfo, now: datetime
) -> Asked:
    """The edition of that id, frozen or to come; raises ``UsageError`` where there is none such."""
    edition = editions.find(connection, edition_id)
    if edition is None:
        return _to_come(connection, edition_id, digests, zone, now)
    digest = next((each for each in digests if each.key == edition.digest), None)
    if digest is None:
        raise UsageError(f"the config has the digest of {edition_id} no more, and with it what it went by")
    decided = edition.counts is not None or edition.state not in _UNDECIDED or _has_copies(connection, edition_id)
    return Asked(
        edition_id=edition_id,
        digest=digest,
        cadence=edition.cadence,
        period=edition.period,
        edition=edition,
        at=edition.prepared_at if decided else now,
        decided=decided,
    )


def _has_copies(connection: sa.Connection, edition_id: str) -> bool:
    return bool(deliveries.tally(connection, edition_id))


def _to_come(
    connection: sa.Connection, edition_id: str, digests: Sequence[Digest], zone: tzinfo, now: datetime
) -> Asked:
    for digest in digests:
        for edition in _coming(connection, digest, zone, now):
            if edition.id == edition_id:
                return Asked(
                    edition_id=edition_id,
                    digest=digest,
                    cadence=edition.cadence,
                    period=edition.period,
                    edition=None,
                    at=now,
                    decided=False,
                )
    raise UsageError(f"there is no edition {edition_id}, nor is it the next one: `solacefeed editions list`")


def _coming(connection: sa.Connection, digest: Digest, zone: tzinfo, now: datetime) -> Iterator[Edition]:
    """The editions that are due, and those that come after them; of mails at once nobody can say."""
    for cadence in digest.cadences:
        if cadence.kind is not CadenceKind.AT_ONCE:
            yield in_view(connection, digest, cadence, zone, now, upcoming=False)
            yield in_view(connection, digest, cadence, zone, now, upcoming=True)


def known_of(connection: sa.Connection, asked: Asked, person: Subscriber, zone: tzinfo) -> KnownOfReader:
    """What is known of an edition and that reader."""
    digest, since = asked.digest, asked.period.ends - asked.digest.mail_within
    reader = as_it_was(connection, person.id, digest.key, asked.at)
    copies = ledger.of_reader(connection, person.id, since=since)
    copy = next((each for each in copies if each.edition_id == asked.edition_id), None)
    words = frozen_posts.of_edition(connection, asked.edition_id) if asked.decided else {}
    first = ledger.said_by(connection, since=since).get((asked.edition_id, copy.key, 1)) if copy else None
    return KnownOfReader(
        asked=asked,
        reader=reader,
        consented=consents.was_given(connection, person.id, digest.key, by=asked.at),
        wishes=_wishes(reader, digest, zone) if reader else None,
        copy=copy,
        first=first.post_ids if first else (),
        before=_before(copies, copy, asked),
        candidates=_candidates(connection, asked, words),
        dropped=due_posts.dropped(connection, digest.key, since=since, until=asked.period.ends),
        brought=frozenset(words) if asked.decided else None,
        mails_of_day=_mails_of_day(copies, asked) if asked.is_at_once else 0,
        is_old=bool(words) and not any(words.values()),
    )


def _mails_of_day(copies: Sequence[ReaderCopy], asked: Asked) -> int:
    # The ids of one day begin alike.
    day = asked.edition_id.rpartition("-")[0] + "-"
    return sum(each.edition_id.startswith(day) and each.frozen_at <= asked.at for each in copies)


def _wishes(reader: Subscription, digest: Digest, zone: tzinfo) -> Wishes:
    return wishes_of(reader, start_of_period(digest, reader.cadence, zone)(reader.changed_at))


def _before(copies: Sequence[ReaderCopy], own: ReaderCopy | None, asked: Asked) -> dict[str, ReaderCopy]:
    """By post, the first copy that counted when the edition was decided; copies have numbers in the order of that."""
    exempt = ledger.digests_that_count(asked.digest)
    counting = [
        each
        for each in copies
        if each.edition_id != asked.edition_id
        and (exempt is None or each.digest in exempt)
        and (each.id < own.id if own else each.frozen_at <= asked.at)
        and (each.counted_at(asked.at) if asked.decided else each.counts)
    ]
    return {post_id: each for each in reversed(counting) for post_id in each.post_ids}


def _candidates(
    connection: sa.Connection, asked: Asked, words: Mapping[str, Mapping[str, Any] | None]
) -> tuple[Candidate, ...]:
    """What was seen by then and could be mailed, and what the edition brought in any case; as it read then."""
    seen = [
        post
        for post in due_posts.seen_since(connection, asked.period.ends - asked.digest.mail_within)
        if post.seen < asked.period.ends
    ]
    others = set(words) - {post.id for post in seen}
    known = [frozen_posts.thawed(post, words.get(post.id)) for post in [*seen, *posts.some(connection, others)]]
    hidden = [post.id for post in known if post.state is not PostState.PUBLISHED]
    public = due_posts.public_at(connection, hidden, asked.at) if asked.decided else set[str]()
    as_then = [replace(post, state=PostState.PUBLISHED) if post.id in public else post for post in known]
    revised = due_posts.revisions(connection, [post.id for post in known])
    by_then = {post_id: [at for at in noticed if at <= asked.at] for post_id, noticed in revised.items()}
    return candidates(as_then, by_then, asked.digest, categories.everything(connection))
