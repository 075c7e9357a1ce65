"""A whole store's way from SQLite into PostgreSQL: tables in the order of their references, each in pages by COPY.

    an empty database         is marked: no release opens it while its revision is ``moving``
    a page of a table         and how far that is, in one commit, so that a kill loses the page under way
    all pages                 are read back, and counted and summed beside what was read of the source
    the numbers of new rows   go on behind the last that was ever given

What is known of a move stands in a table of its own in the target, which is gone with its last step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from solacefeed.errors import StoreError
from solacefeed.store import copying, lost, migrations
from solacefeed.store.database import Store, shown, sqlite_module
from solacefeed.store.dialects import count_anew
from solacefeed.store.row_lines import RowSum, line, spellings
from solacefeed.store.schema import metadata
from solacefeed.store.server_connections import lift_bounds
from solacefeed.store.trouble import first_line, trouble_told

#: Rows and octets of one page, at most: what a kill loses, and what is in memory at once.
MOST_ROWS, MOST_OCTETS = 20_000, 4_000_000

_AGAIN = "call `solacefeed migrate-store` again, which goes on where it was"

_moves = sa.Table("moving", sa.MetaData(), sa.Column("state", sa.Text, nullable=False))
_versions = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.Text))


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTable:
    """How far a table is: the last of SQLite's row numbers that has come, and what has come."""

    after: int = -(2**63)
    sum: RowSum = field(default_factory=RowSum)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveState:
    #: Of the source's file, by which it is seen that it changed meanwhile.
    mark: str
    #: Of this move: the source names it when it is left.
    token: str
    #: Whether the source was at home, so that the target is from then on.
    at_home: bool
    tables: Mapping[str, MovedTable] = field(default_factory=dict)

    def table(self, name: str) -> MovedTable:
        return self.tables.get(name, MovedTable())

    def with_table(self, name: str, moved: MovedTable) -> MoveState:
        return replace(self, tables={**self.tables, name: moved})

    @property
    def rows(self) -> int:
        return sum(each.sum.rows for each in self.tables.values())


def must_answer(store: Store, which: str) -> None:
    """Before anything of a move is done; *which* of its two *store* is."""
    try:
        store.engine.connect().close()
    except sa.exc.DBAPIError as error:
        raise StoreError(f"{which}, {shown(store.engine.url)}, can't be opened: {first_line(error.orig)}") from error


# -- the source -------------------------------------------------------------------------------------------------


def file_mark(file: Path) -> str:
    """A hash of all that an SQLite store holds, with what its log has; for who has it alone, and not open yet."""
    copying.take_in_log(file)
    found = blake2b()
    try:
        with file.open("rb") as opened:
            while piece := opened.read(1 << 20):
                found.update(piece)
    except OSError as error:
        raise StoreError(f"{file} can't be read: {error.strerror}") from error
    return found.hexdigest()


@contextmanager
def reading(source: Store) -> Iterator[Any]:
    """SQLite's own connection; what it can't tell is told with the file's name."""
    try:
        with source.alone() as connection:
            yield connection
    except sqlite_module().Error as error:
        raise StoreError(f"{source.file} can't be read: {first_line(error)}; nothing of it was changed") from error


def _page(connection: Any, table: sa.Table, after: int) -> tuple[int, list[bytes]]:
    """The next rows behind a number, as lines, and the last one's number."""
    names, spelt = _names(table), spellings(table)
    # Names are the schema's.
    asked = f"SELECT rowid, {names} FROM {table.name} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608
    lines: list[bytes] = []
    size = 0
    for number, *values in connection.execute(asked, (after, MOST_ROWS)):
        lines.append(line(values, spelt))
        after, size = number, size + len(lines[-1])
        if size >= MOST_OCTETS:
            break
    return after, lines


def _names(table: sa.Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


# -- the target -------------------------------------------------------------------------------------------------


def begun(target: Store) -> MoveState | None:
    """How far a move is that was begun in it and is not through."""
    with trouble_told():
        if migrations.current(target.engine) != migrations.MOVING:
            return None
        with target.read() as connection:
            return _state(connection.execute(sa.select(_moves.c.state)).scalar_one())


def make_ready(target: Store, home: Path) -> None:
    """Brings an empty database to the newest schema.

    Raises ``StoreError`` for one that holds anything else, ``LostStore`` where it is empty and *home* says that it
    should not be.
    """
    where = shown(target.engine.url)
    with trouble_told():
        revision = migrations.current(target.engine)
        if revision is None:
            if there := sa.inspect(target.engine).get_table_names():
                raise StoreError(f"the database {where} is another program's: it has the table {sorted(there)[0]}")
            lost.must_not_be_lost(f"the database {where} is empty", home)
            migrations.upgrade(target.engine)
        elif revision != migrations.HEAD:
            raise StoreError(
                f"the database {where} holds a store of another release (revision {revision}): name an empty one"
            )


def begin(target: Store, state: MoveState) -> None:
    """Marks an empty store as one that is being filled; raises ``StoreError`` where something is in it."""
    with target.write() as connection:
        connection.execute(_versions.update().values(version_num=migrations.MOVING))
        for table in metadata.sorted_tables:
            if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
                where = shown(target.engine.url)
                raise StoreError(f"the database {where} holds a store already ({table.name}): name an empty one")
        _moves.create(connection)
        connection.execute(_moves.insert().values(state=_words(state)))


def begin_anew(target: Store, state: MoveState) -> None:
    """Lets go what a move had brought, for the source is another by now."""
    with target.write() as connection:
        lift_bounds(connection)
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.exec_driver_sql(f"TRUNCATE {names}")
        note(connection, state)


def note(connection: sa.Connection, state: MoveState) -> None:
    connection.execute(_moves.update().values(state=_words(state)))


def move_table(
    source: Any, target: Store, table: sa.Table, state: MoveState, *, told: Callable[[int], None]
) -> MoveState:
    """Brings the rest of a table, a page in each transaction; *told* hears of each how many rows it had."""
    moved = state.table(table.name)
    while (page := _page(source, table, moved.after))[1]:
        begins, (after, lines) = moved.after, page
        moved = MovedTable(after=after, sum=moved.sum.with_lines(lines))
        state = state.with_table(table.name, moved)
        with _told_of(target, table, partial(_row_of, source, table, begins)), target.write() as connection:
            lift_bounds(connection)
            asked = f"COPY {table.name} ({_names(table)}) FROM STDIN"
            with closing(_driver(connection).cursor()) as cursor, cursor.copy(asked) as copy:
                copy.write(b"".join(lines))
            note(connection, state)
        told(len(lines))
    return state


def differences(source: Any, target: Store, state: MoveState) -> list[str]:
    """What of the target is not as the source has it, a line each: rows are counted, and read back."""
    return [line for table in metadata.sorted_tables for line in _differences(source, target, table, state)]


def _differences(source: Any, target: Store, table: sa.Table, state: MoveState) -> Iterator[str]:
    there = int(source.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])  # noqa: S608  # the schema's
    sent, found = state.table(table.name).sum, _told_back(target, table)
    if not there == sent.rows == found.rows:
        yield f"{table.name}: {there} rows in the source, {found.rows} in the target"
    elif sent != found:
        yield f"{table.name}: of {there} rows some read otherwise in the target"


def _told_back(target: Store, table: sa.Table) -> RowSum:
    with _told_of(target, table), target.read() as connection:
        lift_bounds(connection)
        asked = f"COPY {table.name} ({_names(table)}) TO STDOUT"
        with closing(_driver(connection).cursor()) as cursor, cursor.copy(asked) as copy:
            return RowSum().with_lines(copy)


def _driver(connection: sa.Connection) -> Any:
    """psycopg's own connection, which alone knows COPY."""
    return connection.connection.driver_connection


@contextmanager
def _told_of(target: Store, table: sa.Table, row_of: Callable[[int], str] | None = None) -> Iterator[None]:
    """What the driver says of a copy, which SQLAlchemy does not see, is told with the table's name.

    Of a value that PostgreSQL can't hold, which no second call moves, it is told in which row it stands: *row_of* says
    that of a line of the page.
    """
    driver = target.engine.dialect.loaded_dbapi
    try:
        yield
    except driver.DataError as error:
        # The innermost place is told first, as that in a JSON value; ours is "COPY facts, line 3, column value".
        found = re.search(rf"COPY {table.name}, line (\d+)(?:, column (\w+))?", error.diag.context or "")
        where = row_of(int(found[1])) if found and row_of else ""
        # Of what is no text at all it tells no column.
        column = f"column {found[2]}" if found and found[2] else "a column"
        raise StoreError(
            f"{table.name} could not be moved: PostgreSQL can't hold what stands in {column}{where}: "
            f"{first_line(error)}; mend that in the file with sqlite3, while nobody uses it, and move it anew"
        ) from error
    except driver.Error as error:
        raise StoreError(f"{table.name} could not be moved: {first_line(error)}; {_AGAIN}") from error


def _row_of(source: Any, table: sa.Table, after: int, line: int) -> str:
    """The row of a page's *line*, the first of which is 1, as who mends it finds it; not what is in it."""
    asked = f"SELECT rowid FROM {table.name} WHERE rowid > ? ORDER BY rowid LIMIT 1 OFFSET ?"  # noqa: S608
    (number,) = source.execute(asked, (after, line - 1)).fetchone()
    return f" of the row WHERE rowid = {number}"


def let_numbers_go_on(source: Any, target: Store) -> None:
    """New rows get numbers behind all that the source ever gave, of which those of people stand in mails."""
    given = {}
    if source.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        given = dict(source.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    with target.write() as connection:
        lift_bounds(connection)
        for table in metadata.sorted_tables:
            column = table.autoincrement_column
            if column is None:
                continue
            sequence = connection.execute(sa.select(sa.func.pg_get_serial_sequence(table.name, column.name))).scalar()
            last = max(connection.execute(sa.select(sa.func.max(column))).scalar() or 0, given.get(table.name, 0))
            if sequence and last:
                connection.execute(sa.select(sa.func.setval(sequence, last)))


def finish(target: Store) -> None:
    """Lets the target be a store as any other: at once, so that cut off it is asked for again."""
    with target.write() as connection:
        lift_bounds(connection)
        count_anew(connection, metadata.sorted_tables)
        _moves.drop(connection)
        connection.execute(_versions.update().values(version_num=migrations.HEAD))


# -- how far it is, in words -------------------------------------------------------------------------------------


def _words(state: MoveState) -> str:
    tables = {name: [each.after, each.sum.rows, f"{each.sum.sum:x}"] for name, each in state.tables.items()}
    told = {"mark": state.mark, "token": state.token, "at_home": state.at_home}
    return json.dumps({**told, "tables": tables})


def _state(words: str) -> MoveState:
    told = json.loads(words)
    tables: Mapping[str, Sequence[Any]] = told.pop("tables")
    return MoveState(
        **told,
        tables={
            name: MovedTable(after=after, sum=RowSum(rows=rows, sum=int(total, 16)))
            for name, (after, rows, total) in tables.items()
        },
    )
