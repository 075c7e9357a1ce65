"""Entering and ending subscriptions: who has left stays away until they come themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.deeds.people.category_slugs import misspelt_tags
from solacefeed.deeds.people.subscribe import DECIDED, UNDONE_WITHIN, end, end_by_number, subscribe, undo_end
from solacefeed.errors import UsageError
from solacefeed.models.blog import Tag
from solacefeed.models.people import Actor, Subscription, SubscriptionState
from solacefeed.store import subscribers
from solacefeed.store.subscription_changes import history
from tests.deeds.world import CATEGORIES, World
from tests.store.rows import everyone
from tests.support.builders import A_CONSENT, LONDON, NO_KEY, a_source_category, a_source_post


def entered(
    world: World,
    email: str,
    slugs: Sequence[str] | None = None,
    *,
    name: str | None = None,
    keeps_choice: bool = False,
) -> bool:
    return subscribe(
        world.store,
        world.clock,
        world.digest,
        LONDON,
        email=email,
        consent=A_CONSENT,
        key=NO_KEY,
        name=name,
        slugs=slugs,
        keeps_choice=keeps_choice,
    )


def ended_by_operator(world: World, email: str) -> bool:
    return end(world.store, world.clock, "weekly", email=email, by=Actor.OPERATOR, reason=DECIDED)


def undone(world: World, email: str) -> None:
    undo_end(world.store, world.clock, "weekly", email=email)


def choices(world: World) -> dict[str, tuple[str, ...] | None]:
    """What each confirmed reader chose, by address."""
    with world.store.read() as connection:
        found = everyone(connection)
    return {s.subscriber.email: s.category_ids for s in found if s.state is SubscriptionState.CONFIRMED}


def the_only(world: World) -> Subscription:
    with world.store.read() as connection:
        (found,) = everyone(connection)
    return found


def steps(world: World) -> list[tuple[str, str]]:
    """Who did what in the history of the only subscription."""
    with world.store.read() as connection:
        return [
            (each.actor.value, each.state.value)
            for each in history(connection, the_only(world).subscriber.id, "weekly")
        ]


def test_a_subscription_is_entered_once_and_its_choice_may_change(world: World) -> None:
    assert entered(world, "ann@example.org", ["housing", "scotland"])
    assert not entered(world, "ANN@example.org", ["scotland", "housing"])
    assert entered(world, "ann@example.org", ["scotland"])
    assert choices(world) == {"ann@example.org": ("3",)}


def test_a_category_that_the_blog_does_not_have_is_refused_with_those_it_has(world: World) -> None:
    with pytest.raises(UsageError, match="has no category cooking; there are homelessness, housing, scotland"):
        entered(world, "ann@example.org", ["housing", "cooking"])
    with world.store.read() as connection:
        assert subscribers.find(connection, "ann@example.org") is None


def test_a_name_may_change_and_the_choice_stays(world: World) -> None:
    entered(world, "ann@example.org", ["housing"], name="Ann")
    assert entered(world, "ann@example.org", name="Ann Other", keeps_choice=True)
    assert not entered(world, "ann@example.org", name="Ann Other", keeps_choice=True)
    assert (the_only(world).subscriber.name, the_only(world).category_ids) == ("Ann Other", ("1",))


def test_who_ended_a_subscription_is_not_entered_again(world: World) -> None:
    world.join("ann")
    world.leave("ann")
    world.clock.now += UNDONE_WITHIN
    with pytest.raises(UsageError, match=r"ended this subscription on 23 November 2026; it stays ended$"):
        entered(world, "ann@example.org", name="Ann")
    assert choices(world) == {}
    assert the_only(world).subscriber.name is None


def test_whom_the_operator_ended_the_operator_may_enter_again(world: World) -> None:
    entered(world, "ann@example.org", ["housing"])
    assert ended_by_operator(world, "ann@example.org")
    assert (the_only(world).changed_by, the_only(world).reason) == (Actor.OPERATOR, DECIDED)
    assert entered(world, "ann@example.org", keeps_choice=True)
    assert choices(world) == {"ann@example.org": ("1",)}
    assert steps(world) == [("operator", "confirmed"), ("operator", "ended"), ("operator", "confirmed")]


def test_a_reader_who_ends_what_was_ended_already_is_not_entered_again_by_anybody(world: World) -> None:
    world.join("ann")
    ended_by_operator(world, "ann@example.org")
    assert not end_by_number(world.store, world.clock, "weekly", the_only(world).subscriber.id)
    assert the_only(world).changed_by is Actor.READER
    with pytest.raises(UsageError, match="stays ended"):
        entered(world, "ann@example.org")


def test_the_operators_end_is_not_taken_for_a_later_word_than_the_readers(world: World) -> None:
    world.join("ann")
    world.leave("ann")
    assert not ended_by_operator(world, "ann@example.org")
    assert the_only(world).changed_by is Actor.READER


def test_an_end_by_mistake_is_undone_within_the_hour(world: World) -> None:
    entered(world, "ann@example.org", ["housing"])
    world.leave("ann")
    with pytest.raises(UsageError, match=r"`solacefeed subscribers undo ann@example\.org` takes a mistake back"):
        entered(world, "ann@example.org")
    world.clock.now += UNDONE_WITHIN - timedelta(seconds=1)
    undone(world, "ann@example.org")
    assert choices(world) == {"ann@example.org": ("1",)}
    assert steps(world) == [("operator", "confirmed"), ("reader", "ended"), ("operator", "confirmed")]
    assert the_only(world).reason == "ended by mistake, and undone"


def test_after_the_hour_only_they_can_come_back(world: World) -> None:
    world.join("ann")
    world.leave("ann")
    world.clock.now += UNDONE_WITHIN
    with pytest.raises(UsageError, match="more than an hour ago: only they can come back"):
        undone(world, "ann@example.org")
    assert choices(world) == {}


def test_what_was_no_mistake_of_the_readers_is_not_undone(world: World) -> None:
    world.join("ann")
    with pytest.raises(UsageError, match="has not ended weekly, so there is nothing to undo"):
        undone(world, "ann@example.org")
    ended_by_operator(world, "ann@example.org")
    with pytest.raises(UsageError, match=r"it was not ann@example\.org who ended weekly"):
        undone(world, "ann@example.org")
    with pytest.raises(UsageError, match="is not a subscriber"):
        undone(world, "nobody@example.org")


def test_ending_for_an_unknown_address_is_an_error(world: World) -> None:
    with pytest.raises(UsageError, match="is not a subscriber"):
        end(world.store, world.clock, "weekly", email="nobody@example.org")


TAGGED = replace(a_source_post(id="1"), tags=(Tag(number="5", slug="planning", name="Planning"),))


@pytest.mark.parametrize("said", ["planning", "tag:planning"])
def test_a_tag_that_the_config_lists_is_chosen_like_a_category(world: World, said: str) -> None:
    world.digest = replace(world.digest, followed=("planning", "to-come"))
    entered(world, "ann@example.org", ["scotland", said])
    # No post has it yet.
    entered(world, "ben@example.org", ["to-come"])
    assert choices(world) == {"ann@example.org": ("3", "tag:planning"), "ben@example.org": ("tag:to-come",)}


def test_a_tag_that_the_config_does_not_list_is_no_choice(world: World) -> None:
    world.appear(TAGGED)
    for said in ("planning", "tag:planning"):
        with pytest.raises(UsageError, match=f"the blog has no category {said}"):
            entered(world, "ann@example.org", [said])


def test_where_a_category_has_a_followed_tags_slug_it_is_the_category_that_is_meant(world: World) -> None:
    world.digest = replace(world.digest, followed=("scotland",))
    entered(world, "ann@example.org", ["scotland"])
    entered(world, "ben@example.org", ["tag:scotland"])
    assert choices(world) == {"ann@example.org": ("3",), "ben@example.org": ("tag:scotland",)}


def test_a_mark_that_looks_misspelt_is_told_and_one_that_no_post_has_yet_is_not(world: World) -> None:
    world.appear(TAGGED)
    named = [
        ("[tags] follow", ["planing"]),
        ("[digests.marks] leave_out", ["planning", "scotlnd", "not-by-mail"]),
    ]
    with world.store.read() as connection:
        assert misspelt_tags(connection, named) == [
            "[tags] follow: the blog has no tag or category planing; did you mean planning?",
            "[digests.marks] leave_out: the blog has no tag or category scotlnd; did you mean scotland?",
        ]


def test_of_two_categories_of_one_slug_a_reader_who_chose_it_has_the_first(world: World) -> None:
    twin = a_source_category(number="12", slug="scotland", name="Alba")
    world.recategorise(twin, *CATEGORIES)
    entered(world, "ann@example.org", ["scotland"])
    entered(world, "ben@example.org", ["category-12"])
    assert choices(world) == {"ann@example.org": ("3",), "ben@example.org": ("12",)}
