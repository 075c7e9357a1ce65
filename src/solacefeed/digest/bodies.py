"""Bodies in quoted-printable, with gaps for what is each recipient's own.

The law: every octet is below 128, no line is over 76 octets, and a gap stands between soft line breaks, so that what
is put into it is encoded by itself and a copy is a matter of joining bytes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from sys import getsizeof

from solacefeed.digest.rendering import CHOICE, PAUSE, PREFERENCES, RECIPIENT, UNSUBSCRIBE
from solacefeed.mail_lines import checked

# The longer of two that begin alike stands first.
_PLACEHOLDER = re.compile(f"({UNSUBSCRIBE}|{RECIPIENT}|{CHOICE}|{PAUSE}|{PREFERENCES})")
_IN_BYTES = re.compile(_PLACEHOLDER.pattern.encode())
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class GappedBody:
    """A body as all recipients of a variant get it, but for its gaps."""

    #: What stands before each gap, an empty one in the place of the gap, and so on; ends with what stands last.
    pieces: tuple[bytes, ...]
    #: The placeholder that each gap was, in their order.
    gaps: tuple[str, ...]

    def filled(self, said: Mapping[str, bytes]) -> list[bytes]:
        """In pieces, with what is *said* in the place of each placeholder, as ``left_open`` encodes it."""
        pieces = list(self.pieces)
        pieces[1::2] = [said[gap] for gap in self.gaps]
        return pieces

    def size(self) -> int:
        """In memory."""
        return sum(map(getsizeof, self.pieces))


def gapped(body: str) -> GappedBody:
    """*body* in quoted-printable, with a gap for each placeholder."""
    pieces = _IN_BYTES.split(_with_placeholders(body))
    gaps = tuple(found.decode() for found in pieces[1::2])
    pieces[1::2] = [b""] * len(gaps)
    return GappedBody(pieces=tuple(map(checked, pieces)), gaps=gaps)


def _with_placeholders(body: str) -> bytes:
    """*body* in quoted-printable, each placeholder whole at the beginning of a line."""
    *before, last = _PLACEHOLDER.split(one_kind_of_line_end(body))
    return b"".join(left_open(piece) + _soft_break(piece) for piece in before) + quoted_printable(last)


def one_kind_of_line_end(body: str) -> str:
    return _LINE_END.sub("\n", body)


def _soft_break(piece: str) -> bytes:
    return b"" if not piece or piece.endswith("\n") else b"=\r\n"


def left_open(piece: str) -> bytes:
    """*piece* in quoted-printable, with room for a soft break at its end."""
    return quoted_printable(piece + "x")[:-1]


def quoted_printable(text: str) -> bytes:
    # b2a_qp takes its soft breaks from the first line's end, so it is given one kind and the wire another.
    return binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")
