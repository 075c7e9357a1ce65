"""Which copies go first stands for all of them, and what stops the rest is more than chance."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.canaries import sample, too_much, wait
from solacefeed.models.canaries import CanaryCounts, CanaryRules
from tests.support.builders import MONDAY

RULES = CanaryRules()
DOMAINS = ("example.org", "example.net", "council.example", "Example.COM")

lists = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(DOMAINS)), max_size=300).map(
    lambda steps: [
        (sum(step for step, _ in steps[: at + 1]), f"reader{at}@{domain}") for at, (_, domain) in enumerate(steps)
    ]
)


@given(lists, st.sampled_from([0.01, 0.02, 0.1, 0.33, 1.0]))
def test_each_domain_has_its_share_of_the_sample_to_within_one_copy(
    copies: list[tuple[int, str]], share: float
) -> None:
    chosen = list(sample(copies, share))
    assert chosen == sorted(set(chosen))
    addresses = dict(copies)
    of_all = Counter(address.partition("@")[2] for address in addresses.values())
    of_sample = Counter(addresses[number].partition("@")[2] for number in chosen)
    assert all(abs(of_sample[domain] - share * count) <= 1 for domain, count in of_all.items())


def test_readers_of_all_times_are_in_the_sample_and_not_the_first_ones_alone() -> None:
    chosen = list(sample(((number, f"r{number}@example.org") for number in range(1, 10_001)), 0.01))
    assert len(chosen) == 100
    assert max(after - before for before, after in pairwise(chosen)) <= 101
    assert (chosen[0] <= 100, chosen[-1] > 9_900) == (True, True)


def test_a_sample_is_the_same_in_any_process() -> None:
    copies = [(number, f"r{number}@{DOMAINS[number % 4]}") for number in range(1, 400)]
    assert list(sample(copies, 0.01)) == [18, 104, 147, 301]


@pytest.mark.parametrize(
    ("counts", "stops"),
    [
        (CanaryCounts(taken=50), None),
        (CanaryCounts(taken=49, refused=1), None),
        (CanaryCounts(taken=47, refused=3), None),
        (CanaryCounts(taken=46, refused=4), "4 of its first 50 copies were refused, more than 5%"),
        (CanaryCounts(taken=50, bounced=3), None),
        (CanaryCounts(taken=50, bounced=4), "4 of its first 50 copies came back, more than 5%"),
        (CanaryCounts(taken=1000, bounced=50), None),
        (CanaryCounts(taken=1000, bounced=51), "51 of its first 1000 copies came back, more than 5%"),
        (CanaryCounts(taken=50, complained=1), None),
        (CanaryCounts(taken=50, complained=2), "2 of its first 50 copies were called spam, more than 0.3%"),
        (CanaryCounts(taken=10_000, complained=30), None),
        (CanaryCounts(taken=10_000, complained=31), "31 of its first 10000 copies were called spam, more than 0.3%"),
        (CanaryCounts(), None),
    ],
)
def test_what_stops_the_rest_is_more_than_its_share_and_more_than_a_few(
    counts: CanaryCounts, stops: str | None
) -> None:
    assert too_much(counts, RULES) == stops


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_what_stops_the_rest_still_stops_it_when_more_comes_back(
    taken: int, refused: int, bounced: int, complained: int
) -> None:
    counts = CanaryCounts(taken=taken, refused=refused, bounced=bounced, complained=complained)
    more = CanaryCounts(taken=taken, refused=refused + 1, bounced=bounced + 1, complained=complained + 1)
    assert too_much(counts, RULES) is None or too_much(more, RULES) is not None


@given(st.integers(-100, 1000), st.integers(1, 1000))
def test_the_rest_waits_for_a_quarter_of_the_time_that_is_left_at_most(hours_left: int, wanted: int) -> None:
    rules = CanaryRules(wait=timedelta(hours=wanted))
    waits = wait(rules, MONDAY, MONDAY + timedelta(hours=hours_left))
    assert timedelta() <= waits <= max(timedelta(hours=hours_left) / 4, timedelta())
    assert waits <= rules.wait
