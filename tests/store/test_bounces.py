"""Bounces among fifty million copies: what is asked of these is found by an index."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from solacefeed.store import bounces
from solacefeed.store.database import Store
from tests.support.builders import MONDAY


def test_no_bounce_and_no_look_goes_through_all_copies_there_are(sqlite_store: Store) -> None:
    said: list[tuple[str, Any]] = []
    with sqlite_store.read() as connection:

        @sa.event.listens_for(connection, "before_cursor_execute")
        def hear(_one: object, _cursor: object, text: str, values: Any, *_: object) -> None:
            if "deliveries" in text and not text.startswith("EXPLAIN"):
                said.append((text, values))

        bounces.offered_to(connection, 1, besides=5)
        bounces.copy_named(connection, 1, ["<one@example.org>", "<two@example.org>"])
        bounces.refused_copies(connection, left_since=MONDAY, limit=10)
        plans = [
            str(row[3])
            for text, values in said
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    assert len(said) == 5
    assert sum("SEARCH deliveries" in each for each in plans) == 5
    # Those that have a time of their own are few, and have an index for them alone.
    of_all = [each for each in plans if "SCAN deliveries" in each and "ix_deliveries_until" not in each]
    assert of_all == []
