"""People between the real blog, our pages in Debian's Chromium and the real Postfix: from a form to a mail and back."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.real.browsing import PHONE, WIDE, Album, a_context, chromium, tab_to
from tests.real.conftest import Postfix, WordPress, free_port
from tests.real.test_the_real_relay import Daemon, wait_until
from tests.support.site import Site

#: The kit's administrator.
ADMIN = "Basic " + base64.b64encode(b"admin:loop back only kit pass word").decode()
#: In milliseconds: a form that is sent sooner is shown once more.
AS_LONG_AS_A_PERSON = 2100
#: No script, no style, no picture: the strictest that a blog may say, but for where its forms lead.
STRICT = "default-src 'none'; base-uri 'none'; form-action {pages}; frame-src {pages}"

CONFIG = """\
[source]
url = "{blog}"
[site]
base_url = "{pages}"
tag_authority = "example.org,2012"
organisation = "Example Officers"
language = "en-GB"
postal_address = "1 Market Square, Anytown"
[[digests]]
name = "news"
title = "Each post at once"
closes = "at once"
settle = "1s"
[[digests]]
name = "daily"
title = "The daily digest"
closes = "daily {closes}"
approval = "required"
settle = "1s"
# Its last closing was before this town began.
max_late = "1h"
[mail]
transport = "smtp"
from = "Example Officers <digest@example.org>"
reply_to = "postmaster@example.org"
return_path = "bounces@example.org"
editors = ["bob@example.org"]
host = "localhost"
port = {port}
tls = "starttls"
ca_file = "{ca_file}"
[web]
base_url = "{pages}"
listen = "127.0.0.1:{listen}"
privacy_url = "{blog}/privacy"
[daemon]
poll_every = "2s"
look_every = "1s"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The blog, our site with its daemon, and everybody's mailbox."""

    blog: WordPress
    site: Site
    mail: Postfix
    #: Where our pages are: another site than the blog to a browser, though both are on this machine.
    pages: str

    def letters(self, user: str) -> list[EmailMessage]:
        """What lies in a mailbox, oldest first."""
        files = sorted(self.mail.mailbox(user), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(each.read_bytes(), policy=email.policy.default) for each in files]

    def letter(self, user: str, number: int) -> EmailMessage:
        """The letter of this *number*, from 1 on, as soon as it has come."""
        wait_until(lambda: len(self.letters(user)) >= number, 90)
        return self.letters(user)[number - 1]

    def link(self, letter: EmailMessage, purpose: str) -> str:
        """Where a letter leads, by its text alone."""
        found = re.search(rf"{re.escape(self.pages)}/{purpose}/\S+", words(letter))
        assert found, f"no link to {purpose}: {words(letter)}"
        return found[0]

    def of(self, address: str) -> dict[str, Any]:
        """How the address's subscription to the news stands."""
        shown: dict[str, Any] = self.site.data("subscribers", "show", address)
        return next(each for each in shown["subscriptions"] if each["digest"] == "news")

    def edition(self) -> dict[str, Any]:
        """The daily digest's, as the operator is told of it."""
        found: list[dict[str, Any]] = self.site.data("editions", "list")
        return next(each for each in found if each["digest"] == "daily")

    def paste(self, title: str, html: str) -> str:
        """A page of the blog with *html* in a Custom HTML block, as its owner makes one; its address."""
        page = {"title": title, "status": "publish", "content": f"<!-- wp:html -->\n{html}<!-- /wp:html -->"}
        asked = urllib.request.Request(
            f"{self.blog.url}/wp-json/wp/v2/pages",
            data=json.dumps(page).encode(),
            headers={"Authorization": ADMIN, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return str(json.load(answer)["link"])


def words(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture(scope="module")
def town(
    wordpress_server: WordPress, postfix_server: Postfix, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    wordpress_server.mutate("clear")
    wordpress_server.seed()
    wordpress_server.mutate("add", "--title", "What is drafted", "--cat", "Housing", "--content", "<p>Read me.</p>")
    postfix_server.clear()
    folder, listen = tmp_path_factory.mktemp("town"), free_port()
    pages = f"http://localhost:{listen}"
    closes = f"{datetime.now(UTC) + timedelta(hours=3):%H:%M}"
    config = CONFIG.format(
        blog=wordpress_server.url,
        pages=pages,
        closes=closes,
        port=postfix_server.port,
        ca_file=postfix_server.ca_file,
        listen=listen,
    )
    (folder / "config.toml").write_text(config, encoding="utf-8")
    site = Site(folder)
    site.told("poll")
    site.told("subscribers", "add", "frank@example.org", "--digest", "daily")
    daemon = Daemon(site)
    try:
        wait_until(lambda: f"serves pages on 127.0.0.1:{listen}" in (folder / "daemon.log").read_text(), 60)
        yield Town(blog=wordpress_server, site=site, mail=postfix_server, pages=pages)
    finally:
        assert daemon.end() == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of what was seen; they stay for whoever wants to look."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture
def album() -> Album:
    return Album()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody with a phone, whose browser runs no script."""
    context = a_context(browser)
    yield context
    context.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def press_as_a_person(page: Page, name: str) -> None:
    page.wait_for_timeout(AS_LONG_AS_A_PERSON)
    press(page, name)


def enter(page: Page) -> None:
    """Presses Enter, and waits for the page that it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def under_a_strict_policy(context: BrowserContext, town: Town, address: str) -> None:
    """The blog's page says that nothing may be loaded, run or styled, and that forms lead to our pages alone."""

    def strictly(route: Any) -> None:
        answer = route.fetch()
        policy = {"content-security-policy": STRICT.format(pages=town.pages)}
        route.fulfill(response=answer, headers={**answer.headers, **policy})

    context.route(address, strictly)


# -- a reader -------------------------------------------------------------------------------------------


def test_a_reader_comes_by_a_form_on_the_blog_chooses_pauses_moves_stops_and_comes_back(
    town: Town, visitor: BrowserContext, browser: Browser, album: Album, pictures: Path
) -> None:
    page, snippet = visitor.new_page(), town.site.told("web", "snippet", "--digest", "news")
    join = town.paste("Join us", snippet)
    under_a_strict_policy(visitor, town, join)
    page.goto(join)
    page.get_by_label("Your email address").fill("alice@example.org")
    asked = monotonic()
    press(page, "Subscribe")
    assert heading(page) == "Look into your mailbox"
    album.keep(page, "mailbox")

    question = town.letter("alice", 1)
    print(f"from the form to the mailbox: {monotonic() - asked:.1f} s")
    page.goto(town.link(question, "confirm"))
    album.keep(page, "confirm")
    press(page, "Yes, subscribe me")
    assert heading(page) == "You are subscribed"
    album.keep(page, "subscribed")
    given = town.of("alice@example.org")
    assert (given["state"], given["category_ids"]) == ("confirmed", None)
    welcome = town.letter("alice", 2)
    print(f"from the form to the first mail: {monotonic() - asked:.1f} s")

    page.goto(town.link(welcome, "preferences"))
    album.keep(page, "preferences")
    news = page.get_by_role("region", name="Each post at once")
    news.get_by_label("Only what I tick").check()
    news.get_by_label("Housing", exact=True).check()
    press(page, "Save")
    assert "Housing" in page.get_by_role("status").inner_text()
    assert len(town.of("alice@example.org")["category_ids"]) == 1
    album.keep(page, "narrowed")
    news.get_by_label("Pause until a day").check()
    news.get_by_label("The day on which").fill(f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}")
    press(page, "Save")
    assert town.of("alice@example.org")["state"] == "paused"
    news.get_by_label("Yes, send it to me").check()
    press(page, "Save")
    assert town.of("alice@example.org")["state"] == "confirmed"

    press(page, "Change my address")
    earlier = page.url
    page.goto(town.link(town.letter("alice", 3), "move"))
    page.get_by_label("Your new email address").fill("user1@example.org")
    album.keep(page, "move")
    press(page, "Write to the new address")
    page.goto(town.link(town.letter("user1", 1), "moved"))
    press(page, "Yes, write to me here")
    assert heading(page) == "Your address is changed"
    assert "u…@example.org" in words(town.letter("alice", 4))
    page.goto(earlier)
    assert heading(page) == "This link works no more"
    album.keep(page, "void")

    for title, category in (("Not for her", "Education"), ("For her", "Housing")):
        town.blog.mutate("add", "--title", title, "--cat", category, "--content", f"<p>{title}.</p>")
    mail = town.letter("user1", 2)
    assert ("For her" in words(mail), "Not for her" in words(mail)) == (True, False)
    page.goto(town.link(mail, "unsubscribe"))
    album.keep(page, "unsubscribe")
    assert town.of("user1@example.org")["state"] == "confirmed"
    press(page, "Unsubscribe")
    assert (heading(page), town.of("user1@example.org")["state"]) == ("You are unsubscribed", "ended")
    album.keep(page, "unsubscribed")
    press(page, "Undo: keep it")
    assert (heading(page), town.of("user1@example.org")["state"]) == ("You keep it", "confirmed")
    page.goto(town.link(mail, "preferences"))
    press(page, "Stop all mail")
    assert town.of("user1@example.org")["state"] == "ended"
    album.keep(page, "stopped")

    page.goto(f"{town.pages}/")
    album.keep(page, "home")
    page.get_by_label("Your email address").fill("user1@example.org")
    press_as_a_person(page, "Subscribe")
    assert heading(page) == "Look into your mailbox"
    page.goto(town.link(town.letter("user1", 3), "confirm"))
    press(page, "Yes, subscribe me")
    assert town.of("user1@example.org")["state"] == "confirmed"
    assert len(town.letters("alice")) == 4
    assert album.judged(browser, pictures) == []


def test_a_reader_without_a_mouse_goes_the_whole_way_by_keys(town: Town, browser: Browser) -> None:
    page = a_context(browser, width=WIDE).new_page()
    page.goto(f"{town.pages}/")
    tab_to(page, "Your email address")
    page.keyboard.type("user2@example.org")
    tab_to(page, "Subscribe")
    page.wait_for_timeout(AS_LONG_AS_A_PERSON)
    enter(page)
    page.goto(town.link(town.letter("user2", 1), "confirm"))
    tab_to(page, "Yes, subscribe me")
    enter(page)
    assert heading(page) == "You are subscribed"
    tab_to(page, "Choose more or fewer")
    enter(page)
    tab_to(page, "Yes, send it to me")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Save")
    enter(page)
    assert town.of("user2@example.org")["state"] == "paused"
    tab_to(page, "Stop all mail")
    enter(page)
    assert town.of("user2@example.org")["state"] == "ended"
    tab_to(page, "Undo: keep Each post at once")
    enter(page)
    assert (heading(page), town.of("user2@example.org")["state"]) == ("You keep it", "paused")


def test_the_form_works_in_a_frame_on_the_blog(town: Town, visitor: BrowserContext, browser: Browser) -> None:
    join = town.paste("Join us here", town.site.told("web", "snippet", "--digest", "news", "--iframe"))
    under_a_strict_policy(visitor, town, join)
    page = visitor.new_page()
    page.goto(join)
    framed = page.frame_locator("iframe")
    framed.get_by_label("Your email address").fill("carol@example.org")
    page.wait_for_timeout(AS_LONG_AS_A_PERSON)
    framed.get_by_role("button", name="Subscribe").click()
    framed.get_by_role("heading", name="Look into your mailbox").wait_for()
    assert town.link(town.letter("carol", 1), "confirm")


# -- an editor ------------------------------------------------------------------------------------------


def test_an_editor_goes_from_the_drafts_mail_to_the_approval(
    town: Town, browser: Browser, album: Album, pictures: Path
) -> None:
    page, elsewhere = (a_context(browser, width=width).new_page() for width in (PHONE, WIDE))
    desk = town.link(town.letter("bob", 1), "desk")
    page.goto(desk)
    assert heading(page) == "The daily digest"
    page.frame_locator(".phone iframe").get_by_role("link", name="What is drafted").first.wait_for()
    album.keep(page, "desk")
    page.get_by_text("Hold it", exact=True).first.click()
    page.get_by_label("Why").fill("A look at the dates")
    press(page, "Hold it")
    assert town.edition()["state"] == "held"
    press(page, "Undo")
    assert town.edition()["state"] == "draft"
    elsewhere.goto(desk)
    assert "You are reading along." in elsewhere.content()
    assert elsewhere.get_by_role("button").count() == 0
    album.keep(elsewhere, "reading-along")
    page.get_by_label("Opening line").fill("A short week.")
    press(page, "Save the words")
    press(page, "Approve it as it is")
    assert town.edition()["state"] in ("approved", "preparing", "delivering")
    album.keep(page, "approved")
    assert album.judged(browser, pictures) == []
