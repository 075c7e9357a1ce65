from __future__ import annotations

import pytest

from solacefeed.store.database import Store
from tests.deeds.event_world import EventWorld
from tests.deeds.world import World


@pytest.fixture
def world(store: Store) -> World:
    """A site on each database, on a Monday an hour after the digest has closed."""
    return World(store)


@pytest.fixture
def telling(sqlite_store: Store) -> EventWorld:
    """Such a site on SQLite alone, of which posts, calendars, the config and the operator tell events."""
    return EventWorld(World(sqlite_store))


@pytest.fixture
def telling_anywhere(world: World) -> EventWorld:
    """The same on each database."""
    return EventWorld(world)
