"""The fence of a publish: of two that are under way at once, the one whose turn is over writes nothing more.

A lock keeps a second publish away as long as it holds; one whose connection ended, or whose file was removed, does not.
So each publish takes a number in the store before it writes, and each of its transactions asks whether that number is
still the newest. One that is overtaken ends with an error. What it had written beside the newer one's documents nobody
can tell, so that it leaves word that the next publish makes everything anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa

from solacefeed.errors import PublishError
from solacefeed.store import facts
from solacefeed.store.database import Store

#: The number of the newest publish that had something to write.
TURN: Final = "feeds_turn"
#: How many publishes were overtaken, and how many of them the last publish knew of.
OVERTAKEN: Final = "feeds_overtaken"
OVERTAKEN_KNOWN: Final = "feeds_overtaken_known"

_NONE: Final = "0"


class Overtaken(PublishError):
    """Another publish has begun since this one did."""


class Fence:
    """Of one publish, which *turn* in the store was read with its plan."""

    def __init__(self, turn: str) -> None:
        self._turn = turn

    def begin(self, connection: sa.Connection) -> None:
        """Takes the next number; raises ``Overtaken`` where another has taken it since the plan was made."""
        facts.put(connection, TURN, _NONE, for_good=True)
        following = str(int(self._turn) + 1)
        if not facts.exchange(connection, TURN, self._turn, following):
            raise _overtaken()
        self._turn = following

    def holds(self, connection: sa.Connection) -> bool:
        """Whether no other has begun."""
        return turn(connection) == self._turn

    def ask(self, connection: sa.Connection) -> None:
        """Raises ``Overtaken`` where another has begun; until this transaction ends, none does.

        In one that only reads, another may begin at once.
        """
        if not connection.get_execution_options().get("writes"):
            mine = self.holds(connection)
        else:
            if self._turn == _NONE:
                facts.put(connection, TURN, _NONE, for_good=True)
            mine = facts.exchange(connection, TURN, self._turn, self._turn)
        if not mine:
            raise _overtaken()


def turn(connection: sa.Connection) -> str:
    return facts.read(connection, TURN) or _NONE


def overtaken(connection: sa.Connection) -> str:
    """How many publishes were overtaken so far."""
    return facts.read(connection, OVERTAKEN) or _NONE


def was_overtaken(connection: sa.Connection) -> bool:
    """Whether one was, of which the last publish knew nothing."""
    return overtaken(connection) != (facts.read(connection, OVERTAKEN_KNOWN) or _NONE)


def mark(known: str) -> dict[str, str]:
    """What a publish that knew of so many leaves; a store in which there was never one is as it always was."""
    return {} if known == _NONE else {OVERTAKEN_KNOWN: known}


@contextmanager
def telling(store: Store, fence: Fence) -> Iterator[None]:
    """Where this publish is overtaken, the next one makes everything anew; also where its drafts were cleared by then.

    Raises ``Overtaken`` for whatever went wrong then.
    """
    try:
        yield
    except Exception as error:
        with store.read() as connection:
            if fence.holds(connection):
                raise
        with store.write() as connection:
            facts.put(connection, OVERTAKEN, _NONE, for_good=True)
            facts.count_up(connection, OVERTAKEN)
        raise _overtaken() from error


def _overtaken() -> Overtaken:
    return Overtaken(
        "this publish lost its lock, and another one began meanwhile: it writes nothing more, "
        "and the next publish makes everything anew"
    )
