"""A leader knows by its own clock when another may lead by now, and begins nothing more until the database answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from solacefeed.daemon.jobs import DEPOSED_AFTER, EmbeddedJobs, LastSign
from solacefeed.errors import StoreError
from solacefeed.store.database import Store
from tests.daemon.test_lent_turns import Lending


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class WithoutAnAnswer(EmbeddedJobs):
    """A leader's, to which the database has not answered for long, and does not answer."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.clock = Seconds()
        self._signs = LastSign(self.clock)
        with self._signs.given():
            """It leads."""
        self.clock.now += DEPOSED_AFTER

    def ask(self) -> None:
        self._signs.ask()


def test_who_has_slept_begins_nothing_until_the_database_answers_again() -> None:
    clock = Seconds()
    signs = LastSign(clock)
    with signs.given():
        """It leads."""
    signs.ask()
    clock.now += DEPOSED_AFTER
    with pytest.raises(StoreError, match="has not answered this daemon for 8 s or longer, and another one may lead"):
        signs.ask()
    with signs.given():
        """The database has answered."""
    signs.ask()


def test_a_sign_counts_from_its_beginning_and_one_without_an_answer_not_at_all() -> None:
    clock = Seconds()
    signs = LastSign(clock)
    with signs.given():
        clock.now += DEPOSED_AFTER
    with pytest.raises(StoreError, match="may lead by now"):
        signs.ask()
    with pytest.raises(StoreError, match="it broke"), signs.given():
        raise StoreError("it broke")
    with pytest.raises(StoreError, match="may lead by now"):
        signs.ask()


def test_a_daemon_that_may_not_lead_any_more_begins_no_deed(sqlite_store: Store, tmp_path: Path) -> None:
    lending = Lending(sqlite_store, tmp_path, WithoutAnAnswer(sqlite_store))
    lending.looks.at_the_blog()
    assert [end.deed for end in lending.ends] == ["poll", "publish"]
    assert all("has not answered this daemon" in str(end.error) for end in lending.ends)


def test_however_long_the_database_does_not_answer_each_deed_says_so_once(sqlite_store: Store, tmp_path: Path) -> None:
    jobs = WithoutAnAnswer(sqlite_store)
    lending = Lending(sqlite_store, tmp_path, jobs)
    for _ in range(3):
        lending.looks.at_the_blog()
        jobs.clock.now += 60
    assert lending.heard.err.count("has not answered this daemon") == 2
