"""Entering and ending subscriptions: what the operator does by hand or in the config, and readers by their links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.errors import UsageError
from solacefeed.models import SubscriptionState
from solacefeed.ports import Clock
from solacefeed.store import categories, subscribers
from solacefeed.store.database import Store


def subscribe(
    store: Store, clock: Clock, digest: str, *, email: str, name: str | None, slugs: Sequence[str] | None
) -> bool:
    """Enters a confirmed subscription for categories (``None``: everything); false when it stood so already.

    Raises ``UsageError`` for a category that the blog does not have, and for somebody who ended the subscription.
    """
    with store.write() as connection:
        chosen = category_ids(connection, slugs, email)
        subscriber = subscribers.enter(connection, email=email, name=name, at=clock())
        there = subscribers.subscription(connection, subscriber.id, digest)
        if there and there.state is SubscriptionState.ENDED:
            raise UsageError(f"{email} ended this subscription on {there.changed_at:%d %B %Y}; it stays ended")
        if there and there.state is SubscriptionState.CONFIRMED and there.category_ids == chosen:
            return False
        subscribers.subscribe(connection, subscriber, digest, category_ids=chosen, at=clock())
        return True


def end(store: Store, clock: Clock, digest: str, *, email: str) -> bool:
    """Ends a subscription; false when it had ended before. Raises ``UsageError`` for an unknown address."""
    with store.write() as connection:
        subscriber = subscribers.find(connection, email)
        if subscriber is None:
            raise UsageError(f"{email} is not a subscriber: `solacefeed subscribers list` shows who is")
        return subscribers.end(connection, subscriber.id, digest, at=clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A subscriber whom the operator has entered in the config."""

    email: str
    name: str | None
    #: Slugs; ``None`` for everything.
    categories: tuple[str, ...] | None


def enter_listed(store: Store, clock: Clock, listed: Iterable[Listed], digest: str) -> int:
    """Enters those of *listed* whom the store has never known, and returns how many.

    Each is entered once: a later change of the choice, or the end of the subscription, is the store's to keep.
    """
    entered = 0
    for person in listed:
        if _is_new(store, person.email, digest):
            subscribe(store, clock, digest, email=person.email, name=person.name, slugs=person.categories)
            entered += 1
    return entered


def _is_new(store: Store, email: str, digest: str) -> bool:
    with store.read() as connection:
        known = subscribers.find(connection, email)
        return known is None or subscribers.subscription(connection, known.id, digest) is None


def category_ids(connection: sa.Connection, slugs: Sequence[str] | None, whose: str) -> tuple[str, ...] | None:
    """The ids of these categories; raises ``UsageError``, saying *whose* wish it is, for one that is unknown."""
    if slugs is None:
        return None
    by_slug = {category.slug: category.id for category in categories.everything(connection)}
    unknown = [slug for slug in slugs if slug not in by_slug]
    if unknown:
        there = ", ".join(sorted(by_slug)) or "none yet: `solacefeed poll` first"
        raise UsageError(f"{whose}: the blog has no category {', '.join(unknown)}; there are {there}")
    return tuple(sorted({by_slug[slug] for slug in slugs}))


def end_by_number(store: Store, clock: Clock, digest: str, number: int) -> bool:
    """Ends the subscription of the subscriber with this number; false when there is none to end."""
    with store.write() as connection:
        return subscribers.end(connection, number, digest, at=clock())


def stands(store: Store, digest: str, number: int) -> bool:
    """Whether the subscriber with this number has a subscription that has not ended."""
    with store.read() as connection:
        there = subscribers.subscription(connection, number, digest)
    return there is not None and there.state is not SubscriptionState.ENDED
