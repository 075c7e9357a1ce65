"""``subscribers list`` finds whom one asks for, and ``show`` tells all that is known of an address."""

from __future__ import annotations

import pytest

from solacefeed.models.people import Actor, Suppression, SuppressionReason
from solacefeed.store import suppressions
from solacefeed.store.database import open_store
from tests.cli.prompt import at, well
from tests.support.builders import MONDAY
from tests.support.site import Site


def asked_for(site: Site, *words: str) -> list[str]:
    """Who is listed, by the name in the address."""
    found = at(site, "subscribers", "list", *words, "--json").data
    return [each["subscriber"]["email"].partition("@")[0] for each in found]


@pytest.fixture
def varied(done: Site) -> Site:
    """Alice has everything and ended, Bob chose and paused, Carol bounced; Élodie came on another basis."""
    well(done, "subscribers", "end", "alice@example.org")
    well(done, "subscribers", "pause", "bob@example.org")
    words = ("--name", "Élodie Durand", "--basis", "soft-opt-in", "--evidence", "the form of 3 May")
    well(done, "subscribers", "add", "elodie@example.net", *words)
    suppress(done, "carol@example.org")
    return done


def suppress(site: Site, email: str) -> None:
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    never = Suppression(
        canonical=email, reason=SuppressionReason.HARD, words="no such mailbox", actor=Actor.OPERATOR, at=MONDAY
    )
    with store.write() as connection:
        suppressions.add(connection, never)
    store.close()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), ["alice", "bob", "carol", "elodie"]),
        (("--state", "ended"), ["alice"]),
        (("--state", "bounced"), ["carol"]),
        (("--category", "education"), ["bob"]),
        (("--search", "EXAMPLE.NET"), ["elodie"]),
        (("--search", "élodie"), ["elodie"]),
        (("--search", "ÉLODIE"), ["elodie"]),
        (("--search", "%"), []),
        (("--basis", "soft-opt-in"), ["elodie"]),
        (("--by", "reader"), ["alice", "bob"]),
        (("--by", "suppression"), ["carol"]),
        (("--entered-by", "operator"), ["elodie"]),
        (("--digest", "weekly", "--state", "paused"), ["bob"]),
        (("--limit", "2"), ["alice", "bob"]),
        (("--limit", "2", "--after", "Bob@example.org"), ["carol", "elodie"]),
    ],
)
def test_those_are_listed_who_are_asked_for(varied: Site, words: tuple[str, ...], found: list[str]) -> None:
    assert asked_for(varied, *words) == found


def test_a_list_that_ends_early_says_where_it_goes_on(varied: Site) -> None:
    assert well(varied, "subscribers", "list", "--limit", "3").splitlines()[-1] == (
        "there are more: --after carol@example.org goes on"
    )
    assert "there are more" not in well(varied, "subscribers", "list", "--limit", "4")
    assert well(varied, "subscribers", "list", "--search", "nobody") == "nobody is so\n"


def test_what_there_is_not_cant_be_asked_for(varied: Site) -> None:
    said = at(varied, "subscribers", "list", "--category", "housng")
    assert (said.code, "did you mean housing?" in said.err) == (2, True)
    assert at(varied, "subscribers", "list", "--digest", "monthly").code == 2


def test_show_says_on_which_consent_somebody_is_mailed(varied: Site) -> None:
    shown = well(varied, "subscribers", "show", "elodie@example.net")
    words = "soft-opt-in 2026-11-23 08:00 UTC, by operator, shown by the form of 3 May"
    assert words in shown
    assert "consent 2026-11-23 08:00 UTC, by list, claimed: nothing shows it" in well(
        varied, "subscribers", "show", "bob@example.org"
    )


def test_show_says_that_an_address_bounced_and_why(varied: Site) -> None:
    shown = well(varied, "subscribers", "show", "carol@example.org")
    assert "never mailed   since 2026-11-23 08:00 UTC, hard (by: operator): no such mailbox" in shown
    assert "bounced: Scotland (suppression, never to be mailed: no such mailbox)" in shown
    assert "bounced" in well(varied, "subscribers", "history", "carol@example.org")
    assert "1 bounced" in well(varied, "status")


def test_show_knows_an_address_that_is_suppressed_and_that_nobody_has(varied: Site) -> None:
    suppress(varied, "old@example.org")
    shown = well(varied, "subscribers", "show", "Old@example.org")
    assert shown.splitlines()[0].endswith("Old@example.org (no subscriber)")
    assert at(varied, "subscribers", "show", "old@example.org", "--json").data["subscriber"] is None


def test_who_has_no_consent_on_record_is_told_and_why_says_so(done: Site) -> None:
    store = open_store(f"sqlite:///{done.folder}/var/solacefeed.db")
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET consent_id = NULL")
        connection.exec_driver_sql("DELETE FROM consents")
    store.close()
    assert "no consent on record: nothing is mailed" in well(done, "subscribers", "show", "alice@example.org")
    well(done, "subscribers", "add", "dave@example.org")
    told = well(done, "editions", "why", "weekly/2026-11-30", "alice@example.org")
    assert "no consent of theirs was on record, and without one nothing is mailed" in told


def test_why_says_that_an_address_bounced(varied: Site) -> None:
    told = well(varied, "editions", "why", "weekly/2026-11-30", "carol@example.org")
    assert "nothing was mailed to their address" in told
    assert "no such mailbox" in told
