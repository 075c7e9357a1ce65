"""Rows that a transaction keeps to itself: editions before it writes any copy of theirs, and then mail.

Whoever changes both an edition's state and copies takes the edition first, so that nobody waits in a ring: a worker
that pauses one while it writes what came of copies, and an operator who cancels it.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from solacefeed.store.database import among
from solacefeed.store.listed import rows_among
from solacefeed.store.schema import deliveries, editions

_HELD = sa.select(editions.c.id).order_by(editions.c.id).with_for_update(key_share=True)


def hold(connection: sa.Connection, edition_ids: Iterable[str]) -> None:
    """Keeps others from changing these editions until the transaction ends; SQLite has one writer anyway."""
    for _ in rows_among(connection, _HELD, editions.c.id, edition_ids):
        """They are held as they are read."""


def hold_whole(connection: sa.Connection, edition_id: str) -> None:
    """The same of one that is about to be another, with all its copies; nothing comes to hang on it meanwhile."""
    connection.execute(sa.select(editions.c.id).where(editions.c.id == edition_id).with_for_update())
    hold_mail(connection, deliveries, deliveries.c.edition_id == edition_id)


def hold_mail(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> None:
    """Keeps others from changing these rows until the transaction ends; SQLite has one writer anyway.

    Whoever writes to several rows of mail in hand takes them first, and in the order of their numbers, so that nobody
    waits in a ring. What is asked after that is asked of the store as it is then: a statement that waits for a row
    itself goes on by what it saw before it waited.
    """
    if connection.dialect.name != "sqlite":
        rows = sa.select(table.c.id).where(which).order_by(table.c.id).with_for_update(of=table, key_share=True)
        connection.execute(sa.select(sa.func.count()).select_from(rows.subquery()))


def hold_mail_of(connection: sa.Connection, table: sa.Table, ids: Iterable[int]) -> None:
    """The same of rows by their numbers."""
    for some in among(connection, table.c.id, ids):
        hold_mail(connection, table, some)
