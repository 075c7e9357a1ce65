"""Whether anything is kept of an address that is no subscriber's: who erases a mistyped one is told so."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from solacefeed.store import named_rows, schema
from solacefeed.store.database import among
from solacefeed.store.erasing import KeptPerson
from solacefeed.store.personal_columns import looked_through
from solacefeed.traces import Traces


def is_kept(connection: sa.Connection, who: KeptPerson, address_keys: Iterable[str]) -> bool:
    """Whether any row is theirs or names them; *address_keys* is what sign-ups are counted by."""
    counted = among(connection, schema.sign_ups.c.address_key, address_keys)
    if any(_has(connection, schema.sign_ups, each) for each in counted):
        return True
    traces = Traces(who.addresses)
    tables = looked_through()
    if any(any(named_rows.rows_of(connection, each, who.number, traces)) for each in tables):
        return True
    # Last, for it looks through all there is.
    return any(_names(connection, each, traces) for each in tables)


def _has(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> bool:
    return bool(connection.execute(sa.select(sa.exists(sa.select(table).where(which)))).scalar_one())


def _names(connection: sa.Connection, table: sa.Table, traces: Traces) -> bool:
    found = named_rows.rows(connection, table, named_rows.may_be_met(connection, table, [traces]))
    return any(row.names(traces) for row in found)
