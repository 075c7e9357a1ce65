"""One thread in which many tasks take turns: each goes on until it waits, and the others go on meanwhile.

A thread for each connection costs more than what it does: with every write one thread lets go of the interpreter, and
another takes it. What is done here is written as in a thread of its own, and waits by ``Wire``, ``Signal`` and
``Apart``; these work outside a loop too, and keep the thread waiting then. So there is one code for both.

The loop looks at all wires once a turn, and no task asks by itself: to ask in vain costs as much as to be answered,
and each time the interpreter may go to another thread.

This is greenlet's home: it keeps a task's place while others are at work.
"""

from __future__ import annotations

import select
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import ceil
from socket import socket, socketpair
from time import monotonic
from typing import Any, Generic, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")

#: Of the bell that other threads ring, at a time.
_RINGS = 4096

_NEVER = float("inf")

_TOO_LONG = "it took too long"


class _Here(threading.local):
    """Which task this thread is at."""

    task: _Task | None = None


_here = _Here()


class EventLoop:
    """Begins its thread with the first task; the thread ends after ``close`` and the last of them.

    A task raises nothing: whoever begins it sees to that.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None
        self._main: Any = None
        self._poll = select.poll()
        #: Those that it looks at, by number.
        self._wires: dict[int, Wire] = {}
        #: What is to be done next, by whichever thread it was said.
        self._calls: deque[Callable[[], object]] = deque()
        self._bell, self._button = socketpair()
        self._bell_number = self._bell.fileno()
        for end in (self._bell, self._button):
            end.setblocking(False)
        self._is_rung = False
        self._tasks = 0
        self._closing = False
        #: Until then nobody has waited too long.
        self._look_at = _NEVER
        #: What is done later, and when; and the first of these instants.
        self._later: dict[Callable[[], object], float] = {}
        self._later_at = _NEVER

    def begin(self, work: Callable[[], object]) -> None:
        """Has *work* done in turns with the others; may be called by any thread."""
        self.call(lambda: self._begin(work))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def call(self, *what: Callable[[], object]) -> None:
        """Has *what*, which waits for nothing, done soon in the loop's thread; may be called by any thread."""
        self._calls.extend(what)
        if not self._is_rung and threading.current_thread() is not self._thread:
            self._is_rung = True
            self._ring()

    def close(self) -> None:
        """No task is begun from without any more."""
        self._closing = True
        if self._thread is None:
            self._end()
        else:
            self._ring()

    def _ring(self) -> None:
        # A bell that is full rings, and one that is gone need not.
        with suppress(OSError):
            self._button.send(b"!")

    # -- in its own thread ------------------------------------------------------------------------

    def _run(self) -> None:
        self._main = getcurrent()
        self._poll.register(self._bell_number, select.POLLIN)
        while self._calls or self._tasks or not self._closing:
            # Whoever goes on knows what has come by wire until then; and who has been answered is heard before anybody
            # is told that they have waited too long.
            self._hear(self._patience())
            if (now := monotonic()) >= self._look_at:
                # Also what came while others went on, however long they kept all waiting.
                self._hear(0)
                self._tell_the_late(now)
            if now >= self._later_at:
                self._do_what_is_due(now)
            for _ in range(len(self._calls)):
                self._calls.popleft()()
        self._end()

    def _hear(self, patience: int | None) -> None:
        for number, _ in self._poll.poll(patience):
            if number == self._bell_number:
                self._bell.recv(_RINGS)
                # Not before: what rings meanwhile would be silent from then on.
                self._is_rung = False
            elif wire := self._wires.get(number):
                self._has_come(wire)

    def _end(self) -> None:
        self._bell.close()
        self._button.close()

    def _patience(self) -> int | None:
        """For how many milliseconds nothing is to be done unless something comes."""
        if self._calls or (self._closing and not self._tasks):
            return 0
        at = min(self._look_at, self._later_at)
        return None if at == _NEVER else max(0, ceil((at - monotonic()) * 1000))

    def _has_come(self, wire: Wire) -> None:
        """What *wire* is looked at for."""
        wire.may_have_news = wire.may_have_news or wire.looked_at_for == select.POLLIN
        if wire.task is None:
            # Told once, until somebody reads it.
            self.look_at(wire, 0)
        else:
            task, wire.task = wire.task, None
            self._go_on(task)

    def _do_what_is_due(self, now: float) -> None:
        due = [what for what, at in self._later.items() if at <= now]
        for what in due:
            del self._later[what]
        self._later_at = min(self._later.values(), default=_NEVER)
        for what in due:
            what()

    def _tell_the_late(self, now: float) -> None:
        waiting = [wire for wire in self._wires.values() if wire.task is not None]
        for wire in waiting:
            if wire.until <= now and wire.task is not None:
                task, wire.task = wire.task, None
                wire.is_late = True
                self.call(task.go_on)
        self._look_at = min((wire.until for wire in waiting if wire.task is not None), default=_NEVER)

    def _begin(self, work: Callable[[], object]) -> None:
        def done() -> None:
            try:
                work()
            finally:
                self._tasks -= 1

        self._tasks += 1
        self._go_on(_Task(self, greenlet(done)))

    def _go_on(self, task: _Task) -> None:
        _here.task = task
        try:
            task.place.switch()
        finally:
            _here.task = None

    # -- for the tasks ----------------------------------------------------------------------------

    def look_at(self, wire: Wire, events: int) -> None:
        """From now on, and for these events alone; 0 for none."""
        if events:
            self._wires[wire.number] = wire
            self._poll.register(wire.number, events)
        elif self._wires.pop(wire.number, None):
            self._poll.unregister(wire.number)
        wire.looked_at_for = events

    def later(self, what: Callable[[], object], seconds: float) -> None:
        """By a task: has *what*, which raises nothing, done once within so many *seconds*, however often it is said."""
        if what not in self._later:
            self._later[what] = at = monotonic() + seconds
            self._later_at = min(self._later_at, at)

    def rest(self) -> None:
        """By a task: the others go on."""
        self._main.switch()

    def rest_until(self, wire: Wire, until: float) -> bool:
        """The same, until it is told of *wire*; whether that was in time."""
        wire.task, wire.until, wire.is_late = _here.task, until, False
        self._look_at = min(self._look_at, until)
        self._main.switch()
        return not wire.is_late


def its_loop() -> EventLoop | None:
    """Of the task that asks; ``None`` outside."""
    return _here.task.loop if _here.task else None


class _Task:
    __slots__ = ("loop", "place")

    def __init__(self, loop: EventLoop, place: Any) -> None:
        self.loop = loop
        self.place = place

    def go_on(self) -> None:
        """In the loop's thread."""
        self.loop._go_on(self)

    def wake(self) -> None:
        """By any thread."""
        self.loop.call(self.go_on)


class Wire:
    """A socket that keeps no thread waiting, and whoever waits for it: one task of the loop in which it is made.

    Outside a loop it waits by itself.
    """

    __slots__ = ("_loop", "_socket", "is_late", "looked_at_for", "may_have_news", "number", "task", "until")

    def __init__(self, socket: socket) -> None:
        self._socket = socket
        self._loop = _here.task.loop if _here.task else None
        self.number = socket.fileno()
        #: Whether there may be something to read, or the end, as far as was looked; outside a loop nobody looks.
        self.may_have_news = True
        #: For its loop: what it is looked at for, and who waits until when.
        self.looked_at_for = 0
        self.task: _Task | None = None
        self.until = _NEVER
        self.is_late = False

    def was_read(self) -> None:
        """All that had come, as far as was looked."""
        if self._loop is not None:
            self.may_have_news = False
            if self.looked_at_for != select.POLLIN:
                self._loop.look_at(self, select.POLLIN)

    def await_news(self, until: float) -> None:
        """Returns when it can be read; raises ``TimeoutError`` at the instant *until* of ``monotonic``."""
        if self._loop is None or self.looked_at_for != select.POLLIN:
            self._await(select.POLLIN, until)
        elif not self._loop.rest_until(self, until):
            # Of nearly all of them it is looked at for that already.
            raise TimeoutError(_TOO_LONG)

    def await_room(self, until: float) -> None:
        """The same of writing."""
        self._await(select.POLLOUT, until)

    def leave(self) -> None:
        """Before it is closed."""
        if self._loop is not None:
            self._look(self._loop, 0)

    def _await(self, events: int, until: float) -> None:
        if self._loop is None:
            poll = select.poll()
            poll.register(self._socket, events)
            is_ready = bool(poll.poll(max(0, ceil((until - monotonic()) * 1000))))
        else:
            if self.looked_at_for != events:
                self._loop.look_at(self, events)
            is_ready = self._loop.rest_until(self, until)
            if events != select.POLLIN:
                self._look(self._loop, 0 if self.may_have_news else select.POLLIN)
        if not is_ready:
            raise TimeoutError(_TOO_LONG)

    def _look(self, loop: EventLoop, events: int) -> None:
        if self.looked_at_for != events:
            loop.look_at(self, events)


class Signal(Generic[T]):
    """Given once, by any thread, with what it tells; made by the one that waits for it, and waits for nothing else."""

    __slots__ = ("_error", "_lock", "_task", "_told")

    def __init__(self) -> None:
        self._task = _here.task
        self._error: BaseException | None = None
        self._lock: threading.Lock | None = None
        if self._task is None:
            # Of all that wakes one thread the cheapest.
            self._lock = threading.Lock()
            self._lock.acquire()

    def wait(self) -> T:
        """What was told; raises the error that was."""
        if self._lock is not None:
            self._lock.acquire()
        elif self._task is not None:
            self._task.loop.rest()
        if self._error is not None:
            raise self._error
        return self._told

    def tell(self, told: T) -> None:
        self._told = told
        self._give()

    def fail(self, error: BaseException) -> None:
        self._error = error
        self._give()

    def _give(self) -> None:
        if self._task is not None:
            self._task.wake()
        elif self._lock is not None:
            self._lock.release()


def tell_all(signals: Iterable[Signal[T]], told: Iterable[T]) -> None:
    """The same of many, each of which is told its own; a loop is woken once for all that wait in it."""
    waiting: dict[EventLoop, list[Callable[[], object]]] = {}
    for signal, its in zip(signals, told, strict=True):
        signal._told = its
        if signal._task is None:
            signal._give()
        else:
            waiting.setdefault(signal._task.loop, []).append(signal._task.go_on)
    for loop, tasks in waiting.items():
        loop.call(*tasks)


class Apart(Generic[T]):
    """What *work* returns, which may keep its thread waiting: in a loop it gets one of its own.

    It is begun by ``wait``. Whoever waits may be told by another thread to wait no longer; what comes after that is
    *unwanted*.
    """

    def __init__(self, work: Callable[[], T], *, unwanted: Callable[[T], object] = lambda _: None) -> None:
        self._work = work
        self._unwanted = unwanted
        self._signal: Signal[T] = Signal()
        self._telling = threading.Lock()
        self._is_told = False

    def wait(self) -> T:
        if _here.task is None:
            return self._work()
        threading.Thread(target=self._do, name="apart from the loop", daemon=True).start()
        return self._signal.wait()

    def give_up(self, error: BaseException) -> None:
        """Who waits is raised *error*, unless there is nothing to wait for any more; outside a loop nobody is."""
        if self._is_first():
            self._signal.fail(error)

    def _do(self) -> None:
        try:
            told = self._work()
        except BaseException as error:
            self.give_up(error)
            return
        if self._is_first():
            self._signal.tell(told)
        else:
            self._unwanted(told)

    def _is_first(self) -> bool:
        with self._telling:
            was_told, self._is_told = self._is_told, True
            return not was_told
