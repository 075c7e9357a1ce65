"""An address that is never mailed: what it subscribes to rests, and is as it was when that is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solacefeed.models.people import Actor, SubscriptionState, Suppression, SuppressionReason
from solacefeed.store import subscribers, suppressions
from solacefeed.store.database import Store
from solacefeed.store.subscription_changes import history
from tests.store.rows import a_reader, written
from tests.support.builders import MONDAY, WEEK

GONE = Suppression(
    canonical="ann@example.org",
    reason=SuppressionReason.HARD,
    words="there is no such mailbox",
    actor=Actor.OPERATOR,
    at=MONDAY + WEEK,
)


def state(store: Store, number: int) -> SubscriptionState:
    with store.read() as connection:
        there = subscribers.subscription(connection, number, "weekly")
    assert there is not None
    return there.state


def suppressed(store: Store) -> bool:
    return written(store, lambda c: suppressions.add(c, GONE))


def lifted(store: Store) -> bool:
    return written(store, lambda c: suppressions.remove(c, GONE.canonical, at=MONDAY + 2 * WEEK, by=Actor.OPERATOR))


def test_a_suppressed_reader_gets_nothing_until_it_is_lifted(store: Store) -> None:
    ann = a_reader(store, "Ann@example.org")
    ben = a_reader(store, "ben@example.org")
    assert suppressed(store)
    assert (state(store, ann.id), state(store, ben.id)) == (SubscriptionState.BOUNCED, SubscriptionState.CONFIRMED)
    with store.read() as connection:
        assert subscribers.count_confirmed(connection, "weekly") == 1
        told = history(connection, ann.id, "weekly")[-1]
    assert (told.actor, told.reason) == (Actor.SUPPRESSION, "never to be mailed: there is no such mailbox")
    assert lifted(store)
    assert state(store, ann.id) is SubscriptionState.CONFIRMED


def test_a_pause_is_a_pause_again_and_none_lets_a_suppressed_address_out(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")

    def pause() -> bool:
        return written(
            store,
            lambda c: subscribers.pause(c, ann.id, "weekly", until=None, since=None, at=MONDAY, by=Actor.READER),
        )

    assert pause()
    suppressed(store)
    assert not pause()
    assert state(store, ann.id) is SubscriptionState.BOUNCED
    lifted(store)
    assert state(store, ann.id) is SubscriptionState.PAUSED


def test_who_ends_while_suppressed_stays_ended(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    suppressed(store)
    assert written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY + WEEK))
    lifted(store)
    assert state(store, ann.id) is SubscriptionState.ENDED


def test_the_first_reason_stands_and_there_is_none_to_lift_twice(store: Store) -> None:
    assert suppressed(store)
    assert not written(store, lambda c: suppressions.add(c, replace(GONE, reason=SuppressionReason.SOFT)))
    with store.read() as connection:
        assert suppressions.find(connection, GONE.canonical) == GONE
        assert suppressions.among_these(connection, ["ben@example.org", GONE.canonical]) == {GONE.canonical: GONE}
        assert suppressions.listing(connection, limit=5) == [GONE]
    assert lifted(store)
    assert not lifted(store)


@pytest.mark.parametrize("email", ["ann@example.org", "ANN@EXAMPLE.ORG "])
def test_a_suppression_is_of_the_mailbox_however_it_is_written(store: Store, email: str) -> None:
    ann = a_reader(store, email)
    suppressed(store)
    assert state(store, ann.id) is SubscriptionState.BOUNCED
