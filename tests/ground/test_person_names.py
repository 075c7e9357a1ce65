"""What is a person's name, wherever it comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.person_names import LONGEST, person_name


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (None, None),
        (" \t ", None),
        (" Ann  Carer ", "Ann Carer"),
        ("Ann\r\nBcc: eve@example.org", "Ann Bcc: eve@example.org"),
        ("Zoë Ŵynne", "Zoë Ŵynne"),
        ("a" * 300, "a" * LONGEST),
    ],
)
def test_a_name_is_one_line_of_letters(said: str | None, kept: str | None) -> None:
    assert person_name(said) == kept


@given(st.text(max_size=2 * LONGEST))
def test_a_name_that_is_kept_is_the_same_when_it_is_said_again(said: str) -> None:
    kept = person_name(said)
    assert person_name(kept) == kept
    assert kept is None or (kept.isprintable() and len(kept) <= LONGEST)
