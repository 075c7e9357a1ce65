"""One writer for what all connections have to write down: marks before their final dots, and outcomes after them.

A commit that waits for the disk costs the same for one copy as for a hundred. So whatever comes while a commit runs
makes the next group, which goes to disk as one: the outcomes of one group of copies with the marks of the next.

Where the database is far away the writer has a thread of its own, and other connections go on meanwhile. Where it is in
this process a commit takes less than to go from one thread to another and back, which wait for each other at each step:
the connection that completes a group commits it in its turn. What does not work, or would keep its loop waiting, is
left to the thread.

What can't be written keeps dots back, and no record: a mark's error goes to whoever waits for it, and outcomes are kept
and tried again until they are on disk.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from threading import Condition, Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from solacefeed.delivery.event_loop import EventLoop, Signal, its_loop, tell_all
from solacefeed.errors import StoreError, StoreHeld

_log = logging.getLogger(__name__)

M = TypeVar("M")
O = TypeVar("O")  # noqa: E741  # an outcome
V = TypeVar("V")
T = TypeVar("T")

#: Marks, and outcomes, of one commit.
MOST = 500

#: Seconds until outcomes that could not be written are tried again: the first time, and at most.
_FIRST_REST, _LONGEST_REST = 0.05, 5.0


class MarkWriter(Generic[M, O, V]):
    """Writes marks and outcomes by *commit*, in groups: in a thread of its own, or by tasks of a loop in their turn.

    *commit* is given the marks and the outcomes of a group, writes them all or none, and returns for each mark what its
    waiter is told. What it raises beside ``StoreError`` ends the writer, and everybody who waits or comes is told that.
    *crowd* tells how many may come to mark soon: a group waits for them up to *linger* seconds. *in_turn* is within
    what a loop's task commits: there ``StoreHeld`` is raised where it would have to wait. Without it none does.

    What waits to be written is bounded by whoever has it in hand: of each there is a mark or an outcome at a time.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[M], Sequence[O]], Sequence[V]],
        *,
        crowd: Callable[[], int] = lambda: 1,
        linger: float = 0.0,
        in_turn: Callable[[], AbstractContextManager[object]] | None = None,
    ) -> None:
        self._commit = commit
        self._in_turn = in_turn
        self._crowd = crowd
        self._linger = linger
        self._lock = Lock()
        self._news, self._written = Condition(self._lock), Condition(self._lock)
        self._marks: deque[_Waiting[M, V]] = deque()
        self._outcomes: deque[O] = deque()
        self._thread: Thread | None = None
        self._busy = False
        #: Whether another program holds the store, by which no task is to be kept waiting.
        self._is_held = False
        #: Whether its thread waits for anything at all.
        self._is_idle = False
        self._closing = False
        #: Whether somebody waits for all of it to be on disk.
        self._is_awaited = False
        #: Why the last commit did not work; ``None`` once one did.
        self.trouble: StoreError | None = None
        self._end: BaseException | None = None

    def mark(self, item: M) -> V:
        """What *commit* said of it, once its group is on disk. Raises why it is not."""
        waiting: _Waiting[M, V] = _Waiting(item)
        with self._lock:
            self._go_on()
            self._marks.append(waiting)
            loop = self._loop()
            is_enough = len(self._marks) >= self._enough()
            if loop is None and (self._is_idle or is_enough):
                self._wake_writer()
        if loop is not None and is_enough:
            self._write_in_turn()
        elif loop is not None:
            loop.later(self._write_in_turn, self._linger)
        return waiting.wait()

    def settle(self, outcome: O) -> None:
        """Has it written with one of the next groups; nothing is committed here, whatever its caller holds."""
        with self._lock:
            self._go_on()
            self._outcomes.append(outcome)
            loop = self._loop()
            if loop is None and self._is_idle:
                self._wake_writer()
        if loop is not None:
            loop.later(self._write_in_turn, self._linger)

    def flush(self, gives_up: Callable[[], bool] = lambda: False) -> None:
        """Returns when all is on disk; raises why not, where *gives_up* says so while the store does not work."""
        with self._news:
            if self._outcomes:
                self._begin()
                self._wake_writer()
            self._is_awaited = True
            while (self._busy or self._outcomes) and self._end is None:
                if self.trouble is not None and gives_up():
                    self._end = self.trouble
                    self._news.notify()
                else:
                    self._written.wait(timeout=0.2)
            self._is_awaited = False
            if self._end is not None:
                raise self._end

    def close(self, gives_up: Callable[[], bool] = lambda: False) -> None:
        """The same, and then nothing is written any more."""
        try:
            self.flush(gives_up)
        finally:
            with self._news:
                self._closing = True
                self._news.notify()
            if self._thread is not None:
                self._thread.join()

    def _go_on(self) -> None:
        if self._end is not None:
            raise self._end

    def _loop(self) -> EventLoop | None:
        """Whose task writes it in its turn; else the thread is there for it."""
        loop = its_loop() if self._in_turn and self.trouble is None and not self._is_held else None
        if loop is None:
            self._begin()
        return loop

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="mark writer", daemon=True)
            self._thread.start()

    def _wake_writer(self) -> None:
        """For the first of a group, and when there are enough marks: each time it wakes others wait."""
        self._is_idle = False
        self._news.notify()

    def _enough(self) -> int:
        return min(self._crowd(), MOST)

    # -- a group ----------------------------------------------------------------------------------

    def _write(self, within: Callable[[], AbstractContextManager[object]] = nullcontext) -> bool:
        """Commits what waits by now, unless somebody is at it; false where the store did not take it."""
        with self._lock:
            if self._busy or self._end is not None or not (self._marks or self._outcomes):
                return True
            self._busy = True
            marks, outcomes = _taken(self._marks), _taken(self._outcomes)
        try:
            with within():
                verdicts = self._commit([each.item for each in marks], outcomes)
        except StoreHeld:
            with self._lock:
                self._is_held = True
                self._marks.extendleft(reversed(marks))
                self._outcomes.extendleft(reversed(outcomes))
            return False
        except StoreError as error:
            self._keep(marks, outcomes, error)
            return False
        except BaseException as error:
            self._finish(marks, error)
            return True
        else:
            self.trouble, self._is_held = None, False
            tell_all(marks, verdicts)
            return True
        finally:
            with self._lock:
                self._busy = False
                self._news.notify_all()
                self._written.notify_all()

    def _write_in_turn(self) -> None:
        # What was put back from a long queue is of more than one group.
        for _ in range(len(self._outcomes) // MOST + 1):
            if not self._write(self._in_turn or nullcontext):
                with self._lock:
                    self._begin()
                    self._wake_writer()
                return

    # -- in its own thread ------------------------------------------------------------------------

    def _run(self) -> None:
        rest = _FIRST_REST
        while self._await_group():
            if self._write():
                rest = _FIRST_REST
            else:
                self._rest(rest)
                rest = min(rest * 2, _LONGEST_REST)

    def _await_group(self) -> bool:
        """Whether there is something to be written now; false when nothing is, and nothing comes any more."""
        with self._news:
            while self._busy or not (self._marks or self._outcomes or self._closing or self._end):
                # Each time anew: what it was woken for a connection may have written meanwhile.
                self._is_idle = True
                self._news.wait()
            self._is_idle = False
            self._await_others()
            if self._end is not None:
                self._fail(self._marks, self._end)
                self._marks.clear()
                return False
            return not self._closing or bool(self._marks or self._outcomes)

    def _await_others(self) -> None:
        until = monotonic() + self._linger
        # What is tried again waits for nobody.
        while self._end is None and self.trouble is None and len(self._marks) < self._enough():
            if self._is_awaited or self._closing:
                return
            left = until - monotonic()
            if left <= 0 or not self._news.wait(left):
                return

    def _keep(self, marks: Sequence[_Waiting[M, V]], outcomes: Sequence[O], error: StoreError) -> None:
        # Once, as long as it lasts.
        level = logging.WARNING if self.trouble is None else logging.INFO
        _log.log(level, "%s; %d outcomes are tried again", error, len(outcomes))
        with self._news:
            self.trouble = error
            self._outcomes.extendleft(reversed(outcomes))
        self._fail(marks, error)

    def _rest(self, seconds: float) -> None:
        """Before the next try; who comes meanwhile to be marked waits as long."""
        until = monotonic() + seconds
        with self._news:
            while self._end is None and (left := until - monotonic()) > 0:
                self._news.wait(left)

    def _finish(self, marks: Sequence[_Waiting[M, V]], error: BaseException) -> None:
        with self._news:
            self._end = error
            self._fail([*marks, *self._marks], error)
            self._marks.clear()
            self._written.notify_all()

    @staticmethod
    def _fail(marks: Iterable[_Waiting[M, V]], error: BaseException) -> None:
        for waiting in marks:
            waiting.fail(error)


class _Waiting(Signal[V], Generic[M, V]):
    """A mark, and whoever waits for it."""

    __slots__ = ("item",)

    def __init__(self, item: M) -> None:
        super().__init__()
        self.item = item


def _taken(queue: deque[T]) -> list[T]:
    return [queue.popleft() for _ in range(min(len(queue), MOST))]
