"""A copy's way through its states: nobody gets two, nobody's is lost, and what can't be known is called uncertain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from solacefeed.models.deliveries import Delivery, DeliveryState
from solacefeed.models.people import Actor
from solacefeed.store import deliveries, delivery_ends
from solacefeed.store.database import Store
from tests.store.rows import (
    EDITION,
    a_reader,
    claimed,
    copies_for,
    everything,
    expired,
    leaves,
    marked,
    recovered,
    released,
    settled,
    the_only,
    written,
)
from tests.support.builders import MONDAY

LATER = MONDAY + timedelta(minutes=15)


def put_in_doubt(store: Store, copy: Delivery, *, offer_again: bool = True) -> None:
    marked(store, copy)
    settled(store, copy, DeliveryState.UNCERTAIN, next_try_at=LATER if offer_again else None)


def test_a_claim_takes_each_copy_once(store: Store) -> None:
    copies_for(store, "ann@example.org", "ben@example.org", "cat@example.org")
    first, second, third = claimed(store, limit=2), claimed(store, limit=2), claimed(store, limit=2)
    assert [copy.email for copy in first] == ["ann@example.org", "ben@example.org"]
    assert [copy.email for copy in second] == ["cat@example.org"]
    assert third == []


def test_workers_who_claim_at_once_never_get_the_same_copy(store: Store) -> None:
    copies_for(store, *(f"reader{number}@example.org" for number in range(20)))
    with ThreadPoolExecutor(4) as workers:
        batches = list(workers.map(lambda _: claimed(store, limit=3), range(12)))
    taken = [copy.id for batch in batches for copy in batch]
    assert len(taken) == len(set(taken))


def test_a_copy_knows_how_often_it_was_taken_up(store: Store) -> None:
    copies_for(store, "ann@example.org")
    (copy,) = claimed(store)
    assert copy.attempts == 1
    settled(store, copy, DeliveryState.PENDING)
    assert claimed(store)[0].attempts == 2


def test_a_copy_put_back_untried_does_not_count_as_tried(store: Store) -> None:
    copies_for(store, "ann@example.org")
    (copy,) = claimed(store)
    released(store, [copy.id])
    assert (the_only(store).state, the_only(store).attempts) == (DeliveryState.PENDING, 0)


def test_a_deferred_copy_waits_for_its_time(store: Store) -> None:
    copies_for(store, "ann@example.org")
    settled(store, claimed(store)[0], DeliveryState.PENDING, next_try_at=LATER)
    assert claimed(store, at=LATER - timedelta(seconds=1)) == []
    assert len(claimed(store, at=LATER)) == 1


def test_the_mark_is_refused_to_who_left_after_the_claim(store: Store) -> None:
    copies_for(store, "ann@example.org")
    (copy,) = claimed(store)
    leaves(store, copy)
    assert not marked(store, copy)
    assert (the_only(store).state, the_only(store).answer) == (DeliveryState.CANCELLED, "the subscription ended")


def test_the_mark_is_given_once(store: Store) -> None:
    copies_for(store, "ann@example.org")
    (copy,) = claimed(store)
    assert marked(store, copy)
    assert not marked(store, copy)


def test_the_copy_of_who_left_is_never_claimed(store: Store) -> None:
    ann, _ = copies_for(store, "ann@example.org", "ben@example.org")
    leaves(store, ann)
    assert [copy.email for copy in claimed(store)] == ["ben@example.org"]


def test_the_waiting_copy_of_who_left_is_cancelled_and_says_why(store: Store) -> None:
    ann, _ = copies_for(store, "ann@example.org", "ben@example.org")
    leaves(store, ann)
    assert written(store, lambda c: delivery_ends.drop_ended(c, EDITION, at=MONDAY)) == 1
    states = {copy.email: (copy.state, copy.answer) for copy in everything(store)}
    assert states["ann@example.org"] == (DeliveryState.CANCELLED, "the subscription ended")
    assert states["ben@example.org"] == (DeliveryState.PENDING, None)


def test_what_a_dead_worker_had_claimed_waits_again(store: Store) -> None:
    copies_for(store, "ann@example.org")
    claimed(store)
    assert recovered(store) == 0
    assert the_only(store).state is DeliveryState.PENDING


def test_what_a_dead_worker_was_handing_over_is_uncertain(store: Store) -> None:
    copies_for(store, "ann@example.org")
    marked(store, claimed(store)[0])
    assert recovered(store, offer_again_at=LATER) == 1
    copy = the_only(store)
    assert (copy.state, copy.doubts, copy.next_try_at) == (DeliveryState.UNCERTAIN, 1, LATER)


def test_what_has_come_out_is_left_as_it_is_by_a_recovery(store: Store) -> None:
    copies_for(store, "ann@example.org", "ben@example.org")
    ann, ben = claimed(store)
    settled(store, ann, DeliveryState.ACCEPTED)
    settled(store, ben, DeliveryState.REJECTED)
    assert recovered(store, offer_again_at=LATER) == 0
    assert {copy.state for copy in everything(store)} == {DeliveryState.ACCEPTED, DeliveryState.REJECTED}


def test_an_uncertain_copy_is_offered_once_more_and_never_a_third_time(store: Store) -> None:
    copies_for(store, "ann@example.org")
    marked(store, claimed(store)[0])
    recovered(store, offer_again_at=LATER)
    assert claimed(store, at=LATER - timedelta(seconds=1)) == []
    (again,) = claimed(store, at=LATER)
    marked(store, again, at=LATER)
    recovered(store, at=LATER, offer_again_at=LATER)
    assert claimed(store, at=LATER + timedelta(days=365)) == []
    assert (the_only(store).state, the_only(store).doubts) == (DeliveryState.UNCERTAIN, 2)


def test_an_uncertain_copy_on_hold_is_never_offered_again(store: Store) -> None:
    copies_for(store, "ann@example.org")
    marked(store, claimed(store)[0])
    recovered(store, offer_again_at=None)
    assert claimed(store, at=MONDAY + timedelta(days=365)) == []
    assert the_only(store).state is DeliveryState.UNCERTAIN


def test_an_operator_who_changes_to_hold_stops_what_was_to_be_offered_again(store: Store) -> None:
    copies_for(store, "ann@example.org")
    put_in_doubt(store, claimed(store)[0])
    recovered(store, offer_again_at=None)
    assert claimed(store, at=LATER) == []


def test_a_copy_that_waits_too_long_expires(store: Store) -> None:
    copies_for(store, "ann@example.org", "ben@example.org")
    settled(store, claimed(store, limit=1)[0], DeliveryState.ACCEPTED)
    assert expired(store) == 1
    assert [copy.state for copy in everything(store)] == [DeliveryState.EXPIRED, DeliveryState.ACCEPTED]


def test_an_uncertain_copy_is_not_offered_again_when_it_would_be_too_late(store: Store) -> None:
    copies_for(store, "ann@example.org")
    put_in_doubt(store, claimed(store)[0])
    expired(store, at=LATER)
    assert claimed(store, at=LATER) == []
    assert the_only(store).state is DeliveryState.UNCERTAIN


def test_a_copy_once_in_doubt_is_never_called_expired(store: Store) -> None:
    copies_for(store, "ann@example.org")
    put_in_doubt(store, claimed(store)[0])
    (again,) = claimed(store, at=LATER)
    settled(store, again, DeliveryState.PENDING, next_try_at=LATER + timedelta(hours=1))
    assert expired(store, at=LATER) == 0
    copy = the_only(store)
    assert (copy.state, copy.next_try_at) == (DeliveryState.UNCERTAIN, None)


def test_a_copy_once_in_doubt_stays_so_when_its_reader_leaves(store: Store) -> None:
    copies_for(store, "ann@example.org")
    put_in_doubt(store, claimed(store)[0])
    leaves(store, the_only(store))
    written(store, lambda c: delivery_ends.drop_ended(c, EDITION, at=MONDAY))
    copy = the_only(store)
    assert (copy.state, copy.next_try_at) == (DeliveryState.UNCERTAIN, None)


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (DeliveryState.PENDING, True),
        (DeliveryState.UNCERTAIN, True),
        (DeliveryState.UNCERTAIN, False),
        (DeliveryState.ACCEPTED, False),
        (DeliveryState.REJECTED, False),
        (DeliveryState.CANCELLED, False),
    ],
)
def test_an_edition_is_settled_when_no_copy_moves_by_itself_any_more(
    store: Store, state: DeliveryState, again: bool
) -> None:
    copies_for(store, "ann@example.org")
    (copy,) = claimed(store)
    marked(store, copy)
    settled(store, copy, state, next_try_at=LATER if again else None)
    assert written(store, lambda c: deliveries.unsettled(c, EDITION)) == int(again)


def test_a_reader_has_one_copy_of_an_edition_whatever_is_written_twice(store: Store) -> None:
    (copy,) = copies_for(store, "ann@example.org")
    again = {
        "edition_id": EDITION,
        "subscriber_id": copy.subscriber_id,
        "email": "ann@other.example",
        "name": None,
        "selection": "*",
        "message_id": "<again@example.org>",
    }
    with pytest.raises(sa.exc.IntegrityError):
        written(store, lambda c: deliveries.intend(c, [again], at=MONDAY))
    assert the_only(store) == copy


def test_who_comes_back_before_the_claim_gets_the_copy(store: Store) -> None:
    copies_for(store, "ann@example.org")
    leaves(store, the_only(store))
    a_reader(store, "ann@example.org", by=Actor.READER)
    assert len(claimed(store)) == 1
