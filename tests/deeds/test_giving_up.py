"""What waits and shall not go is given up by short transactions, and looked for without any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from solacefeed.deeds.delivering import giving_up
from solacefeed.deeds.people.digests import ConfiguredDigest, called, give_up, known_digests, note_served, resume
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store import deliveries
from solacefeed.store.database import Store
from solacefeed.store.digests import ServedDigest
from tests.store.rows import EDITION, an_edition, everything, leaves, many_copies
from tests.support.builders import MONDAY, a_digest
from tests.support.counting import transactions_that_write
from tests.support.fakes import Killed

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


# -- with their digest ------------------------------------------------------------------------------------


def weekly(store: Store) -> ServedDigest:
    note_served(store, [ConfiguredDigest(digest=a_digest(), names=("weekly",))])
    return called("weekly", known_digests(store))


def killed_after(looks: int) -> Callable[[], datetime]:
    """A clock that tells the time so often, and ends whoever asks it once more."""
    left: Iterator[datetime] = iter([MONDAY] * looks)

    def clock() -> datetime:
        for now in left:
            return now
        raise Killed

    return clock


def test_a_great_edition_of_a_digest_that_is_given_up_keeps_no_page_waiting(store: Store) -> None:
    many_copies(store, COPIES)
    known = weekly(store)
    with transactions_that_write(store) as written:
        assert give_up(store, lambda: MONDAY, known).copies == COPIES
    # Those of its copies, and those of its readers.
    assert written.count >= 1 + 3 + 3
    assert states(store) == {DeliveryState.CANCELLED: COPIES}


def test_giving_a_digest_up_that_was_cut_off_among_its_copies_goes_on_when_it_is_done_again(store: Store) -> None:
    many_copies(store, COPIES)
    known = weekly(store)
    with pytest.raises(Killed):
        give_up(store, killed_after(3), known)
    ended = states(store)[DeliveryState.CANCELLED]
    assert 0 < ended < COPIES
    done = give_up(store, lambda: MONDAY, known)
    assert (done.copies, done.subscriptions) == (COPIES - ended, COPIES)
    assert states(store) == {DeliveryState.CANCELLED: COPIES}


def test_a_digest_that_is_taken_up_again_leaves_no_copy_waiting_that_giving_it_up_did_not_come_to(store: Store) -> None:
    many_copies(store, COPIES)
    known = weekly(store)
    with pytest.raises(Killed):
        give_up(store, killed_after(3), known)
    resume(store, lambda: MONDAY, known)
    assert states(store) == {DeliveryState.CANCELLED: COPIES}
