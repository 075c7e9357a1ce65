"""Statements that are asked very often, put into a database's own words once.

SQLAlchemy finds the words of each execution anew in its cache, and looks through all parameters and results: for a
statement about a few rows that costs several times what the database does. Here the driver is handed words that are
ready, and its rows are told as it has them (``dialects.reading``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

#: Stands where a value is to come, which no driver takes for one.
_TO_COME = object()


def given(name: str, kind: sa.types.TypeEngine[Any] | type[sa.types.TypeEngine[Any]]) -> sa.BindParameter[Any]:
    """A parameter whose value each execution brings."""
    return _Given(name, type_=kind, callable_=lambda: _TO_COME)


class _Given(sa.BindParameter[Any]):
    """Stays a parameter also where all others are written out."""

    inherit_cache = True


@compiles(_Given)
def _as_parameter(element: _Given, compiler: Any, *, literal_binds: bool = False, **how: Any) -> str:  # noqa: ARG001
    words: str = compiler.visit_bindparam(element, **how)
    return words


class Compiled:
    """One statement, made by *build* of the dialect's name; its other values stand in it for good."""

    def __init__(self, build: Callable[[str], sa.Executable]) -> None:
        self._build = build
        self._words: dict[str, _Words] = {}

    def execute(self, connection: sa.Connection, values: Mapping[str, Any]) -> sa.CursorResult[Any]:
        """Raises ``KeyError`` where a value is missing."""
        words = self._of(connection)
        return connection.exec_driver_sql(words.text, words.parameters(values))

    def execute_each(
        self, connection: sa.Connection, values: Mapping[str, Any], names: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> int:
        """Once for each of *rows*, which have what is so *named*, spelt as the driver takes it; how many rows changed.

        For a driver that takes values by their places, and is in this process, so that each execution costs little.
        """
        words = self._of(connection)
        return connection.exec_driver_sql(words.text, words.parameters_of_each(values, names, rows)).rowcount

    def _of(self, connection: sa.Connection) -> _Words:
        words = self._words.get(connection.dialect.name)
        if words is None:
            words = self._words[connection.dialect.name] = _words(self._build, connection.dialect)
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    text: str
    constants: Mapping[str, Any]
    #: What each execution gives, and how the driver takes it; ``None`` where as it is.
    given: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    #: Where the driver takes values by their places; ``None`` where by their names.
    places: tuple[str, ...] | None

    def parameters(self, values: Mapping[str, Any]) -> Any:
        all_of_them = dict(self.constants)
        for name, spell in self.given:
            all_of_them[name] = values[name] if spell is None else spell(values[name])
        return all_of_them if self.places is None else tuple([all_of_them[name] for name in self.places])

    def parameters_of_each(
        self, values: Mapping[str, Any], names: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> list[tuple[Any, ...]]:
        shared = dict(self.constants)
        for name, spell in self.given:
            if name not in names:
                shared[name] = values[name] if spell is None else spell(values[name])
        order = {name: place for place, name in enumerate((*names, *shared))}
        at_places = itemgetter(*[order[name] for name in self.places or ()])
        same = tuple(shared.values())
        return [at_places((*row, *same)) for row in rows]


def _words(build: Callable[[str], sa.Executable], dialect: sa.Dialect) -> _Words:
    statement: Any = build(dialect.name)
    # To hand SQLite what never changes takes as long as to change a row.
    written_out = {"literal_binds": dialect.name == "sqlite"}
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True, **written_out})
    constants = {name: _plain(value) for name, value in compiled.params.items() if value is not _TO_COME}
    to_come = (compiled.binds[name] for name in compiled.params if name not in constants)
    spelt = tuple((each.key, each.type.dialect_impl(dialect).bind_processor(dialect)) for each in to_come)
    places = tuple(compiled.positiontup) if compiled.positional else None
    return _Words(text=str(compiled), constants=constants, given=spelt, places=places)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
