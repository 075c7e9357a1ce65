"""The server beside the daemon: where it can't listen it says so, and no visitor holds up its end."""

from __future__ import annotations

import socket
from time import monotonic

import pytest

from solacefeed.errors import ConfigError
from solacefeed.store.database import Store
from solacefeed.web.server import serving
from tests.web.conftest import Visit, a_link, an_application, served


def test_a_port_that_is_taken_is_one_line(visit: Visit) -> None:
    where = f"127.0.0.1:{visit.port}"
    with pytest.raises(ConfigError) as raised, serving(an_application(visit.store), where):
        pass
    assert str(raised.value) == f"[web] listen: {where} can't be listened on: address already in use"


def test_an_ipv6_address_stands_in_brackets(shared: Store) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serving(an_application(shared), "[::1]:0") as port:
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
    assert monotonic() - ending < 60
    wire.close()
