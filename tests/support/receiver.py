"""A web server of our own on the loopback that is told of alarms: it answers as it is told to, and keeps what came."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Answers each call with *status*; while *silent*, with nothing."""

    def __init__(self) -> None:
        self.status = 204
        #: What it answers instead, of the path that was asked for.
        self.says: Callable[[str], bytes] | None = None
        self.silent = False
        self.calls: list[Call] = []
        self._came = Condition()
        self._ending = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def paths(self) -> list[str]:
        return [call.path for call in self.calls]

    def until(self, path: str, times: int = 1, *, patience: float = 60) -> None:
        """Waits until *path* was called so often; raises where it is not within *patience* seconds."""
        with self._came:
            if not self._came.wait_for(lambda: self.paths.count(path) >= times, patience):
                raise AssertionError(f"{path} was not called {times} times: {self.paths}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                receiver._take(self, b"")

            def do_POST(self) -> None:
                receiver._take(self, self.rfile.read(int(self.headers.get("Content-Length", "0"))))

            def log_message(self, *words: object) -> None:
                """It says nothing."""

        return Handler

    def _take(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._came:
            self.calls.append(Call(method=handler.command, path=handler.path, headers=headers, body=body))
            self._came.notify_all()
        if self.silent:
            self._ending.wait(30)
            return
        if self.says is not None:
            handler.wfile.write(self.says(handler.path))
            return
        handler.send_response(self.status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
