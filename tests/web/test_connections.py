"""What one client may take of memory and time: a request comes whole, in its time and within its size, or it ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.responses import PlainTextResponse, Response

from solacefeed.templating import templates
from solacefeed.web.application import Application, application
from solacefeed.web.connections import MOST_UNANSWERED, Connection, Connections
from solacefeed.web.documents import Documents, Published
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.server import serving
from tests.web.conftest import Client, a_front

A_FEED = b"<feed>" * 1000
GET = b"GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n"


def hello(asked: PageRequest) -> Response:
    return PlainTextResponse(asked.field("name") or "hello")


def an_application(folder: Path) -> Application:
    (folder / "all.atom").write_bytes(A_FEED)
    documents = Documents(Published(folder=folder, base_url="https://x.example"), lambda _: 404, lambda _: b"none")
    pages = Pages(front=a_front(), environment=templates(None))
    return application(pages, [page("/hello", hello, methods=("GET", "POST"))], documents=documents)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(an_application(tmp_path_factory.mktemp("feeds")), "127.0.0.1:0") as port:
        client = Client(port=port)
        # From now on it is in memory.
        assert client.ask("GET", "/all.atom").raw == A_FEED
        yield client


# -- one connection ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [b"/all.atom", b"/hello", b"/none"])
def test_requests_that_come_at_once_are_answered_in_their_order(site: Client, path: bytes) -> None:
    asked = b"".join(
        [
            GET % (b"/all.atom", b""),
            GET % (path, b""),
            GET % (b"/hello", b""),
            GET % (b"/all.atom", b""),
            GET % (path, b"Connection: close\r\n"),
        ]
    )
    said = site.raw(asked)
    bodies = {b"/all.atom": A_FEED, b"/hello": b"hello", b"/none": b"none"}
    wanted = [A_FEED, bodies[path], b"hello", A_FEED, bodies[path]]
    for each in wanted:
        head, _, said = said.partition(b"\r\n\r\n")
        assert f"content-length: {len(each)}".encode() in head
        body, said = said[: len(each)], said[len(each) :]
        assert body == each
    assert said == b""


@pytest.mark.parametrize(
    ("asked", "closes"),
    [
        (b"GET /all.atom HTTP/1.0\r\n\r\n", True),
        (b"GET /all.atom HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", True),
        (b"GET /all.atom HTTP/1.1\r\nHost: x\r\n\r\n", False),
    ],
)
def test_a_connection_stays_for_who_wants_it(site: Client, asked: bytes, closes: bool) -> None:
    again = b"" if closes else GET % (b"/all.atom", b"Connection: close\r\n")
    said = site.raw(asked + again)
    assert said.count(b"HTTP/1.1 200 OK") == (1 if closes else 2)
    assert said.count(b"connection: close") == 1


def test_a_body_that_comes_with_a_get_is_no_request(site: Client) -> None:
    smuggled = GET % (b"/hello", b"")
    asked = GET % (b"/all.atom", b"Content-Length: %d\r\n" % len(smuggled)) + smuggled
    said = site.raw(asked + GET % (b"/all.atom", b"Connection: close\r\n"))
    assert (said.count(b"200 OK"), b"\r\n\r\nhello" in said) == (2, False)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /all.atom HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 600_000,
        b"GET /" + b"a" * 600_000,
        b"GET /hello HTTP/1.1\r\n" + b"X: y\r\n" * 100_000,
    ],
    ids=["whole", "endless header", "endless path", "endless headers"],
)
def test_a_head_without_measure_is_refused(site: Client, sent: bytes) -> None:
    said = refused(site, sent)
    assert said.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 ")) or said == b""
    assert site.ask("GET", "/hello").body == "hello"


def refused(site: Client, sent: bytes) -> bytes:
    """What came back before the connection was broken off."""
    try:
        return site.raw(sent)
    except OSError:
        return b""


def test_a_body_without_measure_is_broken_off(site: Client) -> None:
    begun = b"POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    said = refused(site, begun + chunk * 200)
    assert b"200 OK" not in said
    assert said.startswith(b"HTTP/1.1 413 ") or said == b""
    assert site.ask("GET", "/hello").body == "hello"


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00", b"HELO x\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"\0" * 100])
def test_what_is_no_http_is_refused_and_told_to_nobody(
    site: Client, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert refused(site, sent).startswith(b"HTTP/1.1 400 ")
    assert caplog.records == []


def test_who_asks_for_thousands_of_pages_at_once_is_broken_off_and_others_are_answered(site: Client) -> None:
    said = refused(site, GET % (b"/hello", b"") * 5_000 + GET % (b"/hello", b"Connection: close\r\n"))
    assert said.count(b"200 OK") <= MOST_UNANSWERED
    assert site.ask("GET", "/hello").body == "hello"


# -- many --------------------------------------------------------------------------------------------


@dataclass
class Wire:
    """What a connection writes to; it remembers how it ended."""

    waiting: int = 0
    ended: bool = False

    def abort(self) -> None:
        self.ended = True

    def get_write_buffer_size(self) -> int:
        return self.waiting


@dataclass(eq=False)
class Other:
    """A connection as the others know it."""

    transport: Wire = field(default_factory=Wire)
    _untaken: int | None = None

    takes_bytes = Connection.takes_bytes


def others(number: int) -> list[Any]:
    return [Other() for _ in range(number)]


def ended(connections: list[Any]) -> list[bool]:
    return [cast(Other, each).transport.ended for each in connections]


def test_where_there_are_too_many_whoever_was_waited_for_longest_makes_room() -> None:
    first, second, third, fourth = those = others(4)
    together = Connections(most=3)
    for now, each in enumerate((first, second, third)):
        together.came(each, now)
    # Its request came whole, and the second's has begun anew.
    together.works(first)
    together.waits(second, 4)
    together.came(fourth, 5)
    assert ended(those) == [False, False, True, False]


def test_where_all_are_at_work_the_newest_finds_no_room() -> None:
    first, second = those = others(2)
    together = Connections(most=1)
    together.came(first, 0)
    together.works(first)
    together.came(second, 1)
    assert ended(those) == [False, True]


def test_what_has_not_come_whole_in_its_time_ends_and_what_is_answered_takes_its_time() -> None:
    slow, at_work, young = those = others(3)
    together = Connections(most=10, whole_within=30)
    for each in (slow, at_work):
        together.came(each, 0)
    together.works(at_work)
    together.came(young, 10)
    together.sweep(29)
    assert ended(those) == [False, False, False]
    together.sweep(30)
    assert ended(those) == [True, False, False]
    together.sweep(40)
    assert ended(those) == [True, False, True]


def test_who_takes_what_they_asked_for_may_take_their_time_and_who_does_not_ends() -> None:
    (reader,) = those = others(1)
    together = Connections(most=10, whole_within=30)
    together.came(reader, 0)
    for now, waiting in ((30, 900_000), (60, 800_000), (90, 700_000)):
        reader.transport.waiting = waiting
        together.sweep(now)
        assert ended(those) == [False]
    reader.transport.waiting = 699_999
    together.sweep(120)
    assert ended(those) == [True]


def test_a_few_slow_clients_hold_up_nobody(tmp_path: Path) -> None:
    hold_up(tmp_path, slow=40, most=16)


@pytest.mark.slow
def test_a_thousand_slow_clients_do_not_keep_a_reader_from_a_page(tmp_path: Path) -> None:
    hold_up(tmp_path, slow=1000, most=400)


BEGUN = (
    b"",
    b"GET /all.at",
    b"GET /all.atom HTTP/1.1\r\nHost: x\r\nX-Slow: 1\r\n",
    b"POST /hello HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60\r\n\r\nna",
)


def hold_up(folder: Path, *, slow: int, most: int) -> None:
    """So many clients begin a request and never end it, each in its way; every reader between them has their page."""
    with serving(an_application(folder), "127.0.0.1:0", most=most) as port, ExitStack() as stack:
        reader = Client(port=port)
        wires: list[socket.socket] = []
        for number in range(slow):
            wire = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            wire.sendall(BEGUN[number % len(BEGUN)])
            wires.append(wire)
            if number % (slow // 20) == 0:
                assert reader.ask("GET", "/hello").body == "hello"
                assert reader.ask("GET", "/all.atom").raw == A_FEED
                assert reader.ask("POST", "/hello", "name=ann", FORM).body == "ann"
        # Whoever came before is known by now.
        assert reader.ask("GET", "/hello").body == "hello"
        assert sum(map(is_open, wires)) <= most


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def is_open(wire: socket.socket) -> bool:
    wire.setblocking(False)
    try:
        return wire.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
