"""Two acts on one person at once: one of them stops in the midst, the other begins, and both go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import sqlalchemy as sa

from solacefeed.errors import UsageError
from solacefeed.store.database import Store, open_store

Act = Callable[[Store], object]

#: Seconds after which a test gives up.
BOUND = 60

#: So often it is looked whether an act waits for another, until then.
_LOOKS = 3_000

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@dataclass
class _Stop:
    """Stops a store's writer before one of the statements by which it holds or changes something."""

    place: int
    met: int = 0
    #: The place was reached, or the act has ended without.
    settled: Event = field(default_factory=Event)
    may_go: Event = field(default_factory=Event)

    def before(self, connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if not (connection.get_execution_options().get("writes") or statement.startswith("LOCK")):
            return
        # What only reads waits for nobody, and keeps nobody waiting.
        if statement.startswith("SELECT") and "advisory" not in statement and "FOR UPDATE" not in statement:
            return
        self.met += 1
        if self.met == self.place:
            self.settled.set()
            assert self.may_go.wait(BOUND)


@dataclass
class Crossing:
    """Two processes' stores on one PostgreSQL database, and a third connection that watches them."""

    watch: Store
    first: Store
    second: Store

    def places(self, one: Callable[[], Act], other: Callable[[], Act]) -> Iterator[int]:
        """Yields when both have ended, for each statement of the *one* before which the *other* can begin."""
        place = 1
        while self._crossed(one(), other(), place):
            yield place
            place += 1

    def _crossed(self, one: Act, other: Act, place: int) -> bool:
        stop = _Stop(place)
        with ThreadPoolExecutor(2) as threads, _stopping(self.first, stop):
            goes_first = threads.submit(_done, one, self.first)
            goes_first.add_done_callback(lambda _: stop.settled.set())
            assert stop.settled.wait(BOUND)
            if stop.met < place:
                goes_first.result()
                return False
            try:
                comes_in = threads.submit(_done, other, self.second)
                assert ends_or_waits(self.watch, comes_in)
            finally:
                stop.may_go.set()
            goes_first.result(BOUND)
            comes_in.result(BOUND)
        return True


def ends_or_waits(watch: Store, act: Future[Any]) -> bool:
    """Whether *act* has ended, or somebody waits in the database of *watch* for what another has; soon, or never.

    Between two looks it rests: who looks on without end takes from the one that it waits for.
    """
    for _ in range(_LOOKS):
        if wait([act], timeout=BOUND / _LOOKS).done:
            return True
        with watch.engine.connect() as connection:
            if connection.exec_driver_sql(_WAITING).scalar():
                return True
    return False


def _done(act: Act, store: Store) -> None:
    try:
        act(store)
    except UsageError:
        """The other was first, and has left nothing to be done."""


@contextmanager
def _stopping(store: Store, stop: _Stop) -> Iterator[None]:
    sa.event.listen(store.engine, "before_cursor_execute", stop.before)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", stop.before)


@contextmanager
def crossing(store: Store, url: str) -> Iterator[Crossing]:
    first, second = open_store(url), open_store(url)
    try:
        yield Crossing(watch=store, first=first, second=second)
    finally:
        first.close()
        second.close()
