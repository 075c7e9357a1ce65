"""Statements that are put into words once: what never changes is in them, and what each execution brings is not."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.store import facts
from solacefeed.store.compiled import Compiled, given
from solacefeed.store.database import Store
from solacefeed.store.schema import facts as table

#: With all that means something to a driver or in SQL.
ODD = "it's 100 %s, ? and :so"
_NAME = given("the_name", sa.Text)


@pytest.fixture
def statement() -> Compiled:
    return Compiled(lambda _dialect: sa.select(sa.literal(ODD), table.c.value).where(table.c.name == _NAME))


@pytest.mark.parametrize("name", ["a", ODD])
def test_all_values_come_to_the_database_as_they_are(store: Store, statement: Compiled, name: str) -> None:
    with store.write() as connection:
        facts.put(connection, name, "its value")
        assert [tuple(row) for row in statement.execute(connection, {"the_name": name})] == [(ODD, "its value")]


def test_sqlite_is_handed_nothing_that_never_changes(sqlite_store: Store, statement: Compiled) -> None:
    handed: list[Any] = []
    sa.event.listen(sqlite_store.engine, "before_cursor_execute", lambda *told: handed.append(told[3]))
    with sqlite_store.read() as connection:
        statement.execute(connection, {"the_name": "a"})
    assert handed == [("a",)]
