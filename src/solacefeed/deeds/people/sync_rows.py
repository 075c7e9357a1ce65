"""Some rows of a membership database's export: what the store knows of them, and what is done of what they ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
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
from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import Actor, Subscription
from solacefeed.models.posts import CategoryId
from solacefeed.ports import Clock
from solacefeed.store import address_history, consents, new_subscriptions, subscribers, sync_members
from solacefeed.store.database import Store
from solacefeed.store.new_subscriptions import NewSubscription, begin_all
from solacefeed.store.subscribers import Since
from solacefeed.store.sync_members import Membership

HELD = "too many addresses are others at once: the person keeps the one that they have here"


def take_rows(
    store: Store,
    chunks: Chunks,
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
    with chunks.write(store, len(rows)) as connection:
        new_subscriptions.hold(connection)
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
    by_number: dict[int, dict[str, Subscription]] = {number: {} for number in found}
    for each in theirs:
        by_number[each.subscriber.id][each.digest] = each
    listed = sync_members.listed_as(connection, settings.source, found)
    addresses = {*emails, *(canonical(each.email) for each in found.values())}
    return KnownOfRows(
        memberships=memberships,
        people={
            number: KnownPerson(subscriber=each, subscriptions=by_number[number]) for number, each in found.items()
        },
        numbers={canonical(each.email): each.id for each in found.values()},
        refused=refusals(connection, addresses, settings.key),
        left=address_history.left(connection, emails),
        ended_there=address_history.ended_there(connection, emails),
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
        self._since = cache(self._counts_from)

    def done(self, verdicts: Iterable[RowVerdict], known: KnownOfRows) -> list[RowVerdict]:
        """What became of each."""
        if self._settings.wording:
            consents.keep_wording(self._connection, self._settings.wording, at=self._at)
        done = [self._moved(each, known.memberships.get(each.row.member)) for each in verdicts]
        for key in self._digests:
            self._begin(key, [each for each in done if key in each.begins], known)
        for each in done:
            if each.number is not None:
                self._rename_and_revive(each, known.people[each.number])
        self._note(done, known)
        return done

    def _moved(self, verdict: RowVerdict, before: Membership | None) -> RowVerdict:
        if not verdict.moves or verdict.number is None or before is None:
            return verdict
        email, by = verdict.row.email, Actor.SYNC
        if address_history.move(self._connection, verdict.number, email, at=self._at, by=by):
            return verdict
        return without_move(verdict, before, self._settings.digest_keys, TAKEN)

    def _begin(self, key: str, verdicts: Sequence[RowVerdict], known: KnownOfRows) -> None:
        """Two members may have one address: of them the first says what they get."""
        new: dict[str, NewSubscription] = {}
        for each in verdicts:
            email = each.row.email if each.number is None or each.moves else known.people[each.number].subscriber.email
            new.setdefault(canonical(email), self._new(key, each, email))
        there = new_subscriptions.numbers_of(self._connection, new)
        rows = [new[who] for who in sorted(new)]
        begin_all(self._connection, key, rows, there, at=self._at, by=Actor.SYNC, reason=self._reason)

    def _new(self, key: str, verdict: RowVerdict, email: str) -> NewSubscription:
        return NewSubscription(
            email=email,
            canonical=canonical(email),
            name=verdict.row.name,
            category_ids=verdict.chosen,
            since=self._since(key, None, verdict.chosen),
            consent=self._settings.consent(self._at),
        )

    def _counts_from(self, key: str, cadence: CadenceKind | None, category_ids: tuple[CategoryId, ...] | None) -> Since:
        start_of = counts_from(self._connection, self._digests[key], cadence, self._settings.zone)
        return since_after(None, category_ids, at=self._at, start_of=start_of)

    def _rename_and_revive(self, verdict: RowVerdict, person: KnownPerson) -> None:
        if verdict.renames:
            subscribers.rename(self._connection, person.subscriber.id, verdict.row.name, by=Actor.SYNC)
        for key in verdict.back:
            self._revive(person.subscriptions[key])

    def _revive(self, before: Subscription) -> None:
        """With the choice that they had."""
        subscribers.subscribe(
            self._connection,
            before.subscriber,
            before.digest,
            category_ids=before.category_ids,
            since=self._since(before.digest, before.cadence, before.category_ids),
            cadence=before.cadence,
            language=before.language,
            consent=self._settings.consent(self._at),
            at=self._at,
            by=Actor.SYNC,
            chosen_by=before.chosen_by,
            reason=self._reason,
        )

    def _note(self, verdicts: Sequence[RowVerdict], known: KnownOfRows) -> None:
        entered = (canonical(each.row.email) for each in verdicts if each.enters)
        numbers = new_subscriptions.numbers_of(self._connection, entered)
        keys, source = self._settings.digest_keys, self._settings.source
        notes = []
        for each in verdicts:
            number = numbers[canonical(each.row.email)] if each.enters else each.number
            if each.notes and number is not None:
                before = known.memberships.get(each.row.member)
                notes.append(membership_after(each, source, number, before, keys))
        sync_members.note(self._connection, notes, at=self._at)
