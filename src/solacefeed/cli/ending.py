"""How a command hands over mail: SIGTERM or Ctrl-C ends it after what is in hand, and then the command."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from solacefeed.daemon.ending import ENDS_WITHIN
from solacefeed.signals import ended_by_signals
from solacefeed.store.database import Store

#: Of what could not end in its time.
_LAST_WORDS = "solacefeed: broken off where it was; what was done before stays done, and the next one goes on"


@contextmanager
def ended_in_time(store: Store) -> Iterator[threading.Event]:
    """Set once it is to end: then nothing more is taken up. Whoever has said what became of it ends the command."""
    ending = threading.Event()
    store.lock_wait.end_with(ending.is_set)
    with ended_by_signals(ending, within=ENDS_WITHIN, last_words=_LAST_WORDS):
        yield ending
