"""How subscriptions are kept and read, the same for one of them and for a million.

A choice and since when it counts are JSON, of which a million readers have few: each text is parsed once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.known_names import as_known
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
    return sa.select(*_COLUMNS).join_from(subscriptions, subscribers, subscriptions.c.subscriber_id == subscribers.c.id)


# In the order in which ``subscription_of`` takes them: by place, for by name they cost a million readers seconds.
_COLUMNS = (
    subscribers.c.id,
    subscribers.c.email,
    subscribers.c.canonical,
    subscribers.c.name,
    subscribers.c.named_by,
    subscribers.c.created_at,
    subscriptions.c.digest,
    subscriptions.c.state,
    as_text(subscriptions.c.category_ids).label("category_ids"),
    subscriptions.c.changed_at,
    subscriptions.c.entered_by,
    subscriptions.c.chosen_by,
    subscriptions.c.changed_by,
    subscriptions.c.reason,
    subscriptions.c.cadence,
    subscriptions.c.language,
    as_text(subscriptions.c.since).label("since"),
    subscriptions.c.paused_until,
    subscriptions.c.away_until,
    subscriptions.c.consent_id,
    subscribers.c.generation,
    subscriptions.c.paused_for_feed,
)


#: Who gets mail: nobody without a consent on record.
READS = (subscriptions.c.state == SubscriptionState.CONFIRMED) & subscriptions.c.consent_id.is_not(None)
IS_READ = sa.select(sa.exists().where(subscriptions.c.digest == sa.bindparam("of_digest"), READS))


@cache
def page_of(limit: int) -> sa.Select[Any]:
    its = (subscriptions.c.digest == sa.bindparam("of_digest")) & READS
    further = its & (subscriptions.c.subscriber_id > sa.bindparam("after"))
    return query().where(further).order_by(subscriptions.c.subscriber_id).limit(limit)


@cache
def has_readers_by(cadence: CadenceKind, cadences: tuple[CadenceKind, ...]) -> sa.Select[bool]:
    its = (subscriptions.c.digest == sa.bindparam("of_digest")) & READS
    return sa.select(sa.exists().where(its, is_by(cadence, cadences)))


def is_by(cadence: CadenceKind, cadences: tuple[CadenceKind, ...]) -> sa.ColumnElement[bool]:
    """Those of the first one are also who has never said how often, and whose cadence the digest has no more."""
    if cadence is not cadences[0]:
        return subscriptions.c.cadence == cadence.value
    others = (subscriptions.c.cadence == each.value for each in cadences[1:])
    return subscriptions.c.cadence.is_(None) | ~sa.or_(sa.false(), *others)


def one(connection: sa.Connection, subscriber_id: int, digest: str, *, held: bool = False) -> Subscription | None:
    """A subscription; *held*, nobody else changes it before the transaction ends."""
    asked = query().where(only(subscriber_id, digest))
    row = connection.execute(asked.with_for_update(of=subscriptions) if held else asked).one_or_none()
    return subscription_of(row) if row else None


def subscriber_of(row: sa.Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id,
        email=row.email,
        name=row.name,
        created_at=row.created_at,
        named_by=actor_of(row.named_by),
        generation=row.generation,
    )


def subscription_of(row: Sequence[Any]) -> Subscription:
    """Of a row of ``query``."""
    number, email, _, name, named_by, created_at, digest, state, choice, changed_at, *rest = row
    entered_by, chosen_by, changed_by, reason, cadence, language, since, paused_until, away_until, *last = rest
    consent_id, generation, paused_for_feed = last
    return Subscription(
        subscriber=Subscriber(
            id=number,
            email=email,
            name=name,
            created_at=created_at,
            named_by=actor_of(named_by),
            generation=generation,
        ),
        digest=digest,
        state=_STATES.get(state) or as_known(SubscriptionState, state),
        category_ids=choice_in(choice),
        changed_at=changed_at,
        entered_by=actor_of(entered_by),
        chosen_by=actor_of(chosen_by),
        changed_by=actor_of(changed_by),
        reason=reason,
        cadence=cadence_of(cadence),
        language=language,
        since=since_in(since),
        paused_until=paused_until,
        paused_for_feed=paused_for_feed,
        away_until=away_until,
        consent_id=consent_id,
    )


_STATES = {each.value: each for each in SubscriptionState}
_ACTORS = {each.value: each for each in Actor}
_CADENCES = {each.value: each for each in CadenceKind}


def actor_of(value: str | None) -> Actor | None:
    return None if value is None else _ACTORS.get(value) or as_known(Actor, value)


def cadence_of(value: str | None) -> CadenceKind | None:
    return None if value is None else _CADENCES.get(value) or as_known(CadenceKind, value)


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
