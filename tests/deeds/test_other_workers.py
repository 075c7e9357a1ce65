"""What other workers find out is read while answers are decided, and comes in between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import cast

import pytest

from solacefeed.deeds.delivering.handover import Handover
from solacefeed.deeds.delivering.other_workers import OtherWorkers
from solacefeed.deeds.delivering.policy import PolicyMeans, PolicyRefusals
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import editions, policy_refusals
from solacefeed.store.database import Store, open_store
from tests.store.rows import an_edition, copies_for
from tests.support.builders import MONDAY
from tests.support.databases import Databases


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    with databases.migrated() as address, closing(open_store(address)) as opened:
        yield opened


@dataclass
class Deciding:
    """Stands for the handover: what is done alone, while no answer may be decided."""

    is_alone: bool = False
    #: What an answer does that comes first.
    first: Callable[[], object] | None = None

    def alone(self, act: Callable[[], object]) -> None:
        if self.first is not None:
            came, self.first = self.first, None
            came()
        self.is_alone = True
        act()
        self.is_alone = False


@dataclass
class InHand:
    edition: Edition = field(default_factory=an_edition)
    policy: PolicyRefusals = field(default_factory=lambda: PolicyRefusals(taken=1, in_row=(), by_domain=Counter()))
    paused: bool = False
    claimed: int = 1
    out: int = 0


def others(store: Store, deciding: Deciding) -> OtherWorkers:
    return OtherWorkers(store, cast(Handover, deciding))


def test_nothing_is_asked_of_the_store_while_answers_have_to_wait(store: Store) -> None:
    copies_for(store, "ann@example.org")
    with store.write() as connection:
        editions.move(connection, InHand().edition.id, leaving=list(EditionState), to=EditionState.PAUSED)
    deciding, whole = Deciding(), InHand()
    asked: list[bool] = []
    store.tell_of_statements(lambda: asked.append(deciding.is_alone))
    others(store, deciding).hear([whole])
    assert whole.paused
    assert asked
    assert not any(asked)


def test_what_was_read_before_an_answer_that_looked_itself_does_not_undo_it(store: Store) -> None:
    """Two refusals in a row stand; the third, which comes meanwhile, is the third."""
    first, second, third = copies_for(store, "ann@example.org", "ben@example.org", "cat@example.org")
    deciding, whole = Deciding(), InHand()
    workers = others(store, deciding)

    def refused() -> None:
        for copy in (first, second):
            whole.policy.refuse(copy.id, copy.email)
            with store.write() as connection:
                policy_refusals.note(connection, delivery_id=copy.id, edition_id=whole.edition.id, at=MONDAY)
        workers.look(whole)

    deciding.first = refused
    workers.hear([whole])
    assert whole.policy.refuse(third.id, third.email) is PolicyMeans.ROW
