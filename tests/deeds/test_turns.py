"""In which order editions are made, since what one promises to a reader no other brings."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from solacefeed.deeds.editions.planned import planned
from solacefeed.models.digests import Closing
from tests.deeds.world import World
from tests.support.builders import MONDAY, weekly


def test_at_equal_closings_the_order_of_the_config_decides_and_else_the_earlier_one_comes_first(world: World) -> None:
    review = world.digest
    briefing = replace(review, key="briefing", name="briefing")
    early = replace(review, key="early", name="early", cadences=(weekly(Closing(weekday=0, at=time(6))),))
    for digest in (early, briefing, review):
        world.digest = digest
        world.join("ann")
    world.clock.now = MONDAY.replace(hour=8)
    settings = replace(world.editions_with(lambda edition, who: f"{edition}-{who}"), digests=(briefing, review, early))
    with world.store.read() as connection:
        found = [each.digest.key for each in planned(connection, settings, world.clock.now)]
    assert found == ["early", "briefing", "weekly"]
