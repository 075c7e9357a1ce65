"""Where the worlds of a process take place, one after the other: what it has compiled of its statements it keeps."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from solacefeed.store.database import Store, open_store
from tests.support.databases import Databases

#: Objects that a process makes until it looks for what is left over: of what a world makes most goes at once.
LOOKED_FOR_LEFTOVERS = (100_000, 50, 50)


class Ground:
    """An empty migrated database in a folder, again for each world: migrations are another's test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "solacefeed.db"
        store = open_store(f"sqlite:///{self._path}")
        store.close()
        self._engine, self._empty = store.engine, self._path.read_bytes()
        gc.set_threshold(*LOOKED_FOR_LEFTOVERS)

    def store(self) -> Store:
        """As it is at the beginning; whoever had it before has no more use for it."""
        self._engine.dispose()
        for each in self.folder.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        self._path.write_bytes(self._empty)
        store = Store(self._engine)
        store.stay_with_file()
        return store


#: For as long as the process lives.
_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


@cache
def ground() -> Ground:
    """This process's own."""
    _FOLDERS.append(tempfile.TemporaryDirectory(prefix="simulation-"))
    return Ground(Path(_FOLDERS[-1].name))


@contextmanager
def place(server: str | None = None) -> Iterator[tuple[Store, Path]]:
    """An empty store and folder for one world: this process's ground, or a database of a PostgreSQL *server*."""
    if server is None:
        there = ground()
        with closing(there.store()) as store:
            yield store, there.folder
        return
    with (
        _databases(server).migrated() as address,
        tempfile.TemporaryDirectory(prefix="simulation-") as folder,
        closing(open_store(address)) as store,
    ):
        yield store, Path(folder)


@cache
def _databases(server: str) -> Databases:
    """This process's own of it."""
    return Databases(server, called=f"world_{os.getpid()}")
