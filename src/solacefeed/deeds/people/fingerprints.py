"""The key of fingerprints, and who may not be entered by others: the suppressed, and the erased.

The key stands apart from the links' secrets and from the store, and is never changed: with another one nobody would
know any more whom not to bring back. Whoever copies the store alone can't tell whose the fingerprints are.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.errors import ConfigError
from solacefeed.files import make_private
from solacefeed.store import fingerprints, suppressions


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintKey:
    """The file of the key, which is made when it is first needed, for its owner alone."""

    path: Path

    def fingerprint(self, email: str) -> str:
        """HMAC-SHA-256 of the canonical address, in hex."""
        return self._hash(canonical(email))

    def fingerprints(self, canonicals: Iterable[str]) -> dict[str, str]:
        """Those of many, each with the canonical address that it is of."""
        key = self._read()
        return {hmac.digest(key, each.encode(), sha256).hex(): each for each in canonicals}

    def address_key(self, email: str) -> str:
        """By which mails to an address are counted that nobody has confirmed; no fingerprint is alike."""
        return self._hash(f"sign-up {canonical(email)}")

    def _hash(self, what: str) -> str:
        return hmac.digest(self._read(), what.encode(), sha256).hex()

    def _read(self) -> bytes:
        try:
            if not self.path.exists():
                make_private(self.path, secrets.token_urlsafe(32).encode())
            return self.path.read_bytes().strip()
        except OSError as error:
            raise ConfigError([f"[privacy] fingerprint_key_file: {self.path}: {error.strerror}"]) from error


def refusal(connection: sa.Connection, email: str, key: FingerprintKey) -> str | None:
    """Why nobody but the person may enter this address; ``None`` where one may."""
    suppressed = suppressions.find(connection, canonical(email))
    if suppressed is not None:
        why = suppressed.words or suppressed.reason
        return f"is never to be mailed since {suppressed.at:%d %B %Y}: {why} (`solacefeed suppressions list`)"
    if fingerprints.is_any(connection) and fingerprints.there(connection, [key.fingerprint(email)]):
        return "was erased at the person's wish: only they can come back, by the form"
    return None
