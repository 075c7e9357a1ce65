"""A site with pages of its own, at the prompt: forms are answered, mails lead to the reader's page, complaints end."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from solacefeed.deeds.people.complaining import by_a_stranger
from solacefeed.deeds.people.fingerprints import FingerprintKey
from solacefeed.deeds.people.sign_up import ask
from solacefeed.models.sign_ups import NewSignUp, SignUpKind, Wish
from solacefeed.store import reader_complaints
from solacefeed.store.database import open_store
from tests.cli.prompt import WEEKLY, at, rehearsed, well
from tests.support.site import Site, copied_site

THEN = datetime(2026, 11, 23, 8, tzinfo=UTC)
PAGES = """
[web]
base_url = "https://news.example.org"
[[subscribers]]
email = "alice@example.org"
"""


@pytest.fixture(scope="module")
def _done_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "site"
    well(rehearsed(folder, more=WEEKLY + PAGES), "run")
    return folder


@pytest.fixture
def site(_done_once: Path, tmp_path: Path) -> Site:
    """After its first run."""
    return Site(copied_site(_done_once, tmp_path / "site"))


def asks(site: Site, email: str, *, kind: SignUpKind = SignUpKind.SUBSCRIBE) -> None:
    """Somebody asks for the digest on a form, or for their link."""
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    new = NewSignUp(kind=kind, email=email, wishes=(Wish(digest="weekly"),))
    ask(store, lambda: THEN, FingerprintKey(path=site.folder / "var" / "fingerprint.key"), new, None)
    store.close()


def complains(site: Site, *, due: datetime) -> None:
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    with store.write() as connection:
        reader_complaints.add(connection, subscriber_id=1, digest="weekly", words="Too many", at=THEN, due=due)
    store.close()


def mail_to(site: Site, who: str) -> EmailMessage:
    (path,) = (site.folder / "var" / "mail").rglob(f"{who}.eml")
    return message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.more
def test_run_answers_a_form_and_status_counts_what_waits(site: Site) -> None:
    asks(site, "dan@example.org")
    assert re.search(r"^asked +1 sign-up to be answered$", at(site, "status").out, re.M)
    assert "answer: 1 letter to who asked, 0 dropped\n" in well(site, "run")
    message = mail_to(site, "dan@example.org")
    assert message["Subject"] == "Please confirm: The Weekly Digest"
    assert re.search(r"^https://news\.example\.org/confirm/[\w.-]+$", text_of(message), re.M)
    assert "to be answered" not in at(site, "status").out


def test_what_was_dropped_shows_why(site: Site) -> None:
    asks(site, "dan@example.org")
    well(site, "run")
    asks(site, "dan@example.org")
    asks(site, "eve@example.org", kind=SignUpKind.LINK)
    assert "2 dropped" in well(site, "run")
    shown = well(site, "subscribers", "show", "dan@example.org")
    assert re.findall(r"subscribe: .*", shown) == [
        "subscribe: dropped, 1 letter went there within 24 hours",
        "subscribe: answered, confirmed by nobody yet",
    ]
    assert "link: dropped, no subscriber has this address" in well(site, "subscribers", "show", "eve@example.org")
    told = at(site, "subscribers", "show", "eve@example.org", "--json").data["sign_ups"]
    assert [(each["state"], each["reason"]) for each in told] == [("dropped", "no subscriber has this address")]


@pytest.mark.more
def test_deliver_answers_first(site: Site) -> None:
    asks(site, "dan@example.org")
    said = well(site, "deliver")
    assert said == "answer: 1 letter to who asked, 0 dropped\ndeliver: 0 accepted; 1 accepted of the outbox\n"


def test_a_mail_leads_to_its_reader_s_page_and_to_where_they_pause(site: Site) -> None:
    text = text_of(mail_to(site, "alice@example.org"))
    page = re.search(r"^Change what you get: (https://news\.example\.org/preferences/[\w.-]+)$", text, re.M)
    assert page
    assert f"Pause: {page[1]}#pause\n" in text


def test_a_complaint_is_listed_presses_as_its_day_comes_and_ends(site: Site) -> None:
    complains(site, due=THEN.replace(day=27))
    listed = well(site, "complaints", "list")
    assert re.search(r"due 2026-11-27 +Too many", listed)
    assert "alice@example.org" in listed
    said = at(site, "status")
    assert said.code == 1
    assert "complaint 1 of a reader is to be answered by 2026-11-27; answer it" in " ".join(said.out.split())
    assert well(site, "complaints", "answered", "1") == "complaints: 1 is answered\n"
    assert well(site, "complaints", "answered", "1") == "complaints: 1 is answered, as before\n"
    assert "complaint 1" not in at(site, "status").out
    unknown = at(site, "complaints", "answered", "7")
    assert (unknown.code, unknown.err) == (2, "solacefeed: there is no complaint 7: `solacefeed complaints list`\n")


def test_who_complains_without_a_link_stands_where_their_address_does_and_all_in_a_line(site: Site) -> None:
    store = open_store(f"sqlite:///{site.folder}/var/solacefeed.db")
    with store.write() as connection:
        words = by_a_stranger("eve@example.net", "Too many.\n\nAnd too late.")
        reader_complaints.add(connection, subscriber_id=None, digest="weekly", words=words, at=THEN, due=THEN)
        reader_complaints.add(connection, subscriber_id=None, digest=None, words="Nobody: me", at=THEN, due=THEN)
    store.close()
    listed = well(site, "complaints", "list")
    assert re.search(
        r"^2 .* due 2026-11-23 +Nobody: me\n1 +2026-11-23 .* eve@example\.net, as typed +weekly +due 2026-11-23 +"
        r"Too many\. And too late\.$",
        listed,
        re.M,
    )


@pytest.mark.more
def test_without_pages_there_is_nothing_to_answer_and_a_mail_asks_for_a_mail(tmp_path: Path) -> None:
    bare = rehearsed(tmp_path / "bare", more=WEEKLY + PAGES[PAGES.index("[[subscribers]]") :])
    assert "answer:" not in well(bare, "run")
    assert "Change what you get: mailto:digest@example.org?subject=" in text_of(mail_to(bare, "alice@example.org"))
