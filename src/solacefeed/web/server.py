"""Serves the pages beside the daemon's work; the home of uvicorn.

uvicorn runs in a thread of its own: in the main one it would take the signals and end the process before the copy in
hand is settled.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from solacefeed.errors import ConfigError


@contextmanager
def serving(application: Starlette, listen: str) -> Iterator[None]:
    """Serves *application* at ``HOST:PORT`` until the context ends; raises ``ConfigError`` if that place is taken."""
    host, _, port = listen.rpartition(":")
    try:
        listener = socket.create_server((host.strip("[]"), int(port)), family=_family(host))
    except OSError as error:
        raise ConfigError([f"[web] listen: {listen} can't be listened on: {error.strerror}"]) from error
    config = uvicorn.Config(application, log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="pages")
    with listener:
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
