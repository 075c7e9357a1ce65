"""What a relay says to us when nothing is to be mailed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solacefeed.delivery.relay_check import RelayProbe
from solacefeed.delivery.smtp import Tls, verifying
from solacefeed.errors import Deferred, SenderRefused
from tests.mail.fake_relay import AUTHORITY, Relay, cut, drip

BOUNCES = "bounces@example.org"
OWN = "bounces+c1.0123456789abcdef@example.org"


def probe(relay: Relay, *, tls: Tls = "none", username: str | None = None, timeout: float = 5.0) -> RelayProbe:
    return RelayProbe(
        host="localhost",
        port=relay.port,
        tls=tls,
        context=None if tls == "none" else verifying(AUTHORITY),
        username=username,
        password="swordfish",
        timeout=timeout,
    )


def test_a_relay_is_asked_for_all_but_a_mail() -> None:
    with Relay(features=("PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8")) as relay, probe(relay) as asked:
        told = asked.ask([BOUNCES, OWN])
    assert told.features == {"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8"}
    assert (told.largest, told.tls, told.certificate_ends, told.refused) == (10_240_000, None, None, {})
    assert [each for each in relay.heard if "<" in each] == [f"MAIL FROM:<{BOUNCES}>", f"MAIL FROM:<{OWN}>"]
    assert relay.verbs() == ["EHLO", "MAIL", "RSET", "MAIL", "RSET", "QUIT"]
    assert relay.bodies == []


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_over_tls_it_is_told_how_long_the_certificate_holds(tls: Tls) -> None:
    features = ("STARTTLS", "AUTH PLAIN")
    with (
        Relay(features=features, implicit_tls=tls == "implicit") as relay,
        probe(relay, tls=tls, username="us") as asked,
    ):
        told = asked.ask([])
    assert told.tls is not None
    assert told.tls.startswith("TLSv1.")
    assert told.certificate_ends is not None
    assert told.certificate_ends > datetime(2026, 1, 1, tzinfo=UTC)
    assert "AUTH" in relay.verbs()


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE many", "SIZE " + "9" * 40])
def test_a_size_that_says_nothing_is_none(size: str) -> None:
    with Relay(features=(size,)) as relay, probe(relay) as asked:
        assert asked.ask([]).largest is None


def test_a_return_path_that_the_relay_refuses_is_told_beside_one_that_it_takes() -> None:
    with Relay() as relay, probe(relay) as asked:
        relay.at("MAIL", "250 ok", "553 5.7.1 not owned by user digest")
        told = asked.ask([BOUNCES, OWN])
    assert [*told.refused] == [OWN]
    assert "553 5.7.1 not owned by user digest" in told.refused[OWN]


def test_a_relay_that_ends_the_session_is_asked_no_more() -> None:
    with Relay() as relay, probe(relay) as asked:
        relay.at("MAIL", "421 4.3.2 going down")
        told = asked.ask([BOUNCES, OWN])
        assert [*told.refused] == [BOUNCES]
        assert relay.verbs() == ["EHLO", "MAIL"]


def test_a_login_that_is_refused_says_so() -> None:
    with Relay(features=("AUTH PLAIN",)) as relay, probe(relay, username="us") as asked:
        relay.at("AUTH", "535 5.7.8 Error: authentication failed")
        with pytest.raises(SenderRefused, match=r"535 5\.7\.8"):
            asked.ask([BOUNCES])


def test_a_relay_that_hangs_up_or_drips_is_told_within_its_time() -> None:
    with Relay() as relay, probe(relay, timeout=0.3) as asked:
        relay.at("GREETING", cut, drip)
        for _ in range(2):
            with pytest.raises(Deferred):
                asked.ask([BOUNCES])
        relay.at("RSET", cut)
        with pytest.raises(Deferred):
            asked.ask([BOUNCES])
