"""Bodies in quoted-printable, with gaps for what is each recipient's own.

The law: every octet is below 128, no line is over 76 octets, and a gap stands between soft line breaks, so that what
is put into it is encoded by itself and a copy is a matter of joining bytes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from solacefeed.digest.long_words import BREAK, PIECE
from solacefeed.digest.rendering import CHOICE, PAUSE, PREFERENCES, RECIPIENT, UNSUBSCRIBE

# The longer of two that begin alike stands first.
_PLACEHOLDER = re.compile(f"({UNSUBSCRIBE}|{RECIPIENT}|{CHOICE}|{PAUSE}|{PREFERENCES})")
_IN_BYTES = re.compile(_PLACEHOLDER.pattern.encode())
#: Of which HTML leaves each letter as it is, and quoted-printable all but ``=``: most links and addresses are such.
_PLAIN = re.compile(r"[\w.@+:/?#,;!*~%=-]+", re.ASCII)
#: As quoted-printable has it.
_BREAK = "".join(f"={octet:02X}" for octet in BREAK.encode())
#: Characters of a line before its soft break (RFC 2045 section 6.7).
_LINE = 75
#: As many as one has, of what is written already: the three of a letter that is encoded stay together.
_WRITTEN_LINE = re.compile(f".{{1,{_LINE}}}(?<!=)(?<!=3)")


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
    return body.replace("\r\n", "\n").replace("\r", "\n")


def _soft_break(piece: str) -> bytes:
    return b"" if not piece or piece.endswith("\n") else b"=\r\n"


def left_open(piece: str) -> bytes:
    """*piece* in quoted-printable, with room for a soft break at its end."""
    return quoted_printable(piece + "x")[:-1]


def is_plain(piece: str) -> bool:
    """Whether ``plain_left_open`` can write it, and it reads the same in HTML."""
    return _PLAIN.fullmatch(piece) is not None


def plain_left_open(piece: str) -> bytes:
    """What ``left_open`` makes of a piece that is plain, in a tenth of the time."""
    written = piece.replace("=", "=3D")
    if len(written) > _LINE:
        written = "=\r\n".join(_WRITTEN_LINE.findall(written))
    return written.encode("ascii")


def plain_breakable(word: str) -> bytes:
    """What ``left_open`` makes of a word that is plain, no address of the web, and may break after each ``PIECE``."""
    pieces = [word[at : at + PIECE] for at in range(0, len(word), PIECE)]
    written = _BREAK.join([piece.replace("=", "=3D") for piece in pieces])
    return written.encode("ascii") if len(written) <= _LINE else left_open(BREAK.join(pieces))


def quoted_printable(text: str) -> bytes:
    # b2a_qp takes its soft breaks from the first line's end, so it is given one kind and the wire another.
    return binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")
