"""Excerpts: the beginning of a post, in whole sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.text.characters import one_line
from solacefeed.text.excerpt import _END, excerpt, sentences


@pytest.mark.parametrize(
    "expected",
    [
        ["One.", "Two!", "Three?", "Four…", "Five"],
        ["Dr. Bloggs met Cllr. Lee at St. Mary’s.", "They agreed."],
        ["Some councils, e.g. Anytown, i.e. ours, cope.", "Others do not."],
        ["J. R. Hartley wrote it.", "He did."],
        ["The U.S. Senate did too.", "It helped."],
        ["“It works.”", "She meant it (really!).", "So did he."],
        ["It cost £1.2m. in all, or 10.5% more.", "Nobody paid."],
        ["See vol. 2, no. 3 and p. 14.", "It is there."],
        ["What next?", "2012 will tell."],
        ["Wait … and see.", "Now."],
        ["Beth nesaf?", "Ŵyn yw’r ateb."],
        ["مرحبا؟", "نعم."],
    ],
)
def test_a_text_is_cut_after_its_sentences(expected: list[str]) -> None:
    assert list(sentences(" ".join(expected))) == expected


def test_an_excerpt_takes_as_many_whole_sentences_as_fit() -> None:
    assert (
        excerpt(["One is here. Two is here.", "Three is here. Four."], 40) == "One is here. Two is here. Three is here."
    )


def test_a_first_sentence_that_is_too_long_ends_with_a_whole_word() -> None:
    assert excerpt(["A sentence that has no end in sight, and no comma."], 20) == "A sentence that has…"


def test_one_endless_word_is_cut() -> None:
    assert excerpt(["x" * 100], 10) == "x" * 9 + "…"


def test_of_nothing_there_is_no_excerpt() -> None:
    assert excerpt([], 300) == excerpt([""], 300) == ""


_PROSE = st.text(st.sampled_from("abcD .!?…’” "), max_size=80).map(one_line)


@given(texts=st.lists(_PROSE, max_size=4), length=st.integers(5, 60))
def test_an_excerpt_is_a_beginning_no_longer_than_asked_for(texts: list[str], length: int) -> None:
    short = excerpt(texts, length)
    assert len(short) <= length
    assert one_line(" ".join(texts)).startswith(short.removesuffix("…").rstrip())


@pytest.mark.parametrize("piece", [".", "…", ".)", ". ", "?!", ".a", "a. b", "No. "])
def test_a_sentence_is_looked_for_once(piece: str) -> None:
    """Whatever is repeated, twice as much costs about twice as many steps."""
    assert sum(1 for _ in _END.finditer(piece * 20_000)) <= 20_000
    assert excerpt([piece * 200_000], 100) == excerpt([piece * 1_000], 100)
