"""Counts who fetches documents from our own server: noted in memory, written now and then by a thread of its own.

A request waits for none of it. What is noted holds addresses, for a minute as a rule; what can't be written waits in
memory, and no longer than to the end of the next day.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from solacefeed.errors import StoreError
from solacefeed.ports import Clock
from solacefeed.readership.counting import Fetch
from solacefeed.readership.user_agents import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger(__name__)

#: How often what was noted is written.
EVERY: Final = timedelta(minutes=1)
#: Different fetches that are noted; what comes on top of them, until they are written, is not counted.
MOST: Final = 20_000
#: What wakes the writer before its time.
_MANY: Final = MOST // 4
#: What waits for a store that can't be written is of today or yesterday.
_WAITS: Final = timedelta(days=1)


class ReaderCounting:
    """Hands over to *write* what was noted; to be used as a context, in which it is written now and then."""

    def __init__(self, clock: Clock, write: Callable[[Collection[Fetch]], None], *, most: int = MOST) -> None:
        self._clock = clock
        self._write = write
        self._most = most
        self._noted: set[Fetch] = set()
        self._noting = threading.Lock()
        self._wake = threading.Event()
        self._ends = False

    def note(self, path: str, address: str, user_agent: str) -> None:
        """Notes that the document at *path*, below the folder, was given to a client."""
        fetch = Fetch(self._clock().astimezone(UTC).date(), path, address, user_agent[:LONGEST])
        with self._noting:
            before = len(self._noted)
            if before < self._most:
                self._noted.add(fetch)
            # Once: what can't be written is not tried again at each request.
            becomes_many = before < _MANY <= len(self._noted)
        if becomes_many:
            self._wake.set()

    def write(self) -> None:
        """Writes what was noted; what can't be written is tried again."""
        with self._noting:
            noted, self._noted = self._noted, set()
        if not noted:
            return
        try:
            self._write(noted)
        except StoreError as error:
            _log.warning("who fetches documents is not counted for now: %s", error)
            self._note_again(noted)

    def _note_again(self, noted: Iterable[Fetch]) -> None:
        oldest = self._clock().astimezone(UTC).date() - _WAITS
        with self._noting:
            kept = [fetch for fetch in sorted(noted) if fetch.day >= oldest]
            self._noted.update(kept[: max(0, self._most - len(self._noted))])

    @contextmanager
    def writing(self) -> Iterator[ReaderCounting]:
        """Writes while the context lasts, and what is left at its end."""
        thread = threading.Thread(target=self._go_on, name="reader-counts")
        thread.start()
        try:
            yield self
        finally:
            self._ends = True
            self._wake.set()
            thread.join()
            self.write()

    def _go_on(self) -> None:
        while not self._ends:
            self._wake.wait(EVERY.total_seconds())
            self._wake.clear()
            if not self._ends:
                self.write()
