"""A sign-up is confirmed by a POST of whoever reads its letter: then, and only then, a subscription begins."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

import sqlalchemy as sa

from solacefeed import tokens
from solacefeed.deeds.people.available import items, stands, stands_by_a_list, takeable, writer
from solacefeed.deeds.people.choose import WholeChoice, changed
from solacefeed.deeds.people.first_edition import first_closing
from solacefeed.deeds.people.settings import PeopleSettings
from solacefeed.deeds.people.sign_up_retention import LASTS, once_of
from solacefeed.deeds.people.subscribe import begin
from solacefeed.digest.personal_letters import welcome_words
from solacefeed.email_addresses import canonical
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.letters import NewLetter, OutboxKind
from solacefeed.models.people import Actor, Basis, How, NewConsent, Subscriber, Subscription
from solacefeed.models.sign_ups import SignUp, SignUpState, Wish
from solacefeed.ports import Clock
from solacefeed.publish.editions import edition_url
from solacefeed.store import (
    consents,
    editions,
    fingerprints,
    listed_subscriptions,
    mailable,
    outbox,
    reader_links,
    sign_ups,
    subscribers,
    suppressions,
)
from solacefeed.store.database import Store
from solacefeed.words import instant_words

#: A welcome that comes later than that is none.
WELCOME_WITHIN = timedelta(days=2)

#: In the links of a welcome until its reader has a number, which nobody has.
NOBODY = 0

#: In a subscription's history.
CONFIRMED = "confirmed by the link in a mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What a confirmation has begun."""

    subscriber_id: int
    #: For their links.
    generation: int
    #: The keys of those that were asked for and stand now.
    digests: tuple[str, ...]
    #: Whether this POST has begun one of them; a second one has not.
    new: bool


def look_at(store: Store, clock: Clock, sign_up_id: int, nonce: str, settings: PeopleSettings) -> SignUp | None:
    """What would be confirmed, its wishes as they can be had now; ``None`` where it is over, unknown or can't be had.

    One that was confirmed before is shown too (``SignUp.state``).
    """
    with store.read() as connection:
        return _found(connection, sign_up_id, nonce, settings, clock())


def confirm(store: Store, clock: Clock, sign_up_id: int, nonce: str, settings: PeopleSettings) -> Confirmed | None:
    """Begins what was asked for; again, it begins nothing and says the same. ``None`` as ``look_at``."""
    now = clock()
    with store.read() as connection:
        found = _found(connection, sign_up_id, nonce, settings, now)
        if found is None or found.email is None:
            return None
        if found.state is SignUpState.CONFIRMED:
            return _as_before(connection, found)
        welcome = _welcome(connection, settings, found, found.email, now) if settings.welcome else None
    fingerprint = settings.key.fingerprint(found.email)
    with store.write() as connection:
        # Before the fingerprint goes: whoever erases the same address has this before it.
        mailable.hold(connection)
        still = _found(connection, sign_up_id, nonce, settings, now)
        if still is None or still.email is None:
            return None
        fingerprints.remove(connection, fingerprint)
        done = _begun(connection, still, still.email, settings, welcome, now)
    settings.wake()
    return done


def _found(
    connection: sa.Connection, sign_up_id: int, nonce: str, settings: PeopleSettings, now: datetime
) -> SignUp | None:
    sign_up = sign_ups.find(connection, sign_up_id)
    if sign_up is None or sign_up.email is None or not hmac.compare_digest(sign_up.nonce.encode(), nonce.encode()):
        return None
    if now - sign_up.at > LASTS or sign_up.state not in (SignUpState.ANSWERED, SignUpState.CONFIRMED):
        return None
    if suppressions.find(connection, canonical(sign_up.email)):
        return None
    if sign_up.state is SignUpState.CONFIRMED and _whose(connection, sign_up) is None:
        return None
    wishes = takeable(connection, settings, sign_up.wishes)
    return replace(sign_up, wishes=wishes) if wishes else None


def _whose(connection: sa.Connection, sign_up: SignUp) -> Subscriber | None:
    """Who confirmed it, while the links hold that they had then.

    ``None`` for who was erased since, has made their links void, or has moved: who reads the mailbox of that letter
    need not be who reads the mails any more.
    """
    subscriber = reader_links.whose(connection, sign_up.subscriber_id or 0)
    return subscriber if subscriber is not None and subscriber.generation == sign_up.generation else None


def _as_before(connection: sa.Connection, sign_up: SignUp | None) -> Confirmed | None:
    """What stands of it still."""
    subscriber = _whose(connection, sign_up) if sign_up else None
    return _told(connection, subscriber, sign_up.wishes, new=False) if sign_up and subscriber else None


def _told(connection: sa.Connection, subscriber: Subscriber, wishes: Sequence[Wish], *, new: bool) -> Confirmed:
    standing = {each.digest for each in subscribers.of_one(connection, subscriber.id) if stands(each)}
    digests = tuple(each.digest for each in wishes if each.digest in standing)
    return Confirmed(subscriber_id=subscriber.id, generation=subscriber.generation, digests=digests, new=new)


def _begun(
    connection: sa.Connection,
    sign_up: SignUp,
    email: str,
    settings: PeopleSettings,
    welcome: NewLetter | None,
    now: datetime,
) -> Confirmed | None:
    subscriber = subscribers.enter(connection, email=email, name=sign_up.name, at=now, by=Actor.READER)
    if not sign_ups.confirm(connection, sign_up.id, subscriber, at=now):
        # Another POST of the same has come in between.
        return _as_before(connection, sign_ups.find(connection, sign_up.id))
    if subscriber.name is None and sign_up.name is not None:
        subscribers.rename(connection, subscriber.id, sign_up.name, by=Actor.READER)
    mailable.stay(connection, subscriber.id)
    new = [wish for wish in sign_up.wishes if _begin(connection, sign_up, subscriber, wish, settings, now)]
    if new and welcome:
        outbox.put(connection, _addressed(welcome, subscriber, sign_up.wishes), at=now, name=settings.name_letter)
    return _told(connection, subscriber, sign_up.wishes, new=bool(new))


def _begin(
    connection: sa.Connection,
    sign_up: SignUp,
    subscriber: Subscriber,
    wish: Wish,
    settings: PeopleSettings,
    now: datetime,
) -> bool:
    """False for what stands already: its reader changes it by their own link.

    What stands by a list is theirs from now on, with this choice and this consent: no list ends it any more.
    """
    digest = settings.digests[wish.digest]
    there = subscribers.subscription(connection, subscriber.id, digest.key, held=True)
    choice = (wish.category_ids, wish.cadence, sign_up.language or (there.language if there else None))
    if there is not None and stands_by_a_list(there):
        _take_over(connection, there, digest, settings.site.zone, choice, _consent(sign_up, now), now)
        return False
    return begin(
        connection,
        digest,
        settings.site.zone,
        subscriber,
        there,
        choice,
        consent=_consent(sign_up, now),
        at=now,
        by=Actor.READER,
        reason=CONFIRMED,
    )


def _take_over(
    connection: sa.Connection,
    there: Subscription,
    digest: Digest,
    zone: tzinfo,
    choice: WholeChoice,
    consent: NewConsent,
    now: datetime,
) -> None:
    number, by = there.subscriber.id, Actor.READER
    subscribers.resume(connection, number, digest.key, at=now, by=by, reason=CONFIRMED)
    changed(connection, digest, zone, there, choice, at=now, by=by, reason=CONFIRMED)
    assert there.entered_by is not None
    of = there.entered_by
    listed_subscriptions.hand_over(connection, number, digest.key, of=of, to=by, by=by, at=now, reason=CONFIRMED)
    consents.record(connection, number, digest.key, consent, at=now)


def _consent(sign_up: SignUp, now: datetime) -> NewConsent:
    asked = f"sign-up {sign_up.id}, asked on {instant_words(sign_up.at)}"
    return NewConsent(
        basis=Basis.CONSENT,
        at=now,
        how=How.FORM,
        source=sign_up.page,
        evidence=f"{asked}, confirmed by the link mailed to the address",
        wording_hash=sign_up.wording_hash,
        network=sign_up.network,
    )


# -- the welcome --------------------------------------------------------------------------------------


def _welcome(
    connection: sa.Connection, settings: PeopleSettings, sign_up: SignUp, email: str, now: datetime
) -> NewLetter | None:
    """To what does not stand yet, its links ``NOBODY``'s; ``None`` where all stands.

    It is written before anything begins: while it is, others can write.
    """
    known = subscribers.find(connection, email)
    there = {each.digest for each in subscribers.of_one(connection, known.id) if stands(each)} if known else ()
    new = [wish for wish in sign_up.wishes if wish.digest not in there]
    if not new:
        return None
    by, (preferences, feed, *ends) = writer(settings, sign_up.language), _tokens(new, NOBODY, 0)
    first = _comes(connection, settings, new, known.id if known else None, now)
    words = welcome_words(
        by,
        items(connection, settings, new, by.speaks),
        comes=by.day(first) if first else None,
        last_edition=_last_edition(connection, settings, new),
        preferences=f"{settings.base_url}/preferences/{preferences}",
        feed=f"{settings.base_url}/my/{feed}.atom",
        # One click ends the digest that a mail is of, so a welcome to several has none: its page stops them all.
        unsubscribe=f"{settings.base_url}/unsubscribe/{ends[0]}" if len(new) == 1 else None,
    )
    return NewLetter(
        kind=OutboxKind.WELCOME,
        email=email,
        words=words,
        once=f"welcome {once_of(sign_up.id)}",
        not_after=now + WELCOME_WITHIN,
    )


def _tokens(wishes: Sequence[Wish], number: int, generation: int) -> tuple[str, ...]:
    """To what they have chosen, to their feed, and to the end of each of these."""
    preferences = tokens.for_preferences(number, generation, tokens.LATER)
    feed = tokens.for_feed(number, generation, tokens.LATER)
    ends = (tokens.for_unsubscribing(wish.digest, number, tokens.LATER) for wish in wishes)
    return preferences, feed, *ends


def _addressed(welcome: NewLetter, subscriber: Subscriber, wishes: Sequence[Wish]) -> NewLetter:
    """As theirs whose number is known now."""
    drafts, own = _tokens(wishes, NOBODY, 0), _tokens(wishes, subscriber.id, subscriber.generation)
    text, html = welcome.words.text, welcome.words.html
    for draft, token in zip(drafts, own, strict=True):
        text, html = text.replace(draft, token), html.replace(draft, token)
    words = replace(welcome.words, text=text, html=html)
    return replace(welcome, email=subscriber.email, name=subscriber.name, subscriber_id=subscriber.id, words=words)


def _comes(
    connection: sa.Connection, settings: PeopleSettings, new: Sequence[Wish], reader: int | None, now: datetime
) -> datetime | None:
    """When the first edition of these closes that they get; ``None`` where nobody can say."""
    closings: list[datetime] = []
    for wish in new:
        digest = settings.digests[wish.digest]
        cadence = digest.cadence(wish.cadence)
        first = first_closing(connection, digest, cadence, settings.site.zone, now, reader=reader)
        if first is not None:
            closings.append(first)
        elif cadence.kind is not CadenceKind.AT_ONCE:
            return None
    return min(closings, default=None)


def _last_edition(connection: sa.Connection, settings: PeopleSettings, new: Sequence[Wish]) -> str | None:
    """The page of the newest edition of one of them."""
    found = [edition for wish in new for edition in editions.public(connection, wish.digest, limit=1)]
    if not found:
        return None
    return edition_url(max(found, key=lambda edition: edition.period.ends).id, settings.site.base_url)
