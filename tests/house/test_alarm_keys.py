"""The keys of troubles, as they stand in the code, in what alarms and the heartbeat go by, and in both books."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from solacefeed.composition.alarms import NOT_WORKING
from solacefeed.deeds.upkeep.alarms import PASSING, is_of

HOUSE = Path(__file__).resolve().parents[2]
UPKEEP = HOUSE / "src" / "solacefeed" / "deeds" / "upkeep"
ALARMS = (HOUSE / "docs" / "alarms.md").read_text(encoding="utf-8")
OPERATING = (HOUSE / "docs" / "operating.md").read_text(encoding="utf-8")


def made() -> set[str]:
    """The key of each trouble that the code makes, with ``*`` for what differs: ``rejected:*``."""
    return {key for path in sorted(UPKEEP.rglob("*.py")) for key in _made(ast.parse(path.read_text(encoding="utf-8")))}


def _made(tree: ast.Module) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Trouble":
            (key,) = (each.value for each in call.keywords if each.arg == "key")
            yield from _spelt(key, tree)


def _spelt(key: ast.expr, tree: ast.Module) -> Iterator[str]:
    """What may stand there; of a name what is assigned to it, and of a function what it returns."""
    match key:
        case ast.Constant(value=str(told)):
            yield told
        case ast.JoinedStr(values=parts):
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "*" for each in parts)
        case ast.Name(id=name):
            nodes = [each for each in ast.walk(tree) if isinstance(each, ast.Assign)]
            (said,) = (each.value for each in nodes if ast.unparse(each.targets[0]) == name)
            yield from _spelt(said, tree)
        case ast.Call(func=ast.Name(id=name)):
            (function,) = (each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name)
            for each in ast.walk(function):
                if isinstance(each, ast.Return) and each.value is not None:
                    yield from _spelt(each.value, tree)
        case ast.Call(func=ast.Attribute()):
            # Put together of the kind of a daily look: the table of tests/cli/test_status.py has those.
            return
        case _:
            raise AssertionError(f"no key that can be read: {ast.unparse(key)}")


def in_the_book() -> set[str]:
    """Keys of troubles and hints: of these some are told by alarms too."""
    chapter = OPERATING.partition("\n## When something is wrong\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", chapter, re.M))


def test_what_alarms_and_the_heartbeat_go_by_are_keys_that_the_code_makes() -> None:
    keys = made()
    assert len(keys) > 30
    strangers = {each for each in (*PASSING, *NOT_WORKING) if not any(is_of(key, {each}) for key in keys)}
    assert strangers == set()


def test_the_book_of_alarms_has_each_kind_that_stops_the_heartbeat() -> None:
    told = ALARMS.partition("of the kinds ")[2].partition(". A copy")[0]
    assert set(re.findall(r"`([^`]+)`", told)) == NOT_WORKING


def test_each_key_that_the_code_makes_stands_in_the_operators_book() -> None:
    told = {each.partition(":")[0] for each in in_the_book()}
    assert {key.partition(":")[0] for key in made()} - {"*"} <= told
