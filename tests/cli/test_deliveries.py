"""``deliveries`` and ``editions send-again``: copies looked at, offered again, resolved; and what is asked before."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from solacefeed.store.database import open_store
from solacefeed.store.schema import deliveries
from tests.cli.prompt import at, in_terminal, well
from tests.support.site import Site

EDITION = "weekly/2026-11-23"
READERS = ("alice", "bob", "carol")


def becomes(site: Site, *names: str, **values: object) -> None:
    """The copies of these readers are so."""
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    theirs = deliveries.c.email.in_([f"{name}@example.org" for name in names])
    with store.write() as connection:
        connection.execute(deliveries.update().where(theirs).values(**values))
    store.close()


def copies(site: Site, *words: str) -> dict[str, Any]:
    """What is listed, by the reader's name."""
    listed = at(site, "deliveries", "list", "--json", *words).data
    return {each["email"].partition("@")[0]: each for each in listed}


# -- listed ------------------------------------------------------------------------------------------------


def test_copies_are_listed_by_state_reader_domain_and_time(done: Site) -> None:
    becomes(done, "bob", state="rejected", answer="550 5.1.1 no such user")
    becomes(done, "carol", changed_at=datetime(2026, 11, 25, 9, tzinfo=UTC))
    becomes(done, "carol", email="carol@Other.Example")
    assert set(copies(done)) == set(READERS)
    assert set(copies(done, "--state", "rejected")) == {"bob"}
    assert set(copies(done, "--to", "alice@example.org")) == {"alice"}
    assert set(copies(done, "--domain", "example.org")) == {"alice", "bob"}
    assert set(copies(done, "--domain", "@other.example")) == {"carol"}
    assert set(copies(done, "--since", "2026-11-25")) == {"carol"}
    assert set(copies(done, "--since", "2026-11-26")) == set()
    assert set(copies(done, "--edition", EDITION, "--state", "accepted")) == {"alice", "carol"}


def test_a_domain_is_no_part_of_another(done: Site) -> None:
    becomes(done, "bob", email="bob@sub.example.org")
    becomes(done, "carol", email="carol@notexample.org")
    assert set(copies(done, "--domain", "example.org")) == {"alice"}
    assert set(copies(done, "--domain", "%")) == set()


def test_a_long_list_goes_on_where_it_was_cut_off(done: Site) -> None:
    seen: list[int] = []
    after: tuple[str, ...] = ()
    for left in (2, 1, 0):
        said = well(done, "deliveries", "list", "--limit", "1", *after)
        (number,) = [int(line.split()[0]) for line in said.splitlines() if EDITION in line]
        seen.append(number)
        after = ("--after", str(number))
        assert (f"there are more: --after {number} goes on" in said) is (left > 0)
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 3


def test_who_finds_none_is_told_whether_there_are_any(done: Site, fresh: Site) -> None:
    assert well(done, "deliveries", "list", "--state", "rejected") == "no such deliveries\n"
    well(fresh, "poll")
    assert well(fresh, "deliveries", "list") == "no deliveries yet\n"
    said = at(done, "deliveries", "list", "--to", "nobody@example.org")
    assert said.code == 2


def test_a_list_for_spreadsheets_runs_nothing_there(done: Site) -> None:
    becomes(done, "bob", state="rejected", answer="=1+1")
    said = well(done, "deliveries", "list", "--format", "csv")
    head, *rows = csv.reader(io.StringIO(said))
    assert head == ["id", "edition", "to", "state", "attempts", "next try", "answer"]
    assert len(rows) == 3
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_one_copy_is_shown_with_what_it_says(done: Site) -> None:
    alice = copies(done)["alice"]
    said = well(done, "deliveries", "show", str(alice["id"]))
    assert "alice@example.org" in said
    assert alice["message_id"] in said
    told = at(done, "deliveries", "show", str(alice["id"]), "--json").data
    assert (told["delivery"]["state"], told["acts"]) == ("accepted", [])


# -- resolved ----------------------------------------------------------------------------------------------


@pytest.fixture
def doubtful(done: Site) -> Site:
    """Two of the three copies are in doubt."""
    becomes(done, "alice", "bob", state="uncertain", doubts=1)
    return done


def test_one_in_doubt_is_resolved_by_its_number_and_that_is_told(doubtful: Site) -> None:
    number = str(copies(doubtful)["alice"]["id"])
    said = well(doubtful, "deliveries", "resolve", number, "--accepted")
    assert said == f"deliveries: 1 copy of {EDITION} accepted\n"
    assert {name: each["state"] for name, each in copies(doubtful).items()} == {
        "alice": "accepted",
        "bob": "uncertain",
        "carol": "accepted",
    }
    told = well(doubtful, "deliveries", "show", number)
    assert "by the operator: " in told
    assert "it was uncertain since" in " ".join(told.split())
    again = at(doubtful, "deliveries", "resolve", number, "--accepted")
    assert again.code == 2
    assert f"{number} is no uncertain copy: `solacefeed deliveries list --state uncertain`" in again.err


def test_an_edition_that_there_is_not_is_said_so_and_has_no_empty_list(doubtful: Site) -> None:
    said = at(doubtful, "deliveries", "list", "--edition", "weekly/2001-01-01")
    assert (said.code, said.out) == (2, "")
    assert "there is no edition weekly/2001-01-01" in said.err


def test_nothing_is_resolved_without_saying_which_and_how(doubtful: Site) -> None:
    how = at(doubtful, "deliveries", "resolve", "--edition", EDITION)
    assert (how.code, "say how they came out: --accepted or --resend" in how.err) == (2, True)
    which = at(doubtful, "deliveries", "resolve", "--accepted")
    assert (which.code, "say which: the numbers of copies, or --edition ID" in which.err) == (2, True)


@pytest.mark.parametrize("how", ["--accepted", "--resend"])
def test_all_of_an_edition_are_resolved_where_somebody_says_yes(doubtful: Site, how: str) -> None:
    words = ("deliveries", "resolve", "--edition", EDITION, how)
    looked = at(doubtful, *words, "--dry-run", "--json").data
    assert (looked["editions"], looked["done"]) == ({EDITION: 2}, False)
    alone = at(doubtful, *words)
    assert (alone.code, alone.out) == (2, "")
    assert "nothing was done: 2 are many at once, look with --dry-run, then say --yes" in alone.err
    refused = in_terminal(doubtful, "n", *words)
    assert f"Resolve 2 copies of {EDITION} as {how[2:]}? [y/N]" in refused.out
    assert refused.code == 2
    assert set(copies(doubtful, "--state", "uncertain")) == {"alice", "bob"}
    agreed = in_terminal(doubtful, "y", *words)
    assert (agreed.code, agreed.err) == (0, "")
    assert well(doubtful, *words, "--yes") == "deliveries: nothing to resolve\n"


@pytest.mark.more
def test_what_did_not_arrive_goes_again_and_is_accepted(doubtful: Site) -> None:
    before = copies(doubtful)["bob"]["message_id"]
    well(doubtful, "deliveries", "resolve", "--edition", EDITION, "--resend", "--yes")
    assert well(doubtful, "deliver") == "deliver: 2 accepted\n"
    assert copies(doubtful)["bob"]["message_id"] == before


# -- sent again --------------------------------------------------------------------------------------------


@pytest.mark.more
def test_what_expired_is_sent_again_where_somebody_says_yes(done: Site) -> None:
    becomes(done, "alice", "bob", state="expired")
    words = ("editions", "send-again", EDITION, "--to", "expired")
    looked = well(done, *words, "--dry-run")
    assert looked.startswith(f"editions: 2 copies of {EDITION} would be offered again, until ")
    assert looked.endswith("; nothing was written\n")
    alone = at(done, *words)
    assert (alone.code, alone.out) == (2, "")
    assert "2 are many at once" in alone.err
    refused = in_terminal(done, "n", *words)
    assert f"Send 2 copies of {EDITION} again? [y/N]" in refused.out
    assert refused.code == 2
    assert set(copies(done, "--state", "expired")) == {"alice", "bob"}
    told = at(done, *words, "--yes", "--json").data
    assert (told["copies"], told["seconds"], told["moved"], told["done"]) == (2, 0, 0, True)
    assert well(done, "deliver") == "deliver: 2 accepted\n"


@pytest.mark.more
def test_one_reader_is_asked_about_by_nobody_and_gets_a_second_one(done: Site) -> None:
    before = copies(done)["alice"]["message_id"]
    told = at(done, "editions", "send-again", EDITION, "--to", "alice@example.org", "--json").data
    assert (told["copies"], told["seconds"]) == (1, 1)
    well(done, "deliver")
    alice = copies(done)["alice"]
    assert alice["message_id"] != before
    assert "sent before" in well(done, "deliveries", "show", str(alice["id"]))


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("--to", "accepted"), "'accepted' is neither rejected nor expired, and no address"),
        (("--to", "nobody@example.org"), "nobody@example.org"),
        (("--to", "rejected", "--until", "2020-01-01T00:00:00Z"), "2020"),
    ],
)
def test_what_can_not_be_sent_again_is_said_in_a_line(done: Site, words: tuple[str, ...], cause: str) -> None:
    said = at(done, "editions", "send-again", EDITION, *words)
    assert (said.code, said.out) == (2, "")
    assert cause in said.err
    assert said.err.count("\n") == 1
