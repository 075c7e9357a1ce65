"""Which choices readers have made, counted; and a category in them that gives its place to another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.models.posts import CategoryId, followed_id
from solacefeed.store import mailable
from solacefeed.store.database import among
from solacefeed.store.schema import subscriptions
from solacefeed.store.subscribers import Since
from solacefeed.store.subscription_changes import change_all
from solacefeed.store.subscription_rows import as_text, choice_in, kept_choice, kept_since, since_in

_STANDING = subscriptions.c.state != SubscriptionState.ENDED
_CHOICE = as_text(subscriptions.c.category_ids)
_SINCE = as_text(subscriptions.c.since)

#: What ``since`` is of a choice in which a new category takes the place of an old one.
Carried = Callable[[Since | None], Since | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedChoice:
    """A choice that readers of a digest have made."""

    digest: str
    #: ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None
    readers: int


def counted_choices(connection: sa.Connection) -> list[CountedChoice]:
    """Every choice of those whose subscription stands, by digest and choice."""
    key = (subscriptions.c.digest, _CHOICE)
    query = sa.select(*key, sa.func.count()).where(_STANDING).group_by(*key).order_by(*key)
    return [
        CountedChoice(digest=digest, category_ids=choice_in(text), readers=readers)
        for digest, text, readers in connection.execute(query)
    ]


def has_tag(connection: sa.Connection) -> bool:
    """Whether a reader whose subscription stands has chosen a tag."""
    some = _CHOICE.contains(f'"{followed_id("")}', autoescape=True)
    return connection.execute(sa.select(sa.exists().where(_STANDING, some))).scalar_one()


def holders(connection: sa.Connection, digest: str, category_id: CategoryId, *, after: int, limit: int) -> list[int]:
    """The next *limit* subscribers of a digest behind that one whose standing choice has the category."""
    numbers = sa.select(subscriptions.c.subscriber_id).where(
        subscriptions.c.digest == digest,
        _STANDING,
        _names(category_id),
        subscriptions.c.subscriber_id > after,
    )
    return list(connection.execute(numbers.order_by(subscriptions.c.subscriber_id).limit(limit)).scalars())


def put_in_place(
    connection: sa.Connection,
    digest: str,
    subscriber_ids: Iterable[int],
    old: CategoryId,
    new: CategoryId,
    carried: Carried,
    *,
    at: datetime,
    reason: str,
) -> int:
    """Lets *new* take the place of *old* in these readers' choices, by the operator's word; returns how many have it.

    Whose a choice is stays as it was.
    """
    mailable.hold(connection)
    count = 0
    for some in among(connection, subscriptions.c.subscriber_id, subscriber_ids):
        which = (subscriptions.c.digest == digest) & some & _STANDING & _names(old)
        for choice, since, theirs in _alike(connection, which):
            values = {
                "category_ids": kept_choice({*(choice_in(choice) or ()), new} - {old}),
                "since": kept_since(carried(since_in(since))),
            }
            for these in among(connection, subscriptions.c.subscriber_id, theirs):
                same = which & these & (choice == _CHOICE) & _SINCE.is_not_distinct_from(since)
                count += change_all(connection, same, values, at=at, by=Actor.OPERATOR, reason=reason)
    return count


def _alike(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[tuple[str, str | None, list[int]]]:
    """The subscribers of those, by choice and since when it counts: equal ones are changed together."""
    key = (_CHOICE.label("choice"), _SINCE.label("since"))
    query = sa.select(*key, subscriptions.c.subscriber_id).where(which)
    rows: list[Any] = sorted(connection.execute(query).all(), key=lambda row: (row.choice, row.since or ""))
    grouped = groupby(rows, key=lambda row: (row.choice, row.since))
    return [(choice, since, [row.subscriber_id for row in rows]) for (choice, since), rows in grouped]


def _names(category_id: CategoryId) -> sa.ColumnElement[bool]:
    """Whether a choice has it: its text holds the id as JSON spells it."""
    return _CHOICE.contains(json.dumps(category_id), autoescape=True)
