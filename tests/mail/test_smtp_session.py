"""What happens to a copy, whatever the relay does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from socket import socket
from threading import Event
from time import monotonic

import pytest

from solacefeed.delivery.smtp import SmtpTransport, Tls, verifying
from solacefeed.errors import ConfigError, Deferred, Rejected, SenderRefused, TransportError, Unaddressable, Uncertain
from solacefeed.models.deliveries import Message
from tests.mail.fake_relay import AUTHORITY, Answer, Relay, cut, drip, endless, silence

A_MESSAGE = Message(
    sender="bounces@example.org",
    recipient="alice@example.org",
    content=b"Subject: Hello\r\n\r\nA few words.\r\n",
    message_id="<weekly-2026-11-23.17@example.org>",
)
ON_THE_WIRE = A_MESSAGE.content + b".\r\n"


def over(relay: Relay, *, patience: float = 5.0, timeout: float = 5.0) -> SmtpTransport:
    return SmtpTransport(host="127.0.0.1", port=relay.port, tls="none", timeout=timeout, patience=patience)


def a_long_message() -> Message:
    """More than fits between two sockets, so that a relay which reads no more is noticed."""
    return replace(A_MESSAGE, content=b"Subject: Long\r\n\r\n" + b"All work and no play.\r\n" * 1_000_000)


def go() -> bool:
    return True


def outcome(transport: SmtpTransport, message: Message = A_MESSAGE) -> TransportError:
    with pytest.raises(TransportError) as caught:
        transport.hand_over(message, go)
    return caught.value


def is_lost(error: TransportError) -> bool:
    return isinstance(error, Deferred) and error.connection_lost


# -- what goes well -----------------------------------------------------------------------------------


@pytest.mark.more
def test_a_mark_that_takes_longer_than_the_relay_may_costs_its_mail_nothing() -> None:
    def mark() -> bool:
        until = monotonic() + 0.6
        while monotonic() <= until:
            """The disk is slow."""
        return True

    with Relay() as relay, over(relay, timeout=0.5) as transport:
        answer = transport.hand_over(A_MESSAGE, mark)
    assert answer == "250 2.0.0 queued as 4ABCD"
    assert relay.bodies == [ON_THE_WIRE]


def test_a_copy_is_accepted_when_the_relay_takes_it_and_its_answer_is_kept() -> None:
    with Relay() as relay, over(relay) as transport:
        answer = transport.hand_over(A_MESSAGE, go)
    assert answer == "250 2.0.0 queued as 4ABCD"
    assert relay.bodies == [ON_THE_WIRE]
    assert relay.heard[1:4] == ["MAIL FROM:<bounces@example.org>", "RCPT TO:<alice@example.org>", "DATA"]
    assert relay.verbs()[4:] == ["QUIT"]


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n.\r\n"),
        (b"a\r\n\r\n.\r\nMAIL FROM:<x@example.org>\r\n", b"a\r\n\r\n..\r\nMAIL FROM:<x@example.org>\r\n.\r\n"),
        (b".a\r\n\r\n..\r\n...\r\n.b", b"..a\r\n\r\n...\r\n....\r\n..b\r\n.\r\n"),
        (b"a\r\n\r\nno dot. At the beginning\r\n", b"a\r\n\r\nno dot. At the beginning\r\n.\r\n"),
    ],
)
def test_a_dot_at_the_beginning_of_a_line_ends_no_message(content: bytes, wire: bytes) -> None:
    with Relay() as relay, over(relay) as transport:
        transport.hand_over(replace(A_MESSAGE, content=content), go)
    assert relay.bodies == [wire]


@pytest.mark.parametrize("content", [b"a\r\n\r\nb\n.\nMAIL\r\n", b"a\r\n\r\nb\r.\r\r\n", b"a\r\n\r\nb\n.\r\n"])
def test_a_message_that_relays_would_cut_in_different_places_is_never_offered(content: bytes) -> None:
    with Relay() as relay, over(relay) as transport:
        with pytest.raises(ValueError, match="bare CR or LF"):
            transport.hand_over(replace(A_MESSAGE, content=content), go)
        assert relay.connections == 0


def test_many_copies_go_over_one_connection() -> None:
    with Relay() as relay, over(relay) as transport:
        for number in range(5):
            transport.hand_over(replace(A_MESSAGE, recipient=f"user{number}@example.org"), go)
    assert relay.connections == 1
    assert relay.verbs().count("RCPT") == 5
    assert relay.verbs()[-1] == "QUIT"


def test_a_transport_without_work_never_connects() -> None:
    with Relay() as relay:
        with over(relay):
            pass
        assert relay.connections == 0


def test_a_relay_that_offers_pipelining_gets_the_envelope_at_once() -> None:
    with Relay(patient=True) as relay, over(relay) as transport:
        assert transport.hand_over(A_MESSAGE, go).startswith("250")


def test_a_relay_without_pipelining_is_asked_one_thing_after_another() -> None:
    with Relay(features=("SIZE 1000000",)) as relay, over(relay) as transport:
        relay.at("RCPT", "550 5.1.1 no such user")
        assert isinstance(outcome(transport), Rejected)
        assert relay.verbs() == ["EHLO", "MAIL", "RCPT", "RSET"]
        assert transport.hand_over(A_MESSAGE, go).startswith("250")
    assert relay.connections == 1


# -- the mark -----------------------------------------------------------------------------------------


def test_the_mark_comes_after_the_body_and_before_the_final_dot() -> None:
    with Relay() as relay, over(relay) as transport:

        def mark() -> bool:
            assert relay.has_just(b"\r\n" + A_MESSAGE.content)
            assert relay.bodies == []
            return True

        transport.hand_over(A_MESSAGE, mark)
    assert relay.bodies == [ON_THE_WIRE]


def test_a_copy_that_must_no_longer_go_gets_no_final_dot() -> None:
    with Relay() as relay, over(relay) as transport:
        with pytest.raises(Deferred) as caught:
            transport.hand_over(A_MESSAGE, lambda: False)
        assert caught.value.connection_lost
        transport.hand_over(replace(A_MESSAGE, content=b"Subject: Next\r\n\r\n"), go)
    assert relay.bodies == [b"Subject: Next\r\n\r\n.\r\n"]
    assert relay.connections == 2


def test_a_copy_whose_mark_could_not_be_written_gets_no_final_dot() -> None:
    def disk_full() -> bool:
        raise OSError("the disk is full")

    with Relay() as relay, over(relay) as transport, pytest.raises(OSError, match=r"^the disk is full$"):
        transport.hand_over(A_MESSAGE, disk_full)
    assert relay.bodies == []


# -- the next envelope behind the dot ---------------------------------------------------------------

B_MESSAGE = replace(A_MESSAGE, recipient="ben@example.org", content=b"Subject: Hello\r\n\r\nOther words.\r\n")


def test_the_next_envelope_goes_with_the_dot_and_its_replies_are_read_with_the_next_copy() -> None:
    with Relay() as relay, over(relay) as transport:
        answer = transport.hand_over(A_MESSAGE, go, lambda: B_MESSAGE)
        assert answer == "250 2.0.0 queued as 4ABCD"
        assert relay.behind == [b"MAIL FROM:<bounces@example.org>\r\nRCPT TO:<ben@example.org>\r\nDATA\r\n"]
        transport.hand_over(B_MESSAGE, go)
    assert relay.verbs() == ["EHLO", *["MAIL", "RCPT", "DATA"] * 2, "QUIT"]
    assert relay.bodies == [ON_THE_WIRE, B_MESSAGE.content + b".\r\n"]


def test_what_comes_next_is_not_asked_for_before_the_mark() -> None:
    marked: list[str] = []

    def mark() -> bool:
        marked.append("marked")
        return True

    def following() -> Message:
        assert marked == ["marked"]
        return B_MESSAGE

    with Relay() as relay, over(relay) as transport:
        transport.hand_over(A_MESSAGE, mark, following)
        transport.hand_over(B_MESSAGE, go)
    assert len(relay.bodies) == 2


def test_a_relay_without_pipelining_gets_nothing_behind_the_dot() -> None:
    with Relay(features=("8BITMIME",)) as relay, over(relay) as transport:
        transport.hand_over(A_MESSAGE, go, lambda: pytest.fail("asked what comes next"))
    assert relay.verbs() == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


@pytest.mark.parametrize(
    ("stage", "answer", "kind"),
    [
        ("RCPT", "550 5.1.1 no such user", Rejected),
        ("RCPT", "450 4.2.0 greylisted", Deferred),
        ("MAIL", "550 5.7.1 sender not allowed", SenderRefused),
        ("DATA", "451 4.3.0 later", Deferred),
    ],
)
def test_a_refusal_behind_the_dot_is_the_next_copys_own(stage: str, answer: str, kind: type[TransportError]) -> None:
    ordinary = {"RCPT": "250 ok", "MAIL": "250 ok", "DATA": "354 go"}[stage]
    with Relay() as relay, over(relay) as transport:
        relay.at(stage, ordinary, answer)
        assert transport.hand_over(A_MESSAGE, go, lambda: B_MESSAGE).startswith("250")
        assert type(outcome(transport, B_MESSAGE)) is kind
        assert transport.hand_over(A_MESSAGE, go).startswith("250"), "the next copy goes"
    assert relay.connections == 1
    assert [body for body in relay.taken if body != b".\r\n"] == [ON_THE_WIRE] * 2


def test_a_copy_that_is_refused_after_its_dot_spoils_nothing_for_the_next() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("DOT", "554 5.7.1 looks like spam")
        with pytest.raises(Rejected):
            transport.hand_over(A_MESSAGE, go, lambda: B_MESSAGE)
        assert transport.hand_over(B_MESSAGE, go).startswith("250")
    assert relay.connections == 1


@pytest.mark.parametrize("farewell", [cut, "421 4.7.0 enough mails for one connection"])
def test_a_relay_that_ends_the_connection_behind_the_dot_costs_the_next_copy_nothing(farewell: Answer) -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("MAIL", "250 ok", farewell)
        transport.hand_over(A_MESSAGE, go, lambda: B_MESSAGE)
        transport.connect()
        assert transport.hand_over(B_MESSAGE, go).startswith("250")
    assert relay.connections == 2


def test_another_copy_than_was_announced_goes_over_a_new_connection() -> None:
    other = replace(A_MESSAGE, recipient="cat@example.org")
    with Relay() as relay, over(relay) as transport:
        transport.hand_over(A_MESSAGE, go, lambda: B_MESSAGE)
        assert transport.hand_over(other, go).startswith("250")
    assert relay.connections == 2
    assert relay.bodies == [ON_THE_WIRE] * 2


def test_the_same_copy_with_other_words_than_were_announced_goes_on() -> None:
    with Relay() as relay, over(relay) as transport:
        transport.hand_over(A_MESSAGE, go, lambda: B_MESSAGE)
        assert transport.hand_over(replace(B_MESSAGE, content=A_MESSAGE.content), go).startswith("250")
    assert relay.connections == 1


def test_what_was_announced_and_does_not_come_is_no_mail() -> None:
    with Relay() as relay, over(relay) as transport:
        transport.hand_over(A_MESSAGE, go, lambda: B_MESSAGE)
    assert "QUIT" not in relay.verbs()
    assert relay.bodies == [ON_THE_WIRE]


def test_what_can_not_be_addressed_is_not_announced_and_is_told_when_it_comes() -> None:
    strange = replace(A_MESSAGE, recipient="zoë@example.org")
    with Relay() as relay, over(relay) as transport:
        transport.hand_over(A_MESSAGE, go, lambda: strange)
        assert isinstance(outcome(transport, strange), Unaddressable)
    assert relay.verbs() == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


# -- a connection before there is work --------------------------------------------------------------


def test_a_connection_that_is_alive_is_kept_and_one_that_ended_silently_is_renewed() -> None:
    with Relay() as relay, over(relay) as transport:
        transport.connect()
        transport.connect()
        assert relay.connections == 1
        relay.hang_up_now()
        transport.connect()
        assert transport.hand_over(A_MESSAGE, go).startswith("250")
    assert relay.connections == 2


def test_a_relay_that_is_not_there_is_found_out_without_a_copy() -> None:
    with Relay() as relay:
        nobody = over(relay)
    with nobody as transport, pytest.raises(Deferred) as caught:
        transport.connect()
    assert caught.value.connection_lost


def test_a_relay_that_says_not_now_to_a_new_connection_is_not_asked_for_another() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("MAIL", "421 4.7.0 too many")
        transport.connect()
        assert is_lost(outcome(transport))
    assert relay.connections == 1


@pytest.mark.parametrize("tls", ["none", "implicit"])
def test_who_waits_for_the_answer_to_a_dot_can_be_cut_off(tls: Tls) -> None:
    def break_off(wire: socket, ended: Event) -> None:
        transport.break_off()
        ended.wait(10)

    with Relay(implicit_tls=tls == "implicit") as relay:
        transport = over(relay) if tls == "none" else secured(relay, tls=tls)
        with transport:
            relay.at("DOT", break_off)
            assert isinstance(outcome(transport), Uncertain)


# -- refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "answer", "kind", "lost"),
    [
        ("GREETING", "421 4.3.2 shutting down", Deferred, True),
        ("GREETING", "554 no SMTP service here", Deferred, True),
        ("GREETING", "554 5.7.1 go away", SenderRefused, False),
        ("DATA", "554 5.7.1 not today", SenderRefused, False),
        ("MAIL", "451 4.3.0 later", Deferred, False),
        ("MAIL", "550 5.7.1 sender not allowed", SenderRefused, False),
        ("MAIL", "530 5.7.0 authentication required", SenderRefused, False),
        ("MAIL", "421 4.7.0 too many", Deferred, True),
        ("RCPT", "450 4.2.0 greylisted", Deferred, False),
        ("RCPT", "452 4.2.2 mailbox full", Deferred, False),
        ("RCPT", "550 5.1.1 no such user", Rejected, False),
        ("RCPT", "553-5.1.3 this\r\n553 5.1.3 is no address", Rejected, False),
        ("RCPT", "530 5.7.0 authentication required", SenderRefused, False),
        ("RCPT", "554 5.7.1 relay access denied", SenderRefused, False),
        ("RCPT", "421 4.7.0 too many", Deferred, True),
        ("DATA", "451 4.3.0 later", Deferred, False),
        ("DATA", "554 5.5.1 no", Rejected, False),
        ("DATA", "250 what?", Deferred, True),
        ("DOT", "452 4.3.1 no room", Deferred, False),
        ("DOT", "554 5.7.1 looks like spam", Rejected, False),
        ("DOT", "550 5.4.5 daily user sending limit exceeded", SenderRefused, False),
        ("DOT", "554 5.2.252 SendAsDenied", SenderRefused, False),
        ("DOT", "421 4.3.2 shutting down", Deferred, True),
        ("DOT", "354 go on", Uncertain, False),
    ],
)
@pytest.mark.parametrize("features", [("PIPELINING",), ()])
def test_a_refusal_says_later_or_never(
    stage: str, answer: str, kind: type[TransportError], lost: bool, features: tuple[str, ...]
) -> None:
    with Relay(features=features) as relay, over(relay) as transport:
        relay.at(stage, answer)
        error = outcome(transport)
        assert type(error) is kind
        assert is_lost(error) == lost
        last_line = answer.splitlines()[-1]
        assert last_line[:3] in str(error)
        assert last_line[4:] in str(error)
        assert transport.hand_over(A_MESSAGE, go).startswith("250"), "the next copy goes"


def test_a_refused_recipient_costs_no_new_connection_and_no_other_copy() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("RCPT", "550 5.1.1 no such user")
        relay.at("DATA", "503 5.5.1 no valid recipients")
        assert isinstance(outcome(transport), Rejected)
        transport.hand_over(A_MESSAGE, go)
    assert relay.connections == 1
    assert relay.verbs() == ["EHLO", *["MAIL", "RCPT", "DATA"], "RSET", *["MAIL", "RCPT", "DATA"], "QUIT"]
    assert relay.bodies == [ON_THE_WIRE]


def test_a_relay_that_wants_a_body_for_a_refused_recipient_gets_an_empty_one() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("RCPT", "550 5.1.1 no such user")
        relay.at("DOT", "554 5.5.1 no valid recipients")
        assert isinstance(outcome(transport), Rejected)
        transport.hand_over(A_MESSAGE, go)
    assert relay.bodies == [b".\r\n", ON_THE_WIRE]
    assert relay.connections == 1


def test_a_refusal_is_kept_when_the_relay_hangs_up_right_after_it() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("RCPT", "550 5.1.1 no such user")
        relay.at("DATA", cut)
        assert "550 5.1.1" in str(outcome(transport))


# -- cut off ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [cut, silence, drip, endless, "2", "hello", "999 what", "25", "250-a\r\n2x0 b"])
@pytest.mark.parametrize("stage", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_copy_cut_off_before_the_final_dot_is_deferred(stage: str, how: Answer) -> None:
    with Relay() as relay, over(relay, timeout=0.15) as transport:
        relay.at(stage, how)
        assert is_lost(outcome(transport))
    assert relay.bodies == []


@pytest.mark.parametrize("how", [cut, silence, drip, endless, "hello", "999 what", "25"])
def test_a_copy_cut_off_after_the_final_dot_is_uncertain(how: Answer) -> None:
    with Relay() as relay, over(relay, patience=0.5) as transport:
        relay.at("DOT", how)
        assert isinstance(outcome(transport), Uncertain)
        assert transport.hand_over(A_MESSAGE, go).startswith("250"), "the next copy goes, on a new connection"
    assert relay.connections == 2


def test_a_relay_that_breaks_into_the_body_is_heard_before_the_dot() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("DATA", "354 go\r\n421 4.3.2 shutting down")
        with pytest.raises(Deferred, match=r"421 4\.3\.2 shutting down") as caught:
            transport.hand_over(A_MESSAGE, lambda: pytest.fail("asked for the mark"))
        assert caught.value.connection_lost


def test_what_a_relay_says_while_the_mark_is_written_is_no_answer_to_the_dot() -> None:
    marking, said = Event(), Event()

    def speaks_early(wire: socket, over: Event) -> None:
        wire.sendall(b"354 go\r\n")
        marking.wait(5)
        wire.sendall(b"250 2.0.0 queued\r\n")
        said.set()
        over.wait(5)

    def mark() -> bool:
        marking.set()
        return said.wait(5)

    with Relay() as relay, over(relay) as transport:
        relay.at("DATA", speaks_early)
        with pytest.raises(Deferred, match=r"250 2\.0\.0 queued") as caught:
            transport.hand_over(A_MESSAGE, mark)
        assert caught.value.connection_lost
        assert transport.hand_over(A_MESSAGE, go).startswith("250")
    assert relay.bodies == [ON_THE_WIRE]


def test_a_relay_that_hangs_up_over_a_long_body_is_noticed_before_the_dot() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("DATA", _begin_and_hang_up)
        with pytest.raises(Deferred) as caught:
            transport.hand_over(a_long_message(), lambda: pytest.fail("asked for the mark"))
        assert caught.value.connection_lost


def _begin_and_hang_up(wire: socket, ended: Event) -> None:
    wire.sendall(b"354 go\r\n")
    wire.recv(1)


def test_a_relay_that_takes_no_octet_of_a_long_body_is_left_in_time() -> None:
    with Relay() as relay, over(relay, timeout=0.15) as transport:
        relay.at("DATA", _begin_and_stall)
        with pytest.raises(Deferred, match=r"too long|timed out") as caught:
            transport.hand_over(a_long_message(), lambda: pytest.fail("asked for the mark"))
        assert caught.value.connection_lost


def _begin_and_stall(wire: socket, ended: Event) -> None:
    wire.sendall(b"354 go\r\n")
    ended.wait(5)


@pytest.mark.parametrize("farewell", [cut, "421 4.4.2 idle for too long"])
def test_an_idle_connection_that_the_relay_closed_costs_nothing(farewell: Answer) -> None:
    with Relay() as relay, over(relay) as transport:
        transport.hand_over(A_MESSAGE, go)
        relay.at("MAIL", farewell)
        assert transport.hand_over(A_MESSAGE, go).startswith("250")
    assert relay.connections == 2
    assert relay.bodies == [ON_THE_WIRE] * 2


def test_a_relay_that_says_not_now_to_a_new_connection_is_not_asked_again_at_once() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("MAIL", *["421 4.7.0 too many"] * 3)
        assert is_lost(outcome(transport))
        assert relay.connections == 1


def test_a_relay_that_can_not_be_reached_defers() -> None:
    with Relay() as relay:
        nobody = over(relay)
    with nobody as transport:
        error = outcome(transport)
    assert is_lost(error)
    assert f"127.0.0.1:{relay.port}" in str(error)


def test_an_ordinary_end_survives_a_relay_that_is_gone() -> None:
    with Relay() as relay, over(relay) as transport:
        transport.hand_over(A_MESSAGE, go)
        relay.at("QUIT", cut)
    assert relay.verbs()[-1] == "QUIT"


# -- what is kept of an answer ------------------------------------------------------------------------


def test_an_answer_is_kept_on_one_line_without_control_characters_and_cut() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at("DOT", "250-first\x1b[31m\r\n250 \x07second \u202e é " + "x" * 2000)
        answer = transport.hand_over(A_MESSAGE, go)
    assert answer.startswith("250 first\\x1b[31m \\x07second \\u202e é xxx")
    assert answer.isprintable()
    assert len(answer) < 320


# -- addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "a@b>\r\nRCPT TO:<c@d",
        "a b@example.org",
        "a@example.org>",
        "<a@example.org",
        "nobody",
        "a@b\u2028c.org",
        "@",
        "",
    ],
)
def test_an_address_can_not_say_anything_else_to_the_relay(address: str) -> None:
    with Relay() as relay, over(relay) as transport:
        assert isinstance(outcome(transport, replace(A_MESSAGE, recipient=address)), Unaddressable)
    assert relay.verbs() == ["EHLO", "QUIT"]


def test_an_address_beyond_ascii_goes_where_the_relay_can_take_it() -> None:
    with Relay(features=("PIPELINING", "8BITMIME", "SMTPUTF8")) as relay, over(relay) as transport:
        transport.hand_over(replace(A_MESSAGE, recipient="zoë@example.org"), go)
        transport.hand_over(A_MESSAGE, go)
    assert relay.heard[1:3] == [
        "MAIL FROM:<bounces@example.org> BODY=8BITMIME SMTPUTF8",
        "RCPT TO:<zoë@example.org>",
    ]
    assert relay.heard[4] == "MAIL FROM:<bounces@example.org>"


def test_an_address_beyond_ascii_is_not_even_asked_for_where_the_relay_can_not_take_it() -> None:
    with Relay() as relay, over(relay) as transport:
        error = outcome(transport, replace(A_MESSAGE, recipient="zoë@example.org"))
        assert isinstance(error, Unaddressable)
        assert "SMTPUTF8" in str(error)
        transport.hand_over(A_MESSAGE, go)
    assert relay.connections == 1


# -- TLS and login ------------------------------------------------------------------------------------

TLS_FEATURES = ("PIPELINING", "STARTTLS", "AUTH PLAIN")


def secured(
    relay: Relay,
    *,
    host: str = "localhost",
    tls: Tls = "starttls",
    ca_file: Path | None = AUTHORITY,
    password: str | None = None,
) -> SmtpTransport:
    return SmtpTransport(
        host=host,
        port=relay.port,
        tls=tls,
        context=verifying(ca_file),
        username="solace" if password else None,
        password=password,
        timeout=5,
        patience=5,
    )


def test_a_copy_goes_over_starttls_and_the_password_only_after_it() -> None:
    with Relay(features=TLS_FEATURES) as relay, secured(relay, password="open sesame") as transport:
        assert transport.hand_over(A_MESSAGE, go).startswith("250")
        assert transport.hand_over(A_MESSAGE, go).startswith("250")
    assert relay.verbs()[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]
    assert relay.bodies == [ON_THE_WIRE] * 2


def test_a_copy_goes_over_tls_from_the_first_octet() -> None:
    with (
        Relay(features=("AUTH PLAIN",), implicit_tls=True) as relay,
        secured(relay, tls="implicit", password="open sesame") as transport,
    ):
        assert transport.hand_over(A_MESSAGE, go).startswith("250")
    assert relay.verbs()[:2] == ["EHLO", "AUTH"]
    assert relay.bodies == [ON_THE_WIRE]


def test_a_long_copy_goes_over_tls_whole() -> None:
    content = b"Subject: Long\r\n\r\n" + b"All work and no play.\r\n" * 20_000
    with Relay(features=TLS_FEATURES) as relay, secured(relay) as transport:
        transport.hand_over(replace(A_MESSAGE, content=content), go)
    assert relay.bodies == [content + b".\r\n"]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize(
    ("host", "ca_file", "words"),
    [
        pytest.param("localhost", None, "certificate verify failed", id="an authority that nobody knows"),
        pytest.param("127.0.0.1", AUTHORITY, "IP address mismatch", id="a certificate for another name"),
    ],
)
def test_a_relay_that_can_not_prove_its_name_gets_nothing(
    tls: Tls, host: str, ca_file: Path | None, words: str
) -> None:
    with (
        Relay(features=TLS_FEATURES, implicit_tls=tls == "implicit") as relay,
        secured(relay, host=host, tls=tls, ca_file=ca_file, password="open sesame") as transport,
    ):
        error = outcome(transport)
    assert is_lost(error)
    assert words in str(error)
    assert not {"MAIL", "AUTH"} & set(relay.verbs())


@pytest.mark.parametrize(
    ("features", "answer"),
    [
        pytest.param(("PIPELINING",), None, id="not offered"),
        pytest.param(TLS_FEATURES, "454 4.7.0 not now", id="offered, then refused"),
    ],
)
def test_without_tls_there_is_no_mail_and_no_password(features: tuple[str, ...], answer: str | None) -> None:
    with Relay(features=features) as relay, secured(relay, password="open sesame") as transport:
        relay.at("STARTTLS", *[answer] if answer else [])
        assert is_lost(outcome(transport))
    assert not {"MAIL", "AUTH"} & set(relay.verbs())


def test_what_was_said_in_the_clear_counts_for_nothing_under_tls() -> None:
    def go_on_in_the_clear(wire: socket, ended: Event) -> None:
        wire.sendall(b"220 go\r\n250 injected\r\n")
        relay.secured(wire)

    with Relay(features=TLS_FEATURES) as relay, secured(relay) as transport:
        relay.at("STARTTLS", go_on_in_the_clear)
        error = outcome(transport)
    assert is_lost(error)
    assert "in the clear" in str(error)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("535 5.7.8 no such login", SenderRefused),
        ("530 5.7.0 TLS first", SenderRefused),
        ("454 4.7.0 later", Deferred),
    ],
)
def test_a_refused_login_is_no_fault_of_the_recipient(answer: str, kind: type[TransportError]) -> None:
    with Relay(features=TLS_FEATURES) as relay, secured(relay, password="open sesame") as transport:
        relay.at("AUTH", answer)
        error = outcome(transport)
        assert transport.hand_over(A_MESSAGE, go).startswith("250"), "the next copy goes, on a new connection"
    assert type(error) is kind
    assert is_lost(error) == (kind is Deferred)
    assert answer in str(error)
    assert "login" in str(error)
    assert relay.verbs().count("MAIL") == 1


def test_only_a_refusal_that_may_be_about_us_says_what_others_like_it_would_say() -> None:
    with Relay() as relay, over(relay) as transport:
        relay.at(
            "RCPT", "550 5.1.1 no such user", "554 5.7.1 <alice@example.org>: no", "554 5.7.1 <ben@example.org>: no"
        )
        refusals = [outcome(transport) for _ in range(3)]
    assert all(isinstance(refusal, Rejected) for refusal in refusals)
    first, second, third = (refusal.alike for refusal in refusals if isinstance(refusal, Rejected))
    assert first is None
    assert second == third
    assert second is not None


def test_a_login_that_the_relay_does_not_offer_is_said() -> None:
    with Relay(features=("STARTTLS",)) as relay, secured(relay, password="open sesame") as transport:
        assert "AUTH" in str(outcome(transport))


def test_a_password_never_stands_in_an_error() -> None:
    with Relay(features=TLS_FEATURES) as relay, secured(relay, password="Sésame") as transport:
        error = outcome(transport)
    assert is_lost(error)
    assert "ASCII" in str(error)
    assert "é" not in str(error)
    assert error.__cause__ is None


@pytest.mark.parametrize("challenge", ["abc", "=", "é"])
@pytest.mark.parametrize("kind", ["CRAM-MD5", "LOGIN", "PLAIN"])
def test_a_challenge_that_can_not_be_read_is_the_relays_fault_and_later_is_soon_enough(
    kind: str, challenge: str
) -> None:
    features = ("PIPELINING", "STARTTLS", f"AUTH {kind}")
    with Relay(features=features) as relay, secured(relay, password="open sesame") as transport:
        relay.at("AUTH", lambda wire, _: wire.sendall(f"334 {challenge}\r\n".encode()))
        error = outcome(transport)
    assert is_lost(error)
    assert "ASCII" not in str(error)
    assert "sesame" not in str(error)


def test_a_password_beyond_ascii_is_said_whatever_the_challenge() -> None:
    with Relay(features=("STARTTLS", "AUTH CRAM-MD5")) as relay, secured(relay, password="Sésame") as transport:
        relay.at("AUTH", "334 PDE3ODkzLjEzMjA2NzkxMjNAdGVzc2VyYWN0LnN1c2FtLmluPg==")
        error = outcome(transport)
    assert "ASCII" in str(error)
    assert error.__cause__ is None


def test_an_authority_file_that_can_not_be_read_is_a_config_error() -> None:
    with Relay() as relay, pytest.raises(ConfigError, match=r"ca_file: nowhere\.pem"):
        secured(relay, ca_file=Path("nowhere.pem"))
