"""Addresses that are never mailed, with what that does to their subscriptions.

confirmed, paused --> bounced     while a suppression stands
bounced --> confirmed or paused   as it was, when the suppression is taken away
        --> ended                 by its reader's word
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Actor, SubscriptionState, Suppression, SuppressionReason
from solacefeed.store import outbox
from solacefeed.store.database import among, as_known, insert_new
from solacefeed.store.schema import subscribers, subscriptions, suppressions
from solacefeed.store.subscription_changes import change_all, state_before

_STANDS = subscriptions.c.state.in_((SubscriptionState.CONFIRMED, SubscriptionState.PAUSED))
_BOUNCED = subscriptions.c.state == SubscriptionState.BOUNCED

LIFTED = "the suppression was taken away"


def add(connection: sa.Connection, suppression: Suppression) -> bool:
    """Suppresses an address, and with it what it subscribes to; false where it was so already, which stays."""
    row = {
        "canonical": suppression.canonical,
        "reason": suppression.reason.value,
        "words": suppression.words,
        "actor": suppression.actor.value,
        "at": suppression.at,
    }
    new = insert_new(connection, suppressions, row, key=("canonical",))
    why = f"never to be mailed: {suppression.words or suppression.reason}"
    values = {"state": SubscriptionState.BOUNCED.value}
    which = _whose(suppression.canonical) & _STANDS
    change_all(connection, which, values, at=suppression.at, by=Actor.SUPPRESSION, reason=why)
    outbox.take_back_from(connection, suppression.canonical, why="the address is never to be mailed", at=suppression.at)
    return new


def remove(connection: sa.Connection, canonical: str, *, at: datetime, by: Actor) -> bool:
    """Takes a suppression away: subscriptions are as they were before it; false where there is none."""
    gone = connection.execute(suppressions.delete().where(suppressions.c.canonical == canonical)).rowcount == 1
    if gone:
        values = {"state": state_before(SubscriptionState.BOUNCED)}
        change_all(connection, _whose(canonical) & _BOUNCED, values, at=at, by=by, reason=LIFTED)
    return gone


def lift(connection: sa.Connection, subscriber_id: int, *, at: datetime, by: Actor, reason: str) -> int:
    """Lets somebody's subscriptions be as they were before they bounced, for they have another address now."""
    which = (subscriptions.c.subscriber_id == subscriber_id) & _BOUNCED
    values = {"state": state_before(SubscriptionState.BOUNCED)}
    return change_all(connection, which, values, at=at, by=by, reason=reason)


def find(connection: sa.Connection, canonical: str) -> Suppression | None:
    asked = suppressions.select().where(suppressions.c.canonical == canonical)
    row = connection.execute(asked).one_or_none()
    return _suppression(row) if row else None


def among_these(connection: sa.Connection, canonicals: Iterable[str]) -> dict[str, Suppression]:
    """Those of *canonicals* that are suppressed."""
    conditions = among(connection, suppressions.c.canonical, canonicals)
    rows = (row for each in conditions for row in connection.execute(suppressions.select().where(each)))
    return {row.canonical: _suppression(row) for row in rows}


def listing(connection: sa.Connection, *, after: str = "", limit: int) -> list[Suppression]:
    """The first *limit* after *after*, by address."""
    asked = suppressions.select().where(suppressions.c.canonical > after).order_by(suppressions.c.canonical)
    return [_suppression(row) for row in connection.execute(asked.limit(limit))]


def _whose(canonical: str) -> sa.ColumnElement[bool]:
    theirs = sa.select(subscribers.c.id).where(subscribers.c.canonical == canonical)
    return subscriptions.c.subscriber_id.in_(theirs)


def _suppression(row: sa.Row[Any]) -> Suppression:
    return Suppression(
        canonical=row.canonical,
        reason=as_known(SuppressionReason, row.reason),
        words=row.words,
        actor=as_known(Actor, row.actor),
        at=row.at,
    )
