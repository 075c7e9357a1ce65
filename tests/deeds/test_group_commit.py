"""What one commit writes while copies are handed over: each claim has its own answer, whatever comes between."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import RLock

import pytest

from solacefeed.deeds.delivering.edition_copies import Composing, CopyInHand, EditionInHand
from solacefeed.deeds.delivering.group_commit import GroupCommit
from solacefeed.deeds.delivering.handover import Handover, InHand, Marked, ToWrite
from solacefeed.deeds.delivering.pacing import Pacing
from solacefeed.deeds.delivering.policy import PolicyRefusals
from solacefeed.deeds.editions.revisions import Revisions
from solacefeed.delivery.marks import MarkWriter
from solacefeed.models.deliveries import Message
from solacefeed.pace import UNLIMITED
from tests.deeds.world import World
from tests.store.rows import LEASE, claimed, recovered
from tests.support.builders import a_source_post

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
        writer = MarkWriter[InHand, ToWrite, Marked](self.commits.commit)
        handover = Handover(writer, world.clock, repeat_uncertain=False, stop=lambda: False, hear=self.pacing.hear)
        edition = world.the_edition()
        self.edition = EditionInHand(
            edition,
            world.digest,
            Revisions(world.store, world.clock, world.renderer, edition, lambda _titles: None),
            Composing(compose=lambda _edition, _variant, _copy: _NO_MESSAGE, alone=RLock()),
            handover,
            world.clock,
            self.tally,
            lambda: None,
            PolicyRefusals(taken=0, in_row=(), by_domain=Counter()),
        )

    def take(self) -> list[CopyInHand]:
        return [CopyInHand(self.edition, copy) for copy in claimed(self.world.store, at=self.world.clock.now)]


_NO_MESSAGE = Message(sender="", recipient="", content=b"", message_id="")


@pytest.fixture
def worker(world: World) -> WorkerByHand:
    world.join("ann")
    world.appear(POST)
    world.prepare()
    return WorkerByHand(world)


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
