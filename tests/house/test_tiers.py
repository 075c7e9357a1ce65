"""What the main suite leaves to other tiers is the same in each run, and always leaves some of each table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.generated import examples
from tests.support.tiers import leave_to_other_tiers

ROOT = Path(__file__).parents[2]


class Case(pytest.Item):
    def runtest(self) -> None:
        raise AssertionError("it is only sorted")


def cases(request: pytest.FixtureRequest, folder: str, number: int) -> list[pytest.Item]:
    names = [f"test_b[{which}]" for which in range(number)]
    return [Case.from_parent(request.session, name=name, nodeid=f"tests/{folder}/test_a.py::{name}") for name in names]


def main_suite(items: list[pytest.Item]) -> set[str]:
    leave_to_other_tiers(items)
    return {each.nodeid for each in items if each.get_closest_marker("more") is None}


@pytest.mark.parametrize("number", [1, 2, 3, 300])
def test_of_a_table_of_deeds_there_are_some_and_the_same_in_whatever_order(
    request: pytest.FixtureRequest, number: int
) -> None:
    found = main_suite(cases(request, "deeds", number))
    assert len(found) == min(number, 2)
    assert main_suite(cases(request, "deeds", number)[::-1]) == found


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
    for case in table[::2]:
        case.add_marker(pytest.mark.more)
    assert len(main_suite(table)) == 2


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
