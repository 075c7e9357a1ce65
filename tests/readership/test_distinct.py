"""A sketch tells how many different ones there were, whatever came twice, in whichever order and parts."""

from __future__ import annotations

from hashlib import blake2b
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.readership.distinct import Distinct

HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=50)


def hashed(number: int, salt: int = 0) -> int:
    return int.from_bytes(blake2b(b"%d %d" % (salt, number), digest_size=8).digest(), "big")


def sketch(hashes: list[int]) -> Distinct:
    made = Distinct()
    for each in hashes:
        made.add(each)
    return made


def test_nobody_is_nobody_and_a_few_are_told_exactly() -> None:
    assert [sketch([hashed(each) for each in range(count)]).estimate() for count in range(40)] == list(range(40))


@pytest.mark.parametrize("count", [300, 2_000, 12_000, 30_000, 60_000, 150_000])
def test_the_number_is_told_within_three_percent_at_any_size(count: int) -> None:
    told = sketch([hashed(each, count) for each in range(count)]).estimate()
    assert abs(told - count) <= 0.03 * count


@given(HASHES, HASHES)
def test_two_parts_make_what_the_whole_makes_in_any_order(some: list[int], others: list[int]) -> None:
    merged, whole = sketch(some), sketch([*reversed(others), *some, *some])
    merged.merge(sketch(others))
    assert merged.packed() == whole.packed()
    assert not merged.merge(sketch(some))


def test_a_large_one_is_merged_into_a_small_one() -> None:
    large, small = sketch([hashed(each) for each in range(5_000)]), sketch([hashed(1), hashed(9_999_999)])
    assert small.merge(large)
    assert not large.merge(sketch([hashed(4_000)]))
    assert abs(small.estimate() - 5_001) < 150


@given(HASHES)
def test_what_was_kept_is_the_same_again(hashes: list[int]) -> None:
    made = sketch(hashes)
    again = Distinct.of(made.packed())
    assert (again.packed(), again.estimate()) == (made.packed(), made.estimate())


@pytest.mark.parametrize("kept", [b"", b"what is this", Distinct().packed()[:20], b"\x78\x9c\x03\x00\x00\x00\x00\x01"])
def test_bytes_that_are_no_sketch_are_refused(kept: bytes) -> None:
    with pytest.raises(ValueError, match="no sketch"):
        Distinct.of(kept)


def test_hashes_at_the_ends_have_their_ranks() -> None:
    told = [sketch([0]).estimate(), sketch([2**64 - 1]).estimate(), sketch([0, 2**64 - 1]).estimate()]
    assert told == [1, 1, 2]
    assert all(before <= after for before, after in pairwise(told))
