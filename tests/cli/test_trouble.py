"""What is wrong is said also when quiet: cron mails what is said, and goes by the exit code."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.prompt import PEOPLE, WEEKLY, at, rehearsed
from tests.mail.fake_relay import Relay
from tests.support.site import Site

RELAY = """
[delivery]
connections = 1
[mail]
transport = "smtp"
from = "Chief Officers <digest@example.org>"
reply_to = "editor@example.org"
unsubscribe_mailbox = "unsubscribe@example.org"
host = "127.0.0.1"
tls = "none"
port = {port}
"""


@pytest.fixture
def without_relay(tmp_path: Path) -> Site:
    """A site whose relay is not there: the port was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    more = WEEKLY.partition("[mail]")[0] + RELAY.format(port=port) + PEOPLE
    return rehearsed(tmp_path / "site", more=more)


@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["as a rule", "quiet"])
def test_a_relay_that_is_down_is_told_on_stderr_and_by_the_exit_code(
    without_relay: Site, quiet: tuple[str, ...]
) -> None:
    said = at(without_relay, "run", *quiet)
    assert said.code == 1
    (line,) = said.err.splitlines()
    assert line.startswith("solacefeed: deliver: 0 accepted; the rest waits: 127.0.0.1:")
    assert "deliver" not in said.out


def test_one_copy_alone_tells_it_too_with_its_counts(without_relay: Site) -> None:
    at(without_relay, "run")
    said = at(without_relay, "deliver", "--json")
    assert (said.code, said.data["deferred"], said.data["lost"]) == (1, 0, 1)


@pytest.mark.more
def test_a_relay_that_is_down_is_told_again_while_the_copies_wait_for_their_next_try(without_relay: Site) -> None:
    at(without_relay, "run")
    at(without_relay, "deliver")
    said = at(without_relay, "run", "-q")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("solacefeed: deliver: 0 accepted; the rest waits: 127.0.0.1:")
    told = at(without_relay, "status", "--json")
    assert told.code == 1
    (trouble,) = told.data["troubles"]
    assert trouble["key"] == "waiting:weekly/2026-11-23"
    begins = "weekly/2026-11-23 found no relay in the last round: 3 of 3 copies wait (127.0.0.1:"
    assert trouble["words"].startswith(begins)
    assert "refused" in trouble["words"]


@pytest.mark.more
def test_an_edition_that_the_relay_refuses_whole_fails_the_command(tmp_path: Path) -> None:
    with Relay() as relay:
        relay.at("RCPT", *["550 5.1.1 no such user"] * 3)
        more = WEEKLY.partition("[mail]")[0] + RELAY.format(port=relay.port) + PEOPLE
        site = rehearsed(tmp_path / "site", more=more)
        said = at(site, "run")
    assert said.code == 1
    assert said.err == "solacefeed: deliver: 0 accepted, 3 rejected; weekly/2026-11-23 has reached nobody\n"
    assert [trouble["key"] for trouble in at(site, "status", "--json").data["troubles"]] == [
        "rejected:weekly/2026-11-23"
    ]


@pytest.mark.more
def test_what_waits_for_a_limit_is_no_trouble_and_told_by_deliver_and_status(tmp_path: Path) -> None:
    with Relay() as relay:
        with_limits = RELAY.replace("connections = 1\n", "connections = 1\nper_hour = 3\nper_second = 5\n")
        more = WEEKLY.partition("[mail]")[0] + with_limits.format(port=relay.port) + PEOPLE
        site = rehearsed(tmp_path / "site", more=more)
        assert at(site, "run").code == 0
        said = at(site, "deliver")
        status = at(site, "status")
        told = at(site, "status", "--json").data["standing"]["paces"]
    waits = "paced: goes on at 2026-11-23 09:02 UTC, the last leaves about 2026-11-23 09:02 UTC"
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "deliver: by its pace the last leaves about 2026-11-23 09:02 UTC; "
        "Ctrl-C ends it after what is in hand, and the next one goes on\n"
        f"deliver: 0 accepted; {waits}\n"
    )
    assert status.code == 0
    (pace,) = [line for line in status.out.splitlines() if line.startswith("pace")]
    assert pace.removeprefix("pace").strip() == (
        "5 a second, 2 of 3 an hour used, 1 copy waiting, the last about 2026-11-23 09:02 UTC"
    )
    assert [(each["group"], each["in_hour"], each["waiting"]) for each in told] == [("", 2, 1)]
