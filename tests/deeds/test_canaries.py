"""A canary: a share of a large edition goes first, and the rest only where that was taken well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from solacefeed.deeds.delivering.due import left_to_the_operator
from solacefeed.deeds.editions.decisions import pause
from solacefeed.digest.messages import letter_id
from solacefeed.errors import UsageError
from solacefeed.models.canaries import Canary, CanaryRules, CanaryState
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.store import canaries, copy_claims
from tests.deeds.test_bounces import path_of, read
from tests.deeds.world import World
from tests.store.rows import LEASE, OTHER
from tests.support.bounced_mail import arf, dsn
from tests.support.builders import MONDAY, a_source_post
from tests.support.fakes import Act, Killed

NAME = partial(letter_id, sender="Us <digest@example.org>")
EDITION = "weekly/2026-11-23"
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
#: Of forty readers eight go first.
RULES = CanaryRules(share=0.2, above=30)


@pytest.fixture
def large(world: World) -> World:
    """An edition for forty readers."""
    world.canary = RULES
    world.join_at_once({f"reader{number:02}": None for number in range(40)})
    world.appear(POST)
    world.prepare()
    return world


def canary(world: World) -> Canary | None:
    with world.store.read() as connection:
        return canaries.find(connection, EDITION)


def state(world: World) -> CanaryState | None:
    found = canary(world)
    return found.state if found else None


def later(world: World, **by: float) -> None:
    world.clock.forward(**(by or {"minutes": 45}))


# -- when all is well ------------------------------------------------------------------------------------


@pytest.mark.more
def test_a_share_goes_first_and_the_rest_when_the_wait_is_over(large: World) -> None:
    first = large.deliver()
    assert first.accepted == 8
    waits = "the canary of weekly/2026-11-23, 8 copies, went 2026-11-23 08:00 UTC; "
    assert waits + "the rest goes 2026-11-23 08:45 UTC, unless it was taken badly" in first.line()
    assert not first.falls_short()
    later(large, minutes=44)
    assert not large.has_work()
    assert left_to_the_operator(large.store, [large.digest], large.clock()).canaries == first.canaries
    later(large, minutes=1)
    assert large.has_work()
    assert large.deliver().line() == "deliver: 32 accepted"
    assert sorted(large.got()) == sorted({f"reader{number:02}" for number in range(40)})
    assert (large.the_edition().state, state(large)) == (EditionState.DONE, CanaryState.PASSED)


def test_the_minute_that_is_named_is_none_in_which_it_still_waits(large: World) -> None:
    later(large, seconds=20)
    assert "the rest goes 2026-11-23 08:46 UTC" in large.deliver().line()


def test_a_pause_of_the_operators_own_has_nothing_to_mend(large: World) -> None:
    pause(large.store, EDITION)
    (words,) = left_to_the_operator(large.store, [large.digest], large.clock()).pauses
    resume = "`solacefeed editions resume weekly/2026-11-23`"
    assert words == f"weekly/2026-11-23 is paused, by the operator: {resume} lets it go on"


def test_a_round_by_the_way_sends_nothing_more_of_it(large: World) -> None:
    large.deliver()
    later(large, minutes=10)
    assert large.deliver().accepted == 0
    assert len(large.got()) == 8


def test_who_goes_first_has_not_come_first(large: World) -> None:
    large.deliver()
    numbers = sorted(int(name.removeprefix("reader")) for name in large.got())
    assert numbers[-1] >= 35
    assert all(after - before == 5 for before, after in pairwise(numbers))


@pytest.mark.parametrize(
    "rules", [None, replace(RULES, above=40), replace(RULES, share=0.0)], ids=["none", "few", "off"]
)
def test_without_one_all_go_at_once(world: World, rules: CanaryRules | None) -> None:
    world.canary = rules
    world.join_at_once({f"reader{number:02}": None for number in range(40)})
    world.appear(POST)
    world.prepare()
    assert world.deliver().accepted == 40
    assert canary(world) is None


def test_what_goes_at_once_has_none(large: World) -> None:
    with large.store.write() as connection:
        connection.exec_driver_sql("UPDATE editions SET cadence = 'at-once'")
    assert large.deliver().accepted == 40


def test_an_edition_of_which_somebody_has_a_copy_has_none_any_more(large: World) -> None:
    large.canary = None
    large.stop = lambda: bool(large.got())
    large.deliver()
    large.canary, large.stop = RULES, lambda: False
    large.deliver()
    assert (len(large.got()), canary(large)) == (40, None)


# -- when it is taken badly ------------------------------------------------------------------------------


@pytest.mark.more
def test_one_that_is_refused_pauses_the_edition_and_the_operators_word_lets_the_rest_go(large: World) -> None:
    stopped = large.deliver(*[Act.REJECT] * 4)
    assert (stopped.rejected, stopped.paused) == (4, 1)
    assert stopped.falls_short()
    reason = "4 of its first 8 copies were refused, more than 5%"
    assert stopped.pauses == (
        f"weekly/2026-11-23 is paused, {reason}: mend that, then `solacefeed editions resume weekly/2026-11-23`",
    )
    assert (large.the_edition().reason, stopped.canaries) == (reason, ())
    assert not large.has_work()
    later(large, hours=5)
    assert large.resume().line() == "editions: weekly/2026-11-23 resumed; the next deliver offers 32 copies"
    assert state(large) is CanaryState.OVERRULED
    assert large.deliver().accepted == 32


@pytest.mark.more
def test_what_passes_any_mailbox_stops_nothing(large: World) -> None:
    large.deliver(*[Act.REJECT] * 3)
    later(large)
    assert large.deliver().accepted == 32


def test_mails_that_come_back_in_time_pause_the_edition(large: World, tmp_path: Path) -> None:
    large.deliver()
    gone = [large.copies()[name] for name in large.got()[:4]]
    read(large, tmp_path, *(dsn(to=path_of(each), recipient=each.email) for each in gone))
    # The second bounce of a mail says nothing new.
    read(large, tmp_path, dsn(to=path_of(gone[0]), recipient=gone[0].email, said="smtp; 550 5.1.1 still unknown"))
    later(large)
    assert large.deliver().paused == 1
    assert large.the_edition().reason == "4 of its first 8 copies came back, more than 5%"


def test_two_complaints_pause_the_edition(large: World, tmp_path: Path) -> None:
    large.deliver()
    gone = [large.copies()[name] for name in large.got()[:2]]
    read(large, tmp_path, *(arf(to=path_of(each)) for each in gone))
    later(large)
    large.deliver()
    assert large.the_edition().reason == "2 of its first 8 copies were called spam, more than 0.3%"


def test_what_is_over_a_limit_before_the_wait_is_over_pauses_the_edition_at_once(large: World, tmp_path: Path) -> None:
    large.deliver()
    gone = [large.copies()[name] for name in large.got()[:2]]
    read(large, tmp_path, arf(to=path_of(gone[0])))
    later(large, minutes=2)
    assert not large.has_work()
    read(large, tmp_path, arf(to=path_of(gone[1])))
    assert large.has_work()
    assert large.deliver().paused == 1
    assert large.the_edition().reason == "2 of its first 8 copies were called spam, more than 0.3%"
    assert not large.has_work()


@pytest.mark.more
def test_what_is_put_off_counts_nowhere_and_holds_nothing_up(large: World) -> None:
    assert large.deliver(*[Act.DEFER] * 8).deferred == 8
    later(large)
    # It is greylisting: each of them is offered again beside the rest.
    assert large.deliver().accepted == 40
    assert state(large) is CanaryState.PASSED


# -- kills, pauses and the clock -------------------------------------------------------------------------


@pytest.mark.parametrize("kill", [Act.KILL_BEFORE_THE_MARK, Act.KILL_BEFORE_THE_DOT, Act.KILL_AFTER_THE_DOT])
def test_a_kill_in_its_midst_leaves_the_same_copies_to_go_first(large: World, kill: Act) -> None:
    with pytest.raises(Killed):
        large.deliver(Act.ACCEPT, Act.ACCEPT, kill)
    begun = canary(large)
    large.deliver()
    later(large, minutes=20)
    large.deliver()
    found = canary(large)
    assert begun is not None
    assert found is not None
    assert (found.copies, found.begun_at, found.state) == (8, begun.begun_at, CanaryState.OUT)
    assert 8 <= len(large.got()) <= 9
    assert len(set(large.got())) == 8


def test_two_workers_take_what_goes_first_between_them_and_nothing_else(large: World) -> None:
    large.stop = lambda: bool(large.got())
    large.deliver()
    claimed: list[int] = []
    for lease in (LEASE, OTHER, LEASE):
        with large.store.write() as connection:
            first = canaries.first_ones(connection, EDITION)
            took = copy_claims.claim(connection, EDITION, lease=lease, limit=4, at=large.clock.now, which=first)
            # Whoever would choose anew finds them chosen.
            assert not canaries.begin(connection, EDITION, [1], at=large.clock.now)
        claimed += [copy.id for copy in took]
    assert len(claimed) == len(set(claimed)) == 7
    with large.store.read() as connection:
        assert not canaries.has_gone(connection, EDITION)


@pytest.mark.more
def test_the_wait_begins_when_the_last_of_them_was_offered(large: World) -> None:
    large.stop = lambda: len(large.got()) > 2
    large.deliver()
    assert 0 < len(large.got()) < 8
    found = canary(large)
    assert found is not None
    assert found.went_at is None
    large.stop = lambda: False
    later(large, hours=2)
    large.deliver()
    found = canary(large)
    assert found is not None
    assert found.waits_until == MONDAY + timedelta(hours=2, minutes=45)


def test_the_wait_takes_a_quarter_at_most_of_the_time_that_an_edition_has_left(large: World) -> None:
    large.canary = replace(RULES, wait=timedelta(days=10))
    large.clock.now = large.the_edition().leaves_at + large.digest.max_late - timedelta(hours=4)
    large.deliver()
    later(large, hours=1)
    large.deliver()
    assert set(large.states().values()) == {"accepted"}


@pytest.mark.more
def test_a_relay_that_is_away_takes_nothing_from_the_wait(large: World) -> None:
    large.deliver(*[Act.CUT_BEFORE_THE_DOT] * 2)
    later(large, hours=3)
    assert large.deliver().accepted == 8
    found = canary(large)
    assert found is not None
    assert found.waits_until == MONDAY + timedelta(hours=3, minutes=45)


def test_an_operator_who_will_not_wait_lets_the_rest_go(large: World) -> None:
    large.deliver()
    assert large.resume().line() == "editions: weekly/2026-11-23 resumed; the next deliver offers 32 copies"
    assert large.deliver().accepted == 32
    with pytest.raises(UsageError, match="is not paused but done"):
        large.resume()


def test_an_edition_that_is_paused_meanwhile_still_asks_its_canary_when_it_goes_on(
    large: World, tmp_path: Path
) -> None:
    large.deliver()
    gone = [large.copies()[name] for name in large.got()[:4]]
    pause(large.store, EDITION)
    read(large, tmp_path, *(dsn(to=path_of(each), recipient=each.email) for each in gone))
    later(large, hours=2)
    assert large.deliver().paused == 0
    assert large.resume().line() == (
        "editions: weekly/2026-11-23 resumed; the next deliver offers its canary of 8 copies, and 32 wait; "
        "`solacefeed editions resume weekly/2026-11-23` once more lets them go too"
    )
    assert large.deliver().paused == 1
    assert len(large.got()) == 8


@pytest.mark.more
def test_one_whose_edition_is_cancelled_goes_nowhere_and_the_next_of_that_name_has_its_own(large: World) -> None:
    large.deliver()
    large.cancel(make_anew=True)
    assert not large.has_work()
    large.prepare()
    # Eight have its post, and thirty-two are left.
    assert (large.deliver().accepted, state(large)) == (7, CanaryState.OUT)
    later(large)
    assert large.deliver().accepted == 25


def test_what_is_refused_and_offered_again_is_of_it_still(large: World) -> None:
    large.deliver(Act.REJECT)
    assert large.retry(EDITION).editions == {EDITION: 1}
    assert large.deliver().accepted == 1
    assert len(large.got()) == 8


@pytest.mark.more
def test_an_edition_that_expired_whole_and_is_sent_again_has_one(large: World) -> None:
    large.clock.now = large.the_edition().leaves_at + large.digest.max_late + timedelta(hours=1)
    assert large.deliver().expired == 40
    large.send_again(DeliveryState.EXPIRED)
    assert large.deliver().accepted == 8
    later(large)
    assert large.deliver().accepted == 32


def test_a_reader_who_leaves_meanwhile_gets_nothing_and_holds_nothing_up(large: World) -> None:
    large.deliver()
    waiting = next(name for name, copy in large.copies().items() if copy.state is DeliveryState.PENDING)
    large.leave(waiting)
    later(large)
    assert large.deliver().accepted == 31
    assert waiting not in large.got()
