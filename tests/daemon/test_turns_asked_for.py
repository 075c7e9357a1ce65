"""Another turn is asked for while this one goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, cast

from solacefeed.app import App
from solacefeed.daemon.queue import JobQueue
from solacefeed.daemon.turns import Turns
from solacefeed.deeds.delivering.outcome import DeliverResult
from solacefeed.delivery.event_loop import EventLoop
from solacefeed.logs import Log
from solacefeed.store.database import Store
from tests.deeds.crossing import BOUND


class SlowQueue:
    """One whose database answers when the other connections have gone on."""

    def __init__(self) -> None:
        self.others_went_on = Event()
        self.put: list[tuple[str, bool]] = []

    def put_edition(self, edition_id: str) -> None:
        self.put.append((edition_id, self.others_went_on.wait(BOUND)))


class TwoConnections:
    """Hands over a copy on one of them, and then one on the other."""

    def __init__(self, queue: SlowQueue) -> None:
        self.mail = self
        self._queue = queue

    def deliver(self, _store: object, on_copy: Callable[[], object], *_: object) -> DeliverResult:
        loop, is_through = EventLoop("connections"), Event()

        def first() -> None:
            loop.begin(self._queue.others_went_on.set)
            on_copy()
            is_through.set()

        loop.begin(first)
        assert is_through.wait(2 * BOUND)
        loop.close()
        return DeliverResult(accepted=1)


class NoLog:
    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def test_no_connection_waits_while_another_turn_at_the_edition_is_put_into_the_queue() -> None:
    queue = SlowQueue()

    @contextmanager
    def lend() -> Iterator[tuple[App, Store] | None]:
        yield cast(App, TwoConnections(queue)), cast(Any, None)

    turns = Turns(lend, cast(JobQueue, queue), cast(Log, NoLog()), stop=lambda: False, hurries=lambda: False)
    turns.edition("weekly/2026-11-23")
    assert queue.put == [("weekly/2026-11-23", True)]
