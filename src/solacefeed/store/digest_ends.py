"""What the end of a digest does to all its subscriptions, and taking it up again: some at a time, to the last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.store import mailable
from solacefeed.store.database import among
from solacefeed.store.schema import subscriptions
from solacefeed.store.subscription_changes import change_all

_ENDED = subscriptions.c.state == SubscriptionState.ENDED

#: Said one by one, so that an index on states finds them.
_OTHERS = tuple(each for each in SubscriptionState if each is not SubscriptionState.ENDED)


def count_left(connection: sa.Connection, digest: str) -> int:
    """How many subscriptions to a digest have not ended."""
    asked = sa.select(sa.func.count()).where(subscriptions.c.digest == digest, subscriptions.c.state.in_(_OTHERS))
    return connection.execute(asked).scalar_one()


def end_all(connection: sa.Connection, digest: str, *, at: datetime, reason: str, limit: int) -> int:
    """Ends up to *limit* subscriptions to a digest that is given up; returns how many: 0 when all have ended."""
    mailable.hold(connection)
    values = {"state": SubscriptionState.ENDED.value}
    which = (subscriptions.c.digest == digest) & ~_ENDED
    return _change_some(connection, which, values, limit, at=at, by=Actor.DIGEST, reason=reason)


def revive_all(connection: sa.Connection, digest: str, *, at: datetime, reason: str, limit: int) -> int:
    """Brings up to *limit* of those back whom the end of the digest has ended; returns how many: 0 when all are.

    Paused ones come back as such, and those whose address is suppressed by now as bounced. Their choices count from
    when they did: it was not they who left.
    """
    mailable.hold(connection)
    theirs = (
        (subscriptions.c.digest == digest)
        & _ENDED
        & (subscriptions.c.changed_by == Actor.DIGEST)
        & ~mailable.is_leaving(subscriptions.c.subscriber_id)
    )
    return _change_some(
        connection, theirs, {"state": mailable.as_it_stood()}, limit, at=at, by=Actor.OPERATOR, reason=reason
    )


def _change_some(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    values: Mapping[str, Any],
    limit: int,
    *,
    at: datetime,
    by: Actor,
    reason: str,
) -> int:
    """Of one digest's."""
    some = sa.select(subscriptions.c.subscriber_id).where(which).order_by(subscriptions.c.subscriber_id).limit(limit)
    ids = connection.execute(some).scalars().all()
    conditions = among(connection, subscriptions.c.subscriber_id, ids)
    return sum(change_all(connection, which & each, values, at=at, by=by, reason=reason) for each in conditions)
