"""Several connections at once: all that is put is served once or given back, and a dead relay costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Event, Lock, Semaphore, Thread
from types import TracebackType
from typing import Self

import pytest

from solacefeed.delivery.event_loop import Apart
from solacefeed.delivery.pool import Ahead, Pool
from solacefeed.errors import Deferred, SenderRefused, TransportError
from solacefeed.models.deliveries import Message
from solacefeed.ports import Transport, nothing_follows
from tests.support.fakes import Killed

DEAD = Deferred("connection refused", connection_lost=True)


class Line:
    """A connection to a relay that does as the test says."""

    def __init__(self, relay: LineMaker) -> None:
        self._relay = relay
        self.broken = Event()

    def __enter__(self) -> Self:
        self._relay.count(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._relay.count(-1)

    def connect(self) -> None:
        self._relay.asked += 1
        if trouble := self._relay.at_connect():
            raise trouble

    def hand_over(
        self, message: Message, mark: Callable[[], bool], following: Callable[[], Message | None] = nothing_follows
    ) -> str:
        raise AssertionError(f"the items of these tests are no mails: {message}, {mark}, {following}")

    def break_off(self) -> None:
        self.broken.set()


class LineMaker:
    def __init__(self, at_connect: Callable[[], TransportError | None] = lambda: None) -> None:
        self.at_connect = at_connect
        self.asked = self.made = self.open = 0
        self._lock = Lock()

    def __call__(self) -> Line:
        self.made += 1
        return Line(self)

    def count(self, number: int) -> None:
        with self._lock:
            self.open += number


class Served:
    """What came to be served, in its order, over all connections."""

    def __init__(self, then: Callable[[Transport, str, Ahead[str]], object] = lambda *_: None) -> None:
        self.items: list[str] = []
        self._then = then

    def __call__(self, transport: Transport, item: str, ahead: Ahead[str]) -> None:
        self.items.append(item)
        self._then(transport, item, ahead)


def a_pool(lines: LineMaker, served: Served, connections: int = 1) -> Pool[str]:
    return Pool(lines, served, connections=connections)


def put_all(pool: Pool[str], *items: str) -> None:
    for item in items:
        assert pool.put([item], within=10) == 1


def test_all_that_is_put_is_served_once_in_its_order_over_one_connection() -> None:
    lines, served = LineMaker(), Served()
    pool = a_pool(lines, served)
    names = [f"reader{number}" for number in range(40)]
    put_all(pool, *names)
    assert pool.wait_until_idle(10)
    pool.close()
    assert served.items == names
    assert lines.made == 1


def test_connections_are_at_work_at_the_same_time() -> None:
    together = Barrier(4, timeout=10)
    served = Served(lambda *_: Apart(together.wait).wait())
    lines = LineMaker()
    pool = a_pool(lines, served, connections=4)
    put_all(pool, *"abcdefgh")
    assert pool.wait_until_idle(10)
    pool.close()
    assert sorted(served.items) == list("abcdefgh")
    assert lines.made == 4


@pytest.mark.more
def test_no_more_connections_are_made_than_there_is_work() -> None:
    lines, served = LineMaker(), Served()
    pool = a_pool(lines, served, connections=20)
    put_all(pool, "a", "b")
    assert pool.wait_until_idle(10)
    pool.close()
    assert lines.made <= 2


def test_what_is_urgent_goes_before_what_waits() -> None:
    begun, go = Event(), Event()

    def hold(*_: object) -> None:
        begun.set()
        assert go.wait(10)

    served = Served(hold)
    pool = a_pool(LineMaker(), served)
    put_all(pool, "a")
    assert begun.wait(10)
    put_all(pool, "b", "c")
    assert pool.put(["letter"], urgent=True, within=10)
    go.set()
    assert pool.wait_until_idle(10)
    pool.close()
    assert served.items == ["a", "letter", "b", "c"]


def test_what_is_taken_ahead_is_served_next_by_the_same_connection() -> None:
    taken: list[tuple[str, str | None]] = []
    served = Served(lambda _, item, ahead: taken.append((item, ahead())))
    start = Event()

    def at_connect() -> None:
        assert start.wait(10)

    pool = a_pool(LineMaker(at_connect), served)
    put_all(pool, "a", "b", "c")
    start.set()
    assert pool.wait_until_idle(10)
    pool.close()
    assert taken == [("a", "b"), ("b", "c"), ("c", None)]


def test_so_much_waits_and_no_more() -> None:
    go = Event()
    pool = a_pool(LineMaker(), Served(lambda *_: go.wait(10)))
    put = 0
    while pool.put(["x"], within=0.01):
        put += 1
        assert put < 100
    go.set()
    assert pool.put(["y"], within=10) == 1
    assert pool.wait_until_idle(10)
    pool.close()


@pytest.mark.more
def test_of_many_as_much_waits_as_there_is_room_for_and_all_connections_have_work_by_it() -> None:
    go, lines = Event(), LineMaker()
    served = Served(lambda *_: Apart(lambda: go.wait(10)).wait())
    pool = a_pool(lines, served, connections=3)
    items = [f"{number:03}" for number in range(500)]
    put = pool.put(items, within=10)
    assert 0 < put < len(items)
    go.set()
    while put < len(items):
        put += pool.put(items[put:], within=10)
    assert pool.wait_until_idle(10)
    pool.close()
    assert lines.made == 3
    assert sorted(served.items) == items


@pytest.mark.more
@pytest.mark.parametrize("connections", [3, 4])
def test_who_waits_for_room_hears_of_it_when_half_of_it_is_free(connections: int) -> None:
    """Whoever were told only when nothing is left to take would keep all connections waiting for work."""
    turns = Semaphore(0)
    pool = a_pool(LineMaker(), Served(lambda *_: Apart(turns.acquire).wait()), connections=connections)
    put = 0
    while pool.put(["x"], within=0.05):
        put += 1
    waiting = Thread(target=pool.put, args=(["y"],), kwargs={"within": 10})
    waiting.start()
    for _ in range(put // 2 + 5):
        turns.release()
    waiting.join(5)
    came = not waiting.is_alive()
    for _ in range(put):
        turns.release()
    waiting.join(10)
    assert came
    assert pool.wait_until_idle(10)
    pool.close()


# -- a relay that is not there -----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [DEAD, SenderRefused("535 5.7.8 no such login")])
@pytest.mark.parametrize("connections", [1, 4])
def test_a_relay_that_can_not_be_reached_leaves_all_of_it_untaken(error: TransportError, connections: int) -> None:
    served = Served()
    pool = a_pool(LineMaker(lambda: error), served, connections)
    put_all(pool, "a", "b", "c")
    assert pool.wait_until_idle(10)
    assert pool.unreachable is error
    assert pool.take_back() == ["a", "b", "c"]
    pool.close()
    assert served.items == []


def test_after_that_it_is_tried_again_with_the_next_that_is_put() -> None:
    answers: list[TransportError | None] = [DEAD, None]
    served = Served()
    pool = a_pool(LineMaker(lambda: answers.pop(0)), served)
    put_all(pool, "a")
    assert pool.wait_until_idle(10)
    assert pool.take_back() == ["a"]
    put_all(pool, "a")
    assert pool.wait_until_idle(10)
    pool.close()
    assert served.items == ["a"]


def test_a_relay_that_takes_few_connections_is_served_by_those() -> None:
    lock, come = Lock(), iter([None, DEAD, DEAD])
    first = Event()

    def at_connect() -> TransportError | None:
        with lock:
            return None if first.is_set() and lines.open == 1 else next(come, None)

    served = Served(lambda *_: first.set())
    lines = LineMaker(at_connect)
    pool = a_pool(lines, served, connections=3)
    names = [f"reader{number}" for number in range(20)]
    put_all(pool, *names)
    assert pool.wait_until_idle(10)
    pool.close()
    assert sorted(served.items) == sorted(names)


def test_what_was_taken_ahead_waits_again_where_the_connection_is_lost_and_does_not_come_back() -> None:
    answers: list[TransportError | None] = [None, DEAD]
    start = Event()

    def at_connect() -> TransportError | None:
        assert start.wait(10)
        return answers.pop(0)

    served = Served(lambda _transport, _item, ahead: ahead())
    pool = a_pool(LineMaker(at_connect), served)
    put_all(pool, "a", "b", "c")
    start.set()
    assert pool.wait_until_idle(10)
    assert served.items == ["a"]
    assert pool.take_back() == ["b", "c"]
    pool.close()


# -- its end ------------------------------------------------------------------------------------------------


def test_what_is_in_hand_at_the_end_is_finished_and_the_rest_given_back() -> None:
    begun, go = Event(), Event()

    def hold(*_: object) -> None:
        begun.set()
        assert go.wait(10)

    served = Served(hold)
    lines = LineMaker()
    pool = a_pool(lines, served)
    put_all(pool, "a", "b")
    assert begun.wait(10)

    def hurries() -> bool:
        go.set()
        return False

    pool.close(hurries)
    assert served.items == ["a"]
    assert pool.take_back() == ["b"]


def test_who_waits_for_the_relay_at_the_end_is_cut_off_when_it_hurries() -> None:
    begun = Event()

    def wait(transport: Transport, *_: object) -> None:
        begun.set()
        assert isinstance(transport, Line)
        assert transport.broken.wait(10)

    pool = a_pool(LineMaker(), Served(wait))
    put_all(pool, "a")
    assert begun.wait(10)
    pool.close(hurries=lambda: True)


@pytest.mark.parametrize("end", [Killed(), ValueError("a bug")])
def test_what_goes_wrong_over_one_connection_is_raised_where_the_pool_is_used(end: BaseException) -> None:
    def fail(*_: object) -> None:
        raise end

    served = Served(fail)
    pool = a_pool(LineMaker(), served, connections=2)
    put_all(pool, "a")
    with pytest.raises(type(end)):
        pool.wait_until_idle(10)
    with pytest.raises(type(end)):
        pool.close()


def test_what_goes_wrong_is_raised_before_nothing_is_in_hand_however_long_the_connection_takes_to_end() -> None:
    may_end = Event()

    class SlowToEnd(LineMaker):
        def count(self, number: int) -> None:
            assert number > 0 or may_end.wait(10)
            super().count(number)

    def fail(*_: object) -> None:
        raise Killed

    pool = a_pool(SlowToEnd(), Served(fail))
    put_all(pool, "a")
    with pytest.raises(Killed):
        pool.wait_until_idle(10)
    may_end.set()
    with pytest.raises(Killed):
        pool.close()


def test_a_pool_without_work_makes_no_connection() -> None:
    lines = LineMaker()
    a_pool(lines, Served()).close()
    assert lines.made == 0


def test_what_was_taken_ahead_waits_again_where_a_connection_fails_by_a_bug() -> None:
    def at_connect() -> TransportError | None:
        if lines.asked == 2:
            raise ValueError("a bug")
        return None

    lines = LineMaker(at_connect)
    both_wait, is_taken = Event(), Event()

    def then(_transport: Transport, _item: str, ahead: Ahead[str]) -> None:
        Apart(lambda: both_wait.wait(10)).wait()
        assert ahead() == "b"
        is_taken.set()

    served = Served(then)
    pool = a_pool(lines, served)
    put_all(pool, "a", "b")
    both_wait.set()
    assert is_taken.wait(10)
    with pytest.raises(ValueError, match="a bug"):
        pool.close()
    assert served.items == ["a"]
    assert pool.take_back() == ["b"]


def test_what_was_put_is_served_by_another_where_the_connection_that_it_woke_does_not_come_about() -> None:
    together, begun = Barrier(2, timeout=10), Event()

    def at_connect() -> TransportError | None:
        # Of two that wait for work the one that is woken finds that the relay has hung up, and lets it in no more.
        return DEAD if begun.is_set() and lines.asked == asked + 1 else None

    lines = LineMaker(at_connect)
    served = Served(lambda *_: None if begun.is_set() else Apart(together.wait).wait())
    pool = a_pool(lines, served, connections=2)
    put_all(pool, "a", "b")
    assert pool.wait_until_idle(10)
    asked = lines.asked
    begun.set()
    put_all(pool, "c")
    assert pool.wait_until_idle(10)
    pool.close()
    assert sorted(served.items) == ["a", "b", "c"]
    assert lines.asked == asked + 2
