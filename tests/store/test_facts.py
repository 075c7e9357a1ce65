"""What a store holds to for ever: whose ids it keeps, which clock it lives by, its key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from solacefeed import tokens
from solacefeed.errors import StoreError
from solacefeed.store import facts
from solacefeed.store.database import Store, open_store
from tests.store.rows import keep, written
from tests.support.builders import MONDAY, a_source_post
from tests.support.counting import what_is_asked


def settle_authority(store: Store, authority: str) -> None:
    facts.settle_tag_authority(store, authority)


def do_a_deed(store: Store, *, rehearsed: bool) -> None:
    facts.settle_clock(store, rehearsed=rehearsed)


def test_several_facts_are_told_by_one_question_and_none_that_is_not_known(store: Store) -> None:
    with store.write() as connection:
        for name in ("one", "two", "three"):
            facts.put(connection, name, f"of {name}")
    with what_is_asked(store) as asked, store.read() as connection:
        assert facts.several(connection, "one", "three", "four") == {"one": "of one", "three": "of three"}
    assert sum("FROM facts" in each for each in asked) == 1


def test_while_nothing_has_an_id_the_last_tag_authority_counts(store: Store) -> None:
    settle_authority(store, "blog.example.org,2026")
    settle_authority(store, "example.org,2012")
    written(store, lambda c: keep(c, a_source_post(id="1"), seen=MONDAY))
    with pytest.raises(StoreError, match=r'stand under "example\.org,2012"'):
        settle_authority(store, "blog.example.org,2026")


def test_a_changed_tag_authority_is_refused_with_the_one_to_put_back(store: Store) -> None:
    written(store, lambda c: keep(c, a_source_post(id="1"), seen=MONDAY))
    settle_authority(store, "example.org,2012")
    settle_authority(store, "example.org,2012")
    with pytest.raises(StoreError, match=r'stand under "example\.org,2012": put that back'):
        settle_authority(store, "example.net,2026")
    settle_authority(store, "example.org,2012")


def test_a_rehearsal_is_refused_by_a_live_store(store: Store) -> None:
    do_a_deed(store, rehearsed=False)
    do_a_deed(store, rehearsed=False)
    with pytest.raises(StoreError, match="this store is live"):
        do_a_deed(store, rehearsed=True)


def test_the_real_clock_is_refused_by_a_rehearsed_store(store: Store) -> None:
    do_a_deed(store, rehearsed=True)
    do_a_deed(store, rehearsed=True)
    with pytest.raises(StoreError, match="this store is rehearsed"):
        do_a_deed(store, rehearsed=False)


def test_a_fact_that_is_for_good_stays_as_it_was_first_written_and_any_other_is_the_last_one(store: Store) -> None:
    assert written(store, lambda c: [facts.put(c, "word", value, for_good=True) for value in "ab"]) == ["a", "a"]
    assert written(store, lambda c: [facts.put(c, "other", value) for value in "ab"]) == ["a", "b"]
    with store.read() as connection:
        assert (facts.read(connection, "word"), facts.read(connection, "other")) == ("a", "b")


def test_the_signing_key_is_made_once_and_kept(store: Store, store_url: str) -> None:
    key = facts.signing_key(store)
    store.close()
    reopened = open_store(store_url)
    assert facts.signing_key(reopened) == key
    assert len(key) >= 40
    reopened.close()


def test_links_that_the_stores_own_key_has_signed_work_when_the_config_gets_a_key(store: Store) -> None:
    before = tokens.for_unsubscribing("weekly", 7, facts.signing_keys(store, ()))
    keys = facts.signing_keys(store, ("swordfish",))
    assert tokens.unsubscribing(before, keys) == ("weekly", 7)
    assert tokens.sign("unsubscribe", "weekly:7", keys) == tokens.sign("unsubscribe", "weekly:7", ("swordfish",))


def test_a_store_that_has_signed_nothing_by_itself_makes_no_key_beside_the_configs(store: Store) -> None:
    assert facts.signing_keys(store, ("new", "old")) == ("new", "old")
    with store.read() as connection:
        assert facts.read(connection, facts.SECRET) is None


def test_two_who_need_the_signing_key_first_at_once_get_the_same(store: Store, store_url: str) -> None:
    other = open_store(store_url)
    with ThreadPoolExecutor(1) as another:
        with store.write() as connection:
            key = facts.put(connection, facts.SECRET, "the first one's", for_good=True)
            # Begins before the first one's key is committed, and ends after it.
            theirs = another.submit(facts.signing_key, other)
            _until_it_waits(store)
        assert theirs.result(timeout=20) == key
    other.close()


def _until_it_waits(store: Store) -> None:
    """On PostgreSQL, until the other's statement waits for ours; on SQLite its transaction can't begin anyway."""
    if store.file:
        return
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(2_000):
        with store.engine.connect() as connection:
            if connection.exec_driver_sql(waiting).scalar():
                return
