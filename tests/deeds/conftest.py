from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.store.database import Store
from tests.deeds.event_world import EventWorld
from tests.deeds.people_world import People
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


@pytest.fixture
def people(world: World, tmp_path: Path) -> People:
    """Such a site on each database, to which people come by themselves."""
    return People(world, tmp_path)


@pytest.fixture
def people_on_sqlite(sqlite_store: Store, tmp_path: Path) -> People:
    """The same on SQLite alone."""
    return People(World(sqlite_store), tmp_path)
