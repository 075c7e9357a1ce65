from __future__ import annotations

import gzip
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from threading import Event
from tracemalloc import get_traced_memory, start, stop

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed import __version__
from solacefeed.errors import RequestError
from solacefeed.http_client.answer import Answer, one_line
from solacefeed.http_client.client import user_agent
from solacefeed.http_client.guard import guarded, parsed
from solacefeed.http_client.unpacking import unpacker
from tests.sources.source_world import HOME, a_client, an_answer, scripted

JSON = "application/json"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


# -- an answer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"date": "Mon, 23 Nov 2026 12:00:00 GMT"}, NOON),
        ({"date": "Mon, 23 Nov 2026 12:00:00 GMT", "age": "3600"}, NOON + timedelta(hours=1)),
        ({"date": "Mon, 23 Nov 2026 12:00:00 GMT", "age": "soon"}, NOON),
        ({"date": "Mon, 23 Nov 2026 12:00:00 GMT", "age": "9" * 400}, NOON),
        ({"date": "noonish", "age": "3600"}, None),
        ({}, None),
    ],
)
def test_the_servers_time_is_its_date_and_what_the_answer_has_lain_in_caches(
    headers: dict[str, str], told: datetime | None
) -> None:
    assert Answer(status=200, url=HOME, headers=headers, body=b"").server_time == told


def test_a_client_knows_what_time_it_was_by_the_last_answer_that_told() -> None:
    dated = an_answer(more="Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n")
    with scripted([dated, an_answer()]) as script, a_client() as client:
        assert client.server_time is None
        for _ in range(2):
            client.get(script.origin, accept=JSON)
            assert client.server_time == NOON


def test_an_answer_is_given_as_it_was_said() -> None:
    spoken = an_answer(
        b"[1]", status="404 Not Found", kind="Application/JSON; charset=UTF-8", more="X-A: 1\r\nX-A: 2\r\n"
    )
    with scripted([spoken]) as script, a_client() as client:
        answer = client.get(f"{script.origin}/a?b=c", accept=JSON)
    assert (answer.status, answer.body, answer.content_type) == (404, b"[1]", "application/json")
    assert answer.headers["x-a"] == "1, 2"
    assert answer.url == f"{script.origin}/a?b=c"


def test_a_question_says_who_asks_and_no_more() -> None:
    cookie = an_answer(more="Set-Cookie: track=me\r\n")
    with scripted([cookie, an_answer()]) as script, a_client() as client:
        client.get(f"{script.origin}/a", accept=JSON)
        client.get(f"{script.origin}/a", accept=JSON)
    assert script.heard[1].splitlines() == [
        "GET /a HTTP/1.1",
        f"Host: {script.origin.removeprefix('http://')}",
        "User-Agent: solacefeed/0 (+mailto:web@example.org)",
        "Accept: application/json",
        "Accept-Encoding: gzip",
        "",
    ]


def test_one_connection_serves_many_questions() -> None:
    with scripted([an_answer()] * 3) as script, a_client() as client:
        for _ in range(3):
            client.get(script.origin, accept=JSON)
    assert script.connections == 1


def test_a_name_with_several_addresses_is_asked_at_the_one_that_answers() -> None:
    # The server listens by IPv4 alone; where localhost is ::1 as well, that comes first.
    with scripted([an_answer()] * 2) as script, a_client() as client:
        by_name = script.origin.replace("127.0.0.1", "localhost")
        assert [client.get(by_name, accept=JSON).status for _ in range(2)] == [200, 200]
    assert script.connections == 1


def test_a_blog_that_is_reached_elsewhere_keeps_its_name() -> None:
    with scripted([an_answer()]) as script, a_client(reach={HOME: script.origin}) as client:
        answer = client.get(f"{HOME}/x", accept=JSON)
    assert answer.url == f"{HOME}/x"
    assert "Host: blog.example.org\r\n" in script.heard[0]


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta()),
        ("Mon, 23 Nov 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 23 Nov 2026 12:01:00 -0000", timedelta(minutes=1)),
        ("Mon, 23 Nov 2026 11:00:00 GMT", timedelta()),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("86401", timedelta(days=1)),
        ("9" * 30, timedelta(days=1)),
        ("9" * 5000, timedelta(days=1)),
        ("Mon, 23 Nov 2099 12:00:00 GMT", timedelta(days=1)),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, wait: timedelta | None) -> None:
    answer = Answer(status=503, url=HOME, headers={"retry-after": header}, body=b"")
    assert answer.retry_after(NOON) == wait


def test_our_name_can_always_be_said() -> None:
    assert user_agent("mailto:web@example.org").startswith(f"solacefeed/{__version__} ")
    assert user_agent("mailto:web@example.org").endswith(" (+mailto:web@example.org)")
    assert user_agent("Zoë\r\nX-Evil: 1)").endswith("(+ZoX-Evil:1)")


def test_foreign_words_fit_on_one_line() -> None:
    assert one_line("a\r\nb\x1b[31m\u202ec") == "a b [31m c"
    assert one_line("x" * 300) == "x" * 199 + "…"


GZIP = "Content-Encoding: gzip\r\n"


# -- size ---------------------------------------------------------------------------------------------


def test_a_compressed_body_is_unpacked() -> None:
    packed = an_answer(gzip.compress(b"x" * 100_000), more="Content-Encoding: gzip\r\n")
    with scripted([packed]) as script, a_client() as client:
        assert client.get(script.origin, accept=JSON).body == b"x" * 100_000


@pytest.mark.parametrize("behind", [b"", b"\0" * 512, b"<!-- cached -->"])
@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_a_body_that_was_compressed_in_parts_is_unpacked_whole(behind: bytes, at_once: int) -> None:
    """As a server does that keeps the halves of a page; some fill the last block up."""
    packed = b"".join(gzip.compress(part) for part in (b"one ", b"", b"two ", b"three")) + behind
    unpack = unpacker(parsed(HOME), "gzip")
    chunks = (packed[start : start + at_once] for start in range(0, len(packed), at_once))
    assert b"".join(unpack.feed(chunk, 1000) for chunk in chunks) == b"one two three"
    assert unpack.whole


def test_a_body_of_many_parts_is_bounded_and_its_last_part_has_an_end() -> None:
    assert unpacker(parsed(HOME), "gzip").feed(gzip.compress(b"x" * 100) * 11, 1000) == b"x" * 1000
    cut = unpacker(parsed(HOME), "gzip")
    assert cut.feed(gzip.compress(b"x") + gzip.compress(b"y")[:-6], 1000) == b"xy"
    assert not cut.whole


def test_a_body_of_just_the_most_bytes_is_taken() -> None:
    packed = an_answer(gzip.compress(b"x" * 1000), more="Content-Encoding: gzip\r\n")
    bodies = [an_answer(b"x" * 1000), packed, an_answer(b"x" * 1001)]
    with scripted(bodies) as script, a_client(max_bytes=1000) as client:
        assert len(client.get(script.origin, accept=JSON).body) == 1000
        assert len(client.get(script.origin, accept=JSON).body) == 1000
        with pytest.raises(RequestError, match=r"larger than 1000 bytes$"):
            client.get(script.origin, accept=JSON)


def half_a_gigabyte() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    block = b" " * 1_000_000
    for _ in range(500):
        yield block


def a_gzip_bomb() -> Iterator[bytes]:
    bomb = gzip.compress(b"\0" * 50_000_000)
    return iter([f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode(), bomb])


def a_gzip_of_nothing() -> Iterator[bytes]:
    """A stream that takes bytes for ever and unpacks to none: a header, then empty blocks."""
    yield b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff"
    for _ in range(500):
        yield b"\x00\x00\x00\xff\xff" * 100_000


@pytest.mark.parametrize("body", [half_a_gigabyte, a_gzip_bomb, a_gzip_of_nothing])
def test_a_body_too_big_is_never_held(body: Callable[[], Iterator[bytes]]) -> None:
    with scripted([body()]) as script, a_client(max_bytes=1_000_000) as client:
        start()
        try:
            with pytest.raises(RequestError, match="larger than 1000000 bytes"):
                client.get(script.origin, accept=JSON)
            assert get_traced_memory()[1] < 6_000_000
        finally:
            stop()


# -- time ---------------------------------------------------------------------------------------------


def dripping(before: bytes) -> Iterator[bytes]:
    """One byte after another, each well within any limit of a single read; who waits to the end is cut off there."""
    yield before
    pause = Event()
    for _ in range(1000):
        pause.wait(0.02)
        yield b"x"


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
    ],
    ids=["status", "headers", "body until the end", "body with a length"],
)
def test_dripping_bytes_do_not_hold_us_beyond_the_deadline(before: bytes) -> None:
    told = r"no whole answer within 0\.25 s; it will be asked again"
    with (
        scripted([dripping(before)]) as script,
        a_client(timeout=0.25) as client,
        pytest.raises(RequestError, match=told),
    ):
        client.get(script.origin, accept=JSON)


def test_an_answer_in_time_is_not_cut_by_the_deadline_of_the_one_before() -> None:
    with scripted([an_answer()] * 2) as script, a_client(timeout=0.25) as client:
        client.get(script.origin, accept=JSON)
        Event().wait(0.3)
        assert client.get(script.origin, accept=JSON).status == 200
    assert script.connections == 1


# -- redirects ----------------------------------------------------------------------------------------


def a_redirect(to: str, status: str = "302 Found") -> bytes:
    return an_answer(b"", status=status, more=f"Location: {to}\r\n")


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_a_redirect_within_the_host_is_followed(status: str) -> None:
    with scripted([a_redirect("/b?c=d", status), an_answer(b"there")]) as script, a_client() as client:
        answer = client.get(f"{script.origin}/a", accept=JSON)
    assert (answer.body, answer.url) == (b"there", f"{script.origin}/b?c=d")


def test_a_redirect_from_http_to_https_of_the_same_host_is_followed() -> None:
    with scripted([a_redirect(f"{HOME}/b")], [an_answer(b"there")]) as script:
        reach = {HOME: script.origin, "http://blog.example.org": script.origin}
        with a_client(reach=reach) as client:
            answer = client.get("http://blog.example.org/a", accept=JSON)
    assert (answer.body, answer.url) == (b"there", f"{HOME}/b")


@pytest.mark.parametrize(
    "target",
    [
        "https://other.example/",
        "http://blog.example.org/",
        "https://blog.example.org:8443/",
        "https://blog.example.org.evil.example/",
        "//169.254.169.254/latest",
        "http://127.0.0.1/",
        "https://blog.example.org@evil.example/",
    ],
)
def test_a_redirect_elsewhere_is_refused(target: str) -> None:
    with scripted([a_redirect(target)]) as script, a_client(reach={HOME: script.origin}) as client:
        with pytest.raises(RequestError, match="another host; if it has moved, write its new address"):
            client.get(f"{HOME}/a", accept=JSON)
        assert len(script.heard) == 1


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://blog.example.org/", "http://[", "mailto:x", f"//{'a' * 64}.example/"]
)
def test_a_redirect_to_what_is_no_web_address_is_refused(target: str) -> None:
    with scripted([a_redirect(target)]) as script, a_client(reach={HOME: script.origin}) as client:
        with pytest.raises(RequestError):
            client.get(f"{HOME}/a", accept=JSON)
        assert len(script.heard) == 1


def test_redirects_in_a_circle_end() -> None:
    with scripted([a_redirect("/a")] * 9) as script, a_client() as client:
        with pytest.raises(RequestError, match="redirects more than 5 times"):
            client.get(f"{script.origin}/a", accept=JSON)
        assert len(script.heard) == 6


# -- private addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "ff0e::1",
        "fe80::1%eth0",
        "fec0::1",
        "feff::1",
        # What IETF keeps to itself, documents, tests and relays.
        "0.1.2.3",
        "100.127.255.254",
        "192.0.0.1",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "100::1",
        "2001:2::1",
        "2001:20::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "4000::1",
        # IPv4 within IPv6: the address that is reached is judged.
        "::10.0.0.1",
        "::127.0.0.1",
        "::169.254.169.254",
        "::ffff:0:10.0.0.1",
        "::ffff:0:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::100.64.0.1",
        "2002:a00:1::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::a9fe:a9fe",
        "2002:c0a8:101:1::1",
        # By a prefix of one's own nobody knows where it stands, and what is reached is one's own.
        "64:ff9b:1::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "64:ff9b:1:ffff:ffff:ffff:8.8.8.8",
        # Teredo: a server's, and a client's behind it, in another guise.
        "2001:0:808:808::f5ff:fffe",
        "2001:0:a00:1::1",
    ],
)
def test_a_public_name_never_leads_to_a_private_address(address: str) -> None:
    for addresses in ([address], ["93.184.215.14", address]):
        with pytest.raises(RequestError, match=r"^blog\.example\.org: this name leads to .* not a public address"):
            guarded("blog.example.org", addresses)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "100.63.255.255",
        "192.0.1.1",
        "192.88.98.1",
        "2001:200::1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c%1",
        "::8.8.8.8",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        # A network without IPv4 reaches all blogs so (DNS64, RFC 6147).
        "64:ff9b::8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_a_public_name_may_lead_to_any_public_address_however_it_is_written(address: str) -> None:
    assert guarded("blog.example.org", [address]) == [address]


@given(st.ip_addresses(v=4))
def test_what_holds_an_address_of_ipv4_is_as_public_as_that(inner: IPv4Address) -> None:
    def passes(address: str) -> bool:
        try:
            return guarded("blog.example.org", [address]) == [address]
        except RequestError:
            return False

    high, low = divmod(int(inner), 1 << 16)
    within = [f"{prefix}{inner}" for prefix in ("::", "::ffff:", "::ffff:0:", "64:ff9b::")]
    assert {passes(address) for address in (*within, f"2002:{high:x}:{low:x}::1")} == {passes(str(inner))}
    assert not passes(f"64:ff9b:1::{inner}")


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("blog.example.org", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]),
        ("127.0.0.1", ["127.0.0.1"]),
        ("10.1.2.3", ["10.1.2.3"]),
        ("::1", ["::1"]),
        ("localhost", ["127.0.0.1", "::1"]),
    ],
)
def test_an_address_that_is_written_out_is_meant(host: str, addresses: list[str]) -> None:
    assert guarded(host, addresses) == addresses


def test_a_localhost_that_is_somewhere_else_is_no_localhost() -> None:
    with pytest.raises(RequestError, match=r"localhost: this name leads to 10\.0\.0\.1"):
        guarded("localhost", ["10.0.0.1"])


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001"])
def test_another_spelling_of_the_loopback_is_a_name(host: str) -> None:
    with scripted([an_answer()]) as script, a_client() as client:
        port = script.origin.rpartition(":")[2]
        with pytest.raises(RequestError, match="which is not a public address"):
            client.get(f"http://{host}:{port}/", accept=JSON)
        assert script.connections == 0


# -- dropped connections ------------------------------------------------------------------------------


def test_a_kept_connection_that_was_dropped_is_made_anew_once() -> None:
    dropped: list[bytes | Iterator[bytes]] = [an_answer(b"1"), b""]
    with scripted(dropped, [an_answer(b"2")]) as script, a_client() as client:
        assert client.get(script.origin, accept=JSON).body == b"1"
        assert client.get(script.origin, accept=JSON).body == b"2"
    assert script.connections == 2


def test_a_new_connection_that_is_dropped_is_not_tried_again() -> None:
    with scripted([b""], [an_answer()]) as script, a_client() as client:
        with pytest.raises(RequestError, match="the connection broke off"):
            client.get(script.origin, accept=JSON)
        assert script.connections == 1


# -- one clear line -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (b"", "the connection broke off (Server disconnected without sending a response.)"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the connection broke off (illegal status line"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "the connection broke off (peer closed connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc", "the connection broke off (bad Content-Length)"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 200_000, "the connection broke off (Receive buffer too long)"),
        (an_answer(gzip.compress(b"x")[:-6], more=GZIP), "the connection broke off (the gzip stream has no end)"),
        (an_answer(b"no gzip at all", more=GZIP), "the gzip body can't be unpacked"),
        (an_answer(b"x", more="Content-Encoding: br\r\n"), "answered in the encoding 'br', which we did not offer"),
    ],
)
def test_a_broken_answer_is_one_clear_line_without_the_query(said: bytes, line: str) -> None:
    with scripted([said]) as script, a_client() as client:
        with pytest.raises(RequestError) as error:
            client.get(f"{script.origin}/a?key=secret", accept=JSON)
        assert str(error.value).startswith(f"{script.origin}/a: {line}")
        assert str(error.value).isprintable()
        assert "secret" not in str(error.value)


def test_a_port_where_nobody_listens_is_one_clear_line() -> None:
    with scripted() as script:
        origin = script.origin
    with a_client() as client, pytest.raises(RequestError, match="nothing answers at that port; is the address right"):
        client.get(origin, accept=JSON)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("", ": not an http or https address"),
        ("blog.example.org", "blog.example.org: not an http or https address"),
        ("file:///etc/passwd", ": not an http or https address"),
        ("https://user:pass@", "not an http or https address"),
        ("https://[bad", ": not an http or https address"),
        ("https://a\nb/", "https://a b/: not an address"),
        ("https://a b/", ": not an http or https address"),
        (f"https://{'a' * 64}.example.org/", ": not an http or https address"),
        ("https://a..example.org/", ": not an http or https address"),
        ("https://example.org:99999/", ": not an http or https address"),
        ("https://example.org/\ud800", "not an address"),
    ],
)
def test_what_is_no_address_is_said_to_be_none(url: str, line: str) -> None:
    with a_client() as client, pytest.raises(RequestError) as error:
        client.get(url, accept=JSON)
    assert line in str(error.value)
    assert "pass@" not in str(error.value)


# -- TLS ----------------------------------------------------------------------------------------------

CERTIFICATE = Path(__file__).with_name("blog.example.org.pem")


IN_ANOTHER_PROCESS = """
import sys
from tests.sources.source_world import a_client
from solacefeed.errors import RequestError
origin, *urls = sys.argv[1:]
for url in urls:
    with a_client(reach={url: origin}) as client:
        try:
            print(client.get(url, accept="text/plain").body.decode())
        except RequestError as error:
            print(error)
"""


@pytest.fixture
def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(tls: ssl.SSLContext) -> None:
    with scripted([an_answer()], tls=tls) as script, a_client(reach={HOME: script.origin}) as client:
        with pytest.raises(RequestError, match="its TLS certificate can't be verified"):
            client.get(HOME, accept=JSON)
        assert script.heard == []


@pytest.mark.more
def test_a_certificate_is_good_for_its_own_name_alone(tls: ssl.SSLContext) -> None:
    with scripted([an_answer(b"hello")], [an_answer(b"hello")], tls=tls) as script:
        said = subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS, script.origin, HOME, "https://other.example.org"],
            env={**os.environ, "SSL_CERT_FILE": str(CERTIFICATE), "PYTHONPATH": str(CERTIFICATE.parents[2])},
            capture_output=True,
            text=True,
            check=True,
        )
    own, other = said.stdout.splitlines()
    assert own == "hello"
    assert other.startswith("https://other.example.org: its TLS certificate can't be verified")
    assert "Hostname mismatch" in other


def test_a_port_that_speaks_no_tls_is_one_clear_line() -> None:
    with scripted([]) as script, a_client() as client, pytest.raises(RequestError) as error:
        client.get(script.origin.replace("http:", "https:"), accept=JSON)
    assert "connection failed" in str(error.value) or "can't be connected to" in str(error.value)
