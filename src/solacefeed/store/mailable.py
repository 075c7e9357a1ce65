"""Who may be mailed, asked in the statement itself: no suppression of their address stands, and nobody erases them.

What lets mail go asks it at its final dot, and what lets a subscription stand asks it as it begins; so one that a
state has missed gets nothing all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import SubscriptionState
from solacefeed.store.database import among
from solacefeed.store.schema import erasures, subscribers, subscription_changes, subscriptions, suppressions
from solacefeed.store.subscription_changes import own_steps

#: PostgreSQL's advisory lock of who may be mailed; one number of ours among those of ``store.locks``.
LOCK = 0x6D61_696C


def hold(connection: sa.Connection, *, alone: bool = False) -> None:
    """Lets nobody be suppressed, allowed again, moved or erased until the transaction ends; *alone*, nor be changed.

    Whoever does one of those is alone: else what begins at that moment is seen by neither, and what is written of a
    person may be of nobody. All who change something of a person, or write to them, ask for it before they read or lock
    a row of theirs: else one has the row and the other this, and each waits for the other. Of SQLite there is one
    writer in any case.
    """
    if connection.dialect.name == "postgresql":
        take = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
        connection.execute(sa.select(take(LOCK)))


def is_suppressed(number: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether the address of the subscriber of this *number* is never to be mailed."""
    theirs = subscribers.join(suppressions, suppressions.c.canonical == subscribers.c.canonical)
    asked = sa.select(sa.literal(1)).select_from(theirs).where(subscribers.c.id == number)
    return sa.exists(asked.correlate_except(subscribers, suppressions))


def is_leaving(number: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether the subscriber of this *number* is to be erased."""
    asked = sa.select(sa.literal(1)).where(erasures.c.subscriber_id == number)
    return sa.exists(asked.correlate_except(erasures))


def may_be_mailed(number: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return ~is_suppressed(number) & ~is_leaving(number)


def standing(number: int) -> sa.Select[Any]:
    """Asks whether the subscriber of this number may be mailed."""
    return sa.select(may_be_mailed(sa.literal(number)))


def as_it_stood() -> sa.ColumnElement[str]:
    """What the subscription which a statement is at is when it stands again: bounced while a suppression stands.

    Else confirmed or paused, whichever it was last; confirmed where neither is noted. That it once bounced says
    nothing of now.
    """
    table = subscription_changes
    stood = table.c.state.in_((SubscriptionState.CONFIRMED, SubscriptionState.PAUSED))
    last = sa.select(table.c.state).where(own_steps(table), stood).order_by(table.c.id.desc()).limit(1)
    before = sa.func.coalesce(last.correlate(subscriptions).scalar_subquery(), SubscriptionState.CONFIRMED.value)
    return sa.case((is_suppressed(subscriptions.c.subscriber_id), SubscriptionState.BOUNCED.value), else_=before)


def leaving(connection: sa.Connection, canonicals: Iterable[str]) -> Collection[str]:
    """Those of *canonicals* whose subscriber is to be erased."""
    asked = sa.select(subscribers.c.canonical).join_from(erasures, subscribers)
    conditions = among(connection, subscribers.c.canonical, canonicals)
    return [who for each in conditions for who in connection.execute(asked.where(each)).scalars()]


def stay(connection: sa.Connection, number: int) -> None:
    """Erases somebody no more, who has come back by their own word since they asked."""
    connection.execute(erasures.delete().where(erasures.c.subscriber_id == number))
