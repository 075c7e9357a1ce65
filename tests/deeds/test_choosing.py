"""What readers change of their subscriptions: since when it counts, how often it comes, and a pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from solacefeed.deeds.people.choose import CHUNK, choose, pause, resume, resume_paused
from solacefeed.deeds.people.subscribe import UNDONE_WITHIN, subscribe, undo_end
from solacefeed.errors import UsageError
from solacefeed.models.digests import Cadence, CadenceKind, Closing, Digest, Join
from solacefeed.models.people import EVERY, Actor, Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId
from solacefeed.store import reader_counts, schema, subscribers
from solacefeed.store.subscription_changes import history
from tests.deeds.world import World
from tests.support.builders import (
    A_CONSENT,
    LONDON,
    MONDAY,
    MONDAYS_AT_SEVEN,
    NO_KEY,
    WEEK,
    a_digest,
    a_source_post,
    weekly,
)

DAY = timedelta(days=1)
CLOSED = MONDAY - timedelta(hours=1)
ANN = "ann@example.org"
DAILY = Cadence(kind=CadenceKind.DAILY, closings=(Closing(weekday=None, at=MONDAYS_AT_SEVEN.at),))
AT_ONCE = Cadence(kind=CadenceKind.AT_ONCE, closings=(Closing(weekday=None, at=MONDAYS_AT_SEVEN.at),))
DIGEST = replace(a_digest(), cadences=(weekly(MONDAYS_AT_SEVEN), DAILY, AT_ONCE))
HOUSING, SCOTLAND = CategoryId("1"), CategoryId("3")


def entered(world: World, digest: Digest = DIGEST, *, by: Actor = Actor.OPERATOR) -> bool:
    return subscribe(
        world.store, world.clock, digest, LONDON, email=ANN, name=None, consent=A_CONSENT, key=NO_KEY, slugs=None, by=by
    )


def chosen(
    world: World,
    slugs: Sequence[str] | None = None,
    *,
    everything: bool = False,
    cadence: CadenceKind | None = None,
    language: str | None = None,
    who: str | int = ANN,
) -> bool:
    return choose(
        world.store,
        world.clock,
        DIGEST,
        LONDON,
        who=who,
        slugs=slugs,
        everything=everything,
        cadence=cadence,
        language=language,
    )


def paused(world: World, until: datetime | None = None, *, who: str | int = ANN) -> bool:
    return pause(world.store, world.clock, DIGEST, LONDON, who=who, until=until)


def resumed(world: World) -> bool:
    return resume(world.store, world.clock, DIGEST, who=ANN)


def ann(world: World) -> Subscription:
    with world.store.read() as connection:
        person = subscribers.find(connection, ANN)
        found = subscribers.subscription(connection, person.id, "weekly") if person else None
    assert found
    return found


# -- since when it counts ------------------------------------------------------------------------------


def test_who_joins_counts_from_the_start_of_the_period_and_keeps_it_through_what_is_added(world: World) -> None:
    world.had_an_edition()
    world.join("ann", categories=("housing",))
    assert ann(world).since == {HOUSING: CLOSED}
    world.clock.now += 2 * WEEK
    assert chosen(world, ["housing", "scotland"])
    assert ann(world).since == {HOUSING: CLOSED, SCOTLAND: CLOSED + 2 * WEEK}
    assert chosen(world, everything=True)
    assert ann(world).since == {EVERY: CLOSED + 2 * WEEK, HOUSING: CLOSED}


def test_another_cadence_keeps_what_waited(world: World) -> None:
    world.had_an_edition()
    world.join("ann")
    world.clock.now += 2 * DAY
    assert chosen(world, cadence=CadenceKind.AT_ONCE)
    assert (ann(world).cadence, ann(world).since) == (CadenceKind.AT_ONCE, {EVERY: CLOSED})
    assert not chosen(world, cadence=CadenceKind.AT_ONCE)


def test_what_is_added_counts_from_the_period_of_the_cadence_that_they_have_then(world: World) -> None:
    world.had_an_edition()
    world.join("ann", categories=("housing",))
    world.clock.now += 2 * DAY
    assert chosen(world, ["housing", "scotland"], cadence=CadenceKind.DAILY)
    assert ann(world).since == {HOUSING: CLOSED, SCOTLAND: CLOSED + 2 * DAY}
    assert ann(world).chosen_by is Actor.READER


def test_what_is_not_said_stays(world: World) -> None:
    world.join("ann", categories=("housing",))
    assert chosen(world, language="cy")
    assert chosen(world, cadence=CadenceKind.DAILY)
    there = ann(world)
    assert (there.category_ids, there.cadence, there.language) == (("1",), CadenceKind.DAILY, "cy")
    assert chosen(world, ["scotland"], who=there.subscriber.id)
    assert (ann(world).cadence, ann(world).language) == (CadenceKind.DAILY, "cy")


def test_what_an_older_release_noted_nothing_of_counts_from_the_period_it_was_chosen_in_at_any_cadence(
    world: World,
) -> None:
    world.had_an_edition()
    world.clock.now += DAY
    world.join_at_once({"ann": (HOUSING,)})
    with world.store.write() as connection:
        connection.execute(schema.subscriptions.update().values(since=None))
    assert ann(world).since is None
    world.clock.now += WEEK
    assert chosen(world, cadence=CadenceKind.AT_ONCE)
    assert ann(world).since == {HOUSING: CLOSED}


def test_who_comes_back_after_an_end_begins_anew_and_keeps_cadence_and_language(world: World) -> None:
    world.had_an_edition()
    world.join("ann")
    chosen(world, cadence=CadenceKind.DAILY, language="cy")
    world.leave("ann")
    world.clock.now += WEEK
    assert entered(world, by=Actor.READER)
    there = ann(world)
    assert (there.since, there.cadence, there.language) == ({EVERY: CLOSED + WEEK}, CadenceKind.DAILY, "cy")


def test_an_end_that_is_undone_leaves_since_and_pause_as_they_were(world: World) -> None:
    world.had_an_edition()
    world.join("ann", categories=("housing",))
    paused(world, MONDAY + 9 * DAY)
    world.clock.now += WEEK
    world.leave("ann")
    world.clock.now += UNDONE_WITHIN / 2
    undo_end(world.store, world.clock, "weekly", email=ANN)
    there = ann(world)
    assert (there.state, there.since) == (SubscriptionState.PAUSED, {HOUSING: CLOSED})
    assert there.paused_until == MONDAY + 9 * DAY


def test_what_a_digest_does_not_offer_is_refused_with_what_it_does(world: World) -> None:
    world.join("ann")
    with pytest.raises(UsageError, match="weekly has no cadence monthly; it comes weekly or daily or at-once"):
        chosen(world, cadence=CadenceKind.MONTHLY)
    with pytest.raises(UsageError, match="the blog has no category cooking"):
        chosen(world, ["cooking"])
    with pytest.raises(UsageError, match=r"ben@example\.org is not a subscriber"):
        chosen(world, ["housing"], who="ben@example.org")
    world.leave("ann")
    with pytest.raises(UsageError, match=r"ann@example\.org does not get weekly"):
        chosen(world, ["housing"])
    with pytest.raises(UsageError, match="subscriber 99 does not get weekly"):
        paused(world, who=99)


def test_a_digest_with_a_list_of_its_own_is_joined_by_nobody_alone(world: World) -> None:
    closed = replace(DIGEST, join=Join.LIST)
    with pytest.raises(UsageError, match="weekly can't be joined by readers"):
        entered(world, closed, by=Actor.READER)
    assert entered(world, closed)


# -- pauses ----------------------------------------------------------------------------------------------


def test_a_paused_reader_gets_nothing_also_of_what_was_made_for_them_before(world: World) -> None:
    world.join("ann", "ben", "cat")
    world.appear(a_source_post(published=MONDAY - DAY))
    world.prepare()
    paused(world)
    world.leave("cat")
    world.deliver()
    assert world.got() == ["ben"]
    assert {who: (each.state.value, each.answer) for who, each in world.copies().items() if who != "ben"} == {
        "ann": ("cancelled", "the subscription is paused"),
        "cat": ("cancelled", "the subscription ended"),
    }


def test_who_pauses_while_copies_are_handed_over_gets_no_final_dot(world: World) -> None:
    world.join("ann", "ben")
    world.appear(a_source_post(published=MONDAY - DAY))
    world.prepare()
    world.stop = lambda: paused(world) and False
    world.deliver()
    assert world.got() == ["ben"]


def test_a_pause_ends_by_itself_on_its_day_and_says_how_long_they_were_away(world: World) -> None:
    world.had_an_edition()
    world.join("ann", categories=("housing",))
    assert paused(world, MONDAY + 3 * DAY)
    assert not paused(world, MONDAY + 3 * DAY)
    world.clock.now += 3 * DAY - timedelta(seconds=1)
    assert resume_paused(world.store, world.clock) == 0
    world.clock.now += WEEK
    assert resume_paused(world.store, world.clock) == 1
    there = ann(world)
    assert (there.state, there.away_until, there.paused_until) == (
        SubscriptionState.CONFIRMED,
        MONDAY + 3 * DAY,
        None,
    )
    assert there.since == {HOUSING: CLOSED}


def test_a_pause_may_be_made_longer_and_ended_at_any_time(world: World) -> None:
    world.join("ann")
    assert paused(world, MONDAY + DAY)
    assert paused(world, None)
    world.clock.now += WEEK
    assert resume_paused(world.store, world.clock) == 0
    assert resumed(world)
    assert ann(world).away_until == MONDAY + WEEK
    assert not resumed(world)
    with pytest.raises(UsageError, match="a pause until 2026-11-23 08:00 UTC is over already"):
        paused(world, MONDAY)


def test_many_pauses_end_at_one_look_in_short_steps(world: World) -> None:
    numbers = range(1, CHUNK + 3)
    people = [{"id": n, "email": f"{n}@x.org", "canonical": f"{n}@x.org", "created_at": MONDAY} for n in numbers]
    same = {"digest": "weekly", "state": "paused", "changed_at": MONDAY, "paused_until": MONDAY + DAY}
    with world.store.write() as connection:
        connection.execute(schema.subscribers.insert(), people)
        connection.execute(schema.subscriptions.insert(), [{"subscriber_id": n, **same} for n in numbers])
    world.clock.now += WEEK
    assert resume_paused(world.store, world.clock) == len(numbers)
    with world.store.read() as connection:
        assert reader_counts.standing(connection)[0] == {"confirmed": len(numbers)}
        # Nobody knows who had them paused: it counts as the readers' own.
        assert subscribers.subscription(connection, 1, "weekly") == replace(
            an_unknown(1), changed_at=MONDAY + WEEK, changed_by=Actor.READER, reason="the pause was over"
        )


def an_unknown(number: int) -> Subscription:
    person = Subscriber(id=number, email=f"{number}@x.org", name=None, created_at=MONDAY)
    state = SubscriptionState.CONFIRMED
    return Subscription(
        subscriber=person, digest="weekly", state=state, category_ids=None, changed_at=MONDAY, away_until=MONDAY + DAY
    )


def test_a_paused_reader_may_choose_and_end(world: World) -> None:
    world.join("ann")
    paused(world)
    assert chosen(world, ["housing"])
    assert ann(world).state is SubscriptionState.PAUSED
    world.leave("ann")
    assert ann(world).state is SubscriptionState.ENDED
    with world.store.read() as connection:
        steps = history(connection, ann(world).subscriber.id, "weekly")
    assert [each.state.value for each in steps] == ["confirmed", "paused", "paused", "ended"]
