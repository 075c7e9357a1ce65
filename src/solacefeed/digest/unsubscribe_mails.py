"""What a mail to the mailbox that takes unsubscribes asks for.

Our ``List-Unsubscribe`` puts ``unsubscribe TOKEN`` into the subject. Some programs move it into the body: there it
counts at the beginning of a line that is no quotation, so that who answers a digest and quotes it whole stays. What is
read is bounded, and whatever is in it is a value: a mail from anybody never raises here.
"""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.utils import parseaddr

from solacefeed.digest.received_mails import header, is_automatic, mark, parsed
from solacefeed.models.mailbox import MailRequest

#: Bytes of a mail that are looked at, and lines of its text.
MOST_BYTES = 64 * 1024
_MOST_LINES = 30

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


def request(content: bytes) -> MailRequest:
    """What the mail asks for; of *content* the first ``MOST_BYTES`` count."""
    head = content[:MOST_BYTES]
    try:
        message = parsed(head)
        found = _request(message, head) if message is not None else None
    except Exception:
        # Each is a mail that nobody reads.
        found = None
    return found or MailRequest(mark=mark("broken", head.decode("latin-1")), is_broken=True)


def _request(message: EmailMessage, head: bytes) -> MailRequest:
    identity = [header(message, name) for name in ("Message-ID", "Date", "From", "Subject")]
    body = _text(message)
    # Without an id the text counts too; programs rewrite other headers, such as Status, in the mailbox.
    known_by = mark(*identity) if identity[0] else mark(*identity, body or head.decode("latin-1"))
    subject = identity[3]
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith(">")][:_MOST_LINES]
    for line in (subject, *lines):
        if found := _TOKEN.match(line):
            return MailRequest(mark=known_by, token=found[1])
    if is_automatic(message):
        return MailRequest(mark=known_by, is_automatic=True)
    if _asks(subject) or (lines and _asks(lines[0])):
        return MailRequest(mark=known_by, address=parseaddr(identity[2])[1] or None)
    return MailRequest(mark=known_by)


def _text(message: EmailMessage) -> str:
    part = next((each for each in message.walk() if each.get_content_type() == "text/plain"), None)
    return str(part.get_content()) if part is not None else ""


def _asks(line: str) -> bool:
    words = re.sub(r"^\s*re:\s*", "", line, flags=re.IGNORECASE).casefold()
    return words.strip(" \t.!?\"'") in _ASKING
