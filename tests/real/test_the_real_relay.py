"""The daemon between the real WordPress and the real Postfix."""

from __future__ import annotations

import email
import email.policy
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.real.conftest import Postfix, WordPress, judged
from tests.support.site import Site

MANY = 300

DAEMON = """
[[digests]]
name = "weekly"
title = "The weekly digest"
closes = "{closes}"
# A post of a moment ago goes too.
settle = "1s"
[mail]
transport = "smtp"
from = "Example Officers <digest@example.org>"
reply_to = "editor@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
return_path = "bounces@example.org"
host = "localhost"
port = {port}
tls = "starttls"
ca_file = "{ca_file}"
[web]
base_url = "https://news.example.org"
[daemon]
poll_every = "2s"
look_every = "1s"
"""


def a_site(wordpress: WordPress, postfix: Postfix, folder: Path, *, closes: str) -> Site:
    more = DAEMON.format(closes=closes, port=postfix.port, ca_file=postfix.ca_file)
    return Site.begun(folder, source=wordpress.url, more=more)


def soon() -> str:
    """A closing by the real clock in one to two minutes, so that a post can be seen before on a busy machine too."""
    return f"{datetime.now(ZoneInfo('Europe/London')) + timedelta(minutes=2):%a %H:%M}".lower()


class Daemon:
    """A daemon in a process of its own."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.log = (site.folder / "daemon.log").open("a")
        self.process = subprocess.Popen(
            site.command("daemon"), cwd=site.folder, env=os.environ, stdout=self.log, stderr=self.log
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.log.close()
        return code


@pytest.fixture
def daemon() -> Iterator[Callable[[Site], Daemon]]:
    started: list[Daemon] = []

    def start(site: Site) -> Daemon:
        started.append(Daemon(site))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()


def wait_until(what: Callable[[], bool], seconds: float = 200) -> None:
    """Other processes do the work: there is nothing to wait on but the clock."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def test_a_new_post_reaches_feeds_and_inboxes_once_though_the_daemon_is_killed_in_the_middle(
    wordpress: WordPress, postfix: Postfix, tmp_path: Path, daemon: Callable[[Site], Daemon]
) -> None:
    site = a_site(wordpress, postfix, tmp_path / "site", closes=soon())
    site.told("poll")
    add_subscribers(site)
    first = daemon(site)
    wordpress.mutate("add", "--title", "Straight from the blog", "--cat", "Housing", "--content", "<p>Read me.</p>")
    feed = site.feeds / "category" / "housing.atom"
    wait_until(lambda: feed.exists() and b"Straight from the blog" in feed.read_bytes(), 60)
    wait_until(lambda: arrived(postfix) >= 20)
    first.kill()
    before = arrived(postfix)
    assert before < MANY, "the daemon was too quick to be killed in the middle"
    second = daemon(site)
    wait_until(lambda: settled(site) == MANY)
    assert second.end() == 0
    in_doubt = {row["email"] for row in deliveries(site) if row["state"] == "uncertain"}
    # One for each connection, at most.
    assert len(in_doubt) <= 3
    wait_until(lambda: arrived(postfix) >= MANY - len(in_doubt), 60)
    for number in range(MANY):
        count = len(postfix.mailbox(f"user{number}"))
        assert count == 1 or (f"user{number}@example.org" in in_doubt and count <= 1)


def test_what_arrives_is_a_mail_that_judges_pass(
    wordpress: WordPress, postfix: Postfix, tmp_path: Path, daemon: Callable[[Site], Daemon]
) -> None:
    site = a_site(wordpress, postfix, tmp_path / "site", closes="at once")
    site.told("poll")
    site.told("subscribers", "add", "alice@example.org", "--name", "Alice", "--categories", "housing")
    one = daemon(site)
    wordpress.mutate("add", "--title", "For Alice", "--cat", "Housing", "--content", "<p>Read me, Alice.</p>")
    postfix.wait_for("alice", 1, 200)
    assert one.end() == 0
    path = postfix.mailbox("alice")[0]
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["Return-Path"] == "<bounces@example.org>"
    assert message["List-Id"].endswith("<weekly.example.org>")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "For Alice" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    copy = site.folder / "alice.eml"
    copy.write_bytes(path.read_bytes())
    judged("eml-check", copy)


def add_subscribers(site: Site) -> None:
    """Enters users 0 to MANY by the config, as one edit of the file."""
    config = site.folder / "config.toml"
    tables = "".join(f'[[subscribers]]\nemail = "user{number}@example.org"\n' for number in range(MANY))
    config.write_text(config.read_text(encoding="utf-8") + tables, encoding="utf-8")


def arrived(postfix: Postfix) -> int:
    return sum(1 for _ in (postfix.folder / "postfix" / "mail").glob("user*/**/new/*"))


def deliveries(site: Site) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = site.data("deliveries", "list", "--limit", "1000")
    return rows


def settled(site: Site) -> int:
    return sum(row["state"] in ("accepted", "uncertain") for row in deliveries(site))
