"""``doctor``: what a site stands on, asked for with real questions to servers of our own on the loopback."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from solacefeed.app import App
from solacefeed.composition.doctor import Doctor
from solacefeed.composition.pages import put_together
from solacefeed.config import load
from solacefeed.deeds.upkeep.daily_checks import look
from solacefeed.deeds.upkeep.doctor.examinations import FindingLevel
from solacefeed.dns_client.lookup import Lookup
from solacefeed.store.database import open_store
from solacefeed.web.server import serving as served_by_us
from tests.cli.prompt import PEOPLE, WEEKLY, Said, at, files, rehearsed, set_line, typed, well
from tests.mail.fake_imap import FakeImap
from tests.mail.fake_relay import Relay
from tests.support.blog.server import Serving
from tests.support.databases import Databases
from tests.support.fakes import SettableClock
from tests.support.name_server import NameServer, txt
from tests.support.postgres import address_of
from tests.support.site import Site, copied_site
from tests.support.standby import paired

#: Nobody listens there: a port that only the system gives out, and gives to nobody here.
NOBODY = "http://127.0.0.1:1"

PARTS = {
    "config": {"advice", "templates"},
    "store": {"database", "locks"},
    "machine": {"files", "disk", "zones", "clock"},
    "web": {"source", "feeds", "pages"},
    "mail": {"relay", "imap"},
    "dns": {"resolver", "spf", "dkim", "dmarc", "mx"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A site whose relay, name server, mailbox of bounces, blog and web server are all there, and all well."""

    site: Site
    relay: Relay
    names: NameServer
    imap: FakeImap

    def doctor(self, *words: str) -> Said:
        return at(self.site, "doctor", "--resolver", self.names.address, *words)

    def found(self) -> dict[str, list[tuple[str, str]]]:
        """Level and words of what each examination has found."""
        said = self.doctor("--json")
        return found_in(said)


def found_in(said: Said) -> dict[str, list[tuple[str, str]]]:
    told: list[dict[str, Any]] = said.data["examinations"]
    return {each["name"]: [(one["level"], one["words"]) for one in each["findings"]] for each in told}


def bad(found: dict[str, list[tuple[str, str]]]) -> dict[str, list[str]]:
    """What is not in order, by its examination."""
    return {name: [words for level, words in each if level != "ok"] for name, each in found.items() if not_ok(each)}


def not_ok(findings: list[tuple[str, str]]) -> bool:
    return any(level != "ok" for level, _ in findings)


RECORDS = {
    ("example.org", "TXT"): [txt("v=spf1 ip4:192.0.2.0/24 -all")],
    ("example.org", "MX"): ["10 mx.example.org."],
    ("mx.example.org", "A"): ["192.0.2.1"],
    ("_dmarc.example.org", "TXT"): [txt("v=DMARC1; p=reject; rua=mailto:dmarc@example.org")],
}
MAIL = """
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
tls = "none"
reply_to = "editor@example.org"
return_path = "bounces@example.org"
"""
MORE = """
[bounces]
imap = "127.0.0.1"
port = {port}
tls = "none"
username = "bounces"
password_file = "imap-password"
[dkim]
domain = "example.org"
rsa_key_file = "var/dkim/solacefeed-rsa.pem"
ed25519_key_file = "var/dkim/solacefeed-ed25519.pem"
[web]
base_url = "{web}"
"""


@pytest.fixture(scope="session")
def _published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that has published, with keys that sign its mail."""
    site = Site.begun(tmp_path_factory.mktemp("town") / "site", source="sample:", more=WEEKLY + PEOPLE)
    well(site, "run")
    well(site, "dkim", "keygen", "--domain", "example.org")
    (site.folder / "imap-password").write_text("swordfish", encoding="utf-8")
    (site.folder / "imap-password").chmod(0o600)
    return site.folder


@pytest.fixture
def town(_published_once: Path, tmp_path: Path, serving: Serving) -> Iterator[Town]:
    site = Site(copied_site(_published_once, tmp_path / "site"))
    with ExitStack() as stack:
        relay = stack.enter_context(Relay(features=("PIPELINING", "SIZE 10240000", "8BITMIME", "SMTPUTF8")))
        names = stack.enter_context(NameServer(RECORDS))
        imap = stack.enter_context(FakeImap({1: b"x"}))
        address = f"http://127.0.0.1:{stack.enter_context(ours(site))}"
        set_line(site, "sample:", serving.origin)
        set_line(site, "https://feeds.example.org", address)
        set_line(site, "[mail]\n", MAIL.format(port=relay.port))
        set_line(site, "[[subscribers]]", MORE.format(port=imap.port, web=address) + "[[subscribers]]")
        for each in at(site, "dkim", "record", "--json").data:
            names.records[each["name"], "TXT"] = [txt(each["text"])]
        yield Town(site=site, relay=relay, names=names, imap=imap)


@contextmanager
def ours(site: Site) -> Iterator[int]:
    """Our own web server, with what *site* has published."""
    app = App(load(site.folder / "config.toml", environ={}), as_of=None, folder=site.folder)
    with app.store() as store, served_by_us(put_together(app, store), "127.0.0.1:0") as port:
        yield port


# -- all is well -----------------------------------------------------------------------------------


@pytest.mark.more
def test_of_a_site_on_which_all_is_well_every_part_is_in_order(town: Town) -> None:
    said = town.doctor("--json")
    found = found_in(said)
    # Its names are examples, and all stands on the loopback.
    advice = at(town.site, "check", "--json").data["warnings"]
    unknown = "by which addresses that sends is not known here"
    assert bad(found) == {
        "advice": advice,
        "spf": [f"SPF of example.org is right, and does not name 127.0.0.1 itself; {unknown}"],
        "pages": [f"{base_url(town.site)} is not https: Gmail and Yahoo offer no one-click there"],
    }
    assert (said.code, said.err) == (0, "")
    told = said.data["examinations"]
    assert {part: {each["name"] for each in told if each["part"] == part} for part in PARTS} == PARTS
    notes = len(advice) + 1
    assert said.data["counts"] == {"ok": sum(map(len, found.values())) - notes - 1, "note": notes, "unknown": 1}


def base_url(site: Site) -> str:
    return load(site.folder / "config.toml", environ={}).site.base_url


@pytest.mark.more
def test_it_changes_nothing_and_mails_nothing(town: Town) -> None:
    town.doctor()
    before = files(town.site.folder)
    town.doctor()
    assert files(town.site.folder) == before
    assert town.relay.bodies == []
    assert "RCPT" not in town.relay.verbs()
    assert not any("FETCH" in each for each in town.imap.said)


def test_the_sheet_is_one_screen_with_a_part_behind_each_name(town: Town) -> None:
    lines = town.doctor().out.splitlines()
    assert len(lines) < 40
    assert [line.split(" ")[0] for line in lines if not line.startswith(" ")] == [*PARTS, "doctor:"]
    # Each line can be looked up: behind its level stands the examination that it is of.
    levels = "|".join(FindingLevel)
    named = re.findall(rf"^(?:[a-z]+)? +(?:{levels}) +([a-z-]+): ", "\n".join(lines), re.M)
    assert set(named) == {name for names in PARTS.values() for name in names}
    assert re.fullmatch(r"doctor: 0 to mend, \d to note, 1 not known, \d+ in order", lines[-1])


def test_every_examination_stands_in_the_operators_book() -> None:
    book = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    table = book.partition("\n## The doctor\n")[2].partition("\n## ")[0].partition("| examination |")[2]
    told = {
        name for cell in re.findall(r"^\| (`.*?) \|", table, re.M) for name in re.findall(r"`([a-z][a-z-]+)`", cell)
    }
    there = {name for names in PARTS.values() for name in names}
    assert told == there | {"catalogues", "certificate", "mailboxes", "queue", "rehearsal", "test-mail"}


# -- what is wrong ---------------------------------------------------------------------------------


def test_every_trouble_says_what_to_do_and_ends_with_one(town: Town) -> None:
    town.names.records["_dmarc.example.org", "TXT"] = [txt("v=DMARC1; p=everything")]
    del town.names.records["example.org", "TXT"]
    town.relay.at("MAIL", "250 ok", "553 5.1.7 no + in a sender")
    town.imap.script["EXAMINE"] = b"{tag} NO there is none\r\n"
    set_line(town.site, base_url(town.site), NOBODY)
    said = town.doctor("--json")
    assert (said.code, said.err) == (1, "")
    troubles = {
        each["name"]: one for each in said.data["examinations"] for one in each["findings"] if one["level"] == "trouble"
    }
    assert set(troubles) == {"spf", "dmarc", "relay", "imap", "feeds"}
    assert all(each["to_do"] for each in troubles.values())
    assert "`verp = false`" in troubles["relay"]["to_do"]
    assert "[bounces]" in troubles["imap"]["to_do"]


@pytest.mark.more
def test_quiet_says_the_troubles_alone_a_line_each(town: Town) -> None:
    assert (town.doctor("-q").out, town.doctor("-q").err) == ("", "")
    town.relay.at("GREETING", "554 go away")
    said = town.doctor("-q")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "554 go away" in said.err
    assert "[mail] host" in said.err


def test_a_login_that_the_relay_refuses_is_trouble(town: Town) -> None:
    (town.site.folder / "smtp-password").write_text("swordfish", encoding="utf-8")
    (town.site.folder / "smtp-password").chmod(0o600)
    set_line(town.site, 'tls = "none"', 'tls = "none"\nusername = "digest"\npassword_file = "smtp-password"')
    town.relay.features += ("AUTH PLAIN",)
    town.relay.at("AUTH", "535 5.7.8 authentication failed")
    (level, words), *_ = town.found()["relay"]
    assert level == "trouble"
    assert "535 5.7.8 authentication failed" in words
    assert "swordfish" not in words


def test_where_no_resolver_answers_that_is_said_and_nothing_is_guessed(town: Town) -> None:
    town.names.failing |= {"localhost", "example.org"}
    said = town.doctor("--json")
    found = found_in(said)
    assert said.code == 0
    assert {level for name in PARTS["dns"] for level, _ in found[name]} == {"unknown"}
    assert "no resolver answers" in found["resolver"][0][1]
    assert found["spf"] == [("unknown", "SPF: not looked at, for no resolver answers")]


@pytest.mark.more
def test_a_domain_of_which_nobody_answers_is_not_known_and_the_resolver_is_well(town: Town) -> None:
    town.names.failing.add("example.org")
    found = town.found()
    assert [level for level, _ in found["resolver"]] == ["ok"]
    assert [level for level, _ in found["spf"]] == ["unknown"]
    assert {level for level, _ in found["dkim"]} == {"ok"}


def test_a_key_that_nobody_can_look_up_is_trouble(town: Town) -> None:
    del town.names.records["solacefeed-rsa._domainkey.example.org", "TXT"]
    assert "there is no record solacefeed-rsa._domainkey.example.org" in bad(town.found())["dkim"][0]


def test_secrets_and_a_store_that_others_may_read_are_trouble(town: Town) -> None:
    (town.site.folder / "var" / "solacefeed.db").chmod(0o644)
    (town.site.folder / "config.toml").chmod(0o666)
    found = bad(town.found())["files"]
    assert [each for each in found if "solacefeed.db " in each]
    assert [each for each in found if "everybody may write the config" in each]


@pytest.mark.more
def test_a_template_that_does_not_render_is_trouble(town: Town) -> None:
    own = town.site.folder / "mine" / "digest"
    own.mkdir(parents=True)
    (own / "body.txt").write_text("{{ nothing.of.that }}", encoding="utf-8")
    set_line(town.site, "[site]", '[site]\ntemplates = "mine"')
    assert "body.txt" in bad(town.found())["templates"][0]


# -- the store -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "level"), [(None, "note"), (b"not a database" * 500, "trouble")])
def test_a_store_that_is_not_there_or_none_is_told_and_all_else_looked_at(
    tmp_path: Path, content: bytes | None, level: str
) -> None:
    site = rehearsed(tmp_path / "site")
    set_line(site, "https://feeds.example.org", NOBODY)
    if content is not None:
        (site.folder / "var").mkdir()
        (site.folder / "var" / "solacefeed.db").write_bytes(content)
    found = found_in(at(site, "doctor", "--json"))
    assert [each for each, _ in found["database"]] == [level]
    assert found["feeds"] == [("unknown", "nothing is published yet")]
    assert found["source"] == [("ok", "posts are those of the bundled blog")]
    assert "clock" not in found, "a rehearsal's clock is nobody's"
    assert [each for each, _ in found["rehearsal"]] == ["note"]


def test_a_store_on_postgresql_is_looked_at_as_the_server_tells_of_itself(databases: Databases, tmp_path: Path) -> None:
    with databases.migrated() as address:
        site = rehearsed(tmp_path / "site", more=f'{WEEKLY}[store]\nurl = "{address}"\n')
        set_line(site, "https://feeds.example.org", NOBODY)
        well(site, "poll")
        found = found_in(at(site, "doctor", "--json"))
    assert ("trouble", "PostgreSQL's fsync is off: a power cut may leave nothing that can be read") in found["database"]
    assert found["database"][-1][1].startswith("PostgreSQL ")
    assert found["locks"] == [("ok", "nobody is at work: no lock is held")]
    assert [level for level, _ in found["disk"]] == ["ok"]


def test_a_database_that_takes_no_writes_is_told_of_by_all_that_only_look(databases: Databases, tmp_path: Path) -> None:
    with databases.without_tables() as address:
        site = rehearsed(tmp_path / "site", more=f'{WEEKLY}[store]\nurl = "{address}"\n')
        well(site, "poll")
        with closing(open_store(address)) as store, store.write() as connection:
            name = sa.make_url(address).database
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        looked_at_by_all(site, "the store's database is read only (default_transaction_read_only is on)")


@pytest.mark.slow
def test_a_standby_is_told_of_by_all_that_only_look_and_which_address_finds_another(tmp_path: Path) -> None:
    with paired() as pair:
        site = rehearsed(tmp_path / "site", more=f'{WEEKLY}[store]\nurl = "{pair.address.format("postgres")}"\n')
        well(site, "poll")
        # Its signs of life have come there too: what was written is seen.
        set_line(site, pair.address.format("postgres"), address_of(pair.follows).format("postgres"))
        looked_at_by_all(site, "PostgreSQL is a standby there, which takes no writes")


def looked_at_by_all(site: Site, why: str) -> None:
    """Each of them says why nothing can be written, and what to do; monitoring hears of it by the exit code."""
    known = [words for level, words in found_in(at(site, "doctor", "--json"))["database"] if level == "trouble"]
    assert f"nothing can be written: {why}" in known
    status = at(site, "status", "-q")
    assert (status.code, status.err.count(f"no deed can be done: {why}; ")) == (1, 1)
    check = at(site, "check")
    assert (check.code, check.out.count(f"worth a look: no deed can be done: {why}: ")) == (0, 1)
    assert all("target_session_attrs=read-write" in told for told in (status.err, check.out))


# -- from outside ----------------------------------------------------------------------------------


class CarelessServer(BaseHTTPRequestHandler):
    """Serves what is published, as a web server does that nobody has told anything of feeds."""

    folder: Path

    def do_GET(self) -> None:
        file = self.folder / self.path.removeprefix("/")
        self.send_response(200 if file.is_file() else 404)
        self.send_header("Content-Type", "text/html" if file.suffix == ".html" else "application/octet-stream")
        body = file.read_bytes() if file.is_file() else b"none"
        if file.suffix == ".json":
            body += b"\n"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def carelessly(folder: Path) -> Iterator[str]:
    handler = type("Careless", (CarelessServer,), {"folder": folder})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_feeds_that_are_served_carelessly_are_told_of_one_by_one(done: Site) -> None:
    (done.feeds / "all.rss").rename(done.feeds / "kept")
    with carelessly(done.feeds) as address:
        set_line(done, "https://feeds.example.org", address)
        found = found_in(at(done, "doctor", "--json"))["feeds"]
    said = [(level, words.removeprefix(f"{address}/")) for level, words in found]
    assert (
        "trouble",
        "all.atom is application/octet-stream, and should be application/atom+xml: some readers refuse it",
    ) in said
    assert (
        "trouble",
        "events.ics is application/octet-stream, and should be text/calendar: some readers refuse it",
    ) in said
    assert ("note", "all.json is another version than the one in [feeds] dir") in said
    assert not any(words.startswith("index.html is text") for _, words in said)
    assert any(words.startswith("all.atom has neither ETag nor Last-Modified") for _, words in said)
    assert any(words.startswith("all.atom is not packed") for _, words in said)


def test_a_document_that_is_not_served_is_trouble(done: Site, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with carelessly(tmp_path / "empty") as address:
        set_line(done, "https://feeds.example.org", address)
        said = at(done, "doctor", "--json")
    assert said.code == 1
    assert ("trouble", f"{address}/all.atom answers 404") in found_in(said)["feeds"]


@pytest.mark.more
def test_it_is_told_how_the_blog_is_read(town: Town, serving: Serving) -> None:
    assert town.found()["source"] == [("ok", f"{serving.origin} answers, and the first poll finds out how it is read")]
    well(town.site, "poll")
    assert town.found()["source"] == [("ok", f"{serving.origin} answers, and is read by rest")]


def test_a_blog_that_answers_no_more_is_trouble(town: Town, serving: Serving) -> None:
    set_line(town.site, serving.origin, NOBODY)
    found = bad(town.found())
    assert "nothing answers at that port" in found["source"][0]
    assert "nothing answers at that port" in found["clock"][0]


# -- a test mail -----------------------------------------------------------------------------------


def test_a_test_mail_is_looked_at_as_it_came(town: Town, tmp_path: Path) -> None:
    well(town.site, "preview", "--next")
    (mail,) = (town.site.folder / "var" / "preview").glob("*.eml")
    came = tmp_path / "came.eml"
    came.write_bytes(
        b"Return-Path: <bounces@example.org>\r\nAuthentication-Results: mx.example.com; spf=pass; "
        b"dkim=pass header.d=example.org; dmarc=fail\r\n" + mail.read_bytes()
    )
    said = town.doctor("--mail", str(came), "--json")
    found = found_in(said)["test-mail"]
    assert said.code == 1
    assert ("ok", "mx.example.com says: spf=pass, dkim=pass, signed by example.org") in found
    assert ("trouble", "mx.example.com says: dmarc=fail") in found
    assert sum("of example.org: right" in words for _, words in found) == 2


@pytest.mark.parametrize("words", [["--resolver", "example.org"], ["--mail", "/not/there"]])
def test_what_cant_be_asked_for_is_refused_at_once(done: Site, words: list[str]) -> None:
    said = at(done, "doctor", *words)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


@pytest.mark.more
def test_without_the_extra_it_is_said_how_to_have_it_and_all_else_is_looked_at(town: Town) -> None:
    """As it is installed without ``[doctor]``: checkdmarc is not found."""
    without = "import sys; sys.modules['checkdmarc'] = None; from solacefeed.cli import main; main(sys.argv[1:])"
    words = ["doctor", "--json", "--resolver", town.names.address]
    done = subprocess.run(
        [sys.executable, "-c", without, *words],
        cwd=town.site.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = {each["name"]: each["findings"] for each in json.loads(done.stdout)["examinations"]}
    for name in ("spf", "dmarc"):
        assert [each["to_do"] for each in told[name]] == ["pip install '.[doctor]' in the checkout"]
    assert [each["level"] for each in told["dkim"]] == ["ok", "ok"]
    assert typed("doctor", "--help").code == 0


# -- once a day, unasked ------------------------------------------------------------------------------------


def test_a_key_s_record_that_is_gone_is_trouble_in_status_from_the_next_day_s_look_on(town: Town) -> None:
    config = town.site.folder / "config.toml"
    app, clock = App(load(config, environ={}), as_of=None, folder=town.site.folder), SettableClock(datetime.now(UTC))

    def looked() -> set[str]:
        with app.store() as store:
            lookup = Lookup(town.names.address)
            doctor = Doctor(app, app.bounces, app.upkeep, store, lookup=lookup, config=config)
            look(store, clock, {"dkim": doctor.daily()["dkim"]}, every=timedelta(days=1))
        return {each["key"] for each in at(town.site, "status", "--json").data["troubles"]}

    assert "dkim" not in looked()
    gone = [name for name in town.names.records if "_domainkey" in name[0]]
    for name in gone:
        del town.names.records[name]
    assert "dkim" not in looked()
    clock.forward(days=1)
    assert {"dkim", "dkim:2"} <= looked()


def test_each_certificate_that_readers_see_is_looked_at_once_a_day(tmp_path: Path) -> None:
    more = '[web]\nbase_url = "https://news.example.org"\n'
    site = Site.begun(tmp_path / "site", source="sample:", more=more)
    app = App(load(site.folder / "config.toml", environ={}), as_of=None, folder=site.folder)
    with app.store() as store:
        doctor = Doctor(app, app.bounces, app.upkeep, store, lookup=Lookup("127.0.0.1:9"), config=site.folder)
        assert list(doctor.daily()) == [
            "certificate https://feeds.example.org",
            "certificate https://news.example.org",
        ]
