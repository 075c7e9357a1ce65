"""What waits and shall not go is given up by short transactions, and looked for without any."""

from __future__ import annotations

from datetime import timedelta

from solacefeed.deeds.delivering import giving_up
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store import deliveries
from solacefeed.store.database import Store
from tests.store.rows import EDITION, an_edition, everything, leaves, many_copies
from tests.support.builders import MONDAY, a_digest
from tests.support.counting import transactions_that_write

COPIES = 3 * giving_up.CHUNK + 1
LATE = MONDAY + timedelta(days=9)


def states(store: Store) -> dict[str, int]:
    with store.read() as connection:
        return deliveries.tally(connection, EDITION)


def test_where_nobody_left_and_nothing_is_late_nothing_is_written(store: Store) -> None:
    many_copies(store, 3)
    with transactions_that_write(store) as written:
        assert giving_up.drop_ended(store, an_edition(), lambda: MONDAY) == 0
        assert giving_up.expire(store, an_edition(), a_digest(), lambda: MONDAY) == 0
    assert written.count == 0
    assert states(store) == {DeliveryState.PENDING: 3}


def test_of_many_who_wait_the_one_who_left_gets_nothing_by_one_write(store: Store) -> None:
    many_copies(store, COPIES)
    (gone,) = everything(store, most=1)
    leaves(store, gone)
    with transactions_that_write(store) as written:
        assert giving_up.drop_ended(store, an_edition(), lambda: MONDAY) == 1
    assert written.count == 1
    with store.read() as connection:
        copy = deliveries.find(connection, gone.id)
    assert copy
    assert copy.state is DeliveryState.CANCELLED
    assert states(store) == {DeliveryState.PENDING: COPIES - 1, DeliveryState.CANCELLED: 1}


def test_a_great_edition_that_is_too_late_keeps_no_page_waiting(store: Store) -> None:
    many_copies(store, COPIES)
    with transactions_that_write(store) as written:
        assert giving_up.expire(store, an_edition(), a_digest(), lambda: LATE) == COPIES
    assert written.count >= 3
    assert states(store) == {DeliveryState.EXPIRED: COPIES}
