"""A world that means harm, and a command that meets it: answers of any size, what the command took, how it ended.

The command is a process of its own from its first byte, so that its memory is its own; a signal can come to it at any
moment. What it took is read from the kernel's high-water mark while it runs.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from time import monotonic
from typing import Any

from tests.support.site import Site

#: What a command may take in memory at most, whatever it meets.
MOST_MEMORY = 300_000_000
#: Where a command that forgets its bounds ends, for the machine's sake.
ADDRESS_SPACE = 3_000_000_000
#: Seconds after which a command will not end any more: far more than any bound.
PATIENCE = 300
#: How often its memory is looked at, in seconds.
_LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer; a body in pieces has no length and may never end."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Serving:
    origin: str
    #: What was asked for, paths with their queries.
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[str], Said]) -> Iterator[Serving]:
    """A server on loopback that gives for each path what *answer* says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.asked.append(self.path)
            said = answer(self.path)
            self.send_response(said.status)
            self.send_header("Content-Type", said.kind)
            for name, value in said.headers.items():
                self.send_header(name, value)
            try:
                self._send_body(said.body)
            except OSError:
                self.close_connection = True  # Who asked has heard enough.

        def _send_body(self, body: bytes | Iterable[bytes]) -> None:
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                return
            self.send_header("Connection", "close")
            self.end_headers()
            for piece in body:
                self.wfile.write(piece)
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Serving(origin=f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    #: Below zero the number of the signal that ended it.
    code: int
    said: str
    #: Bytes of memory that it held at most.
    memory: int
    seconds: float
    #: Seconds from the signal to its end; ``None`` where it ended by itself before.
    heard_within: float | None = None


def done(
    site: Site, words: Sequence[str], *, sent: signal.Signals | None = None, after: float = 0, until: str = ""
) -> Ended:
    """Runs a command to its end; *sent* comes to it *after* seconds, once it has said *until*."""
    log = site.folder / "said.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(site.command(*words), cwd=site.folder, stdout=out, stderr=out)
        began = monotonic()
        resource.prlimit(process.pid, resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        try:
            memory, heard = _watched(process, began, sent, after, lambda: until.encode() in log.read_bytes())
        finally:
            process.kill()
            code = process.wait()
    seconds = monotonic() - began
    return Ended(code=code, said=log.read_text("utf-8"), memory=memory, seconds=seconds, heard_within=heard)


def _watched(
    process: subprocess.Popen[bytes], began: float, sent: signal.Signals | None, after: float, ready: Callable[[], bool]
) -> tuple[int, float | None]:
    ended = os.pidfd_open(process.pid)
    memory, at = 0, None
    try:
        while monotonic() - began < PATIENCE:
            memory = max(memory, _high_water(process.pid))
            if select.select([ended], [], [], _LOOK_EVERY)[0]:
                return memory, None if at is None else monotonic() - at
            if sent is not None and at is None and ready() and monotonic() - began >= after:
                process.send_signal(sent)
                at = monotonic()
        raise AssertionError(f"it was still at work after {PATIENCE} s")
    finally:
        os.close(ended)


def _high_water(pid: int) -> int:
    """The most memory that the process has held; 0 once it is none any more."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def moments(seed: int, number: int, longest: float) -> list[float]:
    """*number* moments of up to *longest* seconds: any, and the same each time."""
    random = Random(seed)  # it need not be unpredictable
    return sorted(random.uniform(0, longest) for _ in range(number))
