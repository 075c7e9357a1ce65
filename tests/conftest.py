"""What every test may ask for: a store on each database, and a clock that stands still."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.store.database import Store, open_store
from tests.support import postgres

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    with postgres.running() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: each test that asks runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/var/solacefeed.db"
    address: str = request.getfixturevalue("postgres_address")
    name = f"test_{next(_NUMBERS)}"
    engine = sa.create_engine(address.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return address.format(name)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()
