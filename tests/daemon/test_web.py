"""`solacefeed web` serves the pages and the documents of a site, whose deeds are somebody else's, and ends well."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from socket import create_server

import pytest

from solacefeed import files, tokens
from solacefeed.store import documents, facts
from solacefeed.store.database import open_store
from tests.daemon.conftest import PATIENCE, Daemon
from tests.daemon.test_daemon import ask, listening, mails
from tests.daemon.test_reading_again import change, hints
from tests.support.site import Site

Start = Callable[..., Daemon]
Begin = Callable[..., Site]


def status(where: str, path: str) -> tuple[int, str]:
    with closing(HTTPConnection(where, timeout=PATIENCE)) as wire:
        wire.request("GET", path)
        answer = wire.getresponse()
        return answer.status, answer.read().decode()


def test_it_serves_what_the_daemon_beside_it_publishes_and_takes_who_leaves(begin: Begin, daemon: Start) -> None:
    site = begin()
    where = listening(site)
    deeds = daemon(site, "daemon", "--no-pages")
    deeds.until(r"^deliver: 3 accepted$")
    assert "serves pages" not in deeds.said
    web = daemon(site, "web")
    web.until(rf"^web: serves http://{where} and \S+ on {where}$")
    assert status(where, "/healthz") == (200, "ok\n")
    assert status(where, "/all.atom")[1].encode() == site.published()["all.atom"]
    assert status(where, "/all.json")[1].encode() == site.published()["all.json"]
    with closing(open_store(f"sqlite:///{site.folder}/var/solacefeed.db", create=False)) as store:
        own = status(where, f"/my/{tokens.for_feed(2, 0, (facts.signing_key(store),))}.atom")
    assert (own[0], own[1].count("<entry>")) == (200, 1)
    (alices,) = (path for path in mails(site) if path.name.startswith("alice"))
    found = re.search(rb"^List-Unsubscribe: .*<http://[^/]+(/[^>]+)>", alices.read_bytes(), re.M)
    assert found
    assert ask("POST", where, found[1].decode()) == (200, "You are unsubscribed")
    assert web.end() == 0
    assert web.said.endswith("web: ending\nweb: ended\n")
    assert deeds.end() == 0
    states = {each["subscriber"]["email"]: each["state"] for each in site.data("subscribers", "list")}
    assert states["alice@example.org"] == "ended"


def test_where_feeds_and_pages_stand_at_one_address_it_is_told_once(begin: Begin, daemon: Start) -> None:
    site = begin()
    where = listening(site)
    config = site.folder / "config.toml"
    config.write_text(re.sub('base_url = ".*"', f'base_url = "http://{where}"', config.read_text(encoding="utf-8")))
    web = daemon(site, "web")
    web.until(rf"^web: serves http://{where} on {where}$")
    assert web.end() == 0


def test_who_leaves_where_no_daemon_runs_stays_away_from_a_backup_that_is_brought_back(
    begin: Begin, daemon: Start
) -> None:
    site = begin()
    for deed in ("poll", "prepare", "deliver"):
        site.do(deed)
    site.do("backup", "kept.db")
    web = daemon(site, "web")
    web.until(r"^web: serves ")
    (alices,) = (path for path in mails(site) if path.name.startswith("alice"))
    found = re.search(rb"^List-Unsubscribe: .*<http://[^/]+(/[^>]+)>", alices.read_bytes(), re.M)
    assert found
    assert ask("POST", listening(site), found[1].decode()) == (200, "You are unsubscribed")
    assert web.end() == 0
    site.do("restore", "kept.db")
    site.do("adopt", "--yes")
    states = {each["subscriber"]["email"]: each["state"] for each in site.data("subscribers", "list")}
    assert states["alice@example.org"] == "ended"


def test_what_was_published_and_is_not_any_more_is_gone(begin: Begin, daemon: Start) -> None:
    site = begin()
    site.do("poll")
    site.do("publish")
    # As publish does it when nothing stands in a feed any longer.
    with closing(open_store(f"sqlite:///{site.folder}/var/solacefeed.db", create=False)) as store:
        with store.write() as connection:
            documents.forget(connection, ["category/housing.rss"], at=datetime.now(UTC))
        files.remove_file(site.feeds, "category/housing.rss")
    where = listening(site)
    web = daemon(site, "web")
    web.until(r"^web: serves ")
    gone, never = status(where, "/category/housing.rss"), status(where, "/category/hounsing.rss")
    assert (gone[0], "<h1>This is gone</h1>" in gone[1]) == (410, True)
    assert (never[0], "<h1>There is no such page</h1>" in never[1]) == (404, True)
    site.do("publish", "--all")
    assert status(where, "/category/housing.rss")[0] == 200
    assert web.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_that_it_has_not_read_a_changed_config_is_told_while_it_runs(
    begin: Begin, daemon: Start, number: signal.Signals
) -> None:
    site = begin()
    site.do("poll")
    web = daemon(site, "web")
    web.until(r"^web: serves ")
    assert "config-not-read" not in hints(site)
    change(site, "[site]\n", '[site]\ntitle = "The Renamed Blog"\n')
    (told,) = (each for each in site.data("status")["hints"] if each["key"] == "config-not-read")
    assert told["words"].startswith("the config's file was changed since it was read, by `solacefeed web` on ")
    assert told["ends_by"] == "`solacefeed check`, then a restart of `solacefeed web`"
    web.send(number)
    web.ended()
    assert "config-not-read" not in hints(site)
    # What the one that was killed has left is no word of the next.
    again = daemon(site, "web")
    again.until(r"^web: serves ")
    assert "config-not-read" not in hints(site)
    assert again.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(begin: Begin, daemon: Start, number: signal.Signals) -> None:
    web = daemon(begin(), "web")
    web.until(r"^web: serves ")
    web.send(number)
    assert web.ended() == 0
    assert "Traceback" not in web.said


LISTEN, BASE = r'listen = ".*"\n', r'\[web\]\nbase_url = ".*"\n'


@pytest.mark.parametrize(
    ("taken_out", "words", "said"),
    [
        (LISTEN, ["web"], '[web] listen is missing: write listen = "127.0.0.1:8025", or say --listen HOST:PORT'),
        (
            BASE + LISTEN,
            ["web"],
            "[web] base_url is missing, and every link to our pages is made of it: write it into the config",
        ),
        ("", ["web", "--listen", "nowhere"], '--listen nowhere: must be HOST:PORT, such as "127.0.0.1:8025"'),
        (
            "",
            ["web", "--as-of", "2026-11-23T08:00Z"],
            "our pages live by the real clock: take as_of out of the config, or --as-of off the command",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_line(
    begin: Begin, daemon: Start, taken_out: str, words: list[str], said: str
) -> None:
    site = begin()
    config = site.folder / "config.toml"
    config.write_text(re.sub(taken_out, "", config.read_text(), count=1))
    web = daemon(site, *words)
    assert web.ended() == 2
    assert web.said == f"solacefeed: {said}\n"


def test_a_port_that_is_taken_is_said_and_another_may_be_named(begin: Begin, daemon: Start) -> None:
    site = begin()
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        web = daemon(site, "web", "--listen", f"127.0.0.1:{port}")
        assert web.ended() == 2
        assert web.said == f"solacefeed: [web] listen: 127.0.0.1:{port} can't be listened on: address already in use\n"
