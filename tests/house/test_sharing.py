"""Workers read all of the tests, and each begins with a part of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sharing import own_part_first

FILES = [Path(f"tests/test_{number}.py") for number in range(10)]


@pytest.mark.parametrize("workers", [1, 2, 3, 10, 16])
def test_each_worker_reads_every_file_once(workers: int) -> None:
    for worker in range(workers):
        assert sorted(own_part_first(FILES, worker, workers)) == FILES


@pytest.mark.parametrize("workers", [2, 3, 10])
def test_no_two_workers_begin_with_the_same(workers: int) -> None:
    shares = [own_part_first(FILES, worker, workers)[: len(FILES) // workers] for worker in range(workers)]
    assert len({file for share in shares for file in share}) == workers * (len(FILES) // workers)
