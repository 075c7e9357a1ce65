"""What others find out and decide of the editions that a worker has in hand: on PostgreSQL several deliver at once.

Asked once a second, and before it is decided what a refusal for a policy means: all that is written down counts for it.
That an edition is paused holds from that moment on, for the mark itself asks it (``store.wanted_copies``); what is read
here spares the rest of a batch the way to its mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Protocol

import sqlalchemy as sa

from solacefeed.deeds.delivering.policy import AnsweredCopies, PolicyRefusals, Row, answered
from solacefeed.errors import StoreError
from solacefeed.models.editions import Edition, EditionState
from solacefeed.store import editions, policy_refusals
from solacefeed.store.database import Store
from solacefeed.store.locks import DELIVER, is_awaited


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
    #: The refusals in a row.
    row: Row


#: Does what no answer may come into the midst of.
Alone = Callable[[Callable[[], object]], object]


class OtherWorkers:
    """Those beside one worker; on SQLite none deliver, but others decide."""

    def __init__(self, store: Store, alone: Alone) -> None:
        self._store = store
        self._alone = alone
        self.are_possible = store.file is None
        #: By whoever reads how an edition stands: one after the other, so that a later look knows more.
        self._reading = Lock()
        self._looks = 0
        #: Of each edition the last look that was told of.
        self._told: dict[str, int] = {}

    def hear(self, begun: Iterable[Shared]) -> None:
        """Of each of which something is in hand: that it is paused, and what the relay has refused of it and taken.

        Read while answers go on coming in; of what is older than what was looked up for one of them, nothing is told.
        What is far from a share that would pause it is counted, and not read.
        """
        for each in begun:
            if each.claimed > each.out and not self.are_possible:
                self.notice(each)
            elif each.claimed > each.out:
                tell = self.look(each)
                with self._store.read() as connection:
                    written = policy_refusals.count(connection, each.edition.id)
                    matters = written > 0 and each.policy.may_be_many(written)
                    heard = answered(connection, each.edition.id) if matters else None
                self._alone(partial(self._hear, each, tell, heard))

    def are_to_end(self) -> bool:
        """Whether somebody waits until nobody delivers, as who erases a person does: nothing more is to be taken up."""
        if not self.are_possible:
            return False
        with self._store.read_at_once() as connection:
            return is_awaited(connection, DELIVER)

    def notice(self, of: Shared) -> None:
        """Whether it goes on, whoever decides that; where it can't be read, the next look tells."""
        with suppress(StoreError), self._store.read_at_once() as connection:
            of.paused = of.paused or not _goes_on(connection, of.edition.id)

    def look(self, at: Shared) -> Callable[[], None]:
        """Reads whether it is paused, and which refusals stand in a row; what it returns tells that, and is quick.

        That is called by whoever decides alone, so that no answer waits for the database.
        """
        with self._reading:
            self._looks += 1
            look = self._looks
            with self._store.read() as connection:
                standing = _standing(connection, at.edition.id)
        return partial(self._tell, at, standing, look)

    def _hear(self, of: Shared, tell: Callable[[], None], heard: AnsweredCopies | None) -> None:
        tell()
        if heard is not None:
            of.policy.hear(heard)

    def _tell(self, of: Shared, standing: _Standing, look: int) -> None:
        if look < self._told.get(of.edition.id, 0):
            return
        self._told[of.edition.id] = look
        of.paused = of.paused or not standing.goes_on
        of.policy.join(standing.row)


def _standing(connection: sa.Connection, edition_id: str) -> _Standing:
    return _Standing(
        goes_on=_goes_on(connection, edition_id),
        row=policy_refusals.in_row(connection, edition_id),
    )


def _goes_on(connection: sa.Connection, edition_id: str) -> bool:
    return editions.state_of(connection, edition_id) is EditionState.DELIVERING
