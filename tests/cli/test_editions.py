"""Editions at the prompt: an editor's word before they leave, and what the operator does when a relay refuses us."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Literal

import pytest

from solacefeed.app import App
from solacefeed.composition.pages import put_together
from solacefeed.config import load
from solacefeed.store import posts as post_store
from solacefeed.store.database import Store, open_store
from tests.cli.prompt import NOW, PEOPLE, WEEK_LATER, WEEKLY, at, rehearsed, set_line, well
from tests.cli.test_trouble import RELAY
from tests.mail.fake_relay import Relay
from tests.support.site import Site, copied_site
from tests.web.desk_world import BASE, Browser, Client

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


@pytest.mark.more
@pytest.mark.parametrize("deed", ["run", "deliver"])
def test_a_refusal_of_us_is_said_with_what_to_do_and_told_by_the_exit_code(site: Site, relay: Relay, deed: str) -> None:
    for before in ("poll", "prepare"):
        at(site, before)
    relay.at("MAIL", REFUSAL)
    said = at(site, deed, "-q")
    assert (said.code, said.out) == (1, "")
    (line,) = said.err.splitlines()
    assert line.startswith(f"solacefeed: deliver: 0 accepted, 1 deferred; {PAUSED}")
    assert line.endswith(
        f"answered MAIL FROM with 554 5.7.1 <...>: Relay access denied; see [mail] from and return_path: {WHAT_TO_DO}"
    )
    assert "alice" not in line


def test_as_long_as_an_edition_stands_paused_every_run_says_so_and_status_too(site: Site, relay: Relay) -> None:
    relay.at("MAIL", REFUSAL)
    at(site, "run")
    again = at(site, "run", "-q")
    assert (again.code, again.err.count(PAUSED)) == (1, 1)
    told = at(site, "status", "--json").data
    assert any(line.startswith(PAUSED) and line.endswith(WHAT_TO_DO) for line in told["advice"])
    assert [edition["id"] for edition in told["standing"]["paused"]] == ["weekly/2026-11-23"]
    assert told["standing"]["deliveries"] == {"pending": 3}


@pytest.mark.more
def test_operators_are_mailed_once_of_an_edition_that_the_relay_has_paused_and_anew_after_it_was_resumed(
    site: Site, relay: Relay
) -> None:
    set_line(site, "[mail]", '[mail]\noperators = ["op@example.org"]')

    def alarms() -> list[tuple[str, str]]:
        return [(each["email"], each["state"]) for each in at(site, "outbox", "list", "--json").data]

    relay.at("MAIL", REFUSAL)
    # The relay takes the letter, whatever it says of the edition's copies, and in the same round.
    assert at(site, "run", "-q").err.count(PAUSED) == 1
    assert alarms() == [("op@example.org", "accepted")]
    (mail,) = [BytesParser(policy=policy.default).parsebytes(body) for body in mails(relay)]
    assert mail["To"] == "op@example.org"
    assert mail["Subject"].startswith(f"[Alarm] {EDITION} is paused, ")
    assert f"solacefeed editions resume {EDITION}" in text(mail)
    assert "alice@example.org" not in mail.as_string()
    assert at(site, "deliver", "-q").code == 1
    assert alarms() == [("op@example.org", "accepted")]
    well(site, "editions", "resume", EDITION)
    relay.at("MAIL", REFUSAL)
    assert at(site, "deliver", "-q").code == 1
    assert alarms() == [("op@example.org", "accepted")] * 2


@pytest.mark.more
def test_an_edition_that_the_operator_has_paused_alarms_nobody(site: Site, relay: Relay) -> None:
    set_line(site, "[mail]", '[mail]\noperators = ["op@example.org"]')
    for deed in ("poll", "prepare"):
        well(site, deed)
    well(site, "editions", "pause", EDITION)
    assert at(site, "deliver", "-q").code == 1
    assert (at(site, "outbox", "list", "--json").data, mails(relay)) == ([], [])


@pytest.mark.more
def test_resumed_everybody_gets_their_mail(site: Site, relay: Relay) -> None:
    relay.at("MAIL", REFUSAL)
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


@pytest.mark.more
def test_a_refused_login_pauses_instead_of_waiting_for_ever(relay: Relay, site: Site) -> None:
    relay.at("MAIL", "535 5.7.8 Authentication failed")
    said = at(site, "run", "-q")
    assert (said.code, said.err.count(PAUSED)) == (1, 1)
    assert "535 5.7.8 Authentication failed; see [mail] from and return_path" in said.err


@pytest.mark.more
def test_cancelled_an_edition_goes_to_nobody(site: Site, relay: Relay) -> None:
    relay.at("MAIL", REFUSAL)
    at(site, "run")
    told = at(site, "editions", "cancel", "weekly/2026-11-23", "--json").data
    assert (told["edition_id"], told["copies"], told["handed"]) == ("weekly/2026-11-23", 3, 0)
    assert well(site, "deliver") == "deliver: 0 accepted\n"
    assert mails(relay) == []
    (edition,) = at(site, "editions", "list", "--json").data
    assert (edition["state"], edition["reason"]) == ("cancelled", "cancelled 2026-11-23 08:00 UTC")


@pytest.mark.more
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


def test_a_frozen_edition_is_shown_as_it_goes_and_what_was_taken_out_since_is_marked(done: Site) -> None:
    before = well(done, "editions", "show", "weekly/2026-11-23")
    assert "taken out" not in before
    store = open_store(f"sqlite:///{done.folder}/var/solacefeed.db")
    with store.write() as connection:
        post_store.bury(connection, {DESKS: "deleted (404)"}, at=datetime.fromisoformat(NOW))
        connection.exec_driver_sql(f"UPDATE posts SET title = 'Otherwise' WHERE id = '{NUMBERS}'")
    store.close()
    shown = well(done, "editions", "show", "weekly/2026-11-23")
    assert re.search(rf"{DESKS}  .*, taken out since: gone$", shown, re.M)
    assert re.findall(rf"^.*{NUMBERS}  .*$", shown, re.M) == re.findall(rf"^.*{NUMBERS}  .*$", before, re.M)
    assert shown.count("taken out since: gone") == 1
    assert "everything: 1 reader, 5 posts (1 taken out since), " in shown
    assert "scotland: 1 reader, 2 posts, " in shown
    states = {post["id"]: post["state"] for post in at(done, "editions", "show", EDITION, "--json").data["posts"]}
    assert (states[DESKS], states[NUMBERS]) == ("gone", "published")


# -- an editor's word ---------------------------------------------------------------------------------

EDITION = "weekly/2026-11-23"
NEXT = "weekly/2026-11-30"
NOTICE = "weekly/notice-2026-11-23-1"
APPROVED_FIRST = WEEKLY.replace('closes = "mon 07:00"', 'closes = "mon 07:00"\napproval = "required"')
BUILD, SCHOOLS, NUMBERS, HOME, DESKS = "1311", "1303", "1298", "1291", "1284"


@pytest.fixture(scope="module")
def _drafted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = rehearsed(
        tmp_path_factory.mktemp("drafted") / "site", more=APPROVED_FIRST + 'editors = ["ed@example.org"]\n' + PEOPLE
    )
    well(site, "run")
    return site.folder


@pytest.fixture
def drafted(_drafted_once: Path, tmp_path: Path) -> Site:
    """A site whose edition has closed, and waits for its editor."""
    return Site(copied_site(_drafted_once, tmp_path / "drafted"))


def in_folder(site: Site, pattern: str) -> dict[str, EmailMessage]:
    """What lies in folders of the rehearsal, by who gets it."""
    found = (site.folder / "var" / "mail").glob(f"{pattern}/*.eml")
    read = BytesParser(policy=policy.default).parsebytes
    return {path.name.removesuffix(".eml"): read(path.read_bytes()) for path in found}


def text(mail: EmailMessage, kind: Literal["plain", "html"] = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def state(site: Site, edition: str) -> str:
    return str(at(site, "editions", "show", edition, "--json").data["edition"]["state"])


def test_a_draft_goes_to_its_editor_and_to_nobody_else_until_it_is_approved(drafted: Site) -> None:
    assert state(drafted, EDITION) == "draft"
    ((editor, draft),) = in_folder(drafted, "draft-*").items()
    assert editor == "ed@example.org"
    assert draft["Subject"].startswith("[Draft] Build the homes & keep the people, and 4 more")
    assert f"solacefeed editions approve {EDITION}" in text(draft)
    assert in_folder(drafted, "weekly-2026-11-23") == {}
    assert f"{EDITION} waits for an editor: `solacefeed editions approve {EDITION}`" in well(drafted, "prepare")
    assert well(drafted, "editions", "approve", EDITION) == (
        f"editions: {EDITION} approved; the next prepare lets it leave\n"
    )
    well(drafted, "run")
    assert {"alice@example.org", "bob@example.org", "carol@example.org"} == in_folder(
        drafted, "weekly-2026-11-23"
    ).keys()


def test_what_an_editor_writes_drops_and_puts_first_is_what_readers_get(drafted: Site) -> None:
    well(
        drafted, "editions", "edit", EDITION, "--opening", "A short week.", "--notice", "The office is shut on Friday.",
        "--subject", "Three posts for a short week", "--drop", DESKS, "--drop", HOME, "--first", NUMBERS,
    )  # fmt: skip
    shown = well(drafted, "editions", "show", EDITION)
    for row in ("opening +A short week", "notices +The office is shut", "dropped +1284, 1291", "first +1298"):
        assert re.search(row, shown)
    posts = at(drafted, "editions", "show", EDITION, "--json").data["posts"]
    assert [post["id"] for post in posts] == [NUMBERS, BUILD, SCHOOLS]
    well(drafted, "editions", "approve", EDITION)
    well(drafted, "run")
    got = in_folder(drafted, "weekly-2026-11-23")["alice@example.org"]
    assert got["Subject"] == "Three posts for a short week"
    said = text(got)
    assert "A short week. The office is shut on Friday." in said
    titles = ["Three numbers to publish", "Build the homes", "Small schools, long roads"]
    assert [said.index(title) for title in titles] == sorted(said.index(title) for title in titles)
    assert "empty desks" not in said
    refused = at(drafted, "editions", "edit", EDITION, "--opening", "Too late.")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert f"{EDITION} is frozen: its words stay as they are" in refused.err


def test_what_was_edited_can_be_taken_back(drafted: Site) -> None:
    edit = ("editions", "edit", EDITION)
    well(drafted, *edit, "--opening", "A", "--notice", "B", "--subject", "C", "--drop", DESKS, "--first", HOME)
    well(drafted, *edit, "--opening", "", "--no-notices", "--subject", "", "--keep", DESKS, "--no-order")
    editing = at(drafted, "editions", "show", EDITION, "--json").data["edition"]["editing"]
    assert {name: value for name, value in editing.items() if value} == {"kept": [DESKS]}
    said = at(drafted, *edit, "--drop", "9999")
    assert (said.code, said.err) == (
        2,
        f"solacefeed: there is no post 9999: `solacefeed editions show {EDITION}` names them\n",
    )


def test_a_test_goes_by_the_outbox_and_changes_no_address_but_its_own(drafted: Site) -> None:
    well(drafted, "editions", "edit", EDITION, "--opening", "Write to you@example.org.")
    asked = ("editions", "test", EDITION, "eve@example.org", "--categories", "scotland")
    said = well(drafted, *asked)
    assert said.startswith(f"editions: {EDITION} goes to eve@example.org as a test")
    assert "links in it that are a reader's own lead to the blog, and so does the one to its page" in said
    assert "1 accepted of the outbox" in well(drafted, "deliver")
    got = in_folder(drafted, "test-*")["eve@example.org"]
    assert got["Subject"].startswith("[Test] Build the homes & keep the people, and 1 more")
    assert "Write to you@example.org." in text(got)
    assert "You asked for posts on Scotland from" in text(got)
    assert "This mail went to eve@example.org." in text(got)
    assert "@@" not in got.as_string()
    assert state(drafted, EDITION) == "draft"
    # Its page does not stand yet.
    assert "/digest/weekly/2026-11-23" not in text(got) + text(got, "html")
    assert re.search(r"View in browser: http\S+", text(got))


def test_a_test_of_one_that_has_left_leads_to_its_page(drafted: Site) -> None:
    site = drafted
    well(site, "editions", "approve", EDITION)
    well(site, "run")
    said = well(site, "editions", "test", EDITION, "eve@example.org")
    assert "; links in it that are a reader's own lead to the blog\n" in said
    well(site, "deliver")
    got = in_folder(site, "test-*")["eve@example.org"]
    assert re.search(r"View in browser: \S+/digest/weekly/2026-11-23\.html", text(got))
    assert (site.folder / "feeds/digest/weekly/2026-11-23.html").is_file()


@pytest.mark.more
def test_a_site_that_nobody_has_subscribed_to_yet_can_try_the_edition_that_it_would_send(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more=WEEKLY.partition("[[subscribers]]")[0])
    well(site, "run")
    assert well(site, "editions", "list") == "no edition yet\n"
    said = well(site, "editions", "test", "weekly", "eve@example.org", "--json")
    assert json.loads(said) == {"edition": EDITION, "letter": 1, "instead_of": None, "is_nothing": False}
    assert "1 accepted of the outbox" in well(site, "deliver")
    got = in_folder(site, "test-*")["eve@example.org"]
    assert got["Subject"].startswith("[Test] ")
    assert "Build the homes" in text(got)
    assert "This mail went to eve@example.org." in text(got)
    # Trying one makes none.
    assert well(site, "editions", "list") == "no edition yet\n"


@pytest.mark.more
def test_of_a_week_without_posts_the_newest_edition_that_has_some_is_tried_and_it_is_said(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more=WEEKLY.partition("[[subscribers]]")[0])
    well(site, "poll")
    said = well(site, "editions", "test", "weekly", "eve@example.org", "--as-of", "2026-12-14T12:00:00Z")
    assert said.startswith(
        "editions: weekly/2026-12-14 has no post, and would be skipped; weekly/2026-11-23, the newest"
    )
    well(site, "deliver", "--as-of", "2026-12-14T12:00:00Z")
    got = in_folder(site, "test-*")["eve@example.org"]
    assert "Nothing new" not in text(got)
    assert got["Subject"].startswith("[Test] ")
    assert well(site, "editions", "list") == "no edition yet\n"


def test_a_test_of_a_digest_or_of_an_edition_that_there_is_not_says_where_to_look(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site")
    well(site, "poll")
    for which, words in (("montly", "montly"), ("weekly/2031-01-06", "`solacefeed editions list`")):
        said = at(site, "editions", "test", which, "eve@example.org")
        assert (said.code, said.out) == (2, "")
        assert words in said.err


@pytest.mark.more
def test_operators_are_told_once_of_an_edition_that_waits_for_its_editor(drafted: Site) -> None:
    set_line(drafted, 'editors = ["ed@example.org"]', 'operators = ["op@example.org"]')
    well(drafted, "run")
    alarm = in_folder(drafted, "alarm-*")["op@example.org"]
    assert alarm["Subject"] == f"[Alarm] {EDITION} closed on 2026-11-23 07:00 UTC, and waits for an editor"
    assert f"solacefeed editions approve {EDITION}" in text(alarm)
    assert f"{EDITION} waits for an editor" in well(drafted, "prepare")
    assert [letter["kind"] for letter in at(drafted, "outbox", "list", "--json").data] == ["alarm", "draft"]


@pytest.mark.more
def test_one_that_is_approved_before_its_closing_is_told_of_by_status_until_it_has_left(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more=APPROVED_FIRST + 'editors = ["ed@example.org"]\n' + PEOPLE)
    set_line(site, f"as_of = {NOW}", "as_of = 2026-11-22T12:00:00Z")
    well(site, "run")
    well(site, "editions", "approve", EDITION)
    waits = f"{EDITION} is approved, and leaves on 2026-11-23 07:00 UTC"
    assert f"{waits}, to whoever reads it when the next `prepare` freezes it" in well(site, "status")
    well(site, "prepare")
    well(site, "subscribers", "end", "bob@example.org")
    told = well(site, "status")
    # One state is one word.
    assert f"{EDITION} is frozen, and leaves on 2026-11-23 07:00 UTC in 3 copies" in told
    assert re.search(rf"^{EDITION} .* frozen +3 pending$", well(site, "editions", "list"), re.M)
    assert re.search(r"^state +frozen$", well(site, "editions", "show", EDITION), re.M)
    assert state(site, EDITION) == "preparing"
    said = at(site, "editions", "pause", EDITION)
    hold = f"`solacefeed editions hold {EDITION}` keeps it back"
    assert (said.code, said.err) == (2, f"solacefeed: {EDITION} is frozen, and nothing of it has left: {hold}\n")
    assert f"weekly  {EDITION} leaves 2026-11-23 07:00 UTC in 3 copies; the next closes 2026-11-30 07:00 UTC" in told
    assert "all is well" not in told
    assert "3 pending (1 of who reads it no longer: not to go)" in well(site, "editions", "show", EDITION)
    set_line(site, "as_of = 2026-11-22T12:00:00Z", f"as_of = {NOW}")
    well(site, "run")
    assert f"last {EDITION} done: 2 accepted, 1 cancelled" in well(site, "status")


def test_an_edition_that_is_held_over_the_next_closing_is_skipped_and_its_posts_are_in_the_next(drafted: Site) -> None:
    well(drafted, "editions", "hold", EDITION, "--reason", "the budget is  late")
    assert state(drafted, EDITION) == "held"
    assert f"{EDITION} is held: the budget is late" in well(drafted, "prepare")
    set_line(drafted, f"as_of = {NOW}", f"as_of = {WEEK_LATER}")
    said = well(drafted, "prepare")
    assert f"{EDITION} skipped: " in said
    assert f"{NEXT} is drafted" in said
    assert state(drafted, EDITION) == "skipped"
    well(drafted, "editions", "approve", NEXT)
    well(drafted, "run")
    assert "Build the homes & keep the people" in text(in_folder(drafted, "weekly-2026-11-30")["carol@example.org"])
    assert in_folder(drafted, "weekly-2026-11-23") == {}


@pytest.mark.more
def test_one_that_is_released_after_its_closing_leaves(drafted: Site) -> None:
    well(drafted, "editions", "hold", EDITION)
    assert well(drafted, "editions", "release", EDITION) == (
        f"editions: {EDITION} released; the next prepare lets it leave\n"
    )
    well(drafted, "run")
    assert state(drafted, EDITION) == "done"
    refusals = {
        "release": f"{EDITION} is not held but done: there is nothing to release",
        "approve": f"{EDITION} is done and can't be approved any more",
        "hold": f"{EDITION} is done and can't be held any more",
        "pause": f"{EDITION} is not on its way but done: there is nothing to pause",
    }
    for verb, words in refusals.items():
        said = at(drafted, "editions", verb, EDITION)
        assert (said.code, said.err) == (2, f"solacefeed: {words}\n")


@pytest.mark.more
def test_an_edition_on_its_way_is_paused_and_resumed_by_hand(site: Site, relay: Relay) -> None:
    for deed in ("poll", "prepare"):
        well(site, deed)
    assert "paused; " in well(site, "editions", "pause", EDITION)
    assert at(site, "deliver").code == 1
    assert mails(relay) == []
    well(site, "editions", "resume", EDITION)
    assert well(site, "deliver") == "deliver: 3 accepted\n"


# -- a notice -----------------------------------------------------------------------------------------

WORDS = "We move house\n\nOn Monday the blog\nis elsewhere.\n\nAll links stay.\n"


def test_a_notice_goes_to_readers_of_its_categories_alone_once_it_is_approved(drafted: Site) -> None:
    path = drafted.folder / "notice.txt"
    path.write_text(WORDS, encoding="utf-8")
    assert well(drafted, "editions", "new", "weekly", "--notice", str(path), "--categories", "scotland") == (
        f"editions: {NOTICE} is begun; `solacefeed editions show {NOTICE}`\n"
    )
    shown = well(drafted, "editions", "show", NOTICE)
    for row in ("subject +We move house", "for readers of +scotland", "notices +On Monday the blog is elsewhere"):
        assert re.search(row, shown)
    well(drafted, "run")
    assert in_folder(drafted, "weekly-notice-*") == {}
    seen = well(drafted, "preview", "--edition", NOTICE)
    assert seen.startswith(f"preview: {NOTICE}: 0 posts, 0 events, ")
    assert "skipped" not in seen
    well(drafted, "editions", "approve", NOTICE)
    well(drafted, "run")
    got = in_folder(drafted, "weekly-notice-*")
    # Alice reads everything.
    assert got.keys() == {"alice@example.org", "carol@example.org"}
    assert got["carol@example.org"]["Subject"] == "We move house"
    said = text(got["carol@example.org"])
    assert "On Monday the blog is elsewhere. All links stay." in said
    assert not any(absent in said for absent in ("new post", "Coming up", "View in browser"))
    assert not list((drafted.folder / "feeds").rglob("*notice*"))
    assert state(drafted, EDITION) == "draft"
    assert f"last {NOTICE} done: 2 accepted" in at(drafted, "status").out


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("A subject alone\n", "the file's first line is the subject, and what is said stands below it"),
        ("", "the file's first line is the subject"),
        ("A\n\n" + "b" * 20_001, "a notice has at most 20000 characters"),
        ("\udcff", "can't be read as UTF-8 text"),
    ],
    ids=["no words", "nothing", "too long", "no text"],
)
def test_what_is_no_notice_is_refused_in_a_line(drafted: Site, words: str, cause: str) -> None:
    path = drafted.folder / "notice.txt"
    path.write_text(words, encoding="utf-8", errors="surrogateescape")
    said = at(drafted, "editions", "new", "weekly", "--notice", str(path))
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert cause in said.err


# -- at the desk ------------------------------------------------------------------------------------------


@pytest.fixture
def with_pages(drafted: Site) -> Site:
    """Such a site with pages of its own."""
    editors = 'editors = ["ed@example.org"]'
    set_line(drafted, editors, f'{editors}\n[web]\nbase_url = "{BASE}"')
    return drafted


@contextmanager
def opened(site: Site) -> Iterator[tuple[App, Store]]:
    """What the config makes of it, in this process."""
    config = load(site.folder / "config.toml", environ={})
    where = str(site.folder / "var" / "solacefeed.db")
    store_there = config.model_copy(update={"store": config.store.model_copy(update={"url": f"sqlite:///{where}"})})
    app = App(store_there, as_of=datetime.fromisoformat(NOW), folder=site.folder)
    with app.store() as store:
        yield app, store


@pytest.mark.more
def test_the_operator_prints_a_link_by_which_an_editor_approves(with_pages: Site) -> None:
    link = well(with_pages, "editions", "desk", EDITION, "--editor", "ed@example.org").strip()
    assert re.fullmatch(rf"{BASE}/desk/[\w.-]+", link)
    with opened(with_pages) as (app, store):
        browser = Browser(client=Client(put_together(app, store)), path=link.removeprefix(BASE))
        browser.press("words", opening="A short week.", subject="", notices="")
        assert "Done: approved it." in browser.press("approve").text
        form = re.findall(r'name="form" value="([^"]+)"', browser.client.get("/desk").text)[0]
        answer = browser.client.post("/desk", data={"form": form, "email": "Ed@example.org"})
        assert answer.status_code == 200
    well(with_pages, "run")
    assert "A short week." in text(in_folder(with_pages, "weekly-2026-11-23")["alice@example.org"])
    (asked,) = in_folder(with_pages, "link-*").values()
    assert asked["Subject"].startswith("[Desk] ")


@pytest.mark.parametrize(("editor", "edition"), [("ann@example.org", EDITION), ("ed@example.org", "weekly/2020-01-06")])
def test_a_link_is_printed_for_no_one_else_and_of_no_other_edition(with_pages: Site, editor: str, edition: str) -> None:
    assert at(with_pages, "editions", "desk", edition, "--editor", editor).code == 2


def test_where_there_are_no_pages_there_is_no_desk(drafted: Site) -> None:
    said = at(drafted, "editions", "desk", EDITION, "--editor", "ed@example.org")
    assert (said.code, "[web] base_url" in said.err) == (2, True)


# -- how long it takes --------------------------------------------------------------------------------


@pytest.mark.more
def test_whoever_waits_for_mail_that_goes_slowly_is_told_how_long_and_bounds_it(site: Site, relay: Relay) -> None:
    set_line(site, "connections = 1", "connections = 1\nper_hour = 1")
    for deed in ("poll", "prepare"):
        well(site, deed)
    said = well(site, "deliver", "--within", "10m").splitlines()
    assert said[0].startswith("deliver: by its pace the last leaves about 2026-11-23 ")
    assert said[0].endswith(" UTC; Ctrl-C ends it after what is in hand, and the next one goes on")
    assert said[1].startswith("deliver: 1 accepted; paced: goes on at 2026-11-23 09:02 UTC")
    assert len(mails(relay)) == 1
    refused = at(site, "deliver", "--within", "soon")
    assert refused.code == 2
    assert "must be a duration from" in refused.err


def test_a_word_that_is_an_option_of_other_commands_leads_to_them(site: Site) -> None:
    said = at(site, "editions", "notice", "words.txt")
    assert said.code == 2
    meant = "`solacefeed editions edit --notice` or `solacefeed editions new --notice`"
    assert f"there is no command notice; did you mean {meant}?" in said.err
    assert "did you mean `" not in at(site, "editions", "nothing").err
