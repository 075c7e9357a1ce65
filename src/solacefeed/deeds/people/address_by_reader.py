"""A change of address: asked by a fresh link to the old one, done by the new one, and told to the old one.

Whatever the new address is, the page says the same; only who reads mail there learns that it has a subscription of its
own, and that nothing is joined to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from solacefeed import tokens
from solacefeed.deeds.people.answer_letters import cap_reached, letters_to
from solacefeed.deeds.people.available import writer
from solacefeed.deeds.people.holder import holder, masked_of
from solacefeed.deeds.people.preferences import AN_HOUR
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up import an_address
from solacefeed.digest.personal_letters import Writer, address_taken_words, moved_words, new_address_words
from solacefeed.email_addresses import canonical
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.models.people import Actor, AddressMove, Subscriber, email_mask
from solacefeed.ports import Clock
from solacefeed.store import (
    address_history,
    address_requests,
    fingerprints,
    mailable,
    outbox,
    reader_links,
    subscribers,
    suppressions,
)
from solacefeed.store.database import Store

#: So often a reader can ask within so long, whatever becomes of it.
ASKS = 3
ASKS_WITHIN = timedelta(hours=24)

#: In the link of a letter about a change of address that has no number yet.
NO_MOVE = 0

#: A receipt that comes later tells nobody anything.
RECEIPT_WITHIN = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A change of address that is done."""

    subscriber_id: int
    #: Of the links from now on: those in mails to the old address are void.
    generation: int
    #: ``a…@example.org``: the new one, told apart from those before it.
    masked: str


def ask_to_move(
    store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int, new_email: str
) -> None:
    """Mails a link to the new address, by which it confirms the change; whatever that address is, the same is said.

    To one address goes no letter that the caps of sign-ups forbid, and of what is not mailed only a keyed hash is kept.
    Raises ``Gone``, and ``UsageError`` for what is no address.
    """
    email, now = an_address(new_email), clock()
    address_key = settings.key.address_key(email)
    with store.read() as connection:
        letter = _letter(connection, settings, holder(connection, number, generation), email, now)
    with store.write() as connection:
        subscriber = holder(connection, number, generation, held=True)
        address_requests.hold(connection)
        if letter.subscriber_id != (subscribers.find(connection, email) or subscriber).id:
            # Whose the address is has changed since.
            letter = _letter(connection, settings, subscriber, email, now)
        asker_key = settings.key.mover_key(subscriber.email)
        if address_requests.asked_by(connection, asker_key, after=now - ASKS_WITHIN) >= ASKS:
            return
        mails = _may_be_mailed(connection, address_key, subscriber, email, now)
        # Also where no letter goes: else what is left of the asks would tell of the address.
        address_requests.count(connection, asker_key, address_key, mailed=mails, at=now)
        if mails:
            move_id = address_requests.add(connection, number, email, at=now)
            numbered = _numbered(letter, move_id, generation)
            outbox.put(connection, numbered, at=now, name=settings.name_letter)
    settings.wake()


def _may_be_mailed(
    connection: sa.Connection, address_key: str, subscriber: Subscriber, email: str, now: datetime
) -> bool:
    wanted = canonical(email)
    if wanted == canonical(subscriber.email) or suppressions.find(connection, wanted):
        return False
    return cap_reached(letters_to(connection, address_key, now), now) is None


def _letter(
    connection: sa.Connection, settings: PeopleSettings, subscriber: Subscriber, email: str, now: datetime
) -> NewLetter:
    """Its link is of ``NO_MOVE``: it is written before the change of address is noted, while others can write."""
    by, until = writer(settings, None), now + AN_HOUR
    other = subscribers.find(connection, email)
    return NewLetter(
        kind=OutboxKind.CONFIRMATION if other is None else OutboxKind.LINK,
        email=email,
        subscriber_id=(other or subscriber).id,
        words=_words(settings, by, subscriber, other, until),
        once=f"move {NO_MOVE}",
        not_after=until,
    )


def _numbered(letter: NewLetter, move_id: int, generation: int) -> NewLetter:
    draft, token = (_token(number, generation, letter.not_after) for number in (NO_MOVE, move_id))
    text, html = (each.replace(draft, token) for each in (letter.words.text, letter.words.html))
    return replace(letter, words=replace(letter.words, text=text, html=html), once=f"move {move_id}")


def _token(move_id: int, generation: int, until: datetime) -> str:
    return tokens.for_hour("moved", move_id, generation, tokens.LATER, until=until)


def _words(
    settings: PeopleSettings,
    by: Writer,
    subscriber: Subscriber,
    other: Subscriber | None,
    until: datetime,
) -> LetterWords:
    if other is not None:
        token = tokens.for_preferences(other.id, other.generation, tokens.LATER)
        return address_taken_words(by, f"{settings.base_url}/preferences/{token}")
    token = _token(NO_MOVE, subscriber.generation, until)
    return new_address_words(by, f"{settings.base_url}/moved/{token}", until=until)


def look_at_move(store: Store, clock: Clock, move_id: int, generation: int) -> AddressMove | None:
    """What would be confirmed, or was; ``None`` where it can't be any more."""
    with store.read() as connection:
        return _found(connection, move_id, generation, clock())


def _found(connection: sa.Connection, move_id: int, generation: int, now: datetime) -> AddressMove | None:
    move = address_requests.find(connection, move_id)
    if move is None or now - move.at > AN_HOUR:
        return None
    subscriber = reader_links.whose(connection, move.subscriber_id)
    # The change itself has brought a new generation.
    holds = generation if move.confirmed_at is None else generation + 1
    return move if subscriber is not None and subscriber.generation == holds else None


def confirm_move(store: Store, clock: Clock, settings: PeopleSettings, move_id: int, generation: int) -> Moved | None:
    """Moves the subscriber with history and ledger, and tells the old address; again, it says the same.

    ``None`` where it can't be done: the address is somebody's meanwhile, or the links were made void.
    """
    now = clock()
    with store.read() as connection:
        move = _found(connection, move_id, generation, now)
        before = reader_links.whose(connection, move.subscriber_id) if move else None
    if move is None or before is None:
        return None
    receipt = receipt_words(settings, move.email, before.email)
    fingerprint = settings.key.fingerprint(move.email)
    with store.write() as connection:
        mailable.hold(connection, alone=True)
        move = _found(connection, move_id, generation, now)
        if move is None:
            return None
        if move.confirmed_at is None and not _move(connection, settings, move, receipt, fingerprint, now):
            return None
        moved = reader_links.whose(connection, move.subscriber_id)
        assert moved is not None
        masked = masked_of(connection, moved)
    settings.wake()
    return Moved(subscriber_id=moved.id, generation=moved.generation, masked=masked)


def _move(
    connection: sa.Connection,
    settings: PeopleSettings,
    move: AddressMove,
    receipt: LetterWords,
    fingerprint: str,
    now: datetime,
) -> bool:
    before = reader_links.whose(connection, move.subscriber_id)
    if before is None or suppressions.find(connection, canonical(move.email)):
        return False
    if not address_history.move(connection, move.subscriber_id, move.email, at=now, by=Actor.READER):
        return False
    address_requests.confirm(connection, move, settings.key.address_key(move.email), at=now)
    fingerprints.remove(connection, fingerprint)
    tell_old_address(connection, settings, before, receipt, at=now)
    return True


def receipt_words(settings: PeopleSettings, new_email: str, old_email: str) -> LetterWords:
    """What the old address is told; to be written before the store is locked."""
    masked = email_mask(new_email, beside=[old_email])
    return moved_words(writer(settings, None), masked=masked, reply_to=settings.reply_to)


def tell_old_address(
    connection: sa.Connection, settings: PeopleSettings, before: Subscriber, words: LetterWords, *, at: datetime
) -> None:
    """Puts the receipt into the outbox, unless the old address is never to be mailed."""
    if suppressions.find(connection, canonical(before.email)):
        return
    letter = NewLetter(
        kind=OutboxKind.RECEIPT,
        email=before.email,
        name=before.name,
        subscriber_id=before.id,
        words=words,
        once=f"moved {before.id} {before.generation}",
        not_after=at + RECEIPT_WITHIN,
    )
    outbox.put(connection, letter, at=at, name=settings.name_letter)
