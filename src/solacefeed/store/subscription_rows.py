"""How subscriptions are kept and read, the same for one of them and for a million.

A choice and since when it counts are JSON, of which a million readers have few: each text is parsed once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.database import as_known
from solacefeed.store.schema import subscribers, subscriptions

#: Texts of choices that are kept parsed.
_TEXTS = 1 << 15


def only(subscriber_id: int, digest: str) -> sa.ColumnElement[bool]:
    """Asks for this one subscription."""
    return sa.and_(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.digest == digest)


def as_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A column of JSON as it was written: so it can be compared, and parsed once for all that are alike."""
    return sa.cast(column, sa.Text)


def query() -> sa.Select[Any]:
    """Subscriptions with their subscribers, for ``subscription_of``."""
    return sa.select(*subscribers.c, *_COLUMNS).join_from(
        subscriptions, subscribers, subscriptions.c.subscriber_id == subscribers.c.id
    )


_COLUMNS = [
    as_text(each).label(each.name) if isinstance(each.type, sa.JSON) else each
    for each in subscriptions.c
    if each.name != "subscriber_id"
]


def one(connection: sa.Connection, subscriber_id: int, digest: str, *, held: bool = False) -> Subscription | None:
    """A subscription; *held*, nobody else changes it before the transaction ends."""
    asked = query().where(only(subscriber_id, digest))
    row = connection.execute(asked.with_for_update(of=subscriptions) if held else asked).one_or_none()
    return subscription_of(row) if row else None


def subscriber_of(row: sa.Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id, email=row.email, name=row.name, created_at=row.created_at, named_by=actor_of(row.named_by)
    )


def subscription_of(row: sa.Row[Any]) -> Subscription:
    return Subscription(
        subscriber=subscriber_of(row),
        digest=row.digest,
        state=as_known(SubscriptionState, row.state),
        category_ids=choice_in(row.category_ids),
        changed_at=row.changed_at,
        entered_by=actor_of(row.entered_by),
        chosen_by=actor_of(row.chosen_by),
        changed_by=actor_of(row.changed_by),
        reason=row.reason,
        cadence=cadence_of(row.cadence),
        language=row.language,
        since=since_in(row.since),
        paused_until=row.paused_until,
        away_until=row.away_until,
    )


def actor_of(value: str | None) -> Actor | None:
    return None if value is None else as_known(Actor, value)


def cadence_of(value: str | None) -> CadenceKind | None:
    return None if value is None else as_known(CadenceKind, value)


def kept_choice(category_ids: Iterable[CategoryId] | None) -> list[CategoryId] | None:
    """As it is kept: equal choices have one text."""
    return None if category_ids is None else sorted(set(category_ids))


@lru_cache(_TEXTS)
def choice_in(text: str | None) -> tuple[CategoryId, ...] | None:
    found = None if text is None else json.loads(text)
    return None if found is None else tuple(found)


def kept_since(since: Mapping[CategoryId, datetime] | None) -> dict[str, str] | None:
    """As it is kept: equal ones have one text."""
    return None if since is None else {each: since[each].isoformat() for each in sorted(since)}


@lru_cache(_TEXTS)
def since_in(text: str | None) -> Mapping[CategoryId, datetime] | None:
    found = None if text is None else json.loads(text)
    return None if found is None else {CategoryId(each): datetime.fromisoformat(at) for each, at in found.items()}
