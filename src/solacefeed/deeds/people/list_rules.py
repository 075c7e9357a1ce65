"""What the config's list of subscribers asks of a store, and what of it is done: values in, a comparison out.

What the list has entered follows it: a choice, a name, an end. What a reader has ended or chosen stays theirs, and what
the operator has entered by hand stays the operator's. Nobody is entered who was erased, or whose address is never to be
mailed; a line with an address that its reader has left for another means that reader. Whom a source of ``sync`` has too
stays for it. Too many ends at once are held back, as removals of posts are: a list that was emptied by a slip must not
end everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any

from solacefeed.deeds.held_back import too_many_gone
from solacefeed.deeds.people.category_slugs import CategorySlugs
from solacefeed.deeds.people.choose import WholeChoice
from solacefeed.email_addresses import canonical
from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, Basis, Consent, How, NewConsent, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.subscribers import REVIVABLE
from solacefeed.words import counted, day_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A subscriber whom the operator has entered in the config."""

    email: str
    name: str | None
    #: Slugs; ``None`` for everything.
    categories: tuple[str, ...] | None
    #: ``None`` for a digest's first.
    cadence: CadenceKind | None = None
    #: BCP 47; ``None`` for the site's.
    language: str | None = None
    #: The keys of those that they are to have; empty for the first that the config has.
    digests: tuple[str, ...] = ()
    #: Why they may be mailed, and what shows it; without the latter it is claimed.
    basis: Basis = Basis.CONSENT
    evidence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSubscription:
    """What the list says of a person, in ids."""

    email: str
    #: The address that the list has: another one where they have left that.
    listed_as: str
    name: str | None
    category_ids: tuple[CategoryId, ...] | None
    cadence: CadenceKind | None = None
    language: str | None = None
    basis: Basis = Basis.CONSENT
    evidence: str | None = None

    def consent(self, at: datetime) -> NewConsent:
        """The list's word for it."""
        claimed = self.evidence is None
        return NewConsent(basis=self.basis, at=at, how=How.LIST, evidence=self.evidence, claimed=claimed)

    @property
    def choice(self) -> WholeChoice:
        return self.category_ids, self.cadence, self.language


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Where the store is not as the list says."""

    #: Whom the list names and the store does not know, whom it brings back, and whose choice it changes.
    new: tuple[WantedSubscription, ...] = ()
    back: tuple[tuple[Subscription, WantedSubscription], ...] = ()
    chosen: tuple[tuple[Subscription, WantedSubscription], ...] = ()
    named: tuple[tuple[Subscription, WantedSubscription], ...] = ()
    #: Of whom the list says otherwise than is on record why they may be mailed.
    shown: tuple[tuple[Subscription, WantedSubscription], ...] = ()
    #: Of an older release, which did not note who entered them.
    adopted: tuple[tuple[Subscription, WantedSubscription], ...] = ()
    #: Whom the list names no more, and a source of ``sync`` does.
    synced: tuple[Subscription, ...] = ()
    #: Whom nobody names any more, unless they are too many.
    over: tuple[Subscription, ...] = ()
    #: Those who are too many to be believed.
    held: tuple[Subscription, ...] = ()
    #: Who stays as they chose themselves, whatever the list says, and why.
    own: tuple[tuple[str, str], ...] = ()
    #: Who is left out, and why; and who keeps the choice there was.
    left_out: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, parts: Iterable[Comparison]) -> Comparison:
        """Of several digests together."""
        found = list(parts)
        return cls(**{each.name: tuple(_all(found, each.name)) for each in fields(cls)})

    def troubles(self) -> tuple[str, ...]:
        """What keeps readers from what the list says, a line each."""
        return (
            *(f"[[subscribers]] {email} is left out: {why}" for email, why in self.left_out),
            *(f"[[subscribers]] {email} keeps the choice there was: {why}" for email, why in self.kept),
            *self.held_back(),
        )

    def held_back(self) -> tuple[str, ...]:
        if not self.held:
            return ()
        words = f"[[subscribers]] names {counted(len(self.held), 'reader')} no more, too many at once to be believed"
        return (f"{words}: `solacefeed subscribers held list`, then accept or refuse",)


def _all(found: Iterable[Comparison], name: str) -> Iterator[Any]:
    return (one for each in found for one in getattr(each, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOfList:
    """What the store knows of those whom the list names, and of those whom it has entered."""

    #: By canonical address.
    subscriptions: Mapping[str, Subscription]
    #: Why nobody but the person may enter which canonical address.
    refused: Mapping[str, str]
    #: The present address of whoever has left which canonical one.
    elsewhere: Mapping[str, str]
    #: By number, of those that the list's own subscriptions stand by.
    consents: Mapping[int, Consent]
    #: Whom a source of ``sync`` has too.
    claimed: Collection[int]


def compare(listed: Sequence[Listed], known: KnownOfList, slugs: CategorySlugs) -> Comparison:
    """How what is *known* differs from the list, in which no address stands twice."""
    people = _where_they_are(listed, known.elsewhere)
    unclear = {who: why for who, each in people.items() if (why := slugs.refusal(each.categories or ()))}
    wanted = {
        who: _wanted(each, slugs, email=known.elsewhere.get(canonical(each.email), each.email))
        for who, each in people.items()
        if who not in unclear
    }
    there = known.subscriptions
    pairs = [(there[who], each) for who, each in wanted.items() if who in there and who not in known.refused]
    # A pause is its reader's, and who bounced gets nothing: who is gone from the list is looked at when it is over.
    gone = [each for who, each in there.items() if who not in people and is_the_lists(each) and _is_confirmed(each)]
    synced = [each for each in gone if each.subscriber.id in known.claimed]
    alone = [each for each in gone if each.subscriber.id not in known.claimed]
    many = too_many_gone(len(alone), sum(map(is_the_lists, there.values())))
    return Comparison(
        new=tuple(each for who, each in wanted.items() if who not in there and who not in known.refused),
        back=_those(pairs, _comes_back),
        chosen=_those(pairs, _is_to_choose),
        named=_those(pairs, _is_to_be_named),
        shown=_those(pairs, partial(_is_to_be_shown, known.consents)),
        adopted=_those(pairs, _is_of_an_older_release),
        synced=tuple(synced),
        over=() if many else tuple(alone),
        held=tuple(alone) if many else (),
        own=(*_refused(wanted, known), *_own(pairs)),
        left_out=tuple((people[who].email, why) for who, why in unclear.items() if not _gets_it(there.get(who))),
        kept=tuple((people[who].email, why) for who, why in unclear.items() if _gets_it(there.get(who))),
    )


def _where_they_are(listed: Sequence[Listed], elsewhere: Mapping[str, str]) -> dict[str, Listed]:
    """The lines by canonical address; where somebody has left that of their line for another, by the present one."""
    by_line = {canonical(each.email): each for each in listed}
    moved = {canonical(elsewhere[who]): each for who, each in by_line.items() if who in elsewhere}
    return moved | {who: each for who, each in by_line.items() if who not in elsewhere}


def _wanted(listed: Listed, slugs: CategorySlugs, *, email: str) -> WantedSubscription:
    chosen = None if listed.categories is None else slugs.ids_of(listed.categories)
    return WantedSubscription(
        email=email,
        listed_as=listed.email,
        name=listed.name,
        category_ids=chosen,
        cadence=listed.cadence,
        language=listed.language,
        basis=listed.basis,
        evidence=listed.evidence,
    )


def _refused(wanted: Mapping[str, WantedSubscription], known: KnownOfList) -> Iterator[tuple[str, str]]:
    return ((each.listed_as, known.refused[who]) for who, each in wanted.items() if who in known.refused)


def _gets_it(known: Subscription | None) -> bool:
    return known is not None and _stands(known)


def _those(
    pairs: Iterable[tuple[Subscription, WantedSubscription]], holds: Callable[[Subscription, WantedSubscription], bool]
) -> tuple[tuple[Subscription, WantedSubscription], ...]:
    return tuple(pair for pair in pairs if holds(*pair))


def _stands(known: Subscription) -> bool:
    return known.state is not SubscriptionState.ENDED


def _is_confirmed(known: Subscription) -> bool:
    return known.state is SubscriptionState.CONFIRMED


def choice_of(known: Subscription) -> WholeChoice:
    return known.category_ids, known.cadence, known.language


def is_the_lists(known: Subscription) -> bool:
    return _stands(known) and known.entered_by is Actor.LIST


def _comes_back(known: Subscription, _wanted: WantedSubscription) -> bool:
    return not _stands(known) and known.changed_by in REVIVABLE[Actor.LIST]


def _is_to_choose(known: Subscription, wanted: WantedSubscription) -> bool:
    return is_the_lists(known) and known.chosen_by is Actor.LIST and choice_of(known) != wanted.choice


def _is_to_be_named(known: Subscription, wanted: WantedSubscription) -> bool:
    return (is_the_lists(known) or _comes_back(known, wanted)) and gives_way(known.subscriber, wanted.name)


def _is_to_be_shown(consents: Mapping[int, Consent], known: Subscription, wanted: WantedSubscription) -> bool:
    """A consent that came to us in another way is another's word, and stays."""
    there = consents.get(known.consent_id) if known.consent_id else None
    if not is_the_lists(known) or (there and there.how not in (How.LIST, How.BEFORE)):
        return False
    return there is None or (there.basis, there.evidence) != (wanted.basis, wanted.evidence)


def gives_way(person: Subscriber, name: str | None) -> bool:
    """Whether the list may call *person* so: a name of which nobody knows whose it is is not taken away."""
    if person.name == name:
        return False
    return person.named_by is Actor.LIST or (person.named_by is None and name is not None)


def _is_of_an_older_release(known: Subscription, wanted: WantedSubscription) -> bool:
    """Nobody knows who entered it; or whose choice it is, and it is the list's as well."""
    if not _stands(known) or known.entered_by not in (None, Actor.LIST):
        return False
    return known.entered_by is None or (known.chosen_by is None and choice_of(known) == wanted.choice)


def _own(pairs: Iterable[tuple[Subscription, WantedSubscription]]) -> Iterator[tuple[str, str]]:
    for known, wanted in pairs:
        if canonical(wanted.listed_as) != canonical(wanted.email):
            yield wanted.listed_as, "has another address by now, which stays: write that"
        if not _stands(known) and not _comes_back(known, wanted):
            yield wanted.listed_as, f"ended on {day_words(known.changed_at)}, and stays so"
        elif _stands(known) and known.chosen_by is not Actor.LIST and choice_of(known) != wanted.choice:
            what = "other categories" if known.category_ids != wanted.category_ids else "another cadence or language"
            yield wanted.listed_as, f"has chosen {what}, which {'stay' if what.startswith('other') else 'stays'}"
