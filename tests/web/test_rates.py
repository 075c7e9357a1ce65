"""How many forms are taken in an hour: from one network and in all; who is refused is not counted."""

from __future__ import annotations

import threading

from solacefeed.web.limits import FormCounts, Rates


def test_a_network_has_its_share_and_all_together_have_theirs() -> None:
    rates = Rates(FormCounts(), per_network=2, in_all=5)
    assert [rates.allows("subscribe", "192.0.2.0/24") for _ in range(4)] == [True, True, False, False]
    assert [rates.allows("subscribe", "198.51.100.0/24") for _ in range(3)] == [True, True, False]
    assert [rates.allows("subscribe", f"203.0.{number}.0/24") for number in range(3)] == [True, False, False]


def test_a_flood_of_one_form_keeps_nobody_from_another() -> None:
    rates = Rates(FormCounts(), per_network=1, in_all=1)
    assert [rates.allows("subscribe", "192.0.2.0/24") for _ in range(2)] == [True, False]
    assert rates.allows("complain", "192.0.2.0/24")


def test_who_is_refused_takes_nothing_from_the_others_and_fills_no_memory() -> None:
    counts = FormCounts()
    rates = Rates(counts, per_network=1, in_all=10)
    assert rates.allows("subscribe", "192.0.2.0/24")
    assert not any(rates.allows("subscribe", "192.0.2.0/24") for _ in range(100))
    assert all(rates.allows("subscribe", f"198.51.{number}.0/24") for number in range(9))
    assert not any(rates.allows("subscribe", f"203.0.{number}.0/24") for number in range(200))
    assert len(counts.counted.events) == 11


def test_threads_that_ask_at_once_get_no_more() -> None:
    rates = Rates(FormCounts(), per_network=10, in_all=100)
    allowed: list[bool] = []

    def ask() -> None:
        allowed.extend(rates.allows("subscribe", "192.0.2.0/24") for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) == 10


def test_networks_of_which_nothing_is_counted_any_more_are_forgotten() -> None:
    counts = FormCounts()
    rates = Rates(counts, per_network=1, in_all=10)
    rates.allows("subscribe", "192.0.2.0/24")
    counts.counted.events |= {f"long ago {number}": [] for number in range(rates.MOST_NETWORKS)}
    assert rates.allows("subscribe", "198.51.100.0/24")
    assert len(counts.counted.events) == 3


def test_other_rates_go_on_with_what_was_counted() -> None:
    counts = FormCounts()
    assert all(Rates(counts, per_network=2, in_all=5).allows("subscribe", "192.0.2.0/24") for _ in range(2))
    # Neither a config that is read again nor a higher limit gives new tries.
    assert not Rates(counts, per_network=2, in_all=5).allows("subscribe", "192.0.2.0/24")
    more = Rates(counts, per_network=3, in_all=3)
    assert [more.allows("subscribe", "192.0.2.0/24") for _ in range(2)] == [True, False]
    assert not more.allows("subscribe", "198.51.100.0/24")
    assert not Rates(counts, per_network=1, in_all=1).allows("subscribe", "192.0.2.0/24")
