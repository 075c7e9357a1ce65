"""Puts a blog on a free loopback port, over real HTTP/1.1, for as long as a command or a test works.

It answers for any Host, and no port stands in what it says. Nothing is left behind: when the serving ends every
connection is closed and every thread has ended.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from solacefeed.sample.blog import Blog
from solacefeed.sample.faults import Faults, zipped
from solacefeed.sample.feeds import unless_known
from solacefeed.sample.rest import Answer, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, and what it was given."""

    method: str
    #: Path and query.
    target: str
    #: Names in lower case.
    headers: Mapping[str, str]
    #: ``None`` where the connection was dropped.
    status: int | None
    #: Octets of the body on the wire; of a streamed one, those known beforehand.
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A blog that is being served."""

    blog: Blog
    #: Where it is reached: ``http://127.0.0.1:PORT``.
    origin: str
    #: What was asked so far, each noted before its answer leaves.
    requests: list[Asked] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


@contextmanager
def serve(blog: Blog) -> Iterator[Serving]:
    """Serves *blog*, which may be changed meanwhile, until the context ends."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.serving = Serving(blog=blog, origin=f"http://127.0.0.1:{server.server_port}")
        accepting = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        accepting.start()
        try:
            yield server.serving
        finally:
            server.shutdown()
            accepting.join()
            server.serving.faults.end()
            server.hang_up()


class _Server(ThreadingHTTPServer):
    #: Together with ``hang_up`` this lets ``server_close`` wait for every handler's end.
    daemon_threads = False
    serving: Serving

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Ends the connections that clients keep alive."""
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Passes over a client that goes away; the rest is a bug and keeps its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    #: Headers and body leave in two writes; Nagle's algorithm would hold the second back for 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, template: str, *arguments: object) -> None:
        """Silent: ``Serving.requests`` is the log."""

    def _answer(self) -> None:
        serving = self.server.serving
        given = serving.faults.spoilt(self.path, unless_known(answer(serving.blog, self.path), self.headers))
        if given and self._may_zip(given):
            given = zipped(given)
        self._note(given)
        if given is None:
            self.close_connection = True
        else:
            self._send(given)

    def _may_zip(self, given: Answer) -> bool:
        offered = "gzip" in self.headers.get("Accept-Encoding", "")
        return offered and bool(given.body) and given.stream is None and not given.missing

    def _note(self, given: Answer | None) -> None:
        asked = Asked(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            status=given.status if given else None,
            octets=len(given.body) if given and self.command == "GET" else 0,
        )
        self.server.serving.requests.append(asked)

    def _send(self, given: Answer) -> None:
        self.send_response_only(given.status)
        if "Date" not in dict(given.headers):
            self.send_header("Date", self.date_time_string())
        for name, value in given.headers:
            self.send_header(name, value)
        if given.stream is None:
            self.send_header("Content-Length", str(len(given.body) + given.missing))
        if given.stream is not None or given.missing:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(given.body)
            for part in given.stream or ():
                self.wfile.write(part)
