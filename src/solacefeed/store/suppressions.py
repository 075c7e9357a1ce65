"""Addresses that are never mailed, with what that does to their subscriptions.

confirmed, paused --> bounced     while a suppression stands
bounced --> confirmed or paused   as it was, when the suppression is taken away
        --> ended                 by its reader's word

Whatever else lets a subscription stand asks for the suppression itself (``store.mailable``), so that one is bounced
if, and only if, a suppression stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Actor, SubscriptionState, Suppression, SuppressionReason
from solacefeed.store import bounces, mailable, outbox
from solacefeed.store.database import among, insert_new
from solacefeed.store.known_names import as_known
from solacefeed.store.schema import subscribers, subscriptions, suppressions
from solacefeed.store.subscription_changes import change_all

_STANDS = subscriptions.c.state.in_((SubscriptionState.CONFIRMED, SubscriptionState.PAUSED))
_BOUNCED = subscriptions.c.state == SubscriptionState.BOUNCED

LIFTED = "the suppression was taken away"
BOUNCED_BEFORE = "the address that bounced is theirs no more"


def add(connection: sa.Connection, suppression: Suppression) -> bool:
    """Suppresses an address, and with it what it subscribes to; false where it was so already, which stays."""
    return add_all(connection, [suppression]) == 1


def add_all(connection: sa.Connection, some: Sequence[Suppression]) -> int:
    """The same of some addresses, with one look at the letters that wait; returns how many were not so already."""
    if not some:
        return 0
    mailable.hold(connection, alone=True)
    new = 0
    for each in some:
        row = {
            "canonical": each.canonical,
            "reason": each.reason.value,
            "words": each.words,
            "actor": each.actor.value,
            "at": each.at,
        }
        new += insert_new(connection, suppressions, row, key=("canonical",))
        why = f"never to be mailed: {each.words or each.reason}"
        _bounce(connection, _whose(each.canonical), at=each.at, why=why)
    whose, at = {each.canonical for each in some}, max(each.at for each in some)
    outbox.take_back_from(connection, whose, why="the address is never to be mailed", at=at)
    return new


def _bounce(connection: sa.Connection, whose: sa.ColumnElement[bool], *, at: datetime, why: str) -> None:
    values = {"state": SubscriptionState.BOUNCED.value}
    change_all(connection, whose & _STANDS, values, at=at, by=Actor.SUPPRESSION, reason=why)


def remove(connection: sa.Connection, canonical: str, *, at: datetime, by: Actor) -> bool:
    """Takes a suppression away: subscriptions are as they were before it; false where there is none."""
    mailable.hold(connection, alone=True)
    gone = connection.execute(suppressions.delete().where(suppressions.c.canonical == canonical)).rowcount == 1
    if gone:
        # What has led to it is no reason for another.
        bounces.spend(connection, canonical)
        values = {"state": mailable.as_it_stood()}
        change_all(connection, _whose(canonical) & _BOUNCED, values, at=at, by=by, reason=LIFTED)
    return gone


def follow(connection: sa.Connection, subscriber_id: int, canonical: str, *, at: datetime, by: Actor) -> None:
    """Lets somebody's subscriptions be as their new address wants it: bounced where that one is suppressed."""
    mailable.hold(connection, alone=True)
    theirs = subscriptions.c.subscriber_id == subscriber_id
    if found := find(connection, canonical):
        _bounce(connection, theirs, at=at, why=f"never to be mailed: {found.words or found.reason}")
    else:
        values = {"state": mailable.as_it_stood()}
        change_all(connection, theirs & _BOUNCED, values, at=at, by=by, reason=BOUNCED_BEFORE)


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


def by_reason(connection: sa.Connection) -> dict[str, int]:
    """How many there are, by ``models.people.SuppressionReason``."""
    counted = sa.select(suppressions.c.reason, sa.func.count()).group_by(suppressions.c.reason)
    return {row[0]: row[1] for row in connection.execute(counted.order_by(suppressions.c.reason))}


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
