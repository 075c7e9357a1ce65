"""Events at the prompt: what is known of them, what the operator decides, and what is said of calendars."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.prompt import WEEK_LATER, WEEKLY, at, rehearsed, set_line, well
from tests.sources.calendar_world import ALL_DAY, a_vevent, an_ics
from tests.support.blog.blog import Blog
from tests.support.blog.server import serve
from tests.support.site import Site, copied_site

CALENDARS = (
    WEEKLY
    + """
[[calendars]]
name = "events"
file = "events.ics"
"""
)
FORUM = "finance-forum-2027"


@pytest.fixture(scope="module")
def _polled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = rehearsed(tmp_path_factory.mktemp("polled") / "site", more=CALENDARS)
    calendar(
        site, a_vevent(*ALL_DAY), a_vevent("DTSTART:20270301T100000", "STATUS:TENTATIVE", uid="2", name="Care Day")
    )
    well(site, "poll")
    return site.folder


@pytest.fixture
def site(_polled_once: Path, tmp_path: Path) -> Site:
    """A site with a calendar of two events, one of them tentative, after its first poll."""
    return Site(copied_site(_polled_once, tmp_path / "site"))


def calendar(site: Site, *events: str) -> None:
    (site.folder / "events.ics").write_bytes(an_ics(*events))


def listed(site: Site, *words: str) -> list[str]:
    return [event["id"] for event in at(site, "events", "list", *words, "--json").data]


def test_the_list_is_of_what_is_to_come(site: Site) -> None:
    known = ["finance-forum-2027", "care-day-2027", "summit-2027"]
    assert listed(site) == known
    assert listed(site, "--tentative") == ["care-day-2027"]
    assert listed(site, "--as-of", "2027-04-01T00:00Z") == ["summit-2027"]
    assert listed(site, "--past", "--as-of", "2027-04-01T00:00Z") == known
    assert well(site, "events", "list", "--as-of", "2028-01-01T00:00Z").startswith("no such events; 3 more with")


def test_an_event_without_a_date_is_listed_until_a_year_after_it_was_last_spoken_of(tmp_path: Path) -> None:
    with serve(Blog.shipped()) as serving:
        at_first = datetime(2026, 11, 20, 9, tzinfo=UTC)
        vague = "<p>A story.</p><p>Join us at the Care Forum in Leeds: <a href='https://x.example/f'>book now</a>.</p>"
        serving.blog.add("A post", content=vague, at=at_first, categories=["Housing"])
        site = rehearsed(tmp_path / "site", source=serving.origin)
        serving.blog.url = serving.origin
        well(site, "poll")
    assert "without a date" in well(site, "events", "show", "care-forum")
    assert "care-forum" in listed(site, "--as-of", "2027-11-20T00:00Z")
    assert "care-forum" not in listed(site, "--as-of", "2027-11-23T00:00Z")


def test_an_event_shows_where_each_thing_is_known_from(site: Site) -> None:
    shown = well(site, "events", "show", FORUM)
    assert "name         Finance Forum (calendar events)" in shown
    assert "when         10 to 11 February 2027 (calendar events)" in shown
    assert "known since  2026-11-23 08:00 UTC" in shown
    assert "certainty    tentative (the calendar calls it tentative)" in well(site, "events", "show", "care-day-2027")


def test_what_the_operator_decides_is_said_and_holds(site: Site) -> None:
    confirmed = well(site, "events", "confirm", "care-day-2027")
    assert confirmed.startswith(
        "events: care-day-2027 confirmed: it is promoted when its time comes; Care Day, 1 March"
    )
    edited = well(site, "events", "edit", FORUM, "--place", " York ", "--starts", "2027-02-17")
    assert edited == "events: finance-forum-2027 edited; Finance Forum, 17 to 18 February 2027\n"
    dismissed = well(site, "events", "dismiss", "care-day-2027", "--as-of", WEEK_LATER)
    assert dismissed == "events: care-day-2027 dismissed: no reader sees it; Care Day, 1 March 2027, 10:00\n"
    well(site, "poll", "--as-of", WEEK_LATER)
    shown = well(site, "events", "show", FORUM, "--as-of", WEEK_LATER)
    assert "place        York (the operator)" in shown
    assert "sequence     1" in shown
    assert "state        dismissed" in well(site, "events", "show", "care-day-2027", "--as-of", WEEK_LATER)


def test_of_an_event_that_is_over_none_promises_a_promotion(site: Site) -> None:
    confirmed = well(site, "events", "confirm", "care-day-2027", "--as-of", "2028-01-01T00:00Z")
    assert confirmed.startswith("events: care-day-2027 confirmed: it is over, and promoted no more; Care Day, 1 March")


def test_what_is_decided_in_one_instant_holds_as_it_was_decided_last(site: Site) -> None:
    for word in ("confirm", "dismiss", "confirm", "dismiss"):
        well(site, "events", word, "care-day-2027")
    assert not at(site, "events", "show", "care-day-2027", "--json").data["kept"]["shown"]
    well(site, "events", "confirm", "care-day-2027")
    assert at(site, "events", "show", "care-day-2027", "--json").data["kept"]["shown"]


def test_a_confirmed_event_stands_in_the_next_edition(site: Site) -> None:
    well(site, "events", "confirm", "care-day-2027")
    out = site.folder / "preview"
    well(site, "preview", "--out", str(out))
    assert "Care Day" in (out / "weekly-2026-11-23.txt").read_text(encoding="utf-8")


def test_tentative_events_are_promoted_where_the_config_wants_it(site: Site) -> None:
    out = site.folder / "preview"
    well(site, "preview", "--out", str(out))
    assert "Care Day" not in (out / "weekly-2026-11-23.txt").read_text(encoding="utf-8")
    set_line(site, 'closes = "mon 07:00"', 'closes = "mon 07:00"\npromote_tentative = true')
    well(site, "preview", "--out", str(out))
    assert "Care Day" in (out / "weekly-2026-11-23.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("show", "finance-form-2027"), "there is no event finance-form-2027; did you mean finance-forum-2027?"),
        (("confirm", "forum"), "there is no event forum; did you mean finance-forum-2027?"),
        (("dismiss", "gala"), "there is no event gala: `solacefeed events list`"),
        (
            ("dismiss", "summit-2027"),
            "summit-2027 stands in [[events]] of the config, which wins over all: change it there",
        ),
        (("edit", FORUM), "nothing to edit: give --name, --place, --starts, --ends or --url"),
        (("edit", FORUM, "--ends", "2027-01-01"), "--ends must not be before --starts"),
        (
            ("edit", FORUM, "--starts", "2027-02-17T10:00"),
            "invalid value for '--starts': '2027-02-17T10:00' has no offset: write 2027-02-17T10:00Z or",
        ),
        (
            ("edit", FORUM, "--url", "javascript:alert(1)"),
            "invalid value for '--url': 'javascript:alert(1)' must be an http or https address",
        ),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(site: Site, words: tuple[str, ...], line: str) -> None:
    said = at(site, "events", *words)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(f"solacefeed: {line}")


@pytest.mark.more
def test_a_calendar_that_fails_is_told_and_fails_the_command_alone(site: Site) -> None:
    well(site, "poll")
    (site.folder / "events.ics").unlink()
    said = at(site, "run", "--as-of", WEEK_LATER)
    assert said.code == 1
    assert "deliver: 0 accepted" in said.out or "deliver: nothing" in said.out
    trouble = f"{site.folder}/events.ics: can't be read: No such file or directory"
    assert said.err == f"solacefeed: calendar events: {trouble}\n"
    status = at(site, "status", "--as-of", WEEK_LATER)
    assert (status.code, status.err) == (1, "")
    assert f"calendar events could not be read: {trouble}" in status.out
    assert "read 2026-11-23 08:00 UTC; did not work 2026-11-30 08:00 UTC" in status.out
    assert listed(site, "--as-of", WEEK_LATER) == ["finance-forum-2027", "care-day-2027", "summit-2027"]


@pytest.mark.more
def test_a_calendar_that_fails_spoils_no_first_crawl(tmp_path: Path) -> None:
    site = rehearsed(tmp_path / "site", more=CALENDARS)
    said = at(site, "poll")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "20 new" in said.out
    assert "7 feeds of 19 posts" in well(site, "publish")


def test_a_blog_that_cannot_be_read_keeps_no_calendar_from_being_asked(site: Site) -> None:
    set_line(site, 'url = "sample:"', 'url = "http://127.0.0.1:9/"')
    calendar(site, a_vevent("DTSTART;VALUE=DATE:20270217", uid="1@example.org"))
    said = at(site, "poll", "--as-of", WEEK_LATER)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "127.0.0.1" in said.err
    shown = at(site, "events", "show", FORUM, "--json", "--as-of", WEEK_LATER).data
    assert (shown["event"]["starts"], shown["kept"]["sequence"]) == ("2027-02-17", 1)


@pytest.mark.more
def test_no_entry_leads_to_a_page_of_events_that_was_never_made(tmp_path: Path) -> None:
    """The sample's posts advertise events, and by then all of them are over."""
    site = rehearsed(tmp_path / "site", more="[feeds]\nevent_line = true\n")
    set_line(site, "as_of = 2026", "as_of = 2031")
    well(site, "run")
    published = site.published()
    assert "events/index.html" not in published
    assert [path for path, content in published.items() if b"/events/" in content] == []
    set_line(site, "[feeds]", '[[events]]\nid = "gala"\nname = "Gala"\nstarts = 2031-12-08\n[feeds]')
    well(site, "run")
    published = site.published()
    assert "events/index.html" in published
    assert b"https://feeds.example.org/events/" in published["all.atom"]
