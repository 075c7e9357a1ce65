"""``calendars list``: when each was read, how many events it told of, what was left out, when it is asked next."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.prompt import NOW, at, well
from tests.sources.calendar_world import ALL_DAY, a_vevent, an_ics
from tests.sources.feed_world import an_atom, an_entry
from tests.support.hostile import Said, serving
from tests.support.site import Site

HOUSING = '[[calendars]]\nname = "housing"\nfile = "housing.ics"\n'
NONE = '[[calendars]]\nname = "none"\nfile = "none.ics"\n'
ODD = an_ics(a_vevent(*ALL_DAY), a_vevent("DTSTART:soon", uid="2", name="Dinner"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    begun = Site.begun(tmp_path, source="sample:", more=HOUSING + NONE)
    (tmp_path / "housing.ics").write_bytes(ODD)
    return begun


def polled(site: Site) -> None:
    at(site, "poll", "--as-of", NOW)


def test_a_calendar_says_what_it_told_of_and_what_was_left_out_and_why(site: Site) -> None:
    polled(site)
    housing, none = at(site, "calendars", "list", "--json", "--as-of", NOW).data
    assert (housing["name"], housing["events"], housing["trouble"]) == ("housing", 1, None)
    assert housing["left_out"] == ["Dinner: DTSTART: 'soon' is neither a day nor a time"]
    assert housing["read_at"] == housing["asked_at"]
    assert (none["events"], none["read_at"]) == (None, None)
    assert "can't be read: No such file or directory" in none["trouble"]


@pytest.mark.more
def test_a_person_sees_it_in_a_table(site: Site) -> None:
    polled(site)
    said = well(site, "calendars", "list", "--as-of", NOW)
    assert "Dinner: DTSTART: 'soon' is neither a day nor a time" in said
    assert "could not be read: " in said
    assert "not yet" in said


@pytest.mark.more
def test_status_says_in_a_line_that_something_was_left_out(site: Site) -> None:
    polled(site)
    said = at(site, "status", "--as-of", NOW).out
    assert "left out: Dinner: DTSTART: 'soon' is neither a day nor a time" in said


def test_a_calendar_that_was_never_asked_is_asked_at_the_next_poll(site: Site) -> None:
    (site.folder / "config.toml").write_text((site.folder / "config.toml").read_text().replace(NONE, ""))
    polled(site)
    config = site.folder / "config.toml"
    config.write_text(config.read_text().replace(HOUSING, NONE))
    none, housing = at(site, "calendars", "list", "--json", "--as-of", NOW).data
    assert (none["name"], none["asked_next"], none["asked_at"]) == ("none", None, None)
    assert (housing["name"], housing["address"], housing["events"]) == ("housing", None, 1)
    assert "never: the config has it no more" in well(site, "calendars", "list", "--as-of", NOW)


def test_what_is_asked_again_says_when(site: Site) -> None:
    polled(site)
    housing, _ = at(site, "calendars", "list", "--json", "--as-of", NOW).data
    asked, again = (datetime.fromisoformat(housing[name]) for name in ("asked_at", "asked_next"))
    assert again - asked == timedelta(hours=6)


def test_a_site_without_calendars_says_so(tmp_path: Path) -> None:
    bare = Site.begun(tmp_path, source="sample:")
    polled(bare)
    assert well(bare, "calendars", "list", "--as-of", NOW) == "no calendars: the config has no [[calendars]]\n"


@pytest.mark.more
def test_the_calendars_of_a_poll_share_its_bounds_and_who_was_not_asked_is_first_at_the_next(tmp_path: Path) -> None:
    def answer(path: str) -> Said:
        feed = Said(body=an_atom(an_entry()).encode(), kind="application/atom+xml")
        return feed if path == "/feed" else Said(body=an_ics(a_vevent(*ALL_DAY)), kind="text/calendar")

    with serving(answer) as server:
        tables = [f'[[calendars]]\nname = "c{number}"\nurl = "{server.origin}/{number}"\n' for number in range(22)]
        site = Site.begun(tmp_path, source=f"{server.origin}/feed", more="".join(tables))
        config = site.folder / "config.toml"
        bounded = config.read_text("utf-8").replace("[site]", 'kind = "feed"\npoll_requests = 20\n[site]', 1)
        config.write_text(bounded, "utf-8")
        said = at(site, "poll", "--as-of", NOW).err
        assert [path for path in server.asked if path != "/feed"] == [f"/{number}" for number in range(20)]
        assert "calendars: asking the calendars was cut off after 20 questions; what was read is kept, and the" in said
        server.asked.clear()
        at(site, "poll", "--as-of", "2026-11-23T18:00:00Z")
        assert [path for path in server.asked if path != "/feed"][:3] == ["/20", "/21", "/0"]


def test_who_says_now_has_every_calendar_read_whatever_its_every(site: Site) -> None:
    polled(site)
    (site.folder / "housing.ics").write_bytes(an_ics(a_vevent(*ALL_DAY, name="A corrected name")))
    polled(site)
    assert "A corrected name" not in well(site, "events", "list", "--as-of", NOW)
    at(site, "poll", "--now", "--as-of", NOW)
    assert "A corrected name" in well(site, "events", "list", "--as-of", NOW)
