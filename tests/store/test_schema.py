"""The migrations and the tables say the same."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from solacefeed.errors import StoreError
from solacefeed.store import events, facts, migrations
from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import metadata
from tests.support.builders import MONDAY


def test_migrations_build_just_the_tables_that_the_code_speaks_of(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_revision_is_the_one_that_is_looked_for() -> None:
    versions = Path(migrations.__file__).parent / "versions"
    assert max(path.name[:4] for path in versions.glob("[0-9]*.py")) == migrations.HEAD


def test_a_store_that_a_newer_release_has_made_is_left_alone(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="install the newer one again"):
        open_store(store_url)


def test_a_store_of_the_first_schema_keeps_all_it_holds(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        for table in ("sightings", "events", "calendars"):
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.text("ALTER TABLE posts DROP COLUMN ending"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        connection.execute(sa.text("INSERT INTO facts (name, value) VALUES ('clock', 'live')"))
    store.close()
    store = open_store(store_url)
    with store.read() as connection:
        assert facts.read(connection, facts.CLOCK) == facts.LIVE
        assert (events.rows(connection), events.told_at(connection, MONDAY)) == ({}, [])
    store.close()
