"""Lines of mails as they go over the wire, found out once for what many mails share.

Each line ends in CRLF, and one that begins with a dot gets another (RFC 5321 section 4.5.2). To look through a whole
mail for that takes as long as to compose it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from sys import getsizeof


class CheckedLines(bytes):
    """Octets of which none is a bare CR or LF."""

    #: The same with dots doubled that begin a line, but for one that begins all of it; ``None`` where there is none.
    stuffed: bytes | None = None
    begins_with_dot = False


def checked(part: bytes) -> bytes:
    """*part*, which is looked through no more, if no bare CR or LF is in it."""
    if not part.count(b"\r\n") == part.count(b"\n") == part.count(b"\r"):
        return part
    stuffed = part.replace(b"\r\n.", b"\r\n..")
    return _known(part, None if len(stuffed) == len(part) else stuffed)


def joined(parts: Iterable[bytes]) -> bytes:
    """All *parts* as one, and looked through where they are not yet."""
    known, are_plain = list(parts), True
    for place, part in enumerate(known):
        if type(part) is not CheckedLines:
            if _is_within_a_line(part):
                continue
            part = known[place] = checked(part)
            if type(part) is not CheckedLines:
                return b"".join(known)
        if part.stuffed is not None or (part.begins_with_dot and _end_a_line(known[:place])):
            are_plain = False
    whole = b"".join(known)
    return _known(whole, None if are_plain else b"".join(_at_their_places(known)))


class GappedLines:
    """What many mails share, with gaps for what is each one's own; of most mails only that is looked through."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        """A gap stands between each two of *pieces*, and before the first one where that is empty."""
        known = [checked(piece) for piece in pieces]
        self._parts = _with_gaps(known)
        stuffed = _with_gaps([_stuffed(piece) for piece in known])
        self._stuffed = None if stuffed == self._parts else stuffed
        #: Whether what is in the pieces can't be told without what stands before them.
        self._is_open = any(type(piece) is not CheckedLines or piece.begins_with_dot for piece in known)
        #: Whether an end is told by ``for_the_wire``, or it is beyond ASCII.
        self._is_odd = not (known[-1].endswith(b"\r\n") and all(piece.isascii() for piece in known))

    def filled(self, own: Sequence[bytes]) -> tuple[bytes, bytes | None]:
        """The whole with one of *own* in each gap, and the same ``for_the_wire``, where it is of ASCII.

        ``None`` where that wants another look.
        """
        parts = self._parts.copy()
        parts[1::2] = own
        # As if each began a line: what holds then holds wherever the gaps stand.
        looked_at = b"\r\n".join((b"", *own))
        is_whole = 2 * looked_at.count(b"\r\n") == len(looked_at) - len(looked_at.translate(None, b"\r\n"))
        if self._is_open or not is_whole or b"\n." in looked_at:
            return joined(parts), None
        whole = b"".join(parts)
        if self._is_odd or not looked_at.isascii():
            return whole, None
        if self._stuffed is None:
            return whole, whole
        stuffed = self._stuffed.copy()
        stuffed[1::2] = own
        return whole, b"".join(stuffed)

    def size(self) -> int:
        """In memory."""
        return sum(map(getsizeof, [*self._parts, *(self._stuffed or ())]))


def _with_gaps(pieces: Sequence[bytes]) -> list[bytes]:
    """*pieces*, with an empty one for each gap between them."""
    parts = [b""] * (2 * len(pieces) - 1)
    parts[::2] = pieces
    return parts


def _is_within_a_line(part: bytes) -> bool:
    """So are most of those that are one copy's own: nothing in them ends a line, or has to be doubled."""
    return not (b"\n" in part or b"\r" in part or part.startswith(b"."))


def _end_a_line(parts: list[bytes]) -> bool:
    return next((part.endswith(b"\n") for part in reversed(parts) if part), False)


def _at_their_places(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Each of *parts* with its dots doubled, be it that one begins a line by its place alone."""
    before = b""
    for part in parts:
        if part.startswith(b".") and before.endswith(b"\n"):
            yield b"."
        yield _stuffed(part)
        before = part or before


def for_the_wire(content: bytes) -> bytes:
    """*content* without the final dot after it.

    A bare CR or LF is a bug, and refused: relays differ on it, and some see a second message (SMTP smuggling).
    """
    known = content if isinstance(content, CheckedLines) else checked(content)
    if not isinstance(known, CheckedLines):
        raise ValueError("a message with a bare CR or LF")
    stuffed = _stuffed(known)
    stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _known(part: bytes, stuffed: bytes | None) -> CheckedLines:
    lines = CheckedLines(part)
    if stuffed is not None:
        lines.stuffed = stuffed
    if part.startswith(b"."):
        lines.begins_with_dot = True
    return lines


def _stuffed(part: bytes) -> bytes:
    if not isinstance(part, CheckedLines) or part.stuffed is None:
        return part
    return part.stuffed
