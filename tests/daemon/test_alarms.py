"""The daemon tells of troubles after its looks, and whoever is told outside holds up nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.daemon.conftest import Daemon
from tests.support.receiver import Receiver
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]

MONITORING = """
[monitoring]
heartbeat = "{0}/ping"
webhook = "{0}/hook"
examine = false
"""
LEFT_OUT = '[[subscribers]]\nemail = "dave@example.org"\ncategories = ["nonsense"]\n'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def watched(begin: Begin, receiver: Receiver, more: str = "") -> Site:
    site = begin(mail='operators = ["op@example.org"]')
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + MONITORING.format(receiver.origin) + more)
    return site


def test_the_heartbeat_is_fetched_after_each_good_look(begin: Begin, daemon: Start, receiver: Receiver) -> None:
    one = daemon(watched(begin, receiver))
    receiver.until("/ping", times=2)
    assert one.end() == 0
    assert set(receiver.paths) == {"/ping"}


def test_a_trouble_is_posted_and_mailed_once(begin: Begin, daemon: Start, receiver: Receiver) -> None:
    site = watched(begin, receiver, LEFT_OUT)
    one = daemon(site)
    one.until(r"^alarms: told of 1 trouble, and of 0 that are over$")
    receiver.until("/hook")
    receiver.until("/ping", times=2)
    assert one.end() == 0
    posts = [call.json for call in receiver.calls if call.path == "/hook"]
    (told,) = [each for each in posts if each["key"].startswith("audience:")]
    assert (told["state"], told["words"].partition(" is left out")[0]) == ("firing", "[[subscribers]] (an address)")
    # What is told together is one mail; what was told as the daemon ended is still to go.
    letters = [each for each in site.data("outbox", "list") if each["kind"] == "alarm"]
    assert len(letters) == len({each["at"] for each in posts})
    gone = [each for each in letters if each["state"] == "accepted"]
    assert len(list((site.folder / "var" / "mail").glob("alarm-*/*.eml"))) == len(gone) > 0


def test_one_that_never_answers_holds_up_neither_mail_nor_the_end(
    begin: Begin, daemon: Start, receiver: Receiver
) -> None:
    receiver.silent = True
    one = daemon(watched(begin, receiver, LEFT_OUT))
    one.until(r"^deliver: 3 accepted")
    receiver.until("/hook")
    assert one.end() == 0
    assert "Traceback" not in one.said
