"""Small charts: each mark lies within the plot, and is as high as its number; of nothing there is an empty one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.views.charts import Chart, columns, line

NUMBERS = st.lists(st.floats(min_value=0, max_value=1e9, allow_nan=False), max_size=60)


def foot(chart: Chart) -> float:
    return chart.ticks[0].y


def test_a_column_is_as_high_as_its_number_beside_the_others() -> None:
    chart = columns(["a", "b"], [[("good", 10)], [("good", 20)]])
    low, high = chart.marks
    assert high.height == pytest.approx(2 * low.height)
    assert low.x < high.x
    assert [tick.label for tick in chart.ticks] == ["0", "10", "20"]
    assert (chart.first, chart.last) == ("a", "b")


def test_of_one_copy_there_is_no_half() -> None:
    assert [tick.label for tick in columns(["a"], [[("good", 1)]]).ticks] == ["0", "1"]
    assert [tick.label for tick in line(["a", "b"], [0, 1]).ticks] == ["0", "1"]
    assert [tick.label for tick in columns(["a"], [[("lost", 1.0)]], share=True).ticks] == ["0 %", "50 %", "100 %"]


def test_parts_of_a_column_stand_on_one_another() -> None:
    lower, upper = columns(["a"], [[("good", 30), ("waits", 0), ("lost", 10)]]).marks
    assert (lower.kind, upper.kind) == ("good", "lost")
    assert upper.y + upper.height == pytest.approx(lower.y, abs=0.02)


def test_a_share_is_told_in_parts_of_a_hundred_and_none_is_above_all() -> None:
    assert [tick.label for tick in columns(["a"], [[("lost", 0.034)]], share=True).ticks] == ["0 %", "2 %", "4 %"]
    assert columns(["a"], [[("lost", 1.0)]], share=True).ticks[-1].label == "100 %"


def test_a_line_goes_from_the_first_to_the_last() -> None:
    chart = line(["a", "b", "c"], [0, 5, 10])
    assert chart.line.count(",") == len(chart.dots) == 3
    assert (chart.dots[0][0], chart.dots[-1][0]) == (chart.left, chart.right)
    assert chart.dots[0][1] == foot(chart)


def test_of_one_there_is_a_dot_and_no_line() -> None:
    chart = line(["a"], [7])
    assert (chart.line, len(chart.dots), chart.first, chart.last) == ("", 1, "a", "")


def test_of_nothing_there_is_an_empty_plot() -> None:
    for chart in (columns([], []), line([], [])):
        assert (chart.marks, chart.line, chart.dots, chart.first, chart.last) == ((), "", (), "", "")
        assert [tick.label for tick in chart.ticks] == ["0", "1"]


@pytest.mark.parametrize(
    ("value", "label"), [(7, "10"), (1_500, "2k"), (13_500, "20k"), (2_000_000, "2M"), (0.3, "0.4")]
)
def test_the_top_of_the_axis_is_a_round_number_not_below(value: float, label: str) -> None:
    assert columns(["a"], [[("good", value)]]).ticks[-1].label == label


@given(NUMBERS)
def test_whatever_the_numbers_all_is_drawn_within_the_plot(numbers: list[float]) -> None:
    names = [str(number) for number in range(len(numbers))]
    bars, drawn = columns(names, [[("good", value)] for value in numbers]), line(names, numbers)
    top = bars.ticks[-1].y
    for mark in bars.marks:
        assert bars.left <= mark.x <= mark.x + mark.width <= bars.right + 0.1
        assert top - 0.1 <= mark.y <= mark.y + mark.height <= foot(bars) + 0.1
    for x, y in drawn.dots:
        assert drawn.left <= x <= drawn.right
        assert drawn.ticks[-1].y - 0.1 <= y <= foot(drawn) + 0.1
