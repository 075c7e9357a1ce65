"""A server that was restarted while nobody asked it anything is no trouble, and one in use is not asked in vain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from solacefeed.store.rested_connections import SECONDS, ask_what_rested
from tests.support.databases import Databases


class Seconds:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.migrated() as address:
        yield address


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def engine(url: str, clock: Seconds) -> Iterator[sa.Engine]:
    made = sa.create_engine(url)
    ask_what_rested(made, clock)
    yield made
    made.dispose()


def its_number(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def end_all(url: str) -> None:
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid, 5000) {others}").all()


def test_one_that_ended_while_it_rested_is_replaced(url: str, engine: sa.Engine, clock: Seconds) -> None:
    before = its_number(engine)
    end_all(url)
    clock.now += SECONDS
    assert its_number(engine) != before


def test_one_that_worked_just_now_is_lent_unasked(url: str, engine: sa.Engine) -> None:
    its_number(engine)
    end_all(url)
    with pytest.raises(sa.exc.OperationalError):
        its_number(engine)
    # What that has shown holds for all others.
    assert its_number(engine)
