"""Entering and ending subscriptions: who has left stays away until they come themselves."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from solacefeed.deeds.subscribing import Listed, end, enter_listed, subscribe
from solacefeed.errors import UsageError
from solacefeed.models import SubscriptionState
from solacefeed.store import subscribers
from tests.deeds.world import World


def entered(world: World, email: str, slugs: Sequence[str] | None = None) -> bool:
    return subscribe(world.store, world.clock, "weekly", email=email, name=None, slugs=slugs)


def listed(world: World, *emails: str, categories: tuple[str, ...] | None = None) -> int:
    people = [Listed(email=email, name=None, categories=categories) for email in emails]
    return enter_listed(world.store, world.clock, people, "weekly")


def choices(world: World) -> dict[str, tuple[str, ...] | None]:
    """What each confirmed reader chose, by address."""
    with world.store.read() as connection:
        found = subscribers.listing(connection)
    return {s.subscriber.email: s.category_ids for s in found if s.state is SubscriptionState.CONFIRMED}


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


def test_who_ended_a_subscription_is_not_entered_again(world: World) -> None:
    world.join("ann")
    world.leave("ann")
    with pytest.raises(UsageError, match=r"ended this subscription on 23 November 2026; it stays ended"):
        entered(world, "ann@example.org")
    assert choices(world) == {}


def test_ending_for_an_unknown_address_is_an_error(world: World) -> None:
    with pytest.raises(UsageError, match="is not a subscriber"):
        end(world.store, world.clock, "weekly", email="nobody@example.org")


def test_who_stands_in_the_config_is_entered_once(world: World) -> None:
    assert listed(world, "ann@example.org", "ben@example.org") == 2
    assert listed(world, "ann@example.org", "ben@example.org", "cat@example.org") == 1
    assert set(choices(world)) == {"ann@example.org", "ben@example.org", "cat@example.org"}


def test_the_config_changes_no_choice_and_revives_nobody_who_left(world: World) -> None:
    listed(world, "ann@example.org", "ben@example.org", categories=("housing",))
    world.leave("ann")
    entered(world, "ben@example.org", ["scotland"])
    assert listed(world, "ann@example.org", "ben@example.org", categories=("housing",)) == 0
    assert choices(world) == {"ben@example.org": ("3",)}


def test_who_stands_in_the_config_twice_is_entered_once(world: World) -> None:
    assert listed(world, "ann@example.org", "Ann@Example.org") == 1
