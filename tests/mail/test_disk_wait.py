"""What waits for the disk is done beside a loop: its task alone waits for that, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, current_thread

import pytest

from solacefeed.delivery.disk_wait import Beside
from solacefeed.delivery.event_loop import EventLoop

LOOP, BESIDE = "connections", "commits"


@pytest.fixture
def loop() -> Iterator[EventLoop]:
    loop = EventLoop(LOOP)
    yield loop
    loop.close()


@pytest.fixture
def beside() -> Iterator[Beside]:
    beside = Beside(BESIDE)
    yield beside
    beside.close()


def done(loop: EventLoop, *works: Callable[[], object]) -> list[str]:
    """Once all of them are, as tasks: in which thread each was at its end, or what it has raised."""
    found: dict[int, str] = {}
    over = Event()

    def task(number: int, work: Callable[[], object]) -> None:
        try:
            work()
            found[number] = current_thread().name
        except (OSError, KeyboardInterrupt) as error:
            found[number] = str(error)
        if len(found) == len(works):
            over.set()

    for number, work in enumerate(works):
        loop.begin(lambda number=number, work=work: task(number, work))  # type: ignore[misc]
    assert over.wait(20)
    return [found[number] for number in range(len(works))]


def test_while_one_waits_another_goes_on(loop: EventLoop, beside: Beside) -> None:
    gone_on = Event()
    at: list[str] = []

    def wait() -> None:
        at.append(current_thread().name)
        assert gone_on.wait(20)

    assert done(loop, lambda: beside.do(wait), gone_on.set) == [LOOP, LOOP]
    assert at == [BESIDE]


def test_what_it_raises_is_raised_where_it_was_asked_for_and_the_next_one_is_done(
    loop: EventLoop, beside: Beside
) -> None:
    def fail(error: BaseException) -> None:
        raise error

    full = OSError("disk full")
    assert done(loop, lambda: beside.do(lambda: fail(full))) == ["disk full"]
    assert done(loop, lambda: beside.do(lambda: fail(KeyboardInterrupt("killed")))) == ["killed"]
    assert done(loop, lambda: beside.do(lambda: None)) == [LOOP]


def test_outside_a_loop_it_is_done_here_and_no_thread_is_begun(beside: Beside) -> None:
    at: list[str] = []
    beside.do(lambda: at.append(current_thread().name))
    assert at == [current_thread().name]


def test_its_thread_ends_with_it(loop: EventLoop) -> None:
    beside = Beside(BESIDE)
    threads = []
    done(loop, lambda: beside.do(lambda: threads.append(current_thread())))
    beside.close()
    assert not threads[0].is_alive()
