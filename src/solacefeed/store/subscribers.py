"""Subscribers and their subscriptions.

    (unknown) --> confirmed --> ended

The operator enters them, and nobody revives one that ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models import Subscriber, Subscription, SubscriptionState
from solacefeed.store.database import as_known, insert_missing, upsert
from solacefeed.store.schema import subscribers, subscriptions

#: Subscriptions read in one go.
PAGE = 1000


def canonical(email: str) -> str:
    """*email* as addresses are compared: the domain's case never counts, and the local part's in no real mailbox."""
    return email.strip().casefold()


def find(connection: sa.Connection, email: str) -> Subscriber | None:
    row = connection.execute(_by_address(email)).one_or_none()
    return _subscriber(row) if row else None


def enter(connection: sa.Connection, *, email: str, name: str | None, at: datetime) -> Subscriber:
    """The subscriber of this address, who is new unless known."""
    known = find(connection, email)
    if known is not None:
        return known
    row = {"email": email.strip(), "canonical": canonical(email), "name": name, "created_at": at}
    insert_missing(connection, subscribers, [row], key=("canonical",))
    return _subscriber(connection.execute(_by_address(email)).one())


def _by_address(email: str) -> sa.Select[Any]:
    return subscribers.select().where(subscribers.c.canonical == canonical(email))


def subscription(connection: sa.Connection, subscriber_id: int, digest: str) -> Subscription | None:
    query = _query().where(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.digest == digest)
    row = connection.execute(query).one_or_none()
    return _subscription(row) if row else None


def subscribe(
    connection: sa.Connection,
    subscriber: Subscriber,
    digest: str,
    *,
    category_ids: tuple[str, ...] | None,
    at: datetime,
) -> None:
    """Confirms a subscription, with this choice."""
    row = {
        "subscriber_id": subscriber.id,
        "digest": digest,
        "state": SubscriptionState.CONFIRMED.value,
        "category_ids": sorted(category_ids) if category_ids is not None else None,
        "changed_at": at,
    }
    upsert(connection, subscriptions, [row], key=("subscriber_id", "digest"))


def end(connection: sa.Connection, subscriber_id: int, digest: str, *, at: datetime) -> bool:
    """Ends a subscription; false when there was none to end."""
    result = connection.execute(
        subscriptions.update()
        .where(
            subscriptions.c.subscriber_id == subscriber_id,
            subscriptions.c.digest == digest,
            subscriptions.c.state != SubscriptionState.ENDED,
        )
        .values(state=SubscriptionState.ENDED.value, changed_at=at)
    )
    return result.rowcount > 0


def confirmed(connection: sa.Connection, digest: str) -> Iterator[Subscription]:
    """Everyone who gets *digest*, in the order of their entering."""
    last = 0
    while True:
        query = (
            _query()
            .where(
                subscriptions.c.digest == digest,
                subscriptions.c.state == SubscriptionState.CONFIRMED,
                subscriptions.c.subscriber_id > last,
            )
            .order_by(subscriptions.c.subscriber_id)
            .limit(PAGE)
        )
        rows = connection.execute(query).all()
        yield from map(_subscription, rows)
        if len(rows) < PAGE:
            return
        last = rows[-1].subscriber_id


def listing(connection: sa.Connection) -> list[Subscription]:
    return [_subscription(row) for row in connection.execute(_query().order_by(subscribers.c.canonical))]


def tally(connection: sa.Connection) -> dict[str, int]:
    """How many subscriptions are in each state."""
    counted = connection.execute(sa.select(subscriptions.c.state, sa.func.count()).group_by(subscriptions.c.state))
    return {row[0]: row[1] for row in counted}


def _query() -> sa.Select[Any]:
    return sa.select(subscribers, subscriptions).join_from(
        subscriptions, subscribers, subscriptions.c.subscriber_id == subscribers.c.id
    )


def _subscriber(row: sa.Row[Any]) -> Subscriber:
    return Subscriber(id=row.id, email=row.email, name=row.name, created_at=row.created_at)


def _subscription(row: sa.Row[Any]) -> Subscription:
    return Subscription(
        subscriber=_subscriber(row),
        digest=row.digest,
        state=as_known(SubscriptionState, row.state),
        category_ids=None if row.category_ids is None else tuple(row.category_ids),
        changed_at=row.changed_at,
    )
