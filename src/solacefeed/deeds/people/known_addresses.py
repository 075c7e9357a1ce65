"""Whether there is anything to erase of an address that is no subscriber's."""

from __future__ import annotations

from solacefeed.deeds.people.erasing import Erasing
from solacefeed.delivery import rehearsal
from solacefeed.errors import UsageError
from solacefeed.store import erasing, fingerprints, known_addresses
from solacefeed.store.database import Store


def must_be_kept(store: Store, settings: Erasing, email: str) -> None:
    """Raises ``UsageError`` where nothing is kept of it: a mistyped address is no person, and gets no fingerprint."""
    who = erasing.KeptPerson(number=erasing.NOBODY, addresses=(email.strip(),))
    with store.read() as connection:
        there = known_addresses.is_kept(connection, who)
        was = fingerprints.there(connection, [settings.key.fingerprint(email)])
    if not there and not rehearsal.told_of(settings.rehearsals, who.addresses):
        raise UsageError(f"{email} was erased before: nothing is kept" if was else f"nothing is kept of {email}")
