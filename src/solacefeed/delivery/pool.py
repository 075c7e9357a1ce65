"""Several connections to the relay at once, in turns; what is put here is taken in its order as they are free.

A connection is made, or found to be alive still, before anything is taken for it: so a relay that is dead costs no
attempt of what waits. One that does not come about is done without as long as there is another, and is tried again
later; when there is none, all that waits is left for whoever put it here.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Lock
from time import monotonic
from typing import Generic, TypeVar

from solacefeed.delivery.event_loop import EventLoop, Signal
from solacefeed.delivery.refusals import without_addresses
from solacefeed.errors import TransportError
from solacefeed.ports import Transport

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: Of what waits, for each connection: enough that none of them waits for work.
_FOR_EACH = 25

#: Seconds between two looks whether to hurry.
_LOOK = 0.2

#: Seconds until one more connection is tried where the last one did not come about.
_REST = 30.0

#: Takes the next of what waits, if any, before the one in hand is done: its envelope may go with that one's dot.
Ahead = Callable[[], T | None]

#: Hands one over, and sees to what becomes of it; raises nothing that is on purpose.
Serve = Callable[[Transport, T, Ahead[T]], None]


class Pool(Generic[T]):
    """Up to *connections* at once, each with a transport of its own, begun as there is work for them.

    *serve* is what one of them does with one item: in the one thread in which all take turns. What it raises ends the
    pool, and is raised by whoever uses that.
    """

    def __init__(self, transport: Callable[[], Transport], serve: Serve[T], *, connections: int) -> None:
        self._transport = transport
        self._serve = serve
        self._most = connections
        self._loop = EventLoop("connections to the relay")
        #: Whoever puts work waits for room.
        self._state = Lock()
        self._room = Condition(self._state)
        self._urgent: deque[T] = deque()
        self._waiting: deque[T] = deque()
        self._connections: list[_Connection[T]] = []
        #: Those that wait for work.
        self._idle: deque[Signal[None]] = deque()
        #: Of items, what was taken; and of connections, who is busy with one.
        self._at_work = self._serving = 0
        self._resting_until = 0.0
        self._closing = False
        self._unreachable: TransportError | None = None
        self._failure: BaseException | None = None

    # -- for whoever has work ---------------------------------------------------------------------

    def put(self, items: Sequence[T], *, urgent: bool = False, within: float) -> int:
        """Lets the first of *items* wait for a connection, as many as there is room for within so many seconds.

        Returns how many these are. What is *urgent* goes before all that is not.
        """
        with self._state:
            queue = self._urgent if urgent else self._waiting
            if not self._room_in(queue):
                self._room.wait_for(lambda: self._room_in(queue) > 0, within)
            self._raise_failure()
            going = items[: self._room_in(queue)]
            queue.extend(going)
            for _ in going:
                if not self._see_to_connections():
                    break
            return len(going)

    def wait_until_idle(self, within: float) -> bool:
        """Whether, after *within* seconds at most, nothing waits that could be taken, and nothing is in hand."""
        with self._state:
            idle = self._room.wait_for(self._is_idle, within)
            self._raise_failure()
            return idle

    @property
    def unreachable(self) -> TransportError | None:
        """Why there is no connection, and none comes about; it ends with ``take_back``."""
        return self._unreachable

    @property
    def serving(self) -> int:
        """How many connections are busy."""
        return self._serving

    def take_back(self, which: Callable[[T], bool] = lambda _: True) -> list[T]:
        """What waits of *which*, which no connection takes any more then."""
        with self._state:
            found = [item for queue in (self._urgent, self._waiting) for item in queue if which(item)]
            for queue in (self._urgent, self._waiting):
                left = [item for item in queue if not which(item)]
                queue.clear()
                queue.extend(left)
            self._unreachable = None
            self._room.notify_all()
            return found

    def close(self, hurries: Callable[[], bool] = lambda: False) -> None:
        """Ends all connections, after what they have in hand; when *hurries* says so, they are cut off.

        Raises what *serve* has raised.
        """
        with self._state:
            self._closing = True
            self._wake_all()
            while self._at_work and not hurries():
                self._room.wait(timeout=_LOOK)
            for connection in self._connections if self._at_work else ():
                connection.break_off()
            # Who is still about to connect has nothing in hand, takes nothing, and ends by itself.
            self._room.wait_for(lambda: not self._at_work)
            self._loop.close()
            self._raise_failure()

    # -- with the state held ----------------------------------------------------------------------

    def _room_in(self, queue: deque[T]) -> int:
        """For how many; for all where nothing is served any more, so that whoever has them hears of it."""
        if self._failure is not None or self._unreachable is not None:
            return _FOR_EACH * self._most
        return _FOR_EACH * self._most - len(queue)

    def _is_idle(self) -> bool:
        if self._failure:
            return True
        nothing_waits = self._unreachable is not None or not (self._urgent or self._waiting)
        return nothing_waits and not self._at_work

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _see_to_connections(self) -> bool:
        """Work has come: one that waits for it takes it, or one more is made; false where there is neither."""
        if self._unreachable is not None:
            return False
        if self._idle:
            self._idle.popleft().tell(None)
            return True
        if self._closing or len(self._connections) == self._most or monotonic() < self._resting_until:
            return False
        if len(self._connections) - self._serving >= len(self._urgent) + len(self._waiting):
            return False
        connection = _Connection(self, self._transport())
        self._connections.append(connection)
        self._loop.begin(connection.run)
        return True

    def _wake_all(self) -> None:
        while self._idle:
            self._idle.popleft().tell(None)
        self._room.notify_all()

    # -- for the connections ----------------------------------------------------------------------

    def await_work(self) -> bool:
        """Waits until there is some; false when nothing is to be taken any more."""
        while True:
            with self._state:
                if self._is_over():
                    return False
                if self._urgent or self._waiting:
                    return True
                signal: Signal[None] = Signal()
                self._idle.append(signal)
            signal.wait()

    def _is_over(self) -> bool:
        return self._closing or self._failure is not None or self._unreachable is not None

    def take(self) -> T | None:
        """The next item, which is in hand from now on; ``None`` where others were faster."""
        with self._state:
            queue = self._urgent or self._waiting
            if not queue or self._is_over():
                return None
            item = queue.popleft()
            self._at_work += 1
            # Not for each that leaves: whoever waits for room is woken to put many.
            if len(self._waiting) == _FOR_EACH * self._most // 2 or not self._waiting or queue is self._urgent:
                self._room.notify_all()
            return item

    def done(self) -> None:
        """One that was served is in hand no more."""
        with self._state:
            self._serving -= 1
            self._at_work -= 1
            if not self._at_work:
                self._room.notify_all()

    def give_back(self, item: T) -> None:
        """Lets one that was taken wait again, before all others."""
        with self._state:
            self._at_work -= 1
            self._urgent.appendleft(item)
            if self._idle:
                self._idle.popleft().tell(None)
            self._room.notify_all()

    def serve(self, transport: Transport, item: T) -> T | None:
        """Has *item* handed over; returns what was taken ahead meanwhile."""
        taken: list[T] = []

        def ahead() -> T | None:
            if not taken and (following := self.take()) is not None:
                taken.append(following)
            return taken[0] if taken else None

        self._serving += 1
        try:
            self._serve(transport, item, ahead)
        except BaseException as error:
            # Before nothing is in hand any more: whoever waits for that is told.
            self.fail(error)
            for following in taken:
                self.give_back(following)
            raise
        finally:
            self.done()
        return taken[0] if taken else None

    def lose(self, connection: _Connection[T], error: TransportError) -> None:
        """*connection* does not come about."""
        with self._state:
            self._connections.remove(connection)
            self._resting_until = monotonic() + _REST
            if self._connections:
                _log.info("one connection less: %s", without_addresses(str(error)))
                # What woke this one is for another.
                self._wake_all()
            else:
                self._unreachable = error
                self._resting_until = 0.0
                self._wake_all()

    def fail(self, error: BaseException) -> None:
        with self._state:
            self._failure = self._failure or error
            self._wake_all()


class _Connection(Generic[T]):
    """One transport, and what is done over it."""

    def __init__(self, pool: Pool[T], transport: Transport) -> None:
        self._pool = pool
        self._transport = transport

    def break_off(self) -> None:
        self._transport.break_off()

    def run(self) -> None:
        try:
            with self._transport:
                self._work()
        except BaseException as error:
            self._pool.fail(error)

    def _work(self) -> None:
        following: T | None = None
        while following is not None or self._pool.await_work():
            try:
                self._transport.connect()
            except TransportError as error:
                self._give_back(following)
                self._pool.lose(self, error)
                return
            except BaseException as error:
                # Before nothing is in hand any more: whoever waits for that is told.
                self._pool.fail(error)
                self._give_back(following)
                return
            item = following or self._pool.take()
            following = None if item is None else self._pool.serve(self._transport, item)

    def _give_back(self, following: T | None) -> None:
        if following is not None:
            self._pool.give_back(following)
