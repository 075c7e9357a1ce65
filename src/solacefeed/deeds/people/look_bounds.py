"""What one look at a mailbox may take, which anybody can fill: so many mails, and so much of a processor.

The rest waits for the next look, which begins behind what this one has read. How much a single mail may take is bounded
where it is understood (``digest.received_mails``).
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from solacefeed.ports import Clock
from solacefeed.store import read_mails
from solacefeed.store.database import Store

T = TypeVar("T")

#: Mails that one look understands at most, and seconds of a processor from the first of them on.
MOST_MAILS = 1000
MOST_SECONDS = 20.0


class LookBounds:
    """Those of one look at one mailbox; *spent* says what this thread has had of a processor, in seconds."""

    def __init__(
        self, mails: int = MOST_MAILS, seconds: float = MOST_SECONDS, spent: Callable[[], float] = time.thread_time
    ) -> None:
        self._mails = mails
        self._seconds = seconds
        self._spent = spent
        #: Until when, by *spent*: what skips mails that were read before does not count, or none would ever be new.
        self._until: float | None = None
        #: Whether some were left to the next look.
        self.leaves = False

    def of(self, mails: Iterator[T]) -> Iterator[T]:
        """*mails* as far as the bounds let them be read."""
        for mail in mails:
            if self._until is None:
                self._until = self._spent() + self._seconds
            if self._mails <= 0 or self._spent() >= self._until:
                self.leave()
                return
            self._mails -= 1
            yield mail

    def leave(self) -> None:
        """More of them wait than this look reads."""
        self.leaves = True


#: Of whoever looks: those of a fresh look.
MakeBounds = Callable[[], LookBounds]


def boundless() -> LookBounds:
    """For whoever hands us mails, and waits until all of them are read."""
    return LookBounds(mails=sys.maxsize, seconds=math.inf)


def note_rest(store: Store, clock: Clock, mailbox: str, bounds: LookBounds) -> None:
    """Writes down, for ``status``, since when more waits in a mailbox than looks read; or that none does any more."""
    with store.read() as connection:
        was = read_mails.is_behind(connection, mailbox)
    if was != bounds.leaves:
        with store.write() as connection:
            read_mails.put_behind(connection, mailbox, clock() if bounds.leaves else None)
