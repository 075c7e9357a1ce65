"""What a subscription was at any instant can be told from its history; and pauses, which it tells of too."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from solacefeed.models.digests import CadenceKind
from solacefeed.models.people import EVERY, Actor, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store import digest_ends, reader_counts, subscribers
from solacefeed.store.database import Store
from solacefeed.store.schema import subscription_changes, subscriptions
from solacefeed.store.subscription_changes import as_it_was, history, history_begins, unnoted
from tests.store.rows import a_reader, written
from tests.support.builders import A_CONSENT, MONDAY, WEEK, category_ids

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HOUSING = CategoryId("1")
CONFIRMED, PAUSED, ENDED = SubscriptionState.CONFIRMED, SubscriptionState.PAUSED, SubscriptionState.ENDED


def now(store: Store, who: int) -> Subscription:
    with store.read() as connection:
        found = subscribers.subscription(connection, who, "weekly")
    assert found
    return found


def lived(store: Store) -> int:
    """Somebody who joined, chose, paused, came back and ended, a day after the other."""
    with store.write() as connection:
        ann = subscribers.enter(connection, email="ann@example.org", name=None, at=MONDAY)
        subscribers.subscribe(
            connection, ann, "weekly", category_ids=None, since={EVERY: MONDAY}, consent=A_CONSENT, at=MONDAY
        )
        subscribers.choose(
            connection,
            ann.id,
            "weekly",
            category_ids("1"),
            since={HOUSING: MONDAY},
            cadence=CadenceKind.DAILY,
            language="cy",
            at=MONDAY + DAY,
            by=Actor.READER,
        )
        subscribers.pause(
            connection,
            ann.id,
            "weekly",
            until=MONDAY + 3 * DAY,
            since={HOUSING: MONDAY},
            at=MONDAY + 2 * DAY,
            by=Actor.READER,
            reason="away",
        )
        assert subscribers.resume_due(connection, at=MONDAY + 4 * DAY, limit=10) == 1
        subscribers.end(connection, ann.id, "weekly", at=MONDAY + 5 * DAY, by=Actor.OPERATOR)
    return ann.id


def test_each_step_holds_all_of_the_subscription_with_whose_word_it_was(store: Store) -> None:
    ann = lived(store)
    with store.read() as connection:
        steps = history(connection, ann, "weekly")
    assert [(each.state, each.actor, each.category_ids, each.cadence, each.language) for each in steps] == [
        (CONFIRMED, Actor.OPERATOR, None, None, None),
        (CONFIRMED, Actor.READER, ("1",), CadenceKind.DAILY, "cy"),
        (PAUSED, Actor.READER, ("1",), CadenceKind.DAILY, "cy"),
        (CONFIRMED, Actor.READER, ("1",), CadenceKind.DAILY, "cy"),
        (ENDED, Actor.OPERATOR, ("1",), CadenceKind.DAILY, "cy"),
    ]
    assert [each.since for each in steps] == [{EVERY: MONDAY}, *[{HOUSING: MONDAY}] * 4]
    assert [each.paused_until for each in steps] == [None, None, MONDAY + 3 * DAY, None, None]
    assert [each.away_until for each in steps] == [None, None, None, *[MONDAY + 3 * DAY] * 2]
    assert [each.reason for each in steps] == [None, None, "away", "the pause was over", None]


def test_a_subscription_is_told_as_it_stood_at_any_instant(store: Store) -> None:
    ann = lived(store)
    with store.read() as connection:
        told = {hours: as_it_was(connection, ann, "weekly", MONDAY + hours * HOUR) for hours in range(-1, 144)}
    assert told[-1] is None
    states = [each.state for hours, each in told.items() if hours >= 0 and each]
    assert states == [CONFIRMED] * 48 + [PAUSED] * 48 + [CONFIRMED] * 24 + [ENDED] * 24
    at_noon = told[30]
    assert at_noon
    assert (at_noon.category_ids, at_noon.since, at_noon.cadence) == (("1",), {HOUSING: MONDAY}, CadenceKind.DAILY)
    assert (at_noon.changed_at, at_noon.changed_by) == (MONDAY + DAY, Actor.READER)
    assert told[143] == now(store, ann)


def test_of_several_steps_at_one_instant_the_last_one_holds(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY))
    written(
        store,
        lambda c: subscribers.subscribe(
            c, ann, "weekly", category_ids=None, consent=A_CONSENT, at=MONDAY, by=Actor.READER
        ),
    )
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY + DAY))
    with store.read() as connection:
        found = as_it_was(connection, ann.id, "weekly", MONDAY)
    assert found
    assert found.state is CONFIRMED


def test_what_an_older_release_did_not_note_is_not_made_up(store: Store) -> None:
    ann = a_reader(store, "ann@example.org")
    with store.write() as connection:
        connection.execute(subscription_changes.delete())
    with store.read() as connection:
        # It has not changed since, so that it stood so from then on.
        assert as_it_was(connection, ann.id, "weekly", MONDAY + DAY) == now(store, ann.id)
        assert history_begins(connection, ann.id, "weekly") is None
    written(store, lambda c: subscribers.end(c, ann.id, "weekly", at=MONDAY + WEEK))
    with store.read() as connection:
        assert as_it_was(connection, ann.id, "weekly", MONDAY + DAY) is None
        assert history_begins(connection, ann.id, "weekly") == MONDAY + WEEK
    assert unnoted(now(store, ann.id)) == ("cadence", "language", "since when the choice counts")


def test_of_a_subscription_of_today_all_is_noted(store: Store) -> None:
    assert unnoted(now(store, lived(store))) == ()


# -- pauses -------------------------------------------------------------------------------------------


def paused(store: Store, email: str, *, days: int | None, by: Actor = Actor.READER) -> int:
    """Somebody whose pause began on Monday, for so many days."""
    ann = a_reader(store, email)
    until = None if days is None else MONDAY + days * DAY
    written(store, lambda c: subscribers.pause(c, ann.id, "weekly", until=until, since=None, at=MONDAY, by=by))
    return ann.id


def test_a_paused_reader_is_none_of_those_who_get_it(store: Store) -> None:
    ann, ben = paused(store, "ann@example.org", days=None), a_reader(store, "ben@example.org")
    with store.read() as connection:
        assert [each.subscriber for each in subscribers.page(connection, "weekly", after=0, limit=9)] == [ben]
        assert subscribers.count_confirmed(connection, "weekly") == 1
        assert reader_counts.standing(connection)[0] == {"confirmed": 1, "paused": 1}
    assert written(store, lambda c: subscribers.resume(c, ann, "weekly", at=MONDAY + DAY, by=Actor.READER))
    assert not written(store, lambda c: subscribers.resume(c, ann, "weekly", at=MONDAY + WEEK, by=Actor.READER))
    assert (now(store, ann).state, now(store, ann).away_until) == (CONFIRMED, MONDAY + DAY)


def test_pauses_whose_time_has_come_end_and_no_others(store: Store) -> None:
    ended, longer, held = (paused(store, f"{days}@example.org", days=days) for days in (1, 9, None))
    with store.read() as connection:
        assert not subscribers.has_pause_over(connection, MONDAY + DAY - timedelta(seconds=1))
        assert subscribers.has_pause_over(connection, MONDAY + DAY)
    assert written(store, lambda c: subscribers.resume_due(c, at=MONDAY + 2 * DAY, limit=10)) == 1
    assert [now(store, who).state for who in (ended, longer, held)] == [CONFIRMED, PAUSED, PAUSED]
    # Away until the day that was said, however late anybody looked.
    assert (now(store, ended).away_until, now(store, ended).paused_until) == (MONDAY + DAY, None)
    assert not written(store, lambda c: subscribers.resume_due(c, at=MONDAY + 2 * DAY, limit=10))


def test_a_few_pauses_end_in_one_step_and_the_rest_in_the_next(store: Store) -> None:
    for number in range(5):
        paused(store, f"{number}@example.org", days=1)
    steps = [written(store, lambda c: subscribers.resume_due(c, at=MONDAY + WEEK, limit=2)) for _ in range(4)]
    assert steps == [2, 2, 1, 0]


def test_a_pause_ends_by_the_word_of_whoever_paused_whatever_was_chosen_meanwhile(store: Store) -> None:
    ann = paused(store, "ann@example.org", days=1, by=Actor.OPERATOR)
    with store.write() as connection:
        subscribers.choose(
            connection,
            ann,
            "weekly",
            category_ids("1"),
            since=None,
            cadence=None,
            language=None,
            at=MONDAY,
            by=Actor.READER,
        )
    written(store, lambda c: subscribers.resume_due(c, at=MONDAY + WEEK, limit=9))
    assert now(store, ann).changed_by is Actor.OPERATOR
    with store.read() as connection:
        assert [each.actor.value for each in history(connection, ann, "weekly")] == [
            *("operator", "operator", "reader", "operator")
        ]


@pytest.mark.parametrize("state", [CONFIRMED, PAUSED])
def test_an_end_that_is_undone_leaves_all_as_it_was(store: Store, state: SubscriptionState) -> None:
    ann = paused(store, "ann@example.org", days=9) if state is PAUSED else a_reader(store, "ann@example.org").id
    before = now(store, ann)
    written(store, lambda c: subscribers.end(c, ann, "weekly", at=MONDAY + DAY))
    assert written(store, lambda c: subscribers.undo_end(c, ann, "weekly", since=MONDAY, at=MONDAY + DAY))
    after = now(store, ann)
    assert (after.state, after.since, after.paused_until) == (state, before.since, before.paused_until)


def test_a_digest_that_is_taken_up_again_has_its_paused_readers_as_such(store: Store) -> None:
    ann, ben = paused(store, "ann@example.org", days=None), a_reader(store, "ben@example.org").id
    written(store, lambda c: digest_ends.end_all(c, "weekly", at=MONDAY + DAY, reason="over", limit=9))
    assert written(store, lambda c: digest_ends.revive_all(c, "weekly", at=MONDAY + WEEK, reason="again", limit=9)) == 2
    assert [now(store, who).state for who in (ann, ben)] == [PAUSED, CONFIRMED]


def test_who_comes_back_after_an_end_is_no_more_paused_or_away(store: Store) -> None:
    ann = paused(store, "ann@example.org", days=1)
    written(store, lambda c: subscribers.resume_due(c, at=MONDAY + DAY, limit=9))
    written(store, lambda c: subscribers.end(c, ann, "weekly", at=MONDAY + 2 * DAY))
    who = now(store, ann).subscriber
    since, back = {EVERY: MONDAY + WEEK}, Actor.READER
    with store.write() as connection:
        assert subscribers.subscribe(
            connection, who, "weekly", category_ids=None, since=since, consent=A_CONSENT, at=MONDAY + WEEK, by=back
        )
    assert (now(store, ann).away_until, now(store, ann).since) == (None, since)


def test_the_pauses_that_end_are_found_by_an_index_however_many_readers_there_are(store: Store) -> None:
    over = (subscriptions.c.paused_until.is_not(None)) & (subscriptions.c.paused_until <= MONDAY)
    asked = sa.select(subscriptions.c.subscriber_id).where(over)
    with store.read() as connection:
        text = str(asked.compile(connection, compile_kwargs={"literal_binds": True}))
        if connection.dialect.name == "sqlite":
            plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
            assert "ix_subscriptions_paused_until" in plan
