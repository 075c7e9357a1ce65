"""What the main suite leaves to the slow tier is the same in each run, and always leaves some of each table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.generated import examples
from tests.support.tiers import leave_to_the_slow_tier


class Case(pytest.Item):
    def runtest(self) -> None:
        raise AssertionError("it is only sorted")


def cases(request: pytest.FixtureRequest, folder: str, number: int) -> list[pytest.Item]:
    names = [f"test_b[{which}]" for which in range(number)]
    return [Case.from_parent(request.session, name=name, nodeid=f"tests/{folder}/test_a.py::{name}") for name in names]


def main_suite(items: list[pytest.Item]) -> set[str]:
    leave_to_the_slow_tier(items)
    return {each.nodeid for each in items if each.get_closest_marker("slow") is None}


@pytest.mark.parametrize("number", [1, 4, 5, 300])
def test_of_a_table_of_deeds_there_are_some_and_the_same_in_whatever_order(
    request: pytest.FixtureRequest, number: int
) -> None:
    found = main_suite(cases(request, "deeds", number))
    assert len(found) == min(number, 4)
    assert main_suite(cases(request, "deeds", number)[::-1]) == found


def test_a_table_of_words_is_whole(request: pytest.FixtureRequest) -> None:
    assert len(main_suite(cases(request, "text", 300))) == 300


@given(st.integers())
def a_law(number: int) -> None:
    assert number + 0 == number


def test_a_law_is_in_both_tiers(request: pytest.FixtureRequest) -> None:
    law = pytest.Function.from_parent(request.node.parent, name="a_law", callobj=a_law)
    leave_to_the_slow_tier([law])
    assert law.get_closest_marker("slow") is None
    leave_to_the_slow_tier([law], and_laws=True)
    assert law.get_closest_marker("slow") is not None


def test_a_law_has_few_examples_in_the_main_suite_and_the_same_in_each_run() -> None:
    few, whole = settings.get_profile("main"), settings.get_profile("slow")
    assert few.max_examples < whole.max_examples == 100
    assert (few.derandomize, whole.derandomize) == (True, False)


@pytest.mark.parametrize("number", [1, 40, 3000])
def test_a_law_that_wants_more_examples_than_others_has_its_share_of_them(number: int) -> None:
    assert examples(number) == max(1, number * settings().max_examples // 100)
