"""``bounces``: what comes back to a site, from the envelope of a mail to its reader's suppression."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.prompt import PEOPLE, WEEKLY, at, handed, rehearsed, well
from tests.cli.test_trouble import RELAY
from tests.mail.fake_relay import Relay
from tests.support.bounced_mail import arf, by_hand, dsn
from tests.support.site import Site

BOUNCES = """
[bounces]
maildir = "bounces"
"""


@pytest.fixture
def mailed(tmp_path: Path) -> tuple[Site, dict[str, str]]:
    """A site whose edition went over a relay, and the return path of each reader's copy."""
    with Relay() as relay:
        more = WEEKLY.partition("[mail]")[0] + RELAY.format(port=relay.port) + BOUNCES + PEOPLE
        site = rehearsed(tmp_path / "site", more=more)
        for part in ("new", "cur", "tmp"):
            (site.folder / "bounces" / part).mkdir(parents=True)
        well(site, "run")
        paths = re.findall(r"MAIL FROM:<([^>]+)>[^\n]*\nRCPT TO:<([^>]+)>", "\n".join(relay.heard))
    return site, {reader: path for path, reader in paths}


def test_each_copy_has_a_return_path_of_its_own(mailed: tuple[Site, dict[str, str]]) -> None:
    _, paths = mailed
    assert sorted(paths) == ["alice@example.org", "bob@example.org", "carol@example.org"]
    assert len(set(paths.values())) == 3
    assert all(re.fullmatch(r"digest\+c[0-9a-z]+\.[0-9a-f]{16}@example\.org", path) for path in paths.values())


@pytest.mark.more
def test_what_came_back_is_read_before_the_next_edition_is_handed_over(mailed: tuple[Site, dict[str, str]]) -> None:
    site, paths = mailed
    (site.folder / "bounces" / "new" / "1.host").write_bytes(dsn(to=paths["bob@example.org"]))
    assert "bounces: 1 address suppressed" in well(site, "run")
    (told,) = at(site, "bounces", "list", "--json").data
    assert (told["canonical"], told["kind"], told["outcome"]) == ("bob@example.org", "hard", "suppressed")
    assert "bob@example.org" in well(site, "suppressions", "list")
    assert "bounces: nothing new" in well(site, "bounces", "read")


@pytest.mark.more
def test_a_file_is_read_and_what_no_rule_understands_is_kept_for_people(
    mailed: tuple[Site, dict[str, str]], tmp_path: Path
) -> None:
    site, paths = mailed
    complaint, answer, forged = (tmp_path / name for name in ("complaint", "answer", "forged"))
    complaint.write_bytes(arf(to=paths["carol@example.org"]))
    answer.write_bytes(by_hand("May I have the paper?"))
    forged.write_bytes(dsn(recipient="alice@example.org"))
    said = well(site, "bounces", "read", str(complaint), str(answer), str(forged))
    assert said == "bounces: 1 address suppressed, 1 of no mail of ours, 1 to be read by you\n"
    (kept,) = (site.folder / "var" / "unread" / "new").iterdir()
    assert kept.read_bytes() == answer.read_bytes()
    hints = {each["key"]: each["words"] for each in at(site, "status", "--json").data["hints"]}
    assert hints["bounces-to-read"].startswith("1 mail waits to be read by you")
    assert hints["bounces-unknown"].startswith("1 bounce of late names no mail of ours")
    assert [each["outcome"] for each in at(site, "bounces", "list", "--outcome", "unknown", "--json").data] == [
        "unknown"
    ]
    assert well(site, "bounces", "list", "--to", "Alice@Example.org") == "nothing has come back\n"


def test_a_mail_comes_on_the_standard_input(mailed: tuple[Site, dict[str, str]]) -> None:
    site, paths = mailed
    said = handed(site, dsn(to=paths["alice@example.org"]), "bounces", "read", "-")
    assert (said.code, said.err) == (0, "")
    assert said.out == "bounces: 1 address suppressed\n"


def test_without_a_mailbox_the_command_says_what_to_give_it(tmp_path: Path) -> None:
    said = at(rehearsed(tmp_path / "site"), "bounces", "read")
    assert (said.code, said.err) == (
        2,
        "solacefeed: say which: a FILE here, or maildir or imap in [bounces] of the config\n",
    )


@pytest.mark.more
def test_a_mailbox_that_is_none_keeps_no_mail_back_and_is_told(mailed: tuple[Site, dict[str, str]]) -> None:
    site, _ = mailed
    for part in ("new", "cur", "tmp"):
        (site.folder / "bounces" / part).rmdir()
    said = at(site, "run")
    assert said.code == 1
    assert "bounces: " in said.err
    assert "is no Maildir" in said.err
    assert "failed:bounces" in {each["key"] for each in at(site, "status", "--json").data["troubles"]}


@pytest.mark.more
def test_a_mailbox_that_comes_with_its_first_mail_is_empty_until_then(mailed: tuple[Site, dict[str, str]]) -> None:
    site, paths = mailed
    shutil.rmtree(site.folder / "bounces")
    assert "bounces" not in well(site, "run")
    assert well(site, "bounces", "read") == "bounces: nothing new\n"
    # Whoever names one on the command line means one that is there.
    assert at(site, "bounces", "read", str(site.folder / "bounces")).code == 1
    (site.folder / "bounces" / "new").mkdir(parents=True)
    (site.folder / "bounces" / "new" / "1.host").write_bytes(dsn(to=paths["bob@example.org"]))
    assert "bounces: 1 address suppressed" in well(site, "run")


def test_a_mailbox_that_is_not_there_is_told_until_it_is(mailed: tuple[Site, dict[str, str]]) -> None:
    site, _ = mailed
    shutil.rmtree(site.folder / "bounces")
    missing = "bounces is not there yet; does mail come there, and is it spelt so?"
    assert missing in well(site, "check")
    assert missing in well(site, "status")
    (site.folder / "bounces" / "new").mkdir(parents=True)
    assert missing not in well(site, "check") + well(site, "status")
