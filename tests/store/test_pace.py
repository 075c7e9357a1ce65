"""How fast mail may leave is kept in the store: no window has more than its limit."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solacefeed.deeds.delivering.pacing import Pacing
from solacefeed.models.deliveries import Delivery, Lease
from solacefeed.pace import ALL, MINUTES, DomainGroup, Limits, Pace, PaceStanding, day_of, minute_of, slowed
from solacefeed.store import copy_claims, copy_lanes, deliveries, schema
from solacefeed.store import pace as pace_store
from solacefeed.store.database import Store, open_store
from tests.store.rows import EDITION, LEASE, copies_for, everything, many_copies
from tests.support.builders import MONDAY
from tests.support.generated import examples

SECOND = timedelta(seconds=1)


def take(store: Store, limits: Limits, wanted: int, at: datetime, *, letters: bool = False) -> int:
    """Takes up so much of what is wanted as may be."""
    with store.write() as connection:
        standing = pace_store.hold(connection, [ALL], at=at)[ALL]
        room = standing.room(limits, at, letters=letters)
        taken = wanted if room is None else min(wanted, room)
        if taken:
            pace_store.write(connection, ALL, standing.after(limits, taken, at))
            pace_store.count(connection, ALL, taken, at=at)
    return taken


def standing(store: Store, at: datetime) -> PaceStanding:
    with store.read() as connection:
        return pace_store.read(connection, at=at)[ALL]


def test_one_seconds_worth_may_leave_at_once_and_what_is_not_used_lapses(store: Store) -> None:
    limits = Limits(per_second=10)
    assert take(store, limits, 50, MONDAY) == 10
    assert take(store, limits, 50, MONDAY) == 0
    assert take(store, limits, 50, MONDAY + SECOND / 2) == 5
    assert take(store, limits, 50, MONDAY + timedelta(hours=1)) == 10


def test_half_a_mail_a_second_is_one_in_two(store: Store) -> None:
    limits = Limits(per_second=0.5)
    taken = [take(store, limits, 1, MONDAY + SECOND * number) for number in range(10)]
    assert taken == [1, 0] * 5


def test_a_restart_keeps_what_was_used(store: Store, store_url: str) -> None:
    limits = Limits(per_second=10, per_hour=15)
    take(store, limits, 10, MONDAY)
    with closing(open_store(store_url)) as again:
        assert take(again, limits, 10, MONDAY) == 0
        assert take(again, limits, 50, MONDAY + timedelta(minutes=1), letters=True) == 5


def test_no_hour_has_more_than_its_limit_and_what_is_used_comes_back_by_minutes(store: Store) -> None:
    limits = Limits(per_hour=100)
    assert take(store, limits, 60, MONDAY, letters=True) == 60
    later = MONDAY + timedelta(minutes=30)
    assert take(store, limits, 60, later, letters=True) == 40
    full = standing(store, later)
    assert full.opens_at(limits, later, letters=True) == MONDAY + timedelta(minutes=MINUTES)
    assert take(store, limits, 90, MONDAY + timedelta(minutes=59, seconds=59), letters=True) == 0
    assert take(store, limits, 90, MONDAY + timedelta(minutes=MINUTES), letters=True) == 60


def test_of_an_hour_a_twentieth_is_left_to_letters(store: Store) -> None:
    limits = Limits(per_hour=100)
    assert take(store, limits, 200, MONDAY) == 95
    assert take(store, limits, 200, MONDAY, letters=True) == 5


def test_a_ramp_lets_twice_as_much_go_as_on_the_best_of_the_last_thirty_days(store: Store) -> None:
    limits = Limits(ramp=100)
    day = timedelta(days=1)
    assert [take(store, limits, 900, MONDAY + day * each, letters=True) for each in range(4)] == [100, 200, 400, 800]
    assert take(store, limits, 10, MONDAY + day * 4, letters=True) == 10
    assert take(store, limits, 9000, MONDAY + day * 33, letters=True) == 1600
    assert take(store, limits, 9000, MONDAY + day * 100, letters=True) == 100


def test_a_full_day_opens_with_the_next_one(store: Store) -> None:
    limits = Limits(ramp=10)
    take(store, limits, 10, MONDAY, letters=True)
    opens = standing(store, MONDAY).opens_at(limits, MONDAY, letters=True)
    assert (day_of(opens), minute_of(opens) % (24 * 60)) == (day_of(MONDAY) + 1, 0)


@pytest.mark.more
def test_what_is_too_old_to_count_is_forgotten(store: Store) -> None:
    for each in range(300):
        take(store, Limits(per_hour=10**6), 1, MONDAY + timedelta(minutes=each))
    for each in range(50):
        take(store, Limits(per_hour=10**6), 1, MONDAY + timedelta(days=1 + each))
    with store.read() as connection:
        days = connection.exec_driver_sql("SELECT count(*) FROM paced_days").scalar_one()
        minutes = connection.exec_driver_sql("SELECT count(*) FROM paced_minutes").scalar_one()
    assert (days, minutes) == (32, 1)


def test_a_clock_that_is_put_back_neither_opens_a_limit_nor_shuts_it_for_long(store: Store) -> None:
    limits = Limits(per_second=10, per_hour=1000)
    take(store, limits, 10, MONDAY)
    before = MONDAY - timedelta(hours=3)
    assert take(store, limits, 10, before) == 0
    assert take(store, limits, 50, before + SECOND) == 10


def test_a_clock_that_is_put_back_forgets_nothing_of_the_hour(store: Store) -> None:
    limits = Limits(per_hour=100)
    take(store, limits, 80, MONDAY, letters=True)
    before = MONDAY - timedelta(hours=3)
    assert take(store, limits, 80, before, letters=True) == 20
    assert take(store, limits, 80, before + timedelta(minutes=MINUTES - 1), letters=True) == 0
    assert take(store, limits, 80, before + timedelta(minutes=MINUTES), letters=True) == 80


def test_of_two_clocks_the_one_that_is_ahead_counts(store: Store) -> None:
    limits = Limits(per_second=10)
    assert take(store, limits, 50, MONDAY + 5 * SECOND) == 10
    assert take(store, limits, 50, MONDAY + SECOND) == 0
    assert take(store, limits, 50, MONDAY + 6 * SECOND) == 10


# -- the law ------------------------------------------------------------------------------------------------


def busiest(taken: Sequence[tuple[datetime, int]], window: timedelta) -> int:
    """How much was taken up in the busiest window."""
    return max((sum(n for at, n in taken if begins <= at < begins + window) for begins, _ in taken), default=0)


@pytest.mark.parametrize("per_second", [0.4, 3.0, 50.0])
@settings(deadline=None, max_examples=examples(50), suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from([0.0, 0.003, 0.1, 0.7, 1.0, 5.0, 61.0, 600.0, 1800.0])),
        max_size=40,
    )
)
def test_no_window_has_more_than_its_limit_whatever_is_wanted_and_when(
    per_second: float, steps: list[tuple[int, float]]
) -> None:
    limits = Limits(per_second=per_second, per_hour=300)
    now, stands, taken = MONDAY, PaceStanding(), list[tuple[datetime, int]]()
    for wanted, passes in steps:
        now += timedelta(seconds=passes)
        room = stands.room(limits, now, letters=True)
        assert room is not None
        if number := min(wanted, room):
            stands = stands.after(limits, number, now)
            taken.append((now, number))
    burst = max(1.0, per_second)
    assert busiest(taken, SECOND) <= per_second + burst + 1e-6
    assert busiest(taken, timedelta(minutes=1)) <= 60 * per_second + burst + 1e-6
    assert busiest(taken, timedelta(minutes=60)) <= 300


@settings(deadline=None, max_examples=examples(50))
@given(
    used=st.lists(st.tuples(st.integers(1, 90), st.integers(0, 3600)), max_size=12),
    per_second=st.sampled_from([None, 0.3, 7.0]),
    per_hour=st.sampled_from([None, 40, 200]),
    ramp=st.sampled_from([None, 50]),
    letters=st.booleans(),
)
def test_a_limit_opens_when_it_says_and_not_before(
    used: list[tuple[int, int]], per_second: float | None, per_hour: int | None, ramp: int | None, letters: bool
) -> None:
    limits = Limits(per_second=per_second, per_hour=per_hour, ramp=ramp)
    stands, now = PaceStanding(), MONDAY
    for wanted, passes in used:
        now += timedelta(seconds=passes)
        room = stands.room(limits, now, letters=letters)
        stands = stands.after(limits, wanted if room is None else min(wanted, room), now)
    opens = stands.opens_at(limits, now, letters=letters)
    assert stands.room(limits, opens, letters=letters) != 0
    if opens > now:
        assert stands.room(limits, now, letters=letters) == 0


class Taking:
    """Workers that take copies up, die and put back, by a clock that may be put back; and what left, by true time."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self.store = store
        self.pace = Pace(limits=limits)
        self.true = self.clock = MONDAY
        self.left: list[tuple[datetime, int]] = []

    def take(self, most: int) -> list[Delivery]:
        pacing = Pacing(self.store, lambda: self.clock, self.pace)

        def claim(lane: str, limit: int) -> list[Delivery]:
            return copy_claims.claim(connection, EDITION, lease=LEASE, limit=limit, at=self.clock, lane=lane)

        with self.store.write() as connection:
            taken = pacing.copies(connection, claim, lambda _: False, self.clock, most=most)
        return taken.mails

    def goes(self, most: int) -> None:
        """Some are taken up and leave."""
        self.left.append((self.true, len(self.take(most))))

    def dies(self, most: int) -> None:
        """Some are taken up, and nobody knows what becomes of them: at worst they left, and are offered again."""
        self.left.append((self.true, len(self.take(most))))
        with self.store.write() as connection:
            deliveries.recover(connection, at=self.clock, offer_again_at=None, worker="somebody else")

    def puts_back(self, most: int) -> None:
        taken = self.take(most)
        with self.store.write() as connection:
            deliveries.release(connection, [copy.claim_key for copy in taken], worker=LEASE.worker, at=self.clock)

    def passes(self, seconds: int) -> None:
        self.true += timedelta(seconds=seconds)
        self.clock += timedelta(seconds=seconds)

    def clock_back(self, seconds: int) -> None:
        self.clock -= timedelta(seconds=seconds)


@settings(deadline=None, max_examples=examples(50), suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["goes", "dies", "puts_back"]), st.integers(1, 40)),
            st.tuples(st.just("passes"), st.sampled_from([1, 1, 2, 30, 600, 3000])),
            st.tuples(st.just("clock_back"), st.sampled_from([1, 45, 400, 5000, 20000])),
        ),
        max_size=25,
    )
)
def test_no_window_has_more_than_its_limit_whoever_dies_puts_back_or_puts_the_clock_back(
    migrated_file: Path, steps: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        file = shutil.copy(migrated_file, Path(folder) / "solacefeed.db")
        with closing(open_store(f"sqlite:///{file}")) as store:
            many_copies(store, 400)
            taking = Taking(store, Limits(per_second=10, per_hour=60))
            for step, number in steps:
                getattr(taking, step)(number)
    assert busiest(taking.left, SECOND) <= 20
    assert busiest(taking.left, timedelta(minutes=60)) <= 60


# -- what the relay answers ---------------------------------------------------------------------------------


def test_three_deferrals_more_than_mails_taken_halve_the_rate_down_to_a_floor() -> None:
    limits = Limits(per_second=8)
    rates = list(accumulate(range(9), lambda each, _: slowed(each, limits, [True] * 3, 1.0), initial=PaceStanding()))
    assert [each.rate(limits) for each in rates[:5]] == [8, 4, 2, 1, 0.5]
    assert rates[-1].rate(limits) == 0.25


def test_a_scope_without_a_limit_is_slowed_from_what_it_went_by() -> None:
    stands = slowed(PaceStanding(), Limits(), [True] * 3, 20.0)
    assert stands.rate(Limits()) == 10


@pytest.mark.parametrize("before", [Limits(), Limits(per_second=100)])
def test_a_limit_that_was_lowered_since_is_slowed_from_what_it_is_now(before: Limits) -> None:
    now = Limits(per_second=1)
    slow = slowed(PaceStanding(), before, [True] * 15, 400.0)
    assert slowed(slow, now, [True] * 3, 400.0).rate(now) == 0.5
    assert slowed(slow, now, [True] * 60, 400.0).rate(now) == slowed(PaceStanding(), now, [True] * 60, 1.0).rate(now)


def test_deferrals_among_many_that_are_taken_slow_nothing() -> None:
    heard = [True, False, False, True, True, False, False] * 20
    assert slowed(PaceStanding(), Limits(per_second=8), heard, 1.0).slowed_to is None


def test_it_comes_back_step_by_step_as_mail_is_taken() -> None:
    limits = Limits(per_second=8)
    slow = slowed(PaceStanding(), limits, [True] * 9, 1.0)
    rates = [slowed(slow, limits, [False] * each, 1.0).rate(limits) for each in (9, 10, 20, 30)]
    assert rates == [1, 2, 4, 8]
    assert slowed(slow, limits, [False] * 30, 1.0).slowed_to is None


# -- lanes --------------------------------------------------------------------------------------------------

BIG = DomainGroup(name="big", domains=("big.example",), limits=Limits(per_second=1))
PACE = Pace(groups=(BIG,))


def lane_of(email: str) -> str:
    return PACE.lanes[PACE.scope_of(email)]


def sorted_out(store: Store) -> int:
    """How many copies were put into other lanes."""
    with store.write() as connection:
        astray = copy_lanes.astray(connection, EDITION, PACE.lanes.values())
        return sum(copy_lanes.sort(connection, EDITION, each, lane_of, limit=10**6) for each in sorted(astray))


def test_an_address_is_of_the_group_that_has_its_domain_however_it_is_spelt() -> None:
    german = DomainGroup(name="german", domains=("xn--bcher-kva.example",), limits=Limits(per_second=1))
    pace = Pace(groups=(BIG, german))
    of = {each: pace.scope_of(each) for each in ("a@BIG.example", "b@bücher.example", "c@sub.big.example")}
    assert of == {"a@BIG.example": "big", "b@bücher.example": "german", "c@sub.big.example": ALL}


def test_copies_that_an_older_release_or_another_config_left_are_put_into_their_lanes_once(store: Store) -> None:
    copies_for(store, "ann@big.example", "ben@example.org")
    assert sorted_out(store) == 2
    assert sorted_out(store) == 0
    with store.write() as connection:
        claimed = copy_claims.claim(connection, EDITION, lease=LEASE, limit=9, at=MONDAY, lane=PACE.lanes["big"])
    assert [copy.email for copy in claimed] == ["ann@big.example"]


def test_a_copy_that_gets_another_address_is_looked_at_anew(store: Store) -> None:
    (copy,) = copies_for(store, "ann@big.example")
    sorted_out(store)
    with store.write() as connection:
        copy_lanes.readdress(connection, copy.subscriber_id, "ann@example.org")
    assert sorted_out(store) == 1


@pytest.mark.more
def test_what_waits_in_one_lane_costs_the_claims_of_another_nothing(sqlite_store: Store) -> None:
    steps = [claim_beside(sqlite_store, others) for others in (100, 3000)]
    assert steps[1] <= steps[0] + 2


def claim_beside(store: Store, others: int) -> int:
    """How many steps of a thousand instructions SQLite takes to claim from one lane, while *others* wait in another."""
    if not everything(store, most=1):
        many_copies(store, 3100)
    with store.write() as connection:
        table = schema.deliveries
        connection.execute(table.update().values(lane="out of the way", state="expired"))
        connection.execute(table.update().where(table.c.id <= others).values(lane="full", state="pending"))
        few = (table.c.id > others) & (table.c.id <= others + 20)
        connection.execute(table.update().where(few).values(lane="free", state="pending"))
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with store.write() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.set_progress_handler(count, 1000)
        taken = copy_claims.claim(connection, EDITION, lease=LEASE, limit=10, at=MONDAY, lane="free")
        raw.set_progress_handler(None, 0)
    assert len(taken) == 10
    return steps


# -- several workers ----------------------------------------------------------------------------------------


@pytest.mark.more
def test_fifty_a_second_are_fifty_in_all_however_many_workers_take_them_up(store_url: str, store: Store) -> None:
    many_copies(store, 600)
    limits = Limits(per_second=50)
    instants = [MONDAY + SECOND * tenth / 10 for tenth in range(30)]
    meeting = threading.Barrier(4)
    taken: list[tuple[datetime, int]] = []

    def work(name: str) -> None:
        lease = Lease(worker=name, length=timedelta(minutes=5))
        mine = open_store(store_url)
        try:
            for at in instants:
                meeting.wait()
                with mine.write() as connection:
                    room = pace_store.hold(connection, [ALL], at=at)[ALL].room(limits, at, letters=False)
                    assert room is not None
                    got = copy_claims.claim(connection, EDITION, lease=lease, limit=room, at=at) if room else []
                    if got:
                        stands = pace_store.hold(connection, [ALL], at=at)[ALL]
                        pace_store.write(connection, ALL, stands.after(limits, len(got), at))
                        pace_store.count(connection, ALL, len(got), at=at)
                taken.append((at, len(got)))
        except BaseException:
            meeting.abort()
            raise
        finally:
            mine.close()

    threads = [threading.Thread(target=work, args=(f"host-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sum(number for _, number in taken) == 50 + 29 * 5
    assert busiest(taken, SECOND) <= 100
    with store.read() as connection:
        counted = connection.execute(sa.text("SELECT sum(mails) FROM paced_days")).scalar_one()
    assert counted == 195
