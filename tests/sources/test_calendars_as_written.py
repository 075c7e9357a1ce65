"""Calendars as programs and people write them against their standards: what is meant is read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.models.events import EventStatus
from solacefeed.models.sightings import Understanding
from solacefeed.sources import calendars_json, calendars_page
from solacefeed.sources.calendars_found import Window
from tests.sources.calendar_world import LONDON, NOW, a_node, a_page, a_vevent, an_ics, answered, the_one, told

SEVEN = datetime(2027, 7, 6, 18, tzinfo=UTC)
A_DAY = date(2027, 7, 6)


def days(folder: Path, *lines: str) -> list[date | datetime | None]:
    return [one.starts for one in told(folder, an_ics(a_vevent(*lines)))]


# -- iCalendar -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "DTSTART:2027-07-06T18:00:00Z", "DTSTART:2027-07-06 19:00:00", "DTSTART:2027-07-06T19:00:00+01:00",
        "DTSTART:20270706T180000Z;", "DTSTART;TZID=BST:20270706T190000", "DTSTART;TZID=+01:00:20270706T190000",
        "DTSTART;TZID=GMT Standard Time 2:20270706T190000", "DTSTART;TZID=America/New York:20270706T140000",
        "DTSTART;TZID=EST5EDT:20270706T140000",
    ],
)  # fmt: skip
def test_a_time_is_understood_however_programs_write_it(tmp_path: Path, written: str) -> None:
    assert the_one(tmp_path, an_ics(a_vevent(written))).starts == SEVEN


def test_an_abbreviation_that_is_not_the_sites_own_is_not_guessed(tmp_path: Path) -> None:
    answer = answered(tmp_path, an_ics(a_vevent("DTSTART;TZID=IST:20270706T190000")))
    assert (answer.sightings, answer.left_out) == ((), ("Finance Forum: its time zone IST is not known",))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;COUNT=2;UNTIL=", "FREQ=WEEKLY;COUNT=;UNTIL=20270713", "FREQ=WEEKLY;INTERVAL=;COUNT=2",
        "RRULE:FREQ=WEEKLY;COUNT=2", "FREQ=WEEKLY;COUNT=2;BYDAY=;BYMONTH=", "FREQ=WEEKLY;COUNT=2;UNTIL=forever",
    ],
)  # fmt: skip
def test_a_part_of_a_rule_that_says_nothing_costs_nothing(tmp_path: Path, rule: str) -> None:
    assert days(tmp_path, "DTSTART;VALUE=DATE:20270706", f"RRULE:{rule}") == [A_DAY, A_DAY + timedelta(days=7)]


def test_days_that_are_left_out_are_parted_by_semicolons_too(tmp_path: Path) -> None:
    lines = "DTSTART:20270706T180000Z", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20270707T180000Z;20270708T180000Z"
    assert days(tmp_path, *lines) == [SEVEN]


def test_what_begins_in_the_hour_that_is_left_out_lasts_as_long_as_ever(tmp_path: Path) -> None:
    one = the_one(tmp_path, an_ics(a_vevent("DTSTART;TZID=Europe/London:20270328T013000", "DURATION:PT1H")))
    assert isinstance(one.starts, datetime)
    assert isinstance(one.ends, datetime)
    assert one.ends - one.starts == timedelta(hours=1)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("<b>Tea</b> &amp; talk", "Tea & talk"), ("Tea\\\\, talk", "Tea, talk"), ("Python <3 <T>", "Python <3 <T>"),
        ("AT&amp;amp;T", "AT&amp;T"),
    ],
)  # fmt: skip
def test_a_name_is_what_its_reader_sees(tmp_path: Path, written: str, name: str) -> None:
    one = the_one(tmp_path, an_ics(a_vevent("DTSTART;VALUE=DATE:20270706", f"LOCATION:{written}", name=written)))
    assert (one.name, one.place) == (name, name)


def test_a_text_in_quoted_printable_is_decoded(tmp_path: Path) -> None:
    event = a_vevent("DTSTART;VALUE=DATE:20270706").replace(
        "SUMMARY:Finance Forum", "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Caf=C3=A9"
    )
    assert the_one(tmp_path, an_ics(event)).name == "Café"


def test_canceled_with_one_l_is_called_off(tmp_path: Path) -> None:
    event = a_vevent("DTSTART;VALUE=DATE:20270706", "STATUS:CANCELED")
    assert the_one(tmp_path, an_ics(event)).standing is EventStatus.CANCELLED


def test_a_file_whose_lines_are_indented_is_read(tmp_path: Path) -> None:
    body = an_ics(a_vevent("DTSTART;VALUE=DATE:20270706")).strip().replace(b"\r\n", b"\r\n    ")
    assert the_one(tmp_path, body).starts == A_DAY


def test_a_zone_of_one_calendar_is_known_in_the_others_of_its_file(tmp_path: Path) -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETTO:+0100\r\n"
        "END:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    event = a_vevent("DTSTART;TZID=Office:20270706T190000")
    assert the_one(tmp_path, an_ics(event) + an_ics(head=zone)).starts == SEVEN


# -- pages -----------------------------------------------------------------------------------------


def written(script: str) -> bytes:
    return a_page(0).replace(b">0<", f">{script}<".encode())


def one_of(folder: Path, **more: object) -> Understanding:
    return the_one(folder, a_page(a_node(**more)))


NODE = json.dumps(a_node(description="WORDS"))
OTHER = json.dumps(a_node(name="Housing Forum", url="https://events.example.org/housing"))


@pytest.mark.parametrize(
    "script",
    [
        NODE.replace("WORDS", 'She said "come", and "stay"'), NODE.replace("WORDS", r"It\'s"),
        NODE.replace("WORDS", "a\n\tb"), NODE.replace('", "', '",, "', 1), "{\n// an event\n" + NODE[1:],
        "{/* an event */" + NODE[1:], NODE.replace('"', "&quot;"), NODE.replace("WORDS", r"C:\docs"),
    ],
)  # fmt: skip
def test_a_script_is_read_as_it_is_meant(tmp_path: Path, script: str) -> None:
    assert the_one(tmp_path, written(script)).name == "Finance Forum"


@pytest.mark.parametrize(
    "script",
    [
        NODE + OTHER, f"{NODE}\n;{OTHER}", f"[{NODE}{OTHER}]", f'[{NODE}, {{"name": oops}}, {OTHER}]',
        f'{{"@graph": [{NODE}, {OTHER}, {{"@type": "Event", "na',
    ],
)  # fmt: skip
def test_what_stands_whole_in_a_broken_script_is_read(tmp_path: Path, script: str) -> None:
    assert {one.name for one in told(tmp_path, written(script))} == {"Finance Forum", "Housing Forum"}


def test_what_of_a_script_is_broken_is_noted(tmp_path: Path) -> None:
    assert answered(tmp_path, written(f"[{NODE}, oops]")).left_out == ("its JSON-LD is broken",)


@given(st.text('{}[],:"\\/*1t \n', max_size=200))
def test_no_script_is_read_for_long_nor_ends_the_page(script: str) -> None:
    broken: list[None] = []
    list(calendars_json.scripts(written(script).decode(), lambda: broken.append(None)))
    assert len(broken) <= 1


@pytest.mark.parametrize(
    ("begins", "starts"),
    [
        ("2027-07-06T19:00+1:00", SEVEN), ("2027-7-6 19:00", SEVEN), ("2027-07-06T19:00:00 +01:00", SEVEN),
        (["2027-07-06T18:00:00.000Z"], SEVEN), ({"@type": "Date", "@value": "2027-07-06"}, A_DAY), ("2027-7-6", A_DAY),
    ],
)  # fmt: skip
def test_a_day_in_a_page_is_understood_however_it_is_written(tmp_path: Path, begins: object, starts: object) -> None:
    assert one_of(tmp_path, startDate=begins, endDate=None).starts == starts


def test_an_end_that_is_only_its_day_leaves_the_beginning_its_time(tmp_path: Path) -> None:
    assert one_of(tmp_path, endDate="2027-07-06").starts == datetime(2027, 7, 6, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ({"@id": "https://schema.org/EventCancelled"}, EventStatus.CANCELLED),
        (["https://schema.org/EventMovedOnline", "EventCancelled"], EventStatus.CANCELLED),
        ("https://schema.org/EventPostponed/", EventStatus.POSTPONED),
    ],
)
def test_a_status_is_heard_however_it_is_written(tmp_path: Path, status: object, standing: EventStatus) -> None:
    assert one_of(tmp_path, eventStatus=status).standing is standing


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ({"@id": "#hall"}, "Hall, Leeds"), ({"@type": "Place", "name": ["Hall"]}, "Hall"),
        ({"@type": "Place", "address": {"streetAddress": "1 High St", "addressLocality": "Leeds"}}, "1 High St, Leeds"),
        (None, "online"),
    ],
)  # fmt: skip
def test_a_place_is_found_where_it_stands(tmp_path: Path, location: object, place: str) -> None:
    hall = {"@id": "#hall", "@type": "Place", "name": "Hall", "address": {"addressLocality": "Leeds"}}
    mode = None if location else "https://schema.org/OnlineEventAttendanceMode"
    page = a_page({"@graph": [a_node(location=location, eventAttendanceMode=mode), hall]})
    assert the_one(tmp_path, page).place == place


def test_a_name_in_another_letters_page_is_read(tmp_path: Path) -> None:
    body = a_page().replace(b"<head>", b'<head><script type="application/ld+json">%s</script>')
    for head in (b"", b'<meta charset="iso-8859-1">'):
        node = json.dumps(a_node(name="Café"), ensure_ascii=False).encode("latin-1")
        assert the_one(tmp_path, (body % node).replace(b"<head>", b"<head>" + head)).name == "Café"


def test_events_that_share_an_id_are_none_of_them_lost(tmp_path: Path) -> None:
    nodes = [a_node(**{"@id": "https://a.example/#event"}, startDate=f"2027-07-0{day}", endDate=None) for day in (6, 7)]
    assert [one.starts for one in told(tmp_path, a_page(nodes))] == [date(2027, 7, 6), date(2027, 7, 7)]
    assert len(answered(tmp_path, a_page(nodes[0], nodes[0])).sightings) == 1


def test_a_schedule_has_its_event_recur(tmp_path: Path) -> None:
    schedule = {
        "@type": "Schedule", "startDate": "2027-07-06", "endDate": "2027-07-27", "repeatFrequency": "P1W",
        "byDay": "https://schema.org/Tuesday", "startTime": "19:00", "endTime": "20:30", "exceptDate": "2027-07-13",
        "scheduleTimezone": "Europe/London",
    }  # fmt: skip
    page = a_page(a_node(startDate=None, endDate=None, eventSchedule=schedule))
    assert [one.starts for one in told(tmp_path, page)] == [SEVEN, SEVEN + timedelta(14), SEVEN + timedelta(21)]
    assert told(tmp_path, page)[0].ends == SEVEN + timedelta(minutes=90)


def test_a_schedule_that_cannot_be_read_is_noted() -> None:
    node = a_node(startDate=None, eventSchedule={"startDate": "2027-07-06", "repeatFrequency": "now and then"})
    read = calendars_page.read(a_page(node), Window(now=NOW, zone=LONDON), named="it")
    assert list(read.left_out) == ["Finance Forum: eventSchedule: FREQ=NOW AND THEN is none"]
