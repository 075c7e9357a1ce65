"""One subscriber an address, and one subscription a digest, which stays ended once it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from solacefeed.email_addresses import canonical
from solacefeed.models.people import EVERY, Actor, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store import digest_ends, listed_subscriptions, reader_counts, subscribers
from solacefeed.store.changes import CHUNK
from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import subscriptions as subscriptions_table
from solacefeed.store.subscription_changes import history
from tests.store.rows import a_reader, written
from tests.support.builders import A_CONSENT, MONDAY, WEEK, category_ids


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.org", "ANN@EXAMPLE.ORG"),
        ("ann@example.org", " Ann@Example.org "),
        ("Jürgen@bücher.de", "JÜRGEN@xn--bcher-kva.de"),
    ],
)
def test_one_mailbox_is_one_subscriber_however_it_is_written(store: Store, one: str, other: str) -> None:
    first = written(store, lambda c: subscribers.enter(c, email=one, name="Ann", at=MONDAY))
    second = written(store, lambda c: subscribers.enter(c, email=other, name="Someone", at=MONDAY + WEEK))
    assert first == second
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    "other", ["ann+news@example.org", "a.nn@example.org", "ann@mail.example.org", "änn@example.org"]
)
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


@pytest.mark.parametrize(
    ("ended_by", "back_by", "comes_back"),
    [
        (Actor.READER, Actor.READER, True),
        (Actor.READER, Actor.OPERATOR, False),
        (Actor.READER, Actor.LIST, False),
        (Actor.OPERATOR, Actor.READER, True),
        (Actor.OPERATOR, Actor.OPERATOR, True),
        (Actor.OPERATOR, Actor.LIST, False),
        (Actor.LIST, Actor.READER, True),
        (Actor.LIST, Actor.OPERATOR, True),
        (Actor.LIST, Actor.LIST, True),
        (Actor.DIGEST, Actor.READER, True),
        (Actor.DIGEST, Actor.OPERATOR, True),
        (Actor.DIGEST, Actor.LIST, False),
        (None, Actor.READER, True),
        (None, Actor.OPERATOR, False),
        (None, Actor.LIST, False),
    ],
)
def test_an_end_is_taken_back_by_those_alone_who_may(
    store: Store, ended_by: Actor | None, back_by: Actor, comes_back: bool
) -> None:
    ann = a_reader(store, "ann@example.org")
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY, by=ended_by or Actor.READER))
    if ended_by is None:
        written(store, lambda c: c.execute(sa.update(subscriptions_table).values(changed_by=None)))
    back = written(
        store,
        lambda c: subscribers.subscribe(
            c, ann, "weekly", category_ids=category_ids("1"), consent=A_CONSENT, at=MONDAY + WEEK, by=back_by
        ),
    )
    with store.read() as connection:
        found = subscribers.subscription(connection, ann.id, "weekly")
    assert found
    assert (back, found.state == SubscriptionState.CONFIRMED) == (comes_back, comes_back)
    assert found.changed_by == (back_by if comes_back else ended_by)
    assert found.entered_by == (back_by if comes_back else Actor.OPERATOR)


def test_the_history_keeps_each_step_with_whose_word_it_was_and_why(store: Store) -> None:
    ann = a_reader(store, "ann@example.org", category_ids=category_ids("2", "1"))
    end = MONDAY + WEEK
    written(
        store,
        lambda c: subscribers.choose(
            c,
            ann.id,
            "weekly",
            None,
            since={EVERY: MONDAY},
            cadence=None,
            language=None,
            at=MONDAY,
            by=Actor.READER,
            reason="...",
        ),
    )
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=end, by=Actor.LIST, reason="not listed"))
    with store.read() as connection:
        steps = history(connection, ann.id, "weekly")
        assert history(connection, ann.id, "daily") == []
    assert [(each.at, each.actor, each.state, each.category_ids, each.reason) for each in steps] == [
        (MONDAY, Actor.OPERATOR, SubscriptionState.CONFIRMED, ("1", "2"), None),
        (MONDAY, Actor.READER, SubscriptionState.CONFIRMED, None, "..."),
        (end, Actor.LIST, SubscriptionState.ENDED, None, "not listed"),
    ]


def test_a_digest_that_ends_ends_each_of_its_subscriptions_and_no_other(store: Store) -> None:
    ann, ben, cat = (a_reader(store, f"{name}@example.org") for name in ("ann", "ben", "cat"))
    written(store, lambda c: subscribers.subscribe(c, ann, "daily", category_ids=None, consent=A_CONSENT, at=MONDAY))
    written(store, lambda c: subscribers.end(c, cat.id, "weekly", at=MONDAY))
    assert written(store, lambda c: digest_ends.end_all(c, "weekly", at=MONDAY + WEEK, reason="over", limit=9)) == 2
    with store.read() as connection:
        assert reader_counts.standing(connection)[0] == {"confirmed": 1, "ended": 3}
        assert [each.digest for each in subscribers.of_one(connection, ann.id) if each.state == "confirmed"] == [
            "daily"
        ]
        assert history(connection, ben.id, "weekly")[-1].actor is Actor.DIGEST
        assert history(connection, ben.id, "weekly")[-1].state is SubscriptionState.ENDED
    # Who had left stays away; the others are back.
    assert written(store, lambda c: digest_ends.revive_all(c, "weekly", at=MONDAY + WEEK, reason="again", limit=9)) == 2
    with store.read() as connection:
        assert [each.subscriber for each in subscribers.page(connection, "weekly", after=0, limit=9)] == [ann, ben]
        assert subscribers.count_confirmed(connection, "weekly") == 2


def test_a_list_of_more_addresses_than_one_statement_takes_is_found_whole(store: Store) -> None:
    people = [a_reader(store, f"{number}@example.org") for number in range(3)]
    listed = [f"nobody{number}@example.org" for number in range(3 * CHUNK)] + [each.email for each in people]
    with store.read() as connection:
        found = listed_subscriptions.of_the_list(connection, "weekly", listed)
    # In whichever order the database has found them.
    assert sorted((each.subscriber for each in found.values()), key=lambda each: each.id) == people


def test_an_ended_subscription_gets_no_edition(store: Store) -> None:
    ann, ben = a_reader(store, "ann@example.org"), a_reader(store, "ben@example.org")
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY))
    with store.read() as connection:
        assert [reader.subscriber for reader in subscribers.page(connection, "weekly", after=0, limit=9)] == [ben]


@pytest.mark.parametrize("choice", [None, (), category_ids("1"), category_ids("1", "2")])
def test_a_choice_is_kept_and_nothing_is_not_everything(store: Store, choice: tuple[CategoryId, ...] | None) -> None:
    ann = a_reader(store, "ann@example.org", category_ids=choice)
    with store.read() as connection:
        kept = subscribers.subscription(connection, ann.id, "weekly")
    assert kept
    assert kept.category_ids == choice


def test_readers_beyond_the_first_page_are_not_forgotten(store: Store) -> None:
    people = [a_reader(store, f"{number}@example.org").id for number in range(5)]
    found: list[list[int]] = []
    with store.read() as connection:
        for after in (0, people[1], people[3], people[4]):
            page = subscribers.page(connection, "weekly", after=after, limit=2)
            found.append([reader.subscriber.id for reader in page])
    assert found == [people[:2], people[2:4], people[4:], []]
