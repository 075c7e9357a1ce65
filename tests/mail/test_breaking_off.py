"""An order to end waits for no relay that does not answer, be it while a connection is made."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from time import monotonic

import pytest

from solacefeed.delivery.event_loop import EventLoop
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


def test_one_that_was_just_made_is_broken_off_too_though_nobody_has_it_yet() -> None:
    is_made, is_broken_off, is_over = Event(), Event(), Event()
    said: list[str] = []

    def connect() -> None:
        try:
            transport.connect()
        except Deferred as error:
            said.append(str(error).partition(": ")[2])
        is_over.set()

    def keep_others_waiting() -> None:
        # As long as a mail is composed in the loop's turn, whoever has connected apart from it can't go on.
        is_made.set()
        assert relay.has_let_in(1)
        while transport._connecting is None or not transport._connecting._is_told:
            assert relay.has_let_in(1)
        assert is_broken_off.wait(10)

    with Relay() as relay, SmtpTransport(host="127.0.0.1", port=relay.port, tls="none", timeout=60) as transport:
        loop = EventLoop("connections")
        loop.begin(connect)
        loop.begin(keep_others_waiting)
        assert is_made.wait(10)
        while transport._connecting is None or not transport._connecting._is_told:
            assert relay.has_let_in(1)
        transport.break_off()
        is_broken_off.set()
        assert is_over.wait(10)
        loop.close()
    assert said == ["no session: broken off"]
