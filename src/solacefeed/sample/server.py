"""Puts a blog on a free loopback port, over real HTTP/1.1, for as long as a command works.

It answers for any Host, and no port stands in what it says. Nothing is left behind: when the serving ends every
connection is closed and every thread has ended.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from solacefeed.sample.answers import Headers
from solacefeed.sample.blog import Blog
from solacefeed.sample.rest import answer


@contextmanager
def serve(blog: Blog) -> Iterator[str]:
    """Serves *blog* until the context ends, at the origin that is yielded: ``http://127.0.0.1:PORT``."""
    with BlogServer(blog, BlogHandler) as server, server.accepting():
        yield server.origin


class BlogServer(ThreadingHTTPServer):
    """A loopback port at which *handler* answers for *blog*."""

    #: Together with ``_hang_up`` this lets ``server_close`` wait for every handler's end.
    daemon_threads = False

    def __init__(self, blog: Blog, handler: type[BlogHandler]) -> None:
        self.blog = blog
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), handler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def accepting(self) -> Iterator[None]:
        """Takes connections while the context lasts, and ends those that clients keep alive."""
        accepting = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        accepting.start()
        try:
            yield
        finally:
            self.shutdown()
            accepting.join()
            self._hang_up()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Passes over a client that goes away; the rest is a bug and keeps its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def _hang_up(self) -> None:
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class BlogHandler(BaseHTTPRequestHandler):
    """Answers as the blog does."""

    server: BlogServer
    protocol_version = "HTTP/1.1"
    #: Headers and body leave in two writes; Nagle's algorithm would hold the second back for 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        given = answer(self.server.blog, self.path)
        about = (("Date", self.date_time_string()), ("Content-Length", str(len(given.body))))
        self.begin(given.status, (*about, *given.headers))
        self.wfile.write(given.body)

    def begin(self, status: int, headers: Headers) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, template: str, *arguments: object) -> None:
        """Silent."""
