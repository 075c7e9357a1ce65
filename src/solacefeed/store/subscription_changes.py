"""Each change of a subscription, with its history: rows that are only ever added, to show later who wished what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.database import among
from solacefeed.store.dialects import await_writers
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import Instant, subscribers, subscription_changes, subscriptions
from solacefeed.store.subscription_rows import (
    as_text,
    cadence_of,
    choice_in,
    one,
    only,
    since_in,
    subscriber_of,
)

#: What a row of the history holds of the subscription, as it was from then on.
_HELD = ("state", "category_ids", "cadence", "language", "since", "paused_until", "away_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChange:
    """One step of a subscription's history."""

    at: datetime
    actor: Actor
    #: From then on, as all that follows but for the reason.
    state: SubscriptionState
    #: ``None`` for everything.
    category_ids: tuple[CategoryId, ...] | None
    reason: str | None
    #: ``None`` for the digest's first.
    cadence: CadenceKind | None = None
    #: ``None`` for the site's.
    language: str | None = None
    #: ``None`` where an older release wrote it, which noted neither that nor cadence and language.
    since: Mapping[CategoryId, datetime] | None = None
    paused_until: datetime | None = None
    away_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedChange:
    """A step among those of all subscriptions, in the order in which they were written down."""

    id: int
    subscriber: Subscriber
    digest: str
    change: SubscriptionChange
    #: The step of the same subscription before it; ``None`` where it is the first that is noted.
    before: SubscriptionChange | None


# -- writing ----------------------------------------------------------------------------------------


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
            .values(**values, changed_at=at, changed_by=by.value, reason=reason)
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
    by: Actor | sa.ColumnElement[str],
    reason: str,
) -> int:
    """Changes all subscriptions that are as *which* says, however many there are."""
    if connection.dialect.name == "postgresql":
        # Held first: else one that another changes between the two statements has a step that never was.
        its = sa.select(subscriptions.c.subscriber_id).where(which)
        connection.execute(its.order_by(subscriptions.c.subscriber_id, subscriptions.c.digest).with_for_update())
    write_down(connection, which, at=at, by=by, reason=reason, about_to_be=values)
    # What tells whose word it is may look at the history, which has this step by now.
    actor = by.value if isinstance(by, Actor) else _newest_actor()
    changed = subscriptions.update().where(which).values(**values, changed_at=at, changed_by=actor, reason=reason)
    return connection.execute(changed).rowcount


def _newest_actor() -> sa.ColumnElement[str]:
    newest = sa.select(subscription_changes.c.actor).where(own_steps(subscription_changes))
    return newest.order_by(subscription_changes.c.id.desc()).limit(1).correlate(subscriptions).scalar_subquery()


def own_steps(steps: sa.FromClause) -> sa.ColumnElement[bool]:
    """Of *steps*, those of the subscription that a statement is at."""
    return (steps.c.subscriber_id == subscriptions.c.subscriber_id) & (steps.c.digest == subscriptions.c.digest)


def who_paused() -> sa.ColumnElement[str]:
    """Whose word the pause is that stands: of the steps since it began, the first."""
    table, before = subscription_changes, subscription_changes.alias()
    other = sa.select(sa.func.max(before.c.id)).where(own_steps(before), before.c.state != SubscriptionState.PAUSED)
    began = sa.func.coalesce(other.correlate(subscriptions).scalar_subquery(), 0)
    first = sa.select(table.c.actor).where(own_steps(table), table.c.id > began).order_by(table.c.id).limit(1)
    return sa.func.coalesce(first.correlate(subscriptions).scalar_subquery(), Actor.READER.value)


def write_down(
    connection: sa.Connection,
    which: sa.ColumnElement[bool],
    *,
    at: datetime,
    by: Actor | sa.ColumnElement[str],
    reason: str | None,
    about_to_be: Mapping[str, Any] | None = None,
) -> None:
    """Adds a row to the history of each, as it is, but for what of it is *about_to_be* otherwise."""
    row = sa.select(
        subscriptions.c.subscriber_id,
        subscriptions.c.digest,
        sa.literal(at, Instant),
        sa.literal(by.value) if isinstance(by, Actor) else by,
        sa.literal(reason, sa.Text),
        *(_value(subscriptions.c[name], about_to_be or {}) for name in _HELD),
    ).where(which)
    names = ["subscriber_id", "digest", "at", "actor", "reason", *_HELD]
    connection.execute(subscription_changes.insert().from_select(names, row))


def _value(column: sa.Column[Any], values: Mapping[str, Any]) -> sa.ColumnElement[Any]:
    if column.name not in values:
        return column
    value = values[column.name]
    return value if isinstance(value, sa.ColumnElement) else sa.literal(value, column.type)


# -- reading ----------------------------------------------------------------------------------------


def history(connection: sa.Connection, subscriber_id: int, digest: str) -> list[SubscriptionChange]:
    """Every change of a subscription since they are noted, oldest first."""
    rows = connection.execute(_history(subscriber_id, digest).order_by(subscription_changes.c.id))
    return [_change(row) for row in rows]


def numbered(connection: sa.Connection, *, after: int, since: datetime | None, limit: int) -> list[NumberedChange]:
    """The next *limit* changes of all subscriptions behind that number; of those since an instant.

    The first step of a transaction.
    """
    await_writers(connection, subscription_changes)
    table, earlier = subscription_changes, subscription_changes.alias()
    same = (earlier.c.subscriber_id == table.c.subscriber_id) & (earlier.c.digest == table.c.digest)
    last = sa.select(sa.func.max(earlier.c.id)).where(same, earlier.c.id < table.c.id).correlate(table)
    asked = sa.select(*_columns(), last.scalar_subquery().label("last")).where(table.c.id > after)
    if since is not None:
        asked = asked.where(table.c.at >= since)
    rows = connection.execute(asked.order_by(table.c.id).limit(limit)).all()
    before = {
        row.id: _change(row)
        for some in among(connection, table.c.id, (row.last for row in rows if row.last is not None))
        for row in connection.execute(sa.select(*_columns()).where(some))
    }
    people = {
        row.id: subscriber_of(row)
        for some in among(connection, subscribers.c.id, (row.subscriber_id for row in rows))
        for row in connection.execute(subscribers.select().where(some))
    }
    return [
        NumberedChange(
            id=row.id,
            subscriber=people[row.subscriber_id],
            digest=row.digest,
            change=_change(row),
            before=before.get(row.last),
        )
        for row in rows
    ]


def newest(connection: sa.Connection, subscriber_id: int, digest: str) -> int | None:
    """The number of a subscription's last step; ``None`` where none is noted."""
    its = (subscription_changes.c.subscriber_id == subscriber_id) & (subscription_changes.c.digest == digest)
    return connection.execute(sa.select(sa.func.max(subscription_changes.c.id)).where(its)).scalar()


def as_it_was(connection: sa.Connection, subscriber_id: int, digest: str, at: datetime) -> Subscription | None:
    """A subscription as it stood at an instant; ``None`` where there was none, or nothing of it is noted.

    The history does not hold who entered it and whose its choice was: of what has changed since they are ``None``. What
    an older release did not note is ``None`` too, and ``unnoted`` says so.
    """
    now = one(connection, subscriber_id, digest)
    steps = _history(subscriber_id, digest)
    newest = subscription_changes.c.id.desc()
    before = connection.execute(steps.where(subscription_changes.c.at <= at).order_by(newest).limit(1)).one_or_none()
    if now is not None and now.changed_at <= at:
        return now
    if before is None:
        return None
    who = connection.execute(subscribers.select().where(subscribers.c.id == subscriber_id)).one()
    return _as_of(subscriber_of(who), digest, _change(before))


def history_begins(connection: sa.Connection, subscriber_id: int, digest: str) -> datetime | None:
    """From when on the changes of a subscription are noted; ``None`` where no change is."""
    first = _history(subscriber_id, digest).order_by(subscription_changes.c.id).limit(1)
    row = connection.execute(first).one_or_none()
    return row.at if row else None


def unnoted(subscription: Subscription) -> tuple[str, ...]:
    """What nobody noted of a subscription that an older release has written, in words."""
    unknown = subscription.since is None
    return ("cadence", "language", "since when the choice counts") if unknown else ()


def _history(subscriber_id: int, digest: str) -> sa.Select[Any]:
    table = subscription_changes
    return sa.select(*_columns()).where(table.c.subscriber_id == subscriber_id, table.c.digest == digest)


def _columns() -> list[sa.ColumnElement[Any]]:
    table = subscription_changes
    return [as_text(each).label(each.name) if isinstance(each.type, sa.JSON) else each for each in table.c]


def _change(row: Any) -> SubscriptionChange:
    return SubscriptionChange(
        at=row.at,
        actor=as_known(Actor, row.actor),
        state=as_known(SubscriptionState, row.state),
        category_ids=choice_in(row.category_ids),
        reason=row.reason,
        cadence=cadence_of(row.cadence),
        language=row.language,
        since=since_in(row.since),
        paused_until=row.paused_until,
        away_until=row.away_until,
    )


def _as_of(who: Subscriber, digest: str, step: SubscriptionChange) -> Subscription:
    return Subscription(
        subscriber=who,
        digest=digest,
        state=step.state,
        category_ids=step.category_ids,
        changed_at=step.at,
        changed_by=step.actor,
        reason=step.reason,
        cadence=step.cadence,
        language=step.language,
        since=step.since,
        paused_until=step.paused_until,
        away_until=step.away_until,
    )
