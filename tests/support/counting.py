"""Counts what a store is asked, and lets a step of it fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from solacefeed.store.database import Store


class Tally:
    """A number that grows."""

    def __init__(self) -> None:
        self.count = 0

    def since(self) -> int:
        """How much it has grown since this was last asked."""
        count, self.count = self.count, 0
        return count


@contextmanager
def transactions_that_write(store: Store) -> Iterator[Tally]:
    """Counts those that are committed while the context lasts."""
    tally = Tally()

    def count(connection: sa.Connection) -> None:
        tally.count += bool(connection.get_execution_options().get("writes"))

    sa.event.listen(store.engine, "commit", count)
    try:
        yield tally
    finally:
        sa.event.remove(store.engine, "commit", count)


@contextmanager
def what_is_asked(store: Store) -> Iterator[list[str]]:
    """The text of each statement while the context lasts, and where a transaction begins and how it ends."""
    asked: list[str] = []

    def statement(_connection: Any, _cursor: Any, text: str, *_more: Any) -> None:
        asked.append(text)

    steps = {step: (lambda _connection, step=step: asked.append(step)) for step in ("begin", "commit", "rollback")}
    sa.event.listen(store.engine, "before_cursor_execute", statement)
    for step, note in steps.items():
        sa.event.listen(store.engine, step, note)
    try:
        yield asked
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", statement)
        for step, note in steps.items():
            sa.event.remove(store.engine, step, note)


@contextmanager
def before_each_statement(store: Store, step: Callable[[], None]) -> Iterator[None]:
    """Does *step*, which may raise, before each statement while the context lasts."""

    def before(*_arguments: Any) -> None:
        step()

    sa.event.listen(store.engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", before)
