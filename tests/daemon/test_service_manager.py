"""systemd is told how the daemon stands, and gets a sign of life only while its looks go on."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from solacefeed.daemon.progress import STUCK_AFTER, LookProgress
from solacefeed.daemon.service_manager import ServiceManager
from tests.daemon.conftest import PATIENCE, Daemon
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]


class Listener:
    """What systemd would hear at *address*."""

    def __init__(self, address: str) -> None:
        self._wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._wire.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._wire.settimeout(PATIENCE)

    def next(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self._wire.recv(4096).decode().split("\n"))

    def until(self, name: str) -> dict[str, str]:
        while name not in (told := self.next()):
            pass
        return told

    def close(self) -> None:
        self._wire.close()


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@solacefeed-{os.getpid()}"


@pytest.fixture
def listener(address: str) -> Iterator[Listener]:
    made = Listener(address)
    yield made
    made.close()


def test_it_is_ready_when_it_serves_and_says_what_it_does_and_when_it_ends(
    begin: Begin, daemon: Start, listener: Listener, address: str
) -> None:
    site = begin()
    one = daemon(site, environ={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "300000"})
    opening = listener.next()
    assert (opening["EXTEND_TIMEOUT_USEC"], opening["STATUS"]) == ("60000000", "opens the store")
    ready = listener.until("READY")
    assert ready["STATUS"].startswith("polls every 1 s, looks for mail every 1 s and writes it to ")
    where = re.search('listen = "(.*):(.*)"', (site.folder / "config.toml").read_text())
    assert where
    socket.create_connection((where[1], int(where[2])), timeout=PATIENCE).close()
    assert listener.until("WATCHDOG") == listener.until("WATCHDOG") == {"WATCHDOG": "1"}
    assert re.search(
        r"; last .*deliver at \d\d:\d\d UTC", listener.until("STATUS")["STATUS"] + until_delivered(listener)
    )
    one.send(signal.SIGHUP)
    reloading = listener.until("RELOADING")
    assert int(reloading["MONOTONIC_USEC"]) > 0
    assert listener.until("READY")["READY"] == "1"
    one.send(signal.SIGTERM)
    assert listener.until("STOPPING")["STATUS"] == "ends after the copies in hand"
    assert one.ended() == 0


def until_delivered(listener: Listener) -> str:
    while "deliver at" not in (status := listener.until("STATUS")["STATUS"]):
        pass
    return status


def test_the_pages_alone_say_when_they_are_served(
    begin: Begin, daemon: Start, listener: Listener, address: str
) -> None:
    web = daemon(begin(), "web", environ={"NOTIFY_SOCKET": address})
    assert listener.until("READY")["STATUS"].startswith("serves http://")
    assert web.end() == 0
    assert "STOPPING" in listener.until("STOPPING")


def test_where_nobody_listens_nothing_is_amiss(tmp_path: Path) -> None:
    gone = ServiceManager(str(tmp_path / "gone"))
    gone.ready("here")
    with gone.patient("opens the store"):
        gone.alive()
    ServiceManager().stopping("ends")


def test_a_status_is_one_line_and_says_nothing_else(listener: Listener, address: str) -> None:
    ServiceManager(address).status("a blog\nREADY=1")
    assert listener.next() == {"STATUS": "a blog READY=1"}


@pytest.mark.parametrize(
    ("environ", "every"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "often"}, None),
    ],
)
def test_a_watchdog_that_is_anothers_gets_no_sign(environ: dict[str, str], every: float | None) -> None:
    assert ServiceManager.of(environ, 7).watch_every == every


class Hand:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_deed_goes_on_for_as_long_as_it_makes_steps() -> None:
    hand = Hand()
    progress = LookProgress(hand)
    with progress.doing("publish"):
        for _ in range(10):
            hand.now += STUCK_AFTER
            assert progress.stuck() is None
            progress.step()
        hand.now += STUCK_AFTER + 1
        assert progress.stuck() == "publish made no step for 15 min"
        progress.step()
        assert progress.stuck() is None
    hand.now += 10 * STUCK_AFTER
    assert progress.stuck() is None


def test_what_another_thread_does_is_no_step_of_a_deed() -> None:
    hand = Hand()
    progress, at_work, go = LookProgress(hand), Event(), Event()

    def stuck() -> None:
        with progress.doing("deliver"):
            at_work.set()
            go.wait(PATIENCE)

    thread = Thread(target=stuck)
    thread.start()
    assert at_work.wait(PATIENCE)
    hand.now += STUCK_AFTER + 1
    progress.step()
    assert progress.stuck() == "deliver made no step for 15 min"
    go.set()
    thread.join()


def test_a_look_that_is_not_begun_when_its_time_comes_is_told() -> None:
    hand = Hand()
    progress = LookProgress(hand)
    with progress.looking("at the mail", every=60):
        hand.now += 10 * STUCK_AFTER
        assert progress.stuck() is None
    hand.now += 60 + STUCK_AFTER
    assert progress.stuck() is None
    hand.now += 1
    assert progress.stuck() == "the look at the mail was not begun when its time came"
