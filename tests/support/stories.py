"""Which stories are told on PostgreSQL in the main suite too: all that are about the store, and of the others a sample.

A story that is told on either database goes through the same deeds and the same statements twice, and the second
telling takes longer than the first. The slow tier tells them all; so does ``make test STORES=both``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from zlib import crc32

import pytest

#: Of so many stories one is told on both in the main suite: always the same one, whatever is told beside it.
_OF = 5


def leave_to_the_slow_tier(items: Iterable[pytest.Item]) -> None:
    """Marks what the main suite tells on SQLite alone."""
    if os.environ.get("TEST_STORES") == "both":
        return
    for item in items:
        if _is_told_twice(item) and not _is_about_stores(item) and crc32(item.nodeid.encode()) % _OF:
            item.add_marker(pytest.mark.slow)


def _is_told_twice(item: pytest.Item) -> bool:
    """Whether it is the telling on PostgreSQL of one that is told on SQLite too."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    chosen = any("store_url" in mark.args[0] for mark in item.iter_markers("parametrize"))
    return params.get("store_url") == "postgresql" and not chosen


def _is_about_stores(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/store/") or item.get_closest_marker("both_stores") is not None
