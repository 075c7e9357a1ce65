"""SIGTERM and SIGINT: they end well what runs for good or hands mail over, and break off all else.

SIGHUP asks the daemon to read its config again.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from types import FrameType

_Handler = Callable[[int, FrameType | None], object]


class Order(Enum):
    """What a signal asks for."""

    END = "end"
    READ_AGAIN = "read again"


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
def ended_by_signals(stop: threading.Event) -> Iterator[None]:
    """While the context lasts, either signal sets *stop*, and does nothing else."""
    with _handled(lambda _signal, _frame: stop.set(), signal.SIGTERM, signal.SIGINT):
        yield


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
