"""A wire to PostgreSQL that breaks when it is told to, in the midst of a commit: a process of its own.

Whoever connects to its socket talks to the server whose socket is at ``leads``, which may become another one. Of the
next commits as many as it is told are broken: every other one before the server hears of it, and the others when it is
done and its answer was on the way. Who asked for it can't know which. A statement by itself is a commit, too.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path
from typing import Any, NoReturn

from tests.deeds.killing import forked

#: How PostgreSQL calls its socket in a folder.
_NAME = ".s.PGSQL.5432"
#: How a commit ends, as the driver says it: a word, or a statement that is a transaction of its own (protocol message
#: Sync, of which those within a transaction have one as well).
_COMMIT, _SYNC = b"COMMIT\0", b"S\0\0\0\4"
#: Octets that are passed on at once.
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakWire:
    """*folder* is what whoever connects is told; what stands at *leads* there, the server's."""

    folder: Path
    #: Shared by all processes: an octet with how many commits are to be broken, and four with how many were.
    told: mmap

    def lead_to(self, folder: Path) -> None:
        """From now on whoever connects comes to the server whose socket is there."""
        fresh = self.folder / "fresh"
        fresh.symlink_to(folder)
        fresh.replace(self.folder / "leads")

    def break_commits(self, number: int) -> None:
        self.told[0] = number

    @property
    def broken(self) -> int:
        """How many commits were."""
        return int.from_bytes(self.told[1:5])


@contextmanager
def weak_wire(folder: Path) -> Iterator[WeakWire]:
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / _NAME))
        listener.listen(200)
        listener.setblocking(False)
        wire = WeakWire(folder=folder, told=mmap(-1, 5))
        number = forked(_Passing(wire, listener).serve)
        try:
            yield wire
        finally:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)


@dataclass(eq=False, slots=True)
class _End:
    """One end of a connection; what comes from there goes to the *other* one."""

    wire: socket.socket
    is_server: bool
    other: _End | None = None
    #: What it is still to be told.
    unsent: bytearray = field(default_factory=bytearray)
    #: Whether the next word of it is the last thing that is heard.
    ends: bool = False


class _Passing:
    def __init__(self, wire: WeakWire, listener: socket.socket) -> None:
        self._wire = wire
        self._listener = listener
        self._waits = selectors.DefaultSelector()

    def serve(self) -> NoReturn:
        self._waits.register(self._listener, selectors.EVENT_READ)
        while True:
            for key, events in self._waits.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.data.other is not None:
                    self._serve(key.data, events)

    def _accept(self) -> None:
        ours, _ = self._listener.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self._wire.folder / "leads" / _NAME))
        except OSError:
            ours.close()
            server.close()
            return
        one, two = _End(ours, is_server=False), _End(server, is_server=True)
        one.other, two.other = two, one
        for each in (one, two):
            each.wire.setblocking(False)
            self._waits.register(each.wire, selectors.EVENT_READ, each)

    def _serve(self, end: _End, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._tell(end, b"")
            if events & selectors.EVENT_READ:
                self._hear(end)
        except OSError:
            self._close(end)

    def _hear(self, end: _End) -> None:
        octets = end.wire.recv(_PIECE)
        other = end.other
        if not octets or end.ends or other is None:
            self._close(end)
        elif not end.is_server and self._breaks(octets):
            if self._wire.broken % 2:
                # The server does it, and nobody hears of it.
                other.ends = True
                self._tell(other, octets)
            else:
                self._close(end)
        else:
            self._tell(other, octets)

    def _breaks(self, octets: bytes) -> bool:
        if not self._wire.told[0] or not octets.endswith((_COMMIT, _SYNC)):
            return False
        self._wire.told[0] -= 1
        self._wire.told[1:5] = (self._wire.broken + 1).to_bytes(4)
        return True

    def _tell(self, end: _End, octets: bytes) -> None:
        end.unsent += octets
        with suppress(BlockingIOError):
            while end.unsent:
                del end.unsent[: end.wire.send(end.unsent)]
        self._waits.modify(end.wire, _interest(end), end)

    def _close(self, end: _End) -> None:
        other, end.other = end.other, None
        for each in (end, other):
            if each is not None:
                each.other = None
                self._waits.unregister(each.wire)
                each.wire.close()


def _interest(end: _End) -> Any:
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if end.unsent else 0)
