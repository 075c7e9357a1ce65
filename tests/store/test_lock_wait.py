"""SQLite's write lock is waited for in steps: who is to end ends by itself, and the wait is told once."""

from __future__ import annotations

import logging
from threading import Event, Thread, Timer
from time import monotonic

import pytest

from solacefeed.errors import StoreError, StoreHeld
from solacefeed.store import facts
from solacefeed.store.database import Store
from tests.deeds.store_trouble import locked

#: Seconds that nothing here may take; each wait by itself would be one of half a minute.
SOON = 10.0


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def noted(store: Store) -> str | None:
    with store.read() as connection:
        return facts.read(connection, "noted")


def note(store: Store, words: str = "yes") -> None:
    with store.write() as connection:
        facts.put(connection, "noted", words)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "solacefeed.store.lock_wait"]


def test_who_waits_writes_as_soon_as_the_other_program_has_ended(store: Store) -> None:
    with locked(store)():
        began = monotonic()
        waiting = Thread(target=note, args=(store,))
        waiting.start()
        waiting.join(timeout=0.6)
        assert waiting.is_alive()
    waiting.join()
    assert monotonic() - began < SOON
    assert noted(store) == "yes"


def test_the_order_to_end_ends_a_wait_and_those_that_come_after_it(store: Store) -> None:
    over = Event()
    store.lock_wait.end_with(over.is_set, within=0.5)
    with locked(store)():
        began = monotonic()
        order = Timer(0.3, over.set)
        order.start()
        for _ in range(3):
            with pytest.raises(StoreError, match="database is locked"):
                note(store)
        order.join()
        assert 0.8 <= monotonic() - began < SOON
    # Where nobody holds it, it is not waited for.
    note(store)
    assert noted(store) == "yes"


def test_one_order_is_over_with_whoever_gave_it(store: Store) -> None:
    store.lock_wait.end_with(lambda: True, within=0.0)
    store.lock_wait.end_with(lambda: False, within=0.0)
    with locked(store)():
        waiting = Thread(target=note, args=(store,))
        waiting.start()
        waiting.join(timeout=0.8)
        assert waiting.is_alive()
    waiting.join()
    assert noted(store) == "yes"


def test_nobody_waits_for_longer_than_the_bound(store: Store) -> None:
    store.lock_wait.longest = 0.6
    with locked(store)():
        began = monotonic()
        with pytest.raises(StoreError, match=r"the store did not work: database is locked.*nothing of this step"):
            note(store)
    assert 0.6 <= monotonic() - began < SOON


def test_who_is_to_keep_nobody_waiting_leaves_it_and_others_go_on_waiting(store: Store) -> None:
    with locked(store)():
        with store.lock_wait.briefly(), pytest.raises(StoreHeld):
            note(store)
        with store.lock_wait.briefly(), pytest.raises(StoreHeld), store.write_at_once():
            pytest.fail("it was not begun")
        waiting = Thread(target=note, args=(store,))
        waiting.start()
        waiting.join(timeout=0.8)
        assert waiting.is_alive()
    waiting.join()
    with store.lock_wait.briefly():
        note(store, "again")
    assert noted(store) == "again"


def test_nor_does_it_wait_for_another_thread_of_its_own_process(store: Store) -> None:
    begun, over = Event(), Event()

    def write_long() -> None:
        with store.write():
            begun.set()
            over.wait(SOON)

    writing = Thread(target=write_long)
    writing.start()
    begun.wait(SOON)
    with store.lock_wait.briefly(), pytest.raises(StoreHeld):
        note(store)
    over.set()
    writing.join()
    note(store)


def test_a_long_wait_is_told_once_and_again_when_the_store_was_free_in_between(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.lock_wait.longest, store.lock_wait.told_after = 0.6, 0.1
    for _ in range(2):
        with locked(store)():
            for _ in range(2):
                with pytest.raises(StoreError):
                    note(store)
        note(store)
    assert told(caplog) == ["the store is held by another program, which is waited for"] * 2


def test_a_short_wait_is_told_to_nobody(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with locked(store)():
        waiting = Thread(target=note, args=(store,))
        waiting.start()
        waiting.join(timeout=0.4)
    waiting.join()
    assert told(caplog) == []


def test_what_is_read_and_checkpointed_keeps_sqlites_own_patience(store: Store) -> None:
    note(store)
    with store.alone() as connection:
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (30_000,)
