"""A relay that takes everything, and writes it down before it says so: a process of its own, which no worker's death
reaches.

It tells a pipe of each line (``.``) and each whole message (``b``) that it hears. While it is told to be silent it
takes messages and answers none of their final dots.
"""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from select import select
from typing import BinaryIO, NoReturn

LINE, BODY = b".", b"b"
#: Of one copy: MAIL, RCPT, DATA and the message.
EVENTS = 4
#: Seconds between two looks whether it may speak again.
_LOOK = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRelay:
    """What it hears and tells; made before its process is forked."""

    listener: socket.socket
    #: The recipient of each message, a line each.
    book: Path
    #: Where it tells what it hears.
    tells: int
    #: One octet, shared by all processes: whether it is silent.
    silence: mmap

    def serve(self) -> NoReturn:
        with self.book.open("ab", buffering=0) as book:
            while True:
                wire, _ = self.listener.accept()
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._hear, args=(wire, book), daemon=True).start()

    def _hear(self, wire: socket.socket, book: BinaryIO) -> None:
        try:
            with wire, wire.makefile("rb") as lines:
                wire.sendall(b"220 relay.example.org\r\n")
                self._converse(wire, lines, book)
        except OSError:
            """Its worker is dead."""

    def _converse(self, wire: socket.socket, lines: BinaryIO, book: BinaryIO) -> None:
        recipient = b""
        while line := lines.readline():
            os.write(self.tells, LINE)
            match line[:4].upper():
                case b"EHLO":
                    wire.sendall(b"250-relay.example.org\r\n250 PIPELINING\r\n")
                case b"DATA":
                    wire.sendall(b"354 go\r\n")
                    if not _whole(lines):
                        return
                    book.write(recipient + b"\n")
                    os.write(self.tells, BODY)
                    self._await_speech()
                    wire.sendall(b"250 2.0.0 queued\r\n")
                case b"QUIT":
                    wire.sendall(b"221 bye\r\n")
                    return
                case verb:
                    recipient = line.partition(b"<")[2].partition(b">")[0] if verb == b"RCPT" else recipient
                    wire.sendall(b"250 ok\r\n")

    def _await_speech(self) -> None:
        while self.silence[0]:
            select([], [], [], _LOOK)


def _whole(lines: BinaryIO) -> bool:
    """Whether a message came up to its final dot."""
    while line := lines.readline():
        if line == b".\r\n":
            return True
    return False
