"""The store is held to a membership database's export, by ``sync_rules``.

rows --> look: what would be done, by reads alone --> too much at once? --> rows, a chunk a transaction --> who is gone

Each chunk is decided in the transaction that does it, so what readers do meanwhile counts. Killed and done again, it
comes to the same; where the store is as the export says, nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from solacefeed.deeds.chunks import Chunks
from solacefeed.deeds.held_back import too_many_gone
from solacefeed.deeds.people.sync_rows import take_rows, verdicts_on, words_for
from solacefeed.deeds.people.sync_rules import MemberRow, RowVerdict
from solacefeed.deeds.people.sync_settings import LeftAlone, Synced, SyncSettings
from solacefeed.email_addresses import canonical
from solacefeed.models.people import Actor
from solacefeed.models.records import Record
from solacefeed.ports import Clock
from solacefeed.store import listed_subscriptions, mailable, records, subscribers, sync_members
from solacefeed.store.database import Store
from solacefeed.store.sync_members import Membership

#: Rows in the first transaction.
CHUNK = 80
#: Rows, and members, looked at by one read.
PAGE = 1000
#: Before a source's name: of what its last sync has held back.
_RECORD = "sync:"


def look(store: Store, settings: SyncSettings, rows: Sequence[MemberRow], present: AbstractSet[str]) -> Synced:
    """What a sync would do; writes nothing. *present* are the members of all rows, also of those that are refused."""
    return _survey(store, settings, rows, present)[0]


def sync(
    store: Store,
    clock: Clock,
    settings: SyncSettings,
    rows: Sequence[MemberRow],
    present: AbstractSet[str],
    *,
    believe: bool = False,
    on_rows: Callable[[int], object] = lambda _count: None,
) -> Synced:
    """Makes the store as the export says; what is too much at once is held back, unless one is to *believe* it."""
    outlook, active, movers = _survey(store, settings, rows, present)
    held_moves = 0 if believe else outlook.held_moves
    taking = _Taking(store, clock, settings, present, may_move=not held_moves, on_rows=on_rows)
    taken = taking.all_of([each for each in rows if each.line in active], movers)
    idle = tuple(each for each in outlook.alone if each.line not in active)
    done = replace(
        taken,
        rows=len(rows),
        same=outlook.same,
        gone=outlook.gone,
        held_moves=held_moves,
        alone=(*taken.alone, *idle),
        unknown=outlook.unknown,
    )
    if outlook.held_gone and not believe:
        done = replace(done, held_gone=outlook.held_gone)
    else:
        _let_go(store, clock, settings, present)
        done = replace(done, ended=_end(store, clock, settings))
    _note_what_is_held(store, clock, settings.source, done)
    return done


def held_since(connection: sa.Connection, source: str) -> Record | None:
    """What the last sync of *source* has held back, and since when; ``None`` where it went through."""
    last = records.latest(connection, f"{_RECORD}{source}")
    return last if last is not None and last.ok is False else None


def _note_what_is_held(store: Store, clock: Clock, source: str, done: Synced) -> None:
    """So that ``status`` tells it until a sync goes through; where none is held, and none was, nothing is written."""
    name, held = f"{_RECORD}{source}", "; ".join(done.held_back())
    with store.read() as connection:
        before = held_since(connection, source)
    if not held and before is None:
        return
    at = clock()
    with store.write() as connection:
        if held:
            began = before.started_at if before else at
            records.fail(connection, name, None, started_at=began, at=at, summary=held)
        else:
            records.beat(connection, name, None, at=at, summary=name, counts={})


def _survey(
    store: Store, settings: SyncSettings, rows: Sequence[MemberRow], present: AbstractSet[str]
) -> tuple[Synced, set[int], set[int]]:
    """What would be done, the lines of which something is asked, and of those that have another address than before."""
    found, active, movers = Synced(rows=len(rows)), set[int](), set[int]()
    with store.read() as connection:
        known_before = sync_members.count_listed(connection, settings.source)
        words = words_for(connection, settings)
    for start in range(0, len(rows), PAGE):
        with store.read() as connection:
            verdicts = verdicts_on(connection, settings, rows[start : start + PAGE], words, present)
        found = _added(found, verdicts)
        active |= {each.row.line for each in verdicts if each.asks or each.stays}
        movers |= {each.row.line for each in verdicts if each.moves or each.stays}
    gone, share = _count_gone(store, settings, rows, present), settings.largest_share
    outlook = replace(
        found,
        unknown=tuple(sorted(words.unknown)),
        gone=gone,
        held_gone=gone if too_many_gone(gone, known_before, share) else 0,
        held_moves=found.moved if too_many_gone(found.moved, known_before, share) else 0,
    )
    return outlook, active, movers


# -- the rows -------------------------------------------------------------------------------------------


class _Taking:
    """The rows, taken in an order in which an address is free for whoever has it now."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: SyncSettings,
        present: AbstractSet[str],
        *,
        may_move: bool,
        on_rows: Callable[[int], object],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._present = present
        self._may_move = may_move
        self._on_rows = on_rows
        self._done = Synced()
        self._chunks = Chunks(CHUNK)
        with store.read() as connection:
            self._words = words_for(connection, settings)

    def all_of(self, rows: Sequence[MemberRow], movers: Collection[int]) -> Synced:
        """Whoever has another address goes first: what they leave may be another member's by now."""
        waiting = self._settled([each for each in rows if each.line in movers])
        waiting += self._take([each for each in rows if each.line not in movers], self._on_rows)[0]
        self._settled(waiting)
        return self._done

    def _settled(self, rows: list[MemberRow]) -> list[MemberRow]:
        """Takes *rows* as often as that brings something about; returns those of whom an address was not followed."""
        while rows:
            before = [each for each in self._done.alone if each.line in {row.line for row in rows}]
            self._done = replace(self._done, alone=tuple(each for each in self._done.alone if each not in before))
            rows, any_done = self._take(rows, lambda _count: None)
            if not any_done:
                break
        return rows

    def _take(self, rows: Sequence[MemberRow], on_rows: Callable[[int], object]) -> tuple[list[MemberRow], bool]:
        """Those of whom another address was not followed, and whether anything was done."""
        waiting, any_done = list[MemberRow](), False
        for chunk in self._chunks.of(rows):
            verdicts = take_rows(
                self._store,
                self._chunks,
                self._clock,
                self._settings,
                chunk,
                self._words,
                self._present,
                may_move=self._may_move,
            )
            self._done = _added(self._done, verdicts)
            waiting += [each.row for each in verdicts if each.stays]
            any_done |= any(each.asks for each in verdicts)
            on_rows(len(chunk))
        return waiting, any_done


def _added(found: Synced, verdicts: Iterable[RowVerdict]) -> Synced:
    verdicts = list(verdicts)
    counts = Counter[str]()
    for each in verdicts:
        counts["new"] += each.enters
        counts["begun"] += bool(each.begins) and not each.enters
        counts["back"] += bool(each.back)
        counts["moved"] += each.moves
        counts["renamed"] += each.renames
        counts["known"] += each.only_notes
        counts["same"] += not each.asks and not each.alone
    alone = (LeftAlone(line=each.row.line, member=each.row.member, why=why) for each in verdicts for why in each.alone)
    added = {name: getattr(found, name) + count for name, count in counts.items()}
    return replace(found, **added, alone=(*found.alone, *alone))


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
    chunks = Chunks(CHUNK)
    for page in _missing(store, settings, present):
        after = [
            replace(each, digests=tuple(sorted(settings.digest_keys)), listed=each.member in present) for each in page
        ]
        for some in chunks.of(after):
            with chunks.write(store, len(some)) as connection:
                sync_members.note(connection, some, at=clock())


def _end(store: Store, clock: Clock, settings: SyncSettings) -> int:
    """Ends what no source claims any more, unless the config's list does; returns how many subscriptions."""
    ended, chunks = 0, Chunks(CHUNK)
    while True:
        with store.read() as connection:
            pairs = sync_members.unclaimed(connection, settings.source, limit=PAGE)
        if not pairs:
            return ended
        for some in chunks.of(pairs):
            with chunks.write(store, len(some)) as connection:
                mailable.hold(connection)
                ended += _end_some(connection, settings, some, at=clock())


def _end_some(
    connection: sa.Connection, settings: SyncSettings, pairs: Sequence[tuple[int, str]], *, at: datetime
) -> int:
    of, gone, ended = Actor.SYNC, f"{settings.source} lists them no more", 0
    people = {each.id: canonical(each.email) for each in subscribers.people(connection, numbers=(n for n, _ in pairs))}
    for digest in sorted({digest for _, digest in pairs}):
        numbers = [number for number, of_it in pairs if of_it == digest]
        by_list = {number for number in numbers if people[number] in settings.listed.get(digest, ())}
        why = f"{gone}, and the config does"
        for number in sorted(by_list):
            listed_subscriptions.hand_over(connection, number, digest, of=of, to=Actor.LIST, by=of, at=at, reason=why)
        others = set(numbers) - by_list
        ended += listed_subscriptions.end_all_listed(connection, others, digest, of=of, at=at, reason=gone)
    return ended
