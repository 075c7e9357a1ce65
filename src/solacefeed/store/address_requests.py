"""Changes of address for which a letter went, as readers asked, for a month; what is done stays with its reader.

What bounds them is counted apart from them, by keyed hashes: who is erased takes their wishes along, and no count.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.people import AddressMove
from solacefeed.store.deliveries import LARGEST_NUMBER
from solacefeed.store.schema import address_moves, counted_moves

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


def count(connection: sa.Connection, asker_key: str, address_key: str, *, mailed: bool, at: datetime) -> None:
    """Notes that somebody has asked to move, by keyed hashes of both addresses; *mailed* where a letter goes there."""
    row = {"asker_key": asker_key, "address_key": address_key, "mailed": mailed, "at": at}
    connection.execute(counted_moves.insert().values(**row))


def letters(connection: sa.Connection, address_key: str, *, after: datetime) -> list[datetime]:
    """When a letter went to an address since an instant because anybody asked, and nobody there has confirmed it."""
    there = (counted_moves.c.address_key == address_key) & counted_moves.c.mailed
    asked = sa.select(counted_moves.c.at).where(there, counted_moves.c.at > after)
    return list(connection.execute(asked).scalars())


def asked_by(connection: sa.Connection, asker_key: str, *, after: datetime) -> int:
    """How often somebody at an address has asked to move since an instant, to whatever address."""
    its = (counted_moves.c.asker_key == asker_key) & (counted_moves.c.at > after)
    return connection.execute(sa.select(sa.func.count()).select_from(counted_moves).where(its)).scalar_one()


def confirm(connection: sa.Connection, move: AddressMove, address_key: str, *, at: datetime) -> bool:
    """It is done, and its letter counts no more; false where it was before."""
    this = (address_moves.c.id == move.id) & address_moves.c.confirmed_at.is_(None)
    counted = (counted_moves.c.address_key == address_key) & (counted_moves.c.at == move.at)
    connection.execute(counted_moves.update().where(counted).values(mailed=False))
    return connection.execute(address_moves.update().where(this).values(confirmed_at=at)).rowcount == 1


def is_any_from(connection: sa.Connection, *, before: datetime) -> bool:
    older = (sa.exists().where(table.c.at < before) for table in (address_moves, counted_moves))
    return connection.execute(sa.select(sa.or_(*older))).scalar_one()


def remove(connection: sa.Connection, *, before: datetime) -> None:
    """Takes away those from before an instant, done or not: of what is done, ``address_history`` tells."""
    for table in (address_moves, counted_moves):
        connection.execute(table.delete().where(table.c.at < before))


def _asked() -> sa.Select[Any]:
    columns = address_moves.c
    return sa.select(columns.id, columns.subscriber_id, columns.email, columns.at, columns.confirmed_at)
