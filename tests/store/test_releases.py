"""A store that an earlier release has filled opens under this one, with all that it holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from solacefeed.store import migrations
from solacefeed.store.database import open_store
from solacefeed.store.schema import deliveries, metadata
from tests.store.releases import making, rows

NEWEST = rows.kept()[-1]


def values(revision: str, table: str, column: str) -> set[object]:
    return {row[column] for row in rows.tables(revision)[table]}


@pytest.mark.parametrize("revision", rows.kept())
def test_a_store_of_an_earlier_release_is_migrated_and_keeps_its_rows(store_url: str, revision: str) -> None:
    rows.load(revision, store_url)
    store = open_store(store_url)
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        number = {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    store.close()
    # A fact may be one that the migration takes back, so that what it told is found anew.
    before = {name: len(found) for name, found in rows.tables(revision).items() if name != "facts"}
    assert {name: number[name] for name in before} == before


@pytest.mark.parametrize("revision", rows.kept())
def test_a_store_that_was_migrated_goes_on_with_its_own_numbers(store_url: str, revision: str) -> None:
    rows.load(revision, store_url)
    store = open_store(store_url)
    with store.write() as connection:
        copy = dict(connection.execute(deliveries.select().order_by(deliveries.c.id).limit(1)).one()._mapping)
        highest = connection.execute(sa.select(sa.func.max(deliveries.c.id))).scalar_one()
        number = copy.pop("id")
        connection.execute(deliveries.delete().where(deliveries.c.id == number))
        given = connection.execute(deliveries.insert().values(**copy)).inserted_primary_key
    store.close()
    assert given is not None
    assert given[0] == highest + 1


def test_the_store_that_is_kept_has_copies_editions_and_readers_in_every_state() -> None:
    copies = {"pending", "claimed", "handing", "accepted", "rejected", "uncertain", "expired", "cancelled"}
    assert values("0004", "deliveries", "state") == copies
    assert values("0004", "editions", "state") == {"approved", "delivering", "done", "skipped"}
    assert values("0004", "subscriptions", "state") == {"confirmed", "ended"}
    assert values("0004", "posts", "state") == {"published", "protected", "gone"}
    assert values("0004", "events", "standing") == {"scheduled", "moved", "cancelled"}
    assert values("0004", "removals", "refused") == {True, False}
    assert values("0004", "feeds", "retired_at") > {None}


@pytest.mark.slow
def test_a_store_can_be_kept_of_this_release_too(tmp_path: Path) -> None:
    shutil.copy(rows.HERE / NEWEST / "config.toml", tmp_path)
    making.make(tmp_path)
    (kept,) = tmp_path.glob(rows.STORE)
    assert rows.told_in(kept)["revision"] == migrations.HEAD
