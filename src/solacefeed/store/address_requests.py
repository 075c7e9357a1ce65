"""Changes of address for which a letter went, as readers asked, for a month; what is done stays with its reader."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.people import AddressMove
from solacefeed.store.deliveries import LARGEST_NUMBER
from solacefeed.store.schema import address_moves

#: PostgreSQL's advisory lock of who counts letters; beside ``mailable.LOCK``, and asked for after that one.
LOCK = 0x6D6F_7665


def hold(connection: sa.Connection) -> None:
    """Lets nobody else count or add letters to an address until this transaction ends; SQLite has one writer anyway.

    It is no lock of the table: whoever confirms a change of address has the person's row when they write there.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def add(connection: sa.Connection, subscriber_id: int, email: str, *, at: datetime) -> int:
    row = {"subscriber_id": subscriber_id, "email": email.strip(), "canonical": canonical(email), "at": at}
    return int(connection.execute(address_moves.insert().values(**row).returning(address_moves.c.id)).scalar_one())


def find(connection: sa.Connection, number: int) -> AddressMove | None:
    if not 0 < number <= LARGEST_NUMBER:
        return None
    row = connection.execute(_asked().where(address_moves.c.id == number)).one_or_none()
    return AddressMove(**row._mapping) if row else None


def letters(connection: sa.Connection, email: str, *, after: datetime) -> list[datetime]:
    """When anybody has asked to move to an address since an instant, and nobody there has confirmed it."""
    unconfirmed = address_moves.c.confirmed_at.is_(None)
    there = (address_moves.c.canonical == canonical(email)) & unconfirmed
    asked = sa.select(address_moves.c.at).where(there, address_moves.c.at > after)
    return list(connection.execute(asked).scalars())


def asked_by(connection: sa.Connection, subscriber_id: int, *, after: datetime) -> int:
    """How often somebody has asked to move since an instant."""
    its = (address_moves.c.subscriber_id == subscriber_id) & (address_moves.c.at > after)
    return connection.execute(sa.select(sa.func.count()).select_from(address_moves).where(its)).scalar_one()


def confirm(connection: sa.Connection, number: int, *, at: datetime) -> bool:
    """It is done; false where it was before."""
    this = (address_moves.c.id == number) & address_moves.c.confirmed_at.is_(None)
    return connection.execute(address_moves.update().where(this).values(confirmed_at=at)).rowcount == 1


def is_any_from(connection: sa.Connection, *, before: datetime) -> bool:
    return connection.execute(sa.select(sa.exists().where(address_moves.c.at < before))).scalar_one()


def remove(connection: sa.Connection, *, before: datetime) -> int:
    """Takes away those from before an instant, done or not: of what is done, ``address_history`` tells."""
    return connection.execute(address_moves.delete().where(address_moves.c.at < before)).rowcount


def _asked() -> sa.Select[Any]:
    columns = address_moves.c
    return sa.select(columns.id, columns.subscriber_id, columns.email, columns.at, columns.confirmed_at)
