"""Calendars of each kind: what is taken of them, what is left out, and what is said of broken ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from solacefeed.errors import Refused, SourceError
from solacefeed.models.events import CalendarKind, EventStatus
from solacefeed.models.sightings import Certainty, Origin
from solacefeed.sources.calendar_answers import Validators
from solacefeed.sources.calendars import ask
from tests.sources.calendar_world import (
    ALL_DAY,
    IN_LONDON,
    LONDON,
    NOW,
    a_calendar,
    a_node,
    a_page,
    a_tribe,
    a_tribe_row,
    a_vevent,
    an_ics,
    answered,
    the_one,
    told,
)
from tests.sources.source_world import a_client, an_answer, scripted

TEN, FOUR = datetime(2027, 7, 6, 9, tzinfo=UTC), datetime(2027, 7, 6, 15, tzinfo=UTC)


# -- iCalendar ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "starts", "ends"),
    [
        (IN_LONDON, TEN, FOUR),
        (("DTSTART:20270706T090000Z", "DTEND:20270706T150000Z"), TEN, FOUR),
        (("DTSTART:20270706T100000", "DURATION:PT6H"), TEN, FOUR),
        (("DTSTART:20270706T100000",), TEN, TEN),
        (ALL_DAY, date(2027, 2, 10), date(2027, 2, 11)),
        (("DTSTART;VALUE=DATE:20270210", "DTEND;VALUE=DATE:20270211"), date(2027, 2, 10), date(2027, 2, 10)),
        (("DTSTART;VALUE=DATE:20270210",), date(2027, 2, 10), date(2027, 2, 10)),
        (("DTSTART;VALUE=DATE:20270210", "DURATION:P3D"), date(2027, 2, 10), date(2027, 2, 12)),
    ],
)
def test_days_and_times_are_those_of_the_standard(
    tmp_path: Path, lines: tuple[str, ...], starts: date, ends: date
) -> None:
    one = the_one(tmp_path, an_ics(a_vevent(*lines)))
    assert (one.starts, one.ends) == (starts, ends)


def test_an_event_has_its_name_its_place_and_its_address(tmp_path: Path) -> None:
    more = ("LOCATION:The Guildhall\\, York", "URL:https://events.example.org/forum", "LAST-MODIFIED:20261120T090000Z")
    answer = answered(tmp_path, an_ics(a_vevent(*ALL_DAY, *more, name="Finance\\nForum")))
    (sighting,) = answer.sightings
    assert (sighting.told.name, sighting.told.place) == ("Finance Forum", "The Guildhall, York")
    assert sighting.told.url == "https://events.example.org/forum"
    assert (sighting.origin, sighting.source, sighting.uid) == (Origin.CALENDAR, "calendar events", "1@example.org")
    assert sighting.said_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert sighting.told.certainty is Certainty.CERTAIN


def test_an_address_that_is_none_is_no_link(tmp_path: Path) -> None:
    assert the_one(tmp_path, an_ics(a_vevent(*ALL_DAY, "URL:javascript:alert(1)"))).url is None


@pytest.mark.parametrize(
    ("line", "standing", "certainty"),
    [
        ("STATUS:CANCELLED", EventStatus.CANCELLED, Certainty.CERTAIN),
        ("STATUS:CONFIRMED", EventStatus.SCHEDULED, Certainty.CERTAIN),
        ("STATUS:TENTATIVE", EventStatus.SCHEDULED, Certainty.TENTATIVE),
    ],
)
def test_a_status_is_the_calendars_word(tmp_path: Path, line: str, standing: EventStatus, certainty: Certainty) -> None:
    one = the_one(tmp_path, an_ics(a_vevent(*ALL_DAY, line)))
    assert (one.standing, one.certainty) == (standing, certainty)


def test_a_series_is_its_occurrences_with_what_was_moved_and_left_out(tmp_path: Path) -> None:
    first = ("DTSTART;TZID=Europe/London:20270309T100000", "DURATION:PT1H")
    series = a_vevent(*first, "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/London:20270316T100000")
    moved = a_vevent(
        "RECURRENCE-ID;TZID=Europe/London:20270323T100000",
        "DTSTART;TZID=Europe/London:20270324T140000",
        "DURATION:PT1H",
        "SEQUENCE:1",
    )
    answer = answered(tmp_path, an_ics(series, moved))
    begins = sorted((str(each.told.starts), each.uid) for each in answer.sightings)
    assert begins == [
        ("2027-03-09 10:00:00+00:00", "1@example.org/2027-03-09T10:00:00+00:00"),
        ("2027-03-24 14:00:00+00:00", "1@example.org/2027-03-23T10:00:00+00:00"),
        # By the clock of the place, which has changed by then.
        ("2027-03-30 09:00:00+00:00", "1@example.org/2027-03-30T09:00:00+00:00"),
    ]


def test_an_endless_series_ends_with_what_is_looked_at(tmp_path: Path) -> None:
    found = told(tmp_path, an_ics(a_vevent("DTSTART;VALUE=DATE:20200106", "RRULE:FREQ=MONTHLY;BYDAY=1MO")))
    assert (found[0].starts, found[-1].starts) == (date(2026, 11, 2), date(2027, 12, 6))


def test_what_is_over_long_since_or_far_ahead_is_not_taken(tmp_path: Path) -> None:
    past = a_vevent("DTSTART;VALUE=DATE:20261001", uid="past")
    far = a_vevent("DTSTART;VALUE=DATE:20280301", uid="far")
    just_over = a_vevent("DTSTART;VALUE=DATE:20261110", uid="just over")
    assert [one.starts for one in told(tmp_path, an_ics(past, far, just_over))] == [date(2026, 11, 10)]


def test_of_a_large_calendar_the_nearest_events_are_taken_and_it_is_said(tmp_path: Path) -> None:
    daily = [a_vevent("DTSTART;VALUE=DATE:20261123", "RRULE:FREQ=DAILY", uid=uid) for uid in ("1", "2")]
    answer = answered(tmp_path, an_ics(*daily))
    assert len(answer.sightings) == 500
    assert max(str(one.told.starts) for one in answer.sightings) == "2027-07-30"
    assert answer.note == "only the nearest 500 events are taken"


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=0"])
def test_a_rule_that_would_run_for_hours_is_left_out_and_the_others_go_on(tmp_path: Path, rule: str) -> None:
    bomb = a_vevent("DTSTART:19700101T000000Z", f"RRULE:{rule}", uid="bomb", name="Bomb")
    answer = answered(tmp_path, an_ics(bomb, a_vevent(*ALL_DAY)))
    assert [one.told.name for one in answer.sightings] == ["Finance Forum"]
    assert answer.note == "left out: Bomb: it recurs within a day"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("DTSTART;TZID=Nowhere/Else:20270706T100000",), "its time zone Nowhere/Else is not known"),
        (("DTSTART:20270706T090000Z", "DURATION:P9999999D"), "it lasts longer than a year"),
        ((), "it has no DTSTART"),
    ],
)
def test_an_event_that_cannot_be_placed_in_time_says_nothing(
    tmp_path: Path, lines: tuple[str, ...], reason: str
) -> None:
    answer = answered(tmp_path, an_ics(a_vevent(*lines)))
    assert (answer.sightings, answer.note) == ((), f"left out: Finance Forum: {reason}")


def test_a_zone_of_the_calendars_own_and_one_by_its_windows_name_are_understood(tmp_path: Path) -> None:
    zone = "\r\n".join(
        [
            "BEGIN:VTIMEZONE",
            "TZID:Society Time",
            "BEGIN:STANDARD",
            "DTSTART:19700101T000000",
            "TZOFFSETFROM:+0500",
            "TZOFFSETTO:+0500",
            "END:STANDARD",
            "END:VTIMEZONE",
        ]
    )
    own = a_vevent("DTSTART;TZID=Society Time:20270706T140000")
    windows = a_vevent("DTSTART;TZID=GMT Standard Time:20270706T100000", uid="2")
    assert [one.starts for one in told(tmp_path, an_ics(zone, own, windows))] == [TEN, TEN]


def test_an_old_programs_letters_are_read(tmp_path: Path) -> None:
    body = an_ics(a_vevent(*ALL_DAY, name="Café Forum")).decode().encode("cp1252")
    assert the_one(tmp_path, body).name == "Café Forum"


def test_a_broken_event_costs_no_other(tmp_path: Path) -> None:
    broken = [a_vevent("DTSTART:soon", uid="2", name="Dinner"), a_vevent(uid="3", name="Lecture")]
    answer = answered(tmp_path, an_ics(*broken, a_vevent(*ALL_DAY)))
    assert [one.told.name for one in answer.sightings] == ["Finance Forum"]
    assert answer.note == "left out: Dinner: DTSTART: 'soon' is neither a day nor a time and 1 more"


@pytest.mark.parametrize("kept", ["CLASS:PRIVATE", "CLASS:CONFIDENTIAL"])
def test_a_private_event_is_nobodys_business(tmp_path: Path, kept: str) -> None:
    answer = answered(tmp_path, an_ics(a_vevent(*ALL_DAY, kept)))
    assert (answer.sightings, answer.note) == ((), None)


def test_an_empty_calendar_is_a_whole_answer(tmp_path: Path) -> None:
    assert answered(tmp_path, an_ics()).sightings == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is neither an iCalendar, nor a page, nor JSON of events: ''"),
        (b"hello\x00 there", "is neither an iCalendar, nor a page, nor JSON of events: 'hello there'"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "calendar: the iCalendar breaks off before its end"),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR\r\n", "calendar: is no iCalendar that can be read"),
        (b'{"events": 3}', "is neither an iCalendar, nor a page"),
        (b"<html><p>Events</p></html>", "calendar: the page has no schema.org events in it"),
        (b'<script type="application/ld+json">{</script>', "in it (its JSON-LD is broken)"),
    ],
)
def test_a_broken_calendar_is_told_in_one_line(tmp_path: Path, body: bytes, words: str) -> None:
    with pytest.raises(SourceError) as error:
        answered(tmp_path, body)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with a_client() as client, pytest.raises(SourceError, match="can't be read: No such file or directory"):
        ask(client, a_calendar(tmp_path / "none.ics"), Validators(), NOW, zone=LONDON)


# -- The Events Calendar --------------------------------------------------------------------------------


def test_the_events_calendar_says_name_venue_and_instants(tmp_path: Path) -> None:
    answer = answered(tmp_path, a_tribe(a_tribe_row()))
    (sighting,) = answer.sightings
    one = sighting.told
    assert (one.name, one.place) == ("Finance & Funding Forum", "The Guildhall, York")
    assert (one.starts, one.ends) == (TEN, FOUR)
    assert one.url == "https://events.example.org/event/finance-forum/"
    assert (sighting.uid, sighting.said_at) == ("events.example.org?id=7", datetime(2026, 11, 20, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("more", "attribute", "value"),
    [
        ({"all_day": True, "end_date": "2027-07-07 23:59:59"}, "ends", date(2027, 7, 7)),
        ({"venue": []}, "place", None),
        ({"venue": {"venue": "York Guildhall", "city": "York"}}, "place", "York Guildhall"),
        ({"venue": [], "is_virtual": True}, "place", "online"),
        ({"event_status": "canceled"}, "standing", EventStatus.CANCELLED),
        ({"event_status": "postponed"}, "standing", EventStatus.POSTPONED),
    ],
)
def test_the_events_calendars_other_words(tmp_path: Path, more: dict[str, Any], attribute: str, value: object) -> None:
    assert getattr(the_one(tmp_path, a_tribe(a_tribe_row(**more))), attribute) == value


def test_a_row_without_its_dates_costs_no_other(tmp_path: Path) -> None:
    answer = answered(tmp_path, a_tribe(a_tribe_row(id=8, utc_start_date=None), a_tribe_row()))
    assert len(answer.sightings) == 1
    assert (answer.note or "").startswith("left out: event 8: ")


def test_the_events_calendar_is_asked_page_by_page() -> None:
    one, two = a_tribe_row(), a_tribe_row(global_id="8", url="https://events.example.org/event/other/")
    with scripted([an_answer(a_tribe(one, pages=2)), an_answer(a_tribe(two, pages=2))]) as script, a_client() as client:
        calendar = a_calendar(script.origin, kind=CalendarKind.TRIBE)
        answer = ask(client, calendar, Validators(), NOW, zone=LONDON)
    assert answer is not None
    assert len(answer.sightings) == 2
    asked = [head.split(" ")[1] for head in script.heard]
    days = "start_date=2026-10-24&end_date=2027-12-28"
    assert asked == [f"/wp-json/tribe/events/v1/events?per_page=50&page={page}&{days}" for page in (1, 2)]


def test_a_site_without_the_events_calendar_is_told() -> None:
    with scripted([an_answer(b"{}", status="404 Not Found")]) as script, a_client() as client:
        calendar = a_calendar(script.origin, kind=CalendarKind.TRIBE)
        with pytest.raises(Refused, match=r"answered 404 \(Not Found\); is The Events Calendar there"):
            ask(client, calendar, Validators(), NOW, zone=LONDON)


# -- schema.org in a page ---------------------------------------------------------------------------------


def test_a_page_tells_what_search_engines_read(tmp_path: Path) -> None:
    (sighting,) = answered(tmp_path, a_page(a_node())).sightings
    one = sighting.told
    assert (one.name, one.place, one.url) == (
        "Finance Forum", "The Guildhall, York", "https://events.example.org/forum",
    )  # fmt: skip
    assert (one.starts, one.ends) == (TEN, FOUR)
    assert (sighting.origin, sighting.uid) == (Origin.PAGE, "https://events.example.org/forum")


@pytest.mark.parametrize(
    ("more", "attribute", "value"),
    [
        ({"startDate": "2027-07-06T10:00"}, "starts", TEN),
        ({"startDate": "2027-07-06", "endDate": "2027-07-07"}, "ends", date(2027, 7, 7)),
        ({"startDate": "2027-07-06", "endDate": "2027-07-07T16:00:00+01:00"}, "ends", date(2027, 7, 7)),
        ({"endDate": None}, "ends", TEN),
        ({"offers": [{"@type": "Offer", "url": "https://book.example.org/forum"}]}, "url", "https://book.example.org/forum"),
        ({"offers": {"@type": "Offer", "price": "0"}}, "url", "https://events.example.org/forum"),
        ({"location": "The Guildhall, York"}, "place", "The Guildhall, York"),
        ({"location": {"@type": "Place", "address": "York"}}, "place", "York"),
        ({"location": {"@type": "VirtualLocation", "url": "https://meet.example.org/"}}, "place", "online"),
        ({"location": [{"@type": "VirtualLocation"}, {"@type": "Place", "name": "York"}]}, "place", "York"),
        ({"eventStatus": "https://schema.org/EventCancelled"}, "standing", EventStatus.CANCELLED),
        ({"eventStatus": "http://schema.org/EventPostponed"}, "standing", EventStatus.POSTPONED),
        ({"eventStatus": "EventRescheduled"}, "standing", EventStatus.MOVED),
        ({"eventStatus": "https://schema.org/EventMovedOnline"}, "place", "online"),
        ({"@type": ["Thing", "https://schema.org/Festival"]}, "name", "Finance Forum"),
        ({"name": "Q&amp;A <b>Day</b>"}, "name", "Q&A Day"),
    ],
)  # fmt: skip
def test_a_pages_other_words(tmp_path: Path, more: dict[str, Any], attribute: str, value: object) -> None:
    assert getattr(the_one(tmp_path, a_page(a_node(**more))), attribute) == value


def test_events_are_found_wherever_they_stand_in_a_page(tmp_path: Path) -> None:
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": a_node(name="A Forum", url=None)}]}
    graph = {"@graph": [{"@type": "WebPage"}, a_node(name="B Forum"), a_node(name="C Forum", startDate="2027-08-01")]}
    assert {one.name for one in told(tmp_path, a_page(listed, graph))} == {"A Forum", "B Forum", "C Forum"}


def test_one_address_of_several_events_is_the_id_of_none(tmp_path: Path) -> None:
    nodes = [a_node(), a_node(startDate="2027-08-01", endDate="2027-08-01")]
    assert len(answered(tmp_path, a_page(nodes)).sightings) == 2


def test_a_broken_script_costs_no_other(tmp_path: Path) -> None:
    body = b'<script type="application/ld+json">{"@type": </script>' + a_page(a_node())
    answer = answered(tmp_path, body)
    assert (len(answer.sightings), answer.note) == (1, "left out: its JSON-LD is broken")


# -- over the web -----------------------------------------------------------------------------------------


def test_an_unchanged_calendar_is_asked_with_its_validators_and_not_read_again() -> None:
    first = an_answer(
        an_ics(a_vevent(*ALL_DAY)),
        kind="text/calendar",
        more='ETag: "1"\r\nLast-Modified: Mon, 23 Nov 2026 08:00:00 GMT\r\n',
    )
    unchanged = an_answer(b"", status="304 Not Modified")
    with scripted([first, unchanged]) as script, a_client() as client:
        calendar = a_calendar(f"{script.origin}/calendar.ics")
        answer = ask(client, calendar, Validators(), NOW, zone=LONDON)
        assert answer is not None
        assert ask(client, calendar, answer.validators, NOW, zone=LONDON) is None
    assert answer.validators == Validators(etag='"1"', last_modified="Mon, 23 Nov 2026 08:00:00 GMT")
    assert 'if-none-match: "1"' in script.heard[1].lower()


@pytest.mark.parametrize(
    ("body", "name"),
    [(an_ics(a_vevent(*ALL_DAY)), "Finance Forum"), (a_page(a_node(name="Housing Forum")), "Housing Forum")],
)
def test_the_kind_is_what_is_answered(body: bytes, name: str) -> None:
    with scripted([an_answer(body, kind="application/octet-stream")]) as script, a_client() as client:
        answer = ask(client, a_calendar(script.origin, categories=("housing",)), Validators(), NOW, zone=LONDON)
    assert answer is not None
    assert [(one.told.name, one.categories) for one in answer.sightings] == [(name, ("housing",))]


def test_a_refusal_says_how_long_to_wait() -> None:
    busy = an_answer(b"", status="503 Service Unavailable", more="Retry-After: 120\r\n")
    with scripted([busy]) as script, a_client() as client, pytest.raises(Refused, match="answered 503") as refused:
        ask(client, a_calendar(f"{script.origin}/a.ics?key=s3cret"), Validators(), NOW, zone=LONDON)
    assert refused.value.retry_after == timedelta(seconds=120)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "is_file"),
    [
        ("https://events.example.org/all.ics", False),
        ("HTTPS://events.example.org/all.ics", False),
        ("/srv/calendars/all.ics", True),
        ("https.ics", True),
    ],
)
def test_a_calendar_on_the_web_is_no_file_however_its_scheme_is_written(address: str, is_file: bool) -> None:
    assert a_calendar(address).is_file is is_file


def test_the_events_calendar_is_found_where_pretty_permalinks_are_off() -> None:
    page = an_answer(b"<!doctype html><p>Not found</p>", status="404 Not Found", kind="text/html")
    found = an_answer(a_tribe(a_tribe_row(), pages=2))
    other = an_answer(a_tribe(a_tribe_row(global_id="8", url="https://events.example.org/event/other/"), pages=2))
    with scripted([page, found, other]) as script, a_client() as client:
        calendar = a_calendar(script.origin, kind=CalendarKind.TRIBE)
        answer = ask(client, calendar, Validators(), NOW, zone=LONDON)
    assert answer is not None
    assert len(answer.sightings) == 2
    asked = [head.split(" ")[1] for head in script.heard[1:]]
    days = "start_date=2026-10-24&end_date=2027-12-28"
    assert asked == [f"/?rest_route=/tribe/events/v1/events&per_page=50&page={page}&{days}" for page in (1, 2)]
