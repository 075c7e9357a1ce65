"""Lines of mails as they go over the wire, found out once for what many mails share.

Each line ends in CRLF, and one that begins with a dot gets another (RFC 5321 section 4.5.2). To look through a whole
mail for that takes as long as to compose it.
"""

from __future__ import annotations

from collections.abc import Iterable


class CheckedLines(bytes):
    """Octets of which none is a bare CR or LF."""

    #: The same with the dots doubled that begin a line, but for one that begins all of it.
    stuffed: bytes


def checked(part: bytes) -> bytes:
    """*part*, which is looked through no more, if no bare CR or LF is in it."""
    stuffed = _stuffed(part)
    return part if stuffed is None else _known(part, stuffed)


def joined(parts: Iterable[bytes]) -> bytes:
    """All *parts* as one, and looked through where they are not yet."""
    all_of_it = list(parts)
    whole, before, for_wire = b"".join(all_of_it), b"", []
    for part in all_of_it:
        stuffed = _stuffed(part)
        if stuffed is None:
            return whole
        if part.startswith(b".") and before.endswith(b"\n"):
            for_wire.append(b".")
        for_wire.append(stuffed)
        before = part or before
    return _known(whole, b"".join(for_wire))


def for_the_wire(content: bytes) -> bytes:
    """*content* without the final dot after it.

    A bare CR or LF is a bug, and refused: relays differ on it, and some see a second message (SMTP smuggling).
    """
    stuffed = _stuffed(content)
    if stuffed is None:
        raise ValueError("a message with a bare CR or LF")
    stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _known(part: bytes, stuffed: bytes) -> CheckedLines:
    lines = CheckedLines(part)
    lines.stuffed = stuffed
    return lines


def _stuffed(part: bytes) -> bytes | None:
    """``None`` where a bare CR or LF is in it."""
    if isinstance(part, CheckedLines):
        return part.stuffed
    if not part.count(b"\r\n") == part.count(b"\n") == part.count(b"\r"):
        return None
    return part.replace(b"\r\n.", b"\r\n..")
