"""One client's connection: what it may take of memory and of time, and documents answered without a detour.

uvicorn reads a head of any length and waits for the rest of a request for ever, so that a thousand clients who send a
letter now and then would have all that the machine gives. Here a request has come whole after ``WHOLE_WITHIN`` seconds,
or its connection ends; and where there are too many connections, the one that has been waited for longest makes room.
A client that takes no bytes ends in the same way, and so does one that asks for much more before it has had an answer.

A document that is in memory is answered as soon as its request is read: uvicorn's own way through a task and its
messages costs several times as much as the answer itself. It goes that way wherever anything has to be waited for.
"""

from __future__ import annotations

import asyncio
import resource
from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from solacefeed.web.documents import DocumentAnswer, Header

#: Seconds from the beginning of a request, or of the wait for one, to its end.
WHOLE_WITHIN = 30.0
#: Bytes of a request's first line and headers.
LONGEST_HEAD = 32 * 1024
#: Bytes of a request, whatever of it is read.
LONGEST_REQUEST = 1024 * 1024
#: Requests of one client that wait for their answers; browsers send the next when they have had the one before.
MOST_UNANSWERED = 20
#: Connections at once, where the system gives as many files.
MOST_CONNECTIONS = 1000
#: Files that everything else has use for.
_FILES_BESIDE = 200
#: Bytes of a document that goes out in one piece with its head.
_ONE_WRITE = 64 * 1024
#: Bytes a second that a client takes of what it asked for.
_SLOWEST = 1024

#: What answers a request at once, by its method, path and headers; ``None`` where it can't.
Ready = Callable[[str, str, Iterable[Header], str], DocumentAnswer | None]


def most_connections() -> int:
    """How many there may be, by how many files the system lets this process open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(min(MOST_CONNECTIONS, soft - _FILES_BESIDE), 10)


class Connections:
    """All of a server's; each is at work for its client, or waited for, since when."""

    def __init__(self, *, most: int, whole_within: float = WHOLE_WITHIN) -> None:
        self._most = most
        self._whole_within = whole_within
        self._all: set[Connection] = set()
        #: Who is waited for and since when, the longest first.
        self._waited_for: dict[Connection, float] = {}

    def came(self, connection: Connection, now: float) -> None:
        self._all.add(connection)
        if len(self._all) > self._most:
            next(iter(self._waited_for), connection).transport.abort()
        self.waits(connection, now)

    def left(self, connection: Connection) -> None:
        self._all.discard(connection)
        self._waited_for.pop(connection, None)

    def waits(self, connection: Connection, now: float) -> None:
        """Something is waited for from this client, from *now* on."""
        self._waited_for.pop(connection, None)
        if connection in self._all:
            self._waited_for[connection] = now

    def works(self, connection: Connection) -> None:
        """All has come, and the answer is ours to give."""
        self._waited_for.pop(connection, None)

    def sweep(self, now: float) -> None:
        """Ends those that have been waited for too long, unless they still take what they were given."""
        for connection, since in list(self._waited_for.items()):
            if now - since < self._whole_within:
                break
            if connection.takes_bytes(int(_SLOWEST * self._whole_within)):
                self.waits(connection, now)
            else:
                connection.transport.abort()


class _Ended(Exception):
    """Ends the parser's work on what has come already: its connection is at its end."""


class Connection(HttpToolsProtocol):
    """uvicorn's, within limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
        ready: Ready,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._together = connections
        self._ready = ready
        self._in_head = True
        #: Of the request that is being read, as far as it came in chunks of its own.
        self._read = 0
        self._chunk = 0
        self._answer: DocumentAnswer | None = None
        #: What is at work for the client, and what waits behind it.
        self._unanswered: deque[Any] = deque()
        #: What its client had yet to take when it was last looked at.
        self._untaken: int | None = None

    # -- limits -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._together.came(self, self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        self._together.left(self)
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._read += len(data)
        self._chunk = len(data)
        super().data_received(data)
        if self._read > (LONGEST_HEAD if self._in_head else LONGEST_REQUEST) and not self.transport.is_closing():
            of_head, of_body = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            self._refuse(of_head if self._in_head else of_body)

    def on_message_begin(self) -> None:
        if self.transport.is_closing():
            raise _Ended
        waiting = sum(len(cycle.body) for cycle in self._unanswered)
        if len(self._unanswered) >= MOST_UNANSWERED or waiting > LONGEST_REQUEST:
            self._leave()
            self.transport.abort()
            raise _Ended
        super().on_message_begin()
        self._in_head = True
        self._read = 0
        self._together.waits(self, self.loop.time())

    def on_message_complete(self) -> None:
        self._in_head = True
        self._read = 0
        if self._answer is not None:
            self._give(self._answer)
            self._answer = None
            return
        super().on_message_complete()
        if not self.cycle.response_complete:
            self._together.works(self)

    def on_response_complete(self) -> None:
        while self._unanswered and self._unanswered[0].response_complete:
            self._unanswered.popleft()
        super().on_response_complete()
        if self.cycle.response_complete:
            self._together.waits(self, self.loop.time())

    def pause_writing(self) -> None:
        super().pause_writing()
        self._together.waits(self, self.loop.time())

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._is_answering and not self.cycle.more_body:
            self._together.works(self)

    def takes_bytes(self, at_least: int) -> bool:
        """Whether the client has taken so many since it was asked last, of what waits for it; all of it is enough."""
        untaken, before = self.transport.get_write_buffer_size(), self._untaken
        self._untaken = untaken or None
        return untaken > 0 and (before is None or before - untaken >= at_least)

    def shutdown(self) -> None:
        """Ends at once where the rest of a request is still to come; an answer that is under way is finished."""
        super().shutdown()
        if self._is_answering and self.cycle.more_body:
            self.transport.close()

    @property
    def _is_answering(self) -> bool:
        # There is no cycle before the first, whatever uvicorn's type of it says.
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def send_400_response(self, msg: str) -> None:
        if self._may_refuse:
            super().send_400_response(msg)
        self._leave()
        self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        if self._may_refuse:
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode()
            )
        self._leave()
        self.transport.close()

    @property
    def _may_refuse(self) -> bool:
        """Whether a refusal would be the answer to what is being read: the first word of it, and of no other."""
        if self.transport.is_closing():
            return False
        if self._in_head or self._answer is not None:
            return not self._unanswered
        return [*self._unanswered] == [self.cycle] and not self.cycle.response_started

    def _leave(self) -> None:
        """Whatever is at work for this client, or would be, learns that nobody waits for it."""
        for cycle in self._unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
        self._unanswered.clear()
        self.pipeline.clear()

    # -- documents --------------------------------------------------------------------------------

    def on_headers_complete(self) -> None:
        # What began in this chunk is not counted yet.
        if self._chunk > LONGEST_HEAD and sum(len(name) + len(value) for name, value in self.headers) > LONGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            raise _Ended
        self._answer = self._ready_answer()
        if self._answer is None:
            super().on_headers_complete()
            self._unanswered.append(self.cycle)
        self._in_head = False

    def on_body(self, body: bytes) -> None:
        if self._answer is None:
            super().on_body(body)

    def _ready_answer(self) -> DocumentAnswer | None:
        """The answer that waits for nothing: neither for the disk, nor for an answer before it, nor for the client."""
        if self._is_answering or self.flow.write_paused or self.expect_100_continue or self.parser.should_upgrade():
            return None
        path, _, _ = self.url.partition(b"?")
        if not path.startswith(b"/") or b"%" in path or not path.isascii():
            return None
        peer = self.client[0] if self.client else ""
        return self._ready(self.parser.get_method().decode("ascii"), path.decode("ascii"), self.headers, peer)

    def _give(self, answer: DocumentAnswer) -> None:
        stays = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        common = b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)
        head = b"%s%s%s\r\n" % (answer.head, common, b"" if stays else b"connection: close\r\n")
        if len(answer.body) <= _ONE_WRITE:
            self.transport.write(head + answer.body)
        else:
            # Whoever takes it slowly holds no copy of their own.
            self.transport.write(head)
            self.transport.write(answer.body)
        if not stays:
            self.transport.close()
