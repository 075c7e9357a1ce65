"""What may befall a transaction under TLS, when the handshake is over: nothing is taken for an answer that is none."""

from __future__ import annotations

import struct
from collections.abc import Callable
from socket import SO_LINGER, SOL_SOCKET, socket
from threading import Event
from typing import TypeVar

import pytest

from solacefeed.delivery.event_loop import EventLoop
from solacefeed.delivery.smtp import SmtpTransport
from solacefeed.errors import Deferred, TransportError, Uncertain
from solacefeed.models.deliveries import Message
from tests.mail.fake_relay import Answer, Relay
from tests.mail.test_smtp_session import A_MESSAGE, TLS_FEATURES, go
from tests.mail.test_tls_faults import over_tls

T = TypeVar("T")

#: Records as they go over the wire: of no length, that never ends, of a key that nobody has, and in the clear.
EMPTY = b"\x17\x03\x03\x00\x00"
BEGUN = b"\x17\x03\x03\x40\x00" + b"\x00" * 40
FOREIGN = b"\x17\x03\x03\x00\x40" + b"\xa5" * 64
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"
IN_THE_CLEAR = b"250 2.0.0 queued as 4ABCD\r\n"

TAKEN = b"250 2.0.0 queued as 4ABCD\r\n"


def below(octets: bytes) -> Answer:
    """Written below TLS, and then it waits for the other side to go."""

    def answer(wire: socket, over: Event) -> None:
        socket.sendall(wire, octets)
        over.wait(3)

    return answer


def cut_below(octets: bytes) -> Answer:
    """The same, and then it hangs up."""
    return lambda wire, _over: socket.sendall(wire, octets)


def resets(wire: socket, _: Event) -> None:
    """Gone without a word of TLS's."""
    wire.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def octet_by_octet(wire: socket, over: Event) -> None:
    """A whole answer, each of whose octets is a record, and comes late; then it hangs up."""
    for octet in TAKEN:
        over.wait(0.005)
        wire.sendall(bytes([octet]))


def takes_and_resets(wire: socket, over: Event) -> None:
    wire.sendall(TAKEN)
    resets(wire, over)


NO_ANSWERS = {
    "a record that never ends": below(BEGUN),
    "a record that is cut": cut_below(BEGUN),
    "a record of another key": below(FOREIGN),
    "an alert": below(ALERT),
    "empty records without end": below(EMPTY * 100),
    "an answer in the clear": below(IN_THE_CLEAR),
    "a reset": resets,
}


def in_turn(work: Callable[[], T]) -> T:
    """What comes of it as a task of a loop."""
    loop, over, found = EventLoop("connections"), Event(), list[T | TransportError]()

    def task() -> None:
        try:
            found.append(work())
        except TransportError as error:
            found.append(error)
        finally:
            over.set()

    loop.begin(task)
    assert over.wait(20)
    loop.close()
    if isinstance(found[0], TransportError):
        raise found[0]
    return found[0]


def by_itself(work: Callable[[], T]) -> T:
    return work()


Way = Callable[[Callable[[], str]], str]
WAYS = pytest.mark.parametrize("way", [in_turn, by_itself])


def handed_over(transport: SmtpTransport, way: Way, message: Message = A_MESSAGE) -> str:
    def work() -> str:
        with transport:
            return transport.hand_over(message, go)

    return way(work)


@WAYS
@pytest.mark.parametrize("how", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_to_the_dot_leaves_it_in_doubt_and_the_next_mail_goes(how: Answer, way: Way) -> None:
    with Relay(features=TLS_FEATURES) as relay:
        transport = over_tls(relay)
        relay.at("DOT", how)
        with pytest.raises(Uncertain):
            handed_over(transport, way)
        assert handed_over(transport, way).startswith("250")
    assert len(relay.bodies) == 2


@WAYS
@pytest.mark.parametrize("stage", ["MAIL", "DATA"])
@pytest.mark.parametrize("how", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_before_the_dot_it_costs_the_connection_alone(how: Answer, stage: str, way: Way) -> None:
    with Relay(features=TLS_FEATURES) as relay:
        transport = over_tls(relay)
        relay.at(stage, how)
        with pytest.raises(Deferred) as deferred:
            handed_over(transport, way)
        assert deferred.value.connection_lost
        assert relay.bodies == []
        assert handed_over(transport, way).startswith("250")


@WAYS
@pytest.mark.parametrize("how", [octet_by_octet, takes_and_resets])
def test_a_whole_answer_counts_however_it_came_and_whatever_comes_after_it(how: Answer, way: Way) -> None:
    with Relay(features=TLS_FEATURES) as relay:
        transport = over_tls(relay)
        relay.at("DOT", how)
        assert handed_over(transport, way) == TAKEN.decode().strip()
        assert handed_over(transport, way).startswith("250")


@WAYS
def test_a_connection_that_ended_between_two_mails_costs_neither_an_attempt(way: Way) -> None:
    with Relay(features=TLS_FEATURES) as relay:
        transport = over_tls(relay)

        def two() -> str:
            with transport:
                first = transport.hand_over(A_MESSAGE, go)
                relay.hang_up_now()
                return first + transport.hand_over(A_MESSAGE, go)

        assert way(two).count("250 2.0.0") == 2
    assert (len(relay.bodies), relay.connections) == (2, 2)
