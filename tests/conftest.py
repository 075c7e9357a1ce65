"""What every test may ask for: a store on each database, and a clock that stands still."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from solacefeed.store.database import Store, open_store
from tests.support import postgres
from tests.support.compiled import compile_once
from tests.support.databases import Databases
from tests.support.generated import hold_to
from tests.support.sharing import import_from_own_part_on
from tests.support.tiers import leave_to_other_tiers, slow_tier_is_told

compile_once()

# Of what is imported and collected nothing is garbage: to look for it there took a part of the collection's time.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    hold_to(all_examples=slow_tier_is_told(config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    import_from_own_part_on(session.config, Path(__file__).parents[1])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    on_both = os.environ.get("TEST_STORES") == "both"
    leave_to_other_tiers(items, and_laws=slow_tier_is_told(config), on_both=on_both)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: looking through it for garbage, again and again, found none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    with postgres.running() as address:
        databases = Databases(address)
        yield databases
        databases.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store at its newest schema, to be copied: migrations have tests of their own."""
    path = tmp_path_factory.mktemp("template") / "solacefeed.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_store(migrated_file: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for tests of what no database makes different."""
    opened = open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'solacefeed.db')}")
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database, empty unless the test asks for a store too.

    Each test that asks is told on both, of stories most beyond the main suite (tests/support/tiers.py).
    """
    migrated = "store" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "var" / "solacefeed.db"
        if migrated:
            file.parent.mkdir()
            shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    databases: Databases = request.getfixturevalue("databases")
    with databases.migrated() if migrated else databases.without_tables() as address:
        yield address


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()
