from __future__ import annotations

import pytest

from solacefeed.store.database import Store
from tests.deeds.world import World


@pytest.fixture
def world(store: Store) -> World:
    """A site on each database, on a Monday an hour after the digest has closed."""
    return World(store)
