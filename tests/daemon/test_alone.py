"""One daemon a store: a second one says who holds it, and ends, or waits for its turn."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

import pytest

from tests.daemon.conftest import Daemon
from tests.daemon.test_daemon import mails
from tests.daemon.test_reading_again import TAKEN, change
from tests.support.site import Site

pytestmark = pytest.mark.both_stores

Start = Callable[..., Daemon]
Begin = Callable[..., Site]

#: PostgreSQL keeps as much of a long name as there is room for.
HOST = re.escape(os.uname().nodename[:20])
HOLDS = rf"daemon: process \d+ since \d{{4}}-\d\d-\d\d \d\d:\d\d UTC on {HOST}\S* holds this store"


@pytest.fixture
def site(begin: Begin, store_url: str) -> Site:
    """On SQLite, and on PostgreSQL."""
    return Site(begin().folder, {"SOLACEFEED_STORE_URL": store_url})


def test_a_second_one_says_who_holds_the_store_and_ends_with_a_code_of_its_own(site: Site, daemon: Start) -> None:
    first = daemon(site)
    first.until(r"^daemon: polls every ")
    second = daemon(site)
    assert second.ended() == 3
    assert re.fullmatch(
        rf"solacefeed: {HOLDS}; end it first, or say --wait to take over when it ends\n", second.said
    ), second.said
    assert first.end() == 0


def test_one_that_waits_takes_over_when_the_first_is_killed(site: Site, daemon: Start) -> None:
    first = daemon(site)
    first.until(r"^deliver: 3 accepted")
    second = daemon(site, "daemon", "--wait")
    second.until(rf"^{HOLDS}; this one waits for its end$")
    first.send(signal.SIGKILL)
    second.until(r"^daemon: polls every ")
    assert second.end() == 0
    assert second.said.count("holds this store") == 1


def test_one_that_waits_goes_by_the_config_of_which_it_was_told_meanwhile(site: Site, daemon: Start) -> None:
    first = daemon(site)
    first.until(r"^daemon: polls every ")
    second = daemon(site, "daemon", "--wait")
    second.until(r"this one waits for its end$")
    change(site, 'look_every = "1s"', 'look_every = "2s"')
    second.send(signal.SIGHUP)
    first.send(signal.SIGKILL)
    second.until(TAKEN + r"polls every \d+ s, looks for mail every 2 s")
    assert second.end() == 0


def test_one_that_waits_ends_when_it_is_told_to(site: Site, daemon: Start) -> None:
    first = daemon(site)
    first.until(r"^daemon: polls every ")
    second = daemon(site, "daemon", "--wait")
    second.until(r"this one waits for its end$")
    assert second.end() == 0
    assert second.said.endswith("daemon: ended\n")
    assert first.end() == 0


def test_cron_and_commands_beside_it_go_on_and_nobody_gets_a_copy_twice(site: Site, daemon: Start) -> None:
    one = daemon(site)
    one.until(r"^daemon: polls every ")
    # From its first look on, so that they meet at each deed.
    beside = [daemon(site, "run"), daemon(site, "run", "--now"), daemon(site, "deliver")]
    for command in beside:
        command.ended()
        assert "holds this store" not in command.said
        assert "Traceback" not in command.said
    for words in (["run"], ["status"]):
        assert "holds this store" not in site.do(*words).stderr
    assert one.end() == 0
    assert "Traceback" not in one.said
    assert [copy["state"] for copy in site.data("deliveries", "list")] == ["accepted"] * 3
    assert len(mails(site)) == 3
