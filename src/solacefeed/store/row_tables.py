"""Tables of values that a statement joins, so that it is about very many rows; each database has its own way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from solacefeed.store.compiled import given
from solacefeed.store.dialects import spelling
from solacefeed.store.listed import MOST_VALUES


class Rows(Protocol):
    """What a statement knows of a row that it is about: a table of values, or one row whose values are parameters."""

    @property
    def c(self) -> Any: ...


class BoundRow:
    """The row of a statement that is executed for each row by itself: ``row_names`` tells its parameters."""

    def __init__(self, columns: Mapping[str, sa.ColumnElement[Any]], *, of: str = "") -> None:
        self.c = _Columns({name: given(_named(name, of), column.type) for name, column in columns.items()})


class _Columns(dict[str, sa.BindParameter[Any]]):
    def __getattr__(self, name: str) -> sa.BindParameter[Any]:
        return self[name]


def row_names(columns: Mapping[str, sa.ColumnElement[Any]], *, of: str = "") -> list[str]:
    return [_named(name, of) for name in columns]


_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def wanted(
    connection: sa.Connection, columns: Mapping[str, sa.ColumnElement[Any]], rows: Sequence[tuple[Any, ...]]
) -> Iterator[sa.FromClause]:
    """Yields tables that together hold *rows*, each for a statement of its own that joins it, cut as by ``among``.

    Their columns are named as *columns* are, and compare with those.
    """
    dialect = connection.dialect.name
    for values in table_values(connection, columns, rows):
        yield _table(
            dialect, columns, {name: sa.literal(values[name], kind) for name, kind in _kinds(dialect, columns, "")}
        )


def bound_table(dialect: str, columns: Mapping[str, sa.ColumnElement[Any]], *, of: str = "") -> sa.FromClause:
    """Such a table in a statement that is built once, and executed with each of the ``table_values`` of its rows.

    Where it has several, each is *of* another word.
    """
    return _table(dialect, columns, {name: given(name, kind) for name, kind in _kinds(dialect, columns, of)})


def table_values(
    connection: sa.Connection,
    columns: Mapping[str, sa.ColumnElement[Any]],
    rows: Sequence[tuple[Any, ...]],
    *,
    of: str = "",
) -> Iterator[dict[str, Any]]:
    """Yields the parameters by which such a table has *rows*, each for an execution of its own."""
    for start in range(0, len(rows), MOST_VALUES):
        some = rows[start : start + MOST_VALUES]
        yield values_of(connection, columns, some, of=of)


def values_of(
    connection: sa.Connection,
    columns: Mapping[str, sa.ColumnElement[Any]],
    rows: Sequence[tuple[Any, ...]],
    *,
    of: str = "",
) -> dict[str, Any]:
    """The same of so few *rows* that they need no cutting, or of none."""
    if connection.dialect.name == "sqlite":
        return {_rows_of(of): _JSON.encode(spelt(connection, columns, rows))}
    values = map(list, zip(*rows, strict=True)) if rows else ([] for _ in columns)
    return dict(zip((_named(name, of) for name in columns), values, strict=True))


def _rows_of(of: str) -> str:
    """The one parameter of SQLite, which is handed all of it as JSON."""
    return f"the_{of}rows"


def _named(column: str, of: str) -> str:
    """The parameter of a column's values; a column's own name may be one of the statement's."""
    return f"the_{of}{column}s"


def spelt(
    connection: sa.Connection, columns: Mapping[str, sa.ColumnElement[Any]], rows: Sequence[tuple[Any, ...]]
) -> Sequence[Sequence[Any]]:
    """*rows* as SQLite takes their values: numbers and texts as they are, an enumeration's text to be told as such."""
    odd = [place for place, column in enumerate(columns.values()) if not _is_plain(column.type)]
    if all(row[place] is None for row in rows for place in odd):
        return rows
    spell = [None if _is_plain(column.type) else spelling(connection, column.type) for column in columns.values()]
    return [
        [each if how is None or each is None else how(each) for how, each in zip(spell, row, strict=True)]
        for row in rows
    ]


def _is_plain(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, sa.Integer | sa.Text)


def _kinds(
    dialect: str, columns: Mapping[str, sa.ColumnElement[Any]], of: str
) -> list[tuple[str, sa.types.TypeEngine[Any]]]:
    """Of each parameter."""
    if dialect == "sqlite":
        return [(_rows_of(of), sa.Text())]
    from sqlalchemy.dialects.postgresql import ARRAY

    # Without their number it takes a list of lists, such as JSON has, for an array of more dimensions.
    return [(_named(name, of), ARRAY(column.type, dimensions=1)) for name, column in columns.items()]


def _table(
    dialect: str, columns: Mapping[str, sa.ColumnElement[Any]], values: Mapping[str, sa.ColumnElement[Any]]
) -> sa.FromClause:
    if dialect != "sqlite":
        named = (sa.column(name, column.type) for name, column in columns.items())
        return sa.func.unnest(*values.values()).table_valued(*named).render_derived()
    (listed,) = values.values()
    row = sa.func.json_each(listed).table_valued("value").c.value
    cells = (sa.func.json_extract(row, f"$[{place}]").label(name) for place, name in enumerate(columns))
    # Taken apart once, and not again for each row that is joined.
    return sa.select(*cells).cte().prefix_with("MATERIALIZED")
