"""Where a store is in this process, the connection that completes a group commits it in its turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, current_thread
from time import monotonic

import pytest

from solacefeed.delivery.event_loop import EventLoop
from solacefeed.delivery.marks import MarkWriter
from solacefeed.errors import StoreError, StoreHeld
from tests.support.fakes import Killed

LOOP = "connections"
LOCKED = StoreError("the store did not work: database is locked; nothing of this step was kept")


class Disk:
    """What a commit reaches: all of a group or nothing, and by which thread."""

    def __init__(self) -> None:
        self.groups: list[tuple[list[str], list[str]]] = []
        self.threads: list[str] = []
        #: What the next commits raise instead.
        self.troubles: list[BaseException] = []
        #: Until then another program holds it, which who commits in turn waits for in vain.
        self.held: Event | None = None
        self._is_brief = False

    @contextmanager
    def briefly(self) -> Iterator[None]:
        self._is_brief = True
        try:
            yield
        finally:
            self._is_brief = False

    def commit(self, marks: Sequence[str], outcomes: Sequence[str]) -> list[bool]:
        self.threads.append(current_thread().name)
        if self.held is not None and self._is_brief:
            raise StoreHeld("the store is held by another program")
        if self.held is not None:
            assert self.held.wait(30)
            self.held = None
        if self.troubles:
            raise self.troubles.pop(0)
        self.groups.append((list(marks), list(outcomes)))
        return [not mark.startswith("unwanted") for mark in marks]

    @property
    def outcomes(self) -> list[str]:
        return [outcome for _, outcomes in self.groups for outcome in outcomes]


class Turns:
    """Tasks of one loop, and a writer that they share."""

    def __init__(self, loop: EventLoop, disk: Disk, crowd: int, linger: float) -> None:
        self._loop = loop
        self.writer: MarkWriter[str, str, bool] = MarkWriter(
            disk.commit, crowd=lambda: crowd, linger=linger, in_turn=disk.briefly
        )

    def at_once(self, works: Sequence[Callable[[], object]]) -> list[object]:
        """What becomes of each, as a task; of one that raises, what it raises."""
        found: dict[int, object] = {}
        over = Event()

        def task(number: int, work: Callable[[], object]) -> None:
            try:
                found[number] = work()
            except (StoreError, ValueError, Killed) as error:
                found[number] = error
            if len(found) == len(works):
                over.set()

        for number, work in enumerate(works):
            self._loop.begin(lambda number=number, work=work: task(number, work))  # type: ignore[misc]
        assert over.wait(20)
        return [found[number] for number in range(len(works))]

    def begin_together(self, *works: Callable[[], object]) -> None:
        """One after the other, with nothing between."""

        def begin_all() -> None:
            for work in works:
                self._loop.begin(work)

        self._loop.begin(begin_all)

    def mark(self, *names: str) -> list[object]:
        return self.at_once([lambda name=name: self.writer.mark(name) for name in names])  # type: ignore[misc]

    def mark_until_in_turn(self, disk: Disk, *names: str) -> None:
        """Whose group a task commits; before that the thread, which may be about to rest still, takes some along."""
        until = monotonic() + 20
        while True:
            assert self.mark(*names) == [True] * len(names)
            if disk.threads[-1] == LOOP:
                return
            assert monotonic() < until, "it is left to the thread for good"

    def settle(self, *names: str) -> None:
        self.at_once([lambda name=name: self.writer.settle(name) for name in names])  # type: ignore[misc]


@contextmanager
def turns(disk: Disk, *, crowd: int = 1, linger: float = 0.005) -> Iterator[Turns]:
    loop = EventLoop(LOOP)
    try:
        yield Turns(loop, disk, crowd, linger)
    finally:
        loop.close()


def test_who_completes_a_group_commits_all_of_it_and_each_is_told_its_own() -> None:
    disk = Disk()
    with turns(disk, crowd=3, linger=600) as tasks:
        assert tasks.mark("ann", "unwanted ben", "cat") == [True, False, True]
        tasks.writer.close()
    assert disk.groups == [(["ann", "unwanted ben", "cat"], [])]
    assert disk.threads == [LOOP]


def test_outcomes_go_with_the_marks_that_come_after_them() -> None:
    disk = Disk()
    with turns(disk, linger=600) as tasks:
        tasks.settle("accepted ann")
        assert tasks.mark("ben") == [True]
        tasks.writer.close()
    assert disk.groups == [(["ben"], ["accepted ann"])]


def test_who_waits_for_others_that_do_not_come_is_committed_all_the_same() -> None:
    disk = Disk()
    with turns(disk, crowd=20) as tasks:
        assert tasks.mark("ann") == [True]
        tasks.writer.close()
    assert (disk.groups, disk.threads) == ([(["ann"], [])], [LOOP])


def test_an_outcome_after_which_nothing_comes_is_written_without_being_asked_for() -> None:
    disk = Disk()
    with turns(disk) as tasks:
        tasks.settle("accepted ann")
        while not disk.outcomes:
            """It is the loop's turn."""
        tasks.writer.close()
    assert (disk.outcomes, disk.threads) == (["accepted ann"], [LOOP])


def test_what_is_left_when_the_loop_is_over_is_written_before_the_writer_ends() -> None:
    disk = Disk()
    with turns(disk, linger=600) as tasks:
        tasks.settle("accepted ann", "rejected ben")
    tasks.writer.close()
    assert disk.outcomes == ["accepted ann", "rejected ben"]


def test_what_comes_from_outside_the_loop_is_written_too() -> None:
    disk = Disk()
    with turns(disk, linger=600) as tasks:
        tasks.writer.settle("put back")
        assert tasks.mark("ann") == [True]
        tasks.writer.close()
    assert disk.outcomes == ["put back"]
    assert ["ann"] in [marks for marks, _ in disk.groups]


def test_no_dot_leaves_while_the_store_does_not_work_and_outcomes_are_tried_until_it_does() -> None:
    disk = Disk()
    disk.troubles = [LOCKED, LOCKED, LOCKED]
    with turns(disk, crowd=2, linger=600) as tasks:
        tasks.settle("accepted cat")
        assert tasks.mark("ann", "ben") == [LOCKED, LOCKED]
        tasks.writer.flush()
        assert disk.outcomes == ["accepted cat"]
        assert tasks.writer.trouble is None
        tasks.mark_until_in_turn(disk, "ann", "ben")
        tasks.writer.close()
    # The loop was kept waiting by none of the further tries.
    assert disk.threads[0] == disk.threads[-1] == LOOP
    assert LOOP not in disk.threads[1:-1]


def test_while_another_program_holds_the_store_the_thread_waits_for_it_and_tasks_go_on() -> None:
    disk, held = Disk(), Event()
    disk.held = held
    with turns(disk, crowd=2, linger=600) as tasks:
        tasks.settle("accepted cat")

        def go_on() -> str:
            held.set()
            return "went on"

        assert tasks.at_once([lambda: tasks.writer.mark("ann"), lambda: tasks.writer.mark("unwanted ben"), go_on]) == [
            True,
            False,
            "went on",
        ]
        # It was in nobody's way, and costs no copy its mark.
        assert disk.groups == [(["ann", "unwanted ben"], ["accepted cat"])]
        assert tasks.writer.trouble is None
        tasks.mark_until_in_turn(disk, "ann", "ben")
        tasks.writer.close()
    assert disk.threads[0] == disk.threads[-1] == LOOP
    assert disk.threads[1] != LOOP


def test_a_writer_that_is_to_give_up_says_that_something_is_left() -> None:
    disk = Disk()
    disk.troubles = [LOCKED] * 1000
    with turns(disk) as tasks:
        tasks.settle("accepted ann")
        with pytest.raises(StoreError, match="database is locked"):
            tasks.writer.close(gives_up=lambda: True)
    assert disk.groups == []


@pytest.mark.parametrize("end", [Killed(), ValueError("a bug")])
def test_what_is_no_trouble_of_the_store_ends_it_and_everybody_is_told(end: BaseException) -> None:
    disk = Disk()
    disk.troubles = [end]
    with turns(disk, crowd=2, linger=600) as tasks:
        assert tasks.mark("ann", "ben") == [end, end]
        assert tasks.mark("cat") == [end]
        with pytest.raises(type(end)):
            tasks.writer.close()
    assert disk.groups == []


def test_more_than_one_group_holds_is_all_committed() -> None:
    disk = Disk()
    names = [f"reader{number}" for number in range(1100)]
    with turns(disk, crowd=5000) as tasks:
        assert tasks.mark(*names) == [True] * len(names)
        tasks.writer.close()
    assert sorted(mark for marks, _ in disk.groups for mark in marks) == sorted(names)
    assert max(len(marks) for marks, _ in disk.groups) <= 500


class SlowDisk(Disk):
    """Its first commit lasts until it may end, and tells of the outcomes that are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = Event(), Event()
        self.kept: dict[str, Event] = {"put back first": Event(), "put back last": Event()}

    def commit(self, marks: Sequence[str], outcomes: Sequence[str]) -> list[bool]:
        self.begun.set()
        assert self.may_end.wait(20)
        verdicts = super().commit(marks, outcomes)
        for outcome in outcomes:
            self.kept[outcome].set()
        return verdicts


@contextmanager
def no_thread_goes_before_another_waits() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def test_a_thread_that_was_woken_for_what_the_loop_has_written_meanwhile_is_woken_again() -> None:
    disk = SlowDisk()
    disk.may_end.set()
    with turns(disk, linger=0) as tasks:
        # From outside the loop: from then on there is a thread, which waits for more.
        tasks.writer.settle("put back first")
        assert disk.kept["put back first"].wait(20)
        tasks.writer.flush()
        disk.kept["put back first"].clear()
        disk.begun.clear()
        disk.may_end.clear()
        with no_thread_goes_before_another_waits():
            found: list[bool] = []
            over = Event()

            def mark(name: str) -> None:
                found.append(tasks.writer.mark(name))
                if len(found) == 2:
                    over.set()

            tasks.begin_together(lambda: mark("ann"), lambda: mark("ben"))
            assert disk.begun.wait(20)
            # The thread is woken for it; the loop takes it along with the second mark.
            tasks.writer.settle("put back first")
            disk.may_end.set()
            assert over.wait(20)
        assert disk.groups[-2:] == [(["ann"], []), (["ben"], ["put back first"])]
        tasks.writer.settle("put back last")
        assert disk.kept["put back last"].wait(5)
        tasks.writer.close()
