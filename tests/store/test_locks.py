"""One of each deed at a time, by a lock that dies with its process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from threading import Event

import pytest

from solacefeed.errors import Busy
from solacefeed.store.database import Store, open_store
from solacefeed.store.locks import DELIVER, holder, is_awaited, one_of_several, only_one

#: Holds a lock until it is killed; says so when it has it.
HOLDER = """
import sys
from solacefeed.store.database import open_store
from solacefeed.store.locks import only_one
with only_one(open_store(sys.argv[1]), "deliver"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(store_url: str) -> Iterator[subprocess.Popen[str]]:
    """Somebody else who holds the lock of ``deliver``."""
    command = [sys.executable, "-c", HOLDER, store_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.mark.more
def test_the_second_is_told_who_holds_the_lock(store: Store, store_url: str) -> None:
    with another_process(store_url) as process, pytest.raises(Busy) as refusal, only_one(store, "deliver"):
        pass
    assert str(refusal.value) == f"deliver: process {process.pid} on {os.uname().nodename} does it now"


@pytest.mark.more
def test_the_lock_dies_with_its_process(store: Store, store_url: str) -> None:
    with another_process(store_url) as process:
        process.kill()
        process.wait()
        # PostgreSQL notices at its next look at the socket.
        _take_soon(store)


def test_several_deliver_at_once_on_postgresql_and_on_sqlite_one_alone(store: Store, store_url: str) -> None:
    several = store.engine.dialect.name == "postgresql"
    refusal = nullcontext() if several else pytest.raises(Busy)
    with closing(open_store(store_url)) as other, one_of_several(store, "deliver"), refusal:
        _hold_beside(other)


def test_whoever_wants_it_alone_waits_for_all_of_several_and_they_for_it(store: Store, store_url: str) -> None:
    with closing(open_store(store_url)) as other:
        with one_of_several(store, "deliver"), pytest.raises(Busy), only_one(other, "deliver"):
            pass
        with only_one(store, "deliver"), pytest.raises(Busy, match=f"process {os.getpid()}"):
            _hold_beside(other)
        with one_of_several(other, "deliver"):
            assert holder(store, "deliver") is not None
        assert holder(store, "deliver") is None


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_who_waits_to_have_it_alone_comes_before_all_who_begin_beside_others_meanwhile(
    store: Store, store_url: str
) -> None:
    """Workers whose turns follow one another without a pause would never let it go."""
    came: list[str] = []
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    def come(named: str, held: AbstractContextManager[object]) -> None:
        with held:
            came.append(named)

    def until_they_wait(number: int) -> None:
        for _ in range(60_000):
            with store.read() as connection:
                if connection.exec_driver_sql(waiting).scalar_one() == number:
                    return
        pytest.fail("nobody waits")

    with (
        closing(open_store(store_url)) as other,
        closing(open_store(store_url)) as third,
        ThreadPoolExecutor(2) as both,
    ):
        with one_of_several(store, DELIVER), store.read() as connection:
            assert not is_awaited(connection, DELIVER)
            alone = both.submit(come, "alone", only_one(other, DELIVER, within=60))
            until_they_wait(1)
            assert is_awaited(connection, DELIVER)
            beside = both.submit(come, "beside others", one_of_several(third, DELIVER))
            until_they_wait(2)
        alone.result(60)
        beside.result(60)
        with other.read() as connection:
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "30s"
    assert came == ["alone", "beside others"]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_who_waits_to_have_it_alone_gives_up_in_time_and_says_who_has_it(store: Store, store_url: str) -> None:
    with closing(open_store(store_url)) as other, one_of_several(store, DELIVER):
        with pytest.raises(Busy, match=f"process {os.getpid()}"), only_one(other, DELIVER, within=0.1):
            pass
        _hold_beside(other)


def _hold_beside(store: Store) -> None:
    with one_of_several(store, "deliver"):
        pass


def _take_soon(store: Store) -> None:
    for _ in range(10_000):
        try:
            with only_one(store, "deliver"):
                return
        except Busy:
            continue
    pytest.fail("the lock outlived its process")


def test_two_deeds_do_not_wait_for_one_another(store: Store) -> None:
    with only_one(store, "poll"), only_one(store, "publish"):
        pass


def test_the_lock_also_keeps_apart_two_who_share_a_process(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    try:
        with only_one(store, "poll"), pytest.raises(Busy, match=f"process {os.getpid()}"), only_one(other, "poll"):
            pass
    finally:
        other.close()


def test_the_lock_is_free_again_when_its_deed_is_done_or_broke_off(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), only_one(store, "poll"):
        raise ZeroDivisionError
    with only_one(store, "poll"):
        pass


def test_a_refused_second_does_not_take_the_first_ones_lock_away(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    try:
        with only_one(store, "poll"):
            for _ in range(2):
                with pytest.raises(Busy), only_one(other, "poll"):
                    pass
    finally:
        other.close()


@pytest.mark.more
def test_who_asks_who_does_a_deed_learns_it_and_disturbs_nobody(store: Store, store_url: str) -> None:
    assert holder(store, "deliver") is None
    with another_process(store_url) as process:
        for _ in range(3):
            assert holder(store, "deliver") == f"process {process.pid} on {os.uname().nodename}"
        assert holder(store, "poll") is None
    with only_one(store, "poll"):
        assert holder(store, "poll") == f"process {os.getpid()} on {os.uname().nodename}"
    assert holder(store, "poll") is None


@pytest.mark.more
def test_nobody_is_kept_from_a_deed_by_those_who_only_ask_who_does_it(store: Store) -> None:
    over = Event()

    def ask() -> int:
        asked = 0
        while not over.is_set():
            holder(store, "poll")
            asked += 1
        return asked

    with ThreadPoolExecutor(1) as another:
        asking = another.submit(ask)
        try:
            for _ in range(300):
                with only_one(store, "poll"):
                    """Nothing: it is had, and given back."""
        finally:
            over.set()
        assert asking.result() > 0
