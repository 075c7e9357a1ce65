"""What the law gives people, at the prompt: to be shown what is kept of them, and to be forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.prompt import at, in_terminal, mails, set_line, well
from tests.support.searching import found_in
from tests.support.site import Site

CAROL = "carol@example.org"
CAROLS_TABLE = """[[subscribers]]
email = "carol@example.org"
categories = ["scotland"]
"""


def test_an_erased_person_is_found_in_no_file_of_the_site(done: Site) -> None:
    # The operator has taken her out of the list before.
    set_line(done, CAROLS_TABLE, "")
    assert f"weekly-2026-11-23/{CAROL}.eml" in mails(done)
    assert found_in(done.folder, CAROL) != []
    said = well(done, "subscribers", "erase", CAROL.upper())
    assert said == "erase: 1 person is gone; 1 copy stays without a name; 1 rehearsed mail removed\n"
    assert found_in(done.folder, CAROL) == []
    assert at(done, "status", "--json").data["standing"]["deliveries"] == {"accepted": 3}
    again = at(done, "subscribers", "add", CAROL)
    assert (again.code, "was erased at the person's wish" in again.err) == (2, True)


@pytest.mark.more
def test_one_beyond_ascii_is_found_in_no_file_of_the_site_however_others_wrote_it(done: Site) -> None:
    well(done, "subscribers", "add", "jörg@example.org")
    well(done, "subscribers", "add", "bernd@example.org", "--name", "JÖRG@EXAMPLE.ORG")
    well(done, "suppressions", "add", "dora@example.org", "--because", "as jo\u0308rg@example.org asked")
    assert found_in(done.folder, "jörg@example.org") != []
    assert well(done, "subscribers", "erase", "JÖRG@example.org") == "erase: 1 person is gone\n"
    assert found_in(done.folder, "jörg@example.org") == []
    assert "as (erased) asked" in well(done, "suppressions", "list")


@pytest.mark.more
@pytest.mark.parametrize(("key", "why"), [(None, "is not there"), ("", "has 0 bytes"), ("x" * 43, "holds another key")])
def test_where_the_key_of_fingerprints_is_missed_nobody_is_entered_and_all_that_look_are_told(
    done: Site, key: str | None, why: str
) -> None:
    well(done, "subscribers", "add", "dora@example.org")
    well(done, "subscribers", "erase", "dora@example.org")
    path = done.folder / "var" / "fingerprint.key"
    right = path.read_text()
    path.unlink()
    if key is not None:
        path.write_text(key)
        path.chmod(0o600)
    for each in ("dora@example.org", "new@example.org"):
        said = at(done, "subscribers", "add", each)
        assert (said.code, why in said.err, "put back the one of your backup" in said.err) == (2, True, True)
    assert "fingerprint-key" in {each["key"] for each in at(done, "status", "--json").data["troubles"]}
    assert f"{path.name} {why}" in well(done, "check")
    assert path.exists() == (key is not None), "none is made anew"
    waits = at(done, "subscribers", "erase", "alice@example.org")
    assert why in waits.out
    path.write_text(right)
    assert "was erased at the person's wish" in at(done, "subscribers", "add", "dora@example.org").err
    assert at(done, "subscribers", "add", "new@example.org").code == 0
    assert at(done, "status", "--json").data["troubles"] == []


def test_who_stands_in_the_config_is_told_of_it_and_the_list_brings_nobody_back(done: Site) -> None:
    said = well(done, "subscribers", "erase", "alice@example.org")
    assert "config.toml still names the address: that is yours to change" in said


def test_what_is_kept_of_an_address_without_a_subscription_goes_too(done: Site) -> None:
    well(done, "suppressions", "add", "gone@example.org")
    assert well(done, "subscribers", "erase", "gone@example.org") == "erase: 1 person is gone\n"
    assert at(done, "subscribers", "erase", "no address").code == 2


@pytest.mark.more
def test_who_erases_a_mistyped_address_is_told_so_and_it_gets_no_fingerprint(done: Site) -> None:
    said = at(done, "subscribers", "erase", "bbo@example.org")
    assert (said.code, said.out, "nothing is kept of bbo@example.org" in said.err) == (2, "", True)
    assert at(done, "subscribers", "add", "bbo@example.org").code == 0
    well(done, "subscribers", "erase", "bbo@example.org")
    again = at(done, "subscribers", "erase", "bbo@example.org")
    assert (again.code, "bbo@example.org was erased before: nothing is kept" in again.err) == (2, True)


def test_who_sits_at_a_terminal_is_asked_before_somebody_is_forgotten(done: Site) -> None:
    kept = in_terminal(done, "n", "subscribers", "erase", "alice@example.org")
    assert (kept.code, kept.out.endswith("erase: nothing was changed\n")) == (0, True)
    assert "Shall all be forgotten that is kept of alice@example.org" in kept.out
    assert "alice@example.org" in well(done, "subscribers", "list")
    assert "erase: 1 person is gone" in in_terminal(done, "y", "subscribers", "erase", "alice@example.org").out
    assert in_terminal(done, "n", "subscribers", "erase", "bob@example.org", "--yes").out.count("Shall") == 0
    assert well(done, "subscribers", "list", "--search", "bob") == "nobody is so\n"


def test_may_mail_says_on_which_basis_and_exits_by_it(done: Site) -> None:
    said = at(done, "subscribers", "may-mail", "alice@example.org")
    assert said.code == 0
    assert said.out.startswith("alice@example.org weekly: yes, consent of 2026-11-23 08:00 UTC, by the config's list")
    assert "; that is claimed: nothing shows it" in said.out
    well(done, "subscribers", "end", "alice@example.org")
    ended = at(done, "subscribers", "may-mail", "alice@example.org", "--json")
    assert (ended.code, ended.data["may"], ended.data["verdicts"][0]["consent"]["claimed"]) == (1, False, True)
    assert at(done, "subscribers", "may-mail", "nobody@example.org").code == 1


def test_an_address_is_suppressed_told_as_bounced_and_lifted(done: Site, tmp_path: Path) -> None:
    (tmp_path / "left.txt").write_text("bob@example.org\nno address\n")
    said = at(
        done, "suppressions", "add", "alice@example.org", "--from", str(tmp_path / "left.txt"), "--reason", "hard"
    )
    assert (said.code, said.out) == (1, "suppressions: 2 addresses are never mailed from now on, 1 line refused\n")
    assert said.err.startswith("solacefeed: line 3: 'no address' must be an email address")
    listed = at(done, "suppressions", "list", "--json").data
    assert [(each["canonical"], each["reason"]) for each in listed] == [
        ("alice@example.org", "hard"),
        ("bob@example.org", "hard"),
    ]
    assert "bounced" in well(done, "subscribers", "show", "alice@example.org")
    assert well(done, "suppressions", "remove", "Alice@example.org").endswith(
        "may be mailed again, by what they subscribe to\n"
    )
    assert "confirmed" in well(done, "subscribers", "show", "alice@example.org")
    assert at(done, "suppressions", "remove", "alice@example.org").code == 2
    assert at(done, "suppressions", "add").code == 2


def test_an_address_is_changed_at_the_prompt(done: Site) -> None:
    said = well(done, "subscribers", "change-address", "bob@example.org", "robert@example.org")
    assert said.splitlines()[0] == "subscribers: bob@example.org is robert@example.org from now on"
    assert "config.toml still names bob@example.org: that is yours to change" in said
    assert at(done, "subscribers", "change-address", "bob@example.org", "x@example.org").code == 2


def test_a_person_is_told_all_that_is_kept_of_them(done: Site) -> None:
    told = at(done, "subscribers", "export", "Bob@example.org").data
    assert told["person"]["address"] == "bob@example.org"
    assert [each["edition"] for each in told["copies"]] == ["weekly/2026-11-23"]
    assert at(done, "subscribers", "export", "nobody@example.org").code == 2
