"""Some rows of a membership database's export: what the store knows of them, and what is done of what they ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.people.category_slugs import known_slugs
from solacefeed.deeds.people.counting import counts_from
from solacefeed.deeds.people.fingerprints import erased_members, refusals
from solacefeed.deeds.people.importing.choosing import CategoryWords, folded, words_of
from solacefeed.deeds.people.sync_rules import (
    TAKEN,
    KnownOfRows,
    KnownPerson,
    MemberRow,
    RowVerdict,
    decide,
    membership_after,
    without_move,
)
from solacefeed.deeds.people.sync_settings import SyncSettings
from solacefeed.digest.choices import since_after
from solacefeed.email_addresses import canonical
from solacefeed.models.digests import Digest
from solacefeed.models.people import Actor, Subscriber, Subscription
from solacefeed.models.posts import CategoryId
from solacefeed.ports import Clock
from solacefeed.store import address_changes, consents, subscribers, sync_members
from solacefeed.store.database import Store
from solacefeed.store.sync_members import Membership

HELD = "too many addresses are others at once: the person keeps the one that they have here"


def take_rows(
    store: Store,
    clock: Clock,
    settings: SyncSettings,
    rows: Sequence[MemberRow],
    words: CategoryWords,
    present: AbstractSet[str],
    *,
    may_move: bool,
) -> list[RowVerdict]:
    with store.read() as connection:
        verdicts = verdicts_on(connection, settings, rows, words, present, may_move=may_move)
    if not any(each.asks for each in verdicts):
        return verdicts
    with store.write() as connection:
        known = _known(connection, settings, rows, present)
        verdicts = [_decided(row, known, settings, words, may_move=may_move) for row in rows]
        return _Work(connection, settings, clock()).done(verdicts, known)


def verdicts_on(
    connection: sa.Connection,
    settings: SyncSettings,
    rows: Sequence[MemberRow],
    words: CategoryWords,
    present: AbstractSet[str],
    *,
    may_move: bool = True,
) -> list[RowVerdict]:
    known = _known(connection, settings, rows, present)
    return [_decided(row, known, settings, words, may_move=may_move) for row in rows]


def _decided(
    row: MemberRow, known: KnownOfRows, settings: SyncSettings, words: CategoryWords, *, may_move: bool
) -> RowVerdict:
    verdict = decide(row, known, settings.digest_keys, words.chosen)
    if verdict.moves and not may_move:
        return without_move(verdict, known.memberships[row.member], settings.digest_keys, HELD)
    return verdict


def words_for(connection: sa.Connection, settings: SyncSettings) -> CategoryWords:
    """What the members' interests mean: what the blog and readers call categories, and what the config says besides."""
    followed = dict.fromkeys(tag for each in settings.digests for tag in each.followed)
    words = words_of(connection, settings.names, followed=tuple(followed), slugs=None)
    slugs = known_slugs(connection, tuple(followed))
    said = {folded(word): own for word, slug in settings.words.items() if (own := slugs.id_of(slug))}
    return replace(words, ids={**words.ids, **said})


def _known(
    connection: sa.Connection, settings: SyncSettings, rows: Sequence[MemberRow], present: AbstractSet[str]
) -> KnownOfRows:
    members, emails = {each.member for each in rows}, {canonical(each.email) for each in rows}
    memberships = sync_members.of_source(connection, settings.source, members)
    numbers = {each.subscriber_id for each in memberships.values()}
    found = {each.id: each for each in subscribers.people(connection, numbers=numbers, emails=emails)}
    theirs = subscribers.of_these(connection, found)
    by_number = {number: {each.digest: each for each in theirs if each.subscriber.id == number} for number in found}
    listed = sync_members.listed_as(connection, settings.source, found)
    addresses = {*emails, *(canonical(each.email) for each in found.values())}
    return KnownOfRows(
        memberships=memberships,
        people={
            number: KnownPerson(subscriber=each, subscriptions=by_number[number]) for number, each in found.items()
        },
        numbers={canonical(each.email): each.id for each in found.values()},
        refused=refusals(connection, addresses, settings.key),
        left=address_changes.left(connection, emails),
        erased=frozenset(erased_members(connection, settings.source, members, settings.key)),
        members={number: members & present for number, members in listed.items()},
    )


class _Work:
    """What is done of a chunk's verdicts."""

    def __init__(self, connection: sa.Connection, settings: SyncSettings, at: datetime) -> None:
        self._connection = connection
        self._settings = settings
        self._at = at
        self._digests = {each.key: each for each in settings.digests}
        self._reason = f"{settings.source} lists them"

    def done(self, verdicts: Iterable[RowVerdict], known: KnownOfRows) -> list[RowVerdict]:
        """What became of each."""
        if self._settings.wording:
            consents.keep_wording(self._connection, self._settings.wording, at=self._at)
        done, notes = list[RowVerdict](), list[Membership]()
        for each in verdicts:
            before = known.memberships.get(each.row.member)
            number = self._enter(each) if each.enters else each.number
            taken = each
            if each.moves and number is not None and before is not None and not self._move(each, number):
                taken = without_move(each, before, self._settings.digest_keys, TAKEN)
            if number is not None:
                self._begin(taken, known, number)
                if taken.notes:
                    keys = self._settings.digest_keys
                    notes.append(membership_after(taken, self._settings.source, number, before, keys))
            done.append(taken)
        sync_members.note(self._connection, notes, at=self._at)
        return done

    def _enter(self, verdict: RowVerdict) -> int:
        row = verdict.row
        return subscribers.enter(self._connection, email=row.email, name=row.name, at=self._at, by=Actor.SYNC).id

    def _move(self, verdict: RowVerdict, number: int) -> bool:
        return address_changes.move(self._connection, number, verdict.row.email, at=self._at, by=Actor.SYNC)

    def _begin(self, verdict: RowVerdict, known: KnownOfRows, number: int) -> None:
        if verdict.renames:
            subscribers.rename(self._connection, number, verdict.row.name, by=Actor.SYNC)
        if not verdict.begins and not verdict.back:
            return
        # Two rows of one chunk may have one address: whoever was entered by the first is known to the second.
        (person,) = subscribers.people(self._connection, numbers=[number])
        for key in verdict.begins:
            self._subscribe(person, self._digests[key], verdict.chosen)
        for key in verdict.back:
            before = known.people[number].subscriptions[key]
            self._subscribe(person, self._digests[key], before.category_ids, like=before)

    def _subscribe(
        self,
        person: Subscriber,
        digest: Digest,
        category_ids: tuple[CategoryId, ...] | None,
        like: Subscription | None = None,
    ) -> None:
        cadence = like.cadence if like else None
        starts = counts_from(self._connection, digest, cadence, self._settings.zone)
        subscribers.subscribe(
            self._connection,
            person,
            digest.key,
            category_ids=category_ids,
            since=since_after(None, category_ids, at=self._at, start_of=starts),
            cadence=cadence,
            language=like.language if like else None,
            consent=self._settings.consent(self._at),
            at=self._at,
            by=Actor.SYNC,
            chosen_by=like.chosen_by if like else None,
            reason=self._reason,
        )
