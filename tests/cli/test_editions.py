"""An edition that the relay refuses because of us, at the operator's prompt: said, resumed, cancelled, retried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.prompt import PEOPLE, WEEKLY, at, rehearsed, well
from tests.cli.test_trouble import RELAY
from tests.mail.fake_relay import Relay
from tests.support.site import Site

REFUSAL = "554 5.7.1 <alice@example.org>: Relay access denied"
PAUSED = "weekly/2026-11-23 is paused, 127.0.0.1:"
WHAT_TO_DO = "mend that, then `solacefeed editions resume weekly/2026-11-23`"


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as started:
        yield started


@pytest.fixture
def site(relay: Relay, tmp_path: Path) -> Site:
    more = WEEKLY.partition("[mail]")[0] + RELAY.format(port=relay.port) + PEOPLE
    return rehearsed(tmp_path / "site", more=more)


def mails(relay: Relay) -> list[bytes]:
    """What it took, without the empty bodies that end a refused transaction."""
    return [body for body in relay.bodies if body != b".\r\n"]


@pytest.mark.parametrize("deed", ["run", "deliver"])
def test_a_refusal_of_us_is_said_with_what_to_do_and_told_by_the_exit_code(site: Site, relay: Relay, deed: str) -> None:
    for before in ("poll", "prepare"):
        at(site, before)
    relay.at("RCPT", REFUSAL)
    said = at(site, deed, "-q")
    assert (said.code, said.out) == (1, "")
    (line,) = said.err.splitlines()
    assert line.startswith(f"solacefeed: deliver: 0 accepted; {PAUSED}")
    assert line.endswith(f"answered RCPT TO with 554 5.7.1 <...>: Relay access denied: {WHAT_TO_DO}")
    assert "alice" not in line


def test_as_long_as_an_edition_stands_paused_every_run_says_so_and_status_too(site: Site, relay: Relay) -> None:
    relay.at("RCPT", REFUSAL)
    at(site, "run")
    again = at(site, "run", "-q")
    assert (again.code, again.err.count(PAUSED)) == (1, 1)
    told = at(site, "status", "--json").data
    assert any(line.startswith(PAUSED) and line.endswith(WHAT_TO_DO) for line in told["advice"])
    assert [edition["id"] for edition in told["standing"]["paused"]] == ["weekly/2026-11-23"]
    assert told["standing"]["deliveries"] == {"pending": 3}


def test_resumed_everybody_gets_their_mail(site: Site, relay: Relay) -> None:
    relay.at("RCPT", REFUSAL)
    at(site, "run")
    assert well(site, "editions", "resume", "weekly/2026-11-23") == (
        "editions: weekly/2026-11-23 resumed; the next deliver offers 3 copies\n"
    )
    assert well(site, "deliver") == "deliver: 3 accepted\n"
    assert len(mails(relay)) == 3
    assert "nothing, all is well" in well(site, "status")
    said = at(site, "editions", "resume", "weekly/2026-11-23")
    assert said.code == 2
    assert said.err == "solacefeed: weekly/2026-11-23 is not paused but done: there is nothing to resume\n"


def test_a_refused_login_pauses_instead_of_waiting_for_ever(relay: Relay, site: Site) -> None:
    relay.at("MAIL", "535 5.7.8 Authentication failed")
    said = at(site, "run", "-q")
    assert (said.code, said.err.count(PAUSED)) == (1, 1)
    assert "535 5.7.8 Authentication failed; see [mail] return_path" in said.err


def test_cancelled_an_edition_goes_to_nobody(site: Site, relay: Relay) -> None:
    relay.at("RCPT", REFUSAL)
    at(site, "run")
    told = at(site, "editions", "cancel", "weekly/2026-11-23", "--json").data
    assert (told["edition_id"], told["copies"], told["handed"]) == ("weekly/2026-11-23", 3, 0)
    assert well(site, "deliver") == "deliver: 0 accepted\n"
    assert mails(relay) == []
    (edition,) = at(site, "editions", "list", "--json").data
    assert (edition["state"], edition["reason"]) == ("cancelled", "cancelled 2026-11-23 08:00 UTC")


def test_what_was_rejected_is_offered_again(site: Site, relay: Relay) -> None:
    relay.at("RCPT", *["550 5.1.1 no such user"] * 3)
    at(site, "run")
    assert mails(relay) == []
    assert well(site, "deliveries", "retry") == (
        "deliveries: the next deliver offers 3 copies of weekly/2026-11-23 again\n"
    )
    assert well(site, "deliver") == "deliver: 3 accepted\n"


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999999", "one"])
def test_a_number_that_no_copy_has_is_a_matter_of_usage(done: Site, number: str) -> None:
    said = at(done, "deliveries", "retry", "--", number)
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1


def test_an_editions_variants_are_told_by_what_their_readers_chose(done: Site) -> None:
    said = well(done, "editions", "show", "weekly/2026-11-23")
    assert "everything: 1 reader, 5 posts, " in said
    assert "education, housing: 1 reader, 4 posts, " in said
    assert "scotland: 1 reader, 2 posts, " in said
