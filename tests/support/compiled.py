"""Each statement is compiled once a process, as in one that keeps its store open, and not anew for every test's store.

SQLAlchemy keeps what it compiled by engine, and every store has one of its own: a third of a test's time went there.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Compiled, Dialect


class _Statements(MutableMapping[Any, Compiled]):
    """By the kind of database in place of the engine's own dialect, which the key begins with."""

    def __init__(self) -> None:
        self._kept: dict[Any, Compiled] = {}

    def get(self, key: Any, default: Any = None) -> Any:
        return self._kept.get(_by_kind(*key), default)

    def __getitem__(self, key: Any) -> Compiled:
        return self._kept[_by_kind(*key)]

    def __setitem__(self, key: Any, compiled: Compiled) -> None:
        self._kept[_by_kind(*key)] = compiled

    def __delitem__(self, key: Any) -> None:
        del self._kept[_by_kind(*key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _by_kind(dialect: Dialect, *statement: Any) -> tuple[Any, ...]:
    return type(dialect), dialect.dbapi, *statement


_STATEMENTS = _Statements()


def compile_once() -> None:
    """From now on, in this process and those forked from it."""

    def lend(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=_STATEMENTS)

    sa.event.listen(sa.Engine, "engine_connect", lend)
