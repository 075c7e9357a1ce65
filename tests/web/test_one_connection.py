"""What one client sends before it has its answers, step by step: few requests wait, each has one answer or none."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from solacefeed.web.connections import LONGEST_REQUEST, MOST_UNANSWERED, Connection, Connections


class Line:
    """What a connection writes to, as uvloop has it: whoever writes to it after its end is told so."""

    def __init__(self) -> None:
        self.said = b""
        self.closing = False
        self.gone = False

    def write(self, data: bytes) -> None:
        if self.gone:
            raise RuntimeError("the handler is closed")
        if not self.closing:
            self.said += data

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def get_extra_info(self, _name: str) -> None:
        return None

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Desk:
    """An application that answers when it is told to, and counts who comes; it may read the body first."""

    def __init__(self, *, reads: bool = False, words: int = 1) -> None:
        self.gate = asyncio.Event()
        self.came: list[str] = []
        self._reads = reads
        self._words = words

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.came.append(scope["path"])
        if self._reads:
            while (await receive()).get("more_body"):
                pass
        length = str(2 * self._words).encode()
        await self.gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        for number in range(self._words):
            await send({"type": "http.response.body", "body": b"ok", "more_body": number < self._words - 1})


class Talk:
    """A client's connection to a desk, from both of its ends."""

    def __init__(self, desk: Desk) -> None:
        self.line = Line()
        config = uvicorn.Config(
            desk, ws="none", lifespan="off", log_config=None, log_level="error", proxy_headers=False
        )
        together = Connections(most=10)
        self.connection = Connection(config, ServerState(), {}, connections=together, ready=lambda *_: None)
        self.connection.connection_made(cast(asyncio.Transport, self.line))

    async def says(self, *pieces: bytes) -> None:
        for piece in pieces:
            if not self.line.closing:
                self.connection.data_received(piece)
            await turns()

    async def leaves(self) -> None:
        self.line.gone = self.line.closing = True
        self.connection.connection_lost(None)
        await turns()


async def turns() -> None:
    """All that can happen now has happened."""
    for _ in range(50):
        await asyncio.sleep(0)


def post(length: int, path: bytes = b"/ask") -> bytes:
    return b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path, length)


ASKED = b"GET /ask HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("more", [0, 1, 5_000])
def test_as_many_requests_as_a_client_may_leave_unanswered_are_answered_and_one_more_ends_all(more: int) -> None:
    async def talk() -> tuple[Desk, Talk]:
        desk = Desk()
        client = Talk(desk)
        await client.says(ASKED * (MOST_UNANSWERED + more))
        desk.gate.set()
        await turns()
        return desk, client

    desk, client = asyncio.run(talk())
    assert len(desk.came) == (1 if more else MOST_UNANSWERED)
    assert client.line.closing == bool(more)
    assert client.line.said.count(b"200 OK") == (0 if more else MOST_UNANSWERED)


def test_a_client_has_no_more_to_say_before_an_answer_than_one_request_may_hold() -> None:
    async def talk() -> bool:
        client = Talk(Desk())
        chunk = 60_000
        for _ in range(3):
            await client.says(post(10 * chunk), *[b"a" * chunk] * 10)
        return client.line.closing

    assert LONGEST_REQUEST < 3 * 600_000
    assert asyncio.run(talk())


def test_who_leaves_with_requests_unanswered_is_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def talk() -> Desk:
        desk = Desk()
        client = Talk(desk)
        await client.says(ASKED * 3)
        await client.leaves()
        desk.gate.set()
        await turns()
        return desk

    assert asyncio.run(talk()).came == ["/ask"]
    assert caplog.records == []


@pytest.mark.parametrize("answered", [True, False])
def test_a_body_without_measure_has_one_answer(answered: bool) -> None:
    async def talk() -> Talk:
        desk = Desk(reads=not answered)
        desk.gate.set()
        client = Talk(desk)
        await client.says(post(1_500_000), *[b"a" * 60_000] * 25)
        return client

    line = asyncio.run(talk()).line
    assert line.said.startswith(b"HTTP/1.1 200 " if answered else b"HTTP/1.1 413 ")
    assert line.said.count(b"HTTP/1.1") == 1
    assert line.closing


@pytest.mark.parametrize(
    "amiss",
    [(b"HELO x\r\n\r\n",), (b"GET / HTTP/1.1\r\nX: ", b"a" * 40_000), (post(1_500_000), *[b"a" * 60_000] * 25)],
    ids=["no request", "a head without measure", "a body without measure"],
)
def test_what_is_amiss_is_not_told_in_place_of_the_answer_before_it(amiss: tuple[bytes, ...]) -> None:
    async def talk() -> Talk:
        client = Talk(Desk())
        await client.says(ASKED, *amiss)
        return client

    line = asyncio.run(talk()).line
    assert (line.said, line.closing) == (b"", True)


def test_a_request_whose_head_is_refused_is_not_acted_upon() -> None:
    async def talk() -> tuple[Desk, Talk]:
        desk = Desk()
        desk.gate.set()
        client = Talk(desk)
        await client.says(b"POST /ask HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\nContent-Length: 3\r\n\r\nabc" + ASKED)
        return desk, client

    desk, client = asyncio.run(talk())
    assert desk.came == []
    assert client.line.said.startswith(b"HTTP/1.1 431 ")
    assert client.line.said.count(b"HTTP/1.1") == 1
