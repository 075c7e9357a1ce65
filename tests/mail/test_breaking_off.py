"""An order to end waits for no relay that does not answer, be it while a connection is made."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import pytest

from solacefeed.delivery.pool import Ahead, Pool
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.errors import Deferred
from solacefeed.models.deliveries import Message
from solacefeed.ports import Transport
from tests.mail.fake_relay import Relay, cut, silence


def a_mail(number: int) -> Message:
    return Message(
        message_id=f"<{number}@example.org>", sender="us@example.org", recipient="ann@example.org", content=b"Hello\r\n"
    )


@pytest.fixture
def relay() -> Iterator[Relay]:
    """Takes one mail, hangs up at the next, and then lets in who comes without a word."""
    with Relay() as relay:
        relay.at("GREETING", "220 hello", silence)
        relay.at("MAIL", "250 ok", cut)
        yield relay


def test_who_is_about_to_connect_at_the_end_is_cut_off_when_it_hurries(relay: Relay) -> None:
    came: list[str] = []

    def serve(transport: Transport, mail: Message, _ahead: Ahead[Message]) -> None:
        try:
            transport.hand_over(mail, lambda: True)
            came.append("taken")
        except Deferred as error:
            came.append(str(error).partition(": ")[2])

    pool = Pool(lambda: SmtpTransport(host="127.0.0.1", port=relay.port, tls="none", timeout=600), serve, connections=1)
    for number in range(2):
        assert pool.put([a_mail(number)], within=10)
    assert relay.has_let_in(2)
    began = monotonic()
    pool.close(lambda: True)
    assert monotonic() - began < 60
    assert came == ["taken", "no session: broken off"]


def test_a_connection_that_was_broken_off_is_made_no_more(relay: Relay) -> None:
    with SmtpTransport(host="127.0.0.1", port=relay.port, tls="none", timeout=60) as transport:
        transport.break_off()
        with pytest.raises(Deferred, match="broken off"):
            transport.connect()
