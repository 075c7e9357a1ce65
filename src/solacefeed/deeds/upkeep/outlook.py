"""What bites before readers notice: editions that are not done, an audience that jumped, complaints, disks, checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.editions.due import before_it
from solacefeed.digest.periods import edition_id
from solacefeed.models.digests import Approval, Cadence, CadenceKind, Digest
from solacefeed.models.editions import PUBLIC, Edition, EditionState
from solacefeed.store import alarms, bounces, editions, subscribers

#: So long after it closed an edition should be made and on its way.
SHOULD_BE_DONE = timedelta(hours=1)

#: Complaints of late: so long ago at most.
COMPLAINTS_REMEMBERED = timedelta(days=30)


#: What of telling others is written down only where it does not work; in words, what then did not.
BESIDE_ALARMS: Mapping[str, str] = {
    "alarms": "alarms could not be looked for",
    "webhook": "alarms could not be posted to the webhook",
    "heartbeat": "the heartbeat's address could not be fetched",
    "examine": "certificates and records could not be looked at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueEdition:
    """An edition that has closed, and is not on its way."""

    id: str
    closed_at: datetime
    #: ``None`` where there is none yet.
    state: EditionState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceCount:
    """How many readers a digest has, beside those for whom its last edition was made."""

    digest: str
    #: The last edition of its first cadence.
    edition_id: str
    before: int
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOutlook:
    """What is looked at besides deeds and copies; empty where nothing was looked at."""

    not_done: tuple[OverdueEdition, ...] = ()
    audiences: tuple[AudienceCount, ...] = ()
    #: How many copies of an edition were called spam, by its id.
    complaints: Mapping[str, int] = field(default_factory=dict)
    #: Bytes that the store takes to be written anew.
    store_size: int = 0
    #: What was last found of certificates and records, in words and what to do, by examination.
    checks: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    #: Operators are mailed, and nothing else would tell of mail that goes nowhere.
    by_mail_alone: bool = False


def looked_out(
    connection: sa.Connection, digests: Sequence[Digest], zone: tzinfo, now: datetime, *, crawled: bool
) -> SiteOutlook:
    """What the store says of it."""
    found = (each for digest in digests for each in _not_done(connection, digest, zone, now)) if crawled else ()
    counts = (_audience(connection, digest) for digest in digests)
    return SiteOutlook(
        not_done=tuple(found),
        audiences=tuple(each for each in counts if each is not None),
        complaints=bounces.complaints_by_edition(connection, since=now - COMPLAINTS_REMEMBERED),
        checks=alarms.check_troubles(connection),
    )


def _not_done(connection: sa.Connection, digest: Digest, zone: tzinfo, now: datetime) -> Iterator[OverdueEdition]:
    for cadence in digest.cadences:
        if cadence.kind is CadenceKind.AT_ONCE:
            continue
        period = before_it(connection, digest, cadence, zone, now)
        if period is None or now - period.ends <= SHOULD_BE_DONE:
            continue
        name = edition_id(digest, cadence, period.ends, zone)
        known = editions.find(connection, name)
        if _waits_for_somebody(known, cadence):
            continue
        if known is not None or _has_ever_had_readers(connection, digest, cadence, now):
            yield OverdueEdition(id=name, closed_at=period.ends, state=known.state if known else None)
    for each in editions.waiting(connection, digest.key):
        frozen = each.state in (EditionState.APPROVED, EditionState.PREPARING) and each.counts is not None
        if frozen and now - each.leaves_at > SHOULD_BE_DONE:
            yield OverdueEdition(id=each.id, closed_at=each.period.ends, state=each.state)


def _waits_for_somebody(edition: Edition | None, cadence: Cadence) -> bool:
    """Then it is told of as held, or as one that is not approved."""
    if edition is None:
        return False
    is_drafted = edition.state is EditionState.DRAFT and cadence.approval is Approval.REQUIRED
    return edition.state is EditionState.HELD or is_drafted


def _has_ever_had_readers(connection: sa.Connection, digest: Digest, cadence: Cadence, now: datetime) -> bool:
    """A new cadence waits for its first reader; who has just come may come after the looks at that closing."""
    past = editions.recent(connection, digest.key, cadence.kind)
    since = now - SHOULD_BE_DONE
    return any(each.cadence is cadence.kind for each in past) or subscribers.has_readers(
        connection, digest, cadence, since=since
    )


def _audience(connection: sa.Connection, digest: Digest) -> AudienceCount | None:
    own = editions.recent(connection, digest.key, digest.first.kind)
    last = next((each for each in own if _has_left(each, digest.first)), None)
    if last is None or last.counts is None:
        return None
    return AudienceCount(
        digest=digest.key,
        edition_id=last.id,
        before=last.counts.readers + last.counts.empty,
        now=subscribers.count_readers(connection, digest, digest.first),
    )


def _has_left(edition: Edition, cadence: Cadence) -> bool:
    return edition.cadence is cadence.kind and edition.state in PUBLIC
