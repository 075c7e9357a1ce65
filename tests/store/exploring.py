"""Every way in which two workers may come between one another over one copy, by what the real store does at each step.

A step is what a worker, the relay, the reader or the operator does next; all of them are taken in every order, and
after each the laws of delivery are asked. A worker that dies is one that takes no step more: so each way is also that
of workers who died there, and whoever comes after them is asked to bring it to an end. What the store makes of a copy
is asked of the database once for each that it can be, and what was seen before is not walked again.

``python -m tests.store.exploring`` draws the moves that were seen into ``docs/delivery.md``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from itertools import chain, product
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from solacefeed.models.deliveries import Delivery, DeliveryState, Lease, Mark, Outcome
from solacefeed.models.editions import EditionState
from solacefeed.store import copy_claims, copy_lanes, deliveries, delivery_ends, editions, subscribers
from solacefeed.store.database import Store, open_store
from solacefeed.store.mail_groups import NotAsBelieved
from solacefeed.store.schema import deliveries as table
from tests.store.rows import EDITION, copies_for
from tests.support.builders import MONDAY

State = DeliveryState
IN_HAND = (State.CLAIMED, State.HANDING)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often the copy is claimed, and a lease ends before its worker has done with it, at most, on one way."""

    claims: int
    ends: int


#: A third claim, and a second end of a lease, make longer ways, but no move that shorter ones have not.
SHORT, LONG = Bounds(claims=2, ends=1), Bounds(claims=3, ends=2)
LENGTH = timedelta(minutes=5)
ONE, TWO = "one", "two"
#: Whoever comes after the two.
HEIR = Lease(worker="heir", length=LENGTH)


# -- what may come to a copy from without ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class End:
    words: str
    does: Callable[[sa.Connection, Delivery], object]
    #: No claim is given after it, as long as it lasts, and no mark.
    binds_claims: bool = True
    binds_marks: bool = True

    def comes(self, copy: Copy, _question: Question) -> None:
        self.does(copy.connection, copy.it)


def _leave(connection: sa.Connection, copy: Delivery) -> None:
    subscribers.end(connection, copy.subscriber_id, "weekly", at=MONDAY)


def _cancel(connection: sa.Connection, _copy: Delivery) -> None:
    editions.move(connection, EDITION, leaving=editions.STANDING, to=EditionState.CANCELLED, reason="...")
    delivery_ends.drop_cancelled(connection, EDITION, at=MONDAY)


def _give_up(connection: sa.Connection, _copy: Delivery) -> None:
    editions.close_all(connection, "weekly", reason="...")
    delivery_ends.give_up(connection, "weekly", reason="...", at=MONDAY)


def _expire(connection: sa.Connection, _copy: Delivery) -> None:
    connection.execute(table.update().values(until=MONDAY))
    delivery_ends.expire(connection, EDITION, at=MONDAY)


def _pause(connection: sa.Connection, _copy: Delivery) -> None:
    going = (EditionState.DELIVERING,)
    editions.move(connection, EDITION, leaving=going, to=EditionState.PAUSED, reason="...")


def _go_on(connection: sa.Connection) -> None:
    """What is paused is resumed some day."""
    editions.move(connection, EDITION, leaving=(EditionState.PAUSED,), to=EditionState.DELIVERING)


def _change_address(connection: sa.Connection, copy: Delivery) -> None:
    copy_lanes.readdress(connection, copy.subscriber_id, "anna@example.org")


ENDS = (
    End("the reader leaves", _leave),
    End("the edition is cancelled", _cancel),
    End("the digest is given up", _give_up),
    # The store gives what is in hand then its mark; whoever has it looks at its own clock before.
    End("it is too late", _expire, binds_marks=False),
    End("the edition is paused", _pause),
    End("the reader's address changes", _change_address, binds_claims=False, binds_marks=False),
)


# -- the copy, and what the store makes of it -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """The copy, as the database has it."""

    state: State
    doubts: int
    claims: int
    worker: str | None
    lease_ended: bool
    is_offered_again: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What a worker wants of the store."""

    does: Callable[[Copy, Question], object]
    worker: str
    #: The number of its claim.
    claim: int
    #: What it writes down, and whether the copy is offered once more.
    outcome: State | None = None
    again: bool = False


@dataclass(slots=True)
class Copy:
    """The one copy of a store, of which every question is asked as if it were like a given row."""

    connection: sa.Connection
    it: Delivery
    #: What was found, whose before it has in common with other ends.
    asked: dict[tuple[Question, Row, End | None], tuple[Row, object]]

    def after(self, row: Row, end: End | None, question: Question) -> tuple[Row, object]:
        """How it is after what is asked, when that *end* has come before; and what is said to it.

        It is asked as by the first worker, and of a first or second claim: by which one, and how many there were
        before, changes nothing.
        """
        other = {ONE: TWO, TWO: ONE}[question.worker]
        names = {question.worker: ONE, other: TWO, None: None}
        gap = min(row.claims - question.claim, 1)
        asked = replace(question, worker=ONE, claim=1), replace(row, worker=names[row.worker], claims=1 + gap), end
        if asked not in self.asked:
            self.asked[asked] = self._ask(*asked)
        found, said = self.asked[asked]
        back = {ONE: question.worker, TWO: other, None: None}
        return replace(found, worker=back[found.worker], claims=found.claims - 1 - gap + row.claims), said

    def _ask(self, question: Question, row: Row, end: End | None) -> tuple[Row, object]:
        with self.connection.begin_nested() as savepoint:
            if end is not None:
                end.does(self.connection, self.it)
            self._be(row)
            said = question.does(self, question)
            found = self.row()
            savepoint.rollback()
        return found, said

    def _be(self, row: Row) -> None:
        now = self._now()
        length = timedelta() if row.lease_ended else LENGTH
        until = now + sa.literal(length, sa.Interval) if self._is_postgresql else sa.literal(MONDAY + length)
        self.connection.execute(
            table.update().values(
                state=row.state,
                attempts=row.claims,
                doubts=row.doubts,
                claims=row.claims,
                worker=row.worker,
                lease_until=until if row.state in IN_HAND else None,
                next_try_at=MONDAY if row.is_offered_again else None,
            )
        )

    @property
    def _is_postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def _now(self) -> sa.ColumnElement[object]:
        return sa.func.clock_timestamp() if self._is_postgresql else sa.literal(MONDAY)

    def row(self) -> Row:
        over = sa.func.coalesce(table.c.lease_until <= self._now(), sa.false())
        found = self.connection.execute(sa.select(table, over.label("over"))).one()
        return Row(
            state=State(found.state),
            doubts=found.doubts,
            claims=found.claims,
            worker=found.worker,
            lease_ended=bool(found.over),
            is_offered_again=found.next_try_at is not None,
        )

    def is_held(self) -> bool:
        """Whether it is in somebody's hand, by a lease that has not ended: on SQLite none ends by itself."""
        row = self.row()
        return row.state in IN_HAND and not (self._is_postgresql and row.lease_ended)


def _claims(copy: Copy, question: Question) -> bool:
    lease = Lease(worker=question.worker, length=LENGTH)
    return bool(copy_claims.claim(copy.connection, EDITION, lease=lease, limit=9, at=MONDAY))


def _marks(copy: Copy, question: Question) -> State | None:
    mark = Mark(id=copy.it.id, claim=question.claim, revision=1)
    at_once = _at_once(copy, question, marks=[mark])
    told = deliveries.mark_all(copy.connection, [mark], worker=question.worker, at=MONDAY)
    state = told.get(mark.claim_key)
    assert at_once == (_rows(copy) if state is State.HANDING else None), "in a group it is marked otherwise"
    return state


def _marks_both(copy: Copy, question: Question) -> tuple[State | None, ...]:
    """What one process has twice, by a claim that it lost and by the newest one: in a group of marks."""
    marks = [Mark(id=copy.it.id, claim=question.claim + more, revision=1) for more in (0, 1)]
    told = deliveries.mark_all(copy.connection, marks, worker=question.worker, at=MONDAY)
    return tuple(told.get(mark.claim_key) for mark in marks)


def _settles(copy: Copy, question: Question) -> None:
    assert question.outcome is not None
    again = MONDAY if question.again else None
    outcome = Outcome(id=copy.it.id, claim=question.claim, state=question.outcome, answer="...", next_try_at=again)
    at_once, in_time = _at_once(copy, question, outcomes=[outcome]), copy.is_held()
    settled = deliveries.settle_all(copy.connection, [outcome], worker=question.worker, at=MONDAY)
    # To an answer that comes late belongs more than a group writes at once.
    assert at_once == (_rows(copy) if settled and in_time else None), "in a group it is settled otherwise"


def _at_once(
    copy: Copy, question: Question, *, outcomes: Sequence[Outcome] = (), marks: Sequence[Mark] = ()
) -> list[Any] | None:
    """What the store holds once these are written as a group, which is taken back; ``None`` where they are not."""
    step = copy.connection.begin_nested()
    try:
        written = deliveries.write_group(
            copy.connection, outcomes, marks, worker=question.worker, at=MONDAY, changes=None
        )
        return _rows(copy) if written.settled or written.marked else None
    except NotAsBelieved:
        return None
    finally:
        step.rollback()


def _rows(copy: Copy) -> list[Any]:
    return [tuple(row) for row in copy.connection.execute(table.select())]


def _releases(copy: Copy, question: Question) -> None:
    deliveries.release(copy.connection, [(copy.it.id, question.claim)], worker=question.worker, at=MONDAY)


def _loses_its_lease(copy: Copy, question: Question) -> None:
    deliveries.renew(copy.connection, lease=Lease(worker=question.worker, length=timedelta()), at=MONDAY)


def _recovers(copy: Copy, question: Question) -> None:
    """As a round begins."""
    again = MONDAY if question.again else None
    deliveries.recover(copy.connection, at=MONDAY, offer_again_at=again, worker=question.worker)
    delivery_ends.drop_ended(copy.connection, EDITION, at=MONDAY)
    delivery_ends.expire(copy.connection, EDITION, at=MONDAY, too_late=False)
    delivery_ends.drop_cancelled(copy.connection, EDITION, at=MONDAY)


def _is_inherited(copy: Copy, question: Question) -> bool:
    """When both are dead, and their leases have ended: whether the next one brings it to an end."""
    for name in (ONE, TWO):
        _loses_its_lease(copy, replace(question, worker=name))
    _recovers(copy, replace(question, worker=HEIR.worker))
    _go_on(copy.connection)
    for claimed in copy_claims.claim(copy.connection, EDITION, lease=HEIR, limit=9, at=MONDAY):
        own = Question(_settles, HEIR.worker, claimed.claims, State.ACCEPTED)
        _marks(copy, own)
        _settles(copy, own)
    return not deliveries.has_unsettled(copy.connection, EDITION)


# -- the world besides ------------------------------------------------------------------------------------


class Phase(StrEnum):
    """How far a worker is with the copy, as it knows."""

    IDLE = "idle"
    CLAIMED = "claimed"
    MARKED = "marked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Worker:
    """Of two that bear one name, each is a part of the same process."""

    place: int
    name: str
    phase: Phase = Phase.IDLE
    claim: int = 0
    doubts: int = 0
    #: What it is about to write down.
    outcome: State | None = None


@dataclass(frozen=True, slots=True)
class World:
    row: Row
    workers: tuple[Worker, ...]
    #: Final dots of which the relay took the mail, or nobody knows.
    dots: int = 0
    took: bool = False
    refused: bool = False
    #: The end has come.
    over: bool = False
    #: Leases that ended.
    ends: int = 0

    def put(self, worker: Worker) -> World:
        return replace(self, workers=tuple(worker if each.place == worker.place else each for each in self.workers))


#: What the relay may say to a final dot: whether it took the mail, and what its worker then writes down.
ANSWERS: Mapping[str, tuple[bool | None, State]] = {
    "250": (True, State.ACCEPTED),
    "5xx": (False, State.REJECTED),
    "4xx": (False, State.PENDING),
    "cut off": (None, State.UNCERTAIN),
}
SAID = {outcome: said for said, (_, outcome) in ANSWERS.items()}

Step = tuple[str, World]


@dataclass(slots=True)
class Explorer:
    copy: Copy
    end: End
    #: As ``on_uncertain`` says.
    repeat: bool
    most: Bounds
    #: By which step from which world it was come to.
    seen: dict[World, tuple[str, World] | None] = field(default_factory=dict)
    #: From which state to which, and by what.
    moves: set[tuple[State, State, str]] = field(default_factory=set)

    def explore(self, names: tuple[str, str]) -> None:
        first = World(self.copy.row(), (Worker(0, names[0]), Worker(1, names[1])))
        self.seen[first] = None
        left = [first]
        while left:
            world = left.pop()
            self._ask_laws(world)
            for name, after in self._steps(world):
                if after.row.state is not world.row.state:
                    self.moves.add((world.row.state, after.row.state, name))
                after = _in_order(after)
                if after not in self.seen:
                    self.seen[after] = name, world
                    left.append(after)

    def _way_to(self, world: World) -> str:
        """The steps that led there, for whoever has to find out why."""
        names, here = [], world
        while (came := self.seen[here]) is not None:
            name, here = came
            names.append(name)
        return f"{', '.join(reversed(names))}: {world}"

    # -- the steps ------------------------------------------------------------------------------------------

    def _steps(self, world: World) -> Iterator[Step]:
        for worker in world.workers:
            yield from self._steps_of(world, worker)
            if world.ends < self.most.ends and world.row.worker == worker.name and world.row.state in IN_HAND:
                row, _ = self._ask(world, worker, _loses_its_lease)
                yield "the lease ends", replace(world, row=row, ends=world.ends + 1)
        yield from self._marked_together(world)
        if not world.over:
            row, _ = self._ask(world, world.workers[0], self.end.comes)
            yield self.end.words, replace(world, row=row, over=True)

    def _steps_of(self, world: World, worker: Worker) -> Iterator[Step]:
        if worker.phase is Phase.IDLE:
            row, _ = self._ask(world, worker, _recovers, again=self.repeat)
            yield "a round begins", replace(world, row=row)
            if world.row.claims < self.most.claims:
                yield "claim", self._claim(world, worker)
        elif worker.phase is Phase.CLAIMED:
            after = self._mark(world, worker)
            yield "mark" if after.row.state is State.HANDING else "mark refused", after
            row, _ = self._ask(world, worker, _releases)
            yield "put back untried", replace(world.put(_idle(worker)), row=row)
            # Before the mark: at the envelope.
            yield "refused", replace(world.put(_with(worker, State.REJECTED)), refused=True)
            yield "put off", world.put(_with(worker, State.PENDING))
        elif worker.phase is Phase.MARKED:
            for said, (took, outcome) in ANSWERS.items():
                yield f"dot, {said}", _dot(world, worker, took, outcome)
        elif worker.outcome is not None:
            yield SAID[worker.outcome], self._settle(world, worker, worker.outcome)

    def _claim(self, world: World, worker: Worker) -> World:
        row, got = self._ask(world, worker, _claims)
        if not got:
            return replace(world, row=row)
        assert not (world.over and self.end.binds_claims), f"claimed after the end: {self._way_to(world)}"
        claimed = replace(_idle(worker), phase=Phase.CLAIMED, claim=row.claims, doubts=row.doubts)
        return replace(world.put(claimed), row=row)

    def _mark(self, world: World, worker: Worker) -> World:
        row, state = self._ask(world, worker, _marks)
        if state is not State.HANDING:
            return replace(world.put(_idle(worker)), row=row)
        assert not (world.over and self.end.binds_marks), f"marked after the end: {self._way_to(world)}"
        assert not world.row.lease_ended, f"marked though its lease had ended: {self._way_to(world)}"
        return replace(world.put(replace(worker, phase=Phase.MARKED)), row=row)

    def _marked_together(self, world: World) -> Iterator[Step]:
        old, new = sorted(world.workers, key=lambda worker: worker.claim)
        newest = old.claim < new.claim == world.row.claims
        if old.name != new.name or old.phase is not Phase.CLAIMED or new.phase is not Phase.CLAIMED or not newest:
            return
        row, states = self._ask(world, old, _marks_both)
        assert isinstance(states, tuple)
        after = replace(world, row=row)
        for worker, state in zip((old, new), states, strict=True):
            goes = state is State.HANDING
            after = after.put(replace(worker, phase=Phase.MARKED) if goes else _idle(worker))
            assert not goes or not (world.over and self.end.binds_marks), f"marked after the end: {self._way_to(world)}"
        yield "mark" if row.state is State.HANDING else "mark refused", after

    def _settle(self, world: World, worker: Worker, outcome: State) -> World:
        again = outcome is State.UNCERTAIN and self.repeat and not worker.doubts
        row, _ = self._ask(world, worker, _settles, outcome=outcome, again=again)
        return replace(world.put(_idle(worker)), row=row)

    def _ask(
        self,
        world: World,
        worker: Worker,
        does: Callable[[Copy, Question], object],
        *,
        outcome: State | None = None,
        again: bool = False,
    ) -> tuple[Row, object]:
        question = Question(does, worker.name, worker.claim or world.row.claims, outcome, again)
        return self.copy.after(world.row, self.end if world.over else None, question)

    # -- the laws -------------------------------------------------------------------------------------------

    def _ask_laws(self, world: World) -> None:
        row = world.row
        laws = {
            "no more copies than may ever arrive": world.dots <= (2 if self.repeat else 1),
            "accepted, as the relay said": row.state is not State.ACCEPTED or world.took,
            "rejected, as the relay said": row.state is not State.REJECTED or world.refused,
            "what may have arrived is neither cancelled nor expired": not world.dots or row.state not in _NEVER_GONE,
            "in doubt no more often than there were dots": 0 <= row.doubts <= 2,
            "in hand by a lease": row.worker is not None or row.state not in IN_HAND,
            "brought to an end by whoever comes": self._ends_well(world),
        }
        assert all(laws.values()), f"{[law for law, holds in laws.items() if not holds]}: {self._way_to(world)}"

    def _ends_well(self, world: World) -> bool:
        """When both are dead, and their leases have ended."""
        _, ends = self._ask(world, world.workers[0], _is_inherited, again=self.repeat)
        return bool(ends)


#: Of what may have arrived.
_NEVER_GONE = (State.CANCELLED, State.EXPIRED)


def _idle(worker: Worker) -> Worker:
    return Worker(worker.place, worker.name)


def _with(worker: Worker, outcome: State) -> Worker:
    return replace(worker, phase=Phase.ANSWERED, outcome=outcome)


def _in_order(world: World) -> World:
    """Which of two workers has the copy is all the same."""
    one, two = world.workers
    if world.row.worker == TWO:
        changed = True
    else:
        changed = (one.name == two.name or world.row.worker is None) and _stands(one) > _stands(two)
    if not changed:
        return world
    row = replace(world.row, worker=world.row.worker and ONE)
    return replace(world, row=row, workers=(_in_place_of(one, two), _in_place_of(two, one)))


def _stands(worker: Worker) -> tuple[object, ...]:
    return worker.phase, worker.claim, worker.doubts, worker.outcome or ""


def _in_place_of(old: Worker, worker: Worker) -> Worker:
    return replace(worker, place=old.place, name=old.name)


def _dot(world: World, worker: Worker, took: bool | None, outcome: State) -> World:
    return replace(
        world.put(_with(worker, outcome)),
        dots=world.dots + (took is not False),
        took=world.took or took is True,
        refused=world.refused or outcome is State.REJECTED,
    )


# -- all of it --------------------------------------------------------------------------------------------


def explored(store: Store, most: Bounds) -> Iterator[Explorer]:
    """Whatever ends it and whatever ``on_uncertain`` says, of two processes and of one, on a store without copies."""
    (copy,) = copies_for(store, "ann@example.org")
    asked: dict[tuple[Question, Row, End | None], tuple[Row, object]] = {}
    with store.engine.connect() as connection, connection.begin() as transaction:
        # To two parts of one process it is all the same what ends it.
        of_two, of_one = product(ENDS, (True, False), [(ONE, TWO)]), product(ENDS[:1], (True, False), [(ONE, ONE)])
        for end, repeat, names in chain(of_two, of_one):
            walk = Explorer(Copy(connection, copy, asked), end, repeat, most)
            walk.explore(names)
            yield walk
        transaction.rollback()


# -- drawing it -------------------------------------------------------------------------------------------

DOCUMENT = Path(__file__).parents[2] / "docs" / "delivery.md"
BEGINS, ENDS_WITH = "<!-- drawn by tests/store/exploring.py -->\n```\n", "```\n"


def drawing(walks: Iterable[Explorer]) -> str:
    """From each state to each other, and by what."""
    by: dict[tuple[State, State], set[str]] = {}
    for walk in walks:
        for leaves, comes, name in walk.moves:
            by.setdefault((leaves, comes), set()).add(name)
    order = {state: place for place, state in enumerate(State)}
    lines: list[str] = []
    for state in State:
        ways = sorted((order[comes], comes, names) for (leaves, comes), names in by.items() if leaves is state)
        for number, (_, comes, names) in enumerate(ways):
            begins = f"{state:9} --" if number == 0 else " " * 12
            lines.append(f"{begins}+--> {comes:10} {', '.join(sorted(names))}\n")
    return "".join(lines)


def drawn() -> str:
    """As it stands in the documentation."""
    return DOCUMENT.read_text().partition(BEGINS)[2].partition(ENDS_WITH)[0]


def _draw() -> None:
    with tempfile.TemporaryDirectory() as folder, closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        new = drawing(explored(store, LONG))
    before, mark, rest = DOCUMENT.read_text().partition(BEGINS)
    assert mark, f"{DOCUMENT} has no place for it"
    DOCUMENT.write_text(before + mark + new + ENDS_WITH + rest.partition(ENDS_WITH)[2])


if __name__ == "__main__":
    _draw()
