"""What every test may ask for: a store on each database, and a clock that stands still."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from solacefeed.store.database import Store, open_store
from tests.support import postgres

_NUMBERS = itertools.count(1)

# How long an example takes says something of the machine, and nothing of the product.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    with postgres.running() as address:
        yield address


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store at its newest schema, to be copied: migrations have tests of their own."""
    path = tmp_path_factory.mktemp("template") / "solacefeed.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_address: str) -> str:
    """The name of a PostgreSQL store at its newest schema, to be copied."""
    _create_database(postgres_address, "migrated", "template1")
    open_store(postgres_address.format("migrated")).close()
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database, empty unless the test asks for a store too: each test that asks runs on both."""
    migrated = "store" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "var" / "solacefeed.db"
        if migrated:
            file.parent.mkdir()
            shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    address: str = request.getfixturevalue("postgres_address")
    name = f"test_{next(_NUMBERS)}"
    _create_database(address, name, request.getfixturevalue("migrated_database") if migrated else "template1")
    yield address.format(name)
    _say(address, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def _create_database(address: str, name: str, template: str) -> None:
    _say(address, f"CREATE DATABASE {name} TEMPLATE {template}")


def _say(address: str, statement: str) -> None:
    engine = sa.create_engine(address.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
