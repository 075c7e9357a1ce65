"""What other workers find out of the editions that this one has in hand: on PostgreSQL several deliver at once.

Asked once a second, and before it is decided what a refusal for a policy means: all that is written down counts for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

import sqlalchemy as sa

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """How an edition stands in the store."""

    goes_on: bool
    #: The refusals in a row, each with when it was.
    row: Mapping[int, datetime]


class OtherWorkers:
    """Those beside one worker; on SQLite there are none."""

    def __init__(self, store: Store, handover: Handover) -> None:
        self._store = store
        self._handover = handover
        self._are_possible = store.file is None
        #: How often it was told how an edition stands.
        self._told = 0

    def hear(self, begun: Iterable[Shared]) -> None:
        """Of each of which something is in hand: that it is paused, and what the relay has refused of it and taken.

        Read while answers go on coming in; of what is older than what was looked up for one of them, nothing is told.
        """
        for each in begun if self._are_possible else ():
            if each.claimed > each.out:
                told = self._told
                with self._store.read() as connection:
                    standing = _standing(connection, each.edition.id)
                    refused = policy_refusals.by_domain(connection, each.edition.id)
                    taken = copies.count_taken(connection, each.edition.id) if refused else 0
                self._handover.alone(partial(self._hear, each, standing, told, taken, refused))

    def look(self, at: Shared) -> None:
        """By whoever is deciding of it now: whether it is paused, and which refusals stand in a row."""
        if self._are_possible:
            with self._store.read() as connection:
                standing = _standing(connection, at.edition.id)
            self._tell(at, standing)

    def _hear(self, of: Shared, standing: _Standing, told: int, taken: int, refused: Counter[str]) -> None:
        if told == self._told:
            self._tell(of, standing)
        of.policy.hear(taken=taken, by_domain=refused)

    def _tell(self, of: Shared, standing: _Standing) -> None:
        self._told += 1
        of.paused = of.paused or not standing.goes_on
        of.policy.join(standing.row)


def _standing(connection: sa.Connection, edition_id: str) -> _Standing:
    return _Standing(
        goes_on=editions.state_of(connection, edition_id) is EditionState.DELIVERING,
        row=policy_refusals.in_row(connection, edition_id),
    )
