"""Two workers on PostgreSQL, killed and frozen at any step: nobody's copy is lost, and nobody gets one too many."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.models.deliveries import DeliveryState
from solacefeed.store.database import open_store
from tests.store.killing import Seen, faults, killing, seen_by_the_relay
from tests.store.rows import everything, many_copies
from tests.support.databases import Databases


def killed_so_often(databases: Databases, folder: Path, kills: int, *, repeat: bool, seed: int) -> Seen:
    """Whose every copy is as it should be in the end."""
    with databases.migrated() as url:
        store = open_store(url)
        try:
            # More than workers can hand over in so many lives.
            many_copies(store, 25 * kills)
            with killing(store, url, folder, repeat=repeat, seed=seed) as it:
                it.go_on(kills)
                it.end()
            seen = seen_by_the_relay(folder)
            assert faults(store, seen, most=2 if repeat else 1) == []
            assert seen.after_leaving == []
            states = {copy.state for copy in everything(store, most=100_000)}
            assert DeliveryState.ACCEPTED in states
            return seen
        finally:
            store.close()


@pytest.mark.parametrize("repeat", [True, False], ids=["retry", "hold"])
def test_of_workers_that_die_nobodys_copy_is_lost_and_nobody_gets_one_too_many(
    databases: Databases, tmp_path: Path, repeat: bool
) -> None:
    killed_so_often(databases, tmp_path, 20, repeat=repeat, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("repeat", [True, False], ids=["retry", "hold"])
def test_nor_of_workers_that_die_five_hundred_times(databases: Databases, tmp_path: Path, repeat: bool) -> None:
    seen = killed_so_often(databases, tmp_path, 500, repeat=repeat, seed=2)
    assert (max(seen.dots.values()) == 2) is repeat
