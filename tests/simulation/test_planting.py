"""Bugs are planted in lines that there are, and a planted one is found."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.simulation.planting import PACKAGE, ROOT, Bug, bugs, empty_store, sought
from tests.simulation.planting_worlds import world

BUGS = bugs()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_is_planted_in_one_line_of_the_source_which_is_python_still(bug: Bug) -> None:
    before = (ROOT / PACKAGE / bug.file).read_text(encoding="utf-8")
    after = bug.planted(before)
    assert ast.dump(ast.parse(after)) != ast.dump(ast.parse(before))


def test_a_bug_whose_line_is_not_there_or_is_there_twice_is_told_by_its_name() -> None:
    bug = Bug(name="lost", file="words.py", before="x = 1", after="x = 2", suffers="Nobody.")
    assert bug.planted("def f():\n    x = 1\n") == "def f():\n    x = 2\n"
    with pytest.raises(ValueError, match="lost: words.py has no lines 'x = 1'"):
        bug.planted("y = 1\n")
    with pytest.raises(ValueError, match="lost: words.py has 2 lines 'x = 1'"):
        bug.planted("x = 1\nx = 1\n")


def test_a_world_is_the_same_each_time() -> None:
    assert world(3) == world(3)
    assert world(3).steps != world(4).steps


@pytest.mark.slow
def test_a_planted_bug_is_found_and_without_it_all_is_silent(tmp_path: Path) -> None:
    empty, bug = empty_store(tmp_path), next(each for each in BUGS if each.name == "tags-can-not-be-followed")
    assert sought(None, [1], empty, tmp_path).world is None
    assert sought(bug, range(1, 9), empty, tmp_path).world is not None
