"""The daemon does each deed when it is due, says what is news, and ends well."""

from __future__ import annotations

import re
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server, socket
from threading import Event
from urllib.parse import urlencode, urlsplit

import pytest

from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.sign_up import ask as ask_on_form
from solacefeed.models.people import Actor
from solacefeed.models.sign_ups import NewSignUp, SignUpKind, Wish
from solacefeed.store import erasing, subscribers
from solacefeed.store.database import open_store
from tests.daemon.conftest import PATIENCE, Daemon
from tests.mail.fake_relay import Relay
from tests.support.blog import faults
from tests.support.blog.server import Serving
from tests.support.bounced_mail import by_hand
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]


def write(blog: Serving, title: str) -> None:
    blog.blog.add(title, at=datetime.now(UTC), categories=["Housing"])


def mails(site: Site) -> list[Path]:
    return sorted((site.folder / "var" / "mail").rglob("*.eml"))


def listening(site: Site) -> str:
    """Where the site's pages are served."""
    found = re.search('listen = "(.*)"', (site.folder / "config.toml").read_text(encoding="utf-8"))
    assert found
    return found[1]


def test_it_polls_publishes_and_delivers_what_is_due_and_then_what_is_new(
    begin: Begin, daemon: Start, blog: Serving
) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^daemon: polls every 1 s, looks for mail every 1 s and writes it to \S+mail, ")
    one.until(rf"serves pages on {listening(site)}$")
    one.until(r"^deliver: 3 accepted$")
    assert "poll: 1 new, 0 changed, 0 gone" in one.said
    assert re.search(r"^publish: 2 feeds of 1 posts; \d+ files changed, 0 removed$", one.said, re.M)
    assert re.search(r"^prepare: weekly/\S+ with 1 post in 1 variant for 3 subscribers$", one.said, re.M)
    assert len(mails(site)) == 3
    write(blog, "Just now")
    one.until(r"^poll: 1 new, 0 changed, 0 gone$")
    one.until(r"^publish: 2 feeds of 2 posts; \d+ files changed, 0 removed$")
    assert b"Just now" in site.published()["category/housing.atom"]
    assert one.end() == 0
    assert one.said.endswith("daemon: ending\ndaemon: ended\n")
    assert len(mails(site)) == 3


def test_it_says_nothing_where_there_is_no_news(begin: Begin, daemon: Start, blog: Serving) -> None:
    one = daemon(begin())
    one.until(r"^deliver: 3 accepted$")
    for number in range(3):
        write(blog, f"Number {number}")
        one.until(r"^publish: .*\n")
    assert one.end() == 0
    assert one.said.count("deliver: ") == one.said.count("prepare: ") == 1
    assert "0 new, 0 changed" not in one.said


def test_a_reader_who_is_left_out_is_told_of_once_and_the_others_get_theirs(
    begin: Begin, daemon: Start, blog: Serving
) -> None:
    site = begin()
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + 'categories = ["cooking"]\n')
    one = daemon(site)
    one.until(r"^deliver: 2 accepted$")
    for number in range(3):
        write(blog, f"Number {number}")
        one.until(r"^publish: .*\n")
    assert one.end() == 0
    assert one.said.count("[[subscribers]] (an address) is left out: the blog has no category cooking") == 1
    assert "carol@example.org is left out" in site.do("status").stdout, "whose it is the operator is told at the prompt"


def test_its_log_names_nobody(begin: Begin, daemon: Start) -> None:
    site = begin()
    one = daemon(site, "daemon", "-v")
    one.until(r"^deliver: 3 accepted$")
    signs_up(site, "eve@example.org")
    one.until(r"^deliver: 0 accepted; 1 accepted of the outbox$")
    assert one.end() == 0
    config = site.folder / "config.toml"
    of_nobody = 'categories = ["cooking"]\n'
    config.write_text(f'{config.read_text()}{of_nobody}[[subscribers]]\nemail = "frank@example.org"\n{of_nobody}')
    two = daemon(site)
    two.until(r"^solacefeed: \[\[subscribers\]\] \(an address\) is left out: the blog has no category cooking; ")
    two.until(r"^solacefeed: \[\[subscribers\]\] subscriber 3 keeps the choice there was: ")
    assert two.end() == 0
    assert [line for line in (one.said + two.said).splitlines() if "@" in line] == []


def test_what_came_back_is_read_by_each_look_for_mail_and_a_server_that_is_away_holds_nothing_up(
    begin: Begin, daemon: Start
) -> None:
    site = begin()
    (site.folder / "bounces" / "new").mkdir(parents=True)
    config = site.folder / "config.toml"
    away = 'imap = "127.0.0.1"\ntls = "none"\nport = 1\nusername = "bounces"\npassword_file = "secret"\n'
    text = config.read_text().replace("[web]", f'[bounces]\nmaildir = "bounces"\n{away}[web]', 1)
    config.write_text(text)
    (site.folder / "secret").write_text("swordfish")
    (site.folder / "secret").chmod(0o600)
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    (site.folder / "bounces" / "new" / "1.host").write_bytes(by_hand("May I have the paper?"))
    one.until(r"^bounces: 1 to be read by you$")
    assert one.end() == 0
    assert one.said.count("bounces-imap: 127.0.0.1:1: ") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(begin: Begin, daemon: Start, number: signal.Signals) -> None:
    one = daemon(begin())
    one.until(r"^daemon: polls every .*\n")
    one.send(number)
    assert one.ended() == 0
    assert one.said.endswith("daemon: ended\n")
    assert "Traceback" not in one.said


def test_the_copy_in_hand_is_finished_before_it_ends_and_the_others_wait(
    begin: Begin, daemon: Start, blog: Serving
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
        for number in range(2):
            write(blog, f"Meanwhile {number}")
            one.until(r"^publish: .*\n")
        one.send(signal.SIGTERM)
        one.until(r"^daemon: ending\n")
        assert one.runs
        go.set()
        assert one.ended() == 0
    assert "deliver: 1 accepted\n" in one.said
    assert "maximum number of running instances" not in one.said
    states = sorted(copy["state"] for copy in site.data("deliveries", "list"))
    assert states == ["accepted", "pending", "pending"]


def test_the_next_daemon_delivers_the_rest_and_nothing_twice(begin: Begin, daemon: Start) -> None:
    in_hand = Event()

    def never_answers(wire: socket, over: Event) -> None:
        in_hand.set()
        over.wait(PATIENCE)

    with Relay() as relay:
        relay.at("DOT", "250 2.0.0 queued", never_answers)
        one_connection = "[delivery]\nconnections = 1"
        site = begin(f'transport = "smtp"\nhost = "127.0.0.1"\nport = {relay.port}\ntls = "none"\n{one_connection}')
        first = daemon(site)
        assert in_hand.wait(PATIENCE)
        first.send(signal.SIGKILL)
        assert first.ended() == -signal.SIGKILL
        second = daemon(site)
        second.until(r"^deliver: 1 accepted, 1 uncertain$")
        assert second.end() == 0
        recipients = [command for command in relay.heard if command.startswith("RCPT")]
    assert len(recipients) == len(set(recipients)) == 3
    states = sorted(copy["state"] for copy in site.data("deliveries", "list"))
    assert states == ["accepted", "accepted", "uncertain"]


def test_a_blog_that_is_away_is_one_line_and_comes_back(begin: Begin, daemon: Start, blog: Serving) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    before = site.published()
    blog.faults.add(faults.status(503))
    complaint = one.until(r"^solacefeed: .*503.*\n")
    assert "Traceback" not in complaint[0]
    assert site.published() == before
    write(blog, "Back again")
    blog.faults.clear()
    one.until(r"^poll: 1 new, 0 changed, 0 gone$")
    assert one.end() == 0


def test_a_bug_in_a_look_keeps_its_traceback_and_does_not_end_it(begin: Begin, daemon: Start, blog: Serving) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    (notes,) = swap_notes(site, "{")
    one.until(r"^a look failed\nTraceback ")
    swap_notes(site, notes)
    write(blog, "Mended")
    one.until(r"^poll: 1 new, 0 changed, 0 gone$")
    assert one.end() == 0


def swap_notes(site: Site, notes: str) -> tuple[str]:
    """Writes *notes* where the source keeps its own, and gives back what stood there."""
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db", timeout=PATIENCE)) as database:
        before: tuple[str] = database.execute("SELECT memory FROM sources").fetchone()
        database.execute("UPDATE sources SET memory = ?", (notes,))
        database.commit()
    return before


def test_its_page_ends_a_subscription_by_the_link_of_a_mail(begin: Begin, daemon: Start) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    (alices,) = (path for path in mails(site) if path.name.startswith("alice"))
    found = re.search(rb"^List-Unsubscribe: .*<(http://[^>]+)>", alices.read_bytes(), re.M)
    assert found
    link = urlsplit(found[1].decode())
    assert link.netloc == listening(site)
    assert ask("GET", link.netloc, link.path) == (200, "Unsubscribe?")
    assert ask("POST", link.netloc, link.path) == (200, "You are unsubscribed")
    assert ask("GET", link.netloc, "/index.html") == (200, "Follow in a feed reader")
    assert ask("GET", link.netloc, "/nothing") == (404, "There is no such page")
    assert one.end() == 0
    states = {each["subscriber"]["email"]: each["state"] for each in site.data("subscribers", "list")}
    assert states == {"alice@example.org": "ended", "bob@example.org": "confirmed", "carol@example.org": "confirmed"}
    assert link.path.rpartition("/")[2] not in one.said


def test_what_is_asked_on_a_form_is_answered_at_once_however_far_the_next_look_is(begin: Begin, daemon: Start) -> None:
    site = begin(look_every="1d")
    one = daemon(site)
    one.until(r"^publish: ")
    signs_up(site, "dan@example.org")
    one.until(r"^answer: 1 letter to who asked, 0 dropped$")
    one.until(r"^deliver: 0 accepted; 1 accepted of the outbox$")
    assert one.end() == 0
    assert [path.name for path in mails(site) if path.name.startswith("dan")] == ["dan@example.org.eml"]


def test_each_letter_is_told_once_whoever_wakes_the_daemon_meanwhile(begin: Begin, daemon: Start) -> None:
    site = begin()
    one = daemon(site)
    one.until(r"^deliver: 3 accepted$")
    for who in ("dan", "eve"):
        signs_up(site, f"{who}@example.org")
        one.until(r"^deliver: 0 accepted; \d accepted of the outbox$")
        (letter,) = (path for path in mails(site) if path.name.startswith(who))
        press(listening(site), link_in(letter, "confirm"))
        one.until(r"^deliver: 0 accepted; \d accepted of the outbox$")
    assert one.end() == 0
    told = sum(int(count) for count in re.findall(r"(\d+) accepted of the outbox", one.said))
    letters = [each["state"] for each in site.data("outbox", "list")]
    assert (letters, told) == (["accepted"] * 4, 4)
    assert len(mails(site)) == 3 + 4


def signs_up(site: Site, email: str) -> None:
    """By another process than the daemon's, as `solacefeed web` is one."""
    kept = site.folder / "var"
    store, key = open_store(f"sqlite:///{kept / 'solacefeed.db'}"), FingerprintKey(path=kept / "fingerprint.key")
    ask_on_form(
        store,
        lambda: datetime.now(UTC),
        key,
        NewSignUp(kind=SignUpKind.SUBSCRIBE, email=email, wishes=(Wish(digest="weekly"),)),
        None,
    )
    store.close()


def link_in(path: Path, page: str) -> str:
    """The path of the link to one of our pages in a mail."""
    part = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default).get_body(("plain",))
    assert part is not None
    found = re.search(rf"/{page}/\S+", str(part.get_content()))
    assert found
    return found[0]


def press(where: str, path: str) -> None:
    """Opens a page and presses its button."""
    with closing(HTTPConnection(where, timeout=PATIENCE)) as wire:
        wire.request("GET", path)
        token = re.search('name="form" value="([^"]+)"', wire.getresponse().read().decode())
        assert token
        wire.request("POST", path, urlencode({"form": token[1]}), {"Content-Type": "application/x-www-form-urlencoded"})
        answer = wire.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)


def ask(method: str, where: str, path: str) -> tuple[int, str]:
    """The status and the heading of a page."""
    with closing(HTTPConnection(where, timeout=PATIENCE)) as wire:
        wire.request(method, path)
        answer = wire.getresponse()
        heading = re.search("<h1>(.*)</h1>", answer.read().decode())
        assert heading
        return answer.status, heading[1]


def test_who_asked_to_be_erased_goes_also_where_there_is_no_digest_any_more(begin: Begin, daemon: Start) -> None:
    site = begin()
    site.told("subscribers", "add", "dora@example.org")
    with (
        closing(open_store(f"sqlite:///{site.folder / 'var' / 'solacefeed.db'}")) as store,
        store.write() as connection,
    ):
        dora = subscribers.find(connection, "dora@example.org")
        assert dora is not None
        erasing.mark(connection, dora.id, at=datetime.now(UTC), by=Actor.READER)
    path = site.folder / "config.toml"
    config = path.read_text(encoding="utf-8")
    before, _, rest = config.partition("[[digests]]")
    path.write_text(
        before + "[daemon]" + rest.partition("[daemon]")[2].partition("[[subscribers]]")[0], encoding="utf-8"
    )
    daemon(site).until(r"^erase: 1 person is gone")


def test_a_port_that_is_taken_is_one_line_before_anything_is_done(begin: Begin, daemon: Start, blog: Serving) -> None:
    site = begin()
    host, _, port = listening(site).partition(":")
    with create_server((host, int(port))):
        one = daemon(site)
        assert one.ended() == 2
    assert one.said == f"solacefeed: [web] listen: {host}:{port} can't be listened on: address already in use\n"
    assert blog.requests == []
