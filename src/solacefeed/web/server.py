"""Serves the pages and the documents; with ``connections`` the home of uvicorn.

uvicorn runs in a thread of its own: in the main one it would take the signals and end the process before the copy in
hand is settled. httptools reads requests and uvloop waits for them, where the system has them: each several times as
fast as what stands in for it.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from solacefeed.errors import ConfigError
from solacefeed.web.application import Application, Current
from solacefeed.web.connections import WHOLE_WITHIN, Connection, Connections, most_connections

#: Seconds that an answer which is under way at the end may still take.
_LAST_ANSWERS = 5


@contextmanager
def serving(
    application: Application | Current, listen: str, *, most: int | None = None, key: str = "[web] listen"
) -> Iterator[int]:
    """Serves *application* at ``HOST:PORT`` until the context ends, and tells the port, which 0 leaves to the system.

    *most* is how many connections there may be at once. Raises ``ConfigError`` when it can't listen there, with the
    config's *key*.
    """
    with listening(listen, key=key) as listener, serving_on(listener, application, most=most):
        yield port_of(listener)


@contextmanager
def serving_on(
    listener: socket.socket, application: Application | Current, *, most: int | None = None
) -> Iterator[None]:
    """Serves *application* to all who have come to *listener*, also before, until the context ends."""
    server = _Server(application, Connections(most=most or most_connections()))
    thread = threading.Thread(target=server.run, args=([listener],), name="pages")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def listening(listen: str, *, key: str = "[web] listen") -> socket.socket:
    """A socket that listens at ``HOST:PORT``: who comes before anybody serves there waits. Raises ``ConfigError``."""
    host, _, port = listen.rpartition(":")
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=_family(host))
    except OSError as error:
        # Python adds the address to the words: "... (while attempting to bind on address ...)".
        cause = str(error.strerror).partition(" (")[0].lower()
        raise ConfigError([f"{key}: {listen} can't be listened on: {cause}"]) from error


class _Server(uvicorn.Server):
    """uvicorn's, which sees to it once a second that no client holds a connection for ever."""

    def __init__(self, application: Application | Current, connections: Connections) -> None:
        protocol: Any = partial(Connection, connections=connections, ready=application.ready)
        super().__init__(
            uvicorn.Config(
                application,
                http=protocol,
                ws="none",
                lifespan="off",
                # An access log would keep the tokens of links; and what strangers send amiss is no news.
                access_log=False,
                # What it says goes where all else is logged.
                log_config=None,
                log_level="error",
                server_header=False,
                # Who asks is read by web.clients: uvicorn would take anybody's word that comes from this machine.
                proxy_headers=False,
                timeout_keep_alive=int(WHOLE_WITHIN),
                timeout_graceful_shutdown=_LAST_ANSWERS,
            )
        )
        self._connections = connections

    async def on_tick(self, counter: int) -> bool:
        # Ten times a second.
        if counter % 10 == 0:
            self._connections.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
