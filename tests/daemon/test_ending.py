"""SIGTERM ends the daemon with 0 within half a minute, whatever is under way: here each thing that could hold it up."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from socket import create_connection, create_server, socket
from threading import Event

import pytest

from tests.daemon.conftest import PATIENCE, Daemon
from tests.daemon.test_daemon import listening, write
from tests.daemon.test_service_manager import Listener
from tests.mail.fake_relay import Relay
from tests.support.blog.server import Serving
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]


@pytest.mark.slow
def test_a_relay_that_says_nothing_after_the_dot_leaves_one_copy_uncertain_and_none_goes_twice(
    begin: Begin, daemon: Start
) -> None:
    in_hand = Event()

    def never_answers(wire: socket, over: Event) -> None:
        in_hand.set()
        over.wait(PATIENCE * 2)

    with Relay() as relay:
        relay.at("DOT", never_answers)
        one_connection = "[delivery]\nconnections = 1"
        site = begin(f'transport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n{one_connection}')
        one = daemon(site)
        assert in_hand.wait(PATIENCE)
        # RFC 5321 gives the relay ten minutes for it.
        assert one.end() == 0
        assert one.said.endswith("daemon: ended\n")
        assert "left where it was" not in one.said
        states = sorted(copy["state"] for copy in site.data("deliveries", "list"))
        assert states == ["pending", "pending", "uncertain"]
        two = daemon(site)
        two.until(r"^deliver: 2 accepted")
        assert two.end() == 0
        recipients = [command for command in relay.heard if command.startswith("RCPT")]
    assert len(recipients) == len(set(recipients)) == 3


@pytest.mark.slow
def test_a_deed_that_can_not_go_on_is_left_where_it_is_and_the_next_daemon_does_it(
    begin: Begin, daemon: Start, blog: Serving
) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db", timeout=PATIENCE)) as another:
        # Somebody holds the store for longer than a daemon may take to end.
        another.execute("BEGIN IMMEDIATE")
        write(blog, "Just now")
        requests = len(blog.requests)
        while len(blog.requests) < requests + 3 and one.runs:
            """It polls, and comes to where it wants to write."""
        one.send(signal.SIGTERM)
        assert one.ended() == 0
        another.rollback()
    assert "daemon: ended" in one.said
    two = daemon(site)
    two.until(r"^poll: 1 new, 0 changed, 0 gone$")
    two.until(r"^publish: ")
    assert two.end() == 0


def test_a_deed_that_waits_for_the_store_gives_up_and_ends_with_its_daemon(
    begin: Begin, daemon: Start, blog: Serving
) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db", timeout=PATIENCE)) as another:
        another.execute("BEGIN IMMEDIATE")
        write(blog, "Just now")
        one.until(r"the store is held by another program, which is waited for$")
        assert one.end() == 0
        another.rollback()
    assert "left where it was" not in one.said
    assert "database is locked" in one.said
    assert one.said.endswith("daemon: ended\n")


def test_an_answer_of_the_blog_without_end_is_left(begin: Begin, daemon: Start) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        site = begin()
        config = site.folder / "config.toml"
        there = f'url = "http://127.0.0.1:{silent.getsockname()[1]}"'
        lines = [there if line.startswith("url = ") else line for line in config.read_text().splitlines()]
        config.write_text("\n".join(lines) + "\n")
        one = daemon(site)
        wire, _ = silent.accept()
        with wire:
            wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n[")
            assert one.end() == 0
    assert "Traceback" not in one.said


def test_a_visitor_who_sends_a_form_for_ever_keeps_nobody(begin: Begin, daemon: Start) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    host, _, port = listening(site).partition(":")
    with create_connection((host, int(port)), timeout=PATIENCE) as wire:
        wire.sendall(b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nemail=")
        assert one.end() == 0
    assert one.said.endswith("daemon: ended\n")


def test_one_that_is_told_to_end_while_it_opens_its_store_ends_well(
    begin: Begin, daemon: Start, tmp_path: Path
) -> None:
    site = begin()
    site.told("poll")
    listener = Listener(str(tmp_path / "notify"))
    with (
        closing(listener),
        closing(sqlite3.connect(site.folder / "var" / "solacefeed.db", timeout=PATIENCE)) as another,
    ):
        another.execute("PRAGMA journal_mode = DELETE")
        another.execute("BEGIN EXCLUSIVE")
        one = daemon(site, environ={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert listener.next()["STATUS"] == "opens the store"
        one.send(signal.SIGTERM)
        another.rollback()
        assert one.ended() == 0
    assert one.said == "daemon: ended before it had begun\n"
