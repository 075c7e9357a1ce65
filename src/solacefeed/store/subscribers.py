"""Subscribers and their subscriptions, each with the word by which it is as it is.

    (unknown) --> confirmed <--> ended
                   |     ^         ^
                   v     |         |
                   paused ---------+

Each move is a compare-and-swap, which names what it leaves, and adds a row to the subscription's history. Who ended
themselves comes back by nobody else's word, but for a mistake that is undone within the hour; what a list, the operator
or the end of a digest has ended may begin again: ``REVIVABLE`` says by whom. A pause ends by its reader's word
or the operator's, or when its time has come. No list ends one or begins one; an import begins, paused, what was paused
where it comes from. ``store.suppressions`` draws ``bounced``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.digests import Cadence, CadenceKind, Digest
from solacefeed.models.people import Actor, NewConsent, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store import consents, mailable
from solacefeed.store.database import among, insert_missing, insert_new
from solacefeed.store.schema import Instant, subscribers, subscription_changes, subscriptions
from solacefeed.store.subscription_changes import change, change_all, own_steps, who_paused, write_down
from solacefeed.store.subscription_rows import (
    IS_READ,
    READS,
    has_readers_by,
    is_by,
    kept_choice,
    kept_since,
    one,
    only,
    page_of,
    query,
    subscriber_of,
    subscription_of,
)

#: Since when each chosen category counts (``digest.choices``).
Since = Mapping[CategoryId, datetime]

#: Whose ends an actor may take back.
REVIVABLE: Mapping[Actor, frozenset[Actor]] = {
    Actor.OPERATOR: frozenset({Actor.OPERATOR, Actor.LIST, Actor.SYNC, Actor.DIGEST}),
    # That one list has somebody no more is nobody's decision about them: another one that has them may.
    Actor.LIST: frozenset({Actor.LIST, Actor.SYNC}),
    Actor.SYNC: frozenset({Actor.LIST, Actor.SYNC}),
    Actor.READER: frozenset(Actor),
    # What is read once, and what keeps mail from somebody, bring nobody back.
    Actor.IMPORT: frozenset(),
    Actor.SUPPRESSION: frozenset(),
    Actor.DIGEST: frozenset({Actor.DIGEST}),
}

_CONFIRMED = subscriptions.c.state == SubscriptionState.CONFIRMED
_PAUSED = subscriptions.c.state == SubscriptionState.PAUSED
_ENDED = subscriptions.c.state == SubscriptionState.ENDED
#: Nobody erases its reader.
_STAYS = ~mailable.is_leaving(subscriptions.c.subscriber_id)

#: Of an ended one that stands again.
_AS_IT_STOOD = {"state": mailable.as_it_stood()}

PAUSE_OVER = "the pause was over"


# -- people -----------------------------------------------------------------------------------------


def find(connection: sa.Connection, email: str) -> Subscriber | None:
    row = connection.execute(_by_address(email)).one_or_none()
    return subscriber_of(row) if row else None


def enter(
    connection: sa.Connection, *, email: str, name: str | None, at: datetime, by: Actor = Actor.OPERATOR
) -> Subscriber:
    """The subscriber of this address, who is new unless known; a known one keeps their name."""
    known = find(connection, email)
    if known is not None:
        return known
    mailable.hold(connection)
    row = {
        "email": email.strip(),
        "canonical": canonical(email),
        "name": name,
        "named_by": by.value if name is not None else None,
        "created_at": at,
    }
    insert_missing(connection, subscribers, [row], key=("canonical",))
    return subscriber_of(connection.execute(_by_address(email)).one())


def rename(connection: sa.Connection, subscriber_id: int, name: str | None, *, by: Actor) -> None:
    """Calls somebody otherwise; a list does so only where nobody else has said a name."""
    which = subscribers.c.id == subscriber_id
    if by in (Actor.LIST, Actor.SYNC):
        which &= sa.func.coalesce(subscribers.c.named_by, by.value) == by
    connection.execute(subscribers.update().where(which).values(name=name, named_by=by.value))


def spell(connection: sa.Connection, subscriber_id: int, email: str) -> None:
    """Writes somebody's address otherwise; it is the same mailbox."""
    connection.execute(subscribers.update().where(subscribers.c.id == subscriber_id).values(email=email.strip()))


def _by_address(email: str) -> sa.Select[Any]:
    return subscribers.select().where(subscribers.c.canonical == canonical(email))


# -- subscriptions ----------------------------------------------------------------------------------


def subscription(
    connection: sa.Connection, subscriber_id: int, digest: str, *, held: bool = False
) -> Subscription | None:
    """*held*, it is nobody else's to change before the transaction ends: what is made of it stays true."""
    if held:
        mailable.hold(connection)
    return one(connection, subscriber_id, digest, held=held)


def of_one(connection: sa.Connection, subscriber_id: int, *, held: bool = False) -> list[Subscription]:
    """Somebody's subscriptions, by digest; *held* as ``subscription`` has it."""
    asked = query().where(subscriptions.c.subscriber_id == subscriber_id).order_by(subscriptions.c.digest)
    if held:
        mailable.hold(connection)
        asked = asked.with_for_update(of=subscriptions)
    return [subscription_of(row) for row in connection.execute(asked)]


def of_these(connection: sa.Connection, subscriber_ids: Iterable[int]) -> list[Subscription]:
    """All subscriptions of these people, by person and digest."""
    found = [
        subscription_of(row)
        for some in among(connection, subscriptions.c.subscriber_id, subscriber_ids)
        for row in connection.execute(query().where(some))
    ]
    return sorted(found, key=lambda each: (each.subscriber.id, each.digest))


def people(connection: sa.Connection, *, numbers: Iterable[int] = (), emails: Iterable[str] = ()) -> list[Subscriber]:
    """Those who have one of these numbers, or one of these addresses."""
    theirs = map(canonical, emails)
    conditions = [*among(connection, subscribers.c.id, numbers), *among(connection, subscribers.c.canonical, theirs)]
    rows = (row for each in conditions for row in connection.execute(subscribers.select().where(each)))
    return list({row.id: subscriber_of(row) for row in rows}.values())


def subscribe(
    connection: sa.Connection,
    subscriber: Subscriber,
    digest: str,
    *,
    category_ids: tuple[CategoryId, ...] | None,
    consent: NewConsent,
    at: datetime,
    since: Since | None = None,
    cadence: CadenceKind | None = None,
    language: str | None = None,
    by: Actor = Actor.OPERATOR,
    chosen_by: Actor | None = None,
    reason: str | None = None,
) -> bool:
    """Begins a subscription with this choice, new or again; false where it may not begin.

    So it is where it stands, where *by* may not revive it, and where they may not be mailed.

    The choice is *by*'s, unless it is *chosen_by* another. Without *since* it counts from the period of *at*. *consent*
    is written down with what begins.
    """
    mailable.hold(connection)
    if not connection.execute(mailable.standing(subscriber.id)).scalar_one():
        return False
    values = {
        "state": SubscriptionState.CONFIRMED.value,
        **_choice(category_ids, since, cadence, language),
        "paused_until": None,
        "paused_for_feed": False,
        "away_until": None,
        "entered_by": by.value,
        "chosen_by": (chosen_by or by).value,
    }
    this = only(subscriber.id, digest)
    row = {"subscriber_id": subscriber.id, "digest": digest, "changed_at": at, "changed_by": by.value, "reason": reason}
    if insert_new(connection, subscriptions, {**row, **values}, key=("subscriber_id", "digest")):
        write_down(connection, this, at=at, by=by, reason=reason)
        consents.record(connection, subscriber.id, digest, consent, at=at)
        return True
    # An end of which nobody knows whose it is counts as the reader's own.
    may = sa.func.coalesce(subscriptions.c.changed_by, Actor.READER.value).in_(REVIVABLE[by])
    begins = change(connection, this & _ENDED & may, values, at=at, by=by, reason=reason)
    if begins:
        consents.record(connection, subscriber.id, digest, consent, at=at)
    return begins


def choose(
    connection: sa.Connection,
    subscriber_id: int,
    digest: str,
    category_ids: tuple[CategoryId, ...] | None,
    *,
    since: Since | None,
    cadence: CadenceKind | None,
    language: str | None,
    at: datetime,
    by: Actor,
    over: Actor | None = None,
    reason: str | None = None,
) -> bool:
    """Changes the whole choice of a subscription that stands; with *over*, only where it is the choice of that one."""
    mailable.hold(connection)
    values = {**_choice(category_ids, since, cadence, language), "chosen_by": by.value}
    theirs = sa.true() if over is None else subscriptions.c.chosen_by == over
    return change(connection, only(subscriber_id, digest) & ~_ENDED & theirs, values, at=at, by=by, reason=reason)


def pause(
    connection: sa.Connection,
    subscriber_id: int,
    digest: str,
    *,
    until: datetime | None,
    since: Since | None,
    at: datetime,
    by: Actor,
    reason: str | None = None,
    for_feed: bool = False,
) -> bool:
    """Pauses a subscription that stands, or pauses it for longer or shorter; ``None`` is until it is resumed."""
    mailable.hold(connection)
    values = {
        "state": SubscriptionState.PAUSED.value,
        "paused_until": until,
        "paused_for_feed": for_feed,
        "since": kept_since(since),
    }
    return change(connection, only(subscriber_id, digest) & (_CONFIRMED | _PAUSED), values, at=at, by=by, reason=reason)


def resume(
    connection: sa.Connection, subscriber_id: int, digest: str, *, at: datetime, by: Actor, reason: str | None = None
) -> bool:
    """Ends a pause; false where there is none."""
    mailable.hold(connection)
    values = {
        "state": SubscriptionState.CONFIRMED.value,
        "paused_until": None,
        "paused_for_feed": False,
        "away_until": at,
    }
    return change(connection, only(subscriber_id, digest) & _PAUSED, values, at=at, by=by, reason=reason)


def has_pause_over(connection: sa.Connection, at: datetime) -> bool:
    """Whether the time of a pause has come."""
    return connection.execute(_has_pause_over(), {"at": at}).scalar_one()


@cache
def _has_pause_over() -> sa.Select[bool]:
    return sa.select(sa.exists().where(_over(sa.bindparam("at", type_=Instant))))


def _over(at: datetime | sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    # Said by itself, so that SQLite asks the index of those which end.
    ends = subscriptions.c.paused_until.is_not(None) & (subscriptions.c.paused_until <= at)
    return ends & _PAUSED


def resume_due(connection: sa.Connection, *, at: datetime, limit: int) -> int:
    """Ends up to *limit* pauses whose time has come, by the word of whoever paused; returns how many."""
    mailable.hold(connection)
    some = sa.select(subscriptions.c.subscriber_id, subscriptions.c.digest).where(_over(at))
    rows = connection.execute(some.order_by(subscriptions.c.paused_until).limit(limit)).all()
    values = {
        "state": SubscriptionState.CONFIRMED.value,
        "away_until": subscriptions.c.paused_until,
        "paused_until": None,
    }
    count = 0
    for digest in sorted({row.digest for row in rows}):
        ids = (row.subscriber_id for row in rows if row.digest == digest)
        for theirs in among(connection, subscriptions.c.subscriber_id, ids):
            which = (subscriptions.c.digest == digest) & theirs & _over(at)
            count += change_all(connection, which, values, at=at, by=who_paused(), reason=PAUSE_OVER)
    return count


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
    mailable.hold(connection)
    values = {"state": SubscriptionState.ENDED.value}
    this = only(subscriber_id, digest)
    ended = change(connection, this & ~_ENDED, values, at=at, by=by, reason=reason)
    if not ended and by is Actor.READER:
        not_theirs = _ENDED & (subscriptions.c.changed_by != Actor.READER)
        change(connection, this & not_theirs, values, at=at, by=by, reason=reason)
    return ended


def undo_end(
    connection: sa.Connection,
    subscriber_id: int,
    digest: str,
    *,
    since: datetime,
    at: datetime,
    by: Actor = Actor.OPERATOR,
    step: int | None = None,
) -> bool:
    """Takes a reader's own end back that came after *since*; false where there is none, and where they are erased.

    With a *step* that end alone which is this one of the history, and its last.

    All is as it was before: the choice, since when it counts, a pause; but bounced where it is suppressed.
    """
    mailable.hold(connection)
    theirs = subscriptions.c.changed_by.is_(None) | (subscriptions.c.changed_by == Actor.READER)
    may = only(subscriber_id, digest) & _ENDED & theirs & (subscriptions.c.changed_at > since) & _STAYS
    if step is not None:
        last = sa.select(sa.func.max(subscription_changes.c.id)).where(own_steps(subscription_changes))
        may &= last.correlate(subscriptions).scalar_subquery() == step
    reason = "ended by mistake, and undone"
    return change(connection, may, _AS_IT_STOOD, at=at, by=by, reason=reason)


def _choice(
    category_ids: tuple[CategoryId, ...] | None, since: Since | None, cadence: CadenceKind | None, language: str | None
) -> dict[str, Any]:
    return {
        "category_ids": kept_choice(category_ids),
        "since": kept_since(since),
        "cadence": cadence.value if cadence else None,
        "language": language,
    }


# -- reading ----------------------------------------------------------------------------------------


def page(connection: sa.Connection, digest: str, *, after: int, limit: int) -> list[Subscription]:
    """The first *limit* readers of *digest* whose numbers are larger than *after*, in the order of these."""
    # All at once: row by row they cost a million readers seconds.
    rows = connection.execute(page_of(limit), {"of_digest": digest, "after": after}).all()
    return [subscription_of(row) for row in rows]


def has_readers(connection: sa.Connection, digest: Digest, cadence: Cadence, *, since: datetime | None = None) -> bool:
    """Whether anybody gets *digest* by that *cadence*, and unchanged *since* then where that is said."""
    if since is None:
        asked = has_readers_by(cadence.kind, tuple(each.kind for each in digest.cadences))
        return connection.execute(asked, {"of_digest": digest.key}).scalar_one()
    which = _readers(digest, cadence) & (subscriptions.c.changed_at <= since)
    return connection.execute(sa.select(sa.exists().where(which))).scalar_one()


def count_readers(connection: sa.Connection, digest: Digest, cadence: Cadence) -> int:
    """How many get *digest* by that *cadence*."""
    counted = sa.select(sa.func.count()).select_from(subscriptions).where(_readers(digest, cadence))
    return connection.execute(counted).scalar_one()


def _readers(digest: Digest, cadence: Cadence) -> sa.ColumnElement[bool]:
    kinds = tuple(each.kind for each in digest.cadences)
    return (subscriptions.c.digest == digest.key) & READS & is_by(cadence.kind, kinds)


def is_read(connection: sa.Connection, digest: str) -> bool:
    """Whether *digest* has a reader."""
    return connection.execute(IS_READ, {"of_digest": digest}).scalar_one()


def count_confirmed(connection: sa.Connection, digest: str) -> int:
    """How many readers *digest* has."""
    asked = sa.select(sa.func.count()).select_from(subscriptions).where(subscriptions.c.digest == digest, READS)
    return connection.execute(asked).scalar_one()
