"""The migrations and the tables say the same."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from solacefeed.errors import StoreError
from solacefeed.store import migrations
from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import metadata


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
