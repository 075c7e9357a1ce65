"""Our own side of a benchmark: an edition that waits, as often as it is wanted, and processes that hand it over."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks import editions
from benchmarks.children import Failed, child, python
from benchmarks.figures import Sample
from benchmarks.worker import Delivered
from solacefeed.store.database import sqlite_module

#: Seconds until a worker has loaded all that it needs.
_LOADING = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How copies are handed over."""

    port: int
    connections: int
    signed: bool = False
    #: A turn of ours is given up after so many seconds.
    within: float
    #: Copies after which a process stops; 0 for none too many.
    most: int = 0
    #: Whether each statement's time is taken, which costs some.
    watched: bool = False


class Editions(ABC):
    """Stores in which an edition waits; that of the first readers is made once, and all others of it."""

    #: Of its mails, in octets.
    size: int

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)

    @abstractmethod
    def make(self, copies: int) -> str:
        """A store in which so many wait: what ``fresh`` is told."""

    @abstractmethod
    def fresh(self, made: str) -> AbstractContextManager[str]:
        """The address of a store like *made*, for one turn."""

    def config(self, store: str, way: Way | None = None) -> Path:
        folder = self.folder / f"site{next(self._numbers)}"
        folder.mkdir()
        port, connections, signed = (way.port, way.connections, way.signed) if way else (25, 1, False)
        return editions.write_config(folder, store, port=port, connections=connections, signed=signed)


class SqliteEditions(Editions):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._first = folder / "first.db"
        self.size = editions.prepare(self.config(f"sqlite:///{self._first}"))

    def make(self, copies: int) -> str:
        file = self.folder / f"made{copies}.db"
        if not file.exists():
            self._copy(self._first, file)
            editions.resize(self.config(f"sqlite:///{file}"), copies)
        return str(file)

    @contextmanager
    def fresh(self, made: str) -> Iterator[str]:
        file = self.folder / f"turn{next(self._numbers)}.db"
        self._copy(Path(made), file)
        try:
            yield f"sqlite:///{file}"
        finally:
            for each in self.folder.glob(f"{file.name}*"):
                each.unlink()

    def _copy(self, source: Path, target: Path) -> None:
        """Without a log beside it: all that was written is in the file itself."""
        connection = sqlite_module().connect(source)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copyfile(source, target)
        # At home there, as if it had always been.
        home = json.loads(Path(f"{source}.home").read_text())
        Path(f"{target}.home").write_text(json.dumps(home | {"place": None}))


class PostgresEditions(Editions):
    """*address* has ``{}`` where a database's name goes."""

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(folder)
        self.address = address
        #: Where workers meet it.
        self.met_at = address
        self._say("CREATE DATABASE first")
        self.size = editions.prepare(self.config(address.format("first")))

    def make(self, copies: int) -> str:
        name = f"made{copies}"
        if not self._there(name):
            self._say(f"CREATE DATABASE {name} TEMPLATE first")
            editions.resize(self.config(self.address.format(name)), copies)
        return name

    @contextmanager
    def fresh(self, made: str) -> Iterator[str]:
        name = f"turn{next(self._numbers)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {made} STRATEGY file_copy", "CHECKPOINT")
        # As if it had never delivered elsewhere.
        self._say("DELETE FROM facts WHERE name LIKE 'home%%'", database=name)
        try:
            yield self.met_at.format(name)
        finally:
            self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _there(self, name: str) -> bool:
        with self._connected() as connection:
            return bool(connection.exec_driver_sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'").first())  # noqa: S608

    def _say(self, *statements: str, database: str = "postgres") -> None:
        with self._connected(database) as connection:
            for each in statements:
                connection.exec_driver_sql(each)

    @contextmanager
    def _connected(self, database: str = "postgres") -> Iterator[sa.Connection]:
        engine = sa.create_engine(self.address.format(database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection
        engine.dispose()


def hand_over(kept: Editions, stores: Sequence[str], way: Way) -> list[Delivered]:
    """By a process for each of *stores*, all of which begin at once; two of the same share its copies."""
    with ExitStack() as stack:
        workers = []
        for store in stores:
            options = [*(["--most", way.most] if way.most else []), *(["--statements"] if way.watched else [])]
            workers.append(stack.enter_context(child(python("worker", kept.config(store, way), *options))))
        for each in workers:
            each.line(within=_LOADING)
        for each in workers:
            each.tell("go")
        return [Delivered(**json.loads(each.finish(within=way.within))) for each in workers]


def sample(done: Sequence[Delivered], expected: int | None = None) -> Sample:
    """Of all workers together; raises ``Failed`` unless so many copies as *expected* were accepted."""
    accepted = sum(each.accepted for each in done)
    if accepted == 0 or (expected is not None and accepted != expected):
        raise Failed("; ".join(each.said for each in done))
    seconds = max(each.ended for each in done) - min(each.begun for each in done)
    return Sample(amount=accepted, seconds=seconds, processor=sum(each.processor for each in done))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in TMPDIR."""
    with tempfile.TemporaryDirectory(prefix="solacefeed-bench-") as name:
        yield Path(name)
