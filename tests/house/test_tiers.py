"""What the main suite leaves to other tiers is the same in each run, and always leaves some of each table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.generated import examples
from tests.support.tiers import leave_to_other_tiers

ROOT = Path(__file__).parents[2]


class Case(pytest.Item):
    callspec: SimpleNamespace | None = None

    def runtest(self) -> None:
        raise AssertionError("it is only sorted")


def cases(request: pytest.FixtureRequest, folder: str, number: int) -> list[pytest.Item]:
    names = [f"test_b[{which}]" for which in range(number)]
    return [Case.from_parent(request.session, name=name, nodeid=f"tests/{folder}/test_a.py::{name}") for name in names]


def told(request: pytest.FixtureRequest, module: str, number: int, *, table: bool = False) -> list[pytest.Item]:
    """So many stories of a module, or cases of its one test, each on both databases."""
    items: list[pytest.Item] = []
    for which, store_url in product(range(number), ("sqlite", "postgresql")):
        name = f"test_b[{which}-{store_url}]" if table else f"test_{which}[{store_url}]"
        case = Case.from_parent(request.session, name=name, nodeid=f"{module}::{name}")
        case.callspec = SimpleNamespace(params={"store_url": store_url})
        items.append(case)
    return items


def main_suite(items: list[pytest.Item], *, on_both: bool = False) -> set[str]:
    leave_to_other_tiers(items, on_both=on_both)
    return {each.nodeid for each in items if each.get_closest_marker("more") is None}


@pytest.mark.parametrize(("number", "few"), [(1, 1), (2, 1), (5, 1), (6, 2), (300, 2)])
def test_of_a_table_of_deeds_there_are_some_and_the_same_in_whatever_order(
    request: pytest.FixtureRequest, number: int, few: int
) -> None:
    found = main_suite(cases(request, "deeds", number))
    assert len(found) == few
    assert main_suite(cases(request, "deeds", number)[::-1]) == found


@pytest.mark.parametrize("number", [1, 2, 100])
def test_each_story_is_told_once_and_some_of_every_module_on_postgresql(
    request: pytest.FixtureRequest, number: int
) -> None:
    found = main_suite(told(request, "tests/deeds/test_a.py", number))
    assert {name.partition("[")[0] for name in found} == {
        f"tests/deeds/test_a.py::test_{which}" for which in range(number)
    }
    assert len(found) == number
    assert any("postgresql" in name for name in found)
    assert number < 3 or sum("sqlite" in name for name in found) > number // 2


def test_what_is_about_the_store_is_told_on_both_and_of_a_table_a_few_cases_a_second_time(
    request: pytest.FixtureRequest,
) -> None:
    assert len(main_suite(told(request, "tests/store/test_a.py", 50))) == 100
    of_table = main_suite(told(request, "tests/store/test_a.py", 50, table=True))
    assert sum("sqlite" in name for name in of_table) == 50
    assert sum("postgresql" in name for name in of_table) == 3


def test_all_of_it_is_told_on_both_where_somebody_says_so(request: pytest.FixtureRequest) -> None:
    assert len(main_suite(told(request, "tests/daemon/test_a.py", 50), on_both=True)) == 100


def test_a_table_of_words_is_whole(request: pytest.FixtureRequest) -> None:
    assert len(main_suite(cases(request, "text", 300))) == 300


@given(st.integers())
def a_law(number: int) -> None:
    assert number + 0 == number


def test_a_law_is_in_both_tiers(request: pytest.FixtureRequest) -> None:
    law = pytest.Function.from_parent(request.node.parent, name="a_law", callobj=a_law)
    leave_to_other_tiers([law])
    assert law.get_closest_marker("slow") is None
    leave_to_other_tiers([law], and_laws=True)
    assert law.get_closest_marker("slow") is not None
    assert law.get_closest_marker("more") is None


def test_a_case_that_is_more_by_its_own_mark_takes_nobodys_place(
    request: pytest.FixtureRequest,
) -> None:
    table = cases(request, "deeds", 9)
    for case in table[:8]:
        case.add_marker(pytest.mark.more)
    assert main_suite(table) == {table[8].nodeid}


def test_each_promise_is_shown_by_the_main_suite() -> None:
    left = {name for file in ROOT.glob("tests/**/test_*.py") for name in marked_for_other_tiers(file)}
    page = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    promises = re.split(r"^\d+\. ", page, flags=re.MULTILINE)[1:]
    assert len(promises) > 10
    assert [each for each in promises if not set(re.findall(r"`(test_\w+)`", each)) - left] == []


def test_no_test_that_a_promise_names_is_left_to_more() -> None:
    left = {name for file in ROOT.glob("tests/**/test_*.py") for name in marked_for_other_tiers(file, "more")}
    assert len(left) > 100
    assert left & set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8"))) == set()


def marked_for_other_tiers(file: Path, tiers: str = "slow|more") -> set[str]:
    """The names of tests with a mark of their own, or all of a module that has one."""
    mark = rf"pytest\.mark\.(?:{tiers})\b"
    source = file.read_text(encoding="utf-8")
    whole = re.search(rf"^pytestmark = .*{mark}", source, re.MULTILINE) is not None
    marked = r"" if whole else rf"^@{mark}\n(?:^[@ )].*\n)*"
    return set(re.findall(rf"{marked}^def (test_\w+)", source, re.MULTILINE))


def test_each_tier_but_the_real_one_has_a_target_and_together_they_leave_nothing_out() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert settings["addopts"][-1] == "not slow and not more and not real"
    assert '-m "more and not slow"' in makefile
    assert "-m slow" in makefile


def test_a_law_has_few_examples_in_the_main_suite_and_the_same_in_each_run() -> None:
    few, whole = settings.get_profile("main"), settings.get_profile("slow")
    assert few.max_examples < whole.max_examples == 100
    assert (few.derandomize, whole.derandomize) == (True, False)


@pytest.mark.parametrize("machine", [{}, {"CI": "true"}, {"CI": "true", "GITHUB_ACTIONS": "true"}, {"TF_BUILD": "1"}])
def test_a_law_means_the_same_on_every_machine_though_hypothesis_knows_a_continuous_integration(
    machine: dict[str, str],
) -> None:
    # A process of its own: Hypothesis looks at the machine when it is imported.
    told = "from tests.support.generated import settings; print(settings.get_profile('slow').derandomize)"
    home = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, env={**home, **machine}, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.parametrize("number", [1, 40, 3000])
def test_a_law_that_wants_more_examples_than_others_has_its_share_of_them(number: int) -> None:
    assert examples(number) == max(1, number * settings().max_examples // 100)
