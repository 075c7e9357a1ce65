"""What is written without the encoder is what the encoder writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.bodies import is_plain, left_open, plain_breakable, plain_left_open
from solacefeed.digest.long_words import LONGEST_UNBROKEN, breakable

LETTERS = st.sampled_from("a3D9_.@+:/?#,;!*~-=%&<'\" \té\n")


@given(st.text(LETTERS, min_size=1, max_size=12), st.integers(1, 40))
def test_what_is_plain_is_written_as_the_encoder_writes_it(some: str, times: int) -> None:
    piece = some * times
    if is_plain(piece):
        assert plain_left_open(piece) == left_open(piece)


@given(st.text(st.sampled_from("a3D9_.@+-=%"), min_size=LONGEST_UNBROKEN + 1, max_size=300))
def test_a_plain_word_that_may_break_is_written_as_the_encoder_writes_it(word: str) -> None:
    assert plain_breakable(word) == left_open(breakable(word))
