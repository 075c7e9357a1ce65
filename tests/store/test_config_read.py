"""Which config a process goes by is known while it runs, and of each by itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solacefeed.store import config_read, facts
from solacefeed.store.config_read import ConfigRead
from solacefeed.store.database import Store
from tests.support.builders import MONDAY

pytestmark = pytest.mark.both_stores

READ = ConfigRead.of(Path("config.toml"), "as it was", MONDAY)


def noted(store: Store) -> list[tuple[str, ConfigRead]]:
    with store.read() as connection:
        return config_read.noted_of_processes(connection)


def names(store: Store) -> list[str]:
    with store.read() as connection:
        return facts.names(connection, facts.CONFIG_READ)


def by_another(store: Store, *, ends: bool) -> None:
    """Another process notes what it goes by, and is gone: well, or killed."""
    child = os.fork()
    if child == 0:
        try:
            store.engine.dispose(close=False)
            config_read.note_process(store, "web", READ)
            if ends:
                config_read.note_process(store, "web", None)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def test_what_a_process_goes_by_is_known_until_it_ends(store: Store) -> None:
    with config_read.noted_while_it_runs(store, "worker", READ):
        assert noted(store) == [("worker", READ)]
    assert (noted(store), names(store)) == ([], [])


def test_one_that_was_killed_counts_no_more_and_the_next_one_tidies_up(store: Store) -> None:
    by_another(store, ends=False)
    assert (noted(store), len(names(store))) == ([], 1)
    with config_read.noted_while_it_runs(store, "worker", READ):
        assert noted(store) == [("worker", READ)]
        assert len(names(store)) == 1


def test_one_that_ends_takes_its_own_note_alone(store: Store) -> None:
    with config_read.noted_while_it_runs(store, "worker", READ):
        by_another(store, ends=True)
        assert noted(store) == [("worker", READ)]


def test_another_process_that_was_given_the_number_of_a_killed_one_is_not_taken_for_it(store: Store) -> None:
    with config_read.noted_while_it_runs(store, "worker", READ):
        (name,) = names(store)
        with store.write() as connection:
            told = facts.read(connection, name)
            assert told is not None
            facts.put(connection, name, told.replace('"begun": "', '"begun": "1'))
        assert noted(store) == []


def test_the_processes_of_another_machine_are_none_of_this_ones(store: Store) -> None:
    with config_read.noted_while_it_runs(store, "worker", READ):
        (name,) = names(store)
        machine, number = name.split("/")[1:]
        with store.write() as connection:
            told = facts.read(connection, name)
            assert told is not None
            facts.put(connection, f"{facts.CONFIG_READ}/{machine}-2/{number}", told)
        assert noted(store) == [("worker", READ)]
