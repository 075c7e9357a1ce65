"""Subscriptions, found by what is asked of them, in pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.people import Actor, Basis, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.schema import consents, subscribers, subscriptions
from solacefeed.store.subscription_rows import as_text, query, subscription_of

#: Where a page ends: the canonical address and the digest of its last subscription; ``None``: behind all of them.
Place = tuple[str, str | None]

#: Rows read at once.
PAGE = 1000

#: Before every one.
START: Place = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFilter:
    """What is asked of subscriptions; ``None`` asks nothing."""

    state: SubscriptionState | None = None
    #: Its key.
    digest: str | None = None
    #: Chosen by name; who has everything has not.
    category_id: CategoryId | None = None
    #: Part of the address or of the name.
    text: str | None = None
    #: Of the consent by which it stands.
    basis: Basis | None = None
    #: By whose word it is as it is, and by whose it began.
    by: Actor | None = None
    entered_by: Actor | None = None


def page(
    connection: sa.Connection, asked: SubscriptionFilter, *, after: Place = START, limit: int
) -> list[Subscription]:
    """The next *limit* of them behind that place, by address and digest."""
    found = query().where(_behind(after), *_conditions(asked))
    ordered = found.order_by(subscribers.c.canonical, subscriptions.c.digest).limit(limit)
    return [subscription_of(row) for row in connection.execute(ordered)]


def _behind(place: Place) -> sa.ColumnElement[bool]:
    address, digest = place
    if digest is None:
        return subscribers.c.canonical > address
    here = sa.tuple_(subscribers.c.canonical, subscriptions.c.digest)
    return here > sa.tuple_(sa.literal(address), sa.literal(digest))


def after_address(email: str) -> Place:
    """Behind every subscription of that address."""
    return canonical(email), None


def place_of(subscription: Subscription) -> Place:
    """Where a page ends with that one."""
    return canonical(subscription.subscriber.email), subscription.digest


def all_of(connection: sa.Connection, asked: SubscriptionFilter, *, after: Place = START) -> Iterator[Subscription]:
    """All of them behind that place, a page in memory at a time."""
    while found := page(connection, asked, after=after, limit=PAGE):
        yield from found
        after = place_of(found[-1])


def _conditions(asked: SubscriptionFilter) -> Iterator[sa.ColumnElement[bool]]:
    if asked.state is not None:
        yield subscriptions.c.state == asked.state
    if asked.digest is not None:
        yield subscriptions.c.digest == asked.digest
    if asked.by is not None:
        yield subscriptions.c.changed_by == asked.by
    if asked.entered_by is not None:
        yield subscriptions.c.entered_by == asked.entered_by
    if asked.category_id is not None:
        yield as_text(subscriptions.c.category_ids).contains(json.dumps(asked.category_id), autoescape=True)
    if asked.basis is not None:
        by_it = sa.select(consents.c.id).where(consents.c.basis == asked.basis)
        yield subscriptions.c.consent_id.in_(by_it)
    if asked.text is not None:
        yield _says(asked.text)


def _says(text: str) -> sa.ColumnElement[bool]:
    """Whatever the case of its letters: SQLite's own ``lower`` knows those of English alone."""
    spellings = dict.fromkeys((text, text.lower(), text.upper(), text.capitalize(), text.title()))
    columns: list[tuple[sa.ColumnElement[Any], str]] = [(subscribers.c.canonical, canonical(text))]
    columns += [(subscribers.c.name, spelling) for spelling in spellings]
    columns += [(sa.func.lower(subscribers.c.name), text.lower())]
    return sa.or_(*(column.contains(part, autoescape=True) for column, part in columns))
