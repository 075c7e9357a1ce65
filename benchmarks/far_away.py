"""A server as it is met from far away: each piece of what either side says is held back for half a journey.

python -m benchmarks.far_away TARGET MILLISECONDS [SOCKET]

TARGET is a port of this machine, or the path of a socket; so is what it listens at: SOCKET, else a port that it tells
in a line. It ends with its standard input. It knows no windows and no losses: only the time is like that of a network,
and for whoever comes alike.
"""

from __future__ import annotations

import select
import socket
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

_PIECE = 1 << 18


@dataclass(eq=False, slots=True)
class Way:
    """From one side to the other."""

    source: socket.socket
    target: socket.socket
    #: What has arrived there and could not be written yet.
    arrived: bytearray = field(default_factory=bytearray)
    ended: bool = False


class Distance:
    """Listens, and holds back; *seconds* are those of one way."""

    def __init__(self, listener: socket.socket, target: str, seconds: float) -> None:
        self._listener = listener
        self._target = target
        self._seconds = seconds
        self._poll = select.epoll()
        self._by_number: dict[int, Way] = {}
        #: What is under way, in its order: when it arrives, and where; nothing for an end.
        self._under_way: deque[tuple[float, Way, bytes]] = deque()
        self._poll.register(listener, select.EPOLLIN)
        self._poll.register(sys.stdin, select.EPOLLIN)

    def serve(self) -> None:
        while True:
            for number, events in self._poll.poll(self._until_next()):
                if number == self._listener.fileno():
                    self._accept()
                elif number == sys.stdin.fileno():
                    return
                else:
                    self._serve(number, events)
            self._arrive()

    def _until_next(self) -> float | None:
        return max(self._under_way[0][0] - monotonic(), 0) if self._under_way else None

    def _accept(self) -> None:
        here, _ = self._listener.accept()
        there = connected(self._target)
        for source, target in ((here, there), (there, here)):
            source.setblocking(False)
            if source.family == socket.AF_INET:
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._by_number[source.fileno()] = Way(source, target)
            self._poll.register(source, select.EPOLLIN)

    def _serve(self, number: int, events: int) -> None:
        way = self._by_number.get(number)
        if way is None:
            return
        if events & select.EPOLLOUT:
            self._write(self._by_number[way.target.fileno()])
        if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            self._read(way)

    def _read(self, way: Way) -> None:
        try:
            piece = way.source.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self._under_way.append((monotonic() + self._seconds, way, piece))
        if not piece:
            self._poll.modify(way.source, 0)

    def _arrive(self) -> None:
        now = monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            _, way, piece = self._under_way.popleft()
            if way.target.fileno() < 0:
                continue
            if piece:
                way.arrived += piece
                self._write(way)
            else:
                self._end(way)

    def _write(self, way: Way) -> None:
        with suppress(OSError):
            while way.arrived:
                del way.arrived[: way.target.send(way.arrived)]
        wanted = select.EPOLLIN | (select.EPOLLOUT if way.arrived else 0)
        with suppress(OSError):
            self._poll.modify(way.target, wanted)

    def _end(self, way: Way) -> None:
        """Both sides are let go as soon as one has gone: nobody here closes half of a connection."""
        for side in (way.source, way.target):
            if side.fileno() >= 0:
                self._by_number.pop(side.fileno(), None)
                with suppress(OSError):
                    self._poll.unregister(side)
                side.close()


def connected(target: str) -> socket.socket:
    if target.isdigit():
        return socket.create_connection(("127.0.0.1", int(target)), timeout=10)
    wire = socket.socket(socket.AF_UNIX)
    wire.connect(target)
    return wire


def listening(path: str | None) -> socket.socket:
    if path is None:
        return socket.create_server(("127.0.0.1", 0), backlog=200)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(200)
    return listener


def main() -> None:
    target, milliseconds, *path = sys.argv[1:]
    with listening(path[0] if path else None) as listener:
        print(path[0] if path else listener.getsockname()[1], flush=True)
        Distance(listener, target, float(milliseconds) / 1000 / 2).serve()


if __name__ == "__main__":
    main()
