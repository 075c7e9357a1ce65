"""What of a mail a DKIM signature is made over: its fields and its body, as RFC 6376 section 3.4 canonicalises them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WSP = re.compile(rb"[ \t\r\n]+")
_FIELD = re.compile(rb"[^\r\n]*(?:\r\n[ \t][^\r\n]*)*")
_LINE_WSP = re.compile(rb"[ \t]+")
#: That of a signature is left out of what it signs, white space and all (section 3.7).
_OWN_VALUE = re.compile(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A mail, taken apart."""

    #: In their order, as they stand, without the last line end.
    fields: tuple[bytes, ...]
    body: bytes


def parts(content: bytes) -> Parts:
    """*content*, of CRLF lines, taken apart at its first empty line."""
    block, _, body = content.partition(b"\r\n\r\n")
    return Parts(fields=tuple(field for field in _FIELD.findall(block) if field), body=body)


def name_of(field: bytes) -> str:
    return field.partition(b":")[0].strip(b" \t").decode("ascii", "replace").lower()


def relaxed(field: bytes) -> bytes:
    """Section 3.4.2, without the line end."""
    name, _, value = field.partition(b":")
    told = value.strip(b" \t\r\n")
    # Most are short and on one line, and each copy has twenty of them.
    plain = b"\r" not in told and b"\t" not in told and b"  " not in told
    return name.strip(b" \t").lower() + b":" + (told if plain else _WSP.sub(b" ", told))


def simple(field: bytes) -> bytes:
    """Section 3.4.1, without the line end."""
    return field


def simple_body(body: bytes) -> bytes:
    """Section 3.4.3: one line end at the end, also where there is nothing."""
    end = _end(body)
    return body if end + 2 == len(body) else body[:end] + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Section 3.4.4: nothing stays nothing."""
    lines = _LINE_WSP.sub(b" ", body).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = _end(lines)
    return lines[:end] + b"\r\n" if end else b""


def _end(body: bytes) -> int:
    """Where *body* ends but for line ends; a pattern would take the square of how many there are."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return end


def chosen(fields: Sequence[bytes], names: Iterable[str]) -> list[bytes]:
    """The fields that *names* cover, from the last of a name upwards (section 5.4.2); a name too many covers none."""
    left: dict[str, list[bytes]] = {}
    for field in fields:
        left.setdefault(name_of(field), []).append(field)
    return [there.pop() for name in names if (there := left.get(name.lower()))]


def without_own_value(signature: bytes) -> bytes:
    """The field of a signature, its ``b=`` empty."""
    name, colon, value = signature.partition(b":")
    return name + colon + _OWN_VALUE.sub(rb"\1", value, count=1)


def tags(value: str) -> dict[str, str]:
    """``v=1; a=rsa-sha256`` by names; raises ``ValueError`` for what is no such list (section 3.2)."""
    found: dict[str, str] = {}
    for each in value.rstrip().removesuffix(";").split(";"):
        name, equals, said = (part.strip() for part in each.partition("="))
        if not name or not equals or name in found:
            raise ValueError("its tags can't be read")
        found[name] = said
    return found
