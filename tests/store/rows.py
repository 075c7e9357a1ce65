"""The vocabulary of the store's tests: posts, readers, an edition and its copies, written without any deed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.blog import Grade, SourcePost
from solacefeed.models.deliveries import ClaimKey, Delivery, DeliveryState, Lease, Mark, Outcome
from solacefeed.models.editions import Edition, EditionState, Period
from solacefeed.models.people import EVERY, Actor, Subscriber, Subscription
from solacefeed.models.posts import CategoryId, Reading
from solacefeed.posts.batches import Change
from solacefeed.posts.merging import told
from solacefeed.store import (
    batches,
    copy_claims,
    deliveries,
    delivery_ends,
    edition_posts,
    editions,
    outbox,
    schema,
    subscribers,
    wanted_copies,
)
from solacefeed.store.database import Store
from solacefeed.store.new_subscriptions import NewSubscription, begin_all, numbers_of
from solacefeed.store.schema import subscribers as subscribers_table
from solacefeed.store.subscribers import Since
from solacefeed.store.subscription_rows import query, subscription_of
from tests.support.builders import A_CONSENT, MONDAY, WEEK, a_reading

T = TypeVar("T")

CLOSED = MONDAY - timedelta(hours=1)
EDITION = "weekly/2026-11-23"

LEASE = Lease(worker="host-1-a", length=timedelta(minutes=5))
OTHER = Lease(worker="host-2-b", length=timedelta(minutes=5))


def an_edition(
    *,
    name: str = EDITION,
    ends: datetime = CLOSED,
    digest: str = "weekly",
    state: EditionState = EditionState.DELIVERING,
) -> Edition:
    return Edition(
        id=name,
        digest=digest,
        period=Period(starts=ends - WEEK, ends=ends),
        state=state,
        reason=None,
        prepared_at=ends,
    )


def a_reader(
    store: Store, email: str, *, category_ids: tuple[CategoryId, ...] | None = None, by: Actor = Actor.OPERATOR
) -> Subscriber:
    """Somebody with a confirmed subscription."""
    with store.write() as connection:
        subscriber = subscribers.enter(connection, email=email, name=None, at=MONDAY)
        subscribers.subscribe(
            connection, subscriber, "weekly", category_ids=category_ids, consent=A_CONSENT, at=MONDAY, by=by
        )
    return subscriber


def readers_at_once(
    connection: sa.Connection,
    chosen: Mapping[str, tuple[CategoryId, ...] | None],
    *,
    since: Since | None = None,
    at: datetime = MONDAY,
) -> list[Subscriber]:
    """Somebody with a confirmed subscription for each address, with these categories, in a few statements."""
    known, from_then = numbers_of(connection, map(canonical, chosen)), since or {EVERY: at - WEEK}
    rows = [NewSubscription(email, canonical(email), None, ids, from_then, A_CONSENT) for email, ids in chosen.items()]
    begin_all(connection, "weekly", rows, known, at=at, by=Actor.OPERATOR, reason="")
    found = {each.email: each for each in subscribers.people(connection, emails=chosen)}
    return [found[email] for email in chosen]


def copies_for(store: Store, *emails: str) -> list[Delivery]:
    """One edition with a pending copy for each, in this order."""
    with store.write() as connection:
        readers = readers_at_once(connection, dict.fromkeys(emails))
    rows = [
        {
            "edition_id": EDITION,
            "subscriber_id": reader.id,
            "email": reader.email,
            "name": None,
            "selection": "*",
            "message_id": f"<{reader.id}@example.org>",
        }
        for reader in readers
    ]
    with store.write() as connection:
        added(connection, an_edition())
        deliveries.intend(connection, rows, at=MONDAY)
    return sorted(everything(store), key=lambda copy: copy.id)


def added(connection: sa.Connection, edition: Edition, post_ids: Iterable[str] = ()) -> None:
    """Begins *edition*, with these posts of its own."""
    editions.add(connection, edition)
    edition_posts.keep(connection, edition, {post_id: {} for post_id in post_ids})


def many_copies(store: Store, number: int) -> None:
    """One edition with a pending copy for each of so many readers, who have all in common with the first of them."""
    copies_for(store, "reader1@example.org")
    with store.write() as connection:
        others_alike(connection, number)
        wanted_copies.plan_anew(connection)


def others_alike(connection: sa.Connection, number: int) -> None:
    """The only reader, ``reader1``, becomes one of so many who have all in common, their copies too."""
    for table, own in (
        (schema.subscribers, ("id", "email", "canonical")),
        (schema.subscriptions, ("subscriber_id",)),
        (schema.deliveries, ("id", "subscriber_id", "email", "message_id")),
    ):
        for first in connection.execute(table.select()).mappings().all():
            rows = [
                {**first, **{name: _of_another(first[name], each) for name in own}} for each in range(2, number + 1)
            ]
            connection.execute(table.insert(), rows)


def _of_another(value: str | int, number: int) -> str | int:
    return value + number - 1 if isinstance(value, int) else value.replace("reader1", f"reader{number}")


def everything(store: Store, *, most: int = 1000) -> list[Delivery]:
    with store.read() as connection:
        return deliveries.listing(connection, edition_id=None, state=None, limit=most)


def the_only(store: Store) -> Delivery:
    (copy,) = everything(store)
    return copy


def written(store: Store, statement: Callable[[sa.Connection], T]) -> T:
    with store.write() as connection:
        return statement(connection)


def keep(
    connection: sa.Connection,
    post: SourcePost,
    reading: Reading | None = None,
    *,
    seen: datetime,
    at: datetime | None = None,
    grade: Grade = Grade.API,
) -> Change:
    """Takes over one post."""
    one = told(post, reading or a_reading(post), seen=seen, grade=grade)
    (change,) = batches.keep(connection, [one], at=at or seen).changes
    return change


def claimed(store: Store, *, at: datetime = MONDAY, limit: int = 50, lease: Lease = LEASE) -> list[Delivery]:
    return written(store, lambda c: copy_claims.claim(c, EDITION, lease=lease, limit=limit, at=at))


def marked(store: Store, copy: Delivery, *, at: datetime = MONDAY, worker: str = LEASE.worker) -> bool:
    """Whether it may go."""
    mark = Mark(id=copy.id, claim=copy.claims, revision=1)
    told = written(store, lambda c: deliveries.mark_all(c, [mark], worker=worker, at=at))
    return told.get(copy.claim_key) is DeliveryState.HANDING


def settled(
    store: Store,
    copy: Delivery,
    state: DeliveryState,
    *,
    at: datetime = MONDAY,
    next_try_at: datetime | None = None,
    worker: str = LEASE.worker,
) -> bool:
    """Whether it is so now."""
    outcome = Outcome(id=copy.id, claim=copy.claims, state=state, answer="...", next_try_at=next_try_at)
    return copy.claim_key in written(store, lambda c: deliveries.settle_all(c, [outcome], worker=worker, at=at))


def lease_ends(store: Store, *, at: datetime = MONDAY, worker: str = LEASE.worker) -> None:
    """As if its time were over, by whichever clock it goes."""
    over = Lease(worker=worker, length=timedelta())
    written(store, lambda c: (deliveries.renew(c, lease=over, at=at), outbox.renew(c, lease=over, at=at)))


def leases_end(store: Store, *, at: datetime) -> None:
    """Those of all workers."""
    named = sa.union(*(sa.select(table.c.worker) for table in (schema.deliveries, schema.outbox)))
    with store.read() as connection:
        workers = [name for name in connection.execute(named).scalars() if name is not None]
    for worker in workers:
        lease_ends(store, at=at, worker=worker)


def recovered(store: Store, *, at: datetime = MONDAY, offer_again_at: datetime | None = None) -> int:
    """What a worker does that finds a dead one's copies, whose lease is over."""
    lease_ends(store, at=at)
    return recovered_by(store, OTHER.worker, at=at, offer_again_at=offer_again_at)


def recovered_by(store: Store, worker: str, *, at: datetime = MONDAY, offer_again_at: datetime | None = None) -> int:
    return written(store, lambda c: deliveries.recover(c, at=at, offer_again_at=offer_again_at, worker=worker))


def renewed(store: Store, lease: Lease) -> int:
    return written(store, lambda c: deliveries.renew(c, lease=lease, at=MONDAY))


def released(store: Store, keys: Iterable[ClaimKey], *, worker: str = LEASE.worker) -> None:
    written(store, lambda c: deliveries.release(c, keys, worker=worker, at=MONDAY))


def expired(store: Store, *, at: datetime = MONDAY) -> int:
    return written(store, lambda c: delivery_ends.expire(c, EDITION, at=at))


def leaves(store: Store, copy: Delivery, *, at: datetime = MONDAY) -> bool:
    return written(store, lambda c: subscribers.end(c, copy.subscriber_id, "weekly", at=at))


def everyone(connection: sa.Connection) -> list[Subscription]:
    """All subscriptions, by address."""
    return [subscription_of(row) for row in connection.execute(query().order_by(subscribers_table.c.canonical))]
