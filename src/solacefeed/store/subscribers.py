"""Subscribers and their subscriptions, each with the word by which it is as it is.

    (unknown) --> confirmed <--> ended

Each move is a compare-and-swap, which names what it leaves, and adds a row to the subscription's history. Who ended
themselves comes back by nobody else's word, but for a mistake that is undone within the hour; what the list, the
operator or the end of a digest has ended may begin again: ``REVIVABLE`` says by whom.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.database import among, as_known, insert_missing
from solacefeed.store.schema import subscribers, subscriptions
from solacefeed.store.subscription_changes import change, change_all, only, write_down

#: Subscriptions read in one go.
PAGE = 1000

#: Whose ends an actor may take back.
REVIVABLE: Mapping[Actor, frozenset[Actor]] = {
    Actor.OPERATOR: frozenset({Actor.OPERATOR, Actor.LIST, Actor.DIGEST}),
    Actor.LIST: frozenset({Actor.LIST}),
    Actor.READER: frozenset(Actor),
}

_CONFIRMED = subscriptions.c.state == SubscriptionState.CONFIRMED
_ENDED = subscriptions.c.state == SubscriptionState.ENDED


# -- people -----------------------------------------------------------------------------------------


def canonical(email: str) -> str:
    """*email* as addresses are compared: the domain's case never counts, and the local part's in no real mailbox."""
    return email.strip().casefold()


def find(connection: sa.Connection, email: str) -> Subscriber | None:
    row = connection.execute(_by_address(email)).one_or_none()
    return _subscriber(row) if row else None


def enter(
    connection: sa.Connection, *, email: str, name: str | None, at: datetime, by: Actor = Actor.OPERATOR
) -> Subscriber:
    """The subscriber of this address, who is new unless known; a known one keeps their name."""
    known = find(connection, email)
    if known is not None:
        return known
    row = {
        "email": email.strip(),
        "canonical": canonical(email),
        "name": name,
        "named_by": by.value if name is not None else None,
        "created_at": at,
    }
    insert_missing(connection, subscribers, [row], key=("canonical",))
    return _subscriber(connection.execute(_by_address(email)).one())


def rename(connection: sa.Connection, subscriber_id: int, name: str | None, *, by: Actor) -> None:
    """Calls somebody otherwise; the list does so only where nobody else has said a name."""
    which = subscribers.c.id == subscriber_id
    if by is Actor.LIST:
        which &= sa.func.coalesce(subscribers.c.named_by, by.value) == by
    connection.execute(subscribers.update().where(which).values(name=name, named_by=by.value))


def _by_address(email: str) -> sa.Select[Any]:
    return subscribers.select().where(subscribers.c.canonical == canonical(email))


# -- subscriptions ----------------------------------------------------------------------------------


def subscription(connection: sa.Connection, subscriber_id: int, digest: str) -> Subscription | None:
    query = _query().where(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.digest == digest)
    row = connection.execute(query).one_or_none()
    return _subscription(row) if row else None


def of_one(connection: sa.Connection, subscriber_id: int) -> list[Subscription]:
    """Somebody's subscriptions, by digest."""
    query = _query().where(subscriptions.c.subscriber_id == subscriber_id).order_by(subscriptions.c.digest)
    return [_subscription(row) for row in connection.execute(query)]


def subscribe(
    connection: sa.Connection,
    subscriber: Subscriber,
    digest: str,
    *,
    category_ids: tuple[CategoryId, ...] | None,
    at: datetime,
    by: Actor = Actor.OPERATOR,
    chosen_by: Actor | None = None,
    reason: str | None = None,
) -> bool:
    """Begins a subscription with this choice, new or again; false where it stands, and where *by* may not revive it.

    The choice is *by*'s, unless it is *chosen_by* another.
    """
    values = {
        "state": SubscriptionState.CONFIRMED.value,
        "category_ids": _kept(category_ids),
        "changed_at": at,
        "entered_by": by.value,
        "chosen_by": (chosen_by or by).value,
        **_words(by, reason),
    }
    one = only(subscriber.id, digest)
    if connection.execute(sa.select(subscriptions.c.state).where(one)).scalar() is None:
        row = {"subscriber_id": subscriber.id, "digest": digest, **values}
        insert_missing(connection, subscriptions, [row], key=("subscriber_id", "digest"))
        write_down(connection, one, at=at, by=by, reason=reason)
        return True
    # An end of which nobody knows whose it is counts as the reader's own.
    may = sa.func.coalesce(subscriptions.c.changed_by, Actor.READER.value).in_(REVIVABLE[by])
    return change(connection, one & _ENDED & may, values, at=at, by=by, reason=reason)


def choose(
    connection: sa.Connection,
    subscriber_id: int,
    digest: str,
    category_ids: tuple[CategoryId, ...] | None,
    *,
    at: datetime,
    by: Actor,
    over: Actor | None = None,
    reason: str | None = None,
) -> bool:
    """Changes the choice of a subscription that stands; with *over*, only where it is the choice of that one."""
    values = {"category_ids": _kept(category_ids), "chosen_by": by.value, "changed_at": at, **_words(by, reason)}
    theirs = sa.true() if over is None else subscriptions.c.chosen_by == over
    return change(connection, only(subscriber_id, digest) & _CONFIRMED & theirs, values, at=at, by=by, reason=reason)


def end(
    connection: sa.Connection,
    subscriber_id: int,
    digest: str,
    *,
    at: datetime,
    by: Actor = Actor.READER,
    reason: str | None = None,
) -> bool:
    """Ends a subscription; false when there was none to end.

    A reader's own end stands over one that was not theirs: after it nobody else brings them back.
    """
    values = {"state": SubscriptionState.ENDED.value, "changed_at": at, **_words(by, reason)}
    one = only(subscriber_id, digest)
    ended = change(connection, one & ~_ENDED, values, at=at, by=by, reason=reason)
    if not ended and by is Actor.READER:
        not_theirs = _ENDED & (subscriptions.c.changed_by != Actor.READER)
        change(connection, one & not_theirs, values, at=at, by=by, reason=reason)
    return ended


def undo_end(connection: sa.Connection, subscriber_id: int, digest: str, *, since: datetime, at: datetime) -> bool:
    """Takes a reader's own end back that came after *since*, by the operator's word; false where there is none."""
    by, reason = Actor.OPERATOR, "ended by mistake, and undone"
    theirs = subscriptions.c.changed_by.is_(None) | (subscriptions.c.changed_by == Actor.READER)
    may = only(subscriber_id, digest) & _ENDED & theirs & (subscriptions.c.changed_at > since)
    values = {"state": SubscriptionState.CONFIRMED.value, "changed_at": at, **_words(by, reason)}
    return change(connection, may, values, at=at, by=by, reason=reason)


def end_all(connection: sa.Connection, digest: str, *, at: datetime, reason: str) -> int:
    """Ends every subscription to a digest that is given up; returns how many."""
    by = Actor.DIGEST
    values = {"state": SubscriptionState.ENDED.value, "changed_at": at, **_words(by, reason)}
    return change_all(connection, (subscriptions.c.digest == digest) & ~_ENDED, values, at=at, by=by, reason=reason)


def revive_all(connection: sa.Connection, digest: str, *, at: datetime, reason: str) -> int:
    """Brings all those back whom the end of the digest has ended; returns how many."""
    by = Actor.OPERATOR
    theirs = (subscriptions.c.digest == digest) & _ENDED & (subscriptions.c.changed_by == Actor.DIGEST)
    values = {"state": SubscriptionState.CONFIRMED.value, "changed_at": at, **_words(by, reason)}
    return change_all(connection, theirs, values, at=at, by=by, reason=reason)


# -- the list ---------------------------------------------------------------------------------------


def of_the_list(connection: sa.Connection, digest: str, emails: Collection[str]) -> dict[str, Subscription]:
    """Whoever of *emails* has a subscription, and everyone whose subscription the list began; by canonical address."""
    begun = _query().where(subscriptions.c.digest == digest, subscriptions.c.entered_by == Actor.LIST)
    found = list(connection.execute(begun))
    for some in among(connection, subscribers.c.canonical, map(canonical, emails)):
        found += connection.execute(_query().where(subscriptions.c.digest == digest, some))
    return {row.canonical: _subscription(row) for row in found}


def adopt(connection: sa.Connection, subscriber_id: int, digest: str, *, with_choice: bool) -> None:
    """Counts as the list's what an older release has written without saying whose it is; no reader notices."""
    columns = subscriptions.c
    unknown = columns.entered_by.is_(None) | ((columns.entered_by == Actor.LIST) & columns.chosen_by.is_(None))
    values = {"entered_by": Actor.LIST.value} | ({"chosen_by": Actor.LIST.value} if with_choice else {})
    its = only(subscriber_id, digest) & _CONFIRMED & unknown
    connection.execute(subscriptions.update().where(its).values(**values))


def end_listed(connection: sa.Connection, subscriber_id: int, digest: str, *, at: datetime, reason: str) -> bool:
    """Ends what the list began, unless somebody else has taken it over since."""
    by = Actor.LIST
    values = {"state": SubscriptionState.ENDED.value, "changed_at": at, **_words(by, reason)}
    return change(connection, _begun_by_list(subscriber_id, digest), values, at=at, by=by, reason=reason)


def keep_listed(connection: sa.Connection, subscriber_id: int, digest: str, *, at: datetime, reason: str) -> bool:
    """Lets what the list began count as the operator's from now on."""
    by = Actor.OPERATOR
    values = {"entered_by": by.value, "changed_at": at, **_words(by, reason)}
    return change(connection, _begun_by_list(subscriber_id, digest), values, at=at, by=by, reason=reason)


def _begun_by_list(subscriber_id: int, digest: str) -> sa.ColumnElement[bool]:
    return only(subscriber_id, digest) & _CONFIRMED & (subscriptions.c.entered_by == Actor.LIST)


def _words(by: Actor, reason: str | None) -> dict[str, str | None]:
    return {"changed_by": by.value, "reason": reason}


def _kept(category_ids: tuple[CategoryId, ...] | None) -> list[CategoryId] | None:
    return None if category_ids is None else sorted(category_ids)


# -- reading ----------------------------------------------------------------------------------------


def confirmed(connection: sa.Connection, digest: str) -> Iterator[Subscription]:
    """Everyone who gets *digest*, in the order of their entering."""
    last = 0
    while True:
        query = (
            _query()
            .where(subscriptions.c.digest == digest, _CONFIRMED, subscriptions.c.subscriber_id > last)
            .order_by(subscriptions.c.subscriber_id)
            .limit(PAGE)
        )
        rows = connection.execute(query).all()
        yield from map(_subscription, rows)
        if len(rows) < PAGE:
            return
        last = rows[-1].subscriber_id


def listing(connection: sa.Connection) -> list[Subscription]:
    return [_subscription(row) for row in connection.execute(_query().order_by(subscribers.c.canonical))]


def count_confirmed(connection: sa.Connection, digest: str) -> int:
    """How many readers *digest* has."""
    query = sa.select(sa.func.count()).select_from(subscriptions).where(subscriptions.c.digest == digest, _CONFIRMED)
    return connection.execute(query).scalar_one()


def tally(connection: sa.Connection) -> dict[str, int]:
    """How many subscriptions are in each state."""
    counted = connection.execute(sa.select(subscriptions.c.state, sa.func.count()).group_by(subscriptions.c.state))
    return {row[0]: row[1] for row in counted}


def _query() -> sa.Select[Any]:
    return sa.select(subscribers, subscriptions).join_from(
        subscriptions, subscribers, subscriptions.c.subscriber_id == subscribers.c.id
    )


def _subscriber(row: sa.Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id, email=row.email, name=row.name, created_at=row.created_at, named_by=_actor(row.named_by)
    )


def _subscription(row: sa.Row[Any]) -> Subscription:
    return Subscription(
        subscriber=_subscriber(row),
        digest=row.digest,
        state=as_known(SubscriptionState, row.state),
        category_ids=_choice(row.category_ids),
        changed_at=row.changed_at,
        entered_by=_actor(row.entered_by),
        chosen_by=_actor(row.chosen_by),
        changed_by=_actor(row.changed_by),
        reason=row.reason,
    )


def _actor(value: str | None) -> Actor | None:
    return None if value is None else as_known(Actor, value)


def _choice(category_ids: list[CategoryId] | None) -> tuple[CategoryId, ...] | None:
    return None if category_ids is None else tuple(category_ids)
