"""What is asked at each look, by each page or of each person is found by an index, however much there is besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.models.mailbox import MailOutcome
from solacefeed.store import aging, outbox, person, read_mails
from solacefeed.store.database import Store
from tests.support.builders import MONDAY


@pytest.mark.parametrize(
    "asks",
    [
        lambda c: aging.has_old_letter(c, before=MONDAY),
        lambda c: outbox.count_to(c, "ann@example.org", "move ", after=MONDAY),
        lambda c: person.letters(c, 7, "ann@example.org", limit=5),
        lambda c: read_mails.count(c, MailOutcome.ENDED, since=MONDAY),
    ],
    ids=["old letters", "letters to an address", "letters of a person", "mails by what became of them"],
)
def test_no_table_is_read_from_end_to_end(sqlite_store: Store, asks: Callable[[sa.Connection], object]) -> None:
    said: list[tuple[str, Any]] = []
    with sqlite_store.read() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *args: said.append((args[2], args[3])))
        asks(connection)
        ((statement, values),) = list(said)
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert [step for step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step] == []
