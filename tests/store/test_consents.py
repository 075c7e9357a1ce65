"""Nobody is mailed without a consent on record, and what was agreed to can be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from solacefeed.models.people import Actor, Basis, How, NewConsent, Wording
from solacefeed.store import consents, subscribers
from solacefeed.store.database import Store
from solacefeed.store.schema import subscriptions
from tests.store.rows import a_reader, written
from tests.support.builders import A_CONSENT, MONDAY, WEEK, a_digest

OF_THE_FORM = Wording(name="ours", language="en", text="Mail me the digest.")


def readers(store: Store) -> int:
    digest = a_digest()
    with store.read() as connection:
        assert len(subscribers.page(connection, "weekly", after=0, limit=9)) == subscribers.count_readers(
            connection, digest, digest.first
        )
        return subscribers.count_confirmed(connection, "weekly")


def test_a_subscription_begins_with_the_consent_by_which_it_stands(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    with store.read() as connection:
        (kept,) = consents.of_one(connection, ann.id)
        stands = subscribers.subscription(connection, ann.id, "weekly")
    assert (kept.basis, kept.evidence, kept.digest) == (Basis.CONSENT, A_CONSENT.evidence, "weekly")
    assert stands is not None
    assert stands.consent_id == kept.id


def test_who_comes_back_gives_another_consent_and_the_old_one_stays(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY))
    again = replace(A_CONSENT, at=MONDAY + WEEK, how=How.FORM)
    by = Actor.READER
    written(
        store,
        lambda c: subscribers.subscribe(c, ann, "weekly", category_ids=None, consent=again, at=MONDAY + WEEK, by=by),
    )
    with store.read() as connection:
        kept = consents.of_one(connection, ann.id)
        stands = subscribers.subscription(connection, ann.id, "weekly")
    assert [each.how for each in kept] == [How.OPERATOR, How.FORM]
    assert stands is not None
    assert stands.consent_id == kept[-1].id


def test_what_does_not_begin_leaves_no_consent(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY))
    assert not written(
        store, lambda c: subscribers.subscribe(c, ann, "weekly", category_ids=None, consent=A_CONSENT, at=MONDAY)
    )
    with store.read() as connection:
        assert len(consents.of_one(connection, ann.id)) == 1


def test_a_subscription_without_a_consent_has_no_reader(store: Store) -> None:
    a_reader(store, "ann@example.org")
    ben = a_reader(store, "ben@example.org")
    assert readers(store) == 2
    without = subscriptions.update().where(subscriptions.c.subscriber_id == ben.id).values(consent_id=None)
    written(store, lambda c: c.execute(without))
    assert readers(store) == 1


def test_a_wording_is_kept_once_and_found_by_its_hash(store: Store) -> None:
    hash_ = written(store, lambda c: consents.keep_wording(c, OF_THE_FORM, at=MONDAY))
    assert written(store, lambda c: consents.keep_wording(c, OF_THE_FORM, at=MONDAY + WEEK)) == hash_
    with store.read() as connection:
        assert consents.wording(connection, hash_) == OF_THE_FORM
        assert consents.wording(connection, "another") is None
        assert connection.execute(sa.text("SELECT count(*) FROM wordings")).scalar_one() == 1


def test_the_network_goes_and_the_consent_stays(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    here = NewConsent(basis=Basis.CONSENT, at=MONDAY, how=How.FORM, network="192.0.2.0/24")
    written(store, lambda c: consents.record(c, ann.id, "weekly", here, at=MONDAY))
    assert written(store, lambda c: consents.forget_networks(c, before=MONDAY, limit=5)) == 0
    assert written(store, lambda c: consents.forget_networks(c, before=MONDAY + timedelta(days=30), limit=5)) == 1
    with store.read() as connection:
        assert [each.network for each in consents.of_one(connection, ann.id)] == [None, None]
