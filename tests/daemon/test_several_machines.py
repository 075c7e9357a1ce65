"""Mail queued in PostgreSQL: one daemon of several does the deeds, and whichever worker is free hands mail over."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from contextlib import closing

import pytest

from solacefeed.store.database import open_store
from solacefeed.store.leading import Lead
from solacefeed.store.locks import DAEMON
from tests.daemon.conftest import Daemon
from tests.daemon.test_daemon import mails, write
from tests.daemon.test_reading_again import change, hints
from tests.store.test_leading import until
from tests.support.blog.server import Serving
from tests.support.builders import MONDAY
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]

pytestmark = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


@pytest.fixture
def site(begin: Begin, store_url: str) -> Site:
    return Site(begin(engine="procrastinate").folder, {"SOLACEFEED_STORE_URL": store_url})


def test_a_daemon_queues_mail_and_hands_it_over_itself_where_no_worker_does(site: Site, daemon: Start) -> None:
    one = daemon(site)
    one.until(r"^deliver: 3 accepted")
    assert one.end() == 0
    assert "Traceback" not in one.said
    assert len(mails(site)) == 3


def test_a_worker_begins_before_the_daemon_or_after_it_and_nobody_gets_a_copy_twice(site: Site, daemon: Start) -> None:
    site.told("run", "--now")
    workers = [daemon(site, "worker"), daemon(site, "worker", "--concurrency", "2")]
    for each in workers:
        each.until(r"^worker: hands over queued mail, [12] turns? at once")
    one = daemon(site)
    one.until(r"^daemon: polls every ")
    for each in (*workers, one):
        assert each.end() == 0
        assert "Traceback" not in each.said
    assert [copy["state"] for copy in site.data("deliveries", "list")] == ["accepted"] * 3
    assert len(mails(site)) == 3


def test_a_second_daemon_waits_by_itself_and_takes_over_when_the_first_is_killed(site: Site, daemon: Start) -> None:
    first = daemon(site)
    first.until(r"^deliver: 3 accepted")
    second = daemon(site)
    second.until(r"^daemon: leader process \d+ since .* holds this store; this one waits for its end$")
    status = site.do("status").stdout
    assert re.search(r"^daemon +leader process \d+ since ", status, re.M), status
    assert re.search(r"^workers +1 \(\d+ on \S+\); 0 turns waiting, 0 under way$", status, re.M), status
    first.send(signal.SIGKILL)
    second.until(r"^daemon: polls every ")
    assert second.end() == 0


@pytest.mark.slow
def test_a_daemon_that_froze_is_deposed_and_ends_when_it_wakes(site: Site, daemon: Start) -> None:
    first = daemon(site, "daemon", "--no-pages")
    first.until(r"^deliver: 3 accepted")
    second = daemon(site, "daemon", "--no-pages")
    second.until(r"this one waits for its end$")
    first.send(signal.SIGSTOP)
    second.until(r"^solacefeed: daemon: leader process \d+ since .* gives no sign of life; this one takes over$")
    second.until(r"^daemon: polls every ")
    first.send(signal.SIGCONT)
    first.until(r"daemon: leader process \d+ since .* has taken over, since this one gave no sign of life for too long")
    assert first.ended() == 1
    assert second.end() == 0


@pytest.mark.slow
def test_a_daemon_that_was_deposed_amid_a_deed_that_can_not_go_on_does_not_say_that_it_ended_well(
    site: Site, daemon: Start, blog: Serving, store_url: str
) -> None:
    """Else nobody begins it anew where only failures are."""
    one = daemon(site, "daemon", "--no-pages")
    one.until(r"^deliver: 3 accepted")
    with closing(open_store(store_url)) as store, store.engine.connect() as another:
        another.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
        another.exec_driver_sql("LOCK TABLE posts IN EXCLUSIVE MODE")
        write(blog, "Just now")
        requests = len(blog.requests)
        while len(blog.requests) < requests + 3 and one.runs:
            """It polls, and comes to where it wants to write."""
        lead = Lead(store, DAEMON, since=MONDAY)
        with store.write() as connection:
            held = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'leader %%'"
            connection.exec_driver_sql(held)
        until(lead.take)
        assert one.ended() == 1
        lead.let_go()
        another.rollback()
    assert "daemon: ending" in one.said


def test_a_worker_goes_by_a_config_that_is_read_again(site: Site, daemon: Start) -> None:
    worker = daemon(site, "worker", "--concurrency", "2")
    worker.until(r"^worker: hands over queued mail, 2 turns at once$")
    change(site, "[site]\n", '[site]\ntitle = "The Renamed Blog"\n')
    assert "config-not-read" in hints(site)
    worker.send(signal.SIGHUP)
    worker.until(r"^worker: the config is read again, and the next turns go by it$")
    assert "config-not-read" not in hints(site)
    (site.folder / "config.toml").write_text((site.folder / "config.toml").read_text() + "\n[nonsense]\n")
    worker.send(signal.SIGHUP)
    worker.until(r"^solacefeed: worker: the config is not taken, and the one before stays; mend it, and reload$")
    assert worker.end() == 0


def test_a_worker_of_a_site_without_a_queue_says_what_to_write(begin: Begin, store_url: str, daemon: Start) -> None:
    worker = daemon(Site(begin().folder, {"SOLACEFEED_STORE_URL": store_url}), "worker")
    assert worker.ended() == 2
    assert 'there is no queue to work on: write engine = "procrastinate" beside [store] url' in worker.said


# -- one secret on all machines ------------------------------------------------------------------------

ALL_HAVE = "a" * 48


@pytest.mark.more
def test_a_worker_whose_links_nobody_would_take_hands_nothing_over_and_doctor_says_so(
    site: Site, daemon: Start
) -> None:
    site.environ["SOLACEFEED_SECRET"] = ALL_HAVE
    site.told("run", "--now")
    leader = daemon(site)
    leader.until(r"^daemon: polls every ")
    other = Site(site.folder, {**site.environ, "SOLACEFEED_SECRET": "0" * 48})
    refused = other.do("worker")
    assert refused.returncode == 2
    words = "this machine signs links by another secret than the daemon's, where nobody could unsubscribe by them"
    assert f"{words}: give it the same SOLACEFEED_SECRET" in refused.stderr
    assert words in other.do("doctor").stdout
    # A new one verifies what the one before has signed.
    rotated = Site(site.folder, {**site.environ, "SOLACEFEED_SECRET": f"{'b' * 48}\n{ALL_HAVE}"})
    assert rotated.do("worker").returncode == 2
    assert leader.end() == 0
    leader = daemon(rotated)
    leader.until(r"^daemon: polls every ")
    for each in (site, rotated):
        worker = daemon(each, "worker")
        worker.until(r"^worker: hands over queued mail")
        assert worker.end() == 0
    assert words not in site.do("doctor").stdout
    assert leader.end() == 0
