"""A store that was brought back sends nothing until it is adopted, and then nothing that is known to have gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.prompt import NOW, PEOPLE, WEEK_LATER, WEEKLY, at, rehearsed, set_line, well
from tests.support.site import Site

EDITION = "weekly/2026-11-23"
NOTICE = "weekly/notice-2026-11-23-1"


@pytest.fixture
def prepared(tmp_path: Path) -> Site:
    """A site whose first edition waits for three readers, with a backup of it."""
    site = rehearsed(tmp_path / "site", more=WEEKLY + PEOPLE)
    for words in (("poll",), ("prepare",)):
        well(site, *words)
    well(site, "backup", str(site.folder / "backups"))
    return site


def restored(site: Site) -> None:
    (file,) = (site.folder / "backups").iterdir()
    well(site, "restore", str(file))


def states(site: Site) -> dict[str, str]:
    return {each["email"]: each["state"] for each in at(site, "deliveries", "list", "--json").data}


def mails(site: Site) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((site.folder / "var/mail").rglob("*.eml"))}


def forget_what_left(site: Site) -> None:
    """As on another machine, where the log beside the store is not."""
    (site.folder / "var/solacefeed.db.home").unlink()
    (site.folder / "var/solacefeed.db.home.log").unlink()


def test_a_restored_store_sends_nothing_and_says_so_until_it_is_adopted(prepared: Site) -> None:
    well(prepared, "deliver")
    restored(prepared)
    before = mails(prepared)
    for words in (("deliver",), ("run",)):
        said = at(prepared, *words)
        assert said.code == 1
        assert "no mail leaves: the store was restored from a backup; `solacefeed adopt`" in said.err
    assert at(prepared, "status", "--json").data["troubles"][0]["key"] == "home"
    assert mails(prepared) == before
    well(prepared, "adopt", "--yes")
    well(prepared, "run")
    assert "all is well" in well(prepared, "status")


def test_what_the_relay_had_taken_since_is_known_and_goes_to_nobody_twice(prepared: Site) -> None:
    well(prepared, "deliver")
    restored(prepared)
    said = at(prepared, "adopt")
    assert said.code == 1
    assert f"{EDITION}: 3 copies wait: 3 taken by the relay, and not sent again" in said.out
    assert set(states(prepared).values()) == {"pending"}
    assert "3 mails known to be taken, 0 in doubt" in well(prepared, "adopt", "--yes")
    assert well(prepared, "deliver") == "deliver: 0 accepted\n"
    assert set(states(prepared).values()) == {"accepted"}


@pytest.mark.more
def test_what_had_not_gone_goes_when_the_store_is_adopted(prepared: Site) -> None:
    """The log beside the store goes back beyond the backup: what it does not have has not gone."""
    restored(prepared)
    assert "3 not taken, and sent" in at(prepared, "adopt").out
    well(prepared, "adopt", "--yes")
    assert well(prepared, "deliver") == "deliver: 3 accepted\n"


@pytest.mark.more
@pytest.mark.parametrize(("policy", "then"), [("retry", "accepted"), ("hold", "uncertain")])
def test_what_nobody_knows_goes_once_more_or_is_held_as_the_config_says(prepared: Site, policy: str, then: str) -> None:
    set_line(prepared, "[mail]\n", f'[mail]\non_uncertain = "{policy}"\n')
    well(prepared, "deliver")
    gone = mails(prepared)
    restored(prepared)
    forget_what_left(prepared)
    assert "0 mails known to be taken, 3 in doubt" in well(prepared, "adopt", "--yes")
    assert set(states(prepared).values()) == {"uncertain"}
    well(prepared, "deliver")
    assert set(states(prepared).values()) == {then}
    # Under the same Message-ID and with the same bytes.
    assert mails(prepared) == gone


def test_the_relays_own_log_tells_what_it_has_taken(prepared: Site, tmp_path: Path) -> None:
    well(prepared, "deliver")
    ids = {each["email"]: each["message_id"] for each in at(prepared, "deliveries", "list", "--json").data}
    log = tmp_path / "mail.log"
    log.write_text(
        f"Nov 23 08:00:01 host postfix/cleanup[12]: 4F1D: message-id={ids['alice@example.org']}\n"
        "Nov 23 08:00:01 host postfix/qmgr[13]: 4F1D: from=<digest@example.org>, size=3000, nrcpt=1 (queue active)\n"
        # Cut off before its end: the relay has not taken it.
        f"Nov 23 08:00:02 host postfix/cleanup[12]: 4F1E: message-id={ids['bob@example.org']}\n"
    )
    restored(prepared)
    forget_what_left(prepared)
    well(prepared, "adopt", "--yes", "--relay-log", str(log))
    told = states(prepared)
    assert told == {"alice@example.org": "accepted", "bob@example.org": "uncertain", "carol@example.org": "uncertain"}


def test_of_a_notice_that_left_since_none_promises_that_it_comes_again(prepared: Site) -> None:
    well(prepared, "deliver")
    for before in (prepared.folder / "backups").iterdir():
        before.unlink()
    well(prepared, "backup", str(prepared.folder / "backups"))
    file = prepared.folder / "notice.txt"
    file.write_text("We move house\n\nOn Monday the blog is elsewhere.\n", encoding="utf-8")
    well(prepared, "editions", "new", "weekly", "--notice", str(file))
    well(prepared, "editions", "approve", NOTICE)
    well(prepared, "run")
    assert at(prepared, "editions", "show", NOTICE, "--json").data["edition"]["state"] == "done"
    restored(prepared)
    said = at(prepared, "adopt").out
    assert f"{NOTICE}: left since, and is not in this store: a notice, which is not made again\n" in said
    assert "prepared anew" not in said
    well(prepared, "adopt", "--yes")
    well(prepared, "run")
    assert NOTICE not in {each["id"] for each in at(prepared, "editions", "list", "--json").data}


def test_an_edition_that_was_prepared_since_is_prepared_anew_and_goes_to_nobody_twice(prepared: Site) -> None:
    well(prepared, "deliver")
    set_line(prepared, f"as_of = {NOW}", f"as_of = {WEEK_LATER}")
    well(prepared, "poll")
    well(prepared, "prepare")
    well(prepared, "deliver")
    gone = mails(prepared)
    restored(prepared)
    well(prepared, "adopt", "--yes")
    well(prepared, "poll")
    well(prepared, "prepare")
    well(prepared, "deliver")
    assert set(states(prepared).values()) == {"accepted"}
    assert mails(prepared) == gone


@pytest.mark.more
def test_who_has_left_since_leaves_again(prepared: Site) -> None:
    well(prepared, "subscribers", "end", "bob@example.org")
    well(prepared, "run")
    restored(prepared)
    assert "1 subscription had ended since: again" in at(prepared, "adopt").out
    well(prepared, "adopt", "--yes")
    well(prepared, "run")
    assert states(prepared)["bob@example.org"] == "cancelled"
    assert "bob@example.org" not in well(prepared, "subscribers", "list", "--state", "confirmed")


def test_who_has_left_by_a_command_leaves_again_though_no_look_came_since(prepared: Site) -> None:
    well(prepared, "subscribers", "end", "bob@example.org")
    restored(prepared)
    assert "1 subscription had ended since: again" in at(prepared, "adopt").out


def test_an_end_that_was_the_operators_decision_is_theirs_to_take_back_after_adopting_too(prepared: Site) -> None:
    well(prepared, "subscribers", "end", "bob@example.org", "--ours")
    restored(prepared)
    well(prepared, "adopt", "--yes")
    assert "bob@example.org" not in well(prepared, "subscribers", "list", "--state", "confirmed")
    well(prepared, "subscribers", "add", "bob@example.org")
    assert "bob@example.org" in well(prepared, "subscribers", "list", "--state", "confirmed")


def test_a_lost_store_is_begun_anew_by_no_command_and_its_newest_backup_is_named(prepared: Site) -> None:
    set_line(prepared, "[mail]\n", '[backup]\ndir = "kept"\n[mail]\n')
    well(prepared, "backup")
    (backup,) = (prepared.folder / "kept").glob("*.db")
    for left in (prepared.folder / "var").glob("solacefeed.db*"):
        if ".home" not in left.name:
            left.unlink()
    for words in (["run"], ["status"], ["subscribers", "list"], ["check"], ["upgrade", "--check"], ["prepare"]):
        said = at(prepared, *words)
        assert said.code == 1, words
        assert "is not there, though" in said.err, words
        assert "begin anew on purpose" in said.err, words
    assert f"solacefeed restore {backup}" in at(prepared, "status").err
    assert not (prepared.folder / "var" / "solacefeed.db").exists()
    well(prepared, "restore", str(backup))
    well(prepared, "adopt", "--yes")


def test_who_was_erased_since_is_erased_again_and_no_list_brings_them_back(prepared: Site) -> None:
    well(prepared, "subscribers", "erase", "bob@example.org")
    well(prepared, "run")
    restored(prepared)
    assert "bob@example.org" in well(prepared, "subscribers", "list")
    well(prepared, "adopt", "--yes")
    well(prepared, "run")
    assert "bob@example.org" not in well(prepared, "subscribers", "list")
    assert b"bob@example.org" not in (prepared.folder / "var/solacefeed.db").read_bytes()


def test_the_operator_may_say_who_was_erased(prepared: Site, tmp_path: Path) -> None:
    (tmp_path / "erased").write_text("# by mail\nCAROL@example.org\nnobody@example.org\n")
    restored(prepared)
    forget_what_left(prepared)
    well(prepared, "adopt", "--yes", "--erased", str(tmp_path / "erased"))
    assert "carol@example.org" not in well(prepared, "subscribers", "list")


def test_adopting_a_store_that_is_at_home_changes_nothing(prepared: Site) -> None:
    well(prepared, "adopt", "--yes")
    before = (prepared.folder / "var/solacefeed.db.home").read_bytes()
    assert "the store is at home here, and sends" in well(prepared, "adopt", "--yes")
    assert (prepared.folder / "var/solacefeed.db.home").read_bytes() == before


@pytest.mark.more
def test_run_makes_a_backup_when_it_is_time_and_status_says_when(prepared: Site) -> None:
    set_line(prepared, "[mail]\n", '[backup]\ndir = "var/backups"\nkeep = 2\n[mail]\n')
    set_line(prepared, f"as_of = {NOW}", f"as_of = {WEEK_LATER}")
    said = at(prepared, "run")
    assert "backup: " in said.out
    assert len(list((prepared.folder / "var/backups").iterdir())) == 1
    assert "backup: " not in at(prepared, "run").out
    assert "2026-11-30 08:00 UTC" in at(prepared, "status").out


# -- what lies beside the store -------------------------------------------------------------------------------------


@pytest.mark.more
@pytest.mark.parametrize("damaged", ["", "{}"])
def test_a_damaged_file_beside_the_store_is_a_reason_and_adopt_ends_it(prepared: Site, damaged: str) -> None:
    well(prepared, "deliver")
    before = mails(prepared)
    (prepared.folder / "var/solacefeed.db.home").write_text(damaged)
    first = at(prepared, "status", "--json").data["troubles"][0]
    assert first["key"] == "home"
    assert "solacefeed.db.home can't be read: it is not what solacefeed has written" in first["words"]
    assert "no mail leaves: " in at(prepared, "deliver").err
    well(prepared, "backup", str(prepared.folder / "more"))
    assert "all that left here since is known" in at(prepared, "adopt").out
    well(prepared, "adopt", "--yes")
    well(prepared, "run")
    assert "all is well" in well(prepared, "status")
    assert mails(prepared) == before


@pytest.mark.more
def test_a_line_that_a_power_cut_left_half_costs_no_other_and_is_told(prepared: Site) -> None:
    with (prepared.folder / "var/solacefeed.db.home.log").open("a") as file:
        file.write("copies\t2026-11-23T08:00:00+00:00\tweekly/2026-")
    well(prepared, "deliver")
    before = mails(prepared)
    restored(prepared)
    said = at(prepared, "adopt").out
    assert "what left since is not known in full" in said
    assert "taken by the relay, and not sent again" in said
    well(prepared, "adopt", "--yes")
    well(prepared, "deliver")
    assert mails(prepared) == before


@pytest.mark.more
def test_a_backup_of_a_store_that_was_restored_does_not_adopt_it(prepared: Site) -> None:
    well(prepared, "deliver")
    before = mails(prepared)
    restored(prepared)
    well(prepared, "backup", str(prepared.folder / "backups"))
    at(prepared, "run")
    assert "no mail leaves: " in at(prepared, "deliver").err
    assert mails(prepared) == before


@pytest.mark.more
def test_a_log_that_lacks_something_is_told_until_it_can_be_written(prepared: Site) -> None:
    """The empty file is what a line leaves that could not be written."""
    gap = prepared.folder / "var/solacefeed.db.home.log.gap"
    gap.touch()
    told = at(prepared, "status", "--json").data["troubles"][0]
    assert (told["key"], "solacefeed.db.home.log" in told["words"]) == ("home-log", True)
    well(prepared, "deliver")
    assert not gap.exists()
    assert "home-log" not in {each["key"] for each in at(prepared, "status", "--json").data["troubles"]}
    restored(prepared)
    assert "what left since is not known in full" in at(prepared, "adopt").out
