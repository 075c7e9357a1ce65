"""The server beside the daemon: where it can't listen it says so, and no visitor holds up its end."""

from __future__ import annotations

import socket
from datetime import UTC
from time import monotonic

import pytest

from solacefeed.errors import ConfigError
from solacefeed.site import Site
from solacefeed.store.database import Store
from solacefeed.templating import templates
from solacefeed.web.pages import Front, pages
from solacefeed.web.server import serving
from tests.support.fakes import SettableClock
from tests.web.conftest import NOW, SECRET, Visit, a_link, served


def test_a_port_that_is_taken_is_one_line(visit: Visit) -> None:
    front = Front(
        site=Site(
            language="en",
            organisation="x",
            title="A blog",
            url="https://blog.example.org",
            zone=UTC,
            base_url="https://feeds.example.org",
            tag_authority="example.org,2012",
        ),
        titles={},
        keys=(SECRET,),
    )
    application = pages(visit.store, SettableClock(NOW), templates(), front)
    where = f"127.0.0.1:{visit.port}"
    with pytest.raises(ConfigError) as raised, serving(application, where):
        pass
    assert str(raised.value) == f"[web] listen: {where} can't be listened on: address already in use"


def test_an_ipv6_address_stands_in_brackets(shared: Store) -> None:
    front = Front(
        site=Site(
            language="en",
            organisation="x",
            title="A blog",
            url="https://blog.example.org",
            zone=UTC,
            base_url="https://feeds.example.org",
            tag_authority="example.org,2012",
        ),
        titles={},
        keys=(SECRET,),
    )
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serving(pages(shared, SettableClock(NOW), templates(), front), "[::1]:0") as port:
        wire = socket.create_connection(("::1", port), timeout=20)
        wire.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert wire.recv(12) == b"HTTP/1.1 404"
        wire.close()


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n1"])
def test_a_visitor_who_never_finishes_does_not_hold_up_the_end(shared: Store, begun: bytes) -> None:
    with served(shared) as visit:
        wire = socket.create_connection(("127.0.0.1", visit.port), timeout=20)
        wire.sendall(begun.replace(b"%s", a_link().encode()))
        assert visit.ask("GET", "/").status == 404
        ending = monotonic()
    assert monotonic() - ending < 10
    wire.close()
