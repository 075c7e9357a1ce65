"""Signed links: who holds one was given it by us, for one purpose.

The law: a token made for one purpose says nothing for another, and whoever lacks the secret can make none. A
token bears no time, since a link to unsubscribe works for ever; the same input gives the same token, so a copy
offered again has the same bytes.

This is itsdangerous's home. Its plain ``Signer`` is used: ``URLSafeSerializer`` deflates long payloads, and zlib's
bytes differ between builds.
"""

from __future__ import annotations

from hashlib import sha256

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from solacefeed.errors import UsageError


def sign(purpose: str, payload: str, secret: str) -> str:
    """A token that carries *payload*, readable by all; of letters, digits, ``-``, ``_`` and ``.`` alone."""
    return _signer(purpose, secret).sign(base64_encode(payload)).decode("ascii")


def read(purpose: str, token: str, secret: str) -> str:
    """The payload that ``sign`` was given for the same purpose and with the same secret.

    Raises ``UsageError`` for anything else, whatever it is; the token is not repeated in it.
    """
    try:
        return base64_decode(_signer(purpose, secret).unsign(token)).decode("utf-8")
    except (BadData, UnicodeError) as error:
        raise UsageError(f"{purpose}: this link is not one of ours, or not all of it was copied") from error


def _signer(purpose: str, secret: str) -> Signer:
    # Derived by hmac: the default glues purpose and secret together, without a seam, before it hashes.
    return Signer(secret, salt=f"solacefeed {purpose}", key_derivation="hmac", digest_method=sha256)


def for_unsubscribing(digest: str, subscriber_id: int, secret: str) -> str:
    """What a mail carries, so that its reader can end this one subscription."""
    return sign("unsubscribe", f"{digest}:{subscriber_id}", secret)


def unsubscribing(token: str, secret: str) -> tuple[str, int]:
    """The digest and the subscriber's number given to ``for_unsubscribing``; raises ``UsageError`` as ``read`` does."""
    digest, _, number = read("unsubscribe", token, secret).rpartition(":")
    return digest, int(number)
