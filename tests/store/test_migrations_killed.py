"""A migration that is killed, at whatever statement, leaves the store as it was; the next start brings it up to date.

From each schema that there was, with rows in it: those of the release that is kept, brought there by its migrations.
"""

from __future__ import annotations

import itertools
import os
import traceback
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.store import migrations
from solacefeed.store.database import open_store, unopened_store
from tests.store.releases import rows

KEPT = rows.kept()[-1]
REVISIONS = [path.name[:4] for path in sorted(Path(migrations.__file__).parent.glob("versions/0*.py"))]
OLDER = REVISIONS[:-1]
#: The exit code of who kills itself.
_KILLED = 9
#: The last statement of each migration, whose next one begins in the same transaction.
_ENDS = ("UPDATE alembic_version", "INSERT INTO alembic_version")


def what_is_there(url: str) -> dict[str, Any]:
    """Every row of every table, and the columns."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            there = sa.MetaData()
            there.reflect(connection)
            return {
                table.name: (sorted(table.columns.keys()), sorted(map(repr, connection.execute(table.select()))))
                for table in there.sorted_tables
            }
    finally:
        engine.dispose()


def killed_before(statement: int, url: str, *, of_first: bool = False) -> bool:
    """Brings the store up to date in a process that ends without a word before that statement; whether it got there.

    With *of_first* only the first migration is done, and not kept.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            numbers = itertools.count(1)

            def end_there(_connection: object, _cursor: object, said: str, *_: object) -> None:
                if next(numbers) == statement:
                    os._exit(_KILLED)
                if of_first and said.startswith(_ENDS):
                    os._exit(0)

            engine = unopened_store(patient(url)).engine
            sa.event.listen(engine, "before_cursor_execute", end_there)
            migrations.upgrade(engine)
            code = 0
        except BaseException:
            # Nobody sees what the child raised.
            traceback.print_exc()
        finally:
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, _KILLED)
    return ended == _KILLED


def patient(url: str) -> str:
    """Where the machine stands still for longer than the product waits for a connection, that is none of a migration's.

    Each kill connects anew, thousands of times.
    """
    if not url.startswith("postgresql"):
        return url
    address = sa.make_url(url).update_query_dict({"connect_timeout": "0"})
    return address.render_as_string(hide_password=False)


def survives(url: str, revision: str, statements: Iterable[int]) -> None:
    rows.load(KEPT, url, to=revision)
    before = what_is_there(url)
    for statement in statements:
        if not killed_before(statement, url):
            break
        assert what_is_there(url) == before, f"killed before statement {statement}"
    with closing(open_store(patient(url))) as store:
        assert migrations.current(store.engine) == migrations.HEAD
    after = what_is_there(url)
    # A fact may be one that the migration takes back, so that what it told is found anew.
    kept = {name for name in before if name not in ("facts", "alembic_version")}
    assert {name: len(after[name][1]) for name in kept} == {name: len(before[name][1]) for name in kept}


@pytest.mark.parametrize("revision", [OLDER[0], OLDER[-1]])
def test_a_killed_migration_loses_nothing_and_the_next_start_finishes_it(store_url: str, revision: str) -> None:
    survives(store_url, revision, (60,))


@pytest.mark.slow
@pytest.mark.parametrize("revision", OLDER)
def test_from_every_schema_it_is_so(store_url: str, revision: str) -> None:
    survives(store_url, revision, (2, 3, 60, 100, 240))


@pytest.mark.slow
def test_at_every_statement_of_every_migration_it_is_so(store_url: str) -> None:
    """All migrations that wait are one transaction, so each is killed as the first of them."""
    killed = [killed_everywhere(store_url)]
    rows.load(KEPT, store_url, to=REVISIONS[0])
    for revision in OLDER:
        killed.append(killed_everywhere(store_url))
        step(store_url, following(revision))
    assert min(killed) > 1, dict(zip(["", *OLDER], killed, strict=True))


def killed_everywhere(url: str) -> int:
    """Before each statement of the next migration, or of the making of a new store; how many there were.

    It is looked at once, for that takes longer than a kill: what any of them had left would be there at the end.
    """
    prepare(url)
    before = what_is_there(url)
    for statement in itertools.count(1):
        if not killed_before(statement, url, of_first=True):
            assert what_is_there(url) == before, f"killed before one of {statement - 1} statements"
            return statement - 1
    raise AssertionError


def prepare(url: str) -> None:
    """An empty SQLite database wants a folder."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)


def following(revision: str) -> str:
    return REVISIONS[REVISIONS.index(revision) + 1]


def step(url: str, revision: str) -> None:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection, connection.begin():
            rows.migrate(connection, revision)
    finally:
        engine.dispose()
