"""Another address for a subscriber, by the operator's word: they keep their history, and what they have got."""

from __future__ import annotations

import sqlalchemy as sa

from solacefeed.deeds.people.address_by_reader import receipt_words, tell_old_address
from solacefeed.deeds.people.choose import known_subscriber
from solacefeed.deeds.people.fingerprints import LEAVING, FingerprintKey, refusal
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.email_addresses import canonical
from solacefeed.errors import UsageError
from solacefeed.models.people import Actor, Subscriber
from solacefeed.ports import Clock
from solacefeed.store import address_history, mailable, subscribers
from solacefeed.store.copy_lanes import readdress
from solacefeed.store.database import Store


def change_address(
    store: Store, clock: Clock, old: str, new: str, key: FingerprintKey, letters: PeopleSettings | None = None
) -> bool:
    """Gives whoever has *old* the address *new*; false where they have it already, letter for letter.

    Their links in mails to the old address are void but for those that unsubscribe. What bounced there may be mailed
    again. With *letters* the old address is told, for whoever asked may not be the person. Raises ``UsageError`` where
    nobody has *old*, where another has *new*, where they are being erased, and where it may not be mailed.
    """
    at = clock()
    words = receipt_words(letters, new, old) if letters is not None else None
    with store.write() as connection:
        mailable.hold(connection, alone=True)
        person = known_subscriber(connection, old)
        if mailable.leaving(connection, [canonical(person.email)]):
            raise UsageError(f"{old} {LEAVING}")
        if person.email == new:
            return False
        if canonical(person.email) == canonical(new):
            respell(connection, person, new)
            return True
        if why := refusal(connection, new, key):
            raise UsageError(f"{new} {why}")
        if not address_history.move(connection, person.id, new, at=at, by=Actor.OPERATOR):
            raise UsageError(_is_anothers(old, new))
        if letters is not None and words is not None:
            tell_old_address(connection, letters, person, words, at=at)
    return True


def respell(connection: sa.Connection, person: Subscriber, email: str) -> None:
    """The same mailbox, written otherwise."""
    subscribers.spell(connection, person.id, email)
    readdress(connection, person.id, email)


def _is_anothers(old: str, new: str) -> str:
    return (
        f"{new} is another subscriber's: to have one in place of two, `solacefeed subscribers choose {new}` as they "
        f"wish, then `solacefeed subscribers end {old} --ours`"
    )
