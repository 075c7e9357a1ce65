"""move: a whole store from SQLite into an empty PostgreSQL, while nobody uses it; the source sends nothing afterwards.

source had alone, looked at --> target marked --> tables, page by page --> counted and read back --> source left
--> target at home --> target open

Cut off before the source is left, that is as it was; called again, it goes on behind the last page. Where the source
was used meanwhile, it begins anew. Cut off behind that, only the last two steps are done again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from solacefeed.errors import MissingStore, StoreError, UsageError
from solacefeed.ports import Clock
from solacefeed.store import home, transfer
from solacefeed.store.database import Store, open_store, open_to_look, shown, unopened_store
from solacefeed.store.home import HomeFiles, home_of
from solacefeed.store.home_log import LogKind
from solacefeed.store.locks import not_in_use, only_one
from solacefeed.store.moved_away import MovedAway, move_away, moved_away, must_be_here
from solacefeed.store.schema import metadata
from solacefeed.store.transfer import MoveState
from solacefeed.words import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMoved:
    """What stands in the target now, which is the store from then on."""

    #: Without its password.
    to: str
    tables: int
    rows: int
    #: Of these, those that an earlier call had brought.
    before: int
    #: Whether the target sends at once; else it has to be adopted, as the source had.
    at_home: bool

    def line(self) -> str:
        """``migrate-store: 69 tables, 12345 rows; counts and hashes are the same``."""
        before = f", {self.before} of them before" if self.before else ""
        held = f"{counted(self.tables, 'table')}, {counted(self.rows, 'row')}{before}"
        return f"migrate-store: {held}; counts and hashes are the same"


def move(source_url: str, target_url: str, clock: Clock, otherwise: Path, *, told: Callable[[int], None]) -> StoreMoved:
    """Moves it; *otherwise* is the home file of a store on PostgreSQL, *told* hears of rows that have come.

    Raises ``UsageError`` for other kinds of databases and where there is no source, ``OlderStore``, ``Busy`` where
    somebody has the source open or moves into the target, ``NotAtHome`` for a source that was moved already, and
    ``StoreError`` for a target that holds something else, for what can't be read or written, and where what came is
    not what was sent.
    """
    with closing(unopened_store(target_url)) as target:
        file = _file_of(source_url)
        if target.engine.dialect.name != "postgresql":
            raise UsageError(
                f"TO, {shown(target_url)}, is not PostgreSQL's: name postgresql+psycopg://USER@HOST/DATABASE"
            )
        transfer.must_answer(target, "TO")
        with not_in_use(file), only_one(target, "migrate-store"):
            # Before it is opened: to close any handle of an SQLite file takes away all locks that the process has.
            mark = transfer.file_mark(file)
            with closing(open_to_look(source_url)) as source:
                return _moved(source, mark, target, clock, HomeFiles.at(otherwise), told)


def _file_of(url: str) -> Path:
    """Of a source that can be moved, which is closed again."""
    with closing(unopened_store(url)) as looked_at:
        if looked_at.file is None:
            raise UsageError(f"FROM, {shown(url)}, is not SQLite's: its own tools, pg_dump and pg_restore, move it")
    try:
        open_to_look(url).close()
    except MissingStore as missing:
        raise UsageError(
            f"FROM: there is no store at {looked_at.file}: name the file of the one to be moved"
        ) from missing
    return looked_at.file


def _moved(
    source: Store, mark: str, target: Store, clock: Clock, there: HomeFiles, told: Callable[[int], None]
) -> StoreMoved:
    state = transfer.begun(target)
    before = state.rows if state else 0
    with source.read() as connection:
        left = moved_away(connection)
    if left is None or state is None or left.token != state.token:
        must_be_here(source)
        state = _settled(source, mark, target, there, state)
        before = state.rows
        state = _all_tables(source, target, state, told)
        _leave(source, MovedAway(to=shown(target.engine.url), token=state.token), clock)
    if state.at_home:
        home.settle(target, there, at=clock())
    transfer.finish(target)
    return StoreMoved(
        to=shown(target.engine.url),
        tables=len(metadata.sorted_tables),
        rows=state.rows,
        before=before,
        at_home=state.at_home,
    )


def _settled(source: Store, mark: str, target: Store, there: HomeFiles, former: MoveState | None) -> MoveState:
    """How far it is; at its beginning where the source is not as it was."""
    if former is not None and former.mark == mark:
        return former
    at_home = home.why_not_at_home(source, home_of(source, Path())) is None
    state = MoveState(mark=mark, token=secrets.token_hex(8), at_home=at_home)
    if former is None:
        transfer.make_ready(target, there.file)
        transfer.begin(target, state)
    else:
        transfer.begin_anew(target, state)
    return state


def _all_tables(source: Store, target: Store, state: MoveState, told: Callable[[int], None]) -> MoveState:
    told(state.rows)
    with transfer.reading(source) as rows:
        for table in metadata.sorted_tables:
            state = transfer.move_table(rows, target, table, state, told=told)
        if differs := transfer.differences(rows, target, state):
            # Whatever it was, it is not gone on with.
            transfer.begin_anew(target, replace(state, mark="", tables={}))
            raise StoreError(
                f"migrate-store: {'; '.join(differs)}; the source is as it was, and the next call begins anew"
            )
        transfer.let_numbers_go_on(rows, target)
    return state


def _leave(source: Store, moved: MovedAway, clock: Clock) -> None:
    """Whoever adopts the source all the same is told that not all is known of what has left since."""
    with closing(open_store(source.engine.url, create=False)) as store:
        home_of(store, Path()).log.add(LogKind.GAP, ("-",), at=clock())
        move_away(store, moved)
