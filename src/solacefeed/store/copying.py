"""Copies of an SQLite store: taken while others write, looked through, and put in its place.

``VACUUM INTO`` reads one view of the store: in WAL mode nobody waits for it, and it ends however much is written
meanwhile, while SQLite's online backup may have to begin anew when another process commits (sqlite.org/backup.html).
What it writes has no byte of what was deleted. 91 MB took 2.4 s beside a writer, whose commits took 0.2 ms as a rule,
16 ms of each hundredth and 80 ms at worst, on a busy machine. Of 466 MB, half of it rows with two indexes, it takes
1.7 s of a processor, and the online backup 1.3 s in one step, or 1.5 s in steps of 1000 pages: what is saved is less
than beginning anew costs once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solacefeed.errors import BrokenOff, StoreError
from solacefeed.scratch import scratch_folder
from solacefeed.store import facts, migrations
from solacefeed.store.database import BUSY_TIMEOUT_SECONDS, Store, sqlite_module
from solacefeed.store.trouble import first_line, trouble_told
from solacefeed.words import counted

#: Of which tables the rows are counted, so that somebody sees what a copy holds.
COUNTED = {"posts": "post", "subscribers": "subscriber", "editions": "edition", "deliveries": "delivery"}

#: What SQLite keeps beside a database's file.
BESIDE = ("-wal", "-shm", "-journal")

#: Of folders in which a journal is played back.
_SCRATCH = "solacefeed-copy-"

#: Steps of SQLite's between two looks whether it shall end.
_STEPS = 1_000

#: Faults that are told of one file.
_MOST_FAULTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyContents:
    """What a copy of a store was found to hold."""

    revision: str
    #: Rows, by table.
    rows: Mapping[str, int]
    #: In bytes.
    size: int

    def line(self) -> str:
        """``revision 0040, 20 posts, 3 subscribers, 2 editions, 6 deliveries``."""
        return ", ".join(
            [f"revision {self.revision}", *(counted(count, COUNTED[name], name) for name, count in self.rows.items())]
        )


def copy_into(store: Store, draft: Path, *, stop: Callable[[], bool]) -> None:
    """Writes a copy of an SQLite store to *draft*, for its owner alone and on disk; nobody who writes waits for it.

    *draft* must not be there. Raises ``BrokenOff`` when *stop* says so, ``StoreError`` for a full disk or a store that
    can't be read; then nothing is left.
    """
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with trouble_told(store.file), closing(store.engine.raw_connection()) as borrowed:
            _vacuum_into(borrowed.driver_connection, draft, stop)
        _forget_salts(draft)
        sync(draft)
    except BaseException:
        remove(draft)
        raise


def _vacuum_into(connection: Any, draft: Path, stop: Callable[[], bool]) -> None:
    module = sqlite_module()
    connection.set_progress_handler(stop, _STEPS)
    try:
        connection.execute("VACUUM INTO ?", (str(draft),))
    except module.Error as error:
        if stop():
            raise BrokenOff("backup: broken off; the older ones stay") from error
        raise StoreError(f"the store could not be copied to {draft.parent}: {first_line(error)}") from error
    finally:
        connection.set_progress_handler(None, 0)


def _forget_salts(draft: Path) -> None:
    """A copy outlives the day: with the salt, addresses could be tried against the sketches (``readership``)."""
    module = sqlite_module()
    try:
        with closing(module.connect(draft)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'reader_salts'").fetchone():
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("DELETE FROM reader_salts")
                connection.commit()
    except module.Error as error:
        raise StoreError(f"the copy in {draft.parent} could not be written: {first_line(error)}") from error


def contents(path: Path, *, thoroughly: bool) -> CopyContents:
    """Opens a copy and looks through it, *thoroughly* also whether its indexes say what its tables do.

    Changes nothing. Raises ``StoreError`` for what is no store, or has faults.
    """
    module = sqlite_module()
    try:
        with _at_rest(path) as address, closing(module.connect(address, uri=True)) as connection:
            check = "integrity_check" if thoroughly else "quick_check"
            said = [str(row[0]) for row in connection.execute(f"PRAGMA {check}({_MOST_FAULTS})")]
            if said != ["ok"]:
                raise StoreError(f"{path} is damaged: {'; '.join(said)}")
            revision = _revision(connection, path)
            rows = {name: _count(connection, name) for name in COUNTED}
    except module.Error as error:
        raise StoreError(f"{path} can't be read as a store: {first_line(error)}") from error
    migrations.known(revision)
    return CopyContents(revision=revision, rows=rows, size=path.stat().st_size)


def home_of(path: Path) -> str | None:
    """The id of the home of the store that a copy is of; ``None`` where it has none, or can't be read."""
    module = sqlite_module()
    try:
        with _at_rest(path) as address, closing(module.connect(address, uri=True)) as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = ?", (facts.HOME,)).fetchone()
    except (module.Error, OSError):
        return None
    return str(row[0]) if row else None


@contextmanager
def _at_rest(path: Path) -> Iterator[str]:
    """By which address a file that nobody writes to is read, with what stands beside it; nothing of it changes.

    A journal, which a transaction that was cut off has left, is played back in a copy of both.
    """
    if path.with_name(f"{path.name}-journal").exists():
        with scratch_folder(_SCRATCH) as folder:
            for ending in ("", "-journal"):
                shutil.copyfile(path.with_name(f"{path.name}{ending}"), folder / f"copy{ending}")
            yield f"{(folder / 'copy').as_uri()}?mode=rw"
    elif path.with_name(f"{path.name}-wal").exists():
        yield f"{path.resolve().as_uri()}?mode=ro"
    else:
        # By no other address is nothing written beside it.
        yield f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _revision(connection: Any, path: Path) -> str:
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if there else None
    if row is None:
        raise StoreError(f"{path} is no store of solacefeed")
    return str(row[0])


def _count(connection: Any, table: str) -> int:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone():
        return 0
    return int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608  # one of ``COUNTED``


def sync(path: Path) -> None:
    """Lets a file, or what a folder says of its names, be on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Removes a database's file with what stands beside it, where they are."""
    for each in (path, *beside(path)):
        with suppress(FileNotFoundError):
            each.unlink()


def beside(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(f"{path.name}{ending}") for ending in BESIDE)


def copy_file(source: Path, draft: Path) -> None:
    """Writes what a backup holds to *draft*, for its owner alone and on disk; raises ``StoreError``."""
    with _at_rest(source) as address:
        _copy(source, address, draft)


def copy_used_file(source: Path, draft: Path) -> None:
    """The same of a store that others may write to at any moment: with SQLite's own locks, and its rows stay."""
    _copy(source, f"{source.resolve().as_uri()}?mode=rw", draft)


def _copy(source: Path, address: str, draft: Path) -> None:
    module = sqlite_module()
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(module.connect(address, uri=True, timeout=BUSY_TIMEOUT_SECONDS)) as connection:
            connection.execute("VACUUM INTO ?", (str(draft),))
    except module.Error as error:
        raise StoreError(f"{source} could not be copied: {first_line(error)}") from error
    sync(draft)


def take_in_log(file: Path) -> None:
    """Puts what a store's log has into its file, where both can be read: who has it alone."""
    module = sqlite_module()
    with suppress(module.Error), closing(module.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
