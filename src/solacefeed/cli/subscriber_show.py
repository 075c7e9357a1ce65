"""``subscribers show``: all that is known of one address, and by whose word it is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import click
import sqlalchemy as sa

from solacefeed.cli.options import Options, common, pass_options
from solacefeed.cli.subscriber_words import NO_CONSENT, change_words, consent_words, state_words, wish_words
from solacefeed.deeds.people.choose import known_subscriber
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.email_addresses import canonical
from solacefeed.models.people import Consent, Subscriber, Subscription, SubscriptionState, Suppression
from solacefeed.models.posts import CategoryId
from solacefeed.models.sign_ups import SignUpState
from solacefeed.store import address_history, consents, person, subscribers, suppressions, sync_members
from solacefeed.store.address_history import AddressChange
from solacefeed.store.person import LetterSent, OpenSignUp
from solacefeed.store.subscription_changes import SubscriptionChange, history
from solacefeed.store.sync_members import Membership
from solacefeed.store.tags import names_of_choices
from solacefeed.words import instant_words

#: Letters that are shown.
LETTERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOfAddress:
    """What the store holds of an address."""

    #: ``None`` where nobody has it: then it is suppressed, or something was asked with it.
    subscriber: Subscriber | None = None
    subscriptions: tuple[Subscription, ...] = ()
    #: By digest, oldest first.
    changes: Mapping[str, list[SubscriptionChange]]
    consents: tuple[Consent, ...] = ()
    #: What people had agreed to, by its hash.
    wordings: Mapping[str, str]
    suppression: Suppression | None = None
    #: Oldest first.
    addresses: tuple[AddressChange, ...] = ()
    members: tuple[Membership, ...] = ()
    sign_ups: tuple[OpenSignUp, ...] = ()
    letters: tuple[LetterSent, ...] = ()


@click.command("show")
@click.argument("email", metavar="ADDRESS")
@common
@pass_options
def show(options: Options, email: str) -> None:
    """One subscriber: who entered, changed and ended each subscription, and on which consent it stands."""
    app = options.app
    with app.looking() as store:
        called = app.audience(store).names()
        with store.read() as connection:
            known = _known(connection, email, app.fingerprints)
            names = names_of_choices(connection)
    options.console.tell(known)
    options.console.sheet(_pairs(known, email, called, names))


def _known(connection: sa.Connection, email: str, key: FingerprintKey) -> KnownOfAddress:
    never = suppressions.find(connection, canonical(email))
    # A look makes no key: where there is none, nobody has asked for anything yet.
    asked = person.open_sign_ups(connection, key.address_key(email)) if key.path.exists() else []
    if (never or asked) and subscribers.find(connection, email) is None:
        return KnownOfAddress(changes={}, wordings={}, suppression=never, sign_ups=tuple(asked))
    who = known_subscriber(connection, email)
    found, given = subscribers.of_one(connection, who.id), consents.of_one(connection, who.id)
    agreed = consents.wordings_of(connection, (each.wording_hash for each in given if each.wording_hash))
    return KnownOfAddress(
        subscriber=who,
        subscriptions=tuple(found),
        changes={each.digest: history(connection, who.id, each.digest) for each in found},
        consents=tuple(given),
        wordings={each: agreed[each].text for each in sorted(agreed)},
        suppression=never,
        addresses=tuple(address_history.of_one(connection, who.id)),
        members=tuple(sync_members.of_people(connection, [who.id])),
        sign_ups=tuple(asked),
        letters=tuple(person.letters(connection, who.id, who.email, limit=LETTERS)),
    )


# -- in words -------------------------------------------------------------------------------------------


def _pairs(
    known: KnownOfAddress, email: str, called: Mapping[str, str], names: Mapping[CategoryId, str]
) -> Iterator[tuple[str, object]]:
    who = known.subscriber
    yield "address", who.email if who else f"{email} (no subscriber)"
    if who:
        yield "name", who.name
        yield "known since", who.created_at
        yield "links", f"of generation {who.generation}; earlier ones are void" if who.generation else None
    if known.suppression:
        yield "never mailed", _never(known.suppression)
    for each in known.subscriptions:
        yield f"digest {called.get(each.digest, each.digest)}", _told(each, known, names)
    for membership in known.members:
        gone = "" if membership.listed else ", which lists them no more"
        yield "member", f"{membership.member} of {membership.source}{gone}"
    for step in known.addresses:
        yield "had before", f"{step.before}, until {instant_words(step.at)} (changed by: {step.actor})"
    for sign_up in known.sign_ups:
        came = sign_up.reason if sign_up.state is SignUpState.DROPPED else "confirmed by nobody yet"
        yield "asked", f"{instant_words(sign_up.at)}  {sign_up.kind}: {sign_up.state}, {came}"
    for letter in known.letters:
        answer = f": {letter.answer}" if letter.answer else ""
        yield "letter", f"{instant_words(letter.created_at)}  {letter.kind} {letter.id}: {letter.state}{answer}"


def _never(suppression: Suppression) -> str:
    why = f": {suppression.words}" if suppression.words else ""
    return f"since {instant_words(suppression.at)}, {suppression.reason} (by: {suppression.actor}){why}"


def _told(subscription: Subscription, known: KnownOfAddress, names: Mapping[CategoryId, str]) -> str:
    entered, chosen = subscription.entered_by or "not known", subscription.chosen_by or "not known"
    now = f"{state_words(subscription.state, subscription.paused_until)}: {wish_words(subscription, names)}"
    lines = [f"{now} (entered by: {entered}; chosen by: {chosen})", *_consent(subscription, known)]
    return "\n".join([*lines, *(change_words(each, names) for each in known.changes[subscription.digest])])


def _consent(subscription: Subscription, known: KnownOfAddress) -> Iterator[str]:
    """That by which it stands; those before it are told with ``--json``."""
    there = next((each for each in known.consents if each.id == subscription.consent_id), None)
    if there:
        yield consent_words(there, known.wordings.get(there.wording_hash or ""))
    elif subscription.state is not SubscriptionState.ENDED:
        yield NO_CONSENT


COMMANDS = (show,)
