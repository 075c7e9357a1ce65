"""What a form may hold: in either encoding, read whole, within limits; more is refused before anything acts on it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from starlette.responses import PlainTextResponse, Response

from solacefeed.templating import templates
from solacefeed.web.application import application
from solacefeed.web.pages import Pages
from solacefeed.web.routing import PageRequest, page
from solacefeed.web.server import serving
from tests.web.conftest import Client, a_front

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


def tell(asked: PageRequest) -> Response:
    """What came of the form, or the network of who asks."""
    fields = ";".join(f"{name}={'|'.join(values)}" for name, values in asked.form.items())
    return PlainTextResponse(fields if asked.acts else asked.network)


@pytest.fixture(scope="module")
def form() -> Iterator[Client]:
    pages = Pages(front=a_front(), environment=templates(None))
    routes = [page("/form", tell, methods=("GET", "POST"))]
    with serving(application(pages, routes), "127.0.0.1:0") as port:
        yield Client(port=port)


def part(name: str, value: str, more: str = "") -> str:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (URLENCODED, "email=a%40b.example&wish=one&wish=two+w%C3%AF"),
        (MULTIPART, part("email", "a@b.example") + part("wish", "one") + part("wish", "two wï") + "--x--\r\n"),
    ],
    ids=["urlencoded", "multipart"],
)
def test_a_form_is_read_in_either_encoding(form: Client, headers: dict[str, str], body: str) -> None:
    assert form.ask("POST", "/form", body, headers).body == "email=a@b.example;wish=one|two wï"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (URLENCODED, "words=a%00b"),
        (MULTIPART, part("words", "a\0b") + "--x--\r\n"),
        (
            {"Content-Type": "multipart/form-data; boundary=x; charset=unicode_escape"},
            part("words", r"a\ud800b") + "--x--\r\n",
        ),
    ],
    ids=["nul", "nul in a part", "half a surrogate"],
)
def test_what_no_store_can_hold_comes_as_a_character_that_says_so(
    form: Client, headers: dict[str, str], body: str
) -> None:
    assert form.ask("POST", "/form", body, headers).body == "words=a\ufffdb"


def test_what_is_no_form_holds_nothing(form: Client) -> None:
    assert form.ask("POST", "/form", '{"email": "a"}', {"Content-Type": "application/json"}).body == ""
    assert form.ask("POST", "/form").body == ""


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (413, URLENCODED, "email=" + "a" * 70_000),
        (413, URLENCODED, "email=" + "a" * 10_001),
        (413, URLENCODED, "a" * 101 + "=x"),
        (413, URLENCODED, "&".join(f"{number}=x" for number in range(501))),
        (413, MULTIPART, "".join(part("a", "x") for _ in range(501)) + "--x--\r\n"),
        (413, MULTIPART, part("a", "x", '; filename="x.txt"') + "--x--\r\n"),
        (400, MULTIPART, "nothing of the kind"),
        (400, {"Content-Type": "multipart/form-data"}, part("a", "x")),
    ],
)
def test_more_than_a_form_may_hold_is_refused(form: Client, status: int, headers: dict[str, str], body: str) -> None:
    answer = form.ask("POST", "/form", body, headers)
    assert (answer.status, "<h1>" in answer.body) == (status, True)


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_much(form: Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(20):
            yield b"a" * 8_000

    answer = form.ask("POST", "/form", endless(), URLENCODED)
    assert answer.status == 413


def test_a_visitor_who_leaves_in_the_middle_is_no_fault_of_ours(form: Client, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(("127.0.0.1", form.port), timeout=20) as wire:
        wire.sendall(
            b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail="
        )
    assert form.ask("POST", "/form", "email=a", URLENCODED).body == "email=a"
    assert caplog.records == []


def test_nobody_elses_word_counts_for_who_asks(form: Client) -> None:
    assert form.ask("GET", "/form", headers={"X-Forwarded-For": "198.51.100.7"}).body == "127.0.0.0/24"
