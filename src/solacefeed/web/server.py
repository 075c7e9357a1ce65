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
from starlette.types import ASGIApp

from solacefeed.errors import ConfigError


@contextmanager
def serving(application: ASGIApp, listen: str) -> Iterator[int]:
    """Serves *application* at ``HOST:PORT`` until the context ends, and tells the port, which 0 leaves to the system.

    Raises ``ConfigError`` when it can't listen there.
    """
    host, _, port = listen.rpartition(":")
    try:
        listener = socket.create_server((host.strip("[]"), int(port)), family=_family(host))
    except OSError as error:
        # Python adds the address to the words: "... (while attempting to bind on address ...)".
        cause = str(error.strerror).partition(" (")[0].lower()
        raise ConfigError([f"[web] listen: {listen} can't be listened on: {cause}"]) from error
    config = uvicorn.Config(
        application,
        # An access log would keep the tokens of links.
        access_log=False,
        log_level="warning",
        lifespan="off",
        server_header=False,
        # Who asks is read by web.clients: uvicorn would take anybody's word that comes from this machine.
        proxy_headers=False,
        http="httptools",
        ws="none",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="pages")
    with listener:
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
