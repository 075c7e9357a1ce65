"""Bodies in quoted-printable, with gaps for what is each recipient's own.

The law: every octet is below 128, no line is over 76 octets, and a gap stands between soft line breaks, so that what
is put into it is encoded by itself and a copy is a matter of joining bytes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from solacefeed.digest.rendering import CHOICE, PAUSE, PREFERENCES, RECIPIENT, UNSUBSCRIBE

# The longer of two that begin alike stands first.
_PLACEHOLDER = re.compile(f"({UNSUBSCRIBE}|{RECIPIENT}|{CHOICE}|{PAUSE}|{PREFERENCES})")
_IN_BYTES = re.compile(_PLACEHOLDER.pattern.encode())
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class GappedBody:
    """A body as all recipients of a variant get it, but for its gaps."""

    #: What stands before each gap, and what stands last.
    pieces: tuple[bytes, ...]
    #: The placeholder that each gap was, in their order.
    gaps: tuple[str, ...]


def gapped(body: str) -> GappedBody:
    """*body* in quoted-printable, with a gap for each placeholder."""
    pieces = _IN_BYTES.split(_with_placeholders(body))
    return GappedBody(pieces=tuple(pieces[::2]), gaps=tuple(found.decode() for found in pieces[1::2]))


def run_together(*bodies: Sequence[bytes]) -> list[bytes]:
    """The pieces of *bodies* that stand one behind the other, without a gap between them."""
    whole = [b""]
    for first, *others in bodies:
        whole[-1] += first
        whole += others
    return whole


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
