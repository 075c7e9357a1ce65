"""All that is published of events: which documents there are, the page for people and machines, the feed's entries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import icalendar
import pytest
from jinja2 import Environment
from lxml import html as lxml_html

from solacefeed.models.events import Event, EventStatus
from solacefeed.publish.event_documents import event_documents, event_entries
from solacefeed.publish.ics import EventNaming
from solacefeed.templating import templates
from tests.publish.event_site import CHANGED, KNOWN, SITE, a_known_event, at
from tests.support.builders import a_category, of_a_site

HOSTILE = "</script></style><script>alert(1)</script><!--<img src=x onerror=alert(1)>\"'& {{ 7 * 7 }} \u2028"
CATEGORIES = (
    a_category(id="1", slug="housing", name="Housing"),
    a_category(id="2", slug="homelessness", name="Homelessness", parent_id="1"),
    a_category(id="3", slug="internal", name="Internal"),
)
HOURS = a_known_event(id="day", name="Housing day", starts=at(2026, 12, 8, 10), ends=at(2026, 12, 8, 16))
SUMMIT = a_known_event(ends=date(2027, 4, 15), text="Three days.", book_by=date(2027, 3, 26))


@cache
def environment() -> Environment:
    return templates()


def documents(*events: Event, site: EventNaming = SITE) -> dict[str, bytes]:
    return dict(event_documents(events, CATEGORIES, site, environment()))


def page(*events: Event, site: EventNaming = SITE) -> Any:
    return lxml_html.document_fromstring(documents(*events, site=site)["events/index.html"].decode())


def data(*events: Event, site: EventNaming = SITE) -> list[dict[str, Any]]:
    told = json.loads(page(*events, site=site).xpath("string(//script[@type='application/ld+json'])"))
    assert told["@context"] == "https://schema.org"
    graph: list[dict[str, Any]] = told["@graph"]
    return graph


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def names(document: bytes) -> list[str]:
    return [str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(document).walk("VEVENT")]


# -- which documents there are ------------------------------------------------------------------------


def test_there_is_a_calendar_of_all_one_for_each_event_and_a_page() -> None:
    assert sorted(documents(HOURS, SUMMIT)) == [
        "events.ics",
        "events/day.ics",
        "events/index.html",
        "events/summit.ics",
    ]


def test_without_events_the_calendar_and_the_page_stay_where_they_were() -> None:
    assert sorted(documents()) == ["events.ics", "events/index.html"]
    assert "Nothing is announced at the moment" in words(page())


def test_a_category_has_a_calendar_of_its_own_events_and_of_those_below_it() -> None:
    above, below = replace(HOURS, categories=("housing",)), replace(SUMMIT, categories=("homelessness",))
    made = documents(above, below, replace(HOURS, id="all", name="For everyone"))
    assert names(made["category/housing/events.ics"]) == ["Housing day", "Chief Officers' Summit"]
    assert names(made["category/homelessness/events.ics"]) == ["Chief Officers' Summit"]


def test_a_hidden_category_has_no_calendar() -> None:
    assert "category/internal/events.ics" not in documents(replace(HOURS, categories=("internal",)))


def test_an_id_that_could_be_a_path_makes_none() -> None:
    for event_id in ("../../etc/passwd", "a/b", "index", "Ünï", "x" * 300, "."):
        paths = documents(replace(HOURS, id=event_id)).keys() - {"events.ics", "events/index.html"}
        (path,) = paths
        assert path.count("/") == 1
        assert path.startswith("events/")
        assert len(path) < 140
        assert ".." not in path


def test_the_same_events_give_the_same_documents() -> None:
    assert documents(HOURS, SUMMIT) == documents(HOURS, SUMMIT)


# -- the page for people ------------------------------------------------------------------------------


def test_the_page_shows_each_event_nearest_first_and_last_those_that_are_not_to_be() -> None:
    off = replace(HOURS, id="off", name="Roadshow", standing=EventStatus.CANCELLED)
    assert [words(heading) for heading in page(SUMMIT, off, HOURS).xpath("//article//h2")] == [
        "Housing day",
        "Chief Officers' Summit",
        "Roadshow",
    ]


def test_a_card_says_when_and_where_in_words_and_to_machines() -> None:
    (card,) = page(SUMMIT).xpath("//article")
    (time,) = card.xpath(".//time")
    assert (words(time), time.get("datetime")) == ("13 to 15 April 2027", "2027-04-13")
    assert [words(line) for line in card.xpath(".//p")] == [
        "13April",
        "13 to 15 April 2027",
        "Harrogate",
        "Three days.",
        "Book by 26 March 2027",
        "How to book Chief Officers' Summit Add to your calendar: Chief Officers' Summit",
    ]
    assert card.xpath(".//a/@href") == ["https://events.example.org/summit", "../events/summit.ics"]


def test_what_is_not_known_of_an_event_leaves_no_gap() -> None:
    (card,) = page(a_known_event(place=None, url=None)).xpath("//article")
    assert "None" not in words(card)
    assert card.xpath(".//a/@href") == ["../events/summit.ics"]


@pytest.mark.parametrize(
    ("standing", "said"),
    [(EventStatus.CANCELLED, "Cancelled"), (EventStatus.POSTPONED, "Postponed: a new date is not known yet")],
)
def test_an_event_that_is_not_to_be_says_so_and_invites_nobody(standing: EventStatus, said: str) -> None:
    (card,) = page(replace(SUMMIT, standing=standing)).xpath("//article")
    assert words(card.xpath(".//p[@class='standing']")[0]) == said
    assert words(card.xpath(".//s")[0]) == "13 to 15 April 2027"
    assert "ook" not in words(card)
    assert "Add to your calendar" not in words(card)


def test_when_it_is_too_late_to_book_the_page_invites_nobody_and_leads_to_more() -> None:
    (card,) = page(replace(SUMMIT, booking_over=True)).xpath("//article")
    assert [words(line) for line in card.xpath(".//p")][-2:] == [
        "Three days.",
        "Read more about Chief Officers' Summit Add to your calendar: Chief Officers' Summit",
    ]
    assert "ook" not in words(card)
    assert not card.xpath(".//a[@class='book']")


def test_an_event_that_moved_says_that_its_date_is_new() -> None:
    (card,) = page(replace(SUMMIT, standing=EventStatus.MOVED)).xpath("//article")
    assert words(card).startswith("13April New date Chief Officers' Summit")


def test_the_page_is_read_the_same_on_any_day() -> None:
    told = words(page(HOURS, SUMMIT)).lower()
    assert not [word for word in ("today", "tomorrow", "next week", "weeks", "on now") if word in told]


def test_a_reader_subscribes_with_a_click_or_by_the_address() -> None:
    shown = page(replace(HOURS, categories=("housing",)))
    assert shown.xpath("//aside//a/@href") == [
        "webcal://feeds.example.org/blog/events.ics",
        "../events.ics",
        "webcal://feeds.example.org/blog/category/housing/events.ics",
        "../events.atom",
    ]
    assert "https://feeds.example.org/blog/events.ics" in words(shown.xpath("//aside")[0])


def test_programs_discover_the_calendar_and_the_feed_while_there_is_one() -> None:
    found = "//head/link[@rel='alternate']/@href"
    assert page(HOURS).xpath(found) == ["../events.atom", "../events.ics"]
    assert page().xpath(found) == ["../events.ics"]


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    shown = page(HOURS, SUMMIT)
    assert not shown.xpath("//img | //link[@rel='stylesheet'] | //iframe | //@src")
    assert shown.xpath("//script/@type") == ["application/ld+json"]


def test_the_page_says_what_a_browser_may_run_and_what_a_link_to_it_shows() -> None:
    shown = page(SUMMIT)
    policy = shown.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src 'none'" in policy
    card = {meta.get("property"): meta.get("content") for meta in shown.xpath("//meta[@property]")}
    assert card["og:url"] == shown.xpath("//link[@rel='canonical']/@href")[0] == SITE.url("events/")
    assert card["og:title"] == "Events - Officers' Blog"
    assert card["og:description"].startswith("What is coming up at Society of Officers")


def test_names_places_and_texts_run_in_their_own_direction() -> None:
    shown = page(replace(SUMMIT, name="שלום", place="תל אביב", text="שלום עולם"))
    assert shown.xpath("//article//h2/@dir | //p[@class='place']/@dir | //p[@class='text']/@dir") == ["auto"] * 3


def test_a_hostile_event_is_only_an_event() -> None:
    hostile = replace(SUMMIT, name=HOSTILE, place=HOSTILE, text=HOSTILE, url="javascript:alert(1)")
    shown = page(hostile, site=of_a_site(SITE, title=HOSTILE, organisation=HOSTILE))
    assert len(shown.xpath("//script")) == 1
    assert not shown.xpath("//img | //@onerror | //a[starts-with(@href, 'javascript')]")
    assert words(shown.xpath("//article//h2")[0]) == " ".join(HOSTILE.split())
    (told,) = data(hostile)
    assert (told["name"], told["description"], "url" in told) == (HOSTILE, HOSTILE, False)


# -- what search engines read -------------------------------------------------------------------------


def test_a_search_engine_is_told_all_that_it_asks_for() -> None:
    (told,) = data(SUMMIT)
    assert told == {
        "@type": "Event",
        "@id": "tag:web@example.org,2012:event/summit",
        "name": "Chief Officers' Summit",
        "description": "Three days.",
        "startDate": "2027-04-13",
        "endDate": "2027-04-15",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": "Harrogate", "address": "Harrogate"},
        "url": "https://events.example.org/summit",
        "organizer": {"@type": "Organization", "name": "Society of Officers", "url": "https://blog.example.org"},
    }


def test_hours_are_told_with_the_offset_of_the_sites_clock() -> None:
    summer = replace(HOURS, starts=at(2027, 7, 8, 9), ends=at(2027, 7, 8, 10, 30))
    (told,) = data(summer)
    assert (told["startDate"], told["endDate"]) == ("2027-07-08T10:00+01:00", "2027-07-08T11:30+01:00")


@pytest.mark.parametrize(
    ("standing", "status"),
    [
        (EventStatus.MOVED, "EventRescheduled"),
        (EventStatus.POSTPONED, "EventPostponed"),
        (EventStatus.CANCELLED, "EventCancelled"),
    ],
)
def test_a_search_engine_is_told_how_an_event_stands(standing: EventStatus, status: str) -> None:
    (told,) = data(replace(SUMMIT, standing=standing))
    assert told["eventStatus"] == f"https://schema.org/{status}"


def test_an_event_online_has_no_place_but_an_address() -> None:
    (told,) = data(replace(SUMMIT, place="Online"))
    assert told["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    assert told["location"] == {"@type": "VirtualLocation", "url": "https://events.example.org/summit"}


def test_what_is_not_known_is_not_told_empty() -> None:
    (told,) = data(a_known_event(place=None, url=None))
    assert not {"location", "url", "description"} & told.keys()


# -- the feed's entries -------------------------------------------------------------------------------


def test_an_entry_keeps_its_id_and_the_day_on_which_the_event_was_made_known() -> None:
    (entry,) = event_entries([replace(SUMMIT, categories=("housing", "internal"))], SITE)
    assert (entry.id, entry.title) == ("tag:web@example.org,2012:event/summit", "Chief Officers' Summit")
    assert (entry.published, entry.updated) == (KNOWN, CHANGED)
    assert (entry.url, entry.summary) == ("https://events.example.org/summit", "13 to 15 April 2027, Harrogate")
    assert [(term.term, term.label) for term in entry.terms] == [("housing", "Housing")]


def test_an_entry_says_all_in_words_and_where_to_go_from_there() -> None:
    (entry,) = event_entries([replace(SUMMIT, standing=EventStatus.MOVED)], SITE)
    assert entry.content == (
        "<p><strong>New date</strong></p><p>13 to 15 April 2027, Harrogate</p><p>Three days.</p>"
        "<p>Book by 26 March 2027</p>"
        '<p><a href="https://events.example.org/summit">How to book</a> · '
        '<a href="https://feeds.example.org/blog/events/summit.ics">Add to your calendar</a></p>'
    )


def test_an_entry_of_an_event_that_can_be_booked_no_more_says_so_and_is_as_new_as_before() -> None:
    (before,), (entry,) = (event_entries([event], SITE) for event in (SUMMIT, replace(SUMMIT, booking_over=True)))
    assert entry.content == (
        "<p>13 to 15 April 2027, Harrogate</p><p>Three days.</p>"
        '<p><a href="https://events.example.org/summit">Read more</a> · '
        '<a href="https://feeds.example.org/blog/events/summit.ics">Add to your calendar</a></p>'
    )
    assert (entry.id, entry.published, entry.updated) == (before.id, before.published, before.updated)


def test_an_entry_of_an_event_that_is_cancelled_says_so_first() -> None:
    (entry,) = event_entries([replace(SUMMIT, standing=EventStatus.CANCELLED)], SITE)
    assert entry.title == "Cancelled: Chief Officers' Summit"
    assert entry.content == (
        "<p><strong>Cancelled</strong></p><p>13 to 15 April 2027, Harrogate</p><p>Three days.</p>"
        '<p><a href="https://events.example.org/summit">Read more</a></p>'
    )


def test_the_event_that_was_made_known_last_stands_first() -> None:
    newer = replace(HOURS, known_since=CHANGED)
    assert [entry.title for entry in event_entries([SUMMIT, newer], SITE)] == ["Housing day", "Chief Officers' Summit"]


def test_a_hostile_event_makes_no_markup_of_its_own_in_an_entry() -> None:
    hostile = replace(SUMMIT, name=HOSTILE, place=HOSTILE, text=HOSTILE, url='https://e.example.org/"><script>')
    (entry,) = event_entries([hostile], SITE)
    assert not lxml_html.fragment_fromstring(entry.content, create_parent=True).xpath("//script | //img")
