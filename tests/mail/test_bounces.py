"""What a mail in the mailbox of bounces says: of every maker's form, of forged and broken ones, of any bytes at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.delivery.bounces import read_report
from solacefeed.delivery.mailboxes import MOST_BYTES
from solacefeed.delivery.return_path import signed_path
from solacefeed.digest.received_mails import read_header
from solacefeed.models.bounces import BounceKind, ReportVerdict
from tests.mail.test_return_path import a_copy
from tests.support.bounced_mail import (
    ANN,
    absence,
    arf,
    by_hand,
    dsn,
    exim,
    in_words,
    microsofts_complaint,
    qmail,
    returned,
)
from tests.support.steps import patience

PATH = signed_path("bounces@example.org", a_copy(), ("secret",))

HARD, SOFT, SENDER = BounceKind.HARD, BounceKind.SOFT, BounceKind.SENDER

#: A status, what the server said, and whom that is about.
STATUSES = [
    ("5.1.1", "smtp; 550 5.1.1 <ann@reader.example>: Recipient address rejected: User unknown", HARD),
    ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", HARD),
    ("5.1.2", "smtp; 550 5.1.2 bad destination system: no such domain", HARD),
    ("5.2.1", "smtp; 550 5.2.1 The email account that you tried to reach is disabled", HARD),
    (
        "5.4.4",
        "X-Postfix; Host or domain name not found. Name service error for name=reader.example: Host not found",
        HARD,
    ),
    ("5.0.0", "smtp; 550 unknown user <ann@reader.example>", HARD),
    ("5.4.1", "smtp; 550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", HARD),
    ("5.0.0", "smtp; 5.1.0 - Unknown address error 550-'5.1.1 <ann@reader.example>... User unknown'", HARD),
    ("5.2.1", "smtp; 550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents", SOFT),
    ("5.2.2", "smtp; 552 5.2.2 The recipient's inbox is out of storage space and inactive", SOFT),
    ("5.0.0", "smtp; 5.1.0 - Unknown address error 550-'5.2.2 <ann@reader.example>... Mailbox full'", SOFT),
    ("5.1.1", "smtp; 550 5.1.1 mailbox is full", SOFT),
    ("5.1.0", "smtp; 550 5.1.0 Message refused, it looks like spam", SOFT),
    ("5.4.1", "smtp; 541 5.4.1 Mail rejected by destination domain", SOFT),
    ("4.4.7", "smtp; 451 4.4.7 delivery time expired", SOFT),
    ("5.4.7", "X-Postfix; delivery time expired", SOFT),
    ("5.0.0", "", SOFT),
    ("5.7.1", "smtp; 554 5.7.1 this message has been refused", SOFT),
    ("5.6.0", "smtp; 554 5.6.0 corrupt message content", SOFT),
    ("5.7.26", "smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated", SENDER),
    ("5.7.515", "smtp; 550 5.7.515 Access denied, sending domain EXAMPLE.ORG doesn't meet the required level", SENDER),
    ("5.1.8", "smtp; 553 5.1.8 Domain of sender address does not exist", SENDER),
    ("5.1.0", "smtp; 553 5.1.0 unknown user (in reply to MAIL FROM command)", SENDER),
    ("5.7.1", "smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.example", SENDER),
]


@pytest.mark.parametrize(("status", "said", "kind"), STATUSES, ids=range(len(STATUSES)))
def test_a_delivery_status_says_whom_its_refusal_is_about(status: str, said: str, kind: BounceKind) -> None:
    found = read_report(dsn(status=status, said=said))
    assert found.verdict is ReportVerdict.BOUNCE
    (failure,) = found.failures
    assert (failure.addresses, failure.kind) == ((ANN,), kind)


def test_a_bounce_names_the_return_path_the_message_id_and_the_link_of_the_mail_that_came_back() -> None:
    token = "d2Vla2x5OjE.5wBiF8BBRsmpYUYNwQncplaqJ6Pi87qO4bIFBbhrYFA"
    mail = returned(path=PATH, message_id="<one@example.org>", token=token)
    found = read_report(dsn(to=PATH.upper(), mail=mail))
    assert [each.lower() for each in found.paths] == [PATH, PATH]
    assert (found.message_ids, found.tokens) == (("<one@example.org>",), (token,))


def test_a_bounce_says_where_the_mail_was_addressed_and_where_that_leads() -> None:
    more = "Original-Recipient: rfc822;ann+2Bnews@reader.example\n"
    (failure,) = read_report(dsn(recipient="ann@elsewhere.example", more=more)).failures
    assert failure.addresses == ("ann+2Bnews@reader.example", "ann+news@reader.example", "ann@elsewhere.example")


def test_an_address_beyond_ascii_is_read_in_either_spelling() -> None:
    plain = dsn(recipient="łucja@reader.example").replace(b"message/delivery", b"message/global-delivery")
    escaped = dsn(recipient=r"\x{142}ucja@reader.example", more="Original-Recipient: utf-8;łucja@reader.example\n")
    for content in (plain, escaped):
        (failure,) = read_report(content).failures
        assert failure.addresses == ("łucja@reader.example",)


def test_each_recipient_of_a_bounce_has_a_verdict_of_its_own() -> None:
    more = (
        "\nFinal-Recipient: rfc822; joe@reader.example\nAction: failed\nStatus: 5.2.2\n"
        "Diagnostic-Code: smtp; 552 5.2.2 mailbox full\n\nFinal-Recipient: rfc822; eve@reader.example\n"
        "Action: relayed\nStatus: 2.1.9\n"
    )
    found = read_report(dsn(more=more))
    assert [(each.addresses, each.kind) for each in found.failures] == [
        (("ann@reader.example",), HARD),
        (("joe@reader.example",), SOFT),
    ]


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded", "DELAYED (will be tried)"])
def test_what_is_on_its_way_still_or_has_arrived_is_no_bounce(action: str) -> None:
    found = read_report(dsn(action=action, status="4.4.1" if "el" in action else "2.0.0", said="smtp; 250 ok"))
    assert (found.verdict, found.failures) == (ReportVerdict.DELAY, ())


@pytest.mark.parametrize(
    "broken",
    [
        dsn().replace(b'; boundary="B/mx"', b""),
        dsn().replace(b"Content-Type: message/delivery-status\n", b""),
        dsn().replace(b"\n", b"\r\n"),
        dsn().replace(b"\n", b"\r"),
        dsn().replace(b"Action: failed", b"Action: failed (user unknown)"),
        dsn().replace(b"Final-Recipient: rfc822; ", b"Final-Recipient: "),
        dsn().replace(b"Final-Recipient: rfc822; ann@reader.example", b"Final-Recipient: <ann@reader.example>"),
        dsn().replace(b"Action: failed\n", b"Action: error\n"),
        dsn().replace(b"Action: failed\n", b""),
    ],
    ids=["no boundary", "no type", "crlf", "cr", "comment", "no kind", "in brackets", "opensmtpd", "no action"],
)
def test_a_delivery_status_is_read_though_a_relay_has_written_it_wrong(broken: bytes) -> None:
    (failure,) = read_report(broken).failures
    assert (failure.addresses, failure.kind) == ((ANN,), HARD)


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other", "opt-out"])
def test_a_feedback_report_is_a_complaint(kind: str) -> None:
    found = read_report(arf(to=PATH, kind=kind))
    assert found.verdict is ReportVerdict.COMPLAINT
    (failure,) = found.failures
    assert (failure.addresses, failure.kind) == ((ANN,), BounceKind.COMPLAINT)
    assert PATH in found.paths


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc"])
def test_a_report_of_something_else_is_no_complaint(kind: str) -> None:
    assert read_report(arf(kind=kind)).verdict is ReportVerdict.AUTOMATIC


def test_microsofts_complaint_is_known_by_the_message_id_since_it_has_no_return_path() -> None:
    found = read_report(microsofts_complaint(mail=returned(message_id="<one@example.org>")))
    assert (found.verdict, found.message_ids, found.paths) == (ReportVerdict.COMPLAINT, ("<one@example.org>",), ())


@pytest.mark.parametrize(
    "mail",
    [
        absence(),
        absence(subject="Out of office: This week"),
        absence(subject="Abwesenheitsnotiz"),
        absence(subject="Ymateb awtomatig"),
        absence(subject="I am away", more="Auto-Submitted: auto-replied\n"),
        absence(subject="I am away", more="X-Autoreply: yes\n"),
        absence(subject="I am away", more="Precedence: bulk\n"),
        absence(
            subject="Read: This week",
            more='Content-Type: multipart/report; report-type=disposition-notification; boundary="x"\n',
        ),
    ],
    ids=range(8),
)
def test_what_a_readers_program_answers_says_nothing_of_their_address(mail: bytes) -> None:
    found = read_report(mail)
    assert (found.verdict, found.failures) == (ReportVerdict.AUTOMATIC, ())


@pytest.mark.parametrize(
    ("mail", "kind"),
    [
        (qmail("Sorry, no mailbox here by that name. (#5.1.1)"), HARD),
        (qmail("Remote host said: 550 unknown user"), HARD),
        (qmail("The user's mailfolder is full."), SOFT),
        (qmail("Sorry, it didn't work."), SOFT),
        (exim("SMTP error from remote mail server after RCPT TO:<ann@reader.example>: 550 5.1.1 User unknown"), HARD),
        (exim("mailbox is full: retry timeout exceeded"), SOFT),
        (exim("SMTP error from remote mail server after MAIL FROM:<x@example.org>: 550 sender rejected"), SENDER),
    ],
    ids=range(7),
)
def test_the_words_of_older_servers_are_understood(mail: bytes, kind: BounceKind) -> None:
    found = read_report(mail)
    assert found.verdict is ReportVerdict.BOUNCE
    (failure,) = found.failures
    assert (failure.addresses, failure.kind) == ((ANN,), kind)


@pytest.mark.parametrize(
    "body",
    ["Thank you, I liked the post on budgets.", "Please stop.", "", "ann@reader.example", "<ann@reader.example>: ?"],
)
def test_what_a_person_writes_is_left_for_people(body: str) -> None:
    found = read_report(by_hand(body))
    assert (found.verdict, found.failures) == (ReportVerdict.OTHER, ())


def test_a_server_that_says_it_in_words_which_nobody_knows_is_left_for_people_too() -> None:
    found = read_report(in_words("Il messaggio non e' stato recapitato: casella inesistente."))
    assert (found.verdict, found.failures) == (ReportVerdict.OTHER, ())


def test_a_mail_is_known_again_whatever_a_mailbox_program_writes_into_its_headers() -> None:
    once = read_report(dsn())
    again = read_report(dsn().replace(b"MIME-Version", b"Status: RO\nX-Keywords: seen\nMIME-Version"))
    assert once.mark == again.mark
    assert once.mark != read_report(dsn(status="5.1.2")).mark


@pytest.mark.parametrize("sender", ["", "From:", "From: ,", "From: =?utf-8?q?x"])
def test_a_notice_from_nobody_is_read_and_nothing_of_it_is_logged(
    sender: str, caplog: pytest.LogCaptureFixture
) -> None:
    notice = qmail("Sorry, no mailbox here by that name. (#5.1.1)").decode()
    without = "".join(f"{line}\n" for line in notice.splitlines() if not line.startswith("From:"))
    with caplog.at_level("DEBUG"):
        found = read_report(f"{sender}\n{without}".lstrip().encode())
    assert [each.addresses for each in found.failures] == [(ANN,)]
    assert caplog.records == []


SAMPLES = (
    dsn(to=PATH),
    arf(to=PATH),
    absence(),
    qmail("full"),
    exim("550 5.1.1"),
    microsofts_complaint(mail=returned()),
)


@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 40), st.binary(max_size=40))))
def test_a_sample_that_is_broken_anywhere_has_a_verdict(sample: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    for start, length, instead in cuts:
        sample = sample[:start] + instead + sample[start + length :]
    found = read_report(sample)
    assert (len(found.mark), bool(found.failures)) == (
        64,
        found.verdict in (ReportVerdict.BOUNCE, ReportVerdict.COMPLAINT),
    )


@given(st.binary(max_size=400))
def test_any_bytes_have_a_verdict(content: bytes) -> None:
    assert read_report(content).verdict in ReportVerdict


def nested(depth: int) -> bytes:
    return b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number) for number in range(depth)
    )


HOSTILE = [
    nested(5000),
    b"Content-Type: message/rfc822\n\n" * 20_000,
    b"From: " + b"(" * 200_000 + b"\n\n",
    b"Subject: =?utf-8?q?" + b"=41" * 80_000 + b"?=\n\nx",
    dsn(more="X-A: b\n" * 40_000),
    dsn(more="\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n" * 4000),
    dsn(said="smtp; " + "550 5.1.1 " * 30_000),
    dsn(said="smtp; " + "a@" * 100_000),
    arf().replace(b"Version: 1", b"Version: " + b"1 " * 100_000),
    in_words(("<" * 400 + "\n") * 600),
    in_words("a@b " * 60_000),
    in_words("the following addresses had\n" + "(expanded from: <" * 20_000),
    b"\x00" * MOST_BYTES,
    b"To: " + b"+c1.abcdefabcdefabcd" * 12_000 + b"\n\n",
    b"unsubscribe/" * 20_000,
    dsn(recipient="a" * 200_000),
    dsn(said="smtp; 550 " + "a" * 200_000),
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_mail_costs_no_more_than_its_bound(content: bytes) -> None:
    with patience():
        found = read_report(content)
    assert len(found.failures) <= 50


def many_parts(parts: int, *parameters: str) -> bytes:
    """Each of a type of its own that is long to work out."""
    head = "From: MAILER-DAEMON@example.net\nMessage-ID: <a@b>\nContent-Type: multipart/mixed; boundary=a\n\n"
    types = [f"--a\nContent-Type: text/plain; n={number}; {'; '.join(parameters)}\n\nz\n" for number in range(parts)]
    return (head + "".join(types)).encode()


def headers_worked_out(content: bytes) -> int:
    before = read_header.cache_info().misses
    read_report(content)
    return read_header.cache_info().misses - before


def test_a_mail_of_more_parts_than_any_report_has_is_left_unread() -> None:
    content = many_parts(130, *["a*0=b"] * 300)
    # One for the mail, and none for a part that is longer than a type may be.
    assert headers_worked_out(content) < 10
    assert read_report(content).verdict is ReportVerdict.BROKEN
    assert read_report(many_parts(31)).verdict is ReportVerdict.BROKEN


def test_each_type_of_a_part_is_worked_out_once_however_often_it_is_asked_for() -> None:
    assert headers_worked_out(many_parts(28, *["a=b(c)"] * 50)) < 28 + 20


def test_a_type_that_is_longer_than_any_is_none() -> None:
    long = dsn().replace(b"Content-Type: text/plain", b"Content-Type: text/plain; " + b"a*0=b; " * 200)
    assert headers_worked_out(long) < 30
    assert read_report(long).failures == read_report(dsn()).failures


def test_of_a_long_mail_the_beginning_counts() -> None:
    long = dsn().replace(b"\n--B/mx--", b"x" * (4 * MOST_BYTES) + b"\n--B/mx--")
    (failure,) = read_report(long).failures
    assert failure.kind is HARD
