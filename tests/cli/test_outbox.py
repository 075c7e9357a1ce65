"""``outbox``: mail to one person, looked at and offered again; and a trial, from the config to what status says."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from functools import partial
from pathlib import Path
from socket import socket
from threading import Event

import pytest

from solacefeed.digest.messages import letter_id
from solacefeed.models.letters import LetterWords, NewLetter, OutboxKind
from solacefeed.store import letter_refusals, outbox
from solacefeed.store.database import open_store
from solacefeed.store.schema import outbox as outbox_table
from tests.cli.prompt import NOW, PEOPLE, WEEKLY, at, files, mails, rehearsed, set_line, well
from tests.mail.fake_relay import Relay, silence
from tests.support.site import Site

WORDS = LetterWords(subject="[Test] A roof first", text="Secret link\n", html="<p>Secret link</p>", language="en-GB")
THEN = datetime(2026, 11, 23, 8, tzinfo=UTC)


def put(site: Site, email: str = "eve@example.org", *, at: datetime = THEN) -> None:
    letter = NewLetter(kind=OutboxKind.TEST, email=email, words=WORDS, not_after=at + timedelta(hours=6))
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    with store.write() as connection:
        outbox.put(connection, letter, at=at, name=partial(letter_id, sender="digest@example.org"))
    store.close()


def becomes(site: Site, **values: object) -> None:
    """The letters are so."""
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    with store.write() as connection:
        connection.execute(outbox_table.update().values(**values))
    store.close()


# -- looked at and offered again -----------------------------------------------------------------------------


@pytest.mark.more
def test_a_letter_is_handed_over_by_deliver_and_listed_without_what_it_says(done: Site) -> None:
    put(done)
    assert well(done, "deliver") == "deliver: 0 accepted; 1 accepted of the outbox\n"
    assert "test-20261123T080000-1/eve@example.org.eml" in files(done.folder / "var" / "mail")
    listed = well(done, "outbox", "list")
    assert "1   test  eve@example.org  accepted" in listed
    (told,) = at(done, "outbox", "list", "--json").data
    assert (told["kind"], told["subject"], told["state"]) == ("test", "[Test] A roof first", "accepted")
    assert "Secret" not in listed + at(done, "outbox", "list", "--json").out
    assert well(done, "outbox", "list", "--state", "rejected") == "no such letters\n"


def test_there_are_no_letters_at_first(done: Site) -> None:
    assert well(done, "outbox", "list") == "no letters yet\n"


@pytest.mark.more
def test_a_rejected_letter_is_offered_again_with_its_message_id(done: Site) -> None:
    put(done)
    becomes(done, state="rejected", answer="550 5.1.1 no such mailbox")
    said = at(done, "status", "--as-of", NOW)
    assert said.code == 1
    assert "1 letter of the outbox was rejected; `solacefeed outbox list --state rejected` shows them" in " ".join(
        said.out.split()
    )
    assert well(done, "outbox", "retry", "1") == "outbox: the next deliver offers letter 1 to eve@example.org again\n"
    well(done, "deliver")
    (path,) = [each for each in files(done.folder / "var" / "mail") if each.startswith("test-")]
    mail = message_from_bytes((done.folder / "var" / "mail" / path).read_bytes())
    assert mail["Message-ID"] == "<test-20261123T080000-1.1@example.org>"


@pytest.mark.parametrize(
    "values",
    [
        {"state": "accepted"},
        {"state": "rejected", "doubts": 1},
        {"state": "rejected", "not_after": THEN - timedelta(hours=1)},
        {"state": "uncertain"},
    ],
)
def test_what_may_have_arrived_or_comes_too_late_is_not_offered_again(done: Site, values: dict[str, object]) -> None:
    put(done)
    becomes(done, **values)
    said = at(done, "outbox", "retry", "1")
    assert said.code == 2
    assert f"letter 1 is {values['state']}, and had time until " in said.err
    assert said.err.endswith(": only what was rejected, can't have arrived, and has time left is offered again\n")


def test_one_that_waits_is_offered_again_by_itself_and_it_is_said_when(done: Site) -> None:
    put(done)
    becomes(done, state="pending", next_try_at=THEN + timedelta(minutes=20))
    said = at(done, "outbox", "retry", "1")
    assert said.code == 2
    assert said.err.startswith("solacefeed: letter 1 waits, and is offered again by itself from 2026-")


def test_several_letters_are_offered_again_by_their_numbers_all_or_none(done: Site) -> None:
    for _ in range(3):
        put(done)
    becomes(done, state="rejected", answer="550 5.1.1 no such mailbox")
    assert at(done, "outbox", "retry", "1", "7").code == 2
    assert well(done, "outbox", "list", "--state", "pending") == "no such letters\n"
    assert well(done, "outbox", "retry", "1", "3", "1").count("again") == 2
    assert [each["id"] for each in at(done, "outbox", "list", "--state", "pending", "--json").data] == [3, 1]


def test_all_rejected_letters_are_offered_again_at_once_by_some_at_a_time(done: Site) -> None:
    for _ in range(letter_refusals.MOST + 1):
        put(done)
    becomes(done, state="rejected", answer="550 5.7.1 no")
    said = f"outbox: the next deliver offers {letter_refusals.MOST + 1} letters again\n"
    assert well(done, "outbox", "retry", "--all") == said
    assert well(done, "outbox", "retry", "--all") == "outbox: nothing to offer again\n"


@pytest.mark.parametrize("said", [(), ("1", "--all")])
def test_which_letters_are_offered_again_is_to_be_said_in_one_way(done: Site, said: tuple[str, ...]) -> None:
    put(done)
    again = at(done, "outbox", "retry", *said)
    assert (again.code, again.err) == (2, "solacefeed: say which: the numbers of letters, or --all\n")


def test_a_letter_that_there_is_not_is_named(done: Site) -> None:
    said = at(done, "outbox", "retry", "7")
    assert (said.code, said.err) == (2, "solacefeed: there is no letter 7: `solacefeed outbox list`\n")


# -- a trial ---------------------------------------------------------------------------------------------------


@pytest.mark.more
def test_a_trial_reaches_nobody_else_and_status_and_check_say_so(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "trial", more=WEEKLY + 'only_to = ["alice@example.org"]\n' + PEOPLE)
    assert "deliver: 1 accepted, 2 kept back by only_to\n" in well(site, "run")
    assert [path.rpartition("/")[2] for path in mails(site)] == ["alice@example.org.eml"]
    status = " ".join(well(site, "status").split())
    assert "a trial: mail goes to alice@example.org alone, what is for others is cancelled" in status
    assert "[mail] only_to: a trial; mail to anybody else is cancelled" in at(site, "check").out + at(site, "check").err
    listed = well(site, "deliveries", "list", "--state", "cancelled")
    set_line(
        site, 'only_to = ["alice@example.org"]\n', 'only_to = ["alice@example.org"]\noperators = ["op@example.org"]\n'
    )
    words = "alarms and drafts do not reach op@example.org"
    assert words in at(site, "check").out + at(site, "check").err
    assert words in at(site, "status").out
    set_line(site, 'operators = ["op@example.org"]\n', "")
    assert listed.count("only_to keeps mail to others back") == 2
    set_line(site, 'only_to = ["alice@example.org"]\n', "")
    assert well(site, "deliver") == "deliver: 0 accepted\n"
    assert len(mails(site)) == 1


# -- killed ----------------------------------------------------------------------------------------------------

RELAY = """
transport = "smtp"
reply_to = "editor@example.org"
host = "127.0.0.1"
port = {port}
tls = "none"
"""


@pytest.mark.slow
def test_killed_between_the_mark_and_the_answer_a_letter_is_uncertain_and_offered_once_more(tmp_path: Path) -> None:
    reached = Event()

    def hold(wire: socket, over: Event) -> None:
        reached.set()
        silence(wire, over)

    with Relay() as relay:
        relay.at("DOT", hold)
        site = Site.begun(tmp_path / "site", source="sample:", more=WEEKLY + RELAY.format(port=relay.port))
        well(site, "poll")
        now = datetime.now(UTC)
        put(site, at=now)
        process = subprocess.Popen(site.command("deliver"), cwd=site.folder)
        try:
            assert reached.wait(timeout=60)
        finally:
            process.kill()
            process.wait()
        assert "test  eve@example.org  handing" in well(site, "outbox", "list")
        assert "of the outbox" not in well(site, "deliver")
        (letter,) = at(site, "outbox", "list", "--json").data
        assert (letter["state"], letter["doubts"]) == ("uncertain", 1)
        assert letter["next_try_at"] is not None
        becomes(site, next_try_at=now)
        assert "1 accepted of the outbox" in well(site, "deliver")
        assert at(site, "outbox", "list", "--json").data[0]["state"] == "accepted"
    first, second = relay.bodies
    assert first == second
    assert relay.verbs().count("DATA") == 2
