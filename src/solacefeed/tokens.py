"""Signed links: who holds one was given it by us, for one purpose.

The law: a token made for one purpose says nothing for another, and whoever lacks the keys can make none. The link to
unsubscribe bears no time, since it works for ever; the same input gives the same token, so a copy offered again has the
same bytes. Where a link must end, its last instant is part of what is signed; where its reader may make it void, their
generation is, and whoever reads the token compares it; where it is of one thing done, that is named, so that it works
once. No token holds an address, and none is kept anywhere.

This is itsdangerous's home. Its plain ``Signer`` is used: ``URLSafeSerializer`` deflates long payloads, and zlib's
bytes differ between builds.
"""

from __future__ import annotations

import hmac
import re
from binascii import b2a_base64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from solacefeed.errors import UsageError

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

#: Of signed links, the newest first: it signs, and all of them verify, so that a new key voids no link.
Keys = tuple[str, ...]

#: For a link in a letter that waits: what is to be signed stands there by itself, and ``signed`` signs it when the
#: letter is handed over, for no token is ever kept.
LATER: Keys = ()
_NOT_OURS = "{}: this link is not one of ours, or not all of it was copied"
_UNSIGNED = re.compile(r"@@([a-z]+)\.([\w:.-]+)@@")
#: RFC 4648 section 5.
_FOR_LINKS = bytes.maketrans(b"+/", b"-_")
#: Octets of a block of SHA-256, and what HMAC puts over its key inside and outside (RFC 2104 section 2).
_BLOCK, _INNER, _OUTER = 64, bytes(each ^ 0x36 for each in range(256)), bytes(each ^ 0x5C for each in range(256))


def known_by(key: str) -> str:
    """By what a key is known again, of which nothing can be signed."""
    return hmac.digest(key.encode(), b"which key this is", "sha256").hex()[:16]


def sign(purpose: str, payload: str, keys: Keys) -> str:
    """A token that carries *payload*, readable by all; of letters, digits, ``-``, ``_`` and ``.`` alone."""
    if keys == LATER:
        return f"@@{purpose}.{payload}@@"
    # As itsdangerous' Signer writes it, which takes ten times as long: a mail has several, and an edition many mails.
    written = b2a_base64(payload.encode(), newline=False).translate(_FOR_LINKS).rstrip(b"=")
    mac = b2a_base64(_mac(purpose, keys[0], written), newline=False).translate(_FOR_LINKS).rstrip(b"=")
    return (written + b"." + mac).decode("ascii")


def signed(text: str, keys: Keys) -> str:
    """*text* with a token in the place of each that was to be signed ``LATER``."""
    return _UNSIGNED.sub(lambda found: sign(found[1], found[2], keys), text)


def signed_in(text: str, purpose: str, keys: Keys) -> str | None:
    """The first token of that purpose which ``signed`` puts into *text*; ``None`` where there is none."""
    found = next((each for each in _UNSIGNED.finditer(text) if each[1] == purpose), None)
    return sign(purpose, found[2], keys) if found else None


def read(purpose: str, token: str, keys: Keys) -> str:
    """The payload that ``sign`` was given for the same purpose and with one of these keys.

    Raises ``UsageError`` for anything else, whatever it is; the token is not repeated in it.
    """
    try:
        payload = base64_decode(_signer(purpose, keys).unsign(token)).decode("utf-8")
        if _is_as_written(token):
            return payload
    except (BadData, UnicodeError) as error:
        raise UsageError(_NOT_OURS.format(purpose)) from error
    raise UsageError(_NOT_OURS.format(purpose))


def _is_as_written(token: str) -> bool:
    """Whether its signature is written as we write it: other last bits, and signs between, are base64 of the same."""
    signature = token.rpartition(".")[2]
    return base64_encode(base64_decode(signature)).decode("ascii") == signature


class Expired(UsageError):
    """A link of ours whose time is over."""


def sign_until(purpose: str, payload: str, keys: Keys, *, until: datetime) -> str:
    """A token that ``read_until`` takes up to that instant, by whole seconds."""
    return sign(purpose, f"{int(until.timestamp())}:{payload}", keys)


def read_until(purpose: str, token: str, keys: Keys, *, now: datetime) -> str:
    """The payload that ``sign_until`` was given; raises ``Expired`` when its time is over, else as ``read`` does."""
    until, _, payload = read(purpose, token, keys).partition(":")
    if now > datetime.fromtimestamp(int(until), UTC):
        raise Expired(f"{purpose}: the time of this link is over")
    return payload


def short_mac(purpose: str, payload: str, keys: Keys) -> str:
    """What shows that we have written *payload*: sixteen hexadecimal digits, of 64 bits, that may be read in any case.

    For what has no room for a token, and is lowered on its way, as the local part of an address is.
    """
    return _short_mac(purpose, payload, keys[0])


def has_short_mac(purpose: str, payload: str, mac: str, keys: Keys) -> bool:
    """Whether ``short_mac`` has given *mac* to *payload* for the same purpose, by one of these keys."""
    given = mac.lower().encode("utf-8", "surrogateescape")
    return any(hmac.compare_digest(_short_mac(purpose, payload, key).encode("ascii"), given) for key in keys)


def _short_mac(purpose: str, payload: str, key: str) -> str:
    return _mac(purpose, key, payload.encode("utf-8", "surrogateescape"))[:8].hex()


def _mac(purpose: str, key: str, said: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104), of hashes that are begun once: ``hmac`` begins with each anew, which is most of it."""
    begun, outside = _begun(purpose, key)
    inside, mac = begun.copy(), outside.copy()
    inside.update(said)
    mac.update(inside.digest())
    return mac.digest()


# Of few keys, for each copy of an edition.
@lru_cache(maxsize=64)
def _begun(purpose: str, key: str) -> tuple[Hash, Hash]:
    """By a key that is derived, so that what is made for one purpose says nothing for another."""
    derived = hmac.digest(key.encode(), f"solacefeed {purpose}".encode(), sha256).ljust(_BLOCK, b"\0")
    return sha256(derived.translate(_INNER)), sha256(derived.translate(_OUTER))


def _signer(purpose: str, keys: Keys) -> Signer:
    # Derived by hmac: the default glues purpose and secret together, without a seam, before it hashes. The last of
    # several keys is the one that signs.
    return Signer(list(reversed(keys)), salt=f"solacefeed {purpose}", key_derivation="hmac", digest_method=sha256)


# -- a subscriber's ------------------------------------------------------------------------------------


def for_unsubscribing(digest: str, subscriber_id: int, keys: Keys) -> str:
    """What a mail carries, so that its reader can end this one subscription."""
    return sign("unsubscribe", f"{digest}:{subscriber_id}", keys)


def unsubscribing(token: str, keys: Keys) -> tuple[str, int]:
    """The digest and the subscriber's number given to ``for_unsubscribing``; raises ``UsageError`` as ``read`` does."""
    digest, _, number = read("unsubscribe", token, keys).rpartition(":")
    return digest, int(number)


def for_message(edition: str, subscriber_id: int, keys: Keys) -> str:
    """What a copy's Message-ID has of its subscriber: nobody without the keys can tell who they are, or how many."""
    return short_mac("message", f"{edition}:{subscriber_id}", keys)


def has_named(code: str, edition: str, subscriber_id: int, keys: Keys) -> bool:
    """Whether ``for_message`` has made *code* of these."""
    return has_short_mac("message", f"{edition}:{subscriber_id}", code, keys)


def for_preferences(subscriber_id: int, generation: int, keys: Keys) -> str:
    """Leads to what its reader has chosen, until they make their links void."""
    return sign("preferences", f"{subscriber_id}:{generation}", keys)


def preferring(token: str, keys: Keys) -> tuple[int, int]:
    """The number and the generation given to ``for_preferences``; raises ``UsageError`` as ``read`` does."""
    return _numbers(read("preferences", token, keys))


def for_feed(subscriber_id: int, generation: int, keys: Keys) -> str:
    """Leads to a reader's own choice as a feed, until they make their links void."""
    return sign("feed", f"{subscriber_id}:{generation}", keys)


def feeding(token: str, keys: Keys) -> tuple[int, int]:
    """The number and the generation given to ``for_feed``; raises ``UsageError`` as ``read`` does."""
    return _numbers(read("feed", token, keys))


def for_hour(purpose: str, subscriber_id: int, generation: int, keys: Keys, *, until: datetime) -> str:
    """Leads to what only a fresh link may do, such as ``erase``; *until* is an hour after it is mailed."""
    return sign_until(purpose, f"{subscriber_id}:{generation}", keys, until=until)


def of_hour(purpose: str, token: str, keys: Keys, *, now: datetime) -> tuple[int, int]:
    """The number and the generation given to ``for_hour``; raises as ``read_until`` does."""
    return _numbers(read_until(purpose, token, keys, now=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEnd:
    """An end of a subscription that came by its reader's own word."""

    digest: str
    subscriber_id: int
    #: Of the reader's links then: whoever has made them void since takes nothing back by an older one.
    generation: int
    #: The number of the step in the subscription's history: a later end is another.
    change: int


def for_undoing(end: OwnEnd, keys: Keys, *, until: datetime) -> str:
    """Takes this one end back that came by mistake, up to that instant."""
    said = f"{end.digest}:{end.subscriber_id}:{end.generation}:{end.change}"
    return sign_until("undo", said, keys, until=until)


def undoing(token: str, keys: Keys, *, now: datetime) -> OwnEnd:
    """The end given to ``for_undoing``; raises as ``read_until`` does."""
    said = read_until("undo", token, keys, now=now)
    digest, *numbers = said.rsplit(":", 3)
    try:
        number, generation, change = map(int, numbers)
    except ValueError:
        raise UsageError("undo: this link is of an earlier release") from None
    return OwnEnd(digest=digest, subscriber_id=number, generation=generation, change=change)


# -- a sign-up's ---------------------------------------------------------------------------------------


def for_confirming(sign_up_id: int, nonce: str, keys: Keys, *, until: datetime) -> str:
    """Confirms a sign-up, up to that instant; *nonce* is kept with it, so that no other store's link fits."""
    return sign_until("confirm", f"{sign_up_id}:{nonce}", keys, until=until)


def confirming(token: str, keys: Keys, *, now: datetime) -> tuple[int, str]:
    """The number and the nonce given to ``for_confirming``; raises as ``read_until`` does."""
    number, _, nonce = read_until("confirm", token, keys, now=now).partition(":")
    return int(number), nonce


# -- an operator's -------------------------------------------------------------------------------------


def for_statusz(keys: Keys, *, until: datetime) -> str:
    """Shows how the site stands to whoever has it, up to that instant."""
    return sign_until("statusz", "", keys, until=until)


def check_statusz(token: str, keys: Keys, *, now: datetime) -> None:
    """Raises as ``read_until`` does for what ``for_statusz`` has not made."""
    read_until("statusz", token, keys, now=now)


# -- an editor's ---------------------------------------------------------------------------------------


def for_desk(link_id: int, made_at: datetime, keys: Keys) -> str:
    """Leads an editor to an edition's page; when the link was made is in it, so that no other store's fits."""
    return sign("desk", f"{link_id}:{int(made_at.timestamp())}", keys)


def at_desk(token: str, keys: Keys) -> tuple[int, int]:
    """The link's number and the second at which it was made; raises ``UsageError`` as ``read`` does."""
    return _numbers(read("desk", token, keys))


def _numbers(payload: str) -> tuple[int, int]:
    number, _, generation = payload.partition(":")
    return int(number), int(generation)
