"""SIGHUP: config and templates are read again if they are good, by deeds and pages alike; else all stays as it was."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from socket import socket
from threading import Event
from time import monotonic

import pytest

from solacefeed.daemon.running import QUIET_WITHIN
from tests.daemon.conftest import PATIENCE, Daemon
from tests.daemon.test_daemon import listening, mails, write
from tests.mail.fake_relay import Relay
from tests.support.blog.server import Serving
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]

TAKEN = r"^daemon: the config is read again; "
KEPT = r"^solacefeed: daemon: the config is not taken, and the one before stays; mend it, and reload$"


def change(site: Site, old: str, new: str) -> None:
    path = site.folder / "config.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def hints(site: Site) -> set[str]:
    # A poll that the order broke off is a trouble until the next one.
    return {each["key"] for each in json.loads(site.do("status", "--json").stdout)["hints"]}


def page(where: str, path: str = "/") -> str:
    with closing(HTTPConnection(where, timeout=PATIENCE)) as wire:
        wire.request("GET", path)
        return wire.getresponse().read().decode()


def test_deeds_and_pages_go_on_by_the_new_config_and_the_new_templates(begin: Begin, daemon: Start) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    own = site.folder / "mine"
    (own / "web").mkdir(parents=True)
    change(site, "[site]\n", '[site]\ntitle = "The Renamed Blog"\ntemplates = "mine"\n')
    change(site, 'look_every = "1s"', 'look_every = "2s"')
    assert "config-not-read" in hints(site)
    one.send(signal.SIGHUP)
    one.until(TAKEN + "polls every 1 s, looks for mail every 2 s")
    assert "config-not-read" not in hints(site)
    one.until(r"^publish: ")
    assert b"The Renamed Blog" in site.published()["all.atom"]
    assert "The Renamed Blog" in page(listening(site), "/index.html")
    assert one.end() == 0


def test_a_template_of_the_operators_is_read_again(begin: Begin, daemon: Start) -> None:
    site = begin()
    own = site.folder / "mine" / "site"
    own.mkdir(parents=True)
    change(site, "[site]\n", '[site]\ntemplates = "mine"\n')
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    shipped = Path(__file__).parents[2] / "templates" / "site" / "missing.html"
    (own / "missing.html").write_text(shipped.read_text().replace("</h1>", " (ours)</h1>"), encoding="utf-8")
    one.send(signal.SIGHUP)
    one.until(TAKEN)
    one.until(r"^publish: ")
    assert "(ours)</h1>" in page(listening(site), "/nothing.atom")
    (own / "missing.html").write_text("{{ nothing.there }}", encoding="utf-8")
    one.send(signal.SIGHUP)
    one.until(r"^solacefeed: templates: .*missing\.html, line 1: ")
    one.until(KEPT)
    assert "(ours)</h1>" in page(listening(site), "/nothing.atom")
    assert one.end() == 0


def test_a_template_that_breaks_while_it_is_used_is_told_once_and_so_is_that_it_works_again(
    begin: Begin, daemon: Start, blog: Serving
) -> None:
    site = begin()
    own = site.folder / "mine" / "site"
    own.mkdir(parents=True)
    shipped = (Path(__file__).parents[2] / "templates" / "site" / "feed.html").read_text()
    (own / "feed.html").write_text(shipped, encoding="utf-8")
    change(site, "[site]\n", '[site]\ntemplates = "mine"\n')
    one = daemon(site)
    # What is published with an edition is over.
    one.until(r"^deliver: 3 accepted$")
    (own / "feed.html").write_text("{{ nothing.there }}", encoding="utf-8")
    # Where nothing is new, a template that changed is a reason to publish.
    one.until(r"^solacefeed: .*feed\.html, line 1: ")
    for title in ("First", "Second"):
        # By looks after it, which publish too.
        blog.blog.add(title, at=datetime.now(UTC), categories=["Housing"])
        one.until(r"^poll: 1 new, ")
    (own / "feed.html").write_text(shipped, encoding="utf-8")
    one.until(r"^publish: works again$")
    assert one.said.count("feed.html, line 1: ") == 1
    assert one.end() == 0


def test_a_config_that_is_no_good_is_told_with_all_its_problems_and_the_old_one_stays(
    begin: Begin, daemon: Start, blog: Serving
) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    change(site, 'poll_every = "1s"', 'poll_evry = "1s"')
    change(site, 'closes = "', 'closes = "never ')
    one.send(signal.SIGHUP)
    one.until(r"^solacefeed: config\.toml:\d+: \[\[digests\]\] closes: ")
    one.until(r'^solacefeed: config\.toml:\d+: \[daemon\] poll_evry: unknown key; did you mean "poll_every"\?$')
    one.until(KEPT)
    write(blog, "Just now")
    one.until(r"^poll: 1 new, 0 changed, 0 gone$")
    one.until(r"^publish: ")
    assert one.end() == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[site]\n", '[store]\nurl = "sqlite:///other.db"\n[site]\n', "[store] url was changed"),
        ('listen = "127.0.0.1:', 'listen = "127.0.0.2:', "[web] listen was changed"),
        (
            "[site]\n",
            '[monitoring]\nlisten = "127.0.0.1:9"\n[site]\n',
            "[monitoring] listen was changed, which takes a restart: until then metrics and the operator's page are ",
        ),
        ('format = "plain"', 'format = "json"', "[log] was changed"),
    ],
)
def test_what_cant_change_while_it_runs_is_told_and_kept(
    begin: Begin, daemon: Start, blog: Serving, old: str, new: str, said: str
) -> None:
    site = begin()
    where = listening(site)
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    change(site, old, new)
    one.send(signal.SIGHUP)
    one.until(rf"^solacefeed: daemon: {re.escape(said)}")
    one.until(TAKEN)
    write(blog, "Just now")
    one.until(r"^poll: 1 new, 0 changed, 0 gone$")
    assert page(where, "/healthz") == "ok\n"
    assert one.end() == 0
    assert not (site.folder / "other.db").exists()


def test_an_edition_that_is_being_delivered_goes_on_with_the_new_config_and_no_copy_goes_twice(
    begin: Begin, daemon: Start
) -> None:
    in_hand, go = Event(), Event()

    def thinks(wire: socket, over: Event) -> None:
        in_hand.set()
        go.wait(PATIENCE)
        wire.sendall(b"250 2.0.0 queued\r\n")

    with Relay() as relay:
        relay.at("DOT", thinks)
        one_connection = "[delivery]\nconnections = 1"
        site = begin(f'transport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n{one_connection}')
        one = daemon(site)
        assert in_hand.wait(PATIENCE)
        change(site, '[[subscribers]]\nemail = "bob@example.org"\n', "")
        one.send(signal.SIGHUP)
        go.set()
        one.until(TAKEN)
        # What was taken up already goes; then the list is another one.
        one.until(r"1 reader ended, listed no more$")
        assert one.end() == 0
        recipients = re.findall(r"RCPT TO:<(\w+)@", "\n".join(relay.heard))
    assert sorted(recipients) == ["alice", "bob", "carol"]
    assert one.said.count("deliver: 3 accepted") == 1
    states = {each["subscriber"]["email"]: each["state"] for each in site.data("subscribers", "list")}
    assert states["bob@example.org"] == "ended"


def test_each_config_that_is_no_good_is_told_at_once_also_while_a_deed_takes_long_and_interrupts_none(
    begin: Begin, daemon: Start
) -> None:
    in_hand, go = Event(), Event()

    def thinks(wire: socket, over: Event) -> None:
        in_hand.set()
        go.wait(PATIENCE)
        wire.sendall(b"250 2.0.0 queued\r\n")

    with Relay() as relay:
        relay.at("DOT", thinks)
        one_connection = "[delivery]\nconnections = 1"
        site = begin(f'transport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n{one_connection}')
        one = daemon(site)
        assert in_hand.wait(PATIENCE)
        before = "poll_every"
        for wrong in ("poll_evry", "pol_every"):
            change(site, f"{before} =", f"{wrong} =")
            one.send(signal.SIGHUP)
            one.until(rf"^solacefeed: config\.toml:\d+: \[daemon\] {wrong}: unknown key")
            one.until(KEPT)
            before = wrong
        go.set()
        one.until(r"^deliver: 3 accepted$")
        assert "told to read the config again" not in one.said
        assert one.end() == 0


@pytest.mark.more
def test_a_deed_that_takes_long_keeps_its_config_to_its_end_and_then_the_new_one_is_taken(
    begin: Begin, daemon: Start
) -> None:
    in_hand, go = Event(), Event()

    def thinks(wire: socket, over: Event) -> None:
        in_hand.set()
        go.wait(PATIENCE)
        wire.sendall(b"250 2.0.0 queued\r\n")

    with Relay() as relay:
        relay.at("DOT", thinks)
        one_connection = "[delivery]\nconnections = 1"
        site = begin(f'transport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n{one_connection}')
        one = daemon(site)
        assert in_hand.wait(PATIENCE)
        change(site, 'poll_every = "1s"', 'poll_every = "2s"')
        one.send(signal.SIGHUP)
        asked = monotonic()
        one.until(r"^daemon: told to read the config again; deliver ends first what is in hand$")
        assert monotonic() - asked < QUIET_WITHIN / 2
        one.until(r"^daemon: the config is read again as soon as deliver is through$")
        go.set()
        one.until(TAKEN + "polls every 2 s")
        assert one.end() == 0


def test_the_rehearsed_mails_of_before_stand_as_they_were(begin: Begin, daemon: Start) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    for _ in range(3):
        one.send(signal.SIGHUP)
        one.until(TAKEN)
    assert one.end() == 0
    assert len(mails(site)) == 3
