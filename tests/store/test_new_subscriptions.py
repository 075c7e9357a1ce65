"""Subscriptions that begin together are as if each had begun by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import EVERY, Actor
from solacefeed.store import consents, reader_counts, subscribers
from solacefeed.store.database import Store
from solacefeed.store.new_subscriptions import NewSubscription, begin_all, hold, numbers_of
from solacefeed.store.subscription_changes import history
from tests.support.builders import A_CONSENT, MONDAY, WEEK, category_ids
from tests.support.counting import Tally, before_each_statement

EVERYTHING = {EVERY: MONDAY}
HOUSING, BOTH = category_ids("1"), category_ids("1", "2")


def new(who: str, *, of: int = 0) -> NewSubscription:
    """Of some kinds, no two of which are alike."""
    email = f"{who}@example.org"
    plain = NewSubscription(email, email, None, None, EVERYTHING, A_CONSENT)
    since = dict.fromkeys(BOTH, MONDAY)
    return (
        plain,
        plain._replace(name="Ann"),
        plain._replace(category_ids=HOUSING, since=dict.fromkeys(HOUSING, MONDAY)),
        plain._replace(category_ids=BOTH, since=since),
        plain._replace(category_ids=BOTH, since=since | dict.fromkeys(HOUSING, MONDAY - WEEK)),
        plain._replace(cadence=CadenceKind.DAILY, language="cy"),
        plain._replace(consent=replace(A_CONSENT, at=MONDAY - WEEK, claimed=True, evidence=None)),
        plain._replace(paused=True),
        plain._replace(paused=True, paused_until=MONDAY + timedelta(days=2, microseconds=1)),
    )[of]


KINDS = 9


def begin(store: Store, rows: list[NewSubscription]) -> None:
    with store.write() as connection:
        hold(connection)
        known = numbers_of(connection, [row.canonical for row in rows])
        begin_all(connection, "weekly", rows, known, at=MONDAY, by=Actor.IMPORT, reason="a list has them")


def test_each_is_as_if_it_had_begun_alone(store: Store) -> None:
    begin(store, [new(f"together{kind}", of=kind) for kind in range(KINDS)])
    for kind in range(KINDS):
        begin(store, [new(f"alone{kind}", of=kind)])
    with store.read() as connection:
        for kind in range(KINDS):
            told = []
            for how in ("together", "alone"):
                person = subscribers.find(connection, f"{how}{kind}@example.org")
                assert person is not None
                (there,) = subscribers.of_one(connection, person.id)
                (consent,) = consents.of_one(connection, person.id)
                assert (there.subscriber, there.consent_id, consent.subscriber_id) == (person, consent.id, person.id)
                nobody = replace(person, id=0, email="")
                told.append(
                    (
                        replace(there, subscriber=nobody, consent_id=0),
                        replace(consent, id=0, subscriber_id=0),
                        history(connection, person.id, "weekly"),
                    )
                )
            assert told[0] == told[1]


def test_one_is_as_if_its_reader_had_been_entered_by_the_form(store: Store) -> None:
    with store.write() as connection:
        ann = subscribers.enter(connection, email="ann@example.org", name="Ann", at=MONDAY, by=Actor.IMPORT)
        subscribers.subscribe(
            connection,
            ann,
            "weekly",
            category_ids=BOTH,
            since=dict.fromkeys(BOTH, MONDAY),
            consent=A_CONSENT,
            at=MONDAY,
            by=Actor.IMPORT,
            reason="a list has them",
        )
    begin(store, [new("bob", of=3)])
    with store.read() as connection:
        (entered,), (begun,) = (subscribers.of_one(connection, number) for number in (1, 2))
        assert replace(begun, subscriber=entered.subscriber, consent_id=entered.consent_id) == entered
        assert history(connection, 1, "weekly") == history(connection, 2, "weekly")


def test_however_many_begin_it_takes_as_many_statements(store: Store) -> None:
    asked = Tally()

    def count() -> None:
        asked.count += 1

    # The first ones ask for what is asked once.
    begin(store, [new("first")])
    with before_each_statement(store, count):
        begin(store, [new(f"some{n}", of=n % KINDS) for n in range(20)])
        some = asked.since()
        begin(store, [new(f"many{n}", of=n % KINDS) for n in range(1500)])
        assert asked.since() == some
    with store.read() as connection:
        assert sum(reader_counts.standing(connection)[0].values()) == 1521
