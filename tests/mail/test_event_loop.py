"""Many tasks in one thread: each waits as in a thread of its own, and the others go on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from socket import socket, socketpair
from threading import Event, Thread, get_ident
from time import monotonic

import pytest

from solacefeed.delivery.event_loop import Apart, EventLoop, Signal, Wire


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    loop = EventLoop("under test")
    yield loop
    loop.close()


@pytest.fixture
def wires() -> Iterator[tuple[socket, socket]]:
    near, far = socketpair()
    near.setblocking(False)
    with near, far:
        yield near, far


def done(loop: EventLoop, *works: Callable[[], object]) -> list[object]:
    """What each of them comes to, begun one after the other: what it returns or raises."""
    told: list[tuple[int, object]] = []
    ended = [Event() for _ in works]

    def do(number: int) -> None:
        try:
            told.append((number, works[number]()))
        except Exception as error:
            told.append((number, error))
        ended[number].set()

    for number in range(len(works)):
        loop.begin(lambda number=number: do(number))  # type: ignore[misc]
    assert all(each.wait(10) for each in ended)
    return [result for _, result in sorted(told, key=lambda each: each[0])]


def soon(seconds: float = 10.0) -> float:
    return monotonic() + seconds


def test_while_one_waits_for_its_wire_another_writes_to_it(loop: EventLoop, wires: tuple[socket, socket]) -> None:
    near, far = wires

    def read() -> bytes:
        Wire(near).await_news(soon())
        return near.recv(10)

    assert done(loop, read, lambda: far.send(b"hello")) == [b"hello", 5]


def test_all_of_them_are_done_by_one_thread(loop: EventLoop) -> None:
    assert len(set(done(loop, get_ident, get_ident, get_ident))) == 1


@pytest.mark.parametrize("in_loop", [True, False])
def test_who_is_not_answered_in_time_is_told(loop: EventLoop, wires: tuple[socket, socket], in_loop: bool) -> None:
    def read() -> None:
        Wire(wires[0]).await_news(monotonic() + 0.01)

    if in_loop:
        (error,) = done(loop, read)
        assert isinstance(error, TimeoutError)
    else:
        with pytest.raises(TimeoutError):
            read()


def test_who_was_answered_is_heard_however_late_the_loop_looks(loop: EventLoop, wires: tuple[socket, socket]) -> None:
    near, far = wires

    def read() -> bytes:
        Wire(near).await_news(monotonic() + 0.05)
        return near.recv(10)

    def hold_up_all() -> None:
        far.send(b"hello")
        far.recv(1)

    release = Thread(target=lambda: (Event().wait(0.1), near.send(b"x")))
    release.start()
    assert done(loop, read, hold_up_all)[0] == b"hello"
    release.join()


def test_who_was_answered_while_another_kept_all_waiting_beyond_their_time_is_heard(
    loop: EventLoop, wires: tuple[socket, socket]
) -> None:
    near, far = wires
    bell, button = socketpair()
    bell.setblocking(False)
    until: list[float] = []

    def keep_all_waiting() -> None:
        Wire(bell).await_news(soon())
        while monotonic() <= until[0]:
            """As a store does that another program holds."""
        far.send(b"hello")

    def read() -> bytes:
        until.append(monotonic() + 0.05)
        # Whoever keeps them waiting is told before this one's time is over, and is at it when it is.
        button.send(b"!")
        Wire(near).await_news(until[0])
        return near.recv(10)

    with bell, button:
        assert done(loop, keep_all_waiting, read)[1] == b"hello"


@pytest.mark.parametrize("said", [b"", b"421 go away", None])
def test_who_waited_for_something_else_knows_what_has_come_meanwhile_and_need_not_ask(
    loop: EventLoop, wires: tuple[socket, socket], said: bytes | None
) -> None:
    near, far = wires
    marks: list[Signal[None]] = []
    is_waiting = Event()

    def mark() -> bool:
        wire = Wire(near)
        wire.was_read()
        assert not wire.may_have_news
        marks.append(Signal())
        is_waiting.set()
        marks[0].wait()
        wire.leave()
        return wire.may_have_news

    def say() -> None:
        assert is_waiting.wait(10)
        if said is None:
            far.close()
        else:
            far.send(said)
        marks[0].tell(None)

    thread = Thread(target=say)
    thread.start()
    assert done(loop, mark) == [said != b""]
    thread.join()


def test_what_has_come_and_is_left_unread_is_told_once(loop: EventLoop, wires: tuple[socket, socket]) -> None:
    near, far = wires
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1

    def leave_unread() -> list[bool]:
        wire, clock = Wire(near), Wire(far)
        wire.was_read()
        clock.was_read()
        far.send(b"hello")
        for _ in range(3):
            # Each turn of the loop is one more in which it could be told of the same again.
            signal: Signal[None] = Signal()
            loop.call(count)
            loop.call(lambda signal=signal: signal.tell(None))  # type: ignore[misc]
            signal.wait()
        known = [wire.may_have_news, bool(wire.looked_at_for)]
        near.recv(10)
        wire.was_read()
        known += [wire.may_have_news, bool(wire.looked_at_for)]
        near.send(b"and you")
        clock.await_news(soon())
        wire.leave()
        clock.leave()
        return known

    assert done(loop, leave_unread) == [[True, False, False, True]]
    assert turns == 3


def test_who_waits_for_room_goes_on_when_there_is_some_and_hears_what_came_then(
    loop: EventLoop, wires: tuple[socket, socket]
) -> None:
    near, far = wires
    far.setblocking(False)

    def write() -> bool:
        wire = Wire(near)
        wire.was_read()
        while True:
            try:
                near.send(bytes(65536))
            except BlockingIOError:
                break
        far.send(b"hello")
        loop.call(empty)
        wire.await_room(soon())
        near.send(b"x")
        wire.was_read()
        wire.await_news(soon())
        wire.leave()
        return near.recv(10) == b"hello"

    def empty() -> None:
        try:
            while far.recv(1 << 20):
                pass
        except BlockingIOError:
            pass

    assert done(loop, write) == [True]


def test_a_signal_of_another_thread_lets_a_task_go_on_and_its_error_is_raised(loop: EventLoop) -> None:
    made: list[Signal[str]] = []
    is_made = Event()

    def wait() -> str:
        made.append(Signal())
        is_made.set()
        return made[-1].wait()

    def tell() -> None:
        assert is_made.wait(10)
        made[0].tell("ann")

    thread = Thread(target=tell)
    thread.start()
    assert done(loop, wait) == ["ann"]
    thread.join()

    def fail() -> None:
        made[1].fail(ValueError("a bug"))

    error, _ = done(loop, wait, fail)
    assert isinstance(error, ValueError)


def test_what_keeps_its_thread_waiting_is_done_apart(loop: EventLoop) -> None:
    go = Event()

    def long() -> int:
        def wait() -> int:
            assert go.wait(10)
            return get_ident()

        return Apart(wait).wait()

    theirs, _ = done(loop, long, go.set)
    assert [theirs] != done(loop, get_ident)


def test_what_fails_apart_is_raised_in_its_task(loop: EventLoop) -> None:
    def fail() -> None:
        raise ValueError("a bug")

    (error,) = done(loop, lambda: Apart(fail).wait())
    assert isinstance(error, ValueError)


def test_after_its_end_the_thread_is_gone_and_without_work_there_was_none() -> None:
    loop = EventLoop("under test")
    done(loop, lambda: None)
    thread = loop._thread
    assert thread is not None
    loop.close()
    thread.join(10)
    assert not thread.is_alive()
    idle = EventLoop("idle")
    idle.close()
    assert idle._thread is None
