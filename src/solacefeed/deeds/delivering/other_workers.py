"""What other workers find out of the editions that this one has in hand: on PostgreSQL several deliver at once.

Asked once a second, and before it is decided what a refusal for a policy means: all that is written down counts for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Protocol

from solacefeed.deeds.delivering.handover import Handover
from solacefeed.deeds.delivering.policy import PolicyRefusals
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

    def hear(self, begun: Iterable[Shared]) -> None:
        """Of each of which something is in hand: that it is paused, and what the relay has refused of it and taken."""
        for each in begun if self._are_possible else ():
            if each.claimed > each.out:
                with self._store.read() as connection:
                    refused = policy_refusals.by_domain(connection, each.edition.id)
                    taken = copies.count_taken(connection, each.edition.id) if refused else 0
                self._handover.alone(partial(self._tell, each))
                self._handover.alone(partial(each.policy.hear, taken=taken, by_domain=refused))

    def look(self, at: Shared) -> None:
        """By whoever is deciding of it now: whether it is paused, and which refusals stand in a row."""
        if self._are_possible:
            self._tell(at)

    def _tell(self, of: Shared) -> None:
        with self._store.read() as connection:
            goes_on = editions.state_of(connection, of.edition.id) is EditionState.DELIVERING
            of.paused = of.paused or not goes_on
            row = policy_refusals.in_row(connection, of.edition.id)
        of.policy.join(row)
