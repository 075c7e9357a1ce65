"""The subscribers whom the config lists, and how the store is held to them.

What the list has entered follows it: a choice, a name, an end. What a reader has ended or chosen stays theirs, and what
the operator has entered by hand stays the operator's. Too many ends at once are held back, as removals of posts are: a
list that was emptied by a slip must not end everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, tzinfo
from functools import partial
from itertools import islice
from typing import Any

import sqlalchemy as sa

from solacefeed.deeds.held_back import too_many_gone
from solacefeed.deeds.people.category_slugs import CategorySlugs, known_slugs
from solacefeed.deeds.people.choose import WholeChoice, changed
from solacefeed.deeds.people.counting import counts_from
from solacefeed.digest.choices import since_after
from solacefeed.email_addresses import canonical
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.people import Actor, Basis, How, NewConsent, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.ports import Clock
from solacefeed.store import subscribers
from solacefeed.store.database import Store
from solacefeed.store.subscribers import REVIVABLE
from solacefeed.words import counted

#: Readers changed in one transaction.
CHUNK = 100

LISTED = "the config lists them"
UNLISTED = "the config lists them no more"
KEPT = "you let them stay, though the config lists them no more"


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
    #: Of an older release, which did not note who entered them.
    adopted: tuple[tuple[Subscription, WantedSubscription], ...] = ()
    #: Whom the list names no more, unless they are too many.
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


# -- deciding ---------------------------------------------------------------------------------------


def compare(listed: Sequence[Listed], known: Mapping[str, Subscription], slugs: CategorySlugs) -> Comparison:
    """How *known*, by canonical address, differs from the list, in which no address stands twice."""
    people = {canonical(each.email): each for each in listed}
    refused = {who: why for who, each in people.items() if (why := slugs.refusal(each.categories or ()))}
    wanted = {who: _wanted(each, slugs) for who, each in people.items() if who not in refused}
    pairs = [(known[who], each) for who, each in wanted.items() if who in known]
    # A pause is its reader's: who is gone from the list meanwhile is looked at when it is over.
    gone = [each for who, each in known.items() if who not in people and _is_the_lists(each) and not _is_paused(each)]
    many = too_many_gone(len(gone), sum(map(_is_the_lists, known.values())))
    return Comparison(
        new=tuple(each for who, each in wanted.items() if who not in known),
        back=_those(pairs, _comes_back),
        chosen=_those(pairs, _is_to_choose),
        named=_those(pairs, _is_to_be_named),
        adopted=_those(pairs, _is_of_an_older_release),
        over=() if many else tuple(gone),
        held=tuple(gone) if many else (),
        own=tuple(_own(pairs)),
        left_out=tuple((people[who].email, why) for who, why in refused.items() if not _gets_it(known.get(who))),
        kept=tuple((people[who].email, why) for who, why in refused.items() if _gets_it(known.get(who))),
    )


def _wanted(listed: Listed, slugs: CategorySlugs) -> WantedSubscription:
    chosen = None if listed.categories is None else slugs.ids_of(listed.categories)
    return WantedSubscription(
        email=listed.email,
        name=listed.name,
        category_ids=chosen,
        cadence=listed.cadence,
        language=listed.language,
        basis=listed.basis,
        evidence=listed.evidence,
    )


def _gets_it(known: Subscription | None) -> bool:
    return known is not None and _stands(known)


def _those(
    pairs: Iterable[tuple[Subscription, WantedSubscription]], holds: Callable[[Subscription, WantedSubscription], bool]
) -> tuple[tuple[Subscription, WantedSubscription], ...]:
    return tuple(pair for pair in pairs if holds(*pair))


def _stands(known: Subscription) -> bool:
    return known.state is not SubscriptionState.ENDED


def _is_paused(known: Subscription) -> bool:
    return known.state is SubscriptionState.PAUSED


def _choice(known: Subscription) -> WholeChoice:
    return known.category_ids, known.cadence, known.language


def _is_the_lists(known: Subscription) -> bool:
    return _stands(known) and known.entered_by is Actor.LIST


def _comes_back(known: Subscription, _wanted: WantedSubscription) -> bool:
    return not _stands(known) and known.changed_by in REVIVABLE[Actor.LIST]


def _is_to_choose(known: Subscription, wanted: WantedSubscription) -> bool:
    return _is_the_lists(known) and known.chosen_by is Actor.LIST and _choice(known) != wanted.choice


def _is_to_be_named(known: Subscription, wanted: WantedSubscription) -> bool:
    return (_is_the_lists(known) or _comes_back(known, wanted)) and _gives_way(known.subscriber, wanted.name)


def _gives_way(person: Subscriber, name: str | None) -> bool:
    """Whether the list may call *person* so: a name of which nobody knows whose it is is not taken away."""
    if person.name == name:
        return False
    return person.named_by is Actor.LIST or (person.named_by is None and name is not None)


def _is_of_an_older_release(known: Subscription, wanted: WantedSubscription) -> bool:
    """Nobody knows who entered it; or whose choice it is, and it is the list's as well."""
    if not _stands(known) or known.entered_by not in (None, Actor.LIST):
        return False
    return known.entered_by is None or (known.chosen_by is None and _choice(known) == wanted.choice)


def _own(pairs: Iterable[tuple[Subscription, WantedSubscription]]) -> Iterator[tuple[str, str]]:
    for known, wanted in pairs:
        if not _stands(known) and not _comes_back(known, wanted):
            yield wanted.email, f"ended on {known.changed_at:%d %B %Y}, and stays so"
        elif _stands(known) and known.chosen_by is not Actor.LIST and _choice(known) != wanted.choice:
            what = "other categories" if known.category_ids != wanted.category_ids else "another cadence or language"
            yield wanted.email, f"has chosen {what}, which {'stay' if what.startswith('other') else 'stays'}"


# -- doing ------------------------------------------------------------------------------------------


def look(store: Store, listed: Sequence[Listed], digest: Digest) -> Comparison:
    """How the store differs from the list; writes nothing."""
    with store.read() as connection:
        known = subscribers.of_the_list(connection, digest.key, [each.email for each in listed])
        return compare(listed, known, known_slugs(connection, digest.followed))


def hold_to_list(store: Store, clock: Clock, listed: Sequence[Listed], digest: Digest, zone: tzinfo) -> Comparison:
    """Makes the store as the list says, in short transactions, and returns what differed.

    Where nothing does, nothing is written. Who has left, chosen or been entered by hand meanwhile stays so: each
    statement asks once more.
    """
    found = look(store, listed, digest)
    if found.adopted:
        _do(store, (partial(_adopt, known, wanted) for known, wanted in found.adopted))
        found = look(store, listed, digest)
    _do(store, _steps(found, digest, zone, clock()))
    return found


def end_all(store: Store, clock: Clock, held: Sequence[Subscription]) -> int:
    """Ends those who were held back; returns how many."""
    return _do(store, (partial(_end, known, clock()) for known in held))


def keep_all(store: Store, clock: Clock, held: Sequence[Subscription]) -> int:
    """Lets those who were held back stay, as if they had been entered by hand; returns how many."""
    return _do(store, (partial(_keep, known, clock()) for known in held))


def _steps(
    found: Comparison, digest: Digest, zone: tzinfo, at: datetime
) -> Iterator[Callable[[sa.Connection], object]]:
    yield from (partial(_enter, wanted, digest, zone, at) for wanted in found.new)
    yield from (partial(_bring_back, known, wanted, digest, zone, at) for known, wanted in found.back)
    yield from (partial(_choose, known, wanted, digest, zone, at) for known, wanted in found.chosen)
    yield from (partial(_name, known, wanted) for known, wanted in found.named)
    yield from (partial(_end, known, at) for known in found.over)


def _do(store: Store, steps: Iterable[Callable[[sa.Connection], object]]) -> int:
    """Takes each step, many in one transaction; returns how many of them changed something, where they say so."""
    waiting, changed = iter(steps), 0
    while chunk := list(islice(waiting, CHUNK)):
        with store.write() as connection:
            changed += sum(bool(step(connection)) for step in chunk)
    return changed


def _enter(wanted: WantedSubscription, digest: Digest, zone: tzinfo, at: datetime, connection: sa.Connection) -> None:
    person = subscribers.enter(connection, email=wanted.email, name=wanted.name, at=at, by=Actor.LIST)
    if _gives_way(person, wanted.name):
        subscribers.rename(connection, person.id, wanted.name, by=Actor.LIST)
    if subscribers.subscription(connection, person.id, digest.key) is None:
        _begin(connection, person, wanted, wanted.choice, digest, zone, at, chosen_by=Actor.LIST)


def _bring_back(
    known: Subscription,
    wanted: WantedSubscription,
    digest: Digest,
    zone: tzinfo,
    at: datetime,
    connection: sa.Connection,
) -> None:
    """A choice that was the reader's own is theirs still."""
    choice = wanted.choice if known.chosen_by is Actor.LIST else _choice(known)
    _begin(connection, known.subscriber, wanted, choice, digest, zone, at, chosen_by=known.chosen_by)


def _begin(
    connection: sa.Connection,
    person: Subscriber,
    wanted: WantedSubscription,
    choice: WholeChoice,
    digest: Digest,
    zone: tzinfo,
    at: datetime,
    *,
    chosen_by: Actor | None,
) -> None:
    category_ids, cadence, language = choice
    subscribers.subscribe(
        connection,
        person,
        digest.key,
        category_ids=category_ids,
        since=since_after(None, category_ids, at=at, start_of=counts_from(connection, digest, cadence, zone)),
        cadence=cadence,
        language=language,
        consent=wanted.consent(at),
        at=at,
        by=Actor.LIST,
        chosen_by=chosen_by,
        reason=LISTED,
    )


def _choose(
    known: Subscription,
    wanted: WantedSubscription,
    digest: Digest,
    zone: tzinfo,
    at: datetime,
    connection: sa.Connection,
) -> None:
    by = Actor.LIST
    there = subscribers.subscription(connection, known.subscriber.id, digest.key, held=True)
    if there is not None:
        changed(connection, digest, zone, there, wanted.choice, at=at, by=by, over=by, reason=LISTED)


def _name(known: Subscription, wanted: WantedSubscription, connection: sa.Connection) -> None:
    subscribers.rename(connection, known.subscriber.id, wanted.name, by=Actor.LIST)


def _adopt(known: Subscription, wanted: WantedSubscription, connection: sa.Connection) -> None:
    same = _choice(known) == wanted.choice
    subscribers.adopt(connection, known.subscriber.id, known.digest, with_choice=same)


def _end(known: Subscription, at: datetime, connection: sa.Connection) -> bool:
    return subscribers.end_listed(connection, known.subscriber.id, known.digest, at=at, reason=UNLISTED)


def _keep(known: Subscription, at: datetime, connection: sa.Connection) -> bool:
    return subscribers.keep_listed(connection, known.subscriber.id, known.digest, at=at, reason=KEPT)
