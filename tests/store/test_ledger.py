"""The ledger: which posts readers have got or are promised, by their copies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import Pick, Variant
from solacefeed.store import deliveries as delivery_store
from solacefeed.store import editions, ledger, variants
from solacefeed.store.database import Store
from solacefeed.store.ledger import Ledger, digests_that_count
from solacefeed.store.schema import deliveries
from tests.store.rows import CLOSED, EDITION, a_reader, an_edition
from tests.support.builders import WEEK, a_digest
from tests.support.generated import examples

EVERY_POST = frozenset("123456789")
BEFORE = CLOSED - WEEK


def an_edition_with(store: Store, *said: tuple[str, Iterable[str]], name: str = EDITION, weeks: int = 0) -> None:
    """An edition with variants by key, each with its posts; so many *weeks* before."""
    with store.write() as connection:
        edition = an_edition(name=name, ends=CLOSED - weeks * WEEK, digest=name.partition("/")[0])
        editions.add(connection, edition)
        for key, post_ids in said:
            variants.add_variant(connection, a_variant(name, key, post_ids))


def a_variant(edition_id: str, key: str, post_ids: Iterable[str], revision: int = 1) -> Variant:
    return Variant(
        edition_id=edition_id,
        selection=key,
        revision=revision,
        picks=tuple(Pick(post_id=each, because=()) for each in post_ids),
        event_ids=(),
        subject="",
        text="",
        html="",
    )


def a_copy(
    store: Store,
    who: int,
    key: str,
    state: DeliveryState = DeliveryState.ACCEPTED,
    *,
    edition_id: str = EDITION,
    revision: int | None = 1,
    doubts: int = 0,
    is_old: bool = False,
) -> None:
    row = {
        "edition_id": edition_id,
        "subscriber_id": who,
        "email": "",
        "name": None,
        "selection": key if is_old else "*",
        "variant": None if is_old else key,
        "message_id": f"<{edition_id}.{who}@example.org>",
    }
    this = (deliveries.c.edition_id == edition_id) & (deliveries.c.subscriber_id == who)
    with store.write() as connection:
        delivery_store.intend(connection, [row], at=CLOSED)
        values = {"state": state.value, "revision": revision, "doubts": doubts}
        connection.execute(deliveries.update().where(this).values(**values))


def got(store: Store, *, weeks: int = 9, digest: str | None = None, but_for: str | None = None) -> dict[int, set[str]]:
    with store.read() as connection:
        read = Ledger(
            connection,
            since=CLOSED - weeks * WEEK,
            posts=EVERY_POST,
            digests=None if digest is None else {digest},
            but_for=but_for,
        )
        return {who: set(posts) for who, posts in read.got(connection, 1, 10**9).items()}


@pytest.mark.parametrize(
    ("state", "doubts", "counts"),
    [
        (DeliveryState.ACCEPTED, 0, True),
        (DeliveryState.UNCERTAIN, 1, True),
        (DeliveryState.PENDING, 0, True),
        (DeliveryState.CLAIMED, 0, True),
        (DeliveryState.HANDING, 0, True),
        (DeliveryState.REJECTED, 0, False),
        (DeliveryState.EXPIRED, 0, False),
        (DeliveryState.CANCELLED, 0, False),
        (DeliveryState.REJECTED, 1, True),
        (DeliveryState.EXPIRED, 1, True),
        (DeliveryState.CANCELLED, 1, True),
    ],
)
def test_a_post_is_got_by_a_copy_that_came_may_have_come_or_may_yet_come(
    store: Store, state: DeliveryState, doubts: int, counts: bool
) -> None:
    ann = a_reader(store, "ann@example.org")
    an_edition_with(store, ("k1", "12"))
    a_copy(store, ann.id, "k1", state, doubts=doubts)
    assert got(store) == ({ann.id: {"1", "2"}} if counts else {})


def test_what_several_editions_brought_is_put_together_for_each_reader(store: Store) -> None:
    ann, ben = a_reader(store, "ann@example.org"), a_reader(store, "ben@example.org")
    an_edition_with(store, ("k1", "12"), ("k2", "3"))
    an_edition_with(store, ("k1", "45"), name="weekly/2026-11-16", weeks=1)
    a_copy(store, ann.id, "k1")
    a_copy(store, ben.id, "k2")
    a_copy(store, ann.id, "k1", edition_id="weekly/2026-11-16")
    assert got(store) == {ann.id: set("1245"), ben.id: {"3"}}


def test_a_copy_brings_what_its_own_revision_says_and_one_that_was_never_tried_what_the_newest_does(
    store: Store,
) -> None:
    ann, ben = a_reader(store, "ann@example.org"), a_reader(store, "ben@example.org")
    an_edition_with(store, ("k1", "12"))
    with store.write() as connection:
        variants.add_variant(connection, a_variant(EDITION, "k1", "1", revision=2))
    a_copy(store, ann.id, "k1", revision=1)
    a_copy(store, ben.id, "k1", DeliveryState.PENDING, revision=None)
    assert got(store) == {ann.id: {"1", "2"}, ben.id: {"1"}}


def test_a_copy_of_an_older_release_is_read_by_the_name_of_its_selection(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    an_edition_with(store, ("3,17 !summit", "12"))
    a_copy(store, ann.id, "3,17 !summit", is_old=True)
    assert got(store) == {ann.id: {"1", "2"}}


def test_an_edition_that_was_cancelled_and_put_aside_is_still_got_by_who_has_it(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    an_edition_with(store, ("k1", "12"), name="weekly/2026-11-23~1")
    a_copy(store, ann.id, "k1", edition_id="weekly/2026-11-23~1")
    assert got(store) == {ann.id: {"1", "2"}}


def test_editions_of_long_ago_and_the_one_being_made_do_not_count(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    an_edition_with(store, ("k1", "1"))
    an_edition_with(store, ("k1", "2"), name="weekly/2026-11-16", weeks=1)
    an_edition_with(store, ("k1", "3"), name="weekly/2026-09-14", weeks=10)
    for edition_id in (EDITION, "weekly/2026-11-16", "weekly/2026-09-14"):
        a_copy(store, ann.id, "k1", edition_id=edition_id)
    assert got(store, but_for=EDITION) == {ann.id: {"2"}}


def test_what_any_digest_brought_counts_but_for_one_that_repeats(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    an_edition_with(store, ("k1", "1"))
    an_edition_with(store, ("k1", "2"), name="review/2026-11-23")
    a_copy(store, ann.id, "k1")
    a_copy(store, ann.id, "k1", edition_id="review/2026-11-23")
    assert digests_that_count(a_digest()) is None
    assert digests_that_count(replace(a_digest(name="review"), repeats=True)) == frozenset({"review"})
    assert got(store) == {ann.id: {"1", "2"}}
    assert got(store, digest="review") == {ann.id: {"2"}}


def test_readers_who_got_the_same_share_one_set(store: Store) -> None:
    an_edition_with(store, ("k1", "12"), ("k2", "12"))
    readers = [a_reader(store, f"reader{number}@example.org") for number in range(4)]
    for number, reader in enumerate(readers):
        a_copy(store, reader.id, f"k{number % 2 + 1}")
    with store.read() as connection:
        found = Ledger(connection, since=BEFORE, posts=EVERY_POST).got(connection, readers[0].id, readers[-1].id)
    assert len(found) == 4
    assert len(set(map(id, found.values()))) == 1


def test_it_is_read_by_ranges_of_subscribers(store: Store) -> None:
    an_edition_with(store, ("k1", "1"))
    readers = [a_reader(store, f"reader{number}@example.org") for number in range(4)]
    for reader in readers:
        a_copy(store, reader.id, "k1")
    with store.read() as connection:
        read = Ledger(connection, since=BEFORE, posts=EVERY_POST)
        assert read.got(connection, readers[1].id, readers[2].id).keys() == {readers[1].id, readers[2].id}
        assert read.got(connection, readers[3].id + 1, 10**9) == {}


def test_only_posts_that_are_asked_for_are_told(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    an_edition_with(store, ("k1", "123"))
    a_copy(store, ann.id, "k1")
    with store.read() as connection:
        read = Ledger(connection, since=BEFORE, posts={"2", "7"})
        assert read.got(connection, 1, ann.id) == {ann.id: {"2"}}
        assert Ledger(connection, since=BEFORE, posts={"7"}).got(connection, 1, ann.id) == {}


# -- against the copies one by one ----------------------------------------------------------------------

COPIES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(0, 2),
        st.sampled_from("ab"),
        st.sampled_from(sorted(DeliveryState)),
        st.integers(0, 1),
        st.sampled_from([None, 1, 2]),
    ),
    unique_by=lambda copy: copy[:2],
    max_size=12,
)


@pytest.mark.more
@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(copies=COPIES)
def test_it_says_what_the_copies_say_one_by_one(
    sqlite_store: Store, copies: list[tuple[int, int, str, DeliveryState, int, int | None]]
) -> None:
    store = sqlite_store
    said = {(place, key, 1): {f"{place}{key}", "1"} for place in range(3) for key in "ab"}
    said |= {(place, key, 2): {f"{place}{key}"} for place in range(3) for key in "ab"}
    with store.write() as connection:
        connection.execute(deliveries.delete())
    _three_editions_and_four_readers(store, said)
    expected: dict[int, set[str]] = {}
    for who, place, key, state, doubts, revision in copies:
        a_copy(store, who, key, state, edition_id=f"weekly/{place}", revision=revision, doubts=doubts)
        if state not in ("rejected", "expired", "cancelled") or doubts:
            expected.setdefault(who, set()).update(said[place, key, revision or 2])
    with store.read() as connection:
        posts = set().union(*said.values())
        read = Ledger(connection, since=BEFORE, posts=posts)
        assert read.got(connection, 1, 4) == expected
        for who in range(1, 5):
            one = [each for each in ledger.of_reader(connection, who, since=BEFORE) if each.counts]
            assert set().union(*(each.post_ids for each in one)) == expected.get(who, set())


def _three_editions_and_four_readers(store: Store, said: dict[tuple[int, str, int], set[str]]) -> None:
    with store.read() as connection:
        if editions.find(connection, "weekly/0"):
            return
    for number in range(1, 5):
        assert a_reader(store, f"reader{number}@example.org").id == number
    for place in range(3):
        with store.write() as connection:
            editions.add(connection, an_edition(name=f"weekly/{place}", ends=CLOSED + timedelta(minutes=place)))
            for (edition, key, revision), posts in said.items():
                if edition == place:
                    variants.add_variant(connection, a_variant(f"weekly/{place}", key, sorted(posts), revision))
