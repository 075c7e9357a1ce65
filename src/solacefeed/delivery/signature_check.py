"""What the DKIM signatures of a mail are worth: whether those by keys that we hold are right, and what each one covers.

No name server is asked: of what others have signed, such as a relay, it is told what that covers, and not whether it
is right. A mail is anybody's, so whatever is in it is a value, and what is read of it is bounded.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import compat32
from email.utils import parseaddr
from enum import StrEnum
from hashlib import sha256

from solacefeed.delivery.signed_mail import (
    Parts,
    chosen,
    name_of,
    parts,
    relaxed,
    relaxed_body,
    simple,
    simple_body,
    tags,
    without_own_value,
)
from solacefeed.delivery.signing import SigningKey

#: Bytes of a mail that are read; then signatures in it, and bytes of a field of which more is asked than its hash.
MOST_BYTES = 32 * 1024 * 1024
_MOST_SIGNATURES = 20
_LONGEST_FIELD = 8000

_LINE_END = re.compile(rb"\r?\n")
#: What Gmail, Yahoo and Microsoft want covered (RFC 8058 section 4).
_ONE_CLICK = ("list-unsubscribe", "list-unsubscribe-post")
_FIELDS = {"relaxed": relaxed, "simple": simple}
_BODIES = {"relaxed": relaxed_body, "simple": simple_body}


class SignatureVerdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    #: By a key that we do not hold: receivers ask the name server.
    OTHERS = "not asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSignature:
    """One signature of a mail."""

    domain: str
    selector: str
    algorithm: str
    verdict: SignatureVerdict
    #: Why it is wrong.
    reason: str | None
    #: The fields of this mail that it covers.
    covers: tuple[str, ...]
    #: Those that a second one could be added to without breaking it, of those that readers go by.
    open_to_more: tuple[str, ...]
    #: Of what receivers of bulk mail want covered, what is there and is not.
    lacks: tuple[str, ...]
    #: Whether its domain is that of From, or one above or below it, as DMARC wants it.
    aligned: bool
    #: Whether the whole body is covered: with ``l=`` anybody adds to it.
    whole_body: bool

    def is_wrong(self) -> bool:
        return self.verdict is SignatureVerdict.WRONG

    def is_enough(self) -> bool:
        """Whether it does what receivers of bulk mail ask for, as far as can be told here."""
        return not self.is_wrong() and self.aligned and not self.lacks and self.whole_body

    def line(self) -> str:
        said = f"{self.algorithm} by {self.selector} of {self.domain}: {self.verdict}"
        said += f", {self.reason}" if self.reason else ""
        said += f"; covers {', '.join(self.covers) or 'nothing'}"
        said += f"; does not cover {', '.join(self.lacks)}, so that nobody believes one click" if self.lacks else ""
        said += "" if self.aligned else "; not under the domain of From, so it counts for nothing with DMARC"
        said += "" if self.whole_body else "; not the whole body (l=)"
        return said + (f"; a second one could be added of {', '.join(self.open_to_more)}" if self.open_to_more else "")


def check(content: bytes, keys: Sequence[SigningKey]) -> tuple[CheckedSignature, ...]:
    """What each signature of *content* is worth, from the top; those beyond a bound are left out."""
    # A mail program may have saved it with the line ends of its machine.
    mail = parts(_LINE_END.sub(b"\r\n", content))
    found = [field for field in mail.fields if name_of(field) == "dkim-signature"]
    return tuple(_checked(mail, each, keys) for each in found[:_MOST_SIGNATURES])


def _checked(mail: Parts, field: bytes, keys: Sequence[SigningKey]) -> CheckedSignature:
    reason = None
    try:
        said = tags(_value(field))
    except ValueError as error:
        said, reason = {}, str(error)
    names = [name.strip().lower() for name in said.get("h", "").split(":") if name.strip()]
    there = Counter(map(name_of, mail.fields))
    covers = tuple(dict.fromkeys(name for name in names if name in there))
    domain, selector = said.get("d", "").lower(), said.get("s", "")
    key = next((each for each in keys if (each.domain, each.selector) == (domain, selector)), None)
    if key is not None:
        reason = _fault(mail, field, said, names, key)
    return CheckedSignature(
        domain=domain,
        selector=selector,
        algorithm=said.get("a", ""),
        verdict=SignatureVerdict.WRONG if reason else SignatureVerdict.RIGHT if key else SignatureVerdict.OTHERS,
        reason=reason,
        covers=covers,
        open_to_more=tuple(each for each in ("from", "to", "subject", *_ONE_CLICK) if _is_open(each, names, there)),
        lacks=tuple(each for each in _ONE_CLICK if each in there and each not in names),
        aligned=_aligned(domain, _from_domain(mail)),
        whole_body="l" not in said,
    )


def _is_open(name: str, names: Sequence[str], there: Mapping[str, int]) -> bool:
    return name in there and name in names and names.count(name) <= there[name]


def _fault(mail: Parts, field: bytes, said: dict[str, str], names: Sequence[str], key: SigningKey) -> str | None:
    """Why a signature by *key* is wrong; ``None`` where it is right (RFC 6376 section 6.1)."""
    of_fields, _, of_body = (said.get("c") or "simple/simple").partition("/")
    of_body = of_body or "simple"
    if said.get("v") != "1" or of_fields not in _FIELDS or of_body not in _BODIES:
        return "of a version or a form that is unknown"
    if said.get("a") != key.algorithm:
        return f"made by {said.get('a', 'nothing')}, and the key is for {key.algorithm}"
    if "from" not in names:
        return "it does not cover From"
    try:
        body_hash, signature = (_octets(said.get(name, "")) for name in ("bh", "b"))
    except ValueError:
        return "it can't be read"
    body = _BODIES[of_body](mail.body)
    if said.get("l", "").isdecimal():
        body = body[: int(said["l"][:12])]
    if sha256(body).digest() != body_hash:
        return "the body was changed"
    form = _FIELDS[of_fields]
    others = [each for each in mail.fields if each is not field]
    data = b"".join(form(each) + b"\r\n" for each in chosen(others, names)) + form(without_own_value(field))
    return None if key.has_signed(data, signature) else "a covered field was changed, or it is by another key"


def _octets(written: str) -> bytes:
    try:
        return base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(written) from None


def _value(field: bytes) -> str:
    if len(field) > _LONGEST_FIELD:
        raise ValueError(f"it has more than {_LONGEST_FIELD} octets")
    return field.partition(b":")[2].decode("utf-8", "replace")


def _from_domain(mail: Parts) -> str:
    field = next((each for each in mail.fields if name_of(each) == "from"), b"")
    written = message_from_bytes(field[:_LONGEST_FIELD] + b"\r\n\r\n", policy=compat32)["From"]
    return parseaddr(str(written or ""))[1].rpartition("@")[2].lower()


def _aligned(signing: str, author: str) -> bool:
    """As DMARC's relaxed alignment, but for what a public suffix is (RFC 9989)."""
    return bool(signing) and (
        signing == author or signing.endswith(f".{author}") or (author.endswith(f".{signing}") and "." in signing)
    )
