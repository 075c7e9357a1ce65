"""What ``status`` and the metrics ask of a store with a million copies: nothing large is read, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.deeds.upkeep import clock_check, history
from solacefeed.deeds.upkeep.measures import measures
from solacefeed.deeds.upkeep.status import site_status
from solacefeed.deeds.upkeep.troubles import judgement
from solacefeed.pace import UNLIMITED, DomainGroup, Limits, Pace
from solacefeed.store import deferred_copies, edition_sums, facts, reader_counts, schema
from solacefeed.store.database import Store
from tests.store.rows import EDITION, many_copies
from tests.store.test_found_by_index import steps
from tests.support.builders import LONDON, MONDAY, a_digest
from tests.support.counting import what_is_asked


def moved(store: Store, **values: Any) -> None:
    with store.write() as connection:
        connection.execute(schema.deliveries.update().values(**values))


def another_edition(store: Store, weeks: int) -> None:
    """The same edition once more, some weeks ago and done, with a copy for each reader."""
    ends = MONDAY - timedelta(weeks=weeks)
    name = f"weekly/{ends:%Y-%m-%d}"
    with store.write() as connection:
        edition = connection.execute(schema.editions.select().where(schema.editions.c.id == EDITION)).mappings().one()
        old = {"id": name, "state": "done", "ends": ends, "starts": ends - timedelta(days=7), "prepared_at": ends}
        connection.execute(schema.editions.insert().values(**{**edition, **old}))
        its = schema.deliveries.select().where(schema.deliveries.c.edition_id == EDITION)
        rows = [
            {**{key: value for key, value in row.items() if key != "id"}, "edition_id": name, "state": "accepted"}
            for row in connection.execute(its).mappings()
        ]
        connection.execute(schema.deliveries.insert(), [{**row, "next_try_at": None} for row in rows])


def told(store: Store) -> list[str]:
    """What ``status`` and the metrics ask."""
    with what_is_asked(store) as asked:
        status = site_status(store, MONDAY, "x", [a_digest()], LONDON)
        measures(store, status, judgement(status), source_kind="rest", patience={}, pace=UNLIMITED)
        history.history(store, MONDAY)
    return asked


def test_it_asks_the_same_however_many_editions_there_were(sqlite_store: Store) -> None:
    many_copies(sqlite_store, 3)
    costs = []
    for weeks in range(1, 21):
        another_edition(sqlite_store, weeks)
        if weeks in (4, 20):
            # On as many days as it takes.
            for day in range(1, 6):
                history.note(sqlite_store, MONDAY + timedelta(days=day))
                with sqlite_store.write() as connection:
                    connection.execute(schema.reader_counts.delete())
            costs.append(len(told(sqlite_store)))
    assert costs[0] == costs[1]


def test_each_edition_is_counted_once_by_one_look(sqlite_store: Store) -> None:
    many_copies(sqlite_store, 3)
    with what_is_asked(sqlite_store) as asked:
        site_status(sqlite_store, MONDAY, "x", [a_digest()], LONDON)
    assert len([text for text in asked if "GROUP BY deliveries.state" in text]) == 1


def test_what_is_kept_of_an_edition_costs_the_same_however_large_it_was(sqlite_store: Store) -> None:
    many_copies(sqlite_store, 20)
    for weeks in (1, 2):
        another_edition(sqlite_store, weeks)
    with sqlite_store.write() as connection:
        kept = edition_sums.to_be_kept(connection, now=MONDAY, limit=1)
        edition_sums.keep(connection, kept[0], now=MONDAY)
    counted = [f"weekly/{MONDAY - timedelta(weeks=2):%Y-%m-%d}"]

    def cost(ids: list[str]) -> int:
        return steps(sqlite_store, lambda connection: edition_sums.tallies(connection, ids))

    assert cost(kept) < cost(counted)


def plans(store: Store, asks: Callable[[sa.Connection], object]) -> Sequence[str]:
    said: list[tuple[str, Any]] = []
    with store.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *args: said.append((args[2], args[3])))
        asks(connection)
        asked = list(said)
        rows = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values) for text, values in asked]
        return [str(row[3]) for each in rows for row in each]


@pytest.mark.parametrize(
    ("asks", "index"),
    [
        (lambda c: deferred_copies.of_edition(c, EDITION), "ix_deliveries_put_off"),
        (lambda c: deferred_copies.by_lane(c, EDITION), "ix_deliveries_put_off"),
        (lambda c: edition_sums.count(c, EDITION), "COVERING INDEX ix_deliveries_edition_id_state_id"),
        (reader_counts.now, "COVERING INDEX ix_subscriptions_digest_state_subscriber_id"),
    ],
    ids=["deferred", "deferred by group", "copies", "readers"],
)
def test_what_is_large_is_counted_by_an_index(
    sqlite_store: Store, asks: Callable[[sa.Connection], object], index: str
) -> None:
    many_copies(sqlite_store, 3)
    moved(sqlite_store, next_try_at=MONDAY)
    found = [plan for plan in plans(sqlite_store, asks) if "deliveries" in plan or "subscriptions" in plan]
    assert found
    # Those that were sent before are few, and found by an index of theirs alone.
    assert all(index in plan or "ix_deliveries_got_before" in plan for plan in found), found


def test_of_very_many_that_are_deferred_the_first_thousands_tell(sqlite_store: Store) -> None:
    many_copies(sqlite_store, deferred_copies.MOST_READ + 50)
    moved(sqlite_store, next_try_at=MONDAY, answer="450 come back later")
    with sqlite_store.read() as connection:
        found = deferred_copies.of_edition(connection, EDITION)
    assert (found.copies, found.read) == (deferred_copies.MOST_READ + 50, deferred_copies.MOST_READ)
    assert dict(found.domains) == {"example.org": deferred_copies.MOST_READ}
    assert found.answer == "450 come back later"


def test_nobody_whom_an_erasing_has_left_counts_for_a_domain(store: Store) -> None:
    many_copies(store, 2)
    moved(store, next_try_at=MONDAY, email="")
    with store.read() as connection:
        found = deferred_copies.of_edition(connection, EDITION)
    assert (found.copies, dict(found.domains)) == (2, {})


def test_what_is_deferred_is_told_by_the_groups_of_the_config_and_no_others(sqlite_store: Store) -> None:
    many_copies(sqlite_store, 4)
    pace = Pace(groups=(DomainGroup(name="gmail", domains=("gmail.com",), limits=Limits(per_hour=10)),))
    moved(sqlite_store, next_try_at=MONDAY, lane="of another config")
    with sqlite_store.write() as connection:
        first = schema.deliveries.c.subscriber_id == 1
        connection.execute(schema.deliveries.update().where(first).values(lane=pace.lanes["gmail"]))
    status = site_status(sqlite_store, MONDAY, "x", [a_digest()], LONDON)
    said = measures(sqlite_store, status, judgement(status), source_kind="rest", patience={}, pace=pace)
    assert said.deferred == {"": 3, "gmail": 1}


# -- when the last copy leaves -----------------------------------------------------------------------------


def test_an_edition_ends_about_when_the_rest_has_gone_as_fast_as_the_part_before_it() -> None:
    from solacefeed.deeds.upkeep.edition_status import foreseen_end

    begun = MONDAY - timedelta(minutes=30)
    copies = {"accepted": 2900, "rejected": 90, "uncertain": 10, "pending": 5990, "claimed": 10, "cancelled": 77}
    ends = foreseen_end(copies, begun, MONDAY)
    assert ends is not None
    assert ends.astimezone(UTC) == MONDAY.astimezone(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("copies", "took"),
    [
        ({"accepted": 9}, timedelta(hours=1)),
        ({"pending": 9}, timedelta(hours=1)),
        ({"accepted": 1, "pending": 9}, timedelta(seconds=5)),
        ({"accepted": 1, "pending": 1_000_000}, timedelta(hours=1)),
        ({"accepted": 1, "pending": 9}, -timedelta(hours=1)),
    ],
    ids=["nothing waits", "nothing went", "too short to tell", "too far to tell", "before it is due"],
)
def test_of_what_nothing_tells_no_end_is_told(copies: dict[str, int], took: timedelta) -> None:
    from solacefeed.deeds.upkeep.edition_status import foreseen_end

    assert foreseen_end(copies, MONDAY - took, MONDAY) is None


# -- what a clock has left ahead ---------------------------------------------------------------------------


def test_what_lies_ahead_in_large_tables_is_read_once_a_day_and_told_all_day(sqlite_store: Store) -> None:
    many_copies(sqlite_store, 3)
    facts.settle_clock(sqlite_store, rehearsed=False)
    moved(sqlite_store, changed_at=MONDAY + timedelta(days=3))
    clock_check.note(sqlite_store, MONDAY)
    for hours, reads in ((0, False), (25, False), (27, True)):
        with what_is_asked(sqlite_store) as asked:
            state = clock_check.glance(sqlite_store, MONDAY + timedelta(hours=hours))
        told = {each.kept: each.count for each in state.ahead}
        assert told["deliveries.changed_at"] == 3
        assert any("FILTER (WHERE deliveries." in text for text in asked) is reads
    # It is over by itself when its day has come.
    clock_check.note(sqlite_store, MONDAY + timedelta(days=2, hours=22))
    later = clock_check.glance(sqlite_store, MONDAY + timedelta(days=3))
    assert "deliveries.changed_at" not in {each.kept for each in later.ahead}
