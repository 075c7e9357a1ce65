"""What the main suite leaves to other tiers: second tellings, most cases of large tables, most examples of laws.

The main suite is to end within four minutes on two cores, which is about 420 seconds of CPU, so that it is run before
each commit. What it can't have in that time is ``more``, which ``make test-more`` runs:

- A story that is told on either database goes through the same deeds and the same statements twice, and the second
  telling takes longer than the first. The main suite tells on PostgreSQL all that is about the store, and of the others
  a sample; with ``make test STORES=both`` it tells them all.
- Where each case of a table takes deeds, processes or documents, the main suite has a few of them; tables of words,
  which cost nothing, it has whole.
- A test that is marked ``more`` where it stands takes long, and cheaper ones of its module stay. None that
  docs/promises.md names is marked so.

``slow``, which ``make test-slow`` runs, are generated worlds, kills and servers, each marked where it stands, and with
them all laws that are held to generated examples: with few of them in the main suite, with all in the slow tier
(tests/support/generated.py).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from zlib import crc32

import pytest
from hypothesis import is_hypothesis_test

#: Of so many stories one is told on both databases.
_STORIES = 10
#: Of a table in one of these folders so many cases are in the main suite.
_CASES = 2
_DEAR = ("cli", "daemon", "deeds", "mail", "publish", "readership", "rendering", "sample", "sources", "web")


def slow_tier_is_told(config: pytest.Config) -> bool:
    """Whether this run asks for it, alone or beside the main suite."""
    return "not slow" not in config.getoption("markexpr")


def leave_to_other_tiers(items: Iterable[pytest.Item], *, and_laws: bool = False) -> None:
    """Marks what the main suite leaves out as ``more``; where the slow tier is told, laws as ``slow``, too."""
    tables: dict[tuple[str, object], list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("slow") or item.get_closest_marker("real"):
            continue
        if and_laws and _is_a_law(item):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("more"):
            continue
        if _is_left_out(item):
            item.add_marker(pytest.mark.more)
        elif item.nodeid.split("/")[1] in _DEAR:
            tables[item.nodeid.partition("[")[0], _params(item).get("store_url")].append(item)
    for cases in tables.values():
        for item in sorted(cases, key=_place)[_CASES:]:
            item.add_marker(pytest.mark.more)


def _is_left_out(item: pytest.Item) -> bool:
    whole = os.environ.get("TEST_STORES") == "both" or _is_about_stores(item) or not _is_told_twice(item)
    return not whole and _place(item) % _STORIES != 0


def _place(item: pytest.Item) -> int:
    """By its name alone, so that a sample is the same in each run."""
    return crc32(item.nodeid.encode())


def _params(item: pytest.Item) -> dict[str, object]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


def _is_told_twice(item: pytest.Item) -> bool:
    """Whether it is the telling on PostgreSQL of one that is told on SQLite too."""
    chosen = any("store_url" in mark.args[0] for mark in item.iter_markers("parametrize"))
    return _params(item).get("store_url") == "postgresql" and not chosen


def _is_a_law(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)


def _is_about_stores(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/store/") or item.get_closest_marker("both_stores") is not None
