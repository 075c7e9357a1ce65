"""What the main suite leaves to the slow tier: the second telling of most stories, and most cases of large tables.

A story that is told on either database goes through the same deeds and the same statements twice, and the second
telling takes longer than the first. The main suite tells on PostgreSQL all that is about the store, and of the others a
sample. The slow tier tells them all; so does ``make test STORES=both``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from zlib import crc32

import pytest

#: Of so many stories one is told on both databases.
_STORIES = 5


def leave_to_the_slow_tier(items: Iterable[pytest.Item]) -> None:
    """Marks what the main suite leaves out, as ``slow``."""
    for item in items:
        if not _is_of_the_sample(item, _one_of(item)):
            item.add_marker(pytest.mark.slow)


def _one_of(item: pytest.Item) -> int:
    """Of how many such tests the main suite has one."""
    table = item.get_closest_marker("sampled")
    cases = int(table.args[0]) if table else 1
    whole = os.environ.get("TEST_STORES") == "both" or _is_about_stores(item) or not _is_told_twice(item)
    return cases if whole else max(cases, _STORIES)


def _is_of_the_sample(item: pytest.Item, of: int) -> bool:
    """By its name alone, so that it is the same in each run, whatever stands beside it."""
    return crc32(item.nodeid.encode()) % of == 0


def _is_told_twice(item: pytest.Item) -> bool:
    """Whether it is the telling on PostgreSQL of one that is told on SQLite too."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    chosen = any("store_url" in mark.args[0] for mark in item.iter_markers("parametrize"))
    return params.get("store_url") == "postgresql" and not chosen


def _is_about_stores(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/store/") or item.get_closest_marker("both_stores") is not None
