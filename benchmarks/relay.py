"""The relay that all hand over to: Postfix's smtp-sink where that is on the PATH, else one of our own.

Both take everything and keep nothing.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from time import sleep
from typing import Any

from benchmarks.children import Failed, child, python

#: Of connections that wait to be taken.
BACKLOG = 500


@contextmanager
def relay() -> Iterator[int]:
    """Its port."""
    sink = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin:/usr/lib/postfix/sbin")
    if sink is None:
        with child(python("relay")) as ours:
            yield int(ours.line(within=30))
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    with child([sink, *as_nobody, f"127.0.0.1:{port}", str(BACKLOG)]):
        wait_for(port)
        yield port


@contextmanager
def far(target: int | str, milliseconds: float, path: str | None = None) -> Iterator[str]:
    """Where *target* is met so far away: a port, or *path*. *milliseconds* are there and back."""
    with child(python("far_away", target, milliseconds, *([path] if path else []))) as proxy:
        yield proxy.line(within=30)


def wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        sleep(0.05)
    raise Failed(f"no relay listens at port {port}")


# -- our own ----------------------------------------------------------------------------------------------


def answer(listener: socket.socket) -> None:
    while True:
        wire, _ = listener.accept()
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Thread(target=converse, args=(wire,), daemon=True).start()


def converse(wire: socket.socket) -> None:
    with suppress(OSError), wire, wire.makefile("rwb") as file:
        hear(file)


def hear(file: Any) -> None:
    def say(line: bytes) -> None:
        file.write(line + b"\r\n")
        file.flush()

    say(b"220 relay.example.org")
    while line := file.readline():
        verb = line[:4].upper()
        if verb == b"EHLO":
            say(b"250-relay.example.org\r\n250 PIPELINING")
        elif verb == b"DATA":
            say(b"354 go")
            while file.readline() != b".\r\n":
                """The message."""
            say(b"250 2.0.0 queued")
        elif verb == b"QUIT":
            say(b"221 2.0.0 bye")
            return
        else:
            say(b"250 2.0.0 ok")


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener:
        print(listener.getsockname()[1], flush=True)
        Thread(target=answer, args=(listener,), daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
