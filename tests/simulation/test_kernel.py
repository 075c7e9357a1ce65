"""The simulator itself: whole stories on the product, held to the model."""

from __future__ import annotations

from pathlib import Path

from solacefeed.store.database import Store
from tests.simulation.laws import breaches, tale
from tests.simulation.story import Story, draw
from tests.simulation.world import World
from tests.simulation.worlds import a_month


def held(story: Story, store: Store, folder: Path) -> None:
    facts = World(story, store, folder).play()
    found = breaches(story, facts, store)
    assert not found, "\n".join([tale(story, facts, found[0]), *map(str, found[:20])])


def test_a_month_of_two_digests(sqlite_store: Store, tmp_path: Path) -> None:
    held(draw(1, a_month()), sqlite_store, tmp_path)
