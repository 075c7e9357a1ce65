"""A turn at mail that a daemon lends to its queue: how it ended is heard, as of any deed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from solacefeed.app import App
from solacefeed.config.loading import load
from solacefeed.daemon.jobs import EmbeddedJobs, Jobs
from solacefeed.daemon.looks import DeedEnd, Looks
from solacefeed.daemon.progress import LookProgress
from solacefeed.errors import StoreError
from solacefeed.store.database import Store
from tests.daemon.test_log import Heard
from tests.support.site import CONFIG


class Lending:
    """A daemon's looks, whose deeds' ends are heard."""

    def __init__(self, store: Store, folder: Path, jobs: Jobs | None = None) -> None:
        config = folder / "config.toml"
        config.write_text(CONFIG.format(source="https://blog.example.org", more=""), encoding="utf-8")
        app = App(load(config, environ={}), as_of=None, folder=folder)
        self.ends: list[DeedEnd] = []
        self.stop = threading.Event()
        self.heard = Heard("plain")
        jobs = jobs or EmbeddedJobs(store)
        self.looks = Looks(app, store, self.heard.log, self.stop, LookProgress(), self.ends.append, jobs)


@pytest.fixture
def lending(sqlite_store: Store, tmp_path: Path) -> Lending:
    return Lending(sqlite_store, tmp_path)


def test_a_turn_that_does_not_work_tells_its_end_and_why(lending: Lending) -> None:
    """Else whoever waits for it to read the config again waits for ever."""
    away = StoreError("the database is away")
    with pytest.raises(StoreError), lending.looks.lent():
        raise away
    with lending.looks.lent() as lent:
        assert lent is not None
    assert [(end.deed, end.error) for end in lending.ends] == [("deliver", away), ("deliver", None)]
    assert not lending.looks.are_under_way(["deliver"])


def test_a_turn_that_is_never_begun_is_not_done_well(lending: Lending) -> None:
    lending.stop.set()
    with lending.looks.lent() as lent:
        assert lent is None
    assert lending.ends == []
