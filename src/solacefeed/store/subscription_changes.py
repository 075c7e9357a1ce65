"""Each change of a subscription, with its history: rows that are only ever added, to show later who wished what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.database import as_known
from solacefeed.store.schema import Instant, subscription_changes, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChange:
    """One step of a subscription's history."""

    at: datetime
    actor: Actor
    #: From then on.
    state: SubscriptionState
    #: ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None
    reason: str | None


def change(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    values: Mapping[str, Any],
    *,
    at: datetime,
    by: Actor,
    reason: str | None,
) -> bool:
    """Changes the one subscription that is as *which* says, and writes it down; false where it is not, or no more."""
    changed = (
        connection.execute(
            subscriptions.update()
            .where(which)
            .values(**values)
            .returning(subscriptions.c.subscriber_id, subscriptions.c.digest)
        )
    ).one_or_none()
    if changed is None:
        return False
    write_down(connection, only(changed.subscriber_id, changed.digest), at=at, by=by, reason=reason)
    return True


def change_all(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    values: Mapping[str, Any],
    *,
    at: datetime,
    by: Actor,
    reason: str,
) -> int:
    """Changes all subscriptions that are as *which* says, however many there are."""
    state = as_known(SubscriptionState, values["state"])
    write_down(connection, which, at=at, by=by, reason=reason, state=state)
    return connection.execute(subscriptions.update().where(which).values(**values)).rowcount


def write_down(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    *,
    at: datetime,
    by: Actor,
    reason: str | None,
    state: SubscriptionState | None = None,
) -> None:
    """Adds a row to the history of each; *state* where it is about to be another."""
    row = sa.select(
        subscriptions.c.subscriber_id,
        subscriptions.c.digest,
        sa.literal(at, Instant),
        sa.literal(by.value),
        sa.literal(state.value) if state else subscriptions.c.state,
        subscriptions.c.category_ids,
        sa.literal(reason, sa.Text),
    ).where(which)
    names = ["subscriber_id", "digest", "at", "actor", "state", "category_ids", "reason"]
    connection.execute(subscription_changes.insert().from_select(names, row))


def history(connection: sa.Connection, subscriber_id: int, digest: str) -> list[SubscriptionChange]:
    """Every change of a subscription since they are noted, oldest first."""
    table = subscription_changes
    query = table.select().where(table.c.subscriber_id == subscriber_id, table.c.digest == digest).order_by(table.c.id)
    return [
        SubscriptionChange(
            at=row.at,
            actor=as_known(Actor, row.actor),
            state=as_known(SubscriptionState, row.state),
            category_ids=None if row.category_ids is None else tuple(row.category_ids),
            reason=row.reason,
        )
        for row in connection.execute(query)
    ]


def only(subscriber_id: int, digest: str) -> sa.ColumnElement[bool]:
    """Asks for this one subscription."""
    return sa.and_(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.digest == digest)
