"""Every deed is done alone on its store, and written down from its beginning to its end."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from solacefeed.deeds.execution import execute
from solacefeed.errors import Busy, SourceError, StoreError
from solacefeed.models import Record
from solacefeed.store import records
from solacefeed.store.database import Store, open_store
from solacefeed.store.locks import only_one
from tests.support.builders import MONDAY
from tests.support.fakes import Killed, SettableClock


@dataclass(frozen=True, kw_only=True)
class Tidied:
    shelves: int = 3
    remark: str = "dusty"

    def line(self) -> str:
        return f"tidy: {self.shelves} shelves"


def tidy(store: Store, *, error: BaseException | None = None, rehearsed: bool = False) -> Tidied:
    clock = SettableClock(MONDAY)

    def work() -> Tidied:
        clock.forward(seconds=5)
        if error:
            raise error
        return Tidied()

    return execute(store, clock, "tidy", work, rehearsed=rehearsed)


def record(store: Store) -> Record:
    with store.read() as connection:
        newest = records.latest(connection, "tidy")
    assert newest
    return newest


def test_a_deed_that_worked_leaves_its_line_and_its_counts(store: Store) -> None:
    assert tidy(store) == Tidied()
    kept = record(store)
    assert (kept.ok, kept.summary, kept.counts) == (True, "tidy: 3 shelves", {"shelves": 3})
    assert kept.ended_at
    assert (kept.started_at, (kept.ended_at - kept.started_at).seconds) == (MONDAY, 5)


def test_a_deed_that_did_not_work_leaves_its_error(store: Store) -> None:
    with pytest.raises(SourceError):
        tidy(store, error=SourceError("the blog is down"))
    assert (record(store).ok, record(store).summary) == (False, "the blog is down")


@pytest.mark.parametrize("end", [Killed(), ZeroDivisionError()])
def test_a_deed_that_was_killed_leaves_an_open_record_and_no_lock(store: Store, end: BaseException) -> None:
    with pytest.raises(type(end)):
        tidy(store, error=end)
    assert (record(store).ok, record(store).ended_at) == (None, None)
    tidy(store)
    assert record(store).ok


def test_a_deed_that_another_does_now_is_refused_and_leaves_no_record(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    with only_one(other, "tidy"), pytest.raises(Busy):
        tidy(store)
    with store.read() as connection:
        assert records.latest(connection, "tidy") is None
    other.close()


def test_a_deed_by_the_other_clock_is_refused_and_leaves_no_record(store: Store) -> None:
    tidy(store)
    live = record(store)
    with pytest.raises(StoreError, match="this store is live"):
        tidy(store, rehearsed=True)
    assert record(store) == live
