"""What the system may deny a process: permissions, also to root, and room on a disk.

Root, as whom tests may run, is let through by two capabilities. On Linux each thread has capabilities of its own, and
may take up again what it has put down: capget(2), capset(2).
"""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
#: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.
_PASSES_BY_BITS = 1 << 1 | 1 << 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def bits_bind() -> Iterator[None]:
    """Within it this thread may read, write and enter only what the bits of files and folders say that it may."""
    if os.geteuid() != 0:
        yield
        return
    system, header, sets = ctypes.CDLL(None, use_errno=True), _Header(_VERSION_3, 0), (_Set * 2)()
    _done(system.capget(ctypes.byref(header), sets))
    before = sets[0].effective
    sets[0].effective &= ~_PASSES_BY_BITS
    _done(system.capset(ctypes.byref(header), sets))
    try:
        yield
    finally:
        sets[0].effective = before
        _done(system.capset(ctypes.byref(header), sets))


@contextmanager
def no_room() -> Iterator[None]:
    """Within it no file grows: whatever is written is refused, as by a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _done(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
