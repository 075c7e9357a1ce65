"""The real WordPress with the two real posts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from solacefeed.app import App
from solacefeed.config import load
from solacefeed.deeds.editions.preview import Viewer
from tests.real.conftest import WordPress, judged
from tests.real.reading import ATOM, authors, entries
from tests.support.site import Site

JUNE = ("--as-of", "2012-06-04T08:00+01:00")
LATER_THAT_DAY = ("--as-of", "2012-06-04T10:00+01:00")
#: As a mail says the days of the summit, in a year of which it need not say which.
SUMMIT_IN_WORDS = "Tue 16 to Thu 18 October, Coventry"
SUMMIT = """
[[events]]
id = "summit-2012"
name = "SOLACE Summit"
place = "Coventry"
starts = 2012-10-16
ends = 2012-10-18
url = "https://events.solace.example/summit-2012/book/"
[[digests]]
name = "weekly"
title = "The weekly digest"
closes = "mon 07:00"
[mail]
from = "Example <digest@example.org>"
[[subscribers]]
email = "alice@example.org"
"""


@pytest.fixture
def site(wordpress: WordPress, tmp_path: Path) -> Site:
    return Site.begun(tmp_path / "site", source=wordpress.url, more=SUMMIT)


def test_the_two_real_posts_stand_in_five_feeds_with_their_by_lines_and_without_the_blurb(site: Site) -> None:
    site.told("run", *JUNE)
    published = site.published()
    live = [path for path in published if path.startswith("category/") and path.count("/") == 1 and ".atom" in path]
    feeds = {path: len(entries(published[path])) for path in live}
    assert feeds == {
        "category/childrens-social-care.atom": 2,
        "category/education.atom": 1,
        "category/housing.atom": 1,
        "category/local-government-finance.atom": 1,
        "category/scotland.atom": 1,
    }
    assert authors(published["all.atom"]) == ["David Martin", "Mark Rogers"]
    assert not [path for path, document in published.items() if b"details of how to book" in document]


def test_the_edition_of_june_has_the_post_of_that_week_and_promotes_the_summit(site: Site) -> None:
    site.told("run", *JUNE)
    edition = site.data("editions", "show", "weekly/2012-06-04", *JUNE)
    assert [post["id"] for post in edition["posts"]] == ["2"]
    assert edition["edition"]["state"] == "done"
    text = edition["variants"][0]["text"]
    assert f"SOLACE Summit\n{SUMMIT_IN_WORDS}\nIn four months\n" in text
    assert "https://events.solace.example/summit-2012/book/" in text
    assert len(list((site.folder / "var" / "mail").rglob("*.eml"))) == 1


def test_the_preview_of_june_shows_the_same_in_whatever_state_the_store_is(site: Site) -> None:
    site.told("poll")
    shown = site.data("preview", *JUNE)
    assert (shown["posts"], shown["events"]) == (1, 1)
    assert 'Tue 16 to Thu 18 October, <span dir="auto">Coventry</span>' in shown["html"]


def test_a_quiet_poll_asks_three_requests(site: Site, wordpress: WordPress) -> None:
    site.told("poll")
    wordpress.reset_hits()
    assert site.told("poll") == "poll: 0 new, 0 changed, 0 gone\n"
    hits = wordpress.hits()
    assert hits["requests"] == 3
    assert hits["most_at_once"] == 1


@pytest.mark.parametrize(
    "fault",
    [
        ("fault", "status", "500"),
        ("fault", "status", "503", "--retry-after", "600"),
        ("fault", "junk"),
        ("fault", "cut", "200"),
        ("fault", "truncate", "200"),
        ("fault", "drop"),
        ("fault", "challenge"),
        ("rest", "401"),
        ("rest", "403"),
        ("rest", "404"),
        ("rest", "html404"),
        ("maintenance", "on"),
        ("fault", "slow", "20"),
        ("fault", "drip", "40"),
        ("fault", "redirect", "302", "http://127.0.0.2:9/elsewhere"),
    ],
    ids=" ".join,
)
def test_a_broken_answer_is_one_clear_line_and_touches_no_feed(
    site: Site, wordpress: WordPress, fault: tuple[str, ...]
) -> None:
    config = site.folder / "config.toml"
    config.write_text(config.read_text().replace("[site]", "timeout = 8\n[site]", 1))
    site.told("run", *JUNE)
    before = site.published()
    wordpress.mutate("add", "--title", "Not to be seen yet")
    wordpress.mutate(*fault)
    done = site.do("run", *JUNE)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert site.published() == before
    wordpress.mutate("clear")
    assert "1 new" in site.told("run", *LATER_THAT_DAY)


@pytest.mark.parametrize("fault", [("fault", "bom"), ("fault", "type", "text/html")], ids=" ".join)
def test_an_answer_that_is_right_is_read_whatever_stands_around_it(
    site: Site, wordpress: WordPress, fault: tuple[str, ...]
) -> None:
    site.told("run", *JUNE)
    wordpress.mutate("add", "--title", "To be seen")
    wordpress.mutate(*fault)
    assert "1 new" in site.told("run", *LATER_THAT_DAY)
    wordpress.mutate("clear")


DIGEST = """
[[digests]]
name = "weekly"
title = "The weekly digest"
closes = "mon 07:00"
"""


def test_from_the_blog_alone_every_day_shows_the_summit_once_until_it_is_over(
    wordpress: WordPress, tmp_path: Path
) -> None:
    site = Site.begun(tmp_path / "site", source=wordpress.url, more=DIGEST)
    site.told("run", *JUNE)
    config = load(site.folder / "config.toml", environ={})
    # From the first post on, at noon.
    day = datetime(2012, 5, 17, 12, tzinfo=UTC)
    told: dict[date, str] = {}
    while day < datetime(2012, 11, 1, tzinfo=UTC):
        app = App(config, as_of=day, folder=site.folder)
        with app.store() as store:
            told[day.date()] = app.mail.preview(store, None, Viewer(), upcoming=False).text
        day += timedelta(days=1)
    for when, text in told.items():
        to_come = when <= date(2012, 10, 18)
        assert (
            text.count(SUMMIT_IN_WORDS) == text.count("https://events.solace.example/summit-2012/book/") == to_come
        ), when
        assert ("On now" in text) == (date(2012, 10, 16) <= when <= date(2012, 10, 18)), when
        assert ("Summit" in text) == to_come, when


def test_the_calendar_of_the_blog_alone_has_the_summit_until_it_is_over(wordpress: WordPress, tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source=wordpress.url)
    site.told("run", *JUNE)
    calendar = site.published()["events.ics"].decode()
    assert "SUMMARY:SOLACE Summit" in calendar
    assert "DTSTART;VALUE=DATE:20121016\r\nDTEND;VALUE=DATE:20121019" in calendar
    judged("ical-check", site.feeds / "events.ics")
    site.told("run", "--as-of", "2012-11-20T08:00+00:00")
    assert "SOLACE Summit" not in site.published()["events.ics"].decode()


def test_a_blog_that_asks_for_rest_is_not_asked_before(site: Site, wordpress: WordPress) -> None:
    site.told("run", *JUNE)
    wordpress.mutate("fault", "status", "503", "--retry-after", "600")
    site.do("poll", *JUNE)
    wordpress.mutate("clear")
    wordpress.reset_hits()
    assert "asked not to be asked before" in site.do("poll", *JUNE).stderr
    assert wordpress.hits()["requests"] == 0
    site.told("poll", *LATER_THAT_DAY)


def test_a_blog_that_hides_its_users_is_read_all_the_same(site: Site, wordpress: WordPress) -> None:
    wordpress.mutate("rest", "nousers")
    site.told("run", *JUNE)
    assert authors(site.published()["all.atom"]) == ["David Martin", "Mark Rogers"]


def test_a_blog_that_is_down_is_one_clear_line(site: Site, wordpress: WordPress) -> None:
    site.told("run", *JUNE)
    before = site.published()
    wordpress.kit.do("down")
    try:
        done = site.do("run", *JUNE)
    finally:
        wordpress.kit.do("up")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert site.published() == before


def test_whatever_the_blog_changes_the_store_and_the_feeds_say_the_same(site: Site, wordpress: WordPress) -> None:
    site.told("poll")
    added = str(
        wordpress.mutate("add", "--title", "A new post", "--cat", "Housing", "--content", "<p>New.</p>")["post"]["id"]
    )
    site.told("run")
    assert titles(site, "housing") >= {"A new post"}
    wordpress.mutate("edit-title", added, "A better title")
    site.told("run")
    assert "A better title" in titles(site, "housing")
    wordpress.mutate("recategorise", added, "Scotland")
    wordpress.mutate("rename-category", "Education", "Schools")
    site.told("run")
    assert "A better title" not in titles(site, "housing")
    assert "A better title" in titles(site, "scotland")
    assert b"<title>Schools - " in site.published()["category/education.atom"]
    wordpress.mutate("trash", added)
    assert "1 gone" in site.told("poll")
    site.told("publish")
    assert "A better title" not in titles(site, "scotland")


def test_a_category_with_a_new_slug_keeps_its_old_address_alive(site: Site, wordpress: WordPress) -> None:
    site.told("run")
    wordpress.mutate("slug-category", "Education", "schools-and-learning")
    site.told("run")
    published = site.published()
    assert published["category/education.atom"] == published["category/schools-and-learning.atom"]
    assert (
        b'href="https://feeds.example.org/category/schools-and-learning.atom" rel="self"'
        in published["category/education.atom"]
    )


def titles(site: Site, slug: str) -> set[str]:
    document = site.published().get(f"category/{slug}.atom")
    return {entry.findtext(f"{ATOM}title") for entry in entries(document)} if document else set()
