"""Whatever goes wrong with TLS and login keeps mail for later: no copy is rejected, and a mended relay takes it."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import socket
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from solacefeed.delivery.smtp import SmtpTransport, verifying
from solacefeed.errors import Deferred, SenderRefused, Uncertain
from tests.mail.fake_relay import AUTHORITY, TLS, Answer, Relay, cut, drip, endless, silence
from tests.mail.test_smtp_session import A_MESSAGE, ON_THE_WIRE, TLS_FEATURES, go, outcome

SAID = "250-relay.example.org\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN CRAM-MD5"


def then(act: Answer) -> Answer:
    """Goes to TLS by its word, and then does that in its place."""

    def answer(wire: socket, over: Event) -> None:
        wire.sendall(b"220 go\r\n")
        assert callable(act)
        act(wire, over)

    return answer


def dripping_record(wire: socket, over: Event) -> None:
    """A handshake that goes on for ever: the beginning of a record, and its octets one by one."""
    wire.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
    while not over.wait(0.01):
        wire.sendall(b"\x00")


def garbage(wire: socket, _: Event) -> None:
    wire.sendall(b"220 go\r\n" * 100)
    wire.recv(65536)


def alert(wire: socket, _: Event) -> None:
    wire.recv(65536)
    wire.sendall(b"\x15\x03\x03\x00\x02\x02\x28")


def _tls_1_0() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # To set it is advised against, as it should be.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    return context


_TLS_1_0 = _tls_1_0()


def old_tls(wire: socket, _: Event) -> None:
    _TLS_1_0.wrap_socket(wire, server_side=True)


def challenges(wire: socket, _: Event) -> None:
    """Asks again and again, whatever it is told."""
    while wire.recv(65536):
        wire.sendall(b"334 VXNlcm5hbWU6\r\n")


def huge_challenge(wire: socket, _: Event) -> None:
    wire.sendall(b"334 " + b"QUJD" * 100_000 + b"\r\n")


HANDSHAKES = {
    "says nothing": then(silence),
    "drips": then(dripping_record),
    "says what is no TLS": then(garbage),
    "gives an alert": then(alert),
    "hangs up": then(cut),
    "has TLS 1.0 alone": then(old_tls),
}
GREETINGS: dict[str, Answer] = {
    "offers no login any more": "250 relay.example.org",
    "offers another login": "250 AUTH XOAUTH3",
    "hangs up": cut,
    "says nothing": silence,
    "drips": drip,
    "says it for ever": endless,
    "is busy": "421 4.3.2 busy",
}
LOGINS: dict[str, Answer] = {
    "drips": drip,
    "says it for ever": endless,
    "challenges for ever": challenges,
    "has a huge challenge": huge_challenge,
    "hangs up": cut,
    "is busy": "421 4.3.2 busy",
    "can't say just now": "454 4.7.0 later",
    "says what is no answer": "2",
}
FAULTS = [
    *(pytest.param("STARTTLS", [each], id=f"handshake {name}") for name, each in HANDSHAKES.items()),
    *(pytest.param("EHLO", [SAID, each], id=f"after TLS it {name}") for name, each in GREETINGS.items()),
    *(pytest.param("AUTH", [each] * 3, id=f"login {name}") for name, each in LOGINS.items()),
]


def over_tls(relay: Relay, *, tls_file: Path = AUTHORITY, timeout: float = 1.0) -> SmtpTransport:
    return SmtpTransport(
        host="localhost",
        port=relay.port,
        tls="starttls",
        context=verifying(tls_file),
        username="solace",
        password="open sesame",
        timeout=timeout,
        patience=timeout,
    )


@pytest.mark.parametrize(("stage", "answers"), FAULTS)
def test_a_fault_before_the_first_mail_costs_no_copy_and_the_mended_relay_takes_it(
    stage: str, answers: list[Answer]
) -> None:
    with Relay(features=TLS_FEATURES) as relay, over_tls(relay) as transport:
        relay.at(stage, *answers)
        error = outcome(transport)
        assert isinstance(error, Deferred)
        assert error.connection_lost
        assert "sesame" not in str(error)
        assert "MAIL" not in relay.verbs()
        relay.script.clear()
        assert transport.hand_over(A_MESSAGE, go).startswith("250")
    assert relay.bodies == [ON_THE_WIRE]


def test_a_relay_that_lets_us_in_no_more_after_tls_means_us() -> None:
    with Relay(features=TLS_FEATURES) as relay, over_tls(relay) as transport:
        relay.at("EHLO", SAID, "550 5.7.1 go away")
        relay.at("HELO", "550 5.7.1 go away")
        assert isinstance(outcome(transport), SenderRefused)
        relay.script.clear()
        assert transport.hand_over(A_MESSAGE, go).startswith("250")


@pytest.mark.parametrize("how", [cut, "25", silence])
def test_an_answer_to_the_dot_that_is_cut_short_under_tls_is_none(how: Answer) -> None:
    with Relay(features=TLS_FEATURES) as relay, over_tls(relay) as transport:
        relay.at("DOT", how)
        assert isinstance(outcome(transport), Uncertain)
        assert transport.hand_over(A_MESSAGE, go).startswith("250")


@pytest.fixture(params=["expired", "not valid yet", "of another name"])
def certificate(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A certificate that is its own authority, and its key."""
    key, now, year = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC), timedelta(days=365)
    begins = {"expired": now - 2 * year, "not valid yet": now + year}.get(request.param, now - year)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    names = [x509.DNSName("other.example.org"), x509.IPAddress(ip_address("192.0.2.1"))]
    if request.param != "of another name":
        names = [x509.DNSName("localhost")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + year if request.param == "expired" else begins + 3 * year)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    kind = serialization.PrivateFormat.PKCS8
    file = tmp_path / "relay.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_a_certificate_that_does_not_hold_now_or_there_gets_no_password(certificate: Path) -> None:
    def with_it(wire: socket, _: Event) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.wrap_socket(wire, server_side=True)

    with Relay(features=TLS_FEATURES) as relay, over_tls(relay, tls_file=certificate) as transport:
        relay.at("STARTTLS", then(with_it))
        error = outcome(transport)
    assert isinstance(error, Deferred)
    assert "certificate verify failed" in str(error)
    assert not {"AUTH", "MAIL"} & set(relay.verbs())
