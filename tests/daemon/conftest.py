"""A daemon in a process of its own, beside a blog and a relay that the test holds in its hand."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest

from tests.support import warm
from tests.support.blog.blog import Blog
from tests.support.blog.server import Serving, serve
from tests.support.site import Site

#: Seconds after which a daemon that has not said a thing will not say it.
PATIENCE = 60

MORE = """
[[digests]]
name = "weekly"
title = "The Weekly Digest"
closes = "{closes}"
[mail]
from = "Chief Officers <digest@example.org>"
reply_to = "editor@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
{mail}
[web]
base_url = "http://127.0.0.1:{port}"
listen = "127.0.0.1:{port}"
[daemon]
poll_every = "1s"
look_every = "{look_every}"
[log]
format = "{log}"
[[subscribers]]
email = "alice@example.org"
[[subscribers]]
email = "bob@example.org"
[[subscribers]]
email = "carol@example.org"
"""


class Daemon:
    """What it says is read line by line; nothing here sleeps."""

    def __init__(self, site: Site, *words: str, environ: Mapping[str, str] | None = None) -> None:
        self.said = ""
        self._unread = ""
        self._pipe, theirs = os.pipe()
        found = os.fstat(theirs)
        # As systemd's journal reads it, so that no line has a time of its own.
        around = {**os.environ, **site.environ, "JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}", **(environ or {})}
        self._command = warm.Command(list(words or ["daemon"]), site.folder, around, out=theirs, err=theirs)
        os.close(theirs)

    def until(self, pattern: str) -> re.Match[str]:
        """The next place in its words, after the last one, where *pattern* stands."""
        deadline = monotonic() + PATIENCE
        while not (found := re.search(pattern, self._unread, re.M)):
            if not self._hear(deadline - monotonic()):
                raise AssertionError(f"the daemon never said {pattern!r}:\n{self.said}")
        self._unread = self._unread[found.end() :]
        return found

    def _hear(self, seconds: float) -> bool:
        """Takes in what it says next; false when it says nothing more."""
        ready, _, _ = select.select([self._pipe], [], [], max(seconds, 0))
        read = os.read(self._pipe, 65536).decode() if ready else ""
        # How urgent a line is, which a journal takes off.
        part = re.sub(r"^<\d>", "", read, flags=re.M)
        self.said += part
        self._unread += part
        return bool(part)

    def send(self, number: signal.Signals) -> None:
        self._command.send(number)

    @property
    def runs(self) -> bool:
        return self._command.runs

    def ended(self) -> int:
        """Its exit code, after all that it has to say."""
        deadline = monotonic() + PATIENCE
        while self._hear(deadline - monotonic()):
            pass
        return self._command.wait()

    def end(self) -> int:
        self.send(signal.SIGTERM)
        return self.ended()

    def close(self) -> None:
        self.send(signal.SIGKILL)
        self._command.wait()
        os.close(self._pipe)


@pytest.fixture
def blog() -> Iterator[Serving]:
    """A blog with one post, an hour old."""
    with serve(Blog(title="Officers' Blog")) as serving:
        serving.blog.url = serving.origin
        serving.blog.add("An hour ago", at=datetime.now(UTC) - timedelta(hours=1), categories=["Housing"])
        yield serving


@pytest.fixture
def begin(blog: Serving, tmp_path: Path) -> Callable[..., Site]:
    """Makes a site whose weekly digest closed a few minutes ago, so that its edition is due."""

    def begun(mail: str = "", look_every: str = "1s", log: str = "plain", engine: str = "embedded") -> Site:
        closed = datetime.now(ZoneInfo(blog.blog.time_zone)) - timedelta(minutes=5)
        weekday = f"{closed:%a %H:%M}".lower()
        more = MORE.format(closes=weekday, mail=mail, port=free_port(), look_every=look_every, log=log)
        if engine != "embedded":
            more += f'[store]\nengine = "{engine}"\n'
        return Site.begun(tmp_path / "site", source=blog.origin, more=more)

    return begun


@pytest.fixture
def daemon() -> Iterator[Callable[..., Daemon]]:
    """Starts daemons, or other commands that run for good, and ends those that a test left behind."""
    started: list[Daemon] = []

    def start(site: Site, *words: str, environ: Mapping[str, str] | None = None) -> Daemon:
        started.append(Daemon(site, *words, environ=environ))
        return started[-1]

    yield start
    for one in started:
        one.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
