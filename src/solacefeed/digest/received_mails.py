"""Mails that came, parsed within bounds: whatever is in one is a value, and a mail from anybody never raises here."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from functools import lru_cache
from hashlib import sha256
from typing import cast

#: Letters of a header. The parser takes time by the square of its length, and none that says something to us is longer.
_LONGEST_HEADER = 2000
#: Of one that says how a part is written: a type with its parameters. It is parsed anew each time that it is asked for.
_LONGEST_STRUCTURED = 500
_STRUCTURED = frozenset({"content-type", "content-disposition", "content-transfer-encoding", "mime-version"})
#: Parts beside and within parts; the parser takes seconds for some thousands. A report has three or four.
_MOST_PARTS = 30
#: Lines that may begin or end a part (RFC 2046 section 5.1.1), and more of them than any mail of so many parts needs.
_DASHES = re.compile(rb"^--", re.MULTILINE)
_MOST_DASHES = 300


class _BoundedHeaders(email.policy.EmailPolicy):
    """Headers that are too long are empty, those of a mail and those of its parts: nobody works out what they say."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        most = _LONGEST_STRUCTURED if name.lower() in _STRUCTURED else _LONGEST_HEADER
        return name, value if len(value) <= most else ""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return read_header(name, value)


@lru_cache(maxsize=200)
def read_header(name: str, value: str) -> str:
    """What a header says. A mail is asked for the types of its parts again and again, and each took milliseconds."""
    return cast("str", _PLAIN.header_fetch_parse(name, value))


_PLAIN = email.policy.EmailPolicy()
_POLICY = _BoundedHeaders()


def parsed(content: bytes) -> EmailMessage | None:
    """*content*, which is cut to a bound, as a mail; ``None`` for what has more parts than any that we read.

    What is asked of it can still raise: the parser of the standard library falls over hostile headers in many ways.
    """
    if content.lower().count(b"boundary") > _MOST_PARTS or len(_DASHES.findall(content)) > _MOST_DASHES:
        return None
    message = email.message_from_bytes(content, policy=_POLICY)
    assert isinstance(message, EmailMessage)
    return message if sum(1 for _ in message.walk()) <= _MOST_PARTS else None


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
