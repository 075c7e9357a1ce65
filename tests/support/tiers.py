"""What the main suite leaves to other tiers: second tellings, most cases of large tables, most examples of laws.

The main suite is to end within four minutes on two cores, which is about 460 seconds of CPU, so that it is run before
each commit. What it can't have in that time is ``more``, which ``make test-more`` runs:

- A story that is told on either database goes through the same deeds and the same statements twice. The main suite
  tells it once: most on SQLite, some of each module on PostgreSQL. What is about the store it tells on both, but of the
  second tellings of a table a sample, and ``make test STORES=both`` tells everything on both.
- Where each case of a table takes deeds, processes or documents, the main suite has one of them, and of a large table
  two; tables of words, which cost nothing, it has whole.
- A test that is marked ``more`` where it stands takes long, and cheaper ones of its module stay. None that
  docs/promises.md names is marked so.

``slow``, which ``make test-slow`` runs, are generated worlds, kills and servers, each marked where it stands, and with
them all laws that are held to generated examples: with few of them in the main suite, with all in the slow tier
(tests/support/generated.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

import pytest
from hypothesis import is_hypothesis_test

#: Of so many stories one is told on PostgreSQL and the others on SQLite; of each module one at least.
_STORIES = 8
#: Of what is about the store so many cases of a table are told a second time.
_SECOND_TELLINGS = 3
#: Of a table in one of these folders one case is in the main suite, and two where it has so many.
_LARGE = 6
_DEAR = ("cli", "daemon", "deeds", "mail", "publish", "readership", "rendering", "sample", "sources", "web")


def slow_tier_is_told(config: pytest.Config) -> bool:
    """Whether this run asks for it, alone or beside the main suite."""
    return "not slow" not in config.getoption("markexpr")


def leave_to_other_tiers(items: Iterable[pytest.Item], *, and_laws: bool = False, on_both: bool = False) -> None:
    """Marks what the main suite leaves out as ``more``; where the slow tier is told, laws as ``slow``, too.

    Where it is told *on_both* databases, neither telling of a story is left out.
    """
    tables: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        if item.get_closest_marker("slow") or item.get_closest_marker("real"):
            continue
        if and_laws and _is_a_law(item):
            item.add_marker(pytest.mark.slow)
        if not item.get_closest_marker("more"):
            tables[_test(item)][_story(item)].append(item)
    modules: dict[str, dict[str, list[pytest.Item]]] = defaultdict(dict)
    for test, table in tables.items():
        modules[test.partition("::")[0]] |= _sample(test, table)
    if not on_both:
        for stories in modules.values():
            _tell_once(stories)


def _sample(test: str, table: Mapping[str, list[pytest.Item]]) -> Mapping[str, list[pytest.Item]]:
    """What the main suite has of the cases of one test, each with all its tellings; the others are ``more``."""
    if test.split("/")[1] not in _DEAR or len(table) == 1:
        return table
    by_place = sorted(table, key=_place)
    few = 2 if len(table) >= _LARGE else 1
    for story in by_place[few:]:
        for item in table[story]:
            _leave(item)
    return {story: table[story] for story in by_place[:few]}


def _tell_once(stories: Mapping[str, Sequence[pytest.Item]]) -> None:
    """Leaves one telling of each story of a module; of those about the store a sample of the second ones."""
    twice = {story: tellings for story, tellings in stories.items() if any(map(_is_told_twice, tellings))}
    by_place = sorted(twice, key=_place)
    about_stores = [story for story in by_place if _is_about_stores(twice[story][0])]
    others = [story for story in by_place if story not in about_stores]
    seconds = {story for story in others if _place(story) % _STORIES == 0} or set(others[:1])
    for story in others:
        for item in twice[story]:
            if _is_on_postgresql(item) != (story in seconds):
                _leave(item)
    told: dict[str, int] = defaultdict(int)
    for story in about_stores:
        table = _test(twice[story][0])
        told[table] += 1
        if told[table] > _SECOND_TELLINGS:
            for item in filter(_is_on_postgresql, twice[story]):
                _leave(item)


def _leave(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.more)


def _place(story: str) -> int:
    """By its name alone, so that a sample is the same in each run."""
    return crc32(story.encode())


def _test(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _story(item: pytest.Item) -> str:
    """The case's name without its database: two tellings of a story have one."""
    name, has_params, params = item.nodeid.partition("[")
    told = "-".join(part for part in params.removesuffix("]").split("-") if part != _params(item).get("store_url"))
    return f"{name}[{told}]" if has_params else name


def _params(item: pytest.Item) -> dict[str, object]:
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec else {}


def _is_on_postgresql(item: pytest.Item) -> bool:
    return _params(item).get("store_url") == "postgresql"


def _is_told_twice(item: pytest.Item) -> bool:
    """Whether it is the telling on PostgreSQL of one that is told on SQLite too."""
    chosen = any("store_url" in mark.args[0] for mark in item.iter_markers("parametrize"))
    return _is_on_postgresql(item) and not chosen


def _is_a_law(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)


def _is_about_stores(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/store/") or item.get_closest_marker("both_stores") is not None
