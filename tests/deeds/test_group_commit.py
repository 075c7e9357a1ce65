"""What one commit writes while copies are handed over: each claim has its own answer, whatever comes between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol, cast

import pytest
import sqlalchemy as sa

from solacefeed.deeds.delivering.edition_copies import COPIES, CopyInHand, EditionInHand
from solacefeed.deeds.delivering.group_commit import GroupCommit
from solacefeed.deeds.delivering.handover import Handover
from solacefeed.deeds.delivering.in_hand import Ending, InHand, Marked, ToWrite
from solacefeed.deeds.delivering.mail_table import MailTable
from solacefeed.deeds.delivering.other_workers import OtherWorkers
from solacefeed.deeds.delivering.pacing import Pacing
from solacefeed.deeds.delivering.policy import AnsweredCopies, PolicyRefusals
from solacefeed.deeds.delivering.taken_mail import TakenMail
from solacefeed.deeds.editions import decisions
from solacefeed.deeds.editions.revisions import Revisions
from solacefeed.delivery.marks import MarkWriter
from solacefeed.errors import SenderRefused, StoreError
from solacefeed.models.deliveries import DeliveryState, Message, Outcome
from solacefeed.models.editions import EditionState
from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.pace import ALL, UNLIMITED
from solacefeed.store import deliveries, delivery_ends, pace, policy_refusals, schema, subscribers
from solacefeed.store.database import Store, sqlite_module
from solacefeed.store.home_log import HomeLog
from solacefeed.store.mail_groups import NotAsBelieved
from tests.deeds.crossing import Act as OneAct
from tests.deeds.crossing import crossing
from tests.deeds.world import World
from tests.store.rows import EDITION, LEASE, claimed, everything, recovered, renewed
from tests.support.builders import MONDAY, a_source_post
from tests.support.fakes import Act, SettableClock

pytestmark = pytest.mark.both_stores

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))


@dataclass
class WorkerByHand:
    """One with an edition in hand, whose every commit is made by the test."""

    world: World
    tally: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        world = self.world
        self.commits = GroupCommit(world.store, world.clock, LEASE)
        self.pacing = Pacing(world.store, world.clock, UNLIMITED)
        self.writer = MarkWriter[InHand, ToWrite, Marked](self.commits.commit)
        handover = Handover(self.writer, world.clock, repeat_uncertain=False, stop=lambda: False, hear=self.pacing.hear)
        self.handover = handover
        edition = world.the_edition()
        self.edition = EditionInHand(
            edition,
            world.digest,
            sender_id=None,
            revisions=Revisions(world.store, world.clock, world.renderer, edition, lambda _titles: None),
            compose=lambda _edition, _variant, _copy: _NO_MESSAGE,
            handover=handover,
            clock=world.clock,
            tally=self.tally,
            on_copy=lambda: None,
            policy=PolicyRefusals(AnsweredCopies(taken=0, at_domains=set(), by_domain=Counter()), in_row={}),
            others=OtherWorkers(world.store, handover.alone),
        )

    def take(self) -> list[CopyInHand]:
        return [CopyInHand(self.edition, copy) for copy in claimed(self.world.store, at=self.world.clock.now)]


_NO_MESSAGE = Message(sender="", recipient="", content=b"", message_id="")


def prepared(world: World, *names: str) -> World:
    world.join(*names)
    world.appear(POST)
    world.prepare()
    return world


@pytest.fixture
def worker(world: World) -> WorkerByHand:
    return WorkerByHand(prepared(world, "ann"))


def test_a_worker_that_lost_a_copy_and_claimed_it_again_may_send_it_once(worker: WorkerByHand) -> None:
    (lost,) = worker.take()
    recovered(worker.world.store, at=worker.world.clock.now)
    (newest,) = worker.take()
    assert worker.commits.commit([lost, newest], []) == [Marked.STAY, Marked.GO]


def test_what_it_had_lost_is_put_back_and_its_new_claim_stays(worker: WorkerByHand) -> None:
    (lost,) = worker.take()
    recovered(worker.world.store, at=worker.world.clock.now)
    (newest,) = worker.take()
    worker.commits.commit([], [ToWrite(mail=lost, outcome=None)])
    assert worker.commits.commit([newest], []) == [Marked.GO]


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """What the database is told."""
    said: list[str] = []

    def note(_connection: sa.Connection, _cursor: object, text: str, *_: object) -> None:
        said.append(text)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    yield said
    sa.event.remove(store.engine, "before_cursor_execute", note)


def ways(copies: Sequence[CopyInHand]) -> list[ToWrite]:
    """Each is taken by the relay."""
    taken = DeliveryState.ACCEPTED
    outcomes = (Outcome(id=copy.id, claim=copy.claim, state=taken, answer="250 OK") for copy in copies)
    return [ToWrite(mail=copy, outcome=outcome) for copy, outcome in zip(copies, outcomes, strict=True)]


def test_outcomes_of_a_group_and_marks_of_the_next_are_one_statement_or_two(world: World) -> None:
    worker = WorkerByHand(prepared(world, "ann", "ben", "cat"))
    ann, ben, cat = worker.take()
    assert worker.commits.commit([ann, ben], []) == [Marked.GO, Marked.GO]
    with statements(world.store) as said:
        assert worker.commits.commit([cat], ways([ann, ben])) == [Marked.GO]
    # SQLite is told of the transaction besides.
    assert len([each for each in said if not each.startswith("BEGIN")]) == (
        2 if world.store.engine.dialect.name == "sqlite" else 1
    )
    assert worker.tally == Counter(accepted=2)
    assert world.states() == {"ann": "accepted", "ben": "accepted", "cat": "handing"}


def test_who_left_gets_no_mark_in_a_group_of_others_and_each_outcome_is_told_once(world: World) -> None:
    worker = WorkerByHand(prepared(world, "ann", "ben", "cat"))
    ann, ben, cat = worker.take()
    assert worker.commits.commit([ann], []) == [Marked.GO]
    world.leave("ben")
    assert worker.commits.commit([ben, cat], ways([ann])) == [Marked.STAY, Marked.GO]
    assert worker.tally == Counter(accepted=1, cancelled=1)
    assert world.states() == {"ann": "accepted", "ben": "cancelled", "cat": "handing"}


def test_a_group_is_marked_of_what_the_store_counts_now(world: World) -> None:
    worker = WorkerByHand(prepared(world, "ann"))
    (ann,) = worker.take()
    ann.message()
    world.appear(a_source_post(id="2", title="Another", category_numbers=("1",)))
    assert worker.commits.commit([ann], []) == [Marked.MOVED]
    assert world.states() == {"ann": "claimed"}


# -- what can not be written, and is written again ------------------------------------------------------


@contextmanager
def commits_fail(store: Store, times: int) -> Iterator[None]:
    """So many commits do, from the first that pauses an edition on."""
    left = [times]

    def fail(connection: sa.Connection) -> None:
        if left[0] and connection.exec_driver_sql("SELECT 1 FROM editions WHERE state = 'paused'").first():
            left[0] -= 1
            raise sa.exc.OperationalError("COMMIT", {}, sqlite_module().OperationalError("database or disk is full"))

    sa.event.listen(store.engine, "commit", fail)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "commit", fail)
    assert not left[0]


def test_a_pause_that_is_written_at_the_third_time_is_told_once(sqlite_store: Store) -> None:
    world = prepared(World(sqlite_store), "ann", "ben", "cat", "dan", "eve")
    with commits_fail(sqlite_store, 2):
        result = world.deliver(Act.ACCEPT, Act.REFUSE, Act.REFUSE, Act.REFUSE)
    assert (result.paused, result.accepted, result.rejected, result.deferred) == (1, 1, 0, 3)
    assert Counter(world.states().values()) == {"accepted": 1, "pending": 4}


def test_what_was_heard_of_the_relay_counts_once_it_is_on_disk(sqlite_store: Store) -> None:
    pacing = Pacing(sqlite_store, SettableClock(MONDAY), UNLIMITED)
    for _ in range(4):
        pacing.hear("ann@example.org", deferred=True)

    def slowed_to() -> float | None:
        with sqlite_store.read() as connection:
            found = pace.read(connection, at=MONDAY).get(ALL)
        return found.slowed_to if found else None

    def fail(_connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, sqlite_module().OperationalError("database or disk is full"))

    sa.event.listen(sqlite_store.engine, "commit", fail)
    with pytest.raises(StoreError):
        pacing.keep(sqlite_store)
    sa.event.remove(sqlite_store.engine, "commit", fail)
    assert slowed_to() is None
    pacing.keep(sqlite_store)
    slowed = slowed_to()
    assert slowed is not None
    pacing.keep(sqlite_store)
    assert slowed_to() == slowed


# -- the log beside the store ------------------------------------------------------------------------------


def test_what_the_relay_took_is_recorded_though_the_log_beside_the_store_cannot_be_written(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worker = WorkerByHand(prepared(world, "ann", "ben", "cat"))
    log = HomeLog(path=tmp_path / "home.log")
    taken = TakenMail(log, world.clock)
    commits = GroupCommit(world.store, world.clock, LEASE, taken.note)
    ann, ben, cat = worker.take()
    assert commits.commit([ann, ben, cat], []) == [Marked.GO] * 3
    log.path.mkdir()
    for each in (ann, ben):
        commits.commit([], ways([each]))
    assert world.states() == {"ann": "accepted", "ben": "accepted", "cat": "handing"}
    assert len([each for each in caplog.messages if "home.log" in each]) == 1
    log.path.rmdir()
    world.clock.now += timedelta(seconds=10)
    commits.commit([], ways([cat]))
    assert log.taken(EDITION) == {each.whose[1] for each in (ann, ben, cat)}


def test_what_is_written_at_the_third_time_is_in_the_log_beside_the_store_once(
    sqlite_store: Store, tmp_path: Path
) -> None:
    world = prepared(World(sqlite_store), "ann", "ben")
    worker, log = WorkerByHand(world), HomeLog(path=tmp_path / "home.log")
    commits = GroupCommit(world.store, world.clock, LEASE, TakenMail(log, world.clock).note)
    ann, ben = worker.take()
    commits.commit([ann, ben], [])

    def fail(_connection: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, sqlite_module().OperationalError("database or disk is full"))

    sa.event.listen(sqlite_store.engine, "commit", fail)
    with pytest.raises(StoreError):
        commits.commit([], ways([ann]))
    with pytest.raises(StoreError):
        commits.commit([], ways([ann, ben]))
    sa.event.remove(sqlite_store.engine, "commit", fail)
    commits.commit([], ways([ann, ben]))
    assert world.states() == {"ann": "accepted", "ben": "accepted"}
    numbers = [line.rpartition("\t")[2].split()[0] for line in log.path.read_text().splitlines()]
    assert numbers == [str(each.whose[1]) for each in (ann, ben)]


def test_what_the_log_beside_the_store_could_not_take_it_gets_as_the_round_ends(world: World, tmp_path: Path) -> None:
    worker = WorkerByHand(prepared(world, "ann"))
    log = HomeLog(path=tmp_path / "home.log")
    taken = TakenMail(log, world.clock)
    log.path.mkdir()
    taken.note(worker.take(), LEASE.worker)
    log.path.rmdir()
    taken.settle()
    assert len(log.taken(EDITION)) == 1


# -- two at once -----------------------------------------------------------------------------------------


def cancels(world: World, store: Store) -> None:
    decisions.cancel(store, world.clock, EDITION)


def resumes(world: World, store: Store) -> None:
    decisions.resume(store, world.clock, EDITION, lambda _name: world.digest)


def gives_up(world: World, store: Store) -> None:
    with store.write() as connection:
        delivery_ends.give_up(connection, "weekly", reason="given up", at=world.clock.now)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("operator", "worker_first"),
    [
        (cancels, True),
        (resumes, False),
        pytest.param(cancels, False, marks=pytest.mark.slow),
        pytest.param(resumes, True, marks=pytest.mark.slow),
    ],
)
def test_a_worker_that_pauses_an_edition_and_who_decides_of_it_at_once_both_come_to_their_end(
    world: World, store_url: str, operator: Callable[[World, Store], None], worker_first: bool
) -> None:
    prepared(world, "ann", "ben")

    def pauses() -> OneAct:
        with world.store.write() as connection:
            connection.execute(schema.editions.update().values(state=EditionState.DELIVERING.value, reason=None))
            again = {"state": DeliveryState.PENDING.value, "next_try_at": None}
            connection.execute(schema.deliveries.update().values(**again))
        by_hand = WorkerByHand(world)
        ann, ben = by_hand.take()
        ending = ann.refuse_us(SenderRefused("we are on a list"))
        assert isinstance(ending, Ending)
        outcome = Outcome(
            id=ann.id, claim=ann.claim, state=ending.state, answer=ending.answer, next_try_at=ending.next_try_at
        )
        to_write = ToWrite(mail=ann, outcome=outcome, also=ending.also, edition_id=ending.edition_id)

        def act(store: Store) -> None:
            GroupCommit(store, world.clock, LEASE).commit([ben], [to_write])

        return act

    def decides() -> OneAct:
        return partial(operator, world)

    one, other = (pauses, decides) if worker_first else (decides, pauses)
    with crossing(world.store, store_url) as at_once:
        assert sum(1 for _ in at_once.places(one, other)) > 0


def anew(world: World) -> None:
    """All copies wait, for readers who want them, of an edition that goes on."""
    with world.store.write() as connection:
        connection.execute(schema.editions.update().values(state=EditionState.DELIVERING.value, reason=None))
        nobodys = {"worker": None, "lease_until": None, "next_try_at": None, "doubts": 0, "revision": None}
        connection.execute(schema.deliveries.update().values(state=DeliveryState.PENDING.value, **nobodys))
        connection.execute(schema.subscriptions.update().values(state=SubscriptionState.CONFIRMED.value))


@contextmanager
def held(connection: sa.Connection, *copies: CopyInHand) -> Iterator[None]:
    """By somebody who changes nothing of them, for a while."""
    its = schema.deliveries.c.id.in_([copy.id for copy in copies])
    connection.execute(sa.select(schema.deliveries.c.id).where(its).with_for_update())
    yield


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("which", ["what came out", "what is to be marked", "both"])
@pytest.mark.parametrize("by_steps", [False, True])
def test_who_leaves_while_a_group_waits_for_a_row_gets_no_mark(
    world: World, store_url: str, which: str, by_steps: bool
) -> None:
    prepared(world, "ann", "ben", "cat")
    verdicts: list[list[Marked]] = []
    copies: list[CopyInHand] = []

    def locks() -> OneAct:
        anew(world)
        by_hand = WorkerByHand(world)
        copies[:] = by_hand.take()
        assert by_hand.commits.commit(copies[:1], []) == [Marked.GO]
        holds = {"what came out": copies[:1], "what is to be marked": copies[1:2], "both": copies[:2]}[which]
        who = copies[1].whose[1]

        def act(store: Store) -> None:
            with store.write() as connection, held(connection, *holds):
                subscribers.end(connection, who, "weekly", at=world.clock.now, by=Actor.READER)

        return act

    def goes_on() -> OneAct:
        def act(store: Store) -> None:
            ann, ben, cat = copies
            untried = [ToWrite(mail=cat, outcome=None)] if by_steps else []
            verdicts.append(GroupCommit(store, world.clock, LEASE).commit([ben], [*ways([ann]), *untried]))

        return act

    with crossing(world.store, store_url) as at_once:
        assert sum(1 for _ in at_once.places(locks, goes_on)) > 1
    # Before the first place nobody has left, and nothing is held.
    assert verdicts[0] == [Marked.GO]
    assert verdicts[1:] == [[Marked.STAY]] * (len(verdicts) - 1)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_what_changes_while_a_group_waits_for_a_row_is_not_marked_as_it_was(world: World, store_url: str) -> None:
    prepared(world, "ann", "ben")
    verdicts: list[list[Marked]] = []
    copies: list[CopyInHand] = []

    def changes() -> OneAct:
        anew(world)
        by_hand = WorkerByHand(world)
        ann, ben = copies[:] = by_hand.take()
        assert by_hand.commits.commit([ann], []) == [Marked.GO]
        ben.message()

        def act(store: Store) -> None:
            with store.write() as connection, held(connection, ann):
                connection.execute(schema.posts.update().values(title="Another title"))

        return act

    def goes_on() -> OneAct:
        def act(store: Store) -> None:
            ann, ben = copies
            verdicts.append(GroupCommit(store, world.clock, LEASE).commit([ben], ways([ann])))

        return act

    with crossing(world.store, store_url) as at_once:
        assert sum(1 for _ in at_once.places(changes, goes_on)) > 1
    assert verdicts[0] == [Marked.GO]
    assert verdicts[1:] == [[Marked.MOVED]] * (len(verdicts) - 1)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_where_somebody_holds_a_row_of_a_group_no_row_of_it_is_written_at_once(world: World) -> None:
    worker = WorkerByHand(prepared(world, "ann", "ben", "cat"))
    ann, ben, cat = worker.take()
    assert worker.commits.commit([ann, ben], []) == [Marked.GO, Marked.GO]
    outcomes = [each.outcome for each in ways([ann, ben]) if each.outcome]
    with (
        world.store.engine.connect() as other,
        other.begin(),
        held(other, ben),
        world.store.write_at_once() as connection,
        pytest.raises(NotAsBelieved),
    ):
        deliveries.write_group(
            connection, outcomes, [cat.mark()], worker=LEASE.worker, at=world.clock.now, changes=None
        )
    assert world.states() == {"ann": "handing", "ben": "handing", "cat": "claimed"}


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_leases_are_begun_anew_beside_whoever_holds_a_row_and_wait_for_nobody(world: World) -> None:
    worker = WorkerByHand(prepared(world, "ann", "ben", "cat"))
    _, ben, _ = worker.take()
    with world.store.engine.connect() as other, other.begin(), held(other, ben):
        assert renewed(world.store, LEASE) == 2
    assert renewed(world.store, LEASE) == 3


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("worker_first", [True, False])
@pytest.mark.parametrize("end", [cancels, gives_up])
def test_a_worker_that_writes_of_many_copies_and_who_ends_them_all_do_not_wait_in_a_ring(
    world: World, store_url: str, worker_first: bool, end: Callable[[World, Store], None]
) -> None:
    prepared(world, "ann", "ben", "cat")

    def writes() -> OneAct:
        anew(world)
        ann, ben, cat = WorkerByHand(world).take()

        def act(store: Store) -> None:
            # In another order than their numbers'.
            GroupCommit(store, world.clock, LEASE).commit([ben, ann], [ToWrite(mail=cat, outcome=None)])

        return act

    def ends() -> OneAct:
        return partial(end, world)

    one, other = (writes, ends) if worker_first else (ends, writes)
    with crossing(world.store, store_url) as at_once:
        assert sum(1 for _ in at_once.places(one, other)) > 0


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("ends_rows", [True, False], ids=["both end rows", "one notes"])
def test_workers_whose_copies_change_what_was_refused_of_two_editions_do_not_wait_in_a_ring(
    world: World, store_url: str, ends_rows: bool
) -> None:
    """Each is answered of both, one in the other's order."""
    prepared(world, "ann", "ben", "cat", "dan")
    numbers = [copy.id for copy in everything(world.store)]
    refused_before, editions_of_both = numbers[2:], (EDITION, f"{EDITION}-second")
    with world.store.write() as connection:
        first = {**connection.execute(schema.editions.select()).one()._mapping}
        connection.execute(
            schema.editions.insert().values(
                **{**first, "id": editions_of_both[1], "ends": first["ends"] + timedelta(days=1)}
            )
        )

    def note(connection: sa.Connection, edition_id: str) -> None:
        number = refused_before[editions_of_both.index(edition_id)]
        policy_refusals.note(connection, number, edition_id, at=MONDAY)

    def answered(of: Sequence[str], write: Write) -> OneAct:
        with world.store.write() as connection:
            for edition in editions_of_both:
                note(connection, edition)
        mails = [CopyOfAnEdition(id=0, whose=(edition, 0)) for edition in of]
        writes = [partial(write, edition_id=each) for each in of]
        to_write = [
            ToWrite(mail=cast(InHand, mail), outcome=None, also=also) for mail, also in zip(mails, writes, strict=True)
        ]
        return lambda store: GroupCommit(store, world.clock, LEASE).commit([], to_write)

    def one() -> OneAct:
        return answered(editions_of_both, policy_refusals.break_row if ends_rows else note)

    def other() -> OneAct:
        return answered(editions_of_both[::-1], policy_refusals.break_row)

    with crossing(world.store, store_url) as at_once:
        assert sum(1 for _ in at_once.places(one, other)) > 0


class Write(Protocol):
    def __call__(self, connection: sa.Connection, /, edition_id: str) -> None: ...


@dataclass(eq=False)
class CopyOfAnEdition:
    """One that is not there any more: only what is written besides it counts."""

    id: int
    whose: tuple[str, int]
    claim: int = 1
    table: MailTable = COPIES

    def told(self, _state: DeliveryState | None) -> None:
        pass

    def came_back(self) -> None:
        pass
