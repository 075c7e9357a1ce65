"""Events as calendars, read back by icalendar, which did write them, and so also line by line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.models.events import Event, EventStatus
from solacefeed.publish.ics import EventNaming, calendar, single
from tests.publish.event_site import SITE, a_known_event, at
from tests.support.builders import an_event, of_a_site
from tests.support.generated import examples

HOURS = a_known_event(id="day", starts=at(2026, 12, 8, 10), ends=at(2026, 12, 8, 16))
SUMMER = a_known_event(id="seminar", starts=at(2027, 7, 8, 9), ends=at(2027, 7, 8, 10, 30))


def written(*events: Event, site: EventNaming = SITE) -> bytes:
    return calendar(events, site, path="events.ics", title="Events - Officers' Blog")


def lines(document: bytes) -> list[str]:
    """Unfolded."""
    return document.decode().replace("\r\n ", "").splitlines()


def read(document: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(document).walk("VEVENT"))


def the_event(event: Event, site: EventNaming = SITE) -> Any:
    (found,) = read(written(event, site=site))
    return found


def test_an_all_day_event_ends_on_the_day_after_its_last() -> None:
    told = lines(written(a_known_event(starts=date(2026, 12, 30), ends=date(2027, 1, 1))))
    assert "DTSTART;VALUE=DATE:20261230" in told
    assert "DTEND;VALUE=DATE:20270102" in told


def test_times_are_told_by_the_sites_clock_which_the_calendar_explains() -> None:
    told = lines(written(HOURS, SUMMER))
    assert "DTSTART;TZID=Europe/London:20261208T100000" in told
    assert "DTEND;TZID=Europe/London:20261208T160000" in told
    assert "DTSTART;TZID=Europe/London:20270708T100000" in told
    zone = told[told.index("BEGIN:VTIMEZONE") : told.index("END:VTIMEZONE") + 1]
    assert zone == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/London",
        "BEGIN:DAYLIGHT",
        "DTSTART:20250330T010000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:BST",
        "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0100",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:20251026T020000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "TZNAME:GMT",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("UTC"), ZoneInfo("Etc/UTC"), timezone(timedelta(hours=5, minutes=30))])
def test_where_clocks_have_no_name_times_are_told_in_utc(zone: Any) -> None:
    told = lines(written(SUMMER, site=of_a_site(SITE, zone=zone)))
    assert "DTSTART:20270708T090000Z" in told
    assert "BEGIN:VTIMEZONE" not in told


@pytest.mark.parametrize("name", ["Europe/London", "America/New_York", "Africa/Casablanca", "Asia/Kolkata"])
def test_every_instant_is_read_as_it_was_meant(name: str) -> None:
    zone = ZoneInfo(name)
    (found,) = read(written(SUMMER, site=of_a_site(SITE, zone=zone)))
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (SUMMER.starts, SUMMER.ends)


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    first, second = at(2026, 10, 25, 0, 30), at(2026, 10, 25, 1, 30)
    told = lines(written(a_known_event(starts=first, ends=second)))
    assert "DTSTART;TZID=Europe/London:20261025T013000" in told
    assert "DTEND:20261025T013000Z" in told


def test_an_event_without_an_end_of_its_own_has_none_in_the_calendar() -> None:
    assert "DTEND" not in the_event(a_known_event(starts=at(2026, 12, 8, 10), ends=at(2026, 12, 8, 10)))


def test_a_calendar_says_when_an_event_changed_and_never_what_time_it_is_now() -> None:
    told = lines(written(a_known_event(sequence=3)))
    assert "DTSTAMP:20261002T093015Z" in told
    assert "LAST-MODIFIED:20261002T093015Z" in told
    assert "CREATED:20260901T120000Z" in told
    assert "SEQUENCE:3" in told


def test_the_same_events_give_the_same_bytes_in_whatever_order_they_come() -> None:
    assert written(HOURS, SUMMER, a_known_event()) == written(a_known_event(), SUMMER, HOURS)


def test_a_date_that_moves_is_the_same_event_with_a_higher_number() -> None:
    before = a_known_event()
    after = replace(before, starts=date(2027, 5, 4), ends=date(2027, 5, 6), standing=EventStatus.MOVED, sequence=1)
    was, now = the_event(before), the_event(after)
    assert str(was["UID"]) == str(now["UID"]) == "summit@example.org"
    assert (was["SEQUENCE"], now["SEQUENCE"]) == (0, 1)
    assert (was["DTSTART"].dt, now["DTSTART"].dt) == (date(2027, 4, 13), date(2027, 5, 4))
    assert str(now["STATUS"]) == "CONFIRMED"


@pytest.mark.parametrize(
    ("standing", "name"),
    [
        (EventStatus.CANCELLED, "Cancelled: Chief Officers' Summit"),
        (EventStatus.POSTPONED, "Postponed: Chief Officers' Summit"),
    ],
)
def test_an_event_that_is_not_to_be_is_cancelled_for_programs_and_says_so_to_people(
    standing: EventStatus, name: str
) -> None:
    found = the_event(a_known_event(standing=standing))
    assert (str(found["STATUS"]), str(found["SUMMARY"]), str(found["TRANSP"])) == ("CANCELLED", name, "TRANSPARENT")


def test_an_event_of_some_hours_takes_its_readers_time_and_a_day_does_not() -> None:
    assert str(the_event(HOURS)["TRANSP"]) == "OPAQUE"
    assert str(the_event(a_known_event())["TRANSP"]) == "TRANSPARENT"


def test_a_calendar_to_subscribe_to_says_its_name_its_home_and_how_often_to_look() -> None:
    told = lines(written(HOURS))
    for line in (
        "METHOD:PUBLISH",
        "NAME:Events - Officers' Blog",
        "X-WR-CALNAME:Events - Officers' Blog",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "SOURCE;VALUE=URI:https://feeds.example.org/blog/events.ics",
        "URL:https://feeds.example.org/blog/events/",
    ):
        assert line in told


def test_one_event_to_add_brings_no_calendar_of_its_own() -> None:
    told = "\n".join(lines(single(HOURS, SITE)))
    assert told.count("BEGIN:VEVENT") == 1
    assert "NAME:" not in told.replace("TZNAME:", "")
    assert "REFRESH-INTERVAL" not in told


def test_a_calendar_without_events_is_one_all_the_same() -> None:
    for zone in (SITE.site.zone, UTC):
        document = written(site=of_a_site(SITE, zone=zone))
        parts = icalendar.Calendar.from_ical(document).subcomponents
        assert [part.name for part in parts] == ["VTIMEZONE"]


def test_what_is_said_of_an_event_stands_where_calendar_programs_look_for_it() -> None:
    found = the_event(
        a_known_event(text="Three days.\r\nTwo dinners.", book_by=date(2027, 3, 26), categories=("housing", "unlisted"))
    )
    assert str(found["LOCATION"]) == "Harrogate"
    assert str(found["URL"]) == "https://events.example.org/summit"
    assert found["CATEGORIES"].cats == ["Housing"]
    assert str(found["DESCRIPTION"]) == (
        "Three days.\nTwo dinners.\n\nBook by 26 March 2027\n\nMore, and how to book: https://events.example.org/summit"
    )


@pytest.mark.parametrize(
    "said", [{"booking_over": True}, {"standing": EventStatus.CANCELLED}, {"standing": EventStatus.POSTPONED}]
)
def test_what_can_be_booked_no_more_invites_nobody_and_is_no_other_event(said: dict[str, Any]) -> None:
    event = a_known_event(book_by=date(2027, 3, 26), sequence=2)
    before, after = the_event(event), the_event(replace(event, **said))
    assert str(after["DESCRIPTION"]) == "More: https://events.example.org/summit"
    for name in ("UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART"):
        assert after[name].to_ical() == before[name].to_ical() if name != "SEQUENCE" else after[name] == before[name]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_an_address_that_is_not_of_the_web_is_left_out(url: str) -> None:
    assert url.partition(":")[0] not in written(a_known_event(url=url)).decode()


def test_an_address_with_the_end_of_a_line_in_it_begins_no_line() -> None:
    document = written(a_known_event(url="https://e.example.org/\r\nATTENDEE:mailto:x@example.org"))
    assert not [line for line in lines(document) if line.startswith("ATTENDEE")]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://e.example.org/a?b=c&d=%20e#f", "https://e.example.org/a?b=c&d=%20e#f"),
        ("https://e.example.org/é", "https://e.example.org/%C3%A9"),
        ('https://e.example.org/"<>', "https://e.example.org/%22%3C%3E"),
    ],
)
def test_an_address_leads_to_the_same_page_in_whatever_signs_it_was_written(url: str, told: str) -> None:
    assert str(the_event(a_known_event(url=url))["URL"]) == told


def test_an_event_that_no_store_has_had_yet_makes_the_same_calendar_every_time() -> None:
    assert written(an_event()) == written(an_event())


ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=300)
PIECES = st.lists(
    st.sampled_from(
        ["é", "👩‍👩‍👧", "\x00", "\x1b", "\ud800", "\r", "\n", ";", ",", "\\", ":", '"', "END:VEVENT", "a" * 40, " "]
    )
).map("".join)


@settings(max_examples=examples(100))
@given(name=ANY_TEXT | PIECES, place=PIECES, text=ANY_TEXT | PIECES, url=PIECES)
def test_whatever_an_event_says_is_one_event_in_lines_of_75_octets(name: str, place: str, text: str, url: str) -> None:
    event = replace(HOURS, name=name, place=place, text=text, url="https://e.example.org/" + url)
    document = written(event)
    assert re.fullmatch(rb"([^\x00-\x08\x0b-\x1f\x7f]{1,75}\r\n)+", document)
    for line in document.split(b"\r\n"):
        line.decode()
    (found,) = read(document)
    assert str(found["UID"]) == "day@example.org"
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (HOURS.starts, HOURS.ends)


@settings(max_examples=examples(60))
@given(
    starts=st.integers(0, 70 * 365 * 24 * 4).map(lambda quarters: at(1990, 1, 1) + quarters * timedelta(minutes=15)),
    hours=st.integers(0, 24 * 40),
    zone=st.sampled_from(["Europe/London", "Europe/Dublin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Tehran"]),
)
def test_whenever_an_event_is_its_times_are_read_as_they_were_meant(starts: datetime, hours: int, zone: str) -> None:
    ends = starts + timedelta(hours=hours)
    found = the_event(replace(HOURS, starts=starts, ends=ends), of_a_site(SITE, zone=ZoneInfo(zone)))
    assert found["DTSTART"].dt.astimezone(UTC) == starts
    assert found.end.astimezone(UTC) == ends
