"""What is read of other workers is read while answers come in, and what was looked up since is not told again older."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import pytest
import sqlalchemy as sa

from solacefeed.deeds.delivering.group_commit import GroupCommit
from solacefeed.deeds.delivering.handover import Handover, InHand, Marked, ToWrite
from solacefeed.deeds.delivering.other_workers import OtherWorkers
from solacefeed.deeds.delivering.pacing import Pacing
from solacefeed.deeds.delivering.policy import PolicyMeans, PolicyRefusals
from solacefeed.delivery.marks import MarkWriter
from solacefeed.errors import Rejected
from solacefeed.models.editions import Edition
from solacefeed.pace import UNLIMITED
from solacefeed.ports import Transport
from solacefeed.store import policy_refusals
from solacefeed.store.database import Store
from tests.deeds.crossing import BOUND
from tests.deeds.test_group_commit import WorkerByHand
from tests.deeds.world import World
from tests.store.rows import EDITION, LEASE, everything
from tests.support.builders import MONDAY, a_source_post

pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


@dataclass
class InHandHere:
    edition: Edition
    policy: PolicyRefusals = field(
        default_factory=lambda: PolicyRefusals(taken=1, at_domains=(), in_row={}, by_domain=Counter())
    )
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
