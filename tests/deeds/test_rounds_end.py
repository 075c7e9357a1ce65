"""A round ends when it is to, and leaves nothing in hand, whatever comes between."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import count
from time import sleep

import pytest
import sqlalchemy as sa

from solacefeed.models.deliveries import DeliveryState
from solacefeed.pace import Limits, Pace
from solacefeed.store import outbox, schema
from solacefeed.store.database import Store, open_store
from solacefeed.store.locks import DELIVER, one_of_several, only_one
from tests.deeds.crossing import BOUND
from tests.deeds.test_outbox import put, states
from tests.deeds.test_pacing import paced
from tests.deeds.world import World
from tests.support.builders import a_source_post

POST = a_source_post(id="1", title="The quiet budget", category_numbers=("1",))
#: Of looks and mails: who is asked as often goes round in circles.
ENOUGH = 2_000


def ready(world: World, *names: str) -> World:
    world.join(*names)
    world.appear(POST)
    world.prepare()
    return world


def many(number: int) -> list[str]:
    return [f"reader{each}" for each in range(number)]


def others_take_letters(world: World) -> None:
    """While a round waits for a limit, another worker hands over all letters that wait with it."""

    def take() -> None:
        with world.store.write() as connection:
            for each in outbox.listing(connection, state=DeliveryState.PENDING, limit=10):
                outbox.take_one_back(connection, each.id, why="taken by another", at=world.clock())

    world.at_rest = take


def ends_by_force(world: World) -> count[int]:
    """How often it was asked whether to end; it is after so many times."""
    asked = count(1)
    world.stop = lambda: next(asked) > ENOUGH
    return asked


def test_a_round_waits_no_more_for_a_limit_once_others_have_the_letters_that_waited_for_it(world: World) -> None:
    world.pace = Pace(limits=Limits(per_second=1))
    put(world, "eve")
    put(world, "fay")
    others_take_letters(world)
    asked = ends_by_force(world)
    world.deliver()
    assert sorted(states(world).values()) == ["accepted", "cancelled"]
    assert next(asked) < ENOUGH


def test_then_its_editions_go_on_by_the_limit(world: World) -> None:
    paced(world, "ann", "ben", "cat", per_second=1)
    put(world, "eve")
    put(world, "fay")
    others_take_letters(world)
    asked = ends_by_force(world)
    assert world.deliver().accepted == 3
    assert next(asked) < ENOUGH


def test_a_round_that_waits_for_letters_gives_way(world: World) -> None:
    world.pace = Pace(limits=Limits(per_second=1))
    for name in ("eve", "fay", "gus"):
        put(world, name)
    world.gives_way = lambda: True
    assert world.deliver().gave_way
    assert sorted(states(world).values()) == ["accepted", "pending", "pending"]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_round_gives_way_to_who_waits_until_nobody_delivers(world: World, store_url: str) -> None:
    """Who erases a person does; else, with several workers, there is always one that delivers."""
    ready(world, *many(80))
    with closing(open_store(store_url)) as other, ThreadPoolExecutor(1) as threads:
        waiting: list[Future[None]] = []

        def take_long() -> None:
            if not waiting:
                waiting.append(threads.submit(hold_alone, other))
            sleep(0.05)

        world.relay.at_dot = take_long
        with one_of_several(world.store, DELIVER):
            result = world.deliver()
        waiting[0].result(BOUND)
    assert result.gave_way
    assert 0 < result.accepted < 80
    assert list(world.states().values()).count("pending") == 80 - result.accepted


def hold_alone(store: Store) -> None:
    with only_one(store, DELIVER, within=BOUND):
        """Nobody delivers."""


def test_a_variant_that_cant_be_read_leaves_none_of_its_copies_in_hand(world: World) -> None:
    ready(world, "ann", "ben")
    with world.store.write() as connection:
        connection.execute(sa.update(schema.variants).values(picks=5))
    with pytest.raises(TypeError):
        world.deliver()
    assert set(world.states().values()) == {"pending"}


@pytest.mark.more
def test_in_a_trial_that_reaches_nobody_a_round_hears_that_it_is_to_end(world: World) -> None:
    ready(world, *many(450))
    world.only_to = ("nobody@example.com",)
    world.stop = lambda: "cancelled" in world.states().values()
    kept_back = world.deliver().kept_back
    assert 0 < kept_back < 450
    assert list(world.states().values()).count("pending") == 450 - kept_back


@pytest.mark.more
def test_a_round_that_gives_way_takes_up_no_more_than_its_connections_have(world: World) -> None:
    ready(world, *many(300))
    world.connections = 2
    world.gives_way = lambda: world.relay.tried >= 5
    accepted = world.deliver().accepted
    assert 5 <= accepted < 120
    assert list(world.states().values()).count("pending") == 300 - accepted
