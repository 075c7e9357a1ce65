"""By which keys links are taken is known on all machines, and none of the keys is kept for that."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from solacefeed.deeds.upkeep.link_keys import must_sign_alike, note_keys, signs_otherwise
from solacefeed.errors import UsageError
from solacefeed.store.database import Store
from solacefeed.store.facts import signing_key
from solacefeed.store.schema import facts

OLD, NEW = "a" * 40, "b" * 40


def test_as_long_as_no_daemon_has_told_each_signs_as_it_may(store: Store) -> None:
    assert signs_otherwise(store, (OLD,)) is None
    assert signs_otherwise(store, ()) is None


def test_who_signs_by_a_key_that_the_daemon_takes_signs_alike(store: Store) -> None:
    note_keys(store, (NEW, OLD))
    for its in ((NEW, OLD), (NEW,), (OLD,)):
        must_sign_alike(store, its)


@pytest.mark.parametrize("its", [("c" * 40,), ("c" * 40, NEW), ()])
def test_who_signs_by_another_is_refused(store: Store, its: tuple[str, ...]) -> None:
    note_keys(store, (NEW, OLD))
    with pytest.raises(
        UsageError, match=r"signs links by another secret than the daemon's.* the same SOLACEFEED_SECRET"
    ):
        must_sign_alike(store, its)


def test_without_a_secret_all_sign_by_the_stores_own(store: Store) -> None:
    note_keys(store, (signing_key(store),))
    assert signs_otherwise(store, ()) is None
    assert signs_otherwise(store, (NEW,))


def test_by_what_is_kept_nothing_can_be_signed(store: Store) -> None:
    note_keys(store, (NEW, OLD))
    with store.read() as connection:
        kept = " ".join(connection.execute(sa.select(facts.c.value)).scalars())
    assert NEW not in kept
    assert OLD not in kept
