"""``alarms``, and what ``run`` tells the world outside: operators by mail, a webhook, and a heartbeat that stops."""

from __future__ import annotations

import email
import email.policy
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.prompt import PEOPLE, WEEKLY, at, rehearsed, set_line, well
from tests.support.blog import faults
from tests.support.blog.server import Serving
from tests.support.receiver import Receiver
from tests.support.site import Site

OPERATORS = 'operators = ["op@example.org"]\n'
MONITORING = """
[monitoring]
heartbeat = "{0}/ping/8b7c"
heartbeat_fail = "{0}/ping/8b7c/fail"
webhook = "{0}/hooks/1f0c"
examine = false
"""
#: A reader whose category the blog does not have.
LEFT_OUT = '[[subscribers]]\nemail = "dave@example.org"\ncategories = ["nonsense"]\n'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def site(tmp_path: Path, serving: Serving, receiver: Receiver) -> Site:
    """A live one, with a blog of its own, whose mails are files."""
    more = WEEKLY + OPERATORS + MONITORING.format(receiver.origin) + PEOPLE
    return Site.begun(tmp_path / "site", source=serving.origin, more=more)


def alarms_mailed(site: Site) -> list[EmailMessage]:
    found = sorted((site.folder / "var" / "mail").rglob("alarm-*/*.eml"))
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found]


def posts(receiver: Receiver) -> list[tuple[str, str]]:
    return [(call.json["state"], call.json["key"]) for call in receiver.calls if call.path == "/hooks/1f0c"]


def pings(receiver: Receiver) -> list[str]:
    return [path for path in receiver.paths if path.startswith("/ping")]


# -- run ------------------------------------------------------------------------------------------------


def test_a_good_run_fetches_the_heartbeat_and_tells_nobody_anything(site: Site, receiver: Receiver) -> None:
    well(site, "run")
    well(site, "run")
    assert receiver.paths == ["/ping/8b7c"] * 2
    assert alarms_mailed(site) == []
    assert well(site, "alarms", "list") == "nothing was told yet\n"


@pytest.mark.more
def test_a_run_that_does_not_work_fetches_none_and_one_failure_calls_nobody(
    site: Site, receiver: Receiver, serving: Serving
) -> None:
    well(site, "run")
    serving.faults.add(faults.status(500))
    assert at(site, "run").code == 1
    assert (pings(receiver), posts(receiver), alarms_mailed(site)) == (["/ping/8b7c"], [], [])
    serving.faults.clear()
    well(site, "run")
    assert pings(receiver) == ["/ping/8b7c"] * 2


@pytest.mark.more
def test_a_trouble_is_mailed_and_posted_by_the_run_that_finds_it_and_names_nobody(
    site: Site, receiver: Receiver
) -> None:
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + LEFT_OUT)
    said = at(site, "run")
    assert "alarms: told of 1 trouble, and of 0 that are over\n" in said.out
    ((state, key),) = posts(receiver)
    assert (state, key.partition(":")[0]) == ("firing", "audience")
    (mail,) = alarms_mailed(site)
    assert mail["Subject"].startswith("[Alarm] [[subscribers]] ")
    assert mail["To"] == "op@example.org"
    told = receiver.calls[0].body.decode() + mail.as_string()
    assert "dave@example.org" not in told
    # Nothing of it stops the work.
    assert pings(receiver) == ["/ping/8b7c"]
    at(site, "run")
    assert len(posts(receiver)) == len(alarms_mailed(site)) == 1
    listed = at(site, "alarms", "list", "--json").data
    assert [(each["state"], each["key"], each["letters"], each["post"]) for each in listed] == [
        ("firing", key, 1, "accepted")
    ]
    config.write_text(config.read_text().replace(LEFT_OUT, ""))
    well(site, "run")
    assert posts(receiver)[1:] == [("resolved", key)]
    assert [mail["Subject"][:6] for mail in alarms_mailed(site)] == ["[Alarm", "[Over]"]


@pytest.mark.more
def test_with_well_any_trouble_stops_the_heartbeat_and_what_was_told_is_its_failure(
    site: Site, receiver: Receiver
) -> None:
    set_line(site, "examine = false", 'examine = false\nheartbeat_while = "well"')
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + LEFT_OUT)
    at(site, "run")
    assert pings(receiver) == ["/ping/8b7c/fail"]
    well(site, "status", "--acknowledge")
    at(site, "run")
    assert pings(receiver)[1:] == ["/ping/8b7c"]


@pytest.mark.more
def test_a_webhook_that_is_away_is_trouble_and_stops_the_heartbeat(site: Site, receiver: Receiver) -> None:
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + LEFT_OUT)
    receiver.status = 404
    said = at(site, "run")
    assert "webhook: the webhook answered 404; is its address right?" in said.err
    assert "hooks" not in said.err + said.out
    status = at(site, "status", "--json").data
    assert {"failed:webhook", "failed:heartbeat"} <= {each["key"] for each in status["troubles"]}
    receiver.status = 200
    receiver.calls.clear()
    at(site, "run")
    # Its next try is in a minute; until then alarms can't be told.
    assert receiver.paths == []


@pytest.mark.more
def test_a_webhook_that_is_configured_no_more_fails_no_more(site: Site, receiver: Receiver) -> None:
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + LEFT_OUT)
    receiver.status = 404
    at(site, "run")
    receiver.status = 200
    set_line(site, "webhook = ", "# webhook = ")
    at(site, "run")
    assert not {each["key"] for each in at(site, "status", "--json").data["troubles"]} & {"failed:webhook"}


@pytest.mark.more
def test_a_rehearsal_mails_its_alarms_to_files_and_asks_nobody(tmp_path: Path, receiver: Receiver) -> None:
    more = WEEKLY + OPERATORS + MONITORING.format(receiver.origin) + PEOPLE + LEFT_OUT
    site = rehearsed(tmp_path / "site", more=more)
    at(site, "run")
    assert len(alarms_mailed(site)) == 1
    assert receiver.calls == []


@pytest.mark.more
def test_a_site_that_tells_nobody_keeps_no_alarms(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more=WEEKLY + PEOPLE + LEFT_OUT)
    at(site, "run")
    assert well(site, "alarms", "list") == "nothing was told yet\n"


@pytest.mark.more
def test_what_is_set_aside_is_told_and_stops_nothing(site: Site, receiver: Receiver) -> None:
    well(site, "poll")
    with closing(sqlite3.connect(site.folder / "var" / "solacefeed.db")) as database, database:
        values = "'post 7', 'no', '2026-11-23 08:00:00.000000'"
        database.execute(f"INSERT INTO quarantine (key, reason, found_at) VALUES ({values})")
    well(site, "run")
    assert (posts(receiver), pings(receiver)) == ([("firing", "quarantine")], ["/ping/8b7c"])


@pytest.mark.more
def test_a_template_of_the_operators_that_is_broken_keeps_no_alarm_back(site: Site, receiver: Receiver) -> None:
    (site.folder / "templates" / "outbox").mkdir(parents=True)
    (site.folder / "templates" / "outbox" / "letter.html").write_text("{% broken")
    set_line(site, "[site]", '[site]\ntemplates = "templates"')
    config = site.folder / "config.toml"
    config.write_text(config.read_text() + LEFT_OUT)
    at(site, "run")
    assert len(alarms_mailed(site)) == len(posts(receiver)) == 1


# -- a test ---------------------------------------------------------------------------------------------


def test_a_test_goes_by_each_way_and_says_what_became_of_it(site: Site, receiver: Receiver) -> None:
    said = well(site, "alarms", "test")
    assert "alarms: 2 of 2 tests taken\n" in said
    assert "op@example.org" in said
    assert posts(receiver) == [("test", "test")]
    assert pings(receiver) == []
    (mail,) = alarms_mailed(site)
    assert mail["Subject"] == "[Test] A test: alarms arrive here"


def test_a_test_that_was_not_taken_says_why(site: Site, receiver: Receiver) -> None:
    receiver.status = 403
    said = at(site, "alarms", "test")
    assert said.code == 1
    assert "the webhook answered 403; is its address right?" in said.out
    assert "alarms: 1 of 2 tests taken\n" in said.out
    tried = at(site, "alarms", "test", "--json").data
    assert [(each["to"], each["went_well"]) for each in tried] == [("op@example.org", True), ("the webhook", False)]


def test_where_nobody_would_be_told_a_test_is_refused(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:")
    said = at(site, "alarms", "test")
    assert (said.code, said.out) == (2, "")
    assert "nobody would be told: name addresses in [mail] operators" in said.err


def test_operators_alone_are_a_hint_once_mail_is_real(tmp_path: Path) -> None:
    more = WEEKLY + OPERATORS + 'transport = "smtp"\nhost = "127.0.0.1"\ntls = "none"\nreply_to = "ed@example.org"\n'
    site = rehearsed(tmp_path / "site", more=more + PEOPLE)
    well(site, "poll")
    hinted = {each["key"] for each in at(site, "status", "--json").data["hints"]}
    assert "by-mail-alone" in hinted
    set_line(site, "[[subscribers]]", '[monitoring]\nheartbeat = "http://127.0.0.1:9/"\n[[subscribers]]')
    hinted = {each["key"] for each in at(site, "status", "--json").data["hints"]}
    assert "by-mail-alone" not in hinted
