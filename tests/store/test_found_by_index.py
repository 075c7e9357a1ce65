"""What is asked at each look, by each page or of each person is found by an index, however much there is besides."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.models.bounces import BounceOutcome
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.mailbox import MailOutcome
from solacefeed.store import (
    aging,
    bounces,
    copies,
    copy_claims,
    deliveries,
    delivery_ends,
    outbox,
    person,
    read_mails,
    schema,
)
from solacefeed.store.database import Store, open_store
from tests.store.rows import EDITION, LEASE, many_copies
from tests.support.builders import MONDAY


@pytest.mark.parametrize(
    "asks",
    [
        lambda c: aging.has_old_letter(c, before=MONDAY),
        lambda c: outbox.count_to(c, "ann@example.org", "move ", after=MONDAY),
        lambda c: person.letters(c, 7, "ann@example.org", limit=5),
        lambda c: read_mails.count(c, MailOutcome.ENDED, since=MONDAY),
        lambda c: bounces.trim_unknown(c),
        lambda c: bounces.listing(c, outcome=BounceOutcome.HELD, limit=5),
    ],
    ids=[
        "old letters",
        "letters to an address",
        "letters of a person",
        "mails by what became of them",
        "bounces of no mail of ours",
        "bounces that are held",
    ],
)
def test_no_table_is_read_from_end_to_end(sqlite_store: Store, asks: Callable[[sa.Connection], object]) -> None:
    said: list[tuple[str, Any]] = []
    with sqlite_store.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *args: said.append((args[2], args[3])))
        asks(connection)
        ((statement, values),) = list(said)
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert [step for step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step] == []


def steps(store: Store, asks: Callable[[sa.Connection], object]) -> int:
    """How many SQLite takes to answer."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    with store.write() as connection:
        asks(connection)
    with store.write() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, 1)
        asks(connection)
        driver.set_progress_handler(None, 1)
    return taken


@pytest.mark.parametrize(
    "asks",
    [
        lambda c: copy_claims.claim(c, EDITION, lease=LEASE, limit=2, at=MONDAY),
        lambda c: deliveries.stirs(c, EDITION, at=MONDAY, too_late=False, offered=True),
        lambda c: deliveries.stirs(c, EDITION, at=MONDAY, too_late=False, offered=False),
        lambda c: deliveries.stirs(c, EDITION, at=MONDAY, too_late=True, offered=False),
        lambda c: deliveries.left_in_hand(c, at=MONDAY, hold=True, worker=None),
        lambda c: deliveries.is_settled(c, EDITION),
        lambda c: deliveries.goes_beyond(c, EDITION, MONDAY),
        lambda c: copies.has_come(c, EDITION),
        lambda c: delivery_ends.late(c, EDITION, at=MONDAY, too_late=False, limit=5),
        lambda c: delivery_ends.late(c, EDITION, at=MONDAY + timedelta(days=9), too_late=True, limit=5),
        lambda c: delivery_ends.expire(c, EDITION, at=MONDAY, ids=[1]),
        lambda c: delivery_ends.drop_ended(c, EDITION, at=MONDAY, ids=[1]),
        lambda c: delivery_ends.cancelled_ones(c),
        lambda c: delivery_ends.of_cancelled(c, EDITION, limit=5),
        lambda c: delivery_ends.drop_cancelled(c, EDITION, at=MONDAY, ids=[1]),
        lambda c: delivery_ends.drop_claimed(c, EDITION, at=MONDAY),
    ],
    ids=[
        "claimed",
        "stirs",
        "stirs while paused",
        "stirs when it is late",
        "left in hand",
        "settled",
        "goes beyond",
        "has come",
        "none is late",
        "all are late",
        "expires",
        "who left",
        "which are cancelled",
        "of a cancelled one",
        "cancelled",
        "claimed of a cancelled one",
    ],
)
def test_what_delivering_asks_of_an_edition_takes_no_longer_however_many_copies_wait(
    sqlite_store: Store, migrated_file: Path, tmp_path: Path, asks: Callable[[sa.Connection], object]
) -> None:
    many_copies(sqlite_store, 20)
    with closing(open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'larger.db')}")) as larger:
        many_copies(larger, 1500)
        assert steps(larger, asks) <= steps(sqlite_store, asks) + 50


@pytest.mark.parametrize(
    "asks",
    [lambda c: copies.count_taken(c, EDITION, most=10), lambda c: copies.has_come(c, EDITION)],
    ids=["was taken", "has come"],
)
def test_what_each_round_asks_of_copies_takes_no_longer_however_many_the_relay_has_taken(
    sqlite_store: Store, migrated_file: Path, tmp_path: Path, asks: Callable[[sa.Connection], object]
) -> None:
    with closing(open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'larger.db')}")) as larger:
        for store, number in ((sqlite_store, 20), (larger, 1500)):
            many_copies(store, number)
            with store.write() as connection:
                connection.execute(schema.deliveries.update().values(state=DeliveryState.ACCEPTED.value))
        assert steps(larger, asks) <= steps(sqlite_store, asks) + 50


def test_taken_copies_are_counted_up_to_a_bound(store: Store) -> None:
    many_copies(store, 12)
    with store.write() as connection:
        connection.execute(schema.deliveries.update().values(state=DeliveryState.ACCEPTED.value))
    with store.read() as connection:
        assert [copies.count_taken(connection, EDITION, most=most) for most in (5, 12, 100)] == [5, 12, 12]
