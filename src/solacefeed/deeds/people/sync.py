"""The store is held to a membership database's export, by ``sync_rules``.

rows --> look: what would be done, by reads alone --> too much at once? --> rows, a chunk a transaction --> who is gone

Each chunk is decided in the transaction that does it, so what readers do meanwhile counts. Killed and done again, it
comes to the same; where the store is as the export says, nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from solacefeed.deeds.held_back import too_many_gone
from solacefeed.deeds.people.sync_rows import interests_of, take_rows, verdicts_on
from solacefeed.deeds.people.sync_rules import TAKEN, MemberRow, Verdict
from solacefeed.deeds.people.sync_settings import LeftAlone, Synced, SyncSettings
from solacefeed.email_addresses import canonical
from solacefeed.models.people import Actor
from solacefeed.ports import Clock
from solacefeed.store import listed_subscriptions, subscribers, sync_members
from solacefeed.store.database import Store
from solacefeed.store.sync_members import Membership

#: Rows in one transaction: a page's write waits for no more.
CHUNK = 50
#: Members read at once.
PAGE = 1000


def look(store: Store, settings: SyncSettings, rows: Sequence[MemberRow], present: Collection[str]) -> Synced:
    """What a sync would do; writes nothing. *present* are the members of all rows, also of those that are refused."""
    found = Synced(rows=len(rows))
    with store.read() as connection:
        known_before = sync_members.count_listed(connection, settings.source)
        interests = interests_of(connection, settings)
    for chunk in _chunks(rows):
        with store.read() as connection:
            found = _added(found, verdicts_on(connection, settings, chunk, interests))
    gone = _count_gone(store, settings, rows, present)
    share = settings.largest_share
    return replace(
        found,
        gone=gone,
        held_gone=gone if too_many_gone(gone, known_before, share) else 0,
        held_moves=found.moved if too_many_gone(found.moved, known_before, share) else 0,
    )


def sync(
    store: Store,
    clock: Clock,
    settings: SyncSettings,
    rows: Sequence[MemberRow],
    present: Collection[str],
    *,
    believe: bool = False,
    on_rows: Callable[[int], object] = lambda _count: None,
) -> Synced:
    """Makes the store as the export says; what is too much at once is held back, unless one is to *believe* it."""
    outlook = look(store, settings, rows, present)
    held_moves = 0 if believe else outlook.held_moves
    done = _take(store, clock, settings, rows, may_move=not held_moves, on_rows=on_rows)
    if outlook.held_gone and not believe:
        return replace(done, gone=outlook.gone, held_gone=outlook.held_gone, held_moves=held_moves)
    _let_go(store, clock, settings, present)
    return replace(done, gone=outlook.gone, ended=_end(store, clock, settings), held_moves=held_moves)


# -- the rows -------------------------------------------------------------------------------------------


def _take(
    store: Store,
    clock: Clock,
    settings: SyncSettings,
    rows: Sequence[MemberRow],
    *,
    may_move: bool,
    on_rows: Callable[[int], object],
) -> Synced:
    done, waiting = _pass(store, clock, settings, rows, may_move=may_move, on_rows=on_rows)
    total, moved = replace(done, rows=len(rows)), done.moved
    while waiting and moved:
        # An address that somebody had may have become free by now: two members of whom one has the other's old one.
        again, still = _pass(store, clock, settings, waiting, may_move=may_move, on_rows=lambda _count: None)
        freed = {each.line for each in waiting} - {each.line for each in still}
        alone = tuple(each for each in total.alone if each.line not in freed or each.why != TAKEN)
        total = replace(total, moved=total.moved + again.moved, renamed=total.renamed + again.renamed, alone=alone)
        waiting, moved = still, again.moved
    return total


def _pass(
    store: Store,
    clock: Clock,
    settings: SyncSettings,
    rows: Sequence[MemberRow],
    *,
    may_move: bool,
    on_rows: Callable[[int], object],
) -> tuple[Synced, list[MemberRow]]:
    """What was done of the rows, and those that wait for an address that somebody has."""
    done, waiting = Synced(), list[MemberRow]()
    with store.read() as connection:
        interests = interests_of(connection, settings)
    for chunk in _chunks(rows):
        verdicts = take_rows(store, clock, settings, chunk, interests, may_move=may_move)
        done = _added(done, verdicts)
        waiting += [each.row for each in verdicts if TAKEN in each.alone]
        on_rows(len(chunk))
    return done, waiting


def _added(found: Synced, verdicts: Iterable[Verdict]) -> Synced:
    verdicts = list(verdicts)
    counts = Counter[str]()
    for each in verdicts:
        counts["new"] += each.enters
        counts["begun"] += bool(each.begins) and not each.enters
        counts["back"] += bool(each.back)
        counts["moved"] += each.moves
        counts["renamed"] += each.renames
        counts["same"] += not each.asks and not each.alone
    alone = (LeftAlone(line=each.row.line, member=each.row.member, why=why) for each in verdicts for why in each.alone)
    added = {name: getattr(found, name) + count for name, count in counts.items()}
    return replace(found, **added, alone=(*found.alone, *alone))


def _chunks(rows: Sequence[MemberRow]) -> Iterator[list[MemberRow]]:
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


# -- who is gone ------------------------------------------------------------------------------------------


def _missing(store: Store, settings: SyncSettings, present: Collection[str]) -> Iterator[list[Membership]]:
    """Pages of those whom the source lists and the export has no more, or has no more for a digest."""
    after = ""
    while True:
        with store.read() as connection:
            page = sync_members.listed(connection, settings.source, after=after, limit=PAGE)
        if not page:
            return
        after = page[-1].member
        yield [each for each in page if each.member not in present or _is_held_to_more(each, settings)]


def _is_held_to_more(membership: Membership, settings: SyncSettings) -> bool:
    """Whether it was for a digest that the source is not for any more."""
    return not set(membership.digests) <= set(settings.digest_keys)


def _count_gone(store: Store, settings: SyncSettings, rows: Sequence[MemberRow], present: Collection[str]) -> int:
    """Of them those who are not there by another number."""
    addresses = {canonical(each.email) for each in rows}
    return sum(
        each.told not in addresses or (each.member in present and _is_held_to_more(each, settings))
        for page in _missing(store, settings, present)
        for each in page
    )


def _let_go(store: Store, clock: Clock, settings: SyncSettings, present: Collection[str]) -> None:
    for page in _missing(store, settings, present):
        after = [
            replace(each, digests=tuple(sorted(settings.digest_keys)), listed=each.member in present) for each in page
        ]
        for start in range(0, len(after), CHUNK):
            with store.write() as connection:
                sync_members.note(connection, after[start : start + CHUNK], at=clock())


def _end(store: Store, clock: Clock, settings: SyncSettings) -> int:
    """Ends what no source claims any more, unless the config's list does; returns how many subscriptions."""
    ended = 0
    while True:
        with store.read() as connection:
            pairs = sync_members.unclaimed(connection, settings.source, limit=PAGE)
        if not pairs:
            return ended
        for start in range(0, len(pairs), CHUNK):
            with store.write() as connection:
                ended += sum(_end_one(connection, settings, *pair, at=clock()) for pair in pairs[start : start + CHUNK])


def _end_one(connection: sa.Connection, settings: SyncSettings, number: int, digest: str, *, at: datetime) -> bool:
    (person,) = subscribers.people(connection, numbers=[number])
    of, gone = Actor.SYNC, f"{settings.source} lists them no more"
    if canonical(person.email) in settings.listed.get(digest, ()):
        why = f"{gone}, and the config does"
        listed_subscriptions.hand_over(connection, number, digest, of=of, to=Actor.LIST, by=of, at=at, reason=why)
        return False
    return listed_subscriptions.end_listed(connection, number, digest, of=of, at=at, reason=gone)
