"""ping: tells the hub of what was published, so that readers who asked it have a new post at once.

It comes after the files are live, and holds nothing up: what does not work now is tried again, ever more rarely, and
given up after a day, when every reader has polled by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta

from solacefeed.deeds.execution import beside
from solacefeed.errors import in_a_line, is_a_bug
from solacefeed.ports import Clock
from solacefeed.store import pings
from solacefeed.store.database import Store

_log = logging.getLogger(__name__)

#: After each attempt that did not work; after the last, it is given up.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))


#: Tells the hub of one document.
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PingResult:
    told: int
    #: Why the others wait.
    trouble: str | None = None


def tell_hub(store: Store, clock: Clock, connected: Callable[[], AbstractContextManager[Tell]]) -> PingResult:
    """Tells the hub, *connected* to it, as ``ping`` does; what does not work beside that is written down, and told."""
    done = PingResult(told=0)

    def work() -> None:
        nonlocal done
        with connected() as tell:
            done = ping(store, clock, tell)

    trouble = beside(store, clock, "ping", work)
    return done if trouble is None else replace(done, trouble=trouble)


def ping(store: Store, clock: Clock, tell: Tell) -> PingResult:
    """Tells the hub, by *tell*, of every document that it is due to be told of; never raises for the hub's sake."""
    now = clock()
    with store.read() as connection:
        due = pings.due(connection, now)
    told: list[str] = []
    for each in due:
        try:
            tell(each.topic)
        except Exception as error:
            # The others would fare no better: it is one hub.
            trouble = in_a_line(error)
            _log.info(
                "the hub could not be told of %d documents: %s", len(due) - len(told), trouble, exc_info=is_a_bug(error)
            )
            _put_off(store, clock, due[len(told) :], trouble)
            return PingResult(told=len(told), trouble=trouble)
        told.append(each.topic)
        with store.write() as connection:
            pings.told(connection, [each.topic])
    return PingResult(told=len(told))


def _put_off(store: Store, clock: Clock, rest: list[pings.Ping], trouble: str) -> None:
    hopeless = [each.topic for each in rest if each.attempts >= len(WAITS)]
    with store.write() as connection:
        pings.told(connection, hopeless)
        for attempts, wait in enumerate(WAITS):
            topics = [each.topic for each in rest if each.attempts == attempts]
            if topics:
                pings.later(connection, topics, at=clock() + wait, trouble=trouble)
