"""What a reader changes of a subscription that stands: the choice, how often it comes, its language, a pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.people.category_slugs import category_ids
from solacefeed.deeds.people.counting import counts_from
from solacefeed.digest.choices import since_after, since_noted
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.ports import Clock
from solacefeed.store import mailable, subscribers
from solacefeed.store.database import Store

#: Pauses ended in the first transaction.
CHUNK = 500

#: The categories (``None``: everything), the cadence (``None``: the first) and the language (``None``: the site's).
WholeChoice = tuple[tuple[CategoryId, ...] | None, CadenceKind | None, str | None]


def choose(
    store: Store,
    clock: Clock,
    digest: Digest,
    zone: tzinfo,
    *,
    who: str | int,
    slugs: Sequence[str] | None = None,
    everything: bool = False,
    cadence: CadenceKind | None = None,
    language: str | None = None,
    by: Actor = Actor.READER,
    reason: str | None = None,
) -> bool:
    """Changes what is said of a subscription, by its reader's address or number; false where all of it was so.

    Raises ``UsageError`` where no subscription stands, and for a category or a cadence that there is not.
    """
    with store.write() as connection:
        there = _standing(connection, who, digest)
        kept = slugs is None and not everything
        whose = there.subscriber.email
        chosen = there.category_ids if kept else category_ids(connection, slugs, whose, digest.followed)
        choice = (chosen, offered(digest, cadence) or there.cadence, language or there.language)
        return changed(connection, digest, zone, there, choice, at=clock(), by=by, reason=reason)


def changed(
    connection: sa.Connection,
    digest: Digest,
    zone: tzinfo,
    there: Subscription,
    choice: WholeChoice,
    *,
    at: datetime,
    by: Actor,
    over: Actor | None = None,
    reason: str | None = None,
) -> bool:
    """Makes *choice* that of a subscription which is held; what is added counts from the start of its period.

    With *over*, only where the choice is that one's.
    """
    category_ids, cadence, language = choice
    if (there.category_ids, there.cadence, there.language) == choice:
        return False
    before = replace(there, since=since_noted(there, counts_from(connection, digest, there.cadence, zone)))
    since = since_after(before, category_ids, at=at, start_of=counts_from(connection, digest, cadence, zone))
    return subscribers.choose(
        connection,
        there.subscriber.id,
        digest.key,
        category_ids,
        since=since,
        cadence=cadence,
        language=language,
        at=at,
        by=by,
        over=over,
        reason=reason,
    )


def offered(digest: Digest, cadence: CadenceKind | None) -> CadenceKind | None:
    """*cadence*; raises ``UsageError`` where the digest has none such."""
    kinds = [each.kind for each in digest.cadences]
    if cadence is not None and cadence not in kinds:
        raise UsageError(f"{digest.name} has no cadence {cadence}; it comes {' or '.join(kinds)}")
    return cadence


# -- pauses -------------------------------------------------------------------------------------------


def pause(
    store: Store,
    clock: Clock,
    digest: Digest,
    zone: tzinfo,
    *,
    who: str | int,
    until: datetime | None,
    by: Actor = Actor.READER,
    reason: str | None = None,
) -> bool:
    """Lets no mail go to a reader until then (``None``: until they resume); false where it was paused so.

    Raises ``UsageError`` where no subscription stands, and for a time that is over.
    """
    now = clock()
    if until is not None and until <= now:
        raise UsageError(f"a pause until {until:%Y-%m-%d %H:%M} UTC is over already")
    with store.write() as connection:
        there = _standing(connection, who, digest)
        if (there.state, there.paused_until) == (SubscriptionState.PAUSED, until):
            return False
        since = since_noted(there, counts_from(connection, digest, there.cadence, zone))
        person = there.subscriber.id
        return subscribers.pause(connection, person, digest.key, until=until, since=since, at=now, by=by, reason=reason)


def resume(
    store: Store,
    clock: Clock,
    digest: Digest,
    *,
    who: str | int,
    by: Actor = Actor.READER,
    reason: str | None = None,
) -> bool:
    """Ends a pause; false where there was none. Raises ``UsageError`` where no subscription stands."""
    with store.write() as connection:
        there = _standing(connection, who, digest)
        return subscribers.resume(connection, there.subscriber.id, digest.key, at=clock(), by=by, reason=reason)


def resume_paused(store: Store, clock: Clock) -> int:
    """Ends the pauses whose time has come, in short transactions; returns how many. Where none has, writes nothing."""
    now, count, chunks = clock(), 0, Chunks(CHUNK)
    while _one_is_over(store, now):
        with chunks.write(store) as connection:
            count += subscribers.resume_due(connection, at=now, limit=chunks.size)
    return count


def _one_is_over(store: Store, now: datetime) -> bool:
    with store.read() as connection:
        return subscribers.has_pause_over(connection, now)


# -- whose --------------------------------------------------------------------------------------------


def known_subscriber(connection: sa.Connection, email: str) -> Subscriber:
    """Raises ``UsageError`` for an address that nobody has."""
    subscriber = subscribers.find(connection, email)
    if subscriber is None:
        raise UsageError(f"{email} is not a subscriber: `solacefeed subscribers list` shows who is")
    return subscriber


def _standing(connection: sa.Connection, who: str | int, digest: Digest) -> Subscription:
    mailable.hold(connection)
    number = who if isinstance(who, int) else known_subscriber(connection, who).id
    there = subscribers.subscription(connection, number, digest.key, held=True)
    if there is None or there.state is SubscriptionState.ENDED:
        words = f"subscriber {who}" if isinstance(who, int) else who
        raise UsageError(f"{words} does not get {digest.name}: `solacefeed subscribers show` says why")
    return there
