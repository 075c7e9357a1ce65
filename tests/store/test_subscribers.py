"""One subscriber an address, and one subscription a digest, which stays ended once it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from solacefeed.models import SubscriptionState
from solacefeed.store import subscribers
from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import subscribers as subscribers_table
from solacefeed.store.schema import subscriptions as subscriptions_table
from solacefeed.store.subscribers import PAGE, canonical
from tests.store.rows import a_reader, written
from tests.support.builders import MONDAY, WEEK


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.org", "ANN@EXAMPLE.ORG"),
        ("ann@example.org", " Ann@Example.org "),
        ("straße@example.org", "STRASSE@example.org"),
    ],
)
def test_one_mailbox_is_one_subscriber_however_it_is_written(store: Store, one: str, other: str) -> None:
    first = written(store, lambda c: subscribers.enter(c, email=one, name="Ann", at=MONDAY))
    second = written(store, lambda c: subscribers.enter(c, email=other, name="Someone", at=MONDAY + WEEK))
    assert first == second
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize("other", ["ann+news@example.org", "a.nn@example.org", "ann@mail.example.org"])
def test_an_address_that_may_be_another_mailbox_is_another_subscriber(store: Store, other: str) -> None:
    assert a_reader(store, "ann@example.org").id != a_reader(store, other).id


def test_an_address_is_kept_as_it_was_given(store: Store) -> None:
    assert a_reader(store, " Ann@Example.org ").email == "Ann@Example.org"


def test_two_who_enter_one_address_at_once_enter_one_subscriber(store_url: str) -> None:
    stores = [open_store(store_url) for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as threads:
        entered = list(threads.map(lambda store: a_reader(store, "ann@example.org"), stores))
    assert len({subscriber.id for subscriber in entered}) == 1
    for store in stores:
        store.close()


def test_ending_a_subscription_is_told_once(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    assert written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY))
    assert not written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY + WEEK))
    with store.read() as connection:
        ended = subscribers.subscription(connection, ann.id, "weekly")
    assert ended
    assert (ended.state, ended.changed_at) == (SubscriptionState.ENDED, MONDAY)


def test_an_ended_subscription_gets_no_edition(store: Store) -> None:
    ann, ben = a_reader(store, "ann@example.org"), a_reader(store, "ben@example.org")
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY))
    with store.read() as connection:
        assert [reader.subscriber for reader in subscribers.confirmed(connection, "weekly")] == [ben]


@pytest.mark.parametrize("choice", [None, (), ("1",), ("1", "2")])
def test_a_choice_is_kept_and_nothing_is_not_everything(store: Store, choice: tuple[str, ...] | None) -> None:
    ann = a_reader(store, "ann@example.org", category_ids=choice)
    with store.read() as connection:
        kept = subscribers.subscription(connection, ann.id, "weekly")
    assert kept
    assert kept.category_ids == choice


def test_readers_beyond_the_first_page_are_not_forgotten(store: Store) -> None:
    numbers = range(1, PAGE + 3)
    people = [{"id": n, "email": f"{n}@x.org", "canonical": f"{n}@x.org", "created_at": MONDAY} for n in numbers]
    wishes = [{"subscriber_id": n, "digest": "weekly", "state": "confirmed", "changed_at": MONDAY} for n in numbers]
    with store.write() as connection:
        connection.execute(sa.insert(subscribers_table), people)
        connection.execute(sa.insert(subscriptions_table), wishes)
    with store.read() as connection:
        found = [reader.subscriber.id for reader in subscribers.confirmed(connection, "weekly")]
    assert found == list(numbers)
