"""How every deed is done: alone on its store, unless several may do it at once, and written down.

begun with its first write --> its line and counts     it had news
                           --> its error               it did not work, be it by a bug or since the config forbids it
                           --> nothing more            it was killed
never begun                --> a heartbeat             it found nothing to do
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar

import sqlalchemy as sa

from solacefeed.errors import BrokenOff, Busy, ConfigError, NotAtHome, OtherClock, UsageError, in_a_line, is_a_bug
from solacefeed.models.records import PROBLEMS
from solacefeed.ports import Clock
from solacefeed.store import facts, records
from solacefeed.store.database import Store
from solacefeed.store.locks import AskLock, only_one

_log = logging.getLogger(__name__)


class Result(Protocol):
    """What a deed did: a dataclass of counts and words, both of which are kept with its record."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def troubles(self) -> tuple[str, ...]:
        """What did not work beside the deed's own work, a line each."""
        ...

    def line(self) -> str:
        """One countable line: ``poll: 3 new, 1 changed, 0 gone``."""
        ...

    def falls_short(self) -> bool:
        """Whether the deed itself left out what it should have done."""
        ...

    def is_pressing(self) -> bool:
        """Whether somebody should read its line, also who wants to hear only what is wrong."""
        ...

    def has_news(self) -> bool:
        """Whether it changed something, so that it is worth a record."""
        ...


R = TypeVar("R", bound=Result)
#: Of a deed on a store; raises ``Busy`` when another process has it.
Lock = Callable[[Store, str], AbstractContextManager[AskLock]]


def _nothing_against_it() -> None:
    """The deed may begin."""


def execute(
    store: Store,
    clock: Clock,
    deed: str,
    work: Callable[[Store], R],
    *,
    rehearsed: bool,
    admit: Callable[[], object] = _nothing_against_it,
    lock: Lock = only_one,
) -> R:
    """Does *work* as *deed* with the store that it is given, and keeps its record; holds its *lock* meanwhile.

    Each of its writes asks for that lock first: a deed that lost it, as its process was taken for dead, changes nothing
    more. Raises ``Busy`` when another process does the deed now, ``OtherClock`` when the store lives by the other one,
    ``NotAtHome`` or ``UsageError`` when *admit* does, for the deed is not to begin then; ``ConfigError``, which is
    written down; and whatever *work* raises.
    """
    with lock(store, deed) as ask:
        execution = _Execution(store, clock, deed, ask)
        admitted = False
        try:
            facts.settle_clock(store, rehearsed=rehearsed)
            admit()
            admitted = True
            execution.start()
            result = work(execution.store)
            execution.end(result)
        except Exception as error:
            # What is asked at the prompt, of a copy or of another clock's store is no failure of this site's. That the
            # config forbids it is one: who looks by another config, as the file's of now, would see nothing of it.
            if admitted or not isinstance(error, OtherClock | NotAtHome | UsageError):
                execution.fail(error)
            raise
        return result


def beside(store: Store, clock: Clock, name: str, work: Callable[[], object]) -> str | None:
    """Does *work* beside a deed, which goes on whatever becomes of it; returns what went wrong, in a line.

    A failure is written down as the record of *name*, until the next time that it works. What another process is at is
    left to that one.
    """
    try:
        work()
        _note_that_it_works_again(store, clock, name)
    except Busy:
        return None
    except BrokenOff:
        raise
    except Exception as error:
        _log.info("%s did not work", name, exc_info=is_a_bug(error))
        _Execution(store, clock, name).fail(error)
        return f"{name}: {in_a_line(error)}"
    return None


class _Execution:
    """One deed while it is done; *store* begins its record with the first write."""

    def __init__(self, store: Store, clock: Clock, deed: str, ask: AskLock | None = None) -> None:
        self.store = store.beginning_with(self._begin, ask)
        self._plain = store
        self._clock = clock
        self._deed = deed
        #: ``None`` until the clock has told it.
        self._started_at: datetime | None = None
        self._begun: int | None = None

    def start(self) -> None:
        self._started_at = self._clock()

    @property
    def _number(self) -> int | None:
        """Of the record, where one was begun; what was rolled back was none."""
        return self._begun if self.store.has_written else None

    def _begin(self, connection: sa.Connection) -> None:
        self._begun = records.begin(connection, self._deed, at=self._started_at or self._clock())

    def end(self, result: Result) -> None:
        at, line, counts, said = self._clock(), result.line(), _counts(result), _said(result)
        with self._plain.write() as connection:
            if result.has_news():
                number = self._number or records.begin(connection, self._deed, at=self._started_at or at)
                records.finish(connection, number, at=at, ok=True, summary=line, counts=counts, said=said)
            else:
                records.beat(connection, self._deed, self._number, at=at, summary=line, counts=counts, said=said)
        self.store.unkept.pop(self._deed, None)

    def fail(self, error: Exception) -> None:
        """Writes down what went wrong; where even that does not work, what went wrong first is still what is told."""
        try:
            at, summary, said = self._clock(), in_a_line(error), _forbidden(error)
            with self._plain.write() as connection:
                began = self._started_at or at
                records.fail(connection, self._deed, self._number, started_at=began, at=at, summary=summary, said=said)
            self.store.unkept.pop(self._deed, None)
        except Exception:
            with suppress(Exception):
                self._tell_beside(in_a_line(error))
            _log.info("that %s did not work could not be written down", self._deed, exc_info=True)

    def _tell_beside(self, summary: str) -> None:
        """Where the store could not take it."""
        unkept = self.store.unkept
        unkept[self._deed] = summary
        if self._number is not None and unkept.ends is not None:
            unkept.ends.add(self._deed, self._number, at=self._clock(), words=summary)


def _counts(result: Result) -> dict[str, int]:
    return {name: value for name, value in asdict(result).items() if isinstance(value, int)}


def _said(result: Result) -> dict[str, str]:
    return {name: value for name, value in asdict(result).items() if isinstance(value, str)}


def _forbidden(error: Exception) -> dict[str, str]:
    return {PROBLEMS: "\n".join(error.problems)} if isinstance(error, ConfigError) else {}


def _note_that_it_works_again(store: Store, clock: Clock, name: str) -> None:
    with store.read() as connection:
        last = records.latest(connection, name)
    if last is not None and last.ok is False:
        with store.write() as connection:
            records.beat(connection, name, None, at=clock(), summary=name, counts={})
    store.unkept.pop(name, None)
