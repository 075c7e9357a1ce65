"""How long a web server's certificate holds, as it shows it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import pytest

from solacefeed.errors import RequestError
from solacefeed.http_client.certificate import certificate_end
from tests.mail.fake_relay import AUTHORITY, Relay

KNOWN = ssl.create_default_context(cafile=AUTHORITY)


def test_a_certificate_says_when_it_ends() -> None:
    with Relay(implicit_tls=True) as server:
        end = certificate_end(f"https://localhost:{server.port}/feeds", timeout=5, context=KNOWN)
    assert end is not None
    assert end > datetime(2026, 1, 1, tzinfo=UTC)


def test_what_is_served_in_the_clear_has_none() -> None:
    assert certificate_end("http://localhost:1/feeds", timeout=5) is None


def test_one_that_cant_be_verified_and_a_server_that_is_not_there_are_told() -> None:
    with Relay(implicit_tls=True) as server:
        address = f"https://localhost:{server.port}/feeds?secret=1"
        with pytest.raises(RequestError, match="feeds: its certificate can't be looked at") as caught:
            certificate_end(address, timeout=5)
    assert "secret" not in str(caught.value)
    with pytest.raises(RequestError):
        certificate_end(address, timeout=5, context=KNOWN)
