"""SIGTERM and SIGINT: they end what runs for good, and end it well; and break off what keeps nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ended_by_signals(stop: threading.Event) -> Iterator[None]:
    """While the context lasts, either signal sets *stop*, and does nothing else."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def broken_off_by_signals() -> Iterator[None]:
    """While the context lasts, either signal raises ``KeyboardInterrupt``, whatever is waited for."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
