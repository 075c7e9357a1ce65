"""When mail that was deferred is offered again: later each time, and not all of it together."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from solacefeed.delivery.retries import SPREAD, WAITS, next_try
from tests.support.builders import MONDAY


def test_a_thousand_copies_that_were_deferred_at_once_come_back_spread_over_the_last_quarter_of_their_wait() -> None:
    agains = [next_try(number, 3, MONDAY) - MONDAY for number in range(1000)]
    assert WAITS[2] * (1 - SPREAD) <= min(agains) < max(agains) <= WAITS[2]
    tenths = Counter(int((WAITS[2] - again) / (WAITS[2] * SPREAD) * 10) for again in agains)
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 150


def test_a_copy_has_another_place_among_them_each_time_and_always_the_same() -> None:
    shortened = [(WAITS[each - 1] - (next_try(7, each, MONDAY) - MONDAY)) / WAITS[each - 1] for each in range(1, 7)]
    assert len(set(shortened)) == 6
    assert next_try(7, 2, MONDAY) == next_try(7, 2, MONDAY)


def test_a_later_deferral_waits_longer_whatever_its_place() -> None:
    shortest = [wait * (1 - SPREAD) for wait in WAITS]
    assert all(before < after for before, after in zip(WAITS, shortest[1:], strict=False))
    assert next_try(1, 99, MONDAY) - MONDAY > timedelta(hours=2)
