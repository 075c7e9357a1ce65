"""One writer for all connections: a dot waits for its mark's commit, and what came out is never forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

import pytest

from solacefeed.delivery.marks import MOST, MarkWriter
from solacefeed.errors import StoreError
from tests.support.fakes import Killed

R = TypeVar("R")

LOCKED = StoreError("the store did not work: database is locked; nothing of this step was kept")


class Disk:
    """What a commit reaches: it keeps all of a group or nothing, and may be held up."""

    def __init__(self) -> None:
        #: The marks and outcomes of each commit.
        self.groups: list[tuple[list[str], list[str]]] = []
        #: What the next commits raise instead.
        self.troubles: list[BaseException] = []
        self.begun, self.may_go = Event(), Event()
        self.may_go.set()
        self.tried = 0

    def commit(self, marks: Sequence[str], outcomes: Sequence[str]) -> list[bool]:
        self.tried += 1
        self.begun.set()
        assert self.may_go.wait(10)
        if self.troubles:
            raise self.troubles.pop(0)
        self.groups.append((list(marks), list(outcomes)))
        return [not mark.startswith("unwanted") for mark in marks]

    @property
    def outcomes(self) -> list[str]:
        return [outcome for _, outcomes in self.groups for outcome in outcomes]


def writing(disk: Disk) -> MarkWriter[str, str, bool]:
    return MarkWriter(disk.commit)


@contextmanager
def held_up(disk: Disk) -> Iterator[None]:
    """The commit that is begun next waits until the end."""
    disk.begun.clear()
    disk.may_go.clear()
    try:
        yield
    finally:
        disk.may_go.set()


def at_once(works: Sequence[Callable[[], R]]) -> list[Future[R]]:
    with ThreadPoolExecutor(max_workers=len(works)) as threads:
        return [threads.submit(work) for work in works]


def test_a_mark_is_on_disk_when_its_dot_may_go() -> None:
    disk = Disk()
    writer = writing(disk)
    assert writer.mark("ann")
    assert disk.groups == [(["ann"], [])]
    writer.close()


def test_a_mark_that_the_store_refuses_says_so() -> None:
    disk = Disk()
    writer = writing(disk)
    assert not writer.mark("unwanted ben")
    writer.close()


def test_what_comes_while_a_commit_runs_goes_with_the_next_one_together() -> None:
    disk = Disk()
    writer = writing(disk)
    with ThreadPoolExecutor(max_workers=9) as threads:
        with held_up(disk):
            first = threads.submit(writer.mark, "first")
            assert disk.begun.wait(10)
            writer.settle("accepted ann")
            others = [threads.submit(writer.mark, f"reader{number}") for number in range(8)]
            while len(writer._marks) < len(others):
                assert not first.done()
        assert first.result(10)
        assert all(other.result(10) for other in others)
    writer.close()
    assert len(disk.groups) == 2
    marks, outcomes = disk.groups[1]
    assert (sorted(marks), outcomes) == ([f"reader{number}" for number in range(8)], ["accepted ann"])


def test_a_group_is_bounded_and_the_rest_goes_with_the_next() -> None:
    disk = Disk()
    writer = writing(disk)
    with held_up(disk):
        writer.settle("first")
        assert disk.begun.wait(10)
        for number in range(MOST + 3):
            writer.settle(str(number))
    writer.close()
    assert [len(outcomes) for _, outcomes in disk.groups] == [1, MOST, 3]
    assert disk.outcomes[1:] == [str(number) for number in range(MOST + 3)]


def test_a_group_waits_for_those_who_are_about_to_come() -> None:
    disk = Disk()
    writer: MarkWriter[str, str, bool] = MarkWriter(disk.commit, crowd=lambda: 3, linger=10)
    with ThreadPoolExecutor(max_workers=3) as threads:
        assert all(threads.map(writer.mark, ("ann", "ben", "cat")))
    writer.close()
    assert [sorted(marks) for marks, _ in disk.groups] == [["ann", "ben", "cat"]]


def test_no_dot_leaves_while_the_store_does_not_work() -> None:
    disk = Disk()
    disk.troubles = [LOCKED]
    writer = writing(disk)
    with pytest.raises(StoreError, match="database is locked"):
        writer.mark("ann")
    assert disk.groups == []
    assert writer.mark("ben")
    writer.close()
    assert disk.groups == [(["ben"], [])]


def test_outcomes_are_tried_again_until_they_are_on_disk_in_their_order_and_once() -> None:
    disk = Disk()
    disk.troubles = [LOCKED, LOCKED, LOCKED]
    writer = writing(disk)
    with held_up(disk):
        writer.settle("accepted ann")
        assert disk.begun.wait(10)
        writer.settle("rejected ben")
    writer.flush()
    assert disk.outcomes == ["accepted ann", "rejected ben"]
    assert disk.tried > 3
    assert writer.trouble is None
    writer.close()


def test_a_writer_that_is_to_give_up_says_that_something_is_left() -> None:
    disk = Disk()
    disk.troubles = [LOCKED] * 1000
    writer = writing(disk)
    writer.settle("accepted ann")
    with pytest.raises(StoreError, match="database is locked"):
        writer.close(gives_up=lambda: True)
    assert disk.groups == []


def test_a_writer_that_is_to_give_up_does_not_while_the_store_works() -> None:
    disk = Disk()
    writer = writing(disk)
    writer.settle("accepted ann")
    writer.close(gives_up=lambda: True)
    assert disk.outcomes == ["accepted ann"]


@pytest.mark.parametrize("end", [Killed(), ValueError("a bug")])
def test_what_is_no_trouble_of_the_store_ends_it_and_everybody_is_told(end: BaseException) -> None:
    disk = Disk()
    disk.troubles = [end]
    writer = writing(disk)
    with pytest.raises(type(end)):
        writer.mark("ann")
    with pytest.raises(type(end)):
        writer.settle("accepted ben")
    with pytest.raises(type(end)):
        writer.close()
    assert disk.groups == []


def test_a_writer_without_work_begins_no_thread_and_ends() -> None:
    disk = Disk()
    writing(disk).close()
    assert disk.tried == 0
