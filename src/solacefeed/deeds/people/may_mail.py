"""Whether somebody may be mailed, on which basis, and if not, why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from solacefeed.deeds.people.fingerprints import FingerprintKey, never, refusal
from solacefeed.email_addresses import canonical
from solacefeed.models.people import Actor, Consent, How, Subscription, SubscriptionState
from solacefeed.store import consents, mailable, subscribers, suppressions
from solacefeed.words import instant_words

_BY: dict[Actor | None, str] = {
    Actor.READER: "they ended it themselves",
    Actor.OPERATOR: "you ended it",
    Actor.LIST: "the config's list ended it",
    Actor.DIGEST: "the digest was given up",
    Actor.SYNC: "the membership database ended it",
    None: "it was ended",
}

_HOW = {
    How.FORM: "by the form",
    How.OPERATOR: "entered by you",
    How.LIST: "by the config's list",
    How.IMPORT: "by an import",
    How.SYNC: "by a membership database",
    How.BEFORE: "before consents were noted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MayMail:
    """Whether somebody may be mailed a digest."""

    #: Its key; ``None`` where it is so for every digest.
    digest: str | None
    may: bool
    #: In words, with the day of what decides it.
    why: str
    #: The consent by which it is so, where one is on record.
    consent: Consent | None = None
    #: What was agreed to, word for word, where it is known.
    wording: str | None = None


def verdicts(
    connection: sa.Connection, email: str, key: FingerprintKey, *, digests: Sequence[str] | None = None
) -> list[MayMail]:
    """One for each digest that somebody has or had, of *digests* alone where these are said; never empty."""
    refused = refusal(connection, email, key)
    suppressed = suppressions.find(connection, canonical(email))
    never_to_be = never(suppressed) if suppressed else None
    person = subscribers.find(connection, email)
    if person is None:
        return [MayMail(digest=None, may=False, why=refused or "nobody subscribes with this address")]
    if mailable.leaving(connection, [canonical(email)]):
        return [MayMail(digest=None, may=False, why="is being erased")]
    found = [each for each in subscribers.of_one(connection, person.id) if digests is None or each.digest in digests]
    if not found:
        return [MayMail(digest=None, may=False, why="has no such subscription")]
    return [_verdict(connection, each, never_to_be) for each in found]


def _verdict(connection: sa.Connection, there: Subscription, suppressed: str | None) -> MayMail:
    consent = consents.find(connection, there.consent_id) if there.consent_id is not None else None
    wording = consents.wording(connection, consent.wording_hash) if consent and consent.wording_hash else None
    against = _against(there, consent, suppressed)
    return MayMail(
        digest=there.digest,
        may=against is None,
        why=against or _in_words(consent),
        consent=consent,
        wording=wording.text if wording else None,
    )


def _against(there: Subscription, consent: Consent | None, suppressed: str | None) -> str | None:
    """The first thing that keeps mail from them."""
    since = instant_words(there.changed_at)
    if there.state is SubscriptionState.ENDED:
        return f"{_BY.get(there.changed_by, _BY[None])} on {since}"
    # Whatever the state says: it is the suppression that the final dot asks for.
    if suppressed:
        return suppressed
    if there.state is SubscriptionState.BOUNCED:
        return f"bounced since {since}"
    if there.state is SubscriptionState.PAUSED:
        ends = f"until {instant_words(there.paused_until)}" if there.paused_until else "until they say so"
        return f"paused {ends}"
    return None if consent else "no consent is on record"


def _in_words(consent: Consent | None) -> str:
    assert consent is not None
    where = f", {consent.source}" if consent.source else ""
    if consent.claimed:
        shown = f"; that is claimed: {consent.evidence or 'nothing shows it'}"
    else:
        shown = f"; {consent.evidence} shows it" if consent.evidence else ""
    return f"{consent.basis} of {instant_words(consent.at)}, {_HOW[consent.how]}{where}{shown}"
