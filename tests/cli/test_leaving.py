"""Who has left before a command hands mail over gets none by it, however they left and whichever command it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solacefeed.deeds.people.subscribe import end_by_number
from solacefeed.store import facts
from solacefeed.store.database import Store, open_store
from solacefeed.tokens import for_unsubscribing
from tests.cli.prompt import NOW, PEOPLE, WEEKLY, at, mails, rehearsed, set_line, well
from tests.support.site import Site, copied_site

ALICE = 1
THEN = datetime(2026, 11, 23, 8, tzinfo=UTC)
MAILBOX = 'unsubscribe_files = ["unsubscribe.mbox"]\n'


@pytest.fixture(scope="module")
def _begun_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = rehearsed(tmp_path_factory.mktemp("leaving") / "site", more=WEEKLY + MAILBOX + PEOPLE)
    (site.folder / "unsubscribe.mbox").write_bytes(b"")
    well(site, "poll")
    well(site, "prepare")
    return site.folder


@pytest.fixture
def site(_begun_once: Path, tmp_path: Path) -> Site:
    """Its first edition is prepared, and nobody has it yet."""
    return Site(copied_site(_begun_once, tmp_path / "site"))


@contextmanager
def kept(site: Site) -> Iterator[Store]:
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    yield store
    store.close()


def writes_to_leave(site: Site) -> None:
    """A mail with Alice's token comes into the mailbox."""
    with kept(site) as store:
        token = for_unsubscribing("weekly", ALICE, facts.signing_keys(store, ()))
    with (site.folder / "unsubscribe.mbox").open("a") as mailbox:
        mailbox.write("From MAILER Mon Nov 23 07:30:00 2026\nFrom: x@example.net\nMessage-ID: <1@example.net>\n")
        mailbox.write(f"Subject: unsubscribe {token}\n\n\n")


def leaves_by_one_click(site: Site) -> None:
    """As the page that takes it does."""
    with kept(site) as store:
        assert end_by_number(store, lambda: THEN, "weekly", ALICE)


def test_prepare_by_itself_reads_who_wrote_to_leave(site: Site) -> None:
    well(site, "editions", "cancel", "weekly/2026-11-23", "--make-anew")
    writes_to_leave(site)
    told = well(site, "prepare").splitlines()
    assert told[0] == "unsubscribes: 1 ended"
    assert re.fullmatch(r"prepare: weekly/2026-11-23 with .* for 2 subscribers", told[1])


@pytest.mark.more
@pytest.mark.parametrize("command", ["deliver", "run"])
@pytest.mark.parametrize("leaves", [writes_to_leave, leaves_by_one_click], ids=["by mail", "by one click"])
def test_who_has_left_since_it_was_prepared_gets_no_mail_by(
    site: Site, leaves: Callable[[Site], None], command: str
) -> None:
    leaves(site)
    assert "deliver: 2 accepted, 1 cancelled\n" in well(site, command)
    assert [each.rpartition("/")[2] for each in mails(site)] == ["bob@example.org.eml", "carol@example.org.eml"]


@pytest.mark.parametrize("command", ["prepare", "deliver", "run"])
def test_a_command_by_the_other_clock_ends_nobody(site: Site, command: str) -> None:
    writes_to_leave(site)
    set_line(site, f"as_of = {NOW}\n", "")
    said = at(site, command)
    assert (said.code, said.out) == (1, "")
    set_line(site, "[source]", f"as_of = {NOW}\n[source]")
    shown = at(site, "subscribers", "show", "alice@example.org", "--json").data
    assert [each["state"] for each in shown["subscriptions"]] == ["confirmed"]
