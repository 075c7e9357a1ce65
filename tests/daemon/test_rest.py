"""A failing blog is left alone for longer each time, and never for ever."""

from __future__ import annotations

from datetime import timedelta

from solacefeed.daemon.rest import Rest


def waits(failures: int, *, chance: float = 0.5) -> list[float]:
    rest = Rest(timedelta(minutes=15))
    found: list[float] = []
    for _ in range(failures):
        rest.after_failure(0.0, chance)
        found.append(next(minute for minute in range(100_000) if not rest.goes_on(minute * 60.0)))
    return found


def test_one_failure_is_tried_again_at_the_next_look() -> None:
    assert waits(1) == [0]


def test_each_further_failure_doubles_the_wait_up_to_four_hours() -> None:
    assert waits(7) == [0, 15, 45, 105, 225, 240, 240]


def test_many_who_failed_together_do_not_come_back_together() -> None:
    assert waits(6, chance=0.0)[-1] < waits(6, chance=1.0)[-1]


def test_a_good_poll_forgets_the_failures() -> None:
    rest = Rest(timedelta(minutes=15))
    for _ in range(5):
        rest.after_failure(0.0, 0.5)
    rest.after_success()
    assert not rest.goes_on(0.0)
