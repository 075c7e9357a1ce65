"""A server that takes no writes is known without writing, also to who only looks, whose transactions are read only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from solacefeed.store.database import Store, open_store, open_to_look
from solacefeed.store.writable import why_not_writable, why_read_only
from tests.support.databases import Databases


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.without_tables() as address:
        open_store(address).close()
        yield address


@pytest.mark.parametrize("opened", [open_store, open_to_look])
def test_that_of_a_database_which_is_read_only_is_known_however_it_is_opened(
    url: str, opened: Callable[[str], Store]
) -> None:
    with closing(opened(url)) as store:
        assert (why_not_writable(store), why_read_only(store)) == (None, None)
    with closing(open_store(url)) as store, store.write() as connection:
        name = sa.make_url(url).database
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with closing(opened(url)) as store:
        assert why_not_writable(store) == "the store's server takes no writes"
        found = why_read_only(store)
    assert found is not None
    assert "read only" in found.words


def test_a_file_is_no_server(sqlite_store: Store) -> None:
    assert (why_not_writable(sqlite_store), why_read_only(sqlite_store)) == (None, None)
