"""SIGTERM and SIGINT: they end well what runs for good or hands mail over, and break off all else.

SIGHUP asks the daemon to read its config again.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from queue import Empty, SimpleQueue
from select import select
from socket import socketpair
from time import monotonic
from types import FrameType, TracebackType
from typing import Self

#: Of the bell, at a time.
_RINGS = 4096

_Handler = Callable[[int, FrameType | None], object]


class Order(Enum):
    """What a signal asks for."""

    END = "end"
    READ_AGAIN = "read again"


class Orders:
    """Orders for the main thread, in which alone one is made: given by signals, or by other threads.

    The system may hand a signal to any thread, and then nothing would wake the main one, in which Python does what the
    signal is for: so the bell is rung by Python's own handler in C (``signal.set_wakeup_fd``).
    """

    def __init__(self) -> None:
        # Its ``put`` may come in the midst of its ``get``.
        self._given: SimpleQueue[Order] = SimpleQueue()
        self._bell, self._button = socketpair()
        for end in (self._bell, self._button):
            end.setblocking(False)

    def __enter__(self) -> Self:
        self._rung_before = signal.set_wakeup_fd(self._button.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.set_wakeup_fd(self._rung_before)
        self._bell.close()
        self._button.close()

    def give(self, order: Order) -> None:
        """May be called by any thread, and in the midst of whatever the main one is at."""
        self._given.put(order)
        # A bell that is full rings, and one that is gone need not.
        with suppress(OSError):
            self._button.send(b"!")

    def next(self, within: float | None) -> Order | None:
        """The next one, as soon as it is given; ``None`` when none was *within* so many seconds."""
        ends = None if within is None else monotonic() + within
        while True:
            with suppress(Empty):
                return self._given.get_nowait()
            left = None if ends is None else ends - monotonic()
            if left is not None and left <= 0:
                return None
            select([self._bell], [], [], left)
            with suppress(BlockingIOError):
                self._bell.recv(_RINGS)

    @property
    def are_waiting(self) -> bool:
        return not self._given.empty()


@contextmanager
def ordered_by_signals(give: Callable[[Order], object], *, again: bool = False) -> Iterator[None]:
    """While the context lasts, SIGTERM and SIGINT *give* the order to end; with *again* SIGHUP alone, to read again.

    *give* is called in the midst of whatever the main thread is at, and must wait for nothing.
    """
    numbers = (signal.SIGHUP,) if again else (signal.SIGTERM, signal.SIGINT)
    order = Order.READ_AGAIN if again else Order.END
    with _handled(lambda _signal, _frame: give(order), *numbers):
        yield


@contextmanager
def ended_by_signals(stop: threading.Event, *, within: float, last_words: str) -> Iterator[None]:
    """While the context lasts, either signal sets *stop*, and does nothing else.

    Where it lasts for more than *within* seconds after that, whatever holds it up, the process says its *last_words* on
    stderr and is gone with 1, as by kill -9. A thread hears the signal: the main one, in which alone Python does what
    it is for, may be in the midst of a database's wait.
    """
    numbers, over = (signal.SIGTERM, signal.SIGINT), threading.Event()
    bell, button = socketpair()
    button.setblocking(False)

    def hear() -> None:
        while said := bell.recv(1):
            if said[0] in numbers:
                stop.set()
                if not over.wait(within):
                    with suppress(OSError):
                        os.write(2, f"{last_words}\n".encode(errors="backslashreplace"))
                    os._exit(1)

    hearing = threading.Thread(target=hear, name="hears signals", daemon=True)
    with bell:
        try:
            with button:
                before = signal.set_wakeup_fd(button.fileno(), warn_on_full_buffer=False)
                hearing.start()
                try:
                    with _handled(lambda _signal, _frame: stop.set(), *numbers):
                        yield
                finally:
                    over.set()
                    signal.set_wakeup_fd(before)
        finally:
            hearing.join()


@contextmanager
def broken_off_by_signals() -> Iterator[None]:
    """While the context lasts, either signal raises ``KeyboardInterrupt``, whatever is waited for."""
    with _handled(signal.default_int_handler, signal.SIGTERM, signal.SIGINT):
        yield


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """While the context lasts, SIGTERM raises ``KeyboardInterrupt``, as SIGINT does: what is under way is tidied up.

    Only a process's main thread hears signals; in another one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _handled(signal.default_int_handler, signal.SIGTERM):
        yield


@contextmanager
def _handled(handler: _Handler, *numbers: signal.Signals) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
