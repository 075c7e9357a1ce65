"""Changes of address, with their history: which addresses somebody had, and by whose word they have another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.models.people import Actor
from solacefeed.store import deliveries, suppressions
from solacefeed.store.database import among, as_known
from solacefeed.store.savepoints import Unfit, attempt
from solacefeed.store.schema import address_changes, subscribers
from solacefeed.store.subscribers import canonical

BOUNCED_BEFORE = "the address that bounced is theirs no more"


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
    """Gives somebody another address, with all that is theirs; false where another subscriber has it, or nobody moves.

    Links in mails to the old address are void from then on, but for those that end a subscription: whoever reads that
    mailbox now need not be the person. Copies that nobody was handed go to the new one, and what rests because the old
    one bounced is as it was before.
    """
    row = connection.execute(subscribers.select().where(subscribers.c.id == subscriber_id).with_for_update()).first()
    if row is None or row.canonical == canonical(email):
        return False
    values = {"email": email.strip(), "canonical": canonical(email), "generation": subscribers.c.generation + 1}
    try:
        with attempt(connection):
            connection.execute(subscribers.update().where(subscribers.c.id == subscriber_id).values(**values))
    except Unfit:
        # Addresses are unique: somebody has it, perhaps since this moment.
        return False
    step = {"subscriber_id": subscriber_id, "at": at, "actor": by.value, "before": row.email, "after": email.strip()}
    connection.execute(address_changes.insert().values(**step, canonical_before=row.canonical))
    deliveries.readdress(connection, subscriber_id, email.strip())
    if suppressions.find(connection, canonical(email)) is None:
        suppressions.lift(connection, subscriber_id, at=at, by=by, reason=BOUNCED_BEFORE)
    return True


def of_one(connection: sa.Connection, subscriber_id: int) -> list[AddressChange]:
    """Every change of somebody's address, oldest first."""
    asked = address_changes.select().where(address_changes.c.subscriber_id == subscriber_id)
    return [_change(row) for row in connection.execute(asked.order_by(address_changes.c.id))]


def left(connection: sa.Connection, canonicals: Iterable[str]) -> dict[str, int]:
    """Who has left which of *canonicals* by their own word or the operator's, by number: of several, the last."""
    owns = address_changes.c.actor.not_in((Actor.LIST.value, Actor.SYNC.value))
    asked = sa.select(address_changes.c.canonical_before, address_changes.c.subscriber_id).where(owns)
    return {
        row.canonical_before: row.subscriber_id
        for some in among(connection, address_changes.c.canonical_before, canonicals)
        for row in connection.execute(asked.where(some).order_by(address_changes.c.id))
    }


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
