"""The leader goes in the midst of a deed, for good or for a while, and another goes on: nothing is left half."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from time import monotonic, sleep

import pytest
import sqlalchemy as sa

from solacefeed.store import editions
from solacefeed.store.database import Store, open_store
from solacefeed.store.locks import holder
from solacefeed.store.schema import deliveries
from tests.daemon.conftest import PATIENCE, Daemon
from tests.daemon.faults import enter
from tests.daemon.test_daemon import mails
from tests.support.blog.server import Serving
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]

#: So that a deed takes long enough to be met in its midst.
POSTS, READERS = 120, 700
#: Seconds between two looks whether it is sent.
_PAUSE = 0.1

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)]


@pytest.fixture
def site(begin: Begin, store_url: str) -> Site:
    return Site(begin(engine="procrastinate").folder, {"SOLACEFEED_STORE_URL": store_url})


def frozen_amid(leader: Daemon, is_amid: Callable[[], bool]) -> None:
    """Stops it while *is_amid* holds, and goes on to hold."""
    ends = monotonic() + PATIENCE
    while monotonic() < ends and leader.runs:
        if is_amid():
            leader.send(signal.SIGSTOP)
            if is_amid():
                return
            leader.send(signal.SIGCONT)
    raise AssertionError(f"it was never met in the midst of it:\n{leader.said}")


def goes(leader: Daemon, second: Daemon, how: signal.Signals) -> None:
    """The leader, which stands still, is killed or stays as it is, until the second one leads."""
    second.until(r"this one waits for its end$")
    if how is signal.SIGKILL:
        leader.send(how)
    second.until(r"^daemon: polls every ")


def comes_back(leader: Daemon, how: signal.Signals) -> None:
    """One that stood still wakes, and ends as who was deposed."""
    if how is not signal.SIGKILL:
        leader.send(signal.SIGCONT)
        assert leader.ended() == 1, leader.said
        assert "has taken over, since this one gave no sign of life for too long" in leader.said
        assert "Traceback" not in leader.said


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("written", [1, 40])
def test_amid_a_publish_what_it_had_written_is_made_whole_and_nothing_stale_stays(
    site: Site,
    blog: Serving,
    store_url: str,
    daemon: Start,
    how: signal.Signals,
    written: int,
) -> None:
    for number in range(POSTS):
        at = datetime.now(UTC) - timedelta(days=30 + 10 * number)
        last = blog.blog.add(f"Post {number}", at=at, categories=[f"Category {number % 12}"])
    first = daemon(site, "daemon", "--no-pages")
    with closing(open_store(store_url)) as store:
        frozen_amid(first, lambda: _publishes(store) and len(site.published()) >= written)
    second = daemon(site, "daemon", "--no-pages")
    blog.blog.edit(last, at=datetime.now(UTC), title="Edited meanwhile")
    goes(first, second, how)
    second.until(r"^publish: ")
    comes_back(first, how)
    assert second.end() == 0
    assert "Traceback" not in second.said
    site.told("run")
    published = site.published()
    assert any(b"Edited meanwhile" in document for document in published.values())
    assert "; 0 files changed, 0 removed" in site.told("publish", "--all")
    assert site.published() == published


def _publishes(store: Store) -> bool:
    return holder(store, "publish") is not None


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("copies", [0, 1])
def test_amid_the_preparing_of_an_edition_each_reader_gets_one_copy(
    site: Site, store_url: str, daemon: Start, how: signal.Signals, copies: int
) -> None:
    file = site.folder / "config.toml"
    file.write_text(re.sub(r"\[\[subscribers\]\]\nemail = .*\n", "", file.read_text()))
    site.told("poll")
    with closing(open_store(store_url)) as store:
        enter(store, READERS)
        first = daemon(site, "daemon", "--no-pages")
        frozen_amid(first, lambda: _has_some_copies(store, copies))
        second = daemon(site, "daemon", "--no-pages")
        goes(first, second, how)
        comes_back(first, how)
        _until_sent(store, second)
        assert second.end() == 0
        assert "Traceback" not in second.said
        with store.read() as connection:
            assert len(editions.listing(connection)) == 1
    got = Counter(message_from_bytes(mail.read_bytes())["To"] for mail in mails(site))
    assert (len(got), max(got.values())) == (READERS, 1)


def _has_some_copies(store: Store, number: int) -> bool:
    """Of an edition that is not prepared yet."""
    with store.read() as connection:
        counted = connection.execute(sa.select(sa.func.count()).select_from(deliveries)).scalar_one()
        return counted >= number and any(each.state == "preparing" for each in editions.listing(connection))


def _until_sent(store: Store, sender: Daemon) -> None:
    ends = monotonic() + PATIENCE
    while True:
        with store.read() as connection:
            states = [each.state for each in editions.listing(connection)]
        if states and all(state == "done" for state in states):
            return
        assert monotonic() < ends, f"it was not sent: {states}\n{sender.said}"
        sleep(_PAUSE)
