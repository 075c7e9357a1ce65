"""Whether anything is kept of an address that is no subscriber's: who erases a mistyped one is told so."""

from __future__ import annotations

import sqlalchemy as sa

from solacefeed.store import named_rows
from solacefeed.store.erasing import KeptPerson
from solacefeed.store.personal_columns import looked_through
from solacefeed.traces import Traces


def is_kept(connection: sa.Connection, who: KeptPerson) -> bool:
    """Whether any row is theirs or names them; that letters to an address are counted is no such row."""
    traces = Traces(who.addresses)
    tables = looked_through()
    if any(any(named_rows.rows_of(connection, each, who.number, traces)) for each in tables):
        return True
    # Last, for it looks through all there is.
    return any(_names(connection, each, traces) for each in tables)


def _names(connection: sa.Connection, table: sa.Table, traces: Traces) -> bool:
    found = named_rows.rows(connection, table, named_rows.may_be_met(connection, table, [traces]))
    return any(row.names(traces) for row in found)
