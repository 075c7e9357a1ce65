"""A signal ends a command that cron calls: mail in hand is finished, and all else is broken off."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from socket import create_server, socket
from threading import Event
from time import monotonic

import pytest

from tests.daemon.conftest import PATIENCE, Daemon
from tests.mail.fake_relay import Relay
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]

_ONE_CONNECTION = "[delivery]\nconnections = 1"

SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@SIGNALS
@pytest.mark.parametrize("command", ["deliver", "run"])
def test_the_copy_in_hand_is_finished_and_no_copy_is_in_doubt_or_goes_twice(
    begin: Begin, daemon: Start, number: signal.Signals, command: str
) -> None:
    in_hand, go = Event(), Event()

    def thinks(wire: socket, over: Event) -> None:
        in_hand.set()
        go.wait(PATIENCE)
        wire.sendall(b"250 2.0.0 queued\r\n")

    with Relay() as relay:
        relay.at("DOT", thinks)
        site = begin(f'transport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n{_ONE_CONNECTION}')
        for deed in ("poll", "prepare"):
            site.told(deed)
        one = daemon(site, command)
        assert in_hand.wait(PATIENCE)
        one.send(number)
        assert one.runs
        go.set()
        assert one.ended() == 1
        assert "Traceback" not in one.said
        assert one.said.endswith("solacefeed: broken off; what was done before stays done\n")
        states = [copy["state"] for copy in site.data("deliveries", "list")]
        assert "accepted" in states
        assert set(states) <= {"accepted", "pending"}
        site.told("deliver")
        assert len(relay.taken) == 3


@pytest.mark.slow
def test_whoever_holds_the_store_for_minutes_holds_up_no_command_that_is_to_end(begin: Begin, daemon: Start) -> None:
    in_hand, go = Event(), Event()

    def thinks(wire: socket, over: Event) -> None:
        in_hand.set()
        go.wait(PATIENCE)
        wire.sendall(b"250 2.0.0 queued\r\n")

    with Relay() as relay:
        relay.at("DOT", thinks)
        site = begin(f'transport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n{_ONE_CONNECTION}')
        for deed in ("poll", "prepare"):
            site.told(deed)
        one = daemon(site, "deliver")
        assert in_hand.wait(PATIENCE)
        with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db", timeout=PATIENCE)) as another:
            another.execute("BEGIN IMMEDIATE")
            go.set()
            one.send(signal.SIGTERM)
            # Each of its writes alone would wait for half a minute.
            assert one.ended() == 1
            another.rollback()
        # It ended by itself, and was not broken off where it was.
        assert "database is locked" in one.said.splitlines()[-1]
        site.told("deliver")
        states = sorted(copy["state"] for copy in site.data("deliveries", "list"))
        # What the relay had said stands in the log beside the store, which nobody held.
        assert states == ["accepted", "accepted", "accepted"]
        assert len(relay.taken) == 3


def test_web_waits_at_its_end_for_nobody_who_holds_the_store_for_long(begin: Begin, daemon: Start) -> None:
    site = begin()
    site.told("poll")
    one = daemon(site, "web")
    one.until(r"^web: serves ")
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db", timeout=PATIENCE)) as another:
        another.execute("BEGIN IMMEDIATE")
        began = monotonic()
        assert one.end() == 0
        # What it writes at its end alone would wait for half a minute.
        assert monotonic() - began < 20
        another.rollback()
    assert one.said.endswith("web: ended\n")


@pytest.mark.more
def test_a_command_that_waits_for_the_store_is_broken_off_there(begin: Begin, daemon: Start) -> None:
    site = begin()
    site.told("poll")
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db", timeout=PATIENCE)) as another:
        another.execute("BEGIN IMMEDIATE")
        one = daemon(site, "poll")
        one.until(r"the store is held by another program, which is waited for$")
        began = monotonic()
        assert one.end() == 1
        assert monotonic() - began < 20
        another.rollback()
    assert one.said.endswith("solacefeed: broken off; what was done before stays done\n")


_WAITING = """
import sqlite3, sys, threading
from solacefeed.signals import ended_by_signals
one, two = (sqlite3.connect(sys.argv[1], timeout=600, isolation_level=None) for _ in range(2))
one.execute("BEGIN IMMEDIATE")
with ended_by_signals(threading.Event(), within=0.1, last_words="gone where it was"):
    print("waits", flush=True)
    two.execute("BEGIN IMMEDIATE")
"""


@SIGNALS
def test_a_signal_is_heard_also_while_a_database_is_waited_for(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", _WAITING, str(tmp_path / "held.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        assert waiting.stdout.readline() == "waits\n"
        waiting.send_signal(number)
        _, said = waiting.communicate(timeout=PATIENCE)
    assert said == "gone where it was\n"
    assert waiting.returncode == 1


@SIGNALS
def test_a_command_that_hands_nothing_over_is_broken_off_in_one_line(
    begin: Begin, daemon: Start, number: signal.Signals
) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        site = begin()
        config = site.folder / "config.toml"
        lines = config.read_text().splitlines()
        there = f'url = "http://127.0.0.1:{silent.getsockname()[1]}"'
        config.write_text("\n".join(there if line.startswith("url = ") else line for line in lines) + "\n")
        one = daemon(site, "poll")
        wire, _ = silent.accept()
        with wire:
            one.send(number)
            assert one.ended() == 1
    assert one.said.endswith("solacefeed: broken off; what was done before stays done\n")
    assert "Traceback" not in one.said
