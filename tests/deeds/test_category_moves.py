"""What becomes of readers' choices when the blog makes a category, does away with one, or files posts elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from solacefeed.deeds.people import category_moves
from solacefeed.deeds.people.category_moves import CHUNK, LeftWithout, left_readers, overview
from solacefeed.errors import UsageError
from solacefeed.models.blog import CategoryName, Grade
from solacefeed.models.people import EVERY, Actor, Subscription
from solacefeed.models.posts import CategoryId, followed_id
from solacefeed.ports import Batch
from solacefeed.store import categories, schema, subscribers
from solacefeed.store.database import Store
from solacefeed.store.subscription_changes import history
from tests.deeds.world import CATEGORIES, HOMELESSNESS, HOUSING, SCOTLAND, World
from tests.store.rows import everyone
from tests.support.builders import A_CONSENT, MONDAY, WEEK, a_site, a_source_category, a_source_post

CLOSED = MONDAY.replace(hour=7)
ARTS = a_source_category(number="9", slug="arts", name="Arts")
ARTS_BY_NAME = CategoryName(slug="arts", name="Arts")
HOUSING_ID, SCOTLAND_ID = CategoryId("1"), CategoryId("3")


def moved(world: World, old: str, new: str, *digests: str) -> int:
    return category_moves.move(world.store, world.clock, old, new, digests or ("weekly",))


def kept(world: World) -> dict[str, Subscription]:
    with world.store.read() as connection:
        return {each.subscriber.email.partition("@")[0]: each for each in everyone(connection)}


def left(world: World) -> list[LeftWithout]:
    with world.store.read() as connection:
        return left_readers(connection, [replace(world.digest, followed=("planning",))])


def came(store: Store) -> dict[str, datetime]:
    with store.read() as connection:
        return {str(each): instant for each, instant in categories.first_seen(connection).items()}


# -- those that come -----------------------------------------------------------------------------------


def test_a_category_that_comes_after_the_first_crawl_is_known_with_when_it_came(world: World) -> None:
    assert came(world.store) == {}
    world.clock.now += WEEK
    world.recategorise(ARTS, *CATEGORIES)
    assert came(world.store) == {"9": MONDAY + WEEK}
    world.clock.now += WEEK
    world.recategorise(*CATEGORIES)
    world.recategorise(ARTS, *CATEGORIES)
    assert came(world.store) == {"9": MONDAY + WEEK}


def test_one_that_a_post_is_the_first_to_show_has_come_with_it(world: World) -> None:
    world.clock.now += WEEK
    named = replace(a_source_post(id="7"), category_numbers=None, category_names=(ARTS_BY_NAME,))
    world.blog_says(Batch(posts=(named,), grade=Grade.FEED))
    assert set(came(world.store).values()) == {MONDAY + WEEK}


def test_what_a_first_crawl_brings_in_however_many_polls_has_been_there(store: Store) -> None:
    world = World(store=store, crawled=False)
    world.blog_says(Batch(site=a_site(), categories=(HOUSING,), memory={}))
    world.clock.now += WEEK
    world.blog_says(Batch(categories=(HOUSING, SCOTLAND), memory={}, complete=True))
    assert came(store) == {}


# -- those that go -------------------------------------------------------------------------------------


def test_readers_who_are_left_with_nothing_of_what_they_chose_are_counted(world: World) -> None:
    world.join("ann", "ben", categories=("scotland",))
    world.join("cat", categories=("scotland", "housing"))
    world.join("dan")
    world.join("eve", categories=("scotland",))
    world.leave("eve")
    assert left(world) == []
    world.recategorise(HOUSING, HOMELESSNESS)
    assert left(world) == [LeftWithout(digest="weekly", readers=2, slugs=("scotland",))]
    world.recategorise(*CATEGORIES)
    assert left(world) == []


def test_a_tag_that_the_config_offers_no_more_leaves_its_readers_with_nothing(world: World) -> None:
    world.join_at_once({"ann": (followed_id("planning"),), "ben": (followed_id("transport"),)})
    assert left(world) == [LeftWithout(digest="weekly", readers=1, slugs=("tag:transport",))]
    with pytest.raises(UsageError, match="the blog has no category planning"):
        moved(world, "tag:transport", "planning")
    into = {"digests": ["weekly"], "followed": ["planning"]}
    assert category_moves.move(world.store, world.clock, "tag:transport", "planning", **into) == 1
    assert left(world) == []
    assert kept(world)["ben"].category_ids == ("tag:planning",)


def test_the_overview_has_what_is_listed_and_what_is_gone_and_chosen(world: World) -> None:
    world.join("ann", categories=("scotland", "housing"))
    world.join("ben", categories=("housing",))
    world.recategorise(HOUSING)
    with world.store.read() as connection:
        found = overview(connection)
    assert [(each.slug, each.listed, each.readers) for each in found] == [("housing", True, 2), ("scotland", False, 1)]


# -- those that are moved --------------------------------------------------------------------------------


def test_whoever_chose_the_old_one_has_the_new_one_from_when_it_counted(world: World) -> None:
    world.had_an_edition()
    world.join("ann", categories=("scotland",))
    world.join("ben", categories=("housing",))
    world.join("cat")
    world.clock.now += WEEK
    world.join("dan", categories=("scotland", "housing"))
    world.recategorise(HOUSING, HOMELESSNESS)
    before = kept(world)
    assert moved(world, "scotland", "homelessness") == 2
    after = kept(world)
    assert {who: each.category_ids for who, each in after.items()} == {
        "ann": ("2",),
        "ben": ("1",),
        "cat": None,
        "dan": ("1", "2"),
    }
    assert after["ann"].since == {CategoryId("2"): CLOSED}
    assert after["dan"].since == {HOUSING_ID: CLOSED + WEEK, CategoryId("2"): CLOSED + WEEK}
    assert [after[who] for who in ("ben", "cat")] == [before[who] for who in ("ben", "cat")]
    assert moved(world, "scotland", "homelessness") == 0


def test_who_has_both_has_the_new_one_from_the_earlier_of_both(world: World) -> None:
    world.had_an_edition()
    world.join("ann", categories=("housing",))
    world.clock.now += WEEK
    world.join("ann", categories=("housing", "scotland"))
    assert moved(world, "housing", "scotland") == 1
    assert (kept(world)["ann"].category_ids, kept(world)["ann"].since) == (("3",), {SCOTLAND_ID: CLOSED})


def test_the_history_says_who_moved_it_and_whose_the_choice_is_stays(world: World) -> None:
    world.had_an_edition()
    world.join("ann", categories=("scotland",))
    world.clock.now += WEEK
    moved(world, "scotland", "housing")
    ann = kept(world)["ann"]
    assert (ann.chosen_by, ann.changed_by, ann.changed_at) == (Actor.OPERATOR, Actor.OPERATOR, MONDAY + WEEK)
    with world.store.read() as connection:
        steps = history(connection, ann.subscriber.id, "weekly")
    assert [(each.category_ids, each.reason) for each in steps] == [
        (("3",), None),
        (("1",), "scotland became housing"),
    ]
    assert steps[1].since == {HOUSING_ID: CLOSED}


def test_an_id_that_is_part_of_another_is_another(world: World) -> None:
    world.recategorise(a_source_category(number="11", slug="more", name="More"), *CATEGORIES)
    world.join("ann", categories=("more",))
    assert moved(world, "housing", "scotland") == 0
    assert kept(world)["ann"].category_ids == ("11",)


def test_of_one_digest_alone_the_others_stay(world: World) -> None:
    with world.store.write() as connection:
        ann = subscribers.enter(connection, email="ann@example.org", name=None, at=MONDAY)
        for digest in ("weekly", "jobs"):
            subscribers.subscribe(connection, ann, digest, category_ids=(SCOTLAND_ID,), consent=A_CONSENT, at=MONDAY)
    assert moved(world, "scotland", "housing", "jobs") == 1
    with world.store.read() as connection:
        found = {each.digest: (each.category_ids, each.since) for each in subscribers.of_one(connection, ann.id)}
    assert found == {"jobs": (("1",), None), "weekly": (("3",), None)}


def test_more_readers_than_one_step_takes_are_moved_each_once(world: World) -> None:
    numbers = range(1, CHUNK + 3)
    people = [{"id": n, "email": f"{n}@x.org", "canonical": f"{n}@x.org", "created_at": MONDAY} for n in numbers]
    same = {"digest": "weekly", "state": "confirmed", "changed_at": MONDAY, "category_ids": ["3"]}
    theirs = [{"subscriber_id": n, "since": {EVERY: CLOSED.isoformat()}, **same} for n in numbers]
    with world.store.write() as connection:
        connection.execute(schema.subscribers.insert(), people)
        connection.execute(schema.subscriptions.insert(), theirs)
    assert moved(world, "scotland", "housing") == len(numbers)
    with world.store.read() as connection:
        assert {each.category_ids for each in everyone(connection)} == {("1",)}
        assert [len(history(connection, number, "weekly")) for number in (1, CHUNK, CHUNK + 2)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("cooking", "housing", "the blog never had a category cooking"),
        ("housing", "cooking", "the blog has no category cooking; there are"),
        ("housing", "housing", "housing and housing are the same category"),
    ],
)
def test_what_can_not_be_moved_is_refused(world: World, old: str, new: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        moved(world, old, new)
