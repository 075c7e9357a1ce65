"""A copy's way through its states: nobody gets two, nobody's is lost, and what can't be known is called uncertain."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from solacefeed.models.deliveries import Delivery, DeliveryState, Mark, Outcome
from solacefeed.models.editions import EditionState
from solacefeed.models.people import Actor
from solacefeed.store import deliveries, delivery_ends, editions
from solacefeed.store.database import Store
from tests.store.rows import (
    EDITION,
    LEASE,
    OTHER,
    a_reader,
    claimed,
    copies_for,
    everything,
    expired,
    lease_ends,
    leaves,
    marked,
    recovered,
    recovered_by,
    released,
    renewed,
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
    released(store, [copy.claim_key])
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
    assert written(store, lambda c: deliveries.has_unsettled(c, EDITION)) == again


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


# -- leases -------------------------------------------------------------------------------------------------


def put_by(store: Store, state: EditionState) -> None:
    going = {EditionState.DELIVERING}
    assert written(store, lambda c: editions.move(c, EDITION, leaving=going, to=state, reason="..."))


def test_a_mark_that_comes_after_the_leases_end_is_refused_and_the_copy_waits_as_if_never_tried(store: Store) -> None:
    copies_for(store, "ann@example.org")
    (copy,) = claimed(store)
    lease_ends(store)
    assert not marked(store, copy)
    assert (the_only(store).state, the_only(store).attempts) == (DeliveryState.PENDING, 0)


def test_a_worker_that_renews_its_lease_keeps_its_copies_and_one_that_lost_it_gets_none_back(store: Store) -> None:
    copies_for(store, "ann@example.org", "ben@example.org")
    (ann,), (ben,) = claimed(store, limit=1), claimed(store, limit=1, lease=OTHER)
    lease_ends(store, worker=OTHER.worker)
    assert [renewed(store, lease) for lease in (LEASE, OTHER)] == [1, 0]
    assert marked(store, ann)
    assert not marked(store, ben, worker=OTHER.worker)


def test_what_is_in_hand_by_ones_own_lease_is_left_alone_by_ones_own_recovery(store: Store) -> None:
    copies_for(store, "ann@example.org", "ben@example.org")
    ann, _ben = claimed(store)
    marked(store, ann)
    assert recovered_by(store, LEASE.worker) == 0
    assert [copy.state for copy in everything(store)] == [DeliveryState.CLAIMED, DeliveryState.HANDING]


def test_on_postgresql_a_living_workers_copies_are_left_alone_and_on_sqlite_there_is_no_other_living_one(
    store: Store,
) -> None:
    copies_for(store, "ann@example.org")
    claimed(store)
    recovered_by(store, OTHER.worker)
    lives = store.engine.dialect.name == "postgresql"
    assert the_only(store).state is (DeliveryState.CLAIMED if lives else DeliveryState.PENDING)


def test_whoever_has_a_copy_after_its_lease_ended_is_disturbed_by_nothing_that_its_first_worker_does(
    store: Store,
) -> None:
    copies_for(store, "ann@example.org")
    (frozen,) = claimed(store)
    recovered(store)
    (copy,) = claimed(store, lease=OTHER)
    released(store, [frozen.claim_key])
    written(store, lambda c: deliveries.keep_back(c, [frozen.claim_key], worker=LEASE.worker, answer="", at=MONDAY))
    assert not marked(store, frozen)
    assert not any(settled(store, frozen, state) for state in DeliveryState)
    assert the_only(store) == copy


def test_nor_by_an_older_claim_of_its_own_worker(store: Store) -> None:
    copies_for(store, "ann@example.org")
    (frozen,) = claimed(store)
    recovered(store)
    (copy,) = claimed(store)
    assert copy.attempts == frozen.attempts
    assert not marked(store, frozen)
    assert not any(settled(store, frozen, state) for state in DeliveryState)
    assert marked(store, copy)


def is_put_back(store: Store, taken: list[Delivery]) -> None:
    released(store, [copy.claim_key for copy in taken])


def is_recovered(store: Store, _taken: list[Delivery]) -> None:
    recovered(store, at=LATER)


def is_marked_too_late(store: Store, taken: list[Delivery]) -> None:
    lease_ends(store, at=LATER)
    assert not any(marked(store, copy, at=LATER) for copy in taken)


@pytest.mark.parametrize("comes_back", [is_put_back, is_recovered, is_marked_too_late])
def test_what_comes_back_untried_stands_behind_those_never_tried_if_it_was_put_off(
    store: Store, comes_back: Callable[[Store, list[Delivery]], None]
) -> None:
    copies_for(store, "ann@example.org", "ben@example.org")
    (ann,) = claimed(store, limit=1)
    settled(store, ann, DeliveryState.PENDING, next_try_at=LATER)
    comes_back(store, claimed(store, at=LATER))
    assert {copy.email: copy.next_try_at for copy in everything(store)} == {
        "ann@example.org": LATER,
        "ben@example.org": None,
    }
    assert [copy.email for copy in claimed(store, at=LATER, limit=1)] == ["ben@example.org"]


def test_a_worker_that_has_a_copy_twice_marks_puts_back_and_ends_it_by_its_newest_claim_alone(store: Store) -> None:
    copies_for(store, "ann@example.org")
    (frozen,) = claimed(store)
    recovered(store)
    (copy,) = claimed(store)
    released(store, [frozen.claim_key])
    written(store, lambda c: deliveries.keep_back(c, [frozen.claim_key], worker=LEASE.worker, answer="", at=MONDAY))
    assert the_only(store) == copy
    marks = [Mark(id=each.id, claim=each.claims, revision=1) for each in (frozen, copy)]
    told = written(store, lambda c: deliveries.mark_all(c, marks, worker=LEASE.worker, at=MONDAY))
    assert told == {copy.claim_key: DeliveryState.HANDING}
    outcomes = [
        Outcome(id=each.id, claim=each.claims, state=DeliveryState.ACCEPTED, answer=str(each.claims))
        for each in (frozen, copy)
    ]
    settled_now = written(store, lambda c: deliveries.settle_all(c, outcomes, worker=LEASE.worker, at=MONDAY))
    assert settled_now == {copy.claim_key}
    assert the_only(store).answer == str(copy.claims)


@pytest.mark.parametrize("state", [DeliveryState.ACCEPTED, DeliveryState.REJECTED])
def test_an_answer_that_comes_late_ends_the_doubt_and_the_copy_is_offered_no_more(
    store: Store, state: DeliveryState
) -> None:
    copies_for(store, "ann@example.org")
    (copy,) = claimed(store)
    marked(store, copy)
    recovered(store, offer_again_at=LATER)
    assert settled(store, copy, state)
    found = the_only(store)
    assert (found.state, found.doubts, found.next_try_at, found.answer) == (state, 0, None, "...")


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.UNCERTAIN, DeliveryState.CANCELLED])
def test_all_else_that_comes_late_changes_nothing(store: Store, state: DeliveryState) -> None:
    copies_for(store, "ann@example.org")
    (copy,) = claimed(store)
    marked(store, copy)
    recovered(store, offer_again_at=LATER)
    before = the_only(store)
    assert not settled(store, copy, state)
    assert the_only(store) == before


def test_on_sqlite_a_clock_that_leaps_over_a_lease_keeps_no_answer_from_its_worker(sqlite_store: Store) -> None:
    copies_for(sqlite_store, "ann@example.org")
    (copy,) = claimed(sqlite_store)
    marked(sqlite_store, copy)
    assert settled(sqlite_store, copy, DeliveryState.PENDING, next_try_at=LATER, at=MONDAY + timedelta(days=1))
    found = the_only(sqlite_store)
    assert (found.state, found.doubts, found.next_try_at) == (DeliveryState.PENDING, 0, LATER)


def test_what_is_offered_again_is_not_settled_by_the_answer_to_what_was_offered_first(store: Store) -> None:
    copies_for(store, "ann@example.org")
    (first,) = claimed(store)
    marked(store, first)
    recovered(store, offer_again_at=LATER)
    (again,) = claimed(store, at=LATER, lease=OTHER)
    assert not settled(store, first, DeliveryState.ACCEPTED)
    assert the_only(store) == again


def test_a_copy_that_is_in_hand_when_its_digest_is_given_up_is_in_doubt_until_its_answer_comes(store: Store) -> None:
    copies_for(store, "ann@example.org", "ben@example.org")
    ann, ben = claimed(store)
    marked(store, ann)
    assert written(store, lambda c: delivery_ends.give_up(c, "weekly", reason="given up", at=MONDAY)) == 1
    assert not marked(store, ben)
    assert [copy.state for copy in everything(store)] == [DeliveryState.CANCELLED, DeliveryState.UNCERTAIN]
    assert settled(store, ann, DeliveryState.ACCEPTED)


@pytest.mark.parametrize("state", [EditionState.PAUSED, EditionState.CANCELLED, EditionState.DONE])
def test_no_copy_is_claimed_of_an_edition_that_is_put_by_meanwhile(store: Store, state: EditionState) -> None:
    copies_for(store, "ann@example.org")
    put_by(store, state)
    assert claimed(store) == []


def test_a_group_is_marked_and_settled_each_by_itself(store: Store) -> None:
    copies_for(store, "ann@example.org", "ben@example.org", "cat@example.org")
    ann, ben, cat = claimed(store)
    leaves(store, ben)
    written(store, lambda c: deliveries.keep_back(c, [cat.claim_key], worker=LEASE.worker, answer="no more", at=MONDAY))
    marks = [Mark(id=copy.id, claim=copy.claims, revision=copy.id) for copy in (ann, ben, cat)]
    told = written(store, lambda c: deliveries.mark_all(c, marks, worker=LEASE.worker, at=MONDAY))
    assert told == {ann.claim_key: DeliveryState.HANDING, ben.claim_key: DeliveryState.CANCELLED}
    outcomes = [
        Outcome(id=copy.id, claim=copy.claims, state=DeliveryState.PENDING, answer=copy.email, next_try_at=LATER)
        for copy in (ann, ben, cat)
    ]
    settled_now = written(store, lambda c: deliveries.settle_all(c, outcomes, worker=LEASE.worker, at=MONDAY))
    assert settled_now == {ann.claim_key}
    found = next(copy for copy in everything(store) if copy.id == ann.id)
    assert (found.revision, found.answer, found.next_try_at) == (ann.id, "ann@example.org", LATER)
