"""What is published of events: made anew when a fact about one changes, and said alike wherever an event stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.events.decisions import dismiss, find
from solacefeed.deeds.events.known_events import events_to_promote
from solacefeed.models.events import EventStatus
from tests.deeds.event_world import EventWorld, listed
from tests.deeds.test_publish import Publisher
from tests.rendering.feed_world import parsed
from tests.support.builders import MONDAY, a_source_post, an_event

#: The last day to book is the Friday after the edition.
GALA = replace(
    an_event(id="gala", name="Gala Dinner", starts=date(2026, 12, 8)), book_by=date(2026, 11, 27), text="Three courses."
)
BOOKED_OUT = datetime(2026, 11, 28, tzinfo=UTC)
PAGE = "digest/weekly/2026-11-23.html"


class Events(Publisher):
    """A site whose events are published, with its digest."""

    def __init__(self, telling: EventWorld, folder: Path) -> None:
        super().__init__(telling.world.store, folder, telling.world.clock, digests=(("weekly", "Weekly"),), events=True)
        self.telling = telling

    def changed(self) -> list[str]:
        """Refreshes, publishes, and says which documents other bytes came of."""
        before = {path: state[0] for path, state in self.states().items()}
        self.telling.ask()
        self.telling.refresh()
        self.publish()
        return sorted(path for path, state in self.states().items() if state[0] != before.get(path))

    def prepare(self) -> None:
        """As the app does it: with the events of the moment."""
        telling, world = self.telling, self.telling.world
        telling.ask()
        telling.refresh()
        world.events = events_to_promote(telling.known(), telling.configured, telling.rows(), telling.now)
        world.prepare()

    def diary(self, page: str = PAGE) -> list[list[str]]:
        """What an edition's page says of each event, line by line."""
        found = parsed((self.folder / page).read_bytes()).xpath("//section[@class='coming']//li")
        return [[" ".join(line.text_content().split()) for line in event] for event in found]


@pytest.fixture
def site(telling_anywhere: EventWorld, tmp_path: Path) -> Events:
    telling = telling_anywhere
    telling.configured = [GALA]
    telling.world.join("ann")
    telling.world.appear(a_source_post(id="1", category_numbers=("1",)))
    return Events(telling, tmp_path / "feeds")


# -- booking ------------------------------------------------------------------------------------------------


@pytest.mark.more
def test_the_last_day_to_book_is_said_wherever_the_event_stands_and_no_longer_than_it_lasts(site: Events) -> None:
    site.prepare()
    site.changed()
    calendars = ["events.ics", "events/gala.ics"]
    everywhere = [*calendars, "events.atom", "events/index.html", PAGE]
    assert [path for path in everywhere if "Book by 27 November 2026" not in unfolded(site.atom(path))] == []
    site.telling.at(BOOKED_OUT)
    assert site.changed() == sorted([*everywhere, "events.json", "events.rss", "index.html"])
    for path in everywhere:
        assert "Book by" not in unfolded(site.atom(path))
        assert "ow to book" not in unfolded(site.atom(path)).replace("dates, places and how to book", "")


def test_that_it_is_too_late_to_book_is_written_at_midnight_and_once(site: Events) -> None:
    site.changed()
    site.telling.at(BOOKED_OUT - timedelta(seconds=1))
    assert site.changed() == []
    site.telling.at(BOOKED_OUT)
    assert "events.ics" in site.changed()
    site.telling.world.clock.forward(days=1)
    assert site.changed() == []


def test_that_it_is_too_late_to_book_is_no_news_to_anybody(site: Events) -> None:
    site.changed()
    row = site.telling.row()
    times = [line for line in site.atom("events.atom").splitlines() if "<updated>" in line]
    stamps = [line for line in site.atom("events.ics").splitlines() if line.startswith(("DTSTAMP", "SEQUENCE", "LAST"))]
    site.telling.at(BOOKED_OUT)
    assert site.changed()
    after = site.telling.row()
    assert (after.changed, after.sequence, after.booking_over) == (row.changed, row.sequence, True)
    assert times == [line for line in site.atom("events.atom").splitlines() if "<updated>" in line]
    assert stamps == [
        line for line in site.atom("events.ics").splitlines() if line.startswith(("DTSTAMP", "SEQUENCE", "LAST"))
    ]


def test_a_new_last_day_to_book_is_a_change_of_the_event_as_its_text_is(site: Events) -> None:
    site.changed()
    site.telling.world.clock.forward(hours=1)
    site.telling.configured = [replace(GALA, book_by=date(2026, 12, 1))]
    assert "events.ics" in site.changed()
    assert (site.telling.row().changed, site.telling.row().sequence) == (site.telling.now, 0)
    assert "Book by 1 December 2026" in unfolded(site.atom("events.ics"))


def test_what_an_older_release_did_not_keep_has_not_changed(site: Events) -> None:
    site.changed()
    with site.telling.world.store.write() as connection:
        connection.exec_driver_sql("UPDATE events SET book_by = NULL, booking_over = NULL")
        connection.exec_driver_sql("DELETE FROM facts WHERE name IN ('events_refreshed', 'feeds_made_of_bookings')")
    site.telling.world.clock.forward(days=1)
    before = site.states()
    assert site.changed() == []
    assert (site.telling.row().changed, site.telling.row().told["book_by"]) == (MONDAY, date(2026, 11, 27))
    assert site.states() == before


# -- the page of an edition -----------------------------------------------------------------------------------


def test_an_editions_page_says_of_its_events_what_the_mail_said(site: Events) -> None:
    site.prepare()
    site.changed()
    assert site.diary() == [
        [
            "Gala Dinner",
            "8 December 2026, Harrogate",
            "Three courses.",
            "Book by 27 November 2026",
            "How to book Gala Dinner Add to your calendar: Gala Dinner",
        ]
    ]
    mail = site.telling.world.variants()["*"].text
    for words in ("Gala Dinner", "Tue 8 December, Harrogate", "Three courses.", "27 November 2026", "How to book"):
        assert words in mail


def test_it_has_the_events_that_somebody_was_told_of_nearest_first_and_no_others(site: Events) -> None:
    far = replace(an_event(id="far", name="Congress", starts=date(2027, 3, 2)), categories=("scotland",))
    soon = replace(an_event(id="soon", name="Housing Day", starts=date(2026, 12, 1)), categories=("housing",))
    site.telling.configured = [far, GALA, soon]
    site.telling.world.leave("ann")
    site.telling.world.join("ben", categories=("housing",))
    site.prepare()
    site.changed()
    site.telling.configured = [far, GALA, soon, an_event(id="new", name="Roadshow", starts=date(2026, 12, 2))]
    site.telling.world.clock.forward(days=1)
    site.changed()
    assert [event[0] for event in site.diary()] == ["Housing Day", "Gala Dinner"]


@pytest.mark.more
def test_an_event_that_is_cancelled_after_its_edition_is_said_to_be_so_on_its_page(site: Events) -> None:
    site.telling.configured = []
    site.telling.answers = {"events": [listed()]}
    site.prepare()
    site.changed()
    assert site.diary()[0][-1].startswith("How to book")
    site.telling.world.clock.forward(days=1)
    site.telling.answers = {"events": [listed(standing=EventStatus.CANCELLED)]}
    assert PAGE in site.changed()
    assert site.diary() == [
        [
            "Cancelled",
            "Chief Officers' Summit",
            "13 April 2027, Harrogate",
            "Read more about Chief Officers' Summit Add to your calendar: Chief Officers' Summit",
        ]
    ]


def test_an_event_that_is_over_is_said_to_be_so_on_its_page_and_has_no_calendar_any_more(site: Events) -> None:
    site.prepare()
    site.changed()
    site.telling.at(datetime(2026, 12, 9, tzinfo=UTC))
    assert PAGE in site.changed()
    assert site.diary() == [
        ["Over", "Gala Dinner", "8 December 2026, Harrogate", "Three courses.", "Read more about Gala Dinner"]
    ]
    assert "events/gala.ics" not in site.files()
    site.telling.world.clock.forward(days=400)
    assert site.changed() == []


def test_an_event_that_the_operator_dismissed_leaves_the_page(site: Events) -> None:
    site.telling.configured = []
    site.telling.answers = {"events": [listed()]}
    site.prepare()
    site.changed()
    summit = find(site.telling.known(), "chief-officers-summit-2027")
    dismiss(site.telling.world.store, site.telling.world.clock, summit)
    assert PAGE in site.changed()
    assert site.diary() == []


@pytest.mark.more
def test_only_the_pages_of_editions_that_told_of_an_event_follow_it(site: Events) -> None:
    site.prepare()
    site.changed()
    site.telling.configured = []
    site.telling.world.clock.forward(days=7)
    site.telling.world.appear(a_source_post(id="2", category_numbers=("1",), published=MONDAY + timedelta(days=1)))
    site.prepare()
    site.changed()
    assert site.diary("digest/weekly/2026-11-30.html") == []
    site.telling.configured = [replace(GALA, place="Leeds")]
    site.telling.world.clock.forward(days=1)
    changed = site.changed()
    assert PAGE in changed
    assert "digest/weekly/2026-11-30.html" not in changed


def unfolded(document: str) -> str:
    """*document*, if it is a calendar, with its long lines whole."""
    return document.replace("\n ", "").replace("\r", "")
