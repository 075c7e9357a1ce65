"""What one commit writes while mail is handed over: how mail came out, marks for more of it, and leases begun anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from solacefeed.deeds.delivering.edition_copies import COPIES
from solacefeed.deeds.delivering.in_hand import InHand, Marked, ToWrite
from solacefeed.deeds.delivering.letters import LETTERS
from solacefeed.deeds.delivering.mail_table import MailTable, WriteGroup
from solacefeed.deeds.editions.renderer import Material
from solacefeed.errors import StoreError
from solacefeed.models.deliveries import ClaimKey, DeliveryState, Lease, Outcome
from solacefeed.ports import Clock
from solacefeed.store import counters, held_editions, policy_refusals
from solacefeed.store.database import Store
from solacefeed.store.mail_groups import NotAsBelieved, Written

R = TypeVar("R", InHand, ToWrite)

#: In the order in which their rows are held, by whoever holds some of both.
_TABLES = (COPIES, LETTERS)

#: Told of mail that the relay has taken from a worker, before that is written down, which it keeps from nobody.
NoteTaken = Callable[[Sequence[InHand], str], object]


def noted_nowhere(_mails: Sequence[InHand], _worker: str) -> None:
    """Where no log is kept."""


#: After which part of their length leases are begun anew.
_PART = 3


class GroupCommit:
    """Those of one worker."""

    def __init__(self, store: Store, clock: Clock, lease: Lease, note_taken: NoteTaken = noted_nowhere) -> None:
        self._store = store
        self._note_taken = note_taken
        self._clock = clock
        self._lease = lease
        self._renewed_at = clock()
        #: What was told as taken and is not on disk.
        self._noted = set[InHand]()

    def commit(self, marks: Sequence[InHand], results: Sequence[ToWrite]) -> list[Marked]:
        """What became of each mark; both are on disk when it returns."""
        at = self._clock()
        # Before the store has it: it is so, whatever becomes of this commit.
        taken = [each.mail for each in results if each.outcome and each.outcome.state is DeliveryState.ACCEPTED]
        if new := [mail for mail in taken if mail not in self._noted]:
            self._note_taken(new, self._lease.worker)
            # What can't be written comes again, and was told.
            self._noted.update(new)
        written = self._at_once(marks, results, at)
        if written is None:
            verdicts_of_all = self._by_steps(marks, results, at)
            self._noted.difference_update(taken)
            return verdicts_of_all
        self._noted.difference_update(taken)
        for each in results:
            each.mail.told(_state(each, written.settled))
        # Each is told of once at most.
        if len(written.marked) == len(marks):
            return [Marked.GO] * len(marks)
        left = [mail for mail in marks if (mail.id, mail.claim) not in written.marked]
        verdicts = dict.fromkeys(marks, Marked.GO)
        return [*(verdicts | self._of_the_left(left, at)).values()]

    def _of_the_left(self, left: Sequence[InHand], at: datetime) -> dict[InHand, Marked]:
        try:
            return dict(zip(left, self._by_steps(left, [], at), strict=True))
        except StoreError:
            # What else is of the group is on disk; who comes next is told of the trouble.
            return dict.fromkeys(left, Marked.HELD)

    # -- at once ----------------------------------------------------------------------------------

    def _at_once(self, marks: Sequence[InHand], results: Sequence[ToWrite], at: datetime) -> Written | None:
        """What of both is on disk; ``None`` where it takes steps, of which nothing is done."""
        write, materials = _way(marks, results), _materials(marks)
        changes = materials[0].changes if materials else None
        if write is None or self._is_time(at) or not all(each.holds(changes or 0, at) for each in materials):
            return None
        outcomes = [each.outcome for each in results if each.outcome]
        try:
            with self._store.write_at_once() as connection:
                kept = [mail.mark() for mail in marks]
                return write(connection, outcomes, kept, worker=self._lease.worker, at=at, changes=changes)
        except NotAsBelieved:
            return None

    # -- by steps ---------------------------------------------------------------------------------

    def _by_steps(self, marks: Sequence[InHand], results: Sequence[ToWrite], at: datetime) -> list[Marked]:
        told: list[tuple[InHand, DeliveryState | None]] = []
        done: list[Callable[[], object]] = []
        with self._store.write() as connection:
            # Whatever is written besides is written under its edition: what was refused of that is of several copies.
            held_editions.hold(
                connection, {edition for each in results if each.also and (edition := each.mail.whose[0])}
            )
            changed = {each.edition_id for each in results if each.edition_id}
            for table, some in _by_table([*marks, *(each.mail for each in results)]):
                # With those that a pause for a policy lets wait again: else they would be taken out of their order.
                besides = policy_refusals.refused_of(connection, changed) if table is COPIES else set()
                table.hold(connection, {mail.id for mail in some} | besides)
            renewed_at = self._renewed(connection, at)
            told += self._settle(connection, results, at, done)
            back = [each.mail for each in results if each.outcome is None]
            verdicts, stay = self._mark(connection, marks, at)
            # What is not its worker's any more may wait too: it was taken away for that.
            refused = [mail for mail, state in stay if state in (None, DeliveryState.PENDING)]
            told += [(mail, None if state is DeliveryState.PENDING else state) for mail, state in stay]
        self._renewed_at = renewed_at
        for mail, state in told:
            mail.told(state)
        for each in done:
            each()
        for mail in back:
            mail.came_back()
        for mail in refused:
            mail.came_back(unmarked=True)
        return verdicts

    # -- leases -----------------------------------------------------------------------------------

    def keep_leases(self) -> None:
        """Begins them anew where nothing was committed for long."""
        at = self._clock()
        if self._is_time(at):
            with self._store.write() as connection:
                renewed_at = self._renewed(connection, at)
            self._renewed_at = renewed_at

    def _is_time(self, at: datetime) -> bool:
        return abs(at - self._renewed_at) >= self._lease.length / _PART

    def _renewed(self, connection: sa.Connection, at: datetime) -> datetime:
        """When they were begun anew last."""
        if not self._is_time(at):
            return self._renewed_at
        for table in _TABLES:
            table.renew(connection, lease=self._lease, at=at)
        return at

    def _settle(
        self, connection: sa.Connection, results: Sequence[ToWrite], at: datetime, done: list[Callable[[], object]]
    ) -> Iterator[tuple[InHand, DeliveryState | None]]:
        """How each stands; puts into *done* what is to be done once it is on disk."""
        worker = self._lease.worker
        for table, some in _by_table(results):
            outcomes: list[Outcome] = [each.outcome for each in some if each.outcome]
            settled = table.settle_all(connection, outcomes, worker=worker, at=at) if outcomes else set()
            if untried := [_key(each.mail) for each in some if each.outcome is None]:
                table.release(connection, untried, worker=worker, at=at)
            for each in some:
                if each.also and (then := each.also(connection)):
                    done.append(then)
                yield each.mail, _state(each, settled)

    def _mark(
        self, connection: sa.Connection, marks: Sequence[InHand], at: datetime
    ) -> tuple[list[Marked], list[tuple[InHand, DeliveryState | None]]]:
        """Also what stays, and what is written of that."""
        if not marks:
            return [], []
        changes = counters.content(connection)
        moved = {mail for mail in marks if mail.may_have_moved(changes)}
        states: dict[InHand, DeliveryState | None] = {}
        for table, some in _by_table([mail for mail in marks if mail not in moved]):
            found = table.mark_all(connection, [mail.mark() for mail in some], worker=self._lease.worker, at=at)
            states |= {mail: found.get(_key(mail)) for mail in some}
        stay = [each for each in states.items() if each[1] is not DeliveryState.HANDING]
        return [_verdict(mail, moved, states) for mail in marks], stay


def _way(marks: Sequence[InHand], results: Sequence[ToWrite]) -> WriteGroup | None:
    """How all of it is written at once; ``None`` where something has to be done besides, or it is of two kinds."""
    tables = {mail.table.write_group for mail in marks}
    for each in results:
        if each.outcome is None or each.also or each.edition_id:
            return None
        tables.add(each.mail.table.write_group)
    return tables.pop() if len(tables) == 1 else None


def _materials(marks: Iterable[InHand]) -> list[Material]:
    """Each once: they are told apart by what they are, for to compare what they say takes long."""
    found = {id(mail.material): mail.material for mail in marks}
    return [each for each in found.values() if each is not None]


def _state(written: ToWrite, settled: Set[ClaimKey]) -> DeliveryState | None:
    return written.outcome.state if written.outcome and written.outcome.claim_key in settled else None


def _key(mail: InHand) -> ClaimKey:
    return mail.id, mail.claim


def _verdict(mail: InHand, moved: Set[InHand], states: Mapping[InHand, DeliveryState | None]) -> Marked:
    if mail in moved:
        return Marked.MOVED
    return Marked.GO if states[mail] is DeliveryState.HANDING else Marked.STAY


def _by_table(items: Iterable[R]) -> Iterator[tuple[MailTable, list[R]]]:
    of_all = list(items)
    for table in _TABLES:
        if found := [each for each in of_all if _table(each) is table]:
            yield table, found


def _table(item: InHand | ToWrite) -> MailTable:
    return item.mail.table if isinstance(item, ToWrite) else item.table
