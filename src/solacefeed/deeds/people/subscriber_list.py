"""The subscribers whom the config lists, and how the store is held to them, by ``list_rules``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.deeds.people.choose import WholeChoice, changed
from solacefeed.deeds.people.counting import counts_from
from solacefeed.deeds.people.fingerprints import FingerprintKey, refusal, refusals
from solacefeed.deeds.people.list_rules import (
    Comparison,
    KnownOfList,
    Listed,
    WantedSubscription,
    choice_of,
    compare,
    gives_way,
    is_the_lists,
)
from solacefeed.digest.choices import since_after
from solacefeed.email_addresses import canonical
from solacefeed.models.digests import Digest
from solacefeed.models.people import Actor, Subscriber, Subscription
from solacefeed.ports import Clock
from solacefeed.store import address_history, consents, listed_subscriptions, mailable, subscribers, sync_members
from solacefeed.store.database import Store

#: Readers changed in the first transaction.
CHUNK = 100

LISTED = "the config lists them"
UNLISTED = "the config lists them no more"
SYNCED = "the config lists them no more, and a membership database does"
KEPT = "you let them stay, though the config lists them no more"


def look(store: Store, listed: Sequence[Listed], digest: Digest, key: FingerprintKey) -> Comparison:
    """How the store differs from the list; writes nothing."""
    with store.read() as connection:
        emails = {canonical(each.email) for each in listed}
        if not emails and not listed_subscriptions.of_the_list(connection, digest.key, ()):
            # Nobody is listed, and nobody was: each look of a site without a list asks no more than that.
            return Comparison()
        elsewhere = address_history.now_elsewhere(connection, emails)
        emails = {*(emails - elsewhere.keys()), *map(canonical, elsewhere.values())}
        found = listed_subscriptions.of_the_list(connection, digest.key, emails)
        begun = [each for each in found.values() if is_the_lists(each)]
        known = KnownOfList(
            subscriptions=found,
            refused=_refused(connection, emails, key),
            elsewhere=elsewhere,
            consents=consents.among_these(connection, (each.consent_id for each in begun if each.consent_id)),
            claimed=sync_members.claimed(connection, digest.key, [each.subscriber.id for each in begun]),
        )
        return compare(listed, known, known_slugs(connection, digest.followed))


def _refused(connection: sa.Connection, emails: Collection[str], key: FingerprintKey) -> Mapping[str, str]:
    """Everybody where who was erased can't be known: whom the list has already gets their mail all the same."""
    amiss = key.amiss(connection)
    return dict.fromkeys(emails, f"may have been erased: {amiss}") if amiss else refusals(connection, emails, key)


def hold_to_list(
    store: Store, clock: Clock, listed: Sequence[Listed], digest: Digest, zone: tzinfo, key: FingerprintKey
) -> Comparison:
    """Makes the store as the list says, in short transactions, and returns what differed.

    Where nothing does, nothing is written. Who has left, chosen or been entered by hand meanwhile stays so: each
    statement asks once more.
    """
    found = look(store, listed, digest, key)
    if found.adopted:
        _do(store, (partial(_adopt, known, wanted) for known, wanted in found.adopted))
        found = look(store, listed, digest, key)
    _do(store, _steps(found, digest, zone, clock(), key))
    return found


def end_all(store: Store, clock: Clock, held: Sequence[Subscription]) -> int:
    """Ends those who were held back; returns how many."""
    return _do(store, (partial(_end, known, clock()) for known in held))


def keep_all(store: Store, clock: Clock, held: Sequence[Subscription]) -> int:
    """Lets those who were held back stay, as if they had been entered by hand; returns how many."""
    return _do(store, (partial(_keep, known, clock()) for known in held))


def _steps(
    found: Comparison, digest: Digest, zone: tzinfo, at: datetime, key: FingerprintKey
) -> Iterator[Callable[[sa.Connection], object]]:
    yield from (partial(_enter, wanted, digest, zone, at, key) for wanted in found.new)
    yield from (partial(_bring_back, known, wanted, digest, zone, at, key) for known, wanted in found.back)
    yield from (partial(_choose, known, wanted, digest, zone, at) for known, wanted in found.chosen)
    yield from (partial(_name, known, wanted) for known, wanted in found.named)
    yield from (partial(_show, known, wanted, at) for known, wanted in found.shown)
    yield from (partial(_hand_over, known, at) for known in found.synced)
    yield from (partial(_end, known, at) for known in found.over)


def _do(store: Store, steps: Iterable[Callable[[sa.Connection], object]]) -> int:
    """Takes each step, many in one transaction; returns how many of them changed something, where they say so."""
    chunks, changed = Chunks(CHUNK), 0
    for chunk in chunks.of(steps):
        with chunks.write(store, len(chunk)) as connection:
            # Before any row: one step may lock what another, that asks for this, waits for.
            mailable.hold(connection)
            changed += sum(bool(step(connection)) for step in chunk)
    return changed


def _enter(
    wanted: WantedSubscription,
    digest: Digest,
    zone: tzinfo,
    at: datetime,
    key: FingerprintKey,
    connection: sa.Connection,
) -> None:
    if refusal(connection, wanted.email, key):
        return
    person = subscribers.enter(connection, email=wanted.email, name=wanted.name, at=at, by=Actor.LIST)
    if gives_way(person, wanted.name):
        subscribers.rename(connection, person.id, wanted.name, by=Actor.LIST)
    if subscribers.subscription(connection, person.id, digest.key) is None:
        _begin(connection, person, wanted, wanted.choice, digest, zone, at, chosen_by=Actor.LIST)


def _bring_back(
    known: Subscription,
    wanted: WantedSubscription,
    digest: Digest,
    zone: tzinfo,
    at: datetime,
    key: FingerprintKey,
    connection: sa.Connection,
) -> None:
    """A choice that was the reader's own is theirs still."""
    if refusal(connection, known.subscriber.email, key):
        return
    choice = wanted.choice if known.chosen_by is Actor.LIST else choice_of(known)
    _begin(connection, known.subscriber, wanted, choice, digest, zone, at, chosen_by=known.chosen_by)


def _begin(
    connection: sa.Connection,
    person: Subscriber,
    wanted: WantedSubscription,
    choice: WholeChoice,
    digest: Digest,
    zone: tzinfo,
    at: datetime,
    *,
    chosen_by: Actor | None,
) -> None:
    category_ids, cadence, language = choice
    subscribers.subscribe(
        connection,
        person,
        digest.key,
        category_ids=category_ids,
        since=since_after(None, category_ids, at=at, start_of=counts_from(connection, digest, cadence, zone)),
        cadence=cadence,
        language=language,
        consent=wanted.consent(at),
        at=at,
        by=Actor.LIST,
        chosen_by=chosen_by,
        reason=LISTED,
    )


def _choose(
    known: Subscription,
    wanted: WantedSubscription,
    digest: Digest,
    zone: tzinfo,
    at: datetime,
    connection: sa.Connection,
) -> None:
    by = Actor.LIST
    there = subscribers.subscription(connection, known.subscriber.id, digest.key, held=True)
    if there is not None:
        changed(connection, digest, zone, there, wanted.choice, at=at, by=by, over=by, reason=LISTED)


def _name(known: Subscription, wanted: WantedSubscription, connection: sa.Connection) -> None:
    subscribers.rename(connection, known.subscriber.id, wanted.name, by=Actor.LIST)


def _show(known: Subscription, wanted: WantedSubscription, at: datetime, connection: sa.Connection) -> None:
    consents.record(connection, known.subscriber.id, known.digest, wanted.consent(at), at=at)


def _adopt(known: Subscription, wanted: WantedSubscription, connection: sa.Connection) -> None:
    same = choice_of(known) == wanted.choice
    listed_subscriptions.adopt(connection, known.subscriber.id, known.digest, with_choice=same)


def _end(known: Subscription, at: datetime, connection: sa.Connection) -> bool:
    return listed_subscriptions.end_listed(connection, known.subscriber.id, known.digest, at=at, reason=UNLISTED)


def _hand_over(known: Subscription, at: datetime, connection: sa.Connection) -> bool:
    person, by = known.subscriber.id, Actor.LIST
    return listed_subscriptions.hand_over(connection, person, known.digest, to=Actor.SYNC, by=by, at=at, reason=SYNCED)


def _keep(known: Subscription, at: datetime, connection: sa.Connection) -> bool:
    by = Actor.OPERATOR
    return listed_subscriptions.hand_over(
        connection, known.subscriber.id, known.digest, to=by, by=by, at=at, reason=KEPT
    )
