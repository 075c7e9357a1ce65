from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solacefeed.store.database import Store, open_store
from tests.deeds.event_world import EventWorld
from tests.deeds.world import World


@pytest.fixture
def world(store: Store) -> World:
    """A site on each database, on a Monday an hour after the digest has closed."""
    return World(store)


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[EventWorld]:
    """Such a site on SQLite alone, of which posts, calendars, the config and the operator tell events."""
    store = open_store(f"sqlite:///{tmp_path}/solacefeed.db")
    yield EventWorld(World(store))
    store.close()


@pytest.fixture
def telling_anywhere(world: World) -> EventWorld:
    """The same on each database."""
    return EventWorld(world)
