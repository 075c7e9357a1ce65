"""How things are said: what a person reads can't move the terminal's cursor, and what a program reads is JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.cli.console import Console, in_words, plain
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import Period

NOON = datetime(2026, 11, 23, 13, tzinfo=timezone(timedelta(hours=1)))


@given(st.text())
def test_no_title_moves_the_terminals_cursor(text: str) -> None:
    assert all(letter.isprintable() or letter == "\n" for letter in in_words(text))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (3, "3"),
        (DeliveryState.ACCEPTED, "accepted"),
        (NOON, "2026-11-23 12:00 UTC"),
        (date(2026, 11, 23), "2026-11-23"),
        (("housing", NOON), "housing, 2026-11-23 12:00 UTC"),
        ("red\x1b[31m \u202eback\rover", "red [31m  back over"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    assert in_words(value) == words


def test_values_for_programs() -> None:
    period = Period(starts=NOON, ends=NOON.astimezone(UTC))
    assert plain({"period": period, "days": {date(2026, 11, 23)}, 3: DeliveryState.ACCEPTED}) == {
        "period": {"starts": "2026-11-23T12:00:00Z", "ends": "2026-11-23T12:00:00Z"},
        "days": ["2026-11-23"],
        "3": "accepted",
    }


def test_a_table_breaks_no_cell_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=False, quiet=False)
    console.table(("id", "title"), [(1, "[bold]x[/bold] " + "word " * 100), (22, None)], "nothing")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["id", "1", "22"]
    assert "[bold]x[/bold] word word" in lines[1]


def test_a_sheet_keeps_the_lines_of_a_value_under_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    Console(as_json=False, quiet=False).sheet([("id", 1), ("gone", None), ("posts", "first\nsecond"), ("empty", "")])
    assert capsys.readouterr().out == "id     1\nposts  first\n       second\nempty\n"
