"""Mails that came, parsed within bounds: whatever is in one is a value, and a mail from anybody never raises here."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from hashlib import sha256

#: Letters of a header. The parser takes time by the square of its length, and none that says something to us is longer.
_LONGEST_HEADER = 2000
#: Parts within parts; the parser takes seconds for some thousands.
_MOST_PARTS = 30


class _BoundedHeaders(email.policy.EmailPolicy):
    """Headers that are too long are empty, those of a mail and those of its parts: nobody works out what they say."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value if len(value) <= _LONGEST_HEADER else ""


_POLICY = _BoundedHeaders()


def parsed(content: bytes) -> EmailMessage | None:
    """*content*, which is cut to a bound, as a mail; ``None`` for what has more parts than any that we read.

    What is asked of it can still raise: the parser of the standard library falls over hostile headers in many ways.
    """
    if content.lower().count(b"boundary") > _MOST_PARTS:
        return None
    message = email.message_from_bytes(content, policy=_POLICY)
    assert isinstance(message, EmailMessage)
    return message


def header(message: EmailMessage, name: str) -> str:
    """What the first header of that name says; empty where there is none."""
    return str(message.get(name, ""))


def is_automatic(message: EmailMessage) -> bool:
    """RFC 3834 section 2, and what lists and bounces are known by: to none of them anything is answered."""
    says = header(message, "Auto-Submitted").strip().casefold() or "no"
    rank = header(message, "Precedence").strip().casefold()
    return (
        says != "no"
        or rank in ("bulk", "junk", "list")
        or "List-Id" in message
        or header(message, "Return-Path").strip() == "<>"
    )


def mark(*parts: str) -> str:
    """A hash by which a mail is known again."""
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
