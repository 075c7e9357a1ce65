"""No digest is lost without a word: what the config has, beside what the store has served."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from solacefeed.deeds.people.digests import (
    CHUNK,
    ConfiguredDigest,
    GivenUp,
    called,
    finish_ends,
    give_up,
    half_ended,
    known_digests,
    misfits,
    note_served,
    resume,
)
from solacefeed.errors import Busy, UsageError
from solacefeed.models.deliveries import DeliveryState
from solacefeed.models.editions import EditionState
from solacefeed.models.people import Actor, SubscriptionState
from solacefeed.store import digest_ends, subscribers
from solacefeed.store.digests import ServedDigest
from solacefeed.store.locks import only_one
from tests.deeds.world import World
from tests.store.rows import everyone, others_alike
from tests.support.builders import MONDAY, WEEK, a_digest, a_source_post
from tests.support.fakes import Act, Killed


def configured(name: str, *former: str) -> ConfiguredDigest:
    names = (*former, name)
    return ConfiguredDigest(digest=replace(a_digest(name=name), key=names[0]), names=names)


def served(*keys: str, **ended: object) -> dict[str, ServedDigest]:
    """Digests that go under their keys; those *ended* were given up."""
    return {
        key: ServedDigest(key=key, name=key, title=None, ended_at=MONDAY if key in ended else None)
        for key in (*keys, *ended)
    }


def weekly(world: World) -> ServedDigest:
    note_served(world.store, [configured("weekly")])
    return called("weekly", known_digests(world.store))


def test_taken_up_again_it_leaves_what_nobody_was_handed_to_the_next_edition(world: World) -> None:
    world.join("ann", "ben")
    world.appear(a_source_post(id="1"))
    world.prepare()
    give_up(world.store, world.clock, weekly(world))
    resume(world.store, world.clock, weekly(world))
    world.clock.now = MONDAY + WEEK
    assert world.prepare().posts == 1
    world.deliver()
    assert sorted(world.got()) == ["ann", "ben"]


# -- deciding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "store"),
    [
        ([], served()),
        ([configured("weekly")], served()),
        ([configured("weekly")], served("weekly")),
        ([configured("briefing", "weekly")], served("weekly")),
        ([configured("briefing", "weekly", "news")], served("weekly")),
        ([configured("briefing")], served("briefing", weekly=MONDAY)),
        ([configured("briefing", "weekly")], served("weekly", briefing=MONDAY)),
        ([], served(weekly=MONDAY)),
    ],
)
def test_a_digest_that_is_served_given_up_or_new_is_not_missed(
    config: list[ConfiguredDigest], store: dict[str, ServedDigest]
) -> None:
    assert misfits(config, store) == []


@pytest.mark.parametrize(
    ("config", "store", "says"),
    [
        (
            [configured("briefing")],
            served("weekly"),
            (
                "this store serves the digest weekly, and the config has briefing: write "
                'former_names = ["weekly"] in its [[digests]] if it is the same, or give weekly up: '
                "`solacefeed digests end weekly`"
            ),
        ),
        (
            [],
            served("weekly"),
            (
                "this store serves the digest weekly, and the config has none: put it back, or give it up: "
                "`solacefeed digests end weekly`"
            ),
        ),
        (
            [configured("briefing", "news", "weekly")],
            served("weekly"),
            'weekly is the first name of briefing: write former_names = ["weekly", "news"] in its [[digests]]',
        ),
        (
            [configured("weekly", "briefing")],
            served("weekly"),
            "weekly is called as it was first: take former_names out of its [[digests]]",
        ),
        (
            [configured("briefing", "weekly")],
            served("weekly", "briefing"),
            (
                "this store has served weekly and briefing as two digests: give one up, as by "
                "`solacefeed digests end briefing`"
            ),
        ),
        (
            [configured("weekly")],
            served(weekly=MONDAY),
            (
                "the digest weekly was given up on 23 November 2026: `solacefeed digests resume weekly` takes it up "
                "again; another one needs another name"
            ),
        ),
    ],
)
def test_a_digest_that_the_config_has_lost_is_said_with_both_ends_and_what_to_do(
    config: list[ConfiguredDigest], store: dict[str, ServedDigest], says: str
) -> None:
    assert misfits(config, store) == [says]


def test_a_digest_is_spoken_of_by_its_key_or_by_the_name_it_had_last() -> None:
    briefing = ServedDigest(key="weekly", name="briefing", title=None)
    assert called("weekly", {"weekly": briefing}) == called("briefing", {"weekly": briefing}) == briefing
    with pytest.raises(UsageError, match="has never served a digest daily"):
        called("daily", {"weekly": briefing})


# -- doing ------------------------------------------------------------------------------------------


def test_a_digest_is_noted_once_and_its_new_name_when_it_changes(world: World) -> None:
    note_served(world.store, [configured("weekly")])
    note_served(world.store, [configured("briefing", "weekly")])
    assert known_digests(world.store) == {"weekly": ServedDigest(key="weekly", name="briefing", title="Weekly digest")}


def test_given_up_its_waiting_copies_are_cancelled_and_its_subscriptions_end_each_with_the_reason(world: World) -> None:
    world.join("ann", "ben", "cat", "dan", "eve", "fay")
    world.appear(a_source_post())
    world.prepare()
    world.leave("fay")
    world.deliver(Act.ACCEPT, Act.DEFER, Act.CUT_AFTER_THE_DOT)
    assert world.states()["cat"] == "uncertain"
    assert give_up(world.store, world.clock, weekly(world)) == GivenUp(name="weekly", subscriptions=5, copies=1)
    assert world.states()["ann"] == "accepted"
    assert (world.states()["ben"], world.copies()["ben"].answer) == ("cancelled", "the digest was given up")
    assert (world.states()["cat"], world.copies()["cat"].next_try_at) == ("uncertain", None)
    assert (world.the_edition().state, world.the_edition().reason) == (EditionState.DONE, "the digest was given up")
    with world.store.read() as connection:
        words = {each.subscriber.email[:3]: each.changed_by for each in everyone(connection)}
    assert words == {**dict.fromkeys(("ann", "ben", "cat", "dan", "eve"), Actor.DIGEST), "fay": Actor.READER}
    world.clock.now += timedelta(hours=5)
    world.deliver()
    assert sorted(set(world.got())) == ["ann", "cat", "dan", "eve"]
    with pytest.raises(UsageError, match="weekly was given up before"):
        give_up(world.store, world.clock, weekly(world))


@pytest.mark.parametrize(
    ("act", "state"), [(Act.KILL_BEFORE_THE_MARK, "cancelled"), (Act.KILL_AFTER_THE_DOT, "uncertain")]
)
def test_a_copy_that_a_dead_process_had_in_hand_ends_in_a_state_that_is_true(
    world: World, act: Act, state: str
) -> None:
    world.join("ann")
    world.appear(a_source_post())
    world.prepare()
    with pytest.raises(Killed):
        world.deliver(act)
    give_up(world.store, world.clock, weekly(world))
    assert world.states() == {"ann": state}
    assert world.copies()["ann"].next_try_at is None
    assert world.copies()["ann"].answer == "the digest was given up"


def test_another_digests_readers_and_copies_are_left_alone(world: World) -> None:
    world.join("ann")
    world.appear(a_source_post())
    world.prepare()
    note_served(world.store, [configured("daily")])
    done = give_up(world.store, world.clock, called("daily", known_digests(world.store)))
    assert done.line() == "digests: daily is given up; 0 subscriptions ended, 0 waiting copies cancelled"
    assert world.states() == {"ann": DeliveryState.PENDING}
    assert world.deliver().accepted == 1


@pytest.mark.parametrize("deed", ["prepare", "deliver"])
def test_it_is_not_given_up_while_its_mail_is_in_hand(world: World, deed: str) -> None:
    known = weekly(world)
    with only_one(world.store, deed), pytest.raises(Busy):
        give_up(world.store, world.clock, known)
    assert known_digests(world.store)["weekly"].ended_at is None


def test_taken_up_again_it_has_those_readers_who_have_not_left_since(world: World) -> None:
    world.join("ann", "ben", "cat")
    world.leave("ann")
    give_up(world.store, world.clock, weekly(world))
    world.leave("ben")
    assert resume(world.store, world.clock, weekly(world)) == 1
    with world.store.read() as connection:
        readers = subscribers.page(connection, "weekly", after=0, limit=9)
    assert [each.subscriber.email for each in readers] == ["cat@example.org"]
    with pytest.raises(UsageError, match="weekly was never given up"):
        resume(world.store, world.clock, weekly(world))
    world.clock.now += WEEK
    world.appear(a_source_post(id="2", published=world.clock.now - timedelta(hours=2)))
    world.prepare()
    assert world.states() == {"cat": "pending"}


# -- an end that is cut off --------------------------------------------------------------------------

#: More than end in one transaction.
MANY = CHUNK + 20


class KilledAfter:
    """A clock with which the process ends when it is asked once more than so many times."""

    def __init__(self, world: World, times: int) -> None:
        self.world = world
        self.left = times

    def __call__(self) -> datetime:
        if not self.left:
            raise Killed
        self.left -= 1
        return self.world.clock.now


def ended_by_half(world: World, *, asked: int) -> ServedDigest:
    """A digest with many readers and as many copies, whose end is cut off when it has asked the clock so often."""
    world.join_at_once({"reader1": None})
    with world.store.write() as connection:
        others_alike(connection, MANY)
    world.appear(a_source_post())
    world.prepare()
    known = weekly(world)
    with pytest.raises(Killed):
        give_up(world.store, KilledAfter(world, asked), known)
    return known


def left(world: World) -> list[tuple[str, int, int]]:
    with world.store.read() as connection:
        return [(each.digest.key, each.subscriptions, each.copies) for each in half_ended(connection)]


@pytest.mark.parametrize(("asked", "subscriptions", "copies"), [(1, MANY, MANY), (2, MANY, MANY - CHUNK), (3, MANY, 0)])
def test_an_end_that_is_cut_off_is_known_as_such_and_finished_by_the_next_look(
    world: World, asked: int, subscriptions: int, copies: int
) -> None:
    ended_by_half(world, asked=asked)
    assert left(world) == [("weekly", subscriptions, copies)]
    done = finish_ends(world.store, world.clock)
    assert done.ended == (GivenUp(name="weekly", subscriptions=subscriptions, copies=copies),)
    assert done.line().startswith(f"digests: weekly is given up; {subscriptions} subscriptions ended, {copies} waiting")
    assert left(world) == []
    with world.store.read() as connection:
        assert {each.state for each in everyone(connection)} == {SubscriptionState.ENDED}
    assert set(world.states().values()) == {"cancelled"}


def test_an_end_that_is_whole_leaves_the_next_look_nothing_to_write(world: World) -> None:
    world.join("ann")
    give_up(world.store, world.clock, weekly(world))
    watched = world.store.beginning_with(lambda _: None)
    assert not finish_ends(watched, world.clock).has_news()
    assert not watched.has_written


def test_an_end_is_finished_by_nobody_while_the_digest_is_taken_up_again(world: World) -> None:
    known = ended_by_half(world, asked=3)
    with only_one(world.store, "prepare"):
        with pytest.raises(Busy):
            finish_ends(world.store, world.clock)
        with pytest.raises(Busy):
            resume(world.store, world.clock, known)
    assert resume(world.store, world.clock, known) == 0
    assert left(world) == []


def test_who_was_brought_back_by_half_goes_with_the_digest_and_comes_back_with_it(world: World) -> None:
    world.join("ann", "ben")
    known = weekly(world)
    give_up(world.store, world.clock, known)
    with world.store.write() as connection:
        digest_ends.revive_all(connection, "weekly", at=world.clock.now, reason="again", limit=1)
    assert left(world) == [("weekly", 1, 0)]
    finish_ends(world.store, world.clock)
    assert resume(world.store, world.clock, known) == 2
