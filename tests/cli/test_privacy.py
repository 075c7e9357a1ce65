"""What the law gives people, at the prompt: to be shown what is kept of them, and to be forgotten."""

from __future__ import annotations

from tests.cli.prompt import at, mails, set_line, well
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


def test_who_stands_in_the_config_is_told_of_it_and_the_list_brings_nobody_back(done: Site) -> None:
    said = well(done, "subscribers", "erase", "alice@example.org")
    assert "config.toml still names the address: that is yours to change" in said


def test_what_is_kept_of_an_address_without_a_subscription_goes_too(done: Site) -> None:
    assert well(done, "subscribers", "erase", "nobody@example.org") == "erase: 1 person is gone\n"
    assert at(done, "subscribers", "erase", "no address").code == 2
