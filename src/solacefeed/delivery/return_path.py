"""The return path of each mail, which says of which one a bounce is: a signed VERP (variable envelope return path).

    bounces@example.org --> bounces+c1z4.0f9a3c5e7b21d846@example.org

``c`` is a copy and ``l`` a letter, with its number in base 36 behind it; the rest shows that we have written it. What
is added has 32 octets at most, so ``models.bounces.LONGEST_RETURN_LOCAL`` are left to the config. The law: nobody who
has not been handed that mail can write it, whatever else they know; and it is the same on each try. Relays lower the
local part, so that case counts for nothing in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from solacefeed.email_addresses import canonical
from solacefeed.models.deliveries import Delivery
from solacefeed.models.letters import Letter
from solacefeed.tokens import Keys, has_short_mac, short_mac

_PURPOSE = "return path"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
#: Two at a time.
_PAIRS = [f"{high}{low}" for high in _DIGITS for low in _DIGITS]
_EXTENSION = re.compile(r"\+([cl])([0-9a-z]{1,13})\.([0-9a-f]{16})@", re.IGNORECASE)


class MailedKind(StrEnum):
    """What kind of mail a number is of."""

    COPY = "c"
    LETTER = "l"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPath:
    """What a return path says of which mail it is; ``is_of`` tells whether that is so."""

    kind: MailedKind
    #: Of the copy or the letter in the store.
    number: int
    mac: str

    def is_of(self, mail: Delivery | Letter, keys: Keys) -> bool:
        """Whether we have written it for *mail*, which was found by its number."""
        return has_short_mac(_PURPOSE, _known_by(mail), self.mac, keys)


def signed_path(address: str, mail: Delivery | Letter, keys: Keys) -> str:
    """*address*, such as ``bounces@example.org``, as the return path of one mail."""
    kind = MailedKind.COPY if isinstance(mail, Delivery) else MailedKind.LETTER
    local, _, domain = address.rpartition("@")
    return f"{local}+{kind}{_written(mail.id)}.{short_mac(_PURPOSE, _known_by(mail), keys)}@{domain}"


def read_path(address: str) -> SignedPath | None:
    """What *address* says where it is written like a return path of ours, whoever wrote it."""
    found = _EXTENSION.search(address)
    if found is None:
        return None
    return SignedPath(kind=MailedKind(found[1].lower()), number=int(found[2], 36), mac=found[3])


def _known_by(mail: Delivery | Letter) -> str:
    """More than its number: a store that is begun anew, and one that has dropped its letters, numbers them anew."""
    # A cancelled edition whose id another one has since is put aside under one of its own, with a ~ (store.editions).
    kind = f"copy {mail.edition_id.partition('~')[0]}" if isinstance(mail, Delivery) else f"letter {mail.message_id}"
    return f"{kind} {mail.id} {canonical(mail.email)}"


def _written(number: int) -> str:
    """In base 36."""
    digits = ""
    while number:
        number, pair = divmod(number, len(_PAIRS))
        digits = _PAIRS[pair] + digits
    return digits.lstrip("0") or "0"
