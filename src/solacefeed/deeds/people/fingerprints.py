"""The key of fingerprints, and who may not be entered by others: the suppressed, the erased, and who waits to be.

The key stands apart from the links' secrets and from the store, and is never changed: with another one nobody would
know any more whom not to bring back. So the store keeps a check value of it with the first fingerprint; where the key
is missed, or is another one, nobody is entered by others and nobody is erased until it is put back. Whoever copies the
store alone can't tell whose the fingerprints are.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.errors import ConfigError
from solacefeed.files import make_private
from solacefeed.models.people import Subscriber, Suppression
from solacefeed.store import address_history, facts, fingerprints, mailable, suppressions, sync_members
from solacefeed.words import day_words

_SETTING = "[privacy] fingerprint_key_file: "
#: What ends it.
PUT_BACK = "put back the one of your backup; nobody is entered by others, nor erased, until then"

LEAVING = "is being erased at the person's wish: only they can come back, by the form"
ERASED = "was erased at the person's wish: only they can come back, by the form"


#: In bytes: ours have 43, and what is shorter can be tried out.
_SHORTEST = 16


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

    def mover_key(self, email: str) -> str:
        """By which is counted how often somebody at an address asks for another one."""
        return self._hash(f"move from {canonical(email)}")

    def member_fingerprint(self, source: str, member: str) -> str:
        """That of somebody as a membership database knows them; no address has the same."""
        return self._hash(f"member {source} {member}")

    def amiss(self, connection: sa.Connection) -> str | None:
        """Why whoever was erased can't be known by it; ``None`` where they can, and where nobody was.

        A store whose fingerprints are older than its check value is believed.
        """
        if not fingerprints.is_any(connection):
            return None
        if not self.path.exists():
            return f"{self.path} is not there"
        try:
            known = facts.read(connection, facts.FINGERPRINT_CHECK)
            if known in (None, self._check()):
                return None
        except ConfigError as error:
            return str(error).removeprefix(_SETTING)
        return f"{self.path} holds another key than the one by which they are known"

    def must_be_right(self, connection: sa.Connection) -> None:
        """Raises ``ConfigError`` where ``amiss`` says why."""
        if why := self.amiss(connection):
            raise ConfigError([f"{_SETTING}{why}: {PUT_BACK}"])

    def keep_check(self, connection: sa.Connection) -> None:
        """Lets the store know it again."""
        facts.put(connection, facts.FINGERPRINT_CHECK, self._check(), for_good=True)

    def _check(self) -> str:
        return self._hash("check")

    def _hash(self, what: str) -> str:
        return hmac.digest(self._read(), what.encode(), sha256).hex()

    def _read(self) -> bytes:
        try:
            if not self.path.exists():
                make_private(self.path, secrets.token_urlsafe(32).encode())
            key = self.path.read_bytes().strip()
        except OSError as error:
            raise ConfigError([f"{_SETTING}{self.path}: {error.strerror}"]) from error
        if len(key) < _SHORTEST:
            raise ConfigError([f"{_SETTING}{self.path} has {len(key)} bytes, fewer than {_SHORTEST}"])
        return key


def refusal(connection: sa.Connection, email: str, key: FingerprintKey) -> str | None:
    """Why nobody but the person may enter this address; ``None`` where one may."""
    return refusals(connection, [email], key).get(canonical(email))


def refusals(connection: sa.Connection, emails: Iterable[str], key: FingerprintKey) -> dict[str, str]:
    """Why nobody but the person may enter which of these, by canonical address."""
    wanted = {canonical(each) for each in emails}
    return {
        **dict.fromkeys(_erased(connection, wanted, key), ERASED),
        **dict.fromkeys(mailable.leaving(connection, wanted), LEAVING),
        **{each: never(found) for each, found in suppressions.among_these(connection, wanted).items()},
    }


def never(suppressed: Suppression) -> str:
    """That an address is never to be mailed, with the reason."""
    why = suppressed.words or suppressed.reason
    return f"is never to be mailed since {day_words(suppressed.at)}: {why} (`solacefeed suppressions list`)"


def _erased(connection: sa.Connection, canonicals: Collection[str], key: FingerprintKey) -> list[str]:
    if not fingerprints.is_any(connection):
        return []
    key.must_be_right(connection)
    by_fingerprint = key.fingerprints(canonicals)
    return [by_fingerprint[each] for each in fingerprints.there(connection, by_fingerprint)]


def erased_members(connection: sa.Connection, source: str, members: Iterable[str], key: FingerprintKey) -> set[str]:
    """Those of a membership database's *members* who were erased, whatever address it has of them now."""
    if not fingerprints.is_any(connection):
        return set()
    key.must_be_right(connection)
    by_fingerprint = {key.member_fingerprint(source, each): each for each in members}
    return {by_fingerprint[each] for each in fingerprints.there(connection, by_fingerprint)}


def all_of_one(connection: sa.Connection, person: Subscriber, key: FingerprintKey) -> set[str]:
    """Every fingerprint of somebody: of their address, of those that they had, and of their numbers in databases."""
    addresses = [person.email, *(each.before for each in address_history.of_one(connection, person.id))]
    memberships = sync_members.of_people(connection, [person.id])
    return {
        *map(key.fingerprint, addresses),
        *(key.member_fingerprint(each.source, each.member) for each in memberships),
    }
