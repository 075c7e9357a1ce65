"""Entering and ending subscriptions: what the operator does by hand, and readers by their links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed.deeds.people.category_slugs import category_ids
from solacefeed.deeds.people.choose import WholeChoice, changed, known_subscriber, offered
from solacefeed.deeds.people.counting import counts_from
from solacefeed.deeds.people.fingerprints import ERASED, LEAVING, FingerprintKey, refusal
from solacefeed.digest.choices import may_join, since_after
from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.people import Actor, NewConsent, Subscriber, Subscription, SubscriptionState
from solacefeed.person_names import person_name
from solacefeed.ports import Clock
from solacefeed.store import address_history, consents, mailable, subscribers
from solacefeed.store.database import Store
from solacefeed.words import day_words

#: How long an end by mistake can be undone.
UNDONE_WITHIN = timedelta(hours=1)

#: How a reader's own end came to us.
BY_LINK = "by the link in a mail"
BY_MAIL = "by a mail to you"
BY_WORD = "as they asked you"
#: The operator's own.
DECIDED = "you decided it"


def subscribe(
    store: Store,
    clock: Clock,
    digest: Digest,
    zone: tzinfo,
    *,
    email: str,
    name: str | None,
    slugs: Sequence[str] | None,
    keeps_choice: bool = False,
    cadence: CadenceKind | None = None,
    language: str | None = None,
    consent: NewConsent,
    key: FingerprintKey,
    by: Actor = Actor.OPERATOR,
) -> bool:
    """Enters a confirmed subscription for categories (``None``: everything); false when it stood so already.

    A *name* replaces the one that the person had. Where *keeps_choice*, a subscription that there is, or was, keeps
    its categories; it keeps its cadence and language unless others are said. Nobody is entered who is suppressed or
    waits to be erased, and who was erased by their own word alone. Of what stands already *consent* is written down
    where nothing showed the one before.
    Raises ``UsageError`` for a category or a
    cadence that there is not, for somebody who ended the subscription, also where they have another address since, and
    for readers where the list alone enters.
    """
    if by is Actor.READER and not may_join(digest):
        raise UsageError(f"{digest.name} can't be joined by readers: whom you enter has it")
    with store.write() as connection:
        mailable.hold(connection)
        why = refusal(connection, email, key)
        if why and not (by is Actor.READER and why == ERASED):
            raise UsageError(f"{email} {why}")
        if by is not Actor.READER:
            _refuse_who_ended_there(connection, email)
        wanted = category_ids(connection, slugs, email, digest.followed)
        name = person_name(name)
        subscriber = subscribers.enter(connection, email=email, name=name, at=clock(), by=by)
        renamed = _renamed(connection, subscriber, name, by)
        there = subscribers.subscription(connection, subscriber.id, digest.key, held=True)
        chosen = there.category_ids if there and keeps_choice else wanted
        often = offered(digest, cadence) or (there.cadence if there else None)
        tongue = language or (there.language if there else None)
        choice = (chosen, often, tongue)
        if there and there.state is not SubscriptionState.ENDED:
            _record(connection, there, consent, clock)
            return changed(connection, digest, zone, there, choice, at=clock(), by=by) or renamed
        entered = begin(connection, digest, zone, subscriber, there, choice, consent=consent, at=clock(), by=by)
        if not entered:
            assert there is not None
            raise UsageError(_stays_ended(there, email, clock))
        return True


def _refuse_who_ended_there(connection: sa.Connection, email: str) -> None:
    """Nobody is entered by others at an address at which somebody ended what they had, who has another one now."""
    ended = address_history.ended_there(connection, [canonical(email)])
    if ended and subscribers.find(connection, email) is None:
        raise UsageError(
            f"whoever had {email} ended what they had there, and has another address now: only they can come back"
        )


def begin(
    connection: sa.Connection,
    digest: Digest,
    zone: tzinfo,
    subscriber: Subscriber,
    there: Subscription | None,
    choice: WholeChoice,
    *,
    consent: NewConsent,
    at: datetime,
    by: Actor,
    reason: str | None = None,
) -> bool:
    """Begins a subscription, new or where *there* was one; false where it stands, and where *by* may not revive it."""
    category_ids, cadence, language = choice
    start_of = counts_from(connection, digest, cadence, zone)
    return subscribers.subscribe(
        connection,
        subscriber,
        digest.key,
        category_ids=category_ids,
        since=since_after(there, category_ids, at=at, start_of=start_of),
        cadence=cadence,
        language=language,
        consent=consent,
        at=at,
        by=by,
        reason=reason,
    )


def _record(connection: sa.Connection, there: Subscription, consent: NewConsent, clock: Clock) -> None:
    """A consent that can be shown takes the place of one that can't, and what is claimed again is no news."""
    known = consents.find(connection, there.consent_id) if there.consent_id else None
    if known is None or (known.claimed and not consent.claimed):
        consents.record(connection, there.subscriber.id, there.digest, consent, at=clock())


def _renamed(connection: sa.Connection, subscriber: Subscriber, name: str | None, by: Actor) -> bool:
    if name is None or name == subscriber.name:
        return False
    subscribers.rename(connection, subscriber.id, name, by=by)
    return True


def _stays_ended(there: Subscription, email: str, clock: Clock) -> str:
    words = f"{email} ended this subscription on {day_words(there.changed_at)}; it stays ended"
    if there.changed_at > clock() - UNDONE_WITHIN:
        return f"{words} (`solacefeed subscribers undo {email}` takes a mistake back, within the hour)"
    return words


def end(
    store: Store, clock: Clock, digest: str, *, email: str, by: Actor = Actor.READER, reason: str | None = BY_WORD
) -> bool:
    """Ends a subscription; false when it had ended before. Raises ``UsageError`` for an unknown address."""
    with store.write() as connection:
        mailable.hold(connection)
        subscriber = known_subscriber(connection, email)
        return subscribers.end(connection, subscriber.id, digest, at=clock(), by=by, reason=reason)


def undo_end(store: Store, clock: Clock, digest: str, *, email: str) -> None:
    """Takes back an end that came by mistake, within the hour: all is as it was, but for a suppression since.

    Raises ``UsageError`` where there is none, and where it has lasted longer: only they can come back then; and while
    they are being erased.
    """
    now = clock()
    with store.write() as connection:
        mailable.hold(connection)
        subscriber = known_subscriber(connection, email)
        if mailable.leaving(connection, [canonical(subscriber.email)]):
            raise UsageError(f"{email} {LEAVING}")
        if not subscribers.undo_end(connection, subscriber.id, digest, since=now - UNDONE_WITHIN, at=now):
            there = subscribers.subscription(connection, subscriber.id, digest)
            raise UsageError(_not_undone(there, email, digest))


def _not_undone(there: Subscription | None, email: str, digest: str) -> str:
    if there is None or there.state is not SubscriptionState.ENDED:
        return f"{email} has not ended {digest}, so there is nothing to undo"
    if there.changed_by in subscribers.REVIVABLE[Actor.OPERATOR]:
        return f"it was not {email} who ended {digest}: `solacefeed subscribers add {email}` enters them again"
    return f"{email} ended {digest} on {day_words(there.changed_at)}, more than an hour ago: only they can come back"


def end_by_number(store: Store, clock: Clock, digest: str, number: int, *, reason: str = BY_LINK) -> bool:
    """Ends the subscription of the subscriber with this number, by their own word; false when there is none to end."""
    with store.write() as connection:
        return subscribers.end(connection, number, digest, at=clock(), reason=reason)
