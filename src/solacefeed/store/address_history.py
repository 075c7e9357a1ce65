"""Changes of address, with their history: which addresses somebody had, and by whose word they have another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.people import Actor, SubscriptionState, SuppressionReason
from solacefeed.store import copy_lanes, mailable, suppressions
from solacefeed.store.database import among
from solacefeed.store.dialects import await_writers
from solacefeed.store.known_names import as_known
from solacefeed.store.savepoints import Unfit, attempt
from solacefeed.store.schema import address_changes, subscribers, subscriptions

#: What is said of a mailbox; the other reasons are about whoever reads it.
_OF_A_MAILBOX = frozenset({SuppressionReason.HARD, SuppressionReason.SOFT})


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """One step of a subscriber from address to address."""

    id: int
    subscriber_id: int
    at: datetime
    actor: Actor
    #: Both as they were given.
    before: str
    after: str


def move(connection: sa.Connection, subscriber_id: int, email: str, *, at: datetime, by: Actor) -> bool:
    """Gives somebody another address, to which also the copies go that were not tried yet; all else stays theirs.

    Links in mails to the old address are void from then on, but for those that end a subscription: whoever reads that
    mailbox now need not be the person. What rests because the old one bounced is as it was before, unless the new one
    is suppressed; a complaint, and the operator's word, hold for the new address too. False where another subscriber
    has the address, or nobody is there.
    """
    # Before any row, as whoever suppresses does.
    mailable.hold(connection, alone=True)
    row = connection.execute(subscribers.select().where(subscribers.c.id == subscriber_id).with_for_update()).first()
    if row is None or not _address(connection, row, email.strip()):
        return False
    if row.canonical != canonical(email):
        step = {"subscriber_id": subscriber_id, "at": at, "actor": by.value, "canonical_before": row.canonical}
        connection.execute(address_changes.insert().values(**step, before=row.email, after=email.strip()))
        _suppress_or_follow(connection, row, canonical(email), at=at, by=by)
    return True


def _suppress_or_follow(connection: sa.Connection, row: sa.Row[Any], to: str, *, at: datetime, by: Actor) -> None:
    before = suppressions.find(connection, row.canonical)
    if before is not None and before.reason not in _OF_A_MAILBOX:
        suppressions.add(connection, replace(before, canonical=to, at=at))
    suppressions.follow(connection, row.id, to, at=at, by=by)


def _address(connection: sa.Connection, row: sa.Row[Any], email: str) -> bool:
    values: dict[str, Any] = {"email": email, "canonical": canonical(email)}
    if row.canonical != canonical(email):
        values["generation"] = subscribers.c.generation + 1
    try:
        with attempt(connection):
            connection.execute(subscribers.update().where(subscribers.c.id == row.id).values(**values))
    except Unfit:
        # Addresses are unique: somebody has it, perhaps since this moment.
        return False
    copy_lanes.readdress(connection, row.id, email)
    return True


def of_one(connection: sa.Connection, subscriber_id: int) -> list[AddressChange]:
    """Every change of somebody's address, oldest first."""
    asked = address_changes.select().where(address_changes.c.subscriber_id == subscriber_id)
    return [_change(row) for row in connection.execute(asked.order_by(address_changes.c.id))]


def numbered(connection: sa.Connection, *, after: int, since: datetime | None, limit: int) -> list[AddressChange]:
    """The next *limit* of all behind that number; of those since an instant. The first step of a transaction."""
    await_writers(connection, address_changes)
    asked = address_changes.select().where(address_changes.c.id > after)
    if since is not None:
        asked = asked.where(address_changes.c.at >= since)
    return [_change(row) for row in connection.execute(asked.order_by(address_changes.c.id).limit(limit))]


def left(connection: sa.Connection, canonicals: Iterable[str]) -> dict[str, set[int]]:
    """Who has left which of *canonicals* by their own word or the operator's, by number."""
    owns = address_changes.c.actor.not_in((Actor.LIST.value, Actor.SYNC.value))
    asked = sa.select(address_changes.c.canonical_before, address_changes.c.subscriber_id).where(owns)
    found: dict[str, set[int]] = {}
    for some in among(connection, address_changes.c.canonical_before, canonicals):
        for row in connection.execute(asked.where(some)):
            found.setdefault(row.canonical_before, set()).add(row.subscriber_id)
    return found


def ended_there(connection: sa.Connection, canonicals: Iterable[str]) -> dict[str, set[int]]:
    """Who had which of *canonicals* when they ended something by their own word, and has another now, by number.

    By whose word they have the other makes no difference: whoever reads that mailbox has said that they want no mail.
    """
    table, ended = address_changes, subscriptions.c.state == SubscriptionState.ENDED
    # An end of which nobody knows whose it is counts as the reader's own.
    own = sa.func.coalesce(subscriptions.c.changed_by, Actor.READER.value) == Actor.READER.value
    theirs = subscriptions.c.subscriber_id == table.c.subscriber_id
    asked = sa.select(table.c.canonical_before, table.c.subscriber_id).where(
        sa.exists().where(theirs, ended, own, subscriptions.c.changed_at <= table.c.at)
    )
    found: dict[str, set[int]] = {}
    for some in among(connection, table.c.canonical_before, canonicals):
        for row in connection.execute(asked.where(some)):
            found.setdefault(row.canonical_before, set()).add(row.subscriber_id)
    return found


def now_elsewhere(connection: sa.Connection, canonicals: Iterable[str]) -> dict[str, str]:
    """The present address of whoever has left which of *canonicals* that nobody has now."""
    taken = subscribers.alias()
    is_free = ~sa.exists().where(taken.c.canonical == address_changes.c.canonical_before)
    asked = (
        sa.select(address_changes.c.canonical_before, subscribers.c.email)
        .join_from(address_changes, subscribers, address_changes.c.subscriber_id == subscribers.c.id)
        .where(is_free)
        .order_by(address_changes.c.id)
    )
    conditions = among(connection, address_changes.c.canonical_before, canonicals)
    return {row.canonical_before: row.email for some in conditions for row in connection.execute(asked.where(some))}


def _change(row: sa.Row[Any]) -> AddressChange:
    return AddressChange(
        id=row.id,
        subscriber_id=row.subscriber_id,
        at=row.at,
        actor=as_known(Actor, row.actor),
        before=row.before,
        after=row.after,
    )
