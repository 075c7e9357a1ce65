"""What SQLite and PostgreSQL say each in its own way; PostgreSQL's half of SQLAlchemy is loaded where it is spoken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert_of(dialect: str) -> Callable[[sa.Table], sqlite.Insert | postgresql.Insert]:
    """The INSERT that can update what is there."""
    if dialect == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects.postgresql import insert

    return insert


def spelling(connection: sa.Connection, kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    """How the database is handed a value of that type."""
    dialect = connection.dialect
    plain = str if dialect.name == "sqlite" else _as_it_is
    return kind.dialect_impl(dialect).bind_processor(dialect) or plain


def changed(connection: sa.Connection, statement: sa.Insert | sa.Update | sa.Delete) -> int:
    """Executes it; how many rows it has changed.

    The standard library's ``sqlite3`` does not say so (-1) of what begins with ``WITH``, as a statement does that finds
    its rows first (``cte``). SQLite itself knows.
    """
    count = connection.execute(statement).rowcount
    return count if count >= 0 else int(connection.exec_driver_sql("SELECT changes()").scalar_one())


def reading(connection: sa.Connection, kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    """What a value of that type is which the driver tells."""
    dialect = connection.dialect
    return kind.dialect_impl(dialect).result_processor(dialect, None) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def await_writers(connection: sa.Connection, table: sa.Table) -> None:
    """Lets no change of *table* be under way that has a smaller number than one which can be read.

    It is the first step of a transaction, which waits for no other table. PostgreSQL gives numbers before the
    transactions end: whoever goes on behind the largest would miss the others.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE MODE"))


def count_anew(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Has PostgreSQL look at tables that have grown much: until it has, it plans as if nothing were in them.

    By itself it does so within a minute or two, and a statement that was begun before may take hours. SQLite plans
    alike whatever is in them.
    """
    if connection.dialect.name == "postgresql":
        # Names are the schema's.
        connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")


def add_rows(connection: sa.Connection, table: sa.Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts very many rows, whose values are spelt as the database is handed them (``spelling``)."""
    if rows:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        into, marks = ", ".join(table.c[name].name for name in names), ", ".join(mark for _ in names)
        # Names are the schema's; every value is bound.
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({into}) VALUES ({marks})", list(rows))  # noqa: S608


def has_one(connection: sa.Connection, column: sa.ColumnElement[str], parts: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether one of *parts*, which are few, stands somewhere in *column*, in just these letters."""
    few = sorted(set(parts))
    if connection.dialect.name == "sqlite":
        listed = sa.func.json_each(json.dumps(few)).table_valued("value")
        found = sa.func.instr(column, listed.c.value)
    else:
        from sqlalchemy.dialects.postgresql import ARRAY

        listed = (
            sa.func.unnest(sa.literal(few, ARRAY(sa.Text))).table_valued(sa.column("value", sa.Text)).render_derived()
        )
        found = sa.func.strpos(column, listed.c.value)
    return sa.exists(sa.select(sa.literal(1)).select_from(listed).where(found > 0))


def has_letter(connection: sa.Connection, column: sa.ColumnElement[str], letters: str) -> sa.ColumnElement[bool]:
    """Whether one of *letters* stands in *column*, in one pass; they are signs of ASCII, and no bracket or hyphen."""
    if connection.dialect.name == "sqlite":
        return column.bool_op("GLOB")(f"*[{letters}]*")
    escaped = letters.replace("\\", "\\\\")
    return column.bool_op("~")(f"[{escaped}]")
