"""``audience``: logs in, numbers out, and a clear word for what can't be read."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from solacefeed.app import App
from solacefeed.composition.pages import served
from solacefeed.config import load
from tests.cli.prompt import WEEKLY, at, handed, well
from tests.readership.population import APPS, STATED, combined
from tests.support.site import Site

#: Two hours before the instant at which the site's clock stands.
AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
EDITION = "/digest/weekly/2026-11-23.html"


def a_log(folder: Path, readers: int = 3) -> Path:
    log = folder / "access.log"
    lines = [combined(f"192.0.2.{number}", AT, "/all.atom", APPS[0]) for number in range(readers)]
    lines += [combined("192.0.2.1", AT, EDITION, APPS[5]), combined("192.0.2.1", AT, "/wp-login.php", APPS[5])]
    lines += [combined("198.51.100.1", AT, "/all.rss", STATED["Feedly"][1].format(1200)), "what is this"]
    log.write_text("\n".join(lines))
    return log


def test_a_log_is_read_and_told_as_tables(done: Site) -> None:
    out = well(done, "audience", str(a_log(done.folder)))
    said = [line.split() for line in out.splitlines()]
    assert ["2026-11-23", "1", "1,200", "3", "0", "1"] in said
    assert ["all", "3", "1,200", "1,200", "3"] in said
    assert ["Feedly", "1,200"] in said
    assert ["digest/weekly/2026-11-23.html", "1", "2026-11-23", "2026-11-23"] in said
    assert out.endswith("audience: 7 lines: 5 counted over 1 day, 1 of other things, 1 unreadable\n")
    assert well(done, "audience") + out.splitlines()[-1] + "\n" == out


def test_programs_are_told_each_day(done: Site) -> None:
    told = at(done, "audience", str(a_log(done.folder)), "--json").data
    assert (told["logs"]["lines"], told["logs"]["counted"]) == (7, 5)
    assert {(each["path"], each["readers"]) for each in told["readership"]["by_day"]} == {
        *(("all.atom", 3), ("all.rss", 0), ("digest/weekly/2026-11-23.html", 1))
    }


def test_what_comes_in_is_read_too(done: Site) -> None:
    said = handed(done, a_log(done.folder).read_bytes(), "audience", "-")
    assert said.out.endswith("audience: 7 lines: 5 counted over 1 day, 1 of other things, 1 unreadable\n")


@pytest.mark.more
def test_our_own_server_counts_what_it_is_asked_where_the_config_wants_that(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    for wanted in ("false", "true"):
        pages = f'[web]\nbase_url = "http://localhost:{port}"\ncount_readers = {wanted}\n'
        site = Site.begun(tmp_path / wanted, source="sample:", more=WEEKLY + pages)
        well(site, "poll")
        well(site, "publish")
        base = App(load(site.folder / "config.toml", environ={}), as_of=None, folder=site.folder)
        with base.store() as store, served(base, store, listen=f"127.0.0.1:{port}"):
            for reader in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
                said = {"User-Agent": APPS[0], "X-Forwarded-For": reader}
                assert httpx.get(f"http://127.0.0.1:{port}/all.atom", headers=said).status_code == 200
        told = at(site, "audience", "--json").data["readership"]["by_day"]
        assert [(each["path"], each["readers"]) for each in told] == ([("all.atom", 2)] if wanted == "true" else [])


def test_where_nothing_is_counted_it_says_how_to(done: Site) -> None:
    assert well(done, "audience") == (
        "nothing is counted since 2026-10-27: give the web server's log, or set [web] count_readers for our own\n"
    )


def test_a_log_of_another_format_is_told(done: Site) -> None:
    log = done.folder / "syslog"
    log.write_text("Nov 23 06:00:00 host cron[1]: hello\n" * 3)
    said = at(done, "audience", str(log))
    assert (said.code, said.err) == (
        1,
        'solacefeed: no line could be read: let the web server write "combined", or Caddy its JSON\n',
    )


def test_an_empty_log_is_no_trouble(done: Site) -> None:
    (done.folder / "empty.log").touch()
    assert at(done, "audience", str(done.folder / "empty.log")).code == 0


def test_what_is_no_file_is_refused_before_anything_is_read(done: Site) -> None:
    for word in ("nowhere.log", str(done.folder)):
        said = at(done, "audience", str(a_log(done.folder)), word)
        assert (said.code, said.out) == (2, "")
    assert "nothing is counted" in well(done, "audience")
