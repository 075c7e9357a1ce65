"""Thousands of small worlds: nobody gets a post twice, nobody misses one, whatever they change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from solacefeed.digest.choices import since_after
from solacefeed.digest.eligibility import eligible
from solacefeed.digest.selection import Selector, order_of, picks, wishes_of
from solacefeed.models.editions import Pick
from solacefeed.models.people import Subscriber, Subscription, SubscriptionState
from solacefeed.models.posts import CategoryId, Post, PostState
from tests.digest import worlds
from tests.digest.worlds import Act, Closing, TellingPost, World
from tests.support.builders import a_category, a_digest, a_post

BEGINNING = datetime(2026, 11, 1, tzinfo=UTC)

CATEGORIES = tuple(
    a_category(id=each, slug=f"section-{each}", name=f"Section {each}", parent_id=above)
    for each, above in worlds.ABOVE.items()
)
ORDER = order_of([*(each.id for each in CATEGORIES), CategoryId("tag:planning")])

NEWS = replace(
    a_digest(),
    followed=("planning",),
    settle=timedelta(minutes=worlds.SETTLE),
    max_age=timedelta(minutes=worlds.MAX_AGE),
    mail_within=timedelta(minutes=worlds.MAIL_WITHIN),
)


def instant(minute: int) -> datetime:
    return BEGINNING + timedelta(minutes=minute)


def post_of(told: TellingPost, at: int) -> Post:
    hidden = told.away is not None and told.away[0] <= at < told.away[1]
    return replace(
        a_post(id=told.id, category_ids=told.categories, published=instant(told.published)),
        seen=instant(told.seen),
        tags=told.tags,
        state=PostState.GONE if hidden else PostState.PUBLISHED,
    )


# -- the reader, by the rooms of the product ------------------------------------------------------------


def subscription_at(world: World, closing: Closing) -> tuple[Subscription, str] | None:
    """What a reader of that closing's digest has then, and by which cadence; ``None`` after an end."""
    here: Subscription | None = None
    cadence = ""
    for act in world.acts:
        if act.at < closing.at:
            cadence = act.cadence if act.what in ("join", "cadence") else cadence
            here = after(here, act, instant(worlds.period_start(world, closing.digest, cadence, act.at)))
    return (here, cadence) if here else None


def after(before: Subscription | None, act: Act, period: datetime) -> Subscription | None:
    if act.what == "leave":
        return None
    choice = None if act.choice is None else tuple(map(CategoryId, sorted(act.choice)))

    def since() -> Mapping[CategoryId, datetime]:
        return since_after(before, choice, at=period, start_of=lambda at: at)

    if act.what == "join" or before is None:
        return a_subscription(choice, since())
    if act.what == "choose":
        return replace(
            before, category_ids=choice, since=since_after(before, choice, at=period, start_of=lambda at: at)
        )
    if act.what == "pause":
        return replace(before, state=SubscriptionState.PAUSED)
    if act.what == "resume":
        return replace(before, state=SubscriptionState.CONFIRMED, away_until=instant(act.at))
    return before


def a_subscription(choice: tuple[CategoryId, ...] | None, since: Mapping[CategoryId, datetime]) -> Subscription:
    return Subscription(
        subscriber=Subscriber(id=1, email="ann@example.org", name=None, created_at=BEGINNING),
        digest="news",
        state=SubscriptionState.CONFIRMED,
        category_ids=choice,
        changed_at=BEGINNING,
        since=since,
    )


def mailed(world: World) -> Iterator[tuple[Closing, tuple[Pick, ...]]]:
    """What the rooms of the product pick for the reader, edition by edition."""
    copies: list[tuple[Closing, frozenset[str]]] = []
    revised = {told.id: [instant(each) for each in told.revised] for told in world.posts}
    for closing in world.closings:
        posts = [post_of(told, closing.at) for told in world.posts if told.seen < closing.at]
        known = {each: [at for at in revised[each] if at < instant(closing.at)] for each in revised}
        candidates = eligible(posts, known, NEWS, closes=instant(closing.at), categories=CATEGORIES)
        reader = subscription_at(world, closing)
        if reader and reader[0].state is SubscriptionState.CONFIRMED and reader[1] == closing.cadence:
            wishes = wishes_of(reader[0], BEGINNING)
            got = got_by(world, copies, closing)
            picked = picks(candidates, wishes, got, ORDER)
            assert Selector(candidates, ORDER).picks(wishes, got) == picked
            if picked:
                copies.append((closing, frozenset(pick.post_id for pick in picked)))
                yield closing, picked


def got_by(world: World, copies: list[tuple[Closing, frozenset[str]]], closing: Closing) -> frozenset[str]:
    alone = world.repeats == closing.digest
    counting = (
        said
        for copy, said in copies
        if (copy.arrives or closing.at < copy.settled) and (not alone or copy.digest == closing.digest)
    )
    return frozenset().union(*counting)


# -- the law -------------------------------------------------------------------------------------------


def check(seed: int) -> None:
    world = worlds.a_world(seed)
    expected = [(copy.closing, copy.posts) for copy in worlds.must_get(world)]
    found = [
        (closing, {pick.post_id: (frozenset[str](pick.because), pick.away) for pick in picked})
        for closing, picked in mailed(world)
    ]
    assert found == expected, f"world {seed}: {world}"
    nobody_twice(world, found)


def nobody_twice(world: World, found: list[tuple[Closing, dict[str, tuple[frozenset[str], bool]]]]) -> None:
    arrived = [
        (post_id, closing.digest if closing.digest == world.repeats else "")
        for closing, posts in found
        for post_id in posts
        if closing.arrives
    ]
    assert len(arrived) == len(set(arrived))


def test_in_every_small_world_the_reader_gets_each_post_once() -> None:
    for seed in range(100):
        check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(50))
def test_in_a_hundred_thousand_worlds_the_reader_gets_each_post_once(part: int) -> None:
    for seed in range(part * 2_000, (part + 1) * 2_000):
        check(seed)
