"""What can't be written down is told outside all the same: once until it is over, with a heartbeat that says no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from solacefeed.app import App
from solacefeed.config.loading import load
from solacefeed.deeds.execution import beside
from solacefeed.errors import StoreError
from solacefeed.store.database import Store
from tests.daemon.conftest import Daemon
from tests.support.receiver import Receiver
from tests.support.site import CONFIG, Site
from tests.web.test_watching import values
from tests.web.watching import Watched

MONITORING = """
[monitoring]
heartbeat = "{0}/ping"
heartbeat_fail = "{0}/fail"
webhook = "{0}/hook"
examine = false
"""
LEFT_OUT = '[[subscribers]]\nemail = "dave@example.org"\ncategories = ["nonsense"]\n'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def app(tmp_path: Path, receiver: Receiver) -> App:
    config = tmp_path / "config.toml"
    more = MONITORING.format(receiver.origin) + DIGEST + LEFT_OUT
    config.write_text(CONFIG.format(source="https://blog.example.org", more=more), encoding="utf-8")
    return App(load(config, environ={}), as_of=None, folder=tmp_path)


DIGEST = """
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "monday 07:00"
[mail]
from = "Chief Officers <digest@example.org>"
reply_to = "editor@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
"""


@contextmanager
def taking_no_writes(store: Store) -> Iterator[None]:
    """SQLite refuses each write, as on a disk that is full; reads go on."""

    def refuse(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    sa.event.listen(store.engine, "begin", refuse)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "begin", refuse)
        store.engine.dispose()


def look(app: App, store: Store, error: str | None = "the disk is full") -> None:
    """One in which polling does not work for an *error*, and what it ends with."""

    def poll() -> None:
        if error is not None:
            raise StoreError(error)

    beside(store, app.clock, "poll", poll)
    app.alarms.look(store)
    app.alarms.reach_out(store)


def does_not_work() -> None:
    raise StoreError("the disk is full")


def told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(call.json["key"], call.json["state"]) for call in receiver.calls if call.path == "/hook"]


def test_what_cant_be_written_down_is_told_at_the_second_look_once_and_when_it_is_over(
    app: App, sqlite_store: Store, receiver: Receiver
) -> None:
    with taking_no_writes(sqlite_store):
        look(app, sqlite_store)
        assert receiver.paths == []
        for _ in range(3):
            look(app, sqlite_store)
    assert told(receiver) == [("store", "firing")]
    assert receiver.paths.count("/fail") == 3
    assert "/ping" not in receiver.paths
    (call,) = [each for each in receiver.calls if each.path == "/hook"]
    assert call.json["words"] == "nothing can be kept: what became of poll could not be written down"
    look(app, sqlite_store, error=None)
    look(app, sqlite_store, error=None)
    assert told(receiver) == [("store", "firing"), ("store", "resolved")]
    assert receiver.paths[-1] == "/ping"


def test_one_that_was_not_taken_is_posted_by_the_next_look(app: App, sqlite_store: Store, receiver: Receiver) -> None:
    with taking_no_writes(sqlite_store):
        look(app, sqlite_store)
        receiver.status = 500
        look(app, sqlite_store)
        receiver.status = 204
        look(app, sqlite_store)
        look(app, sqlite_store)
    hooks = [call.json for call in receiver.calls if call.path == "/hook"]
    assert len(hooks) == 2
    assert hooks[0]["id"] == hooks[1]["id"]


def test_a_file_that_is_gone_is_told_at_once(app: App, sqlite_store: Store, receiver: Receiver) -> None:
    assert sqlite_store.file is not None
    sqlite_store.file.unlink()
    look(app, sqlite_store)
    assert told(receiver) == [("store", "firing")]
    assert "/fail" in receiver.paths


def test_what_became_of_a_deed_and_could_not_be_written_down_stands_in_readyz_and_in_metrics(
    tmp_path: Path, sqlite_store: Store
) -> None:
    watched = Watched.site(tmp_path, sqlite_store)
    (tmp_path / "feeds").mkdir(exist_ok=True)
    with taking_no_writes(sqlite_store):
        assert beside(sqlite_store, watched.app.clock, "poll", does_not_work) is not None
    answer = watched.ask("/readyz")
    assert (answer.status_code, "what became of poll could not be written down" in answer.text) == (503, True)
    assert values(watched.watch("/metrics").text)['solacefeed_deed_last_run_failed{deed="poll"}'] == 1
    # When it works again, it is over.
    assert beside(sqlite_store, watched.app.clock, "poll", lambda: None) is None
    again = Watched.again(watched.app, sqlite_store)
    assert "poll" not in again.ask("/readyz").text
    assert values(again.watch("/metrics").text).get('solacefeed_deed_last_run_failed{deed="poll"}', 0) == 0


def test_a_daemon_whose_file_goes_says_so_in_a_line_and_makes_no_other(
    begin: Callable[..., Site], daemon: Callable[..., Daemon], receiver: Receiver
) -> None:
    site = begin()
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + MONITORING.format(receiver.origin))
    one = daemon(site)
    receiver.until("/ping")
    file = next((site.folder / "var").glob("*.db"))
    file.rename(file.with_suffix(".elsewhere"))
    one.until(r"solacefeed\.db is not there any more, while this process has it open")
    receiver.until("/hook")
    receiver.until("/fail", times=3)
    assert one.end() == 0
    assert "Traceback" not in one.said
    # However many looks and deeds came upon it meanwhile.
    assert one.said.count("is not there any more") == 1
    assert not file.exists()
