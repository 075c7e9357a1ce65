"""What the server that took a mail found out about its sender: ``Authentication-Results`` (RFC 8601).

Whoever sends a mail may write such a field too: the uppermost is the one that the reader's own server has added.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import compat32

#: Of the header block, bytes that are read, and of the field characters.
_MOST_BYTES = 256 * 1024
_LONGEST = 8000

_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"(spf|dkim|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
_DOMAIN = re.compile(r"header\.[di]\s*=\s*@?([\w.-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationResults:
    """What one server says of one mail."""

    #: Which server it is, by its own word.
    server: str
    #: ``pass``, ``fail``, ``none`` and so on; ``None`` where it says nothing of it. Of several signatures, one that
    #: passes counts.
    spf: str | None
    dkim: str | None
    dmarc: str | None
    #: Domains whose signatures passed.
    signed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedHeaders:
    """What the headers of a mail as it came say of how it was sent."""

    #: ``None`` where no server has added any.
    results: AuthenticationResults | None
    #: The address in ``Return-Path``; ``None`` without that.
    return_path: str | None
    #: Whether both fields of one-click unsubscribing came through (RFC 8058).
    has_one_click: bool


def received_headers(content: bytes) -> ReceivedHeaders:
    """What the headers of *content* say, a mail with all of them."""
    mail = message_from_bytes(content[:_MOST_BYTES], policy=compat32)
    told = mail["Authentication-Results"]
    path = mail["Return-Path"]
    return ReceivedHeaders(
        results=_results(" ".join(str(told)[:_LONGEST].split())) if told else None,
        return_path=str(path).strip().removeprefix("<").removesuffix(">") if path else None,
        has_one_click="List-Unsubscribe" in mail and "List-Unsubscribe-Post" in mail,
    )


def _results(field: str) -> AuthenticationResults:
    server, *parts = _COMMENT.sub(" ", field).split(";")
    found: dict[str, list[str]] = {}
    signed = []
    for part in parts:
        if method := _METHOD.match(part.strip()):
            name, result = method[1].lower(), method[2].lower()
            found.setdefault(name, []).append(result)
            domain = _DOMAIN.search(part)
            if name == "dkim" and result == "pass" and domain:
                signed.append(domain[1].lower())
    return AuthenticationResults(
        server=server.strip().partition(" ")[0],
        spf=_best(found.get("spf")),
        dkim=_best(found.get("dkim")),
        dmarc=_best(found.get("dmarc")),
        signed_by=tuple(dict.fromkeys(signed)),
    )


def _best(results: list[str] | None) -> str | None:
    if not results:
        return None
    return "pass" if "pass" in results else results[0]
