"""What a reader does by the link in a mail: looks at what they have, chooses, pauses, stops, and makes links void.

Whoever holds a forwarded mail holds that link too. So it begins no digest: one that does not stand is asked for by a
sign-up, which the address itself confirms; and what tells or moves a person's data wants a letter to the address.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from solacefeed import tokens
from solacefeed.deeds.people.available import stands, writer
from solacefeed.deeds.people.holder import (
    BY_FEED,
    BY_PAGE,
    Gone,
    Standing,
    holder,
    is_paused_for_feed,
    pause_one,
    standing,
)
from solacefeed.deeds.people.saving import Preferences, Saved, WantedDigest, save
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.subscribe import UNDONE_WITHIN
from solacefeed.digest.personal_letters import hour_words, new_link_words
from solacefeed.email_addresses import canonical
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState, email_mask
from solacefeed.ports import Clock
from solacefeed.store import mailable, outbox, reader_links, subscribers, subscription_changes, suppressions
from solacefeed.store.database import Store
from solacefeed.tokens import OwnEnd

__all__ = [
    "Gone",
    "HourPurpose",
    "Preferences",
    "Saved",
    "Standing",
    "WantedDigest",
    "ask_for_hour",
    "email_mask",
    "end_all",
    "end_of",
    "read_by_feed",
    "read_by_mail",
    "save",
    "standing",
    "undo",
    "void_links",
]

#: So long a link holds that only a fresh letter brings.
AN_HOUR = timedelta(hours=1)

#: So many letters with such a link go to one address within so long, whoever asks for them.
HOUR_LETTERS, HOUR_LETTERS_WITHIN = 3, timedelta(hours=24)

#: A letter with a link that lasts comes too late when the relay does not take it for so long.
LINK_WITHIN = timedelta(days=2)


class HourPurpose(StrEnum):
    """What wants a letter to the present address, whose link holds for an hour."""

    EXPORT = "export"
    ERASE = "erase"
    MOVE = "move"


# -- stopping -----------------------------------------------------------------------------------------


def end_all(store: Store, clock: Clock, number: int) -> tuple[str, ...]:
    """Ends all that somebody has, whatever the generation; returns the keys."""
    now = clock()
    with store.write() as connection:
        keys = [each.digest for each in subscribers.of_one(connection, number, held=True)]
        return tuple(key for key in keys if subscribers.end(connection, number, key, at=now, reason=BY_PAGE))


def end_of(store: Store, digest: str, number: int) -> OwnEnd | None:
    """The end of a subscription, by which it can be undone; ``None`` where it has not ended."""
    with store.read() as connection:
        subscriber, there = reader_links.whose(connection, number), subscribers.subscription(connection, number, digest)
        change = subscription_changes.newest(connection, number, digest)
    if subscriber is None or there is None or there.state is not SubscriptionState.ENDED or change is None:
        return None
    return OwnEnd(digest=digest, subscriber_id=number, generation=subscriber.generation, change=change)


def undo(store: Store, clock: Clock, end: OwnEnd) -> bool:
    """Takes this one end back within the hour, that came by its reader's own word; false where it can't be any more.

    A later end stands, and so does this one where all links were made void since.
    """
    now = clock()
    with store.write() as connection:
        mailable.hold(connection)
        subscriber = reader_links.whose(connection, end.subscriber_id)
        if subscriber is None or subscriber.generation != end.generation:
            return False
        if suppressions.find(connection, canonical(subscriber.email)):
            return False
        since, by, step = now - UNDONE_WITHIN, Actor.READER, end.change
        return subscribers.undo_end(connection, end.subscriber_id, end.digest, since=since, at=now, by=by, step=step)


# -- links --------------------------------------------------------------------------------------------


def void_links(store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int) -> int:
    """Makes all earlier preference and feed links void; returns the generation of those that hold. Raises ``Gone``.

    The new link is mailed too: whoever has made them void, it is the address that has one.
    """
    now, new = clock(), generation + 1
    token = tokens.for_preferences(number, new, tokens.LATER)
    with store.read() as connection:
        holder(connection, number, generation)
        by = writer(settings, _language(subscribers.of_one(connection, number)))
    words = new_link_words(by, f"{settings.base_url}/preferences/{token}", reply_to=settings.reply_to)
    with store.write() as connection:
        subscriber = holder(connection, number, generation, held=True)
        reader_links.void(connection, number, generation)
        _put(connection, settings, subscriber, words, f"links {number} {new}", at=now, not_after=now + LINK_WITHIN)
    settings.wake()
    return new


def ask_for_hour(
    store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int, purpose: HourPurpose
) -> None:
    """Mails a link to the present address that holds for an hour, unless one went within the last.

    Of all purposes go three in a day, as long as the links are not made void. Raises ``Gone``.
    """
    now = clock()
    until = now + AN_HOUR
    token = tokens.for_hour(purpose.value, number, generation, tokens.LATER, until=until)
    with store.read() as connection:
        subscriber = holder(connection, number, generation)
        by = writer(settings, _language(subscribers.of_one(connection, number)))
    words = hour_words(by, purpose.value, f"{settings.base_url}/{purpose.value}/{token}", until=until)
    # Both of this hour by the clock and of the one before it, so that an hour is one whenever it begins.
    once, before = (f"{_asked_by(purpose, number, generation)}{at:%Y-%m-%dT%H}" for at in (now, now - AN_HOUR))
    with store.write() as connection:
        subscriber = holder(connection, number, generation, held=True)
        last = outbox.last_put(connection, (once, before))
        if last is not None and now - last < AN_HOUR:
            return
        # With a new generation the count begins anew: whoever holds a forwarded mail stands in nobody's way.
        beginnings = [_asked_by(each, number, generation) for each in HourPurpose]
        if outbox.count_of(connection, number, beginnings, after=now - HOUR_LETTERS_WITHIN) < HOUR_LETTERS:
            _put(connection, settings, subscriber, words, once, at=now, not_after=until)
    settings.wake()


def _asked_by(purpose: HourPurpose, number: int, generation: int) -> str:
    return f"{purpose.value} {number} {generation} "


def _put(
    connection: sa.Connection,
    settings: PeopleSettings,
    subscriber: Subscriber,
    words: LetterWords,
    once: str,
    *,
    at: datetime,
    not_after: datetime,
) -> None:
    """Puts a link's letter into the outbox, unless the address is never to be mailed."""
    if suppressions.find(connection, canonical(subscriber.email)):
        return
    letter = NewLetter(
        kind=OutboxKind.LINK,
        email=subscriber.email,
        name=subscriber.name,
        subscriber_id=subscriber.id,
        words=words,
        once=once,
        not_after=not_after,
    )
    outbox.put(connection, letter, at=at, name=settings.name_letter)


def _language(subscriptions: list[Subscription]) -> str | None:
    """The one that they have said for a digest that stands, else for any."""
    said = sorted((each for each in subscriptions if each.language), key=stands, reverse=True)
    return said[0].language if said else None


# -- by feed instead ----------------------------------------------------------------------------------


def read_by_feed(store: Store, clock: Clock, settings: PeopleSettings, number: int, generation: int) -> bool:
    """Pauses all mail, since they read by feed; false where nothing was to pause. Raises ``Gone``.

    What they have paused themselves without an end stays so when they come back.
    """
    now, paused = clock(), False
    with store.write() as connection:
        holder(connection, number, generation, held=True)
        for each in subscribers.of_one(connection, number, held=True):
            comes = each.state is SubscriptionState.CONFIRMED
            if comes or (each.state is SubscriptionState.PAUSED and each.paused_until is not None):
                paused |= pause_one(connection, settings, each, until=None, at=now, reason=BY_FEED, for_feed=True)
    return paused


def read_by_mail(store: Store, clock: Clock, number: int, generation: int) -> bool:
    """Ends those pauses, with the same choice as before; false where there was none. Raises ``Gone``."""
    now = clock()
    with store.write() as connection:
        holder(connection, number, generation, held=True)
        paused = filter(is_paused_for_feed, subscribers.of_one(connection, number, held=True))
        by, reason = Actor.READER, BY_PAGE
        ended = [subscribers.resume(connection, number, each.digest, at=now, by=by, reason=reason) for each in paused]
    return any(ended)
