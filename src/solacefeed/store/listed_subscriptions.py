"""Subscriptions that a list has begun: the config's, or that of a source of ``sync``."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.people import Actor, Subscription, SubscriptionState
from solacefeed.store.database import among
from solacefeed.store.schema import subscribers, subscriptions
from solacefeed.store.subscription_changes import change, change_all
from solacefeed.store.subscription_rows import only, query, subscription_of

_CONFIRMED = subscriptions.c.state == SubscriptionState.CONFIRMED
_ENDED = subscriptions.c.state == SubscriptionState.ENDED
_BEGUN = query().where(subscriptions.c.digest == sa.bindparam("of_digest"), subscriptions.c.entered_by == Actor.LIST)


def of_the_list(connection: sa.Connection, digest: str, emails: Collection[str]) -> dict[str, Subscription]:
    """Whoever of *emails* has a subscription, and everyone whose subscription the list began; by canonical address."""
    found = list(connection.execute(_BEGUN, {"of_digest": digest}))
    for some in among(connection, subscribers.c.canonical, map(canonical, emails)):
        found += connection.execute(query().where(subscriptions.c.digest == digest, some))
    return {row.canonical: subscription_of(row) for row in found}


def adopt(connection: sa.Connection, subscriber_id: int, digest: str, *, with_choice: bool) -> None:
    """Counts as the list's what an older release has written without saying whose it is; no reader notices."""
    columns = subscriptions.c
    unknown = columns.entered_by.is_(None) | ((columns.entered_by == Actor.LIST) & columns.chosen_by.is_(None))
    values = {"entered_by": Actor.LIST.value} | ({"chosen_by": Actor.LIST.value} if with_choice else {})
    its = only(subscriber_id, digest) & ~_ENDED & unknown
    connection.execute(subscriptions.update().where(its).values(**values))


def end_listed(
    connection: sa.Connection, subscriber_id: int, digest: str, *, of: Actor = Actor.LIST, at: datetime, reason: str
) -> bool:
    """Ends what a list (*of*) began, unless somebody else has taken it over since, or paused it."""
    values = {"state": SubscriptionState.ENDED.value}
    return change(connection, _begun_by(of, subscriber_id, digest), values, at=at, by=of, reason=reason)


def end_all_listed(
    connection: sa.Connection, subscriber_ids: Iterable[int], digest: str, *, of: Actor, at: datetime, reason: str
) -> int:
    """Ends what a list (*of*) began for these people, by the same rule; returns how many."""
    values = {"state": SubscriptionState.ENDED.value}
    its = (subscriptions.c.digest == digest) & _CONFIRMED & (subscriptions.c.entered_by == of)
    conditions = among(connection, subscriptions.c.subscriber_id, subscriber_ids)
    return sum(change_all(connection, each & its, values, at=at, by=of, reason=reason) for each in conditions)


def hand_over(
    connection: sa.Connection,
    subscriber_id: int,
    digest: str,
    *,
    of: Actor = Actor.LIST,
    to: Actor,
    by: Actor,
    at: datetime,
    reason: str,
) -> bool:
    """Lets what a list (*of*) began count as that of another from now on."""
    values = {"entered_by": to.value}
    return change(connection, _begun_by(of, subscriber_id, digest), values, at=at, by=by, reason=reason)


def _begun_by(actor: Actor, subscriber_id: int, digest: str) -> sa.ColumnElement[bool]:
    return only(subscriber_id, digest) & _CONFIRMED & (subscriptions.c.entered_by == actor)
