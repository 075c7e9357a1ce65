"""The C library's heap, as a process wants it that runs for good and is idle for most of that."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

#: ``M_TRIM_THRESHOLD`` and ``M_ARENA_MAX`` of glibc's mallopt(3).
_TRIM_THRESHOLD: Final = -1
_ARENA_MAX: Final = -8


def keep_little() -> None:
    """Lets what was freed go back to the system, and all threads share two heaps; does nothing where libc is no glibc.

    By itself glibc gives each thread a heap of its own, and keeps more of it the larger what was freed is: after a
    first publish that is six megabytes. Python's threads take turns, so that they lose nothing by sharing.
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, 2)
        mallopt(_TRIM_THRESHOLD, 128 * 1024)
