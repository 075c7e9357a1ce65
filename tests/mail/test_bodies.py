"""What is written without the encoder is what the encoder writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.bodies import is_plain, left_open, plain_breakable, plain_left_open
from solacefeed.digest.long_words import BREAK, LONGEST_UNBROKEN, breakable, with_commands

LETTERS = st.sampled_from("a3D9_.@+:/?#,;!*~-=%&<'\" \té\n")


@given(st.text(LETTERS, min_size=1, max_size=12), st.integers(1, 40))
def test_what_is_plain_is_written_as_the_encoder_writes_it(some: str, times: int) -> None:
    piece = some * times
    if is_plain(piece):
        assert plain_left_open(piece) == left_open(piece)


@given(st.text(st.sampled_from("a3D9_.@+-=%"), min_size=LONGEST_UNBROKEN + 1, max_size=300))
def test_a_plain_word_that_may_break_is_written_as_the_encoder_writes_it(word: str) -> None:
    assert plain_breakable(word) == left_open(breakable(word))


def test_a_command_breaks_at_its_spaces_alone_and_can_be_copied() -> None:
    path = "weekly/daily-2026-11-24-and-more-of-it"
    said = with_commands(f"<b> `solacefeed status --acknowledge` ends it, `show {path}` says more: {path}")
    assert '<span style="white-space:nowrap">--acknowledge</span></code> ends it, <code>' in said
    assert f"{path}</code> says more: weekly/dai{BREAK}" in said
    assert said.startswith("&lt;b&gt; <code>")


@pytest.mark.parametrize("words", ["an ` alone", "``", "nothing at all"])
def test_a_backquote_that_opens_no_command_stays(words: str) -> None:
    assert with_commands(words) == words
