"""The worlds of the deeds' tests begin as a first crawl leaves them, whether it was done there or copied."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from solacefeed.store.database import Store, open_store
from solacefeed.store.schema import metadata
from tests.deeds.world import World


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def test_a_copied_first_crawl_leaves_what_the_crawl_itself_leaves(
    store: Store, sqlite_store: Store, migrated_file: Path, tmp_path: Path
) -> None:
    with closing(open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'crawled.db')}")) as crawled:
        World(crawled, crawled=False).first_crawl()
        World(sqlite_store)
        World(store)
        assert rows(store) == rows(crawled)
        assert rows(crawled)["categories"]
