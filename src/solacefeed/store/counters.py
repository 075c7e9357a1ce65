"""One number that tells whether what editions are made of may read otherwise by now.

Each transaction that writes to one of these tables moves it, whoever wrote: ``database.Store`` sees to that, so that
no statement has to remember it, and a change and its counting are on disk together.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from solacefeed.store.compiled import Compiled
from solacefeed.store.dialects import insert_of
from solacefeed.store.schema import (
    authors,
    categories,
    counters,
    edition_posts,
    events,
    post_categories,
    post_tags,
    posts,
    sightings,
    tags,
)

CONTENT = "content"

#: What is counted: all that a mail says comes from here, from the config and from the time.
COUNTED = frozenset({posts, post_categories, post_tags, tags, categories, authors, events, sightings, edition_posts})

_HOW_OFTEN = sa.select(counters.c.number).where(counters.c.name == CONTENT)
# Asked with what is claimed of each edition.
_ASKED = Compiled(lambda _dialect: _HOW_OFTEN)


def content(connection: sa.Connection) -> int:
    """How often any of it was written; equal numbers mean that it reads the same."""
    return _ASKED.execute(connection, {}).scalar() or 0


def how_often() -> sa.ColumnElement[int]:
    """The same, asked in the statement itself."""
    return sa.func.coalesce(_HOW_OFTEN.scalar_subquery(), 0)


def notice(connection: sa.Connection, statement: Any, *_: object) -> None:
    """An engine's ``before_execute``: notes in its transaction that *statement* writes to one of the tables."""
    noticed = connection.get_execution_options().get("noticed")
    if noticed is not None and isinstance(statement, sa.UpdateBase) and statement.table in COUNTED:
        noticed.add(CONTENT)


def count(connection: sa.Connection, noticed: set[str]) -> None:
    """Moves the number of what was noticed; as a transaction's last statement it keeps nobody waiting for the row."""
    for name in sorted(noticed):
        connection.execute(_move(connection.dialect.name), {"name": name})


@cache
def _move(engine: str) -> sa.UpdateBase:
    insert = insert_of(engine)(counters).values(name=sa.bindparam("name"), number=1)
    return insert.on_conflict_do_update(index_elements=["name"], set_={"number": counters.c.number + 1})
