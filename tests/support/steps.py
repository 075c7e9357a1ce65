"""How much work is done, counted and not timed: the same on a busy machine as on a quiet one.

What our own lines do is counted line by line. What a library does within one of them can't be counted; a test of that
has ``patience``, which ends what would go on for minutes, and says nothing of what takes seconds.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import solacefeed

HOUSE = str(Path(solacefeed.__file__).parent)
#: Of this process's own time, which stands still while others work.
PATIENCE_SECONDS = 120


class Endless(BaseException):
    """Nobody would have waited for this; nothing of ours catches it."""


def steps(work: Callable[[], object]) -> int:
    """How many lines of ours *work* executes."""
    counted = 0

    def count(_frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal counted
        counted += event == "line"
        return count

    def enter(frame: FrameType, _event: str, _arg: object) -> Any:
        return count if frame.f_code.co_filename.startswith(HOUSE) else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


@contextmanager
def patience() -> Iterator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        raise Endless(f"it was still at work after {PATIENCE_SECONDS} s")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
