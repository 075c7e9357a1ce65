"""Bugs are planted in lines that there are, and a planted one is found."""

from __future__ import annotations

import ast
import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.store.compiled import Compiled
from tests.simulation import planting_alone
from tests.simulation.planted import PACKAGE, ROOT, Bug, bugs
from tests.simulation.planting import empty_store, in_forks
from tests.simulation.planting_worlds import ABOUT, about, world
from tests.simulation.swapping import swap

BUGS = bugs()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_is_planted_in_one_line_of_the_source_which_is_python_still(bug: Bug) -> None:
    before = (ROOT / PACKAGE / bug.file).read_text(encoding="utf-8")
    after = bug.planted(before)
    assert ast.dump(ast.parse(after)) != ast.dump(ast.parse(before))


def test_a_bug_whose_line_is_not_there_or_is_there_twice_is_told_by_its_name() -> None:
    bug = Bug(name="lost", story="kills", file="words.py", before="x = 1", after="x = 2", suffers="Nobody.")
    assert bug.planted("def f():\n    x = 1\n") == "def f():\n    x = 2\n"
    with pytest.raises(ValueError, match=r"lost: words\.py has no lines 'x = 1'"):
        bug.planted("y = 1\n")
    with pytest.raises(ValueError, match=r"lost: words\.py has 2 lines 'x = 1'"):
        bug.planted("x = 1\nx = 1\n")


def test_a_bug_is_sought_first_in_worlds_that_are_about_it() -> None:
    drawn, alone = range(1, 2 * len(ABOUT) + 1), planting_alone.NUMBERS
    worlds = [*drawn, *alone, *(number + len(alone) for number in alone)]
    for bug in BUGS:
        first, second, *rest = bug.first(worlds)
        assert {about(first), about(second)} == {bug.story}
        assert {*rest, first, second} == set(worlds)


@pytest.mark.parametrize("number", [3, planting_alone.FIRST])
def test_a_world_is_the_same_each_time(number: int) -> None:
    assert world(number) == world(number)
    assert world(number).steps != world(number + 1).steps


def test_of_what_befalls_alone_there_is_a_world_for_each_and_none_of_the_drawn_ones_is_it() -> None:
    assert [about(number) for number in planting_alone.NUMBERS] == list(planting_alone.ALONE)
    assert not set(planting_alone.ALONE) & set(ABOUT)


@pytest.mark.slow
def test_a_planted_bug_is_found_and_without_it_all_is_silent(tmp_path: Path) -> None:
    empty, bug = empty_store(tmp_path), next(each for each in BUGS if each.name == "oldest-first")
    of_the_same: list[tuple[Bug | None, list[int]]] = [(None, [19]), (bug, [19])]
    finds = {each.bug: each for each in in_forks(of_the_same, empty, tmp_path, jobs=1)}
    assert finds["unchanged"].world is None
    assert finds[bug.name].world == 19


def test_a_search_that_breaks_off_has_found_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lost = Bug(name="lost", story="kills", file="words.py", before="no = line", after="no = bug", suffers="Nobody.")
    (find,) = in_forks([(lost, [19])], b"", tmp_path, jobs=1)
    assert (find.bug, find.world, find.law) == ("lost", None, "the process ended")
    assert "lost: words.py has no lines" in capfd.readouterr().err


# -- planting ---------------------------------------------------------------------------------------------

MODULE = """
from functools import cache

LONG = 90

class Thing:
    @property
    def size(self):
        return 1

@cache
def answer(thing):
    return thing.size + LONG
"""


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "loaded_for_a_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("loaded_for_a_test")
    sys.modules.pop("loaded_for_a_test")


def test_a_function_that_others_hold_has_the_changed_code(loaded: Any) -> None:
    held, thing = loaded.answer, loaded.Thing()
    swap(loaded.__name__, MODULE, MODULE.replace("size + LONG", "size - LONG"))
    swap(loaded.__name__, MODULE, MODULE.replace("return 1", "return 2"))
    assert held(thing) == 2 - 90


def test_what_was_worked_out_before_a_process_was_frozen_is_worked_out_anew(loaded: Any) -> None:
    statement = Compiled(lambda _dialect: sa.select(sa.literal_column(str(loaded.Thing().size))))
    with closing(sa.create_engine("sqlite://", poolclass=sa.NullPool).connect()) as connection:
        assert statement.execute(connection, {}).scalar() == 1
        gc.freeze()
        try:
            swap(loaded.__name__, MODULE, MODULE.replace("return 1", "return 2"))
        finally:
            gc.unfreeze()
        assert statement.execute(connection, {}).scalar() == 2


def test_a_constant_is_changed_where_it_stands(loaded: Any) -> None:
    swap(loaded.__name__, MODULE, MODULE.replace("LONG = 90", "LONG = 9"))
    assert loaded.answer(loaded.Thing()) == 10


def test_what_is_no_function_and_no_constant_is_not_changed_in_silence(loaded: Any) -> None:
    with pytest.raises(ValueError, match="neither a function nor one constant"):
        swap(loaded.__name__, MODULE, MODULE.replace("import cache", "import cache as other"))
