"""Whether anything is kept of an address that is no subscriber's: who erases a mistyped one is told so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from solacefeed.store import schema
from solacefeed.store.database import among
from solacefeed.store.erasing import KeptPerson, rows_of
from solacefeed.store.personal_columns import PUBLIC
from solacefeed.traces import Traces

#: All tables in which somebody may stand.
_TABLES = tuple(table for table in schema.metadata.sorted_tables if table not in PUBLIC)


def is_kept(connection: sa.Connection, who: KeptPerson, address_keys: Iterable[str]) -> bool:
    """Whether any row is theirs or names them; *address_keys* is what sign-ups are counted by."""
    counted = among(connection, schema.sign_ups.c.address_key, address_keys)
    if any(_has(connection, schema.sign_ups, each) for each in counted):
        return True
    own = ((table, rows_of(table, who)) for table in _TABLES)
    if any(which is not None and _has(connection, table, which) for table, which in own):
        return True
    # Last, for it looks through all there is.
    traces = Traces(who.addresses)
    return any(_names(connection, table, traces) for table in _TABLES)


def _has(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> bool:
    return bool(connection.execute(sa.select(sa.exists(sa.select(table).where(which)))).scalar_one())


def _names(connection: sa.Connection, table: sa.Table, traces: Traces) -> bool:
    words = [each for each in table.columns if isinstance(each.type, sa.Text | sa.JSON) and not each.foreign_keys]
    if not words:
        return False
    told = [sa.cast(each, sa.Text).icontains(needle, autoescape=True) for each in words for needle in traces.needles]
    rows = connection.execute(sa.select(*words).where(sa.or_(sa.false(), *told)))
    return any(traces.stand_in(_text(value)) for row in rows for value in row if value is not None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
