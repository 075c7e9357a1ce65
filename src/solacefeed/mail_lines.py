"""Lines of mails as they go over the wire: which octets may go as they are, found out once for what many mails share.

Each line ends in CRLF, and one that begins with a dot gets another (RFC 5321 section 4.5.2). To look through a whole
mail for that takes as long as to compose it.
"""

from __future__ import annotations

from collections.abc import Iterable


class PlainLines(bytes):
    """Octets of which none is a bare CR or LF, and in which no line begins with a dot, but perhaps the first."""

    __slots__ = ()


def plain(part: bytes) -> bytes:
    """*part*, which says by its class from now on whether it is plain."""
    return PlainLines(part) if _is_plain(part) else part


def joined(parts: Iterable[bytes]) -> bytes:
    """All *parts* as one, and plain where they are; those that say so are not looked through again."""
    all_of_it = list(parts)
    whole, before = b"".join(all_of_it), b""
    for part in all_of_it:
        if not (isinstance(part, PlainLines) or _is_plain(part)) or (part[:1] == b"." and before[-1:] == b"\n"):
            return whole
        before = part or before
    return PlainLines(whole)


def for_the_wire(content: bytes) -> bytes:
    """*content* without the final dot after it.

    A bare CR or LF is a bug, and refused: relays differ on it, and some see a second message (SMTP smuggling).
    """
    stuffed = content
    if not isinstance(content, PlainLines):
        if not _ends_lines_alike(content):
            raise ValueError("a message with a bare CR or LF")
        stuffed = content.replace(b"\r\n.", b"\r\n..")
    stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _is_plain(part: bytes) -> bool:
    return _ends_lines_alike(part) and b"\r\n." not in part


def _ends_lines_alike(part: bytes) -> bool:
    return part.count(b"\r\n") == part.count(b"\n") == part.count(b"\r")
