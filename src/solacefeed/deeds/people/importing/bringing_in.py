"""Takes a list into the store, or says what that would come to. Done again, or after a kill, it ends in the same state.

The list is read twice where its rows say who has left: somebody who unsubscribed in the last row is not entered for
the first one, however the rows are cut into chunks. Each chunk is one short transaction, so that a reader's own click
never waits for a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cache, lru_cache

import sqlalchemy as sa

from solacefeed.config import language_tag
from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.people.counting import counts_from
from solacefeed.deeds.people.fingerprints import FingerprintKey, refusals
from solacefeed.deeds.people.importing.choosing import CategoryWords
from solacefeed.deeds.people.importing.columns import Columns, Field
from solacefeed.deeds.people.importing.judging import PLAIN, Fate, Judged, Knowledge, judged, refused
from solacefeed.deeds.people.importing.statuses import SUPPRESSED_FOR, There, stands_there
from solacefeed.deeds.people.importing.understanding import ImportRow, ImportTerms, RefusedRow, understanding
from solacefeed.digest.choices import StartOf, since_after
from solacefeed.email_addresses import canonical
from solacefeed.models.digests import CadenceKind, Digest
from solacefeed.models.people import Actor, Suppression
from solacefeed.models.posts import CategoryId
from solacefeed.ports import Clock
from solacefeed.spreadsheets.rows import TableRow
from solacefeed.store import address_history, suppressions
from solacefeed.store.database import Store
from solacefeed.store.new_subscriptions import NewSubscription, begin_all, hold, numbers_of, states
from solacefeed.store.subscribers import Since

#: Rows in the first transaction.
CHUNK = 500

Refuse = Callable[[TableRow, str], object]


#: Why a row is not taken that the rest of the list speaks against.
ANOTHER_ROW = "is never to be mailed: another row of the list says so"


@dataclass(kw_only=True)
class ImportResult:
    """What a list comes to."""

    rows: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    #: Of the new ones: whose consent the list shows, and whose is claimed.
    shown: int = 0
    claimed: int = 0
    #: Addresses that are never to be mailed from now on.
    suppressed: int = 0
    #: Why rows were refused, in general words.
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportList:
    """A list, and what is said of it."""

    columns: Columns
    #: Reads the list from its beginning, without its headings.
    rows: Callable[[], Iterator[TableRow]]
    terms: ImportTerms
    digest: Digest
    #: What its digest is called anywhere.
    digest_names: frozenset[str]
    words: CategoryWords
    zone: tzinfo
    suppresses: bool


def bring_in(
    store: Store,
    clock: Clock,
    listed: ImportList,
    key: FingerprintKey,
    *,
    acts: bool,
    refuse: Refuse,
    advance: Callable[[int], object],
) -> ImportResult:
    """Enters whom the list has, or only counts them; *refuse* is told of each row that should be looked at."""
    gone, never = _gone(listed)
    work = _Work(listed=listed, key=key, now=clock(), gone=gone, never=never)
    understood = understanding(listed.columns, listed.terms, work.now)
    result, chunks = ImportResult(), Chunks(CHUNK)
    for chunk in chunks.of(listed.rows()):
        read = [understood(row.cells) for row in chunk]
        with chunks.write(store, len(chunk)) if acts else store.read() as connection:
            fates = _take(connection, work, read, acts=acts)
        for row, what, each in zip(chunk, read, fates, strict=True):
            _count(result, what, each)
            if each.fate not in PLAIN:
                refuse(row, each.why)
        advance(len(chunk))
    result.suppressed = len(work.suppressed)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What holds for all rows of a list, and what was met of them; addresses by their hashes, which are smaller."""

    listed: ImportList
    key: FingerprintKey
    now: datetime
    gone: set[int]
    never: set[int]
    seen: set[int] = field(default_factory=set)
    suppressed: set[int] = field(default_factory=set)


def _gone(listed: ImportList) -> tuple[set[int], set[int]]:
    """Who has left by any row of the list, and who is never to be mailed, where the operator lets it say that."""
    gone, never = set[int](), set[int]()
    if not listed.columns.tells_who_left:
        return gone, never
    stands = stands_there(listed.columns, listed.terms.whole_file)
    address, digest = listed.columns.reader(Field.ADDRESS), listed.columns.reader(Field.DIGEST)
    for _, cells in listed.rows():
        there = stands(cells)
        if isinstance(there, str) or there < There.UNSUBSCRIBED:
            continue
        who = hash(canonical(address(cells)))
        if (digest(cells) or listed.digest.key) in listed.digest_names:
            gone.add(who)
        if listed.suppresses and there in SUPPRESSED_FOR:
            never.add(who)
    return gone, never


def _take(
    connection: sa.Connection, work: _Work, read: Sequence[ImportRow | RefusedRow], *, acts: bool
) -> list[Judged]:
    """What becomes of a chunk's rows."""
    if acts:
        hold(connection)
    bad = _to_suppress(work, read)
    if acts:
        suppressions.add_all(connection, bad)
    met = _knowledge(connection, work, [each.canonical for each in read if isinstance(each, ImportRow)])
    fates = [_fate(work, each, met) for each in read]
    if acts:
        new = _new(connection, work, read, fates)
        reason = f"the list {work.listed.terms.source} has them"
        key, by = work.listed.digest.key, Actor.IMPORT
        begin_all(connection, key, new, met.people, at=work.now, by=by, reason=reason)
    return fates


def _knowledge(connection: sa.Connection, work: _Work, people: Sequence[str]) -> Knowledge:
    numbers = numbers_of(connection, people)
    return Knowledge(
        people=numbers,
        states=states(connection, work.listed.digest.key, numbers.values()),
        # Whichever row says it, also where nothing is written: what is told beforehand is what comes.
        refusals=dict.fromkeys((who for who in people if hash(who) in work.never), ANOTHER_ROW)
        | refusals(connection, people, work.key),
        moved=address_history.now_elsewhere(connection, people),
    )


def _fate(work: _Work, row: ImportRow | RefusedRow, met: Knowledge) -> Judged:
    if isinstance(row, RefusedRow):
        return refused(row)
    if row.digest and row.digest not in work.listed.digest_names:
        return Judged(fate=Fate.ELSEWHERE)
    who = hash(row.canonical)
    if who in work.gone:
        return Judged(fate=Fate.LEFT, why="another row of the list says that they have left")
    if who in work.seen:
        return Judged(fate=Fate.TWICE)
    work.seen.add(who)
    return judged(row, met, work.listed.words.chosen)


def _to_suppress(work: _Work, read: Sequence[ImportRow | RefusedRow]) -> list[Suppression]:
    """Whom the list's tool must not mail, where the operator wants that to hold here."""
    if not work.listed.suppresses:
        return []
    found = []
    for row in read:
        if not isinstance(row, RefusedRow) or row.canonical is None or row.there not in SUPPRESSED_FOR:
            continue
        if hash(row.canonical) not in work.suppressed:
            work.suppressed.add(hash(row.canonical))
            found.append(_suppression(row.canonical, row, work))
    return found


def _suppression(whose: str, row: RefusedRow, work: _Work) -> Suppression:
    return Suppression(
        canonical=whose,
        reason=SUPPRESSED_FOR[row.there],
        words=f"{row.why}, by the list {work.listed.terms.source}",
        actor=Actor.IMPORT,
        at=work.now,
    )


def _new(
    connection: sa.Connection, work: _Work, read: Sequence[ImportRow | RefusedRow], fates: Sequence[Judged]
) -> list[NewSubscription]:
    """Those of a chunk who are to be entered, in the order of their addresses, in which nobody waits for another."""
    digest, zone = work.listed.digest, work.listed.zone
    offered = {each.kind for each in digest.cadences}

    @cache
    def since(category_ids: tuple[CategoryId, ...] | None, cadence: CadenceKind | None) -> Since:
        return since_after(None, category_ids, at=work.now, start_of=start_of(cadence))

    @cache
    def start_of(cadence: CadenceKind | None) -> StartOf:
        return counts_from(connection, digest, cadence, zone)

    found = []
    for row, each in zip(read, fates, strict=True):
        if each.fate is Fate.NEW and isinstance(row, ImportRow):
            cadence = row.cadence if row.cadence in offered else None
            found.append(_subscription(row, each.category_ids, cadence, since(each.category_ids, cadence)))
    return sorted(found, key=lambda new: new.canonical)


def _subscription(
    row: ImportRow, category_ids: tuple[CategoryId, ...] | None, cadence: CadenceKind | None, since: Since
) -> NewSubscription:
    language = _language(row.language) if row.language else None
    who = (row.email, row.canonical, row.name)
    return NewSubscription(*who, category_ids, since, row.consent, cadence, language, row.paused, row.paused_until)


@lru_cache
def _language(text: str) -> str | None:
    """As BCP 47 has it; ``None`` for what is no language."""
    try:
        return language_tag(text.replace("_", "-"))
    except ValueError:
        return None


def _count(result: ImportResult, row: ImportRow | RefusedRow, each: Judged) -> None:
    result.rows += 1
    result.fates[each.fate] += 1
    if each.fate is Fate.NEW and isinstance(row, ImportRow):
        result.claimed += row.consent.claimed
        result.shown += not row.consent.claimed
    if each.fate in (Fate.LEFT, Fate.REFUSED):
        # What stands behind is about this row alone.
        result.reasons[each.why.partition(":")[0]] += 1
