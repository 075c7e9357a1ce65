"""What a membership database's export asks of a store, row by row: values in, a verdict out.

A source owns what it brought, by its own number of each member. Categories are set once, and are the reader's from then
on; a name follows until somebody else says one; another address in the database moves whoever it brought. Nobody is
brought back who ended themselves, bounced, complained or was erased, and who subscribed in another way is left as they
are. A mailbox whose reader ended what came there, or complained, is not entered by another number either. What two
sources have stays while one of them has it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from solacefeed.deeds.people.fingerprints import ERASED
from solacefeed.email_addresses import canonical
from solacefeed.models.people import Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store.subscribers import REVIVABLE
from solacefeed.store.sync_members import Membership
from solacefeed.words import day_words, listing

TAKEN = "another subscriber has the new address"
ENDED_THERE = "whoever had this address ended what they had, and has another now"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member as the export has them."""

    #: Where the row stands, as a person finds it.
    line: int
    #: The database's own number of them.
    member: str
    #: An address that is one.
    email: str
    name: str | None = None
    #: What they are interested in, in the database's words; ``None`` for everything.
    interests: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """A subscriber with all their subscriptions, by digest."""

    subscriber: Subscriber
    subscriptions: Mapping[str, Subscription] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return canonical(self.subscriber.email)

    @property
    def was_brought(self) -> bool:
        """Whether all that they have came by ``sync``."""
        return all(each.entered_by is Actor.SYNC for each in self.subscriptions.values())

    @property
    def has_ended_any(self) -> bool:
        """Whether they have ended something by their own word."""
        own = (Actor.READER, None)
        return any(_is_ended(each) and each.changed_by in own for each in self.subscriptions.values())

    @property
    def has_left(self) -> bool:
        """Whether they have ended what they had, and have nothing."""
        found = self.subscriptions.values()
        ended = all(each.state is SubscriptionState.ENDED for each in found)
        return ended and any(each.changed_by in (Actor.READER, None) for each in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOfRows:
    """What the store knows of some rows of a source."""

    #: By the source's number.
    memberships: Mapping[str, Membership]
    #: By our number: those of the memberships, and those who have an address of the rows.
    people: Mapping[int, KnownPerson]
    #: Our number of whoever has a canonical address.
    numbers: Mapping[str, int]
    #: Why nobody but the person may enter which canonical address.
    refused: Mapping[str, str]
    #: Our numbers of those who have left a canonical address by their own word.
    left: Mapping[str, Collection[int]]
    #: Our numbers of those who ended something by their own word at a canonical address that they have no more.
    ended_there: Mapping[str, Collection[int]]
    #: Members who were erased.
    erased: frozenset[str]
    #: The members of the source, of those who are in the export, who are one subscriber.
    members: Mapping[int, Collection[str]]


#: The categories that a member's interests mean, ``None`` for all; or why they mean none.
CategoriesOf = Callable[[str | None], tuple[CategoryId, ...] | str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowVerdict:
    """What a row asks to be done; nothing where all of it is so."""

    row: MemberRow
    #: Our number of the person; ``None`` where they are to be entered, or left out.
    number: int | None = None
    #: They are new here.
    enters: bool = False
    #: The database has another address for them than it had, to which they move.
    moves: bool = False
    #: The database has another address for them, and they keep the one that they have here.
    stays: bool = False
    renames: bool = False
    #: The keys of the digests that begin, with what of them is chosen, and of those that begin again.
    begins: tuple[str, ...] = ()
    chosen: tuple[CategoryId, ...] | None = None
    back: tuple[str, ...] = ()
    #: What is known of the member is to be written down.
    notes: bool = False
    #: The canonical address that counts as the database's from now on.
    told: str = ""
    #: What is left as it is, against the row, and why.
    alone: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether anything is to be written."""
        return self.enters or self.moves or self.renames or self.notes or bool(self.begins or self.back)

    @property
    def only_notes(self) -> bool:
        """Whether all that is to be written is who the member is."""
        does_more = self.enters or self.moves or self.renames or bool(self.begins or self.back)
        return self.notes and not does_more and not self.alone


def decide(row: MemberRow, known: KnownOfRows, digests: tuple[str, ...], categories: CategoriesOf) -> RowVerdict:
    """What is to be done of one row of a source that holds its members to *digests*."""
    if row.member in known.erased:
        return RowVerdict(row=row, alone=(ERASED,))
    membership = known.memberships.get(row.member)
    if membership is None:
        return _of_a_new_member(row, known, digests, categories)
    person = known.people[membership.subscriber_id]
    if _goes_alone(row, membership, known):
        if why := _may_not_go_alone(person, known):
            return RowVerdict(row=row, number=person.subscriber.id, stays=True, told=membership.told, alone=(why,))
        return _of_a_new_member(row, known, digests, categories)
    told = canonical(row.email)
    if told in (membership.told, person.address):
        return _of_a_person(row, person, known, digests, categories, membership=membership)
    if why := _may_not_move(row, person, known):
        return _of_a_person(row, person, known, digests, categories, membership=membership, alone=(why,))
    return _of_a_person(row, person, known, digests, categories, membership=membership, moves=True)


def _goes_alone(row: MemberRow, membership: Membership, known: KnownOfRows) -> bool:
    """Two members who had one address, of whom one has another now: the other keeps what both had."""
    person = known.people[membership.subscriber_id]
    changed = canonical(row.email) not in (membership.told, person.address)
    return changed and bool(set(known.members.get(membership.subscriber_id, ())) - {row.member})


def _may_not_go_alone(person: KnownPerson, known: KnownOfRows) -> str | None:
    """Why a member is not taken for somebody new who had an address with another: they may be who wants no mail."""
    if person.address in known.refused:
        return f"the address that they had with another {known.refused[person.address]}"
    if person.has_ended_any:
        return "the reader of the address that they had with another ended what they had there"
    return None


def _of_a_new_member(
    row: MemberRow, known: KnownOfRows, digests: tuple[str, ...], categories: CategoriesOf
) -> RowVerdict:
    told = canonical(row.email)
    if told in known.numbers:
        return _of_a_person(row, known.people[known.numbers[told]], known, digests, categories)
    if told in known.refused:
        return RowVerdict(row=row, alone=(known.refused[told],))
    if told in known.left:
        return RowVerdict(row=row, alone=("whoever had this address has left it for another",))
    if told in known.ended_there:
        return RowVerdict(row=row, alone=(ENDED_THERE,))
    chosen = categories(row.interests)
    if isinstance(chosen, str):
        return RowVerdict(row=row, alone=(chosen,))
    return RowVerdict(row=row, enters=True, begins=digests, chosen=chosen, notes=True, told=told)


def _of_a_person(
    row: MemberRow,
    person: KnownPerson,
    known: KnownOfRows,
    digests: tuple[str, ...],
    categories: CategoriesOf,
    *,
    membership: Membership | None = None,
    moves: bool = False,
    alone: tuple[str, ...] = (),
) -> RowVerdict:
    # What it has and is not followed is asked again the next time.
    told = membership.told if membership is not None and alone else canonical(row.email)
    begins, back, why = _wanted(person, known, digests)
    meant = categories(row.interests) if begins else None
    if isinstance(meant, str):
        begins, why = (), (*why, meant)
    return RowVerdict(
        row=row,
        number=person.subscriber.id,
        moves=moves,
        stays=bool(alone),
        renames=_gives_way(person, row.name),
        begins=begins,
        chosen=None if isinstance(meant, str) else meant,
        back=back,
        notes=_is_news(membership, person, digests, told),
        told=told,
        # One reason is enough where both are that nothing may be mailed there.
        alone=(*alone, *(() if alone and person.address in known.refused else why)),
    )


def _wanted(
    person: KnownPerson, known: KnownOfRows, digests: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Which digests begin and which begin again, and why others don't."""
    if person.address in known.refused:
        return (), (), (known.refused[person.address],)
    if person.has_left:
        last = max(each.changed_at for each in person.subscriptions.values())
        return (), (), (f"ended on {day_words(last)}, and stays so",)
    new = tuple(key for key in digests if key not in person.subscriptions)
    ended = [each for key in digests if (each := person.subscriptions.get(key)) and _is_ended(each)]
    back = tuple(each.digest for each in ended if each.changed_by in REVIVABLE[Actor.SYNC])
    stays = [each.digest for each in ended if each.digest not in back]
    return new, back, (f"has ended {listing(stays)}, which stays so",) if stays else ()


def _is_ended(subscription: Subscription) -> bool:
    return subscription.state is SubscriptionState.ENDED


def _may_not_move(row: MemberRow, person: KnownPerson, known: KnownOfRows) -> str | None:
    """Why the person keeps the address that they have here, though the database has another."""
    to = canonical(row.email)
    if person.address in known.refused:
        return f"the address that they have here {known.refused[person.address]}"
    if not person.was_brought:
        return "has another address here, and did not come by sync alone: they keep it"
    if to in known.refused:
        return f"the new address {known.refused[to]}"
    if to in known.numbers:
        return TAKEN
    if person.subscriber.id in known.left.get(to, ()):
        return "has left this address for another by themselves"
    if set(known.ended_there.get(to, ())) - {person.subscriber.id}:
        return f"the new address: {ENDED_THERE}"
    return None


def _gives_way(person: KnownPerson, name: str | None) -> bool:
    """Whether they may be called so: no name that somebody else said is changed, and none is taken away."""
    who = person.subscriber
    if name is None or who.name == name or not person.was_brought:
        return False
    return who.named_by is Actor.SYNC or (who.named_by is None and who.name is None)


def _is_news(membership: Membership | None, person: KnownPerson, digests: tuple[str, ...], told: str) -> bool:
    if membership is None or membership.subscriber_id != person.subscriber.id:
        return True
    return membership.told != told or not membership.listed or not set(digests) <= set(membership.digests)


def without_move(verdict: RowVerdict, before: Membership, digests: tuple[str, ...], why: str) -> RowVerdict:
    """The same, but that the person keeps the address that they have here."""
    notes = not before.listed or not set(digests) <= set(before.digests)
    return replace(verdict, moves=False, stays=True, told=before.told, notes=notes, alone=(*verdict.alone, why))


def membership_after(
    verdict: RowVerdict, source: str, number: int, before: Membership | None, digests: tuple[str, ...]
) -> Membership:
    """What is known of the member from now on; a digest that the source has given up is let go at the end."""
    kept = before.digests if before is not None and before.subscriber_id == number else ()
    return Membership(
        source=source,
        member=verdict.row.member,
        subscriber_id=number,
        told=verdict.told,
        digests=tuple(sorted({*digests, *kept})),
    )
