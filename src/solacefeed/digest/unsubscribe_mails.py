"""What a mail to the mailbox that takes unsubscribes asks for.

Our ``List-Unsubscribe`` puts ``unsubscribe TOKEN`` into the subject. Some programs move it into the body: there it
counts at the beginning of a line that is no quotation, so that who answers a digest and quotes it whole stays. What is
read is bounded, and whatever is in it is a value: a mail from anybody never raises here.
"""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from email.utils import parseaddr
from hashlib import sha256

from solacefeed.models.mailbox import MailRequest

#: Bytes of a mail that are looked at, and lines of its text.
MOST_BYTES = 64 * 1024
_MOST_LINES = 30
#: Letters of a header. The parser takes time by the square of its length, and none that says something to us is longer.
_LONGEST_HEADER = 2000
#: Parts within parts; the parser takes seconds for some thousands.
_MOST_PARTS = 30

_TOKEN = re.compile(r"^\s*(?:re:\s*)?unsubscribe[\s:]+([A-Za-z0-9_-]{2,400}\.[A-Za-z0-9_-]{20,100})\s*$", re.IGNORECASE)

#: What people write who have no token, as a whole subject or first line.
_ASKING = frozenset(
    {
        "unsubscribe",
        "unsubscribe me",
        "please unsubscribe",
        "please unsubscribe me",
        "stop",
        "remove",
        "remove me",
        "please remove me",
        "opt out",
        "dad-danysgrifio",
    }
)


class _BoundedHeaders(email.policy.EmailPolicy):
    """Headers that are too long are empty, those of a mail and those of its parts: nobody works out what they say."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value if len(value) <= _LONGEST_HEADER else ""


_POLICY = _BoundedHeaders()


def request(content: bytes) -> MailRequest:
    """What the mail asks for; of *content* the first ``MOST_BYTES`` count."""
    head = content[:MOST_BYTES]
    if head.lower().count(b"boundary") > _MOST_PARTS:
        return MailRequest(mark=_mark("broken", head.decode("latin-1")), is_broken=True)
    try:
        message = email.message_from_bytes(head, policy=_POLICY)
        assert isinstance(message, EmailMessage)
        return _request(message, head)
    except Exception:
        # The parser of the standard library falls over hostile headers in many ways; each is a mail that nobody reads.
        return MailRequest(mark=_mark("broken", head.decode("latin-1")), is_broken=True)


def _request(message: EmailMessage, head: bytes) -> MailRequest:
    identity = [str(message.get(name, "")) for name in ("Message-ID", "Date", "From", "Subject")]
    body = _text(message)
    # Without an id the text counts too; programs rewrite other headers, such as Status, in the mailbox.
    mark = _mark(*identity) if identity[0] else _mark(*identity, body or head.decode("latin-1"))
    subject = identity[3]
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith(">")][:_MOST_LINES]
    for line in (subject, *lines):
        if found := _TOKEN.match(line):
            return MailRequest(mark=mark, token=found[1])
    if _is_automatic(message):
        return MailRequest(mark=mark, is_automatic=True)
    if _asks(subject) or (lines and _asks(lines[0])):
        return MailRequest(mark=mark, address=parseaddr(identity[2])[1] or None)
    return MailRequest(mark=mark)


def _text(message: EmailMessage) -> str:
    part = next((each for each in message.walk() if each.get_content_type() == "text/plain"), None)
    return str(part.get_content()) if part is not None else ""


def _asks(line: str) -> bool:
    words = re.sub(r"^\s*re:\s*", "", line, flags=re.IGNORECASE).casefold()
    return words.strip(" \t.!?\"'") in _ASKING


def _is_automatic(message: EmailMessage) -> bool:
    """RFC 3834 section 2, and what lists and bounces are known by: to none of them anything is answered."""
    says = str(message.get("Auto-Submitted", "no")).strip().casefold()
    rank = str(message.get("Precedence", "")).strip().casefold()
    return (
        says != "no"
        or rank in ("bulk", "junk", "list")
        or "List-Id" in message
        or str(message.get("Return-Path", "")).strip() == "<>"
    )


def _mark(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
