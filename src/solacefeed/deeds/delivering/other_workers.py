"""What other workers find out of the editions that this one has in hand: on PostgreSQL several deliver at once.

Asked once a second, and before it is decided what a refusal for a policy means: all that is written down counts for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Protocol

import sqlalchemy as sa

from solacefeed.deeds.delivering.handover import Handover
from solacefeed.deeds.delivering.policy import PolicyRefusals, Row
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import copies, editions, policy_refusals
from solacefeed.store.database import Store


class Shared(Protocol):
    """An edition in hand, as far as others have a part in it."""

    edition: Edition
    policy: PolicyRefusals
    #: Nothing more of it is to go.
    paused: bool
    #: How many this worker has taken up, and how many of them are in hand no more.
    claimed: int
    out: int


class OtherWorkers:
    """Those beside one worker; on SQLite there are none."""

    def __init__(self, store: Store, handover: Handover) -> None:
        self._store = store
        self._handover = handover
        self._are_possible = store.file is None
        #: How often somebody has looked who was deciding.
        self._looks = 0

    def hear(self, begun: Iterable[Shared]) -> None:
        """Of each of which something is in hand: that it is paused, and what the relay has refused of it and taken."""
        for each in begun if self._are_possible else ():
            if each.claimed > each.out:
                # Read before what no answer may come into the midst of: no connection waits for it.
                looks = self._looks
                with self._store.read() as connection:
                    refused = policy_refusals.by_domain(connection, each.edition.id)
                    taken = copies.count_taken(connection, each.edition.id) if refused else 0
                    goes_on, row = _state(connection, each)
                told = partial(self._tell_unless_looked, each, looks, goes_on=goes_on, row=row)
                self._handover.alone(told)
                self._handover.alone(partial(each.policy.hear, taken=taken, by_domain=refused))

    def _tell_unless_looked(self, of: Shared, looks: int, *, goes_on: bool, row: Row) -> None:
        # Who was deciding has read the row later than this was read.
        if looks == self._looks:
            _tell(of, goes_on=goes_on, row=row)

    def look(self, at: Shared) -> None:
        """By whoever is deciding of it now: whether it is paused, and which refusals stand in a row."""
        if self._are_possible:
            self._looks += 1
            with self._store.read() as connection:
                goes_on, row = _state(connection, at)
            _tell(at, goes_on=goes_on, row=row)


def _state(connection: sa.Connection, of: Shared) -> tuple[bool, Row]:
    goes_on = editions.state_of(connection, of.edition.id) is EditionState.DELIVERING
    return goes_on, policy_refusals.in_row(connection, of.edition.id)


def _tell(of: Shared, *, goes_on: bool, row: Row) -> None:
    of.paused = of.paused or not goes_on
    of.policy.join(row)
