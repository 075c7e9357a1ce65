"""An order to end waits for no relay that does not answer, be it while a connection is made."""

from __future__ import annotations

from collections.abc import Iterator
from socket import create_server, socket
from threading import Event, Thread
from time import monotonic

import pytest

from solacefeed.delivery.pool import Ahead, Pool
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.errors import Deferred
from solacefeed.models.deliveries import Message
from solacefeed.ports import Transport


def a_mail(number: int) -> Message:
    return Message(
        message_id=f"<{number}@example.org>", sender="us@example.org", recipient="ann@example.org", content=b"Hello\r\n"
    )


class OneMailRelay:
    """Takes one mail, hangs up at the next, and then lets in who comes without a word."""

    def __init__(self) -> None:
        self._server = create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.is_silent = Event()
        self._held: list[socket] = []
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        first, _ = self._server.accept()
        with first, first.makefile("rwb") as wire:
            self._say(wire, b"220 hello")
            mails = 0
            while line := wire.readline():
                verb = line[:4].upper()
                mails += verb == b"MAIL"
                if mails == 2:
                    break
                if verb == b"DATA":
                    self._say(wire, b"354 go on")
                    while wire.readline() != b".\r\n":
                        pass
                self._say(wire, b"250 ok")
        self._held.append(self._server.accept()[0])
        self.is_silent.set()

    @staticmethod
    def _say(wire: object, words: bytes) -> None:
        wire.write(words + b"\r\n")  # type: ignore[attr-defined]
        wire.flush()  # type: ignore[attr-defined]

    def end(self) -> None:
        for each in (self._server, *self._held):
            each.close()


@pytest.fixture
def relay() -> Iterator[OneMailRelay]:
    made = OneMailRelay()
    yield made
    made.end()


def test_who_is_about_to_connect_at_the_end_is_cut_off_when_it_hurries(relay: OneMailRelay) -> None:
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
    assert relay.is_silent.wait(20)
    began = monotonic()
    pool.close(lambda: True)
    assert monotonic() - began < 60
    assert came == ["taken", "no session: broken off"]


def test_a_connection_that_was_broken_off_is_made_no_more(relay: OneMailRelay) -> None:
    with SmtpTransport(host="127.0.0.1", port=relay.port, tls="none", timeout=60) as transport:
        transport.break_off()
        with pytest.raises(Deferred, match="broken off"):
            transport.connect()
