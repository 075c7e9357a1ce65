"""A whole store moves from SQLite into PostgreSQL: every row as it was, whatever cuts it off; and one of them sends."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.deeds.upkeep.move import StoreMoved, move
from solacefeed.errors import Busy, NotAtHome, OlderStore, StoreError, UsageError
from solacefeed.store import facts, home, migrations, schema, subscribers, transfer
from solacefeed.store.database import open_store, open_to_look, unopened_store
from solacefeed.store.home import HomeFiles, home_of
from solacefeed.store.locks import in_use
from solacefeed.store.moved_away import must_be_here
from solacefeed.store.schema import metadata, paces
from solacefeed.store.transfer import MoveState
from tests.store.releases import rows
from tests.support.builders import MONDAY
from tests.support.databases import Databases

#: Whatever COPY might take for something else, or PostgreSQL tell otherwise than it was told.
ODD = ("", "\\N", "\\.", "a\tb\nc\rd\be\vf\fg", "\x01\x7f\x85\u2028", "Größe 🎉", "back\\slash\\\\", '{"a": "\\u0000"}')


@pytest.fixture(scope="module")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which nearly every table has rows, as the last release left it, and some that are odd."""
    file = tmp_path_factory.mktemp("filled") / "solacefeed.db"
    rows.load(rows.kept()[-1], f"sqlite:///{file}", to=migrations.HEAD)
    with closing(open_store(f"sqlite:///{file}")) as store:
        with store.write() as connection:
            for number, words in enumerate(ODD):
                facts.put(connection, f"odd {number}", words)
            second = timedelta(microseconds=500)
            pace = {"scope": "odd", "used_until": MONDAY + second, "slowed_from": 1.5e15, "slowed_to": 0.1}
            connection.execute(paces.insert().values(**pace, strain=0, relief=0))
            connection.execute(sa.text("INSERT INTO counters (name, number) VALUES ('odd', -9223372036854775808)"))
        home.settle(store, home_of(store, file), at=MONDAY)
    return file


@pytest.fixture
def source(filled_file: Path, tmp_path: Path) -> Path:
    """The same in a folder of its own, at home there."""
    file = tmp_path / "var" / "solacefeed.db"
    file.parent.mkdir()
    shutil.copy(filled_file, file)
    with closing(open_store(address(file))) as store:
        home.settle(store, home_of(store, file), at=MONDAY)
    return file


@pytest.fixture
def target(databases: Databases) -> Iterator[str]:
    """An empty store, which costs less than to make its tables."""
    with databases.migrated() as url:
        yield url


@pytest.fixture
def bare(databases: Databases) -> Iterator[str]:
    """A database as it comes."""
    with databases.without_tables() as url:
        yield url


def address(file: Path) -> str:
    return f"sqlite:///{file}"


def moved(source: Path, target: str, *, told: Callable[[int], None] = lambda _rows: None) -> StoreMoved:
    return move(address(source), target, lambda: MONDAY, of_the_target(source), told=told)


def of_the_target(source: Path) -> Path:
    return source.with_name("solacefeed.home")


def what_is_there(url: str) -> dict[str, list[str]]:
    """Every row of every table; but for what is of the place where they stand."""
    of_the_place = {facts.HOME, facts.HOME_COUNT, facts.HOME_CLUSTER, facts.HOME_SETTLED, facts.MOVED}
    with closing(open_to_look(url)) as store, store.read() as connection:
        told = {table.name: connection.execute(table.select()).all() for table in metadata.sorted_tables}
    told["facts"] = [row for row in told["facts"] if row.name not in of_the_place]
    return {name: sorted(map(repr, found)) for name, found in told.items()}


def said(url: str, statement: str) -> None:
    """By somebody else."""
    with closing(unopened_store(url)) as store, store.write() as connection:
        connection.execute(sa.text(statement))


class Cut(Exception):
    """It ends here."""


def cut_after(pages: int) -> Callable[[int], None]:
    left = itertools.count(pages, -1)

    def told(_rows: int) -> None:
        if next(left) == 0:
            raise Cut

    return told


# -- what is moved ----------------------------------------------------------------------------------------------


def test_every_row_is_there_as_it_was(source: Path, bare: str) -> None:
    before = what_is_there(address(source))
    assert sum(1 for found in before.values() if found) > 25
    done = moved(source, bare)
    assert what_is_there(bare) == before
    assert done.rows >= sum(map(len, before.values()))


def test_a_page_takes_as_long_as_it_takes_whatever_bound_the_target_has(source: Path, bare: str) -> None:
    open_store(bare).close()
    said(bare, f"ALTER DATABASE {sa.make_url(bare).database} SET statement_timeout = '1s'")
    function = "CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS"
    said(bare, f"{function} $$ BEGIN PERFORM pg_sleep(1.2); RETURN NULL; END $$")
    said(bare, "CREATE TRIGGER take_long BEFORE INSERT ON posts EXECUTE FUNCTION take_long()")
    moved(source, bare)
    assert what_is_there(bare) == what_is_there(address(source))


def test_new_rows_get_numbers_that_nobody_ever_had(source: Path, target: str) -> None:
    with closing(open_store(address(source))) as store, store.write() as connection:
        last = subscribers.enter(connection, email="gone@example.org", name=None, at=MONDAY).id
        connection.execute(schema.subscribers.delete().where(schema.subscribers.c.id == last))
    moved(source, target)
    with closing(open_store(target)) as store:
        for table in metadata.sorted_tables:
            column = table.autoincrement_column
            with store.read() as connection:
                if column is not None and (most := connection.execute(sa.select(sa.func.max(column))).scalar()):
                    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
                    assert connection.execute(sa.select(sa.func.nextval(sequence))).scalar_one() > most, table.name
        with store.write() as connection:
            assert subscribers.enter(connection, email="new@example.org", name=None, at=MONDAY).id > last


@pytest.mark.more
def test_what_is_not_as_it_was_sent_is_found_and_the_source_stays(source: Path, target: str) -> None:
    """Somebody writes into the target when its last table has come."""
    before = what_is_there(address(source))
    tables = iter([table.name for table in metadata.sorted_tables if before[table.name]])

    def told(rows: int) -> None:
        if rows and next(tables) == "facts":
            said(target, "UPDATE facts SET value = value || '!' WHERE name = 'odd 5'")

    with pytest.raises(
        StoreError, match=r"facts: of \d+ rows some read otherwise in the target; the source is as it was"
    ):
        moved(source, target, told=told)
    assert what_is_there(address(source)) == before
    moved(source, target)
    assert what_is_there(target) == before


def test_what_is_read_is_locked_as_sqlite_locks_it(source: Path, target: str) -> None:
    """Whoever changes the kind of its journal wants it alone, and is refused while it is open elsewhere."""
    alone = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('PRAGMA journal_mode = DELETE')"
    refused: list[str] = []

    def told(_rows: int) -> None:
        if not refused:
            ended = subprocess.run([sys.executable, "-c", alone, source], capture_output=True, text=True, check=False)
            refused.append(ended.stderr)

    moved(source, target, told=told)
    assert "database is locked" in refused[0]


# -- cut off ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", [0, 1, 12])
def test_cut_off_it_goes_on_where_it_was(source: Path, target: str, pages: int) -> None:
    before = what_is_there(address(source))
    with pytest.raises(Cut):
        moved(source, target, told=cut_after(pages))
    with pytest.raises(StoreError, match="call `solacefeed migrate-store` again, which goes on where it was"):
        open_store(target)
    brought = moving_state(target).rows
    done = moved(source, target)
    assert done.before == brought
    assert (brought > 0) == (pages > 0)
    assert what_is_there(target) == before


def test_a_source_that_was_used_meanwhile_is_moved_anew(source: Path, target: str) -> None:
    with pytest.raises(Cut):
        moved(source, target, told=cut_after(12))
    with closing(open_store(address(source))) as store, store.write() as connection:
        subscribers.enter(connection, email="new@example.org", name=None, at=MONDAY)
    assert moved(source, target).before == 0
    assert what_is_there(target) == what_is_there(address(source))


def test_cut_off_where_the_target_is_looked_at_last_it_is_not_open_yet(source: Path, target: str) -> None:
    before = what_is_there(address(source))

    def cut(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("ANALYZE"):
            raise Cut

    sa.event.listen(sa.Engine, "before_cursor_execute", cut)
    try:
        with pytest.raises(Cut):
            moved(source, target)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", cut)
    done = moved(source, target)
    assert done.before == done.rows
    assert what_is_there(target) == before


def moving_state(target: str) -> MoveState:
    with closing(unopened_store(target)) as store:
        state = transfer.begun(store)
    assert state is not None
    return state


@pytest.mark.slow
def test_killed_at_any_step_it_comes_to_the_same(source: Path, target: str) -> None:
    before = what_is_there(address(source))
    for statements in itertools.count(1, 23):
        if not killed_after(statements, source, target):
            break
    assert statements > 100
    assert what_is_there(target) == before
    with pytest.raises(NotAtHome, match="was moved to"), closing(open_store(address(source))) as store:
        must_be_here(store)


def killed_after(statements: int, source: Path, target: str) -> bool:
    """Moves it in a process that is killed before that statement; whether it was not through."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            numbers = itertools.count(1)

            def end_there(*_: object) -> None:
                if next(numbers) == statements:
                    os.kill(os.getpid(), signal.SIGKILL)

            sa.event.listen(sa.Engine, "before_cursor_execute", end_there)
            moved(source, target)
            code = 0
        finally:
            os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL)
    return ended != 0


# -- one of them sends --------------------------------------------------------------------------------------------


def test_the_target_is_at_home_and_the_source_sends_nothing_any_more(source: Path, target: str) -> None:
    moved(source, target)
    with closing(open_store(target)) as store:
        there = HomeFiles.at(of_the_target(source))
        home.note_progress(store, there, at=MONDAY)
        assert home.why_not_at_home(store, there) is None
    with closing(open_store(address(source))) as store:
        with pytest.raises(NotAtHome, match="the store was moved to postgresql"):
            home.note_progress(store, home_of(store, source), at=MONDAY)
        with pytest.raises(NotAtHome, match=r"let \[store\] url name that; `solacefeed adopt` takes this one"):
            must_be_here(store)
    with pytest.raises(NotAtHome, match="was moved to"):
        moved(source, target)


def test_a_source_that_is_taken_back_does_not_believe_that_it_knows_all_that_left(source: Path, target: str) -> None:
    moved(source, target)
    with closing(open_store(address(source))) as store:
        files = home_of(store, source)
        with store.read() as connection:
            assert not files.log.knows(home.id_of(connection) or "", since=MONDAY - timedelta(days=1))
        home.settle(store, files, at=MONDAY)
        must_be_here(store)
        assert home.why_not_at_home(store, files) is None


def test_a_copy_that_was_not_adopted_sends_nothing_after_it_was_moved_either(source: Path, target: str) -> None:
    with closing(open_store(address(source))) as store:
        home.leave(store)
    assert not moved(source, target).at_home
    with closing(open_store(target)) as store:
        assert home.why_not_at_home(store, HomeFiles.at(of_the_target(source)))


# -- what is refused ----------------------------------------------------------------------------------------------


def test_a_source_that_somebody_has_open_is_refused(source: Path, target: str) -> None:
    with closing(open_store(address(source))) as store, in_use(store), pytest.raises(Busy, match="end the daemon"):
        moved(source, target)


def test_a_source_of_an_older_release_is_refused(tmp_path: Path, target: str) -> None:
    file = tmp_path / "old.db"
    rows.load(rows.kept()[-1], address(file))
    with pytest.raises(OlderStore, match="of an older release"):
        moved(file, target)


def test_no_source_is_no_empty_store(tmp_path: Path, target: str) -> None:
    with pytest.raises(UsageError, match="there is no store at"):
        moved(tmp_path / "nowhere.db", target)


def test_a_target_that_holds_a_store_is_refused_and_stays(source: Path, target: str) -> None:
    with closing(open_store(target)) as store, store.write() as connection:
        facts.put(connection, "word", "mine")
    before = what_is_there(target)
    with pytest.raises(StoreError, match=r"holds a store already \(facts\): name an empty one"):
        moved(source, target)
    assert what_is_there(target) == before


def test_a_target_of_another_program_is_refused(source: Path, bare: str) -> None:
    said(bare, "CREATE TABLE invoices (number integer)")
    with pytest.raises(StoreError, match="another program's: it has the table invoices"):
        moved(source, bare)


def test_a_target_that_does_not_answer_is_named_and_the_source_stays(source: Path, target: str) -> None:
    nowhere = sa.make_url(target).set(database="nowhere")
    with pytest.raises(StoreError, match=r'^TO, postgresql.*/nowhere.*, can\'t be opened: .*"nowhere" does not exist'):
        moved(source, nowhere.render_as_string(hide_password=False))
    with closing(open_store(address(source))) as store:
        must_be_here(store)


def test_a_move_goes_from_sqlite_to_postgresql_alone(source: Path, target: str) -> None:
    with pytest.raises(UsageError, match=r"^TO, sqlite:.*, is not PostgreSQL's"):
        move(address(source), address(source.with_name("new.db")), lambda: MONDAY, source, told=print)
    with pytest.raises(UsageError, match=r"^FROM, postgresql.*, is not SQLite's"):
        move(target, target, lambda: MONDAY, source, told=print)


@pytest.mark.more
@pytest.mark.parametrize(
    ("table", "column", "value", "why"),
    [
        ("posts", "title", "'a' || char(0) || 'b'", "0x00"),
        ("posts", "blurbs", "'[NaN]'", "invalid input syntax for type json"),
        ("subscribers", "generation", "'two'", "invalid input syntax for type integer"),
    ],
)
def test_of_what_postgresql_can_not_hold_it_is_told_where_it_stands_and_it_moves_once_that_is_mended(
    source: Path, bare: str, table: str, column: str, value: str, why: str
) -> None:
    with closing(unopened_store(address(source))) as store, store.read() as connection:
        rows_there = connection.execute(sa.text(f"SELECT rowid, {column} FROM {table} ORDER BY rowid")).all()
    number, before = rows_there[-1]
    said(address(source), f"UPDATE {table} SET {column} = {value} WHERE rowid = {number}")
    with pytest.raises(StoreError) as told:
        moved(source, bare)
    named = "a column" if "0x00" in why else f"column {column}"
    assert f"what stands in {named} of the row WHERE rowid = {number}: " in str(told.value)
    assert why in str(told.value)
    assert "again, which goes on" not in str(told.value)
    mended = before if isinstance(before, int) else f"'{before.replace(chr(39), chr(39) * 2)}'"
    said(address(source), f"UPDATE {table} SET {column} = {mended} WHERE rowid = {number}")
    moved(source, bare)
    with closing(unopened_store(bare)) as store, store.read() as connection:
        assert connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() >= len(rows_there)


@pytest.mark.parametrize("value", ["9e999", "-9e999"])
def test_a_number_without_end_is_one_there_too(source: Path, target: str, value: str) -> None:
    said(address(source), f"UPDATE paces SET slowed_from = {value} WHERE scope = 'odd'")
    before = what_is_there(address(source))
    moved(source, target)
    assert what_is_there(target) == before
