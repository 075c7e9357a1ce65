"""Long lists in statements: cut as the databases want them, and asked as one parameter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

#: Values of a list in one statement.
MOST_VALUES = 50_000
#: The parameter of such a list.
_LISTED = "the_listed"
_TEXT, _BOOLEAN = sa.Text(), sa.Boolean()


def rows_among(
    connection: sa.Connection,
    query: sa.Select[*tuple[Any, ...]],
    column: sa.ColumnElement[Any],
    values: Iterable[Any],
    given: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[sa.Row[*tuple[Any, ...]]]:
    """Yields what *query*, which is built once and asked with *given*, finds where *column* has one of *values*.

    Their order is the query's, as long as the list is not cut (``among``).
    """
    asked, is_text = _of_the_listed(connection.dialect.name, query, column), connection.dialect.name == "sqlite"
    for some in cut(values):
        yield from connection.execute(asked, {**given, _LISTED: json.dumps(some) if is_text else some}).all()


@lru_cache(maxsize=256)
def _of_the_listed(
    dialect: str, query: sa.Select[*tuple[Any, ...]], column: sa.ColumnElement[Any]
) -> sa.Select[*tuple[Any, ...]]:
    return query.where(AnyOf(column, sa.bindparam(_LISTED, type_=_kind(dialect, column))))


def cut(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The one place in which lists are cut."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), MOST_VALUES):
        yield wanted[start : start + MOST_VALUES]


def one_of(connection: sa.Connection, column: sa.ColumnElement[Any], values: list[Any]) -> sa.ColumnElement[bool]:
    """The whole list is one parameter: to bind each value by itself takes ten times as long."""
    is_text = connection.dialect.name == "sqlite"
    return AnyOf(column, sa.literal(json.dumps(values) if is_text else values, _kind(connection.dialect.name, column)))


def _kind(dialect: str, column: sa.ColumnElement[Any]) -> sa.types.TypeEngine[Any]:
    """Of the parameter."""
    if dialect == "sqlite":
        return _TEXT
    from sqlalchemy.dialects.postgresql import ARRAY

    return ARRAY(column.type)


class AnyOf(sa.ColumnElement[bool]):
    """That *column* has one of *values*, as one element: put together of SQLAlchemy's own it costs ten times that.

    They are one parameter, an array on PostgreSQL, and a list as JSON on SQLite.
    """

    inherit_cache = True
    _is_implicitly_boolean = True
    _traverse_internals = [(name, InternalTraversal.dp_clauseelement) for name in ("column", "values")]  # noqa: RUF012

    def __init__(self, column: sa.ColumnElement[Any], values: sa.BindParameter[Any]) -> None:
        self.type = _BOOLEAN
        self.column, self.values = column, values

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002  # it binds closer than what it stands among
        return self

    @property
    def _from_objects(self) -> Any:
        return self.column._from_objects


@compiles(AnyOf)
def _in_json(element: AnyOf, compiler: Any, **how: Any) -> str:
    column, values = compiler.process(element.column, **how), compiler.process(element.values, **how)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # what it is made of is SQLAlchemy's


@compiles(AnyOf, "postgresql")
def _in_array(element: AnyOf, compiler: Any, **how: Any) -> str:
    column, values = compiler.process(element.column, **how), compiler.process(element.values, **how)
    return f"{column} = ANY ({values})"
