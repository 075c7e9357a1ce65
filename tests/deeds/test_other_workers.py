"""What is read of other workers is read while answers come in, and what was looked up since is not told again older."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import cast

import pytest
import sqlalchemy as sa

from solacefeed.deeds.delivering.group_commit import GroupCommit
from solacefeed.deeds.delivering.handover import Handover
from solacefeed.deeds.delivering.in_hand import InHand, Marked, ToWrite
from solacefeed.deeds.delivering.other_workers import OtherWorkers
from solacefeed.deeds.delivering.pacing import Pacing
from solacefeed.deeds.delivering.policy import AnsweredCopies, PolicyMeans, PolicyRefusals
from solacefeed.delivery.marks import MarkWriter
from solacefeed.errors import Rejected
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import Edition
from solacefeed.pace import UNLIMITED
from solacefeed.ports import Transport
from solacefeed.store import policy_refusals, schema
from solacefeed.store.database import Store
from tests.deeds.crossing import BOUND
from tests.deeds.test_group_commit import WorkerByHand, statements
from tests.deeds.world import World
from tests.store.rows import EDITION, LEASE, everything
from tests.support.builders import MONDAY, a_source_post

pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


NOTHING = AnsweredCopies(taken=0, at_domains=set(), by_domain=Counter())


@dataclass
class InHandHere:
    edition: Edition
    policy: PolicyRefusals = field(default_factory=lambda: PolicyRefusals(replace(NOTHING, taken=1), in_row={}))
    paused: bool = False
    claimed: int = 1
    out: int = 0


@dataclass
class OneWorker:
    world: World

    def __post_init__(self) -> None:
        commits = GroupCommit(self.world.store, self.world.clock, LEASE)
        writer = MarkWriter[InHand, ToWrite, Marked](commits.commit)
        pacing = Pacing(self.world.store, self.world.clock, UNLIMITED)
        self.handover = Handover(writer, self.world.clock, repeat_uncertain=False, stop=lambda: False, hear=pacing.hear)
        self.others = OtherWorkers(self.world.store, self.alone)
        self.edition = InHandHere(self.world.the_edition())
        #: What comes in between what was read and what is told of it.
        self.before: list[Callable[[], None]] = []

    def alone(self, act: Callable[[], object]) -> None:
        while self.before:
            self.before.pop()()
        self.handover.alone(act)


@pytest.fixture
def worker(world: World) -> OneWorker:
    world.join("ann", "ben", "cat")
    world.appear(a_source_post(id="1", title="The quiet budget", category_numbers=("1",)))
    world.prepare()
    return OneWorker(world)


@contextmanager
def after_the_row_is_read(store: Store, act: Callable[[], None]) -> Iterator[None]:
    def told(_connection: sa.Connection, _cursor: object, text: str, *_: object) -> None:
        if text.startswith("SELECT") and "policy_refusals.in_row" in text:
            act()

    sa.event.listen(store.engine, "after_cursor_execute", told)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "after_cursor_execute", told)


def test_no_answer_waits_while_it_is_read_what_others_have_heard(worker: OneWorker) -> None:
    answers: list[int] = []

    def answer() -> None:
        answering = connection.submit(worker.handover.alone, partial(answers.append, 1))
        answering.result(BOUND)

    with ThreadPoolExecutor(1) as connection, after_the_row_is_read(worker.world.store, answer):
        worker.others.hear([worker.edition])
    assert answers


class Refusing:
    """A relay that refuses every copy for a policy."""

    def hand_over(self, *_: object) -> str:
        raise Rejected("answered RCPT TO with 554 5.7.1 no", reply="554 5.7.1 no", alike="5.7.1 no", for_policy=True)


def test_no_answer_waits_while_it_is_looked_up_what_a_refusal_means(worker: OneWorker) -> None:
    by_hand, answers = WorkerByHand(worker.world), list[int]()
    copy = by_hand.take()[0]

    def answer() -> None:
        connection.submit(by_hand.handover.alone, partial(answers.append, 1)).result(BOUND)

    with ThreadPoolExecutor(1) as connection, after_the_row_is_read(worker.world.store, answer):
        by_hand.handover.serve(cast(Transport, Refusing()), copy, lambda: None)
    by_hand.writer.close()
    assert answers
    assert "no" in (worker.world.copies()["ann"].answer or "")


def refused_while_the_row_cannot_be_read(world: World, why: Exception) -> Handover:
    by_hand = WorkerByHand(world)
    copy = by_hand.take()[0]

    def fail() -> None:
        raise why

    try:
        with after_the_row_is_read(world.store, fail):
            by_hand.handover.serve(cast(Transport, Refusing()), copy, lambda: None)
    finally:
        by_hand.writer.close()
    return by_hand.handover


def test_a_refusal_is_written_down_though_it_could_not_be_looked_up_what_it_means(worker: OneWorker) -> None:
    lost = sa.exc.OperationalError("SELECT", {}, Exception("server closed the connection"))
    handover = refused_while_the_row_cannot_be_read(worker.world, lost)
    assert handover.store_trouble
    assert "554 5.7.1 no" in (worker.world.copies()["ann"].answer or "")


def test_so_it_is_where_the_look_fails_by_a_bug_which_is_told(worker: OneWorker) -> None:
    with pytest.raises(ZeroDivisionError):
        refused_while_the_row_cannot_be_read(worker.world, ZeroDivisionError())
    assert "554 5.7.1 no" in (worker.world.copies()["ann"].answer or "")


class CountingFails(PolicyRefusals):
    def take(self, at: datetime, address: str) -> bool:
        raise ZeroDivisionError(at, address)


class Taking:
    """A relay that takes every copy."""

    def hand_over(self, _message: object, mark: Callable[[], bool], _following: object) -> str:
        assert mark()
        return "250 OK"


def test_what_the_relay_took_is_written_down_though_what_it_tells_of_others_fails(worker: OneWorker) -> None:
    by_hand = WorkerByHand(worker.world)
    copy = by_hand.take()[0]
    by_hand.edition.policy = CountingFails(NOTHING, in_row={})
    with pytest.raises(ZeroDivisionError):
        by_hand.handover.serve(cast(Transport, Taking()), copy, lambda: None)
    by_hand.writer.close()
    assert worker.world.states()["ann"] == "accepted"


def test_a_refusal_that_was_looked_up_meanwhile_stays_in_its_row(worker: OneWorker) -> None:
    world, edition = worker.world, worker.edition
    numbers = [copy.id for copy in everything(world.store)]

    def refused() -> None:
        """Two are refused after the row was read, written down and looked up by who decides of the second."""
        for number in numbers[:2]:
            worker.handover.alone(partial(edition.policy.note, number, "a@example.org"))
            with world.store.write() as connection:
                policy_refusals.note(connection, number, EDITION, at=MONDAY)
            worker.handover.alone(worker.others.look(edition))

    worker.before.append(refused)
    worker.others.hear([edition])
    last = edition.policy.note(numbers[2], "a@example.org")
    assert edition.policy.means(last) is PolicyMeans.ROW


@pytest.mark.parametrize(("taken", "reads"), [(200, True), (1_000_000, False)])
def test_refused_copies_are_read_each_second_only_where_their_share_may_be_large(
    worker: OneWorker, taken: int, reads: bool
) -> None:
    store, edition = worker.world.store, worker.edition
    with store.write() as connection:
        connection.execute(schema.deliveries.update().values(state=DeliveryState.REJECTED.value))
        for copy in everything(store):
            policy_refusals.note(connection, copy.id, EDITION, at=MONDAY, in_row=False)
    edition.policy = PolicyRefusals(replace(NOTHING, taken=taken), in_row={})
    with statements(store) as said:
        worker.others.hear([edition])
    assert any("GROUP BY" in each for each in said) == reads
