"""Mails that come back, as mail servers of several makers write them; the words and the addresses are ours."""

from __future__ import annotations

from textwrap import dedent

from solacefeed.stable import stable_hash

ANN = "ann@reader.example"
#: Where the mail that came back was from.
BOUNCES = "bounces@example.org"


def returned(*, path: str = BOUNCES, message_id: str = "<weekly-2026-11-23.1@example.org>", token: str = "") -> str:
    """The headers of a copy of ours, as servers send them back."""
    unsubscribe = f"List-Unsubscribe: <https://news.example.org/unsubscribe/{token}>\n" if token else ""
    return (
        f"Return-Path: <{path}>\nTo: Ann <{ANN}>\nMessage-ID: {message_id}\n{unsubscribe}"
        "From: Society of Officers <digest@example.org>\nSubject: This week: the quiet budget\n"
        "Date: Mon, 23 Nov 2026 07:00:00 +0000\nList-Id: Weekly digest <weekly.example.org>\n"
    )


def headers(*, to: str, subject: str, sender: str = "MAILER-DAEMON@mx.reader.example (Mail Delivery System)") -> str:
    named = stable_hash([to, subject, sender])[:16]
    return (
        f"Return-Path: <>\nDelivered-To: {to}\nDate: Mon, 23 Nov 2026 08:01:00 +0000\nFrom: {sender}\n"
        f"Subject: {subject}\nTo: {to}\nMessage-ID: <{named}@mx.reader.example>\nMIME-Version: 1.0\n"
    )


def dsn(
    *,
    to: str = BOUNCES,
    recipient: str = ANN,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "smtp; 550 5.1.1 <ann@reader.example>: Recipient address rejected: User unknown",
    more: str = "",
    mail: str | None = None,
    subject: str = "Undelivered Mail Returned to Sender",
) -> bytes:
    """A delivery status notification as Postfix writes one (RFC 3464); *more* are further groups of fields."""
    return (
        headers(to=to, subject=f"{subject} {stable_hash([recipient, action, status, said, more])[:6]}")
        + "Auto-Submitted: auto-replied\n"
        + 'Content-Type: multipart/report; report-type=delivery-status; boundary="B/mx"\n\n'
        + "This is a MIME-encapsulated message.\n\n--B/mx\nContent-Description: Notification\n"
        + "Content-Type: text/plain; charset=utf-8\n\nI'm sorry to have to inform you that your message could not\n"
        + f"be delivered.\n\n<{recipient}>: {said}\n\n--B/mx\nContent-Description: Delivery report\n"
        + "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.reader.example\n"
        + f"X-Postfix-Sender: rfc822; {to}\nArrival-Date: Mon, 23 Nov 2026 08:00:00 +0000\n\n"
        + f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {said}\n{more}\n"
        + f"--B/mx\nContent-Type: text/rfc822-headers\n\n{returned(path=to) if mail is None else mail}\n--B/mx--\n"
    ).encode()


def arf(
    *,
    to: str = BOUNCES,
    kind: str = "abuse",
    mail: str | None = None,
    original_from: str | None = None,
    recipient: str = ANN,
) -> bytes:
    """A complaint as feedback loops send it (RFC 5965)."""
    return (
        headers(to=to, subject=f"FW: This week ({kind})", sender="Feedback <feedback@mail.example>")
        + 'Content-Type: multipart/report; report-type=feedback-report; boundary="part1"\n\n--part1\n'
        + "Content-Type: text/plain\n\nThis is an email abuse report.\n\n--part1\n"
        + f"Content-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: Feedback/1.0\nVersion: 1\n"
        + f"Original-Mail-From: <{original_from or to}>\nOriginal-Rcpt-To: <{recipient}>\n"
        + "Source-IP: 192.0.2.1\n\n--part1\n"
        + f"Content-Type: message/rfc822\n\n{returned(path=to) if mail is None else mail}\nRead me.\n\n--part1--\n"
    ).encode()


def microsofts_complaint(*, mail: str) -> bytes:
    """As the Junk Mail Reporting Program sends it: the mail itself, with a header of theirs and no return path."""
    own = "\n".join(line for line in mail.splitlines() if not line.startswith("Return-Path:"))
    return (
        headers(
            to="complaints@example.org", subject="complaint about message from 192.0.2.1", sender="staff@hot.example"
        )
        + 'Content-Type: multipart/mixed; boundary="j"\n\n--j\nContent-Type: message/rfc822\n\n'
        + f"X-HmXmrOriginalRecipient: <{ANN}>\n{own}\n\nRead me.\n\n--j--\n"
    ).encode()


def absence(*, to: str = BOUNCES, subject: str = "Automatic reply: This week", more: str = "") -> bytes:
    """What a reader's program writes while they are away; a colleague's address stands in it."""
    body = "I am away until Monday. Please write to joe@reader.example; ann@reader.example is not read.\n"
    return (headers(to=to, subject=subject, sender=f"Ann <{ANN}>") + f"{more}\n{body}").encode()


def by_hand(body: str, *, to: str = BOUNCES, subject: str = "Re: This week", sender: str = ANN) -> bytes:
    """What a person writes."""
    written = headers(to=to, subject=f"{subject} {stable_hash(body)[:6]}", sender=f"Ann <{sender}>")
    return f"{written.replace('<>', f'<{sender}>')}\n{body}\n".encode()


def in_words(body: str, *, to: str = BOUNCES, subject: str = "failure notice", sender: str | None = None) -> bytes:
    """A notice in one part of text, as servers wrote it before there was a standard."""
    system = sender or "MAILER-DAEMON@mx.reader.example"
    return (headers(to=to, subject=subject, sender=system) + f"\n{dedent(body).lstrip()}").encode()


QMAIL = """
    Hi. This is the qmail-send program at mx.reader.example.
    I'm afraid I wasn't able to deliver your message to the following addresses.
    This is a permanent error; I've given up. Sorry it didn't work out.

    <ann@reader.example>:
    {said}

    --- Below this line is a copy of the message.

    {mail}
    """

EXIM = """
    This message was created automatically by mail delivery software.

    A message that you sent could not be delivered to one or more of its
    recipients. This is a permanent error. The following address(es) failed:

      ann@reader.example
        {said}

    ------ This is a copy of the message, including all the headers. ------

    {mail}
    """


def qmail(said: str, *, to: str = BOUNCES) -> bytes:
    return in_words(QMAIL.format(said=said, mail=_indented(returned(path=to))), to=to)


def exim(said: str, *, to: str = BOUNCES) -> bytes:
    text = EXIM.format(said=said, mail=_indented(returned(path=to)))
    named = f"Mail delivery failed: returning message to sender\nX-Failed-Recipients: {ANN}"
    return in_words(text, to=to, subject=named)


def _indented(mail: str) -> str:
    return mail.replace("\n", "\n    ")
