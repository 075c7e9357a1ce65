"""iCalendars as they are met: what can't be read of one is left out and noted, and the rest stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from solacefeed.errors import SourceError
from solacefeed.events.promotion import next_change, promotions
from solacefeed.models.events import FIRST_YEAR, LAST_YEAR, EventStatus
from solacefeed.models.sightings import Certainty
from solacefeed.publish.ics import single
from solacefeed.sources.calendars_found import AHEAD
from solacefeed.views.events import event_view
from tests.publish.event_site import SITE, a_known_event
from tests.sources.calendar_world import (
    ALL_DAY,
    IN_LONDON,
    a_node,
    a_page,
    a_vevent,
    an_ics,
    answered,
    the_one,
    told,
)
from tests.support.builders import LONDON

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases"
NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
GOOD = a_vevent(*ALL_DAY, uid="good", name="Good")
AT_TEN = "DTSTART:20270706T090000Z"
TEN = datetime(2027, 7, 6, 9, tzinfo=UTC)
ELEVEN = datetime(2027, 7, 6, 10, tzinfo=UTC)


def case(name: str) -> bytes:
    if not CASES.is_dir():
        pytest.skip(f"{CASES} is not here")
    return (CASES / name).read_bytes()


def named(folder: Path, body: bytes) -> dict[str, int]:
    """How many events there are of each name."""
    found: dict[str, int] = {}
    for one in told(folder, body, now=NOW):
        found[one.name or ""] = found.get(one.name or "", 0) + 1
    return found


# -- the cases that were met -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "events", "note"),
    [
        ("interval-zero.ics", {"Weekly surgery": 1, "Good": 1}, "Weekly surgery: RRULE: INTERVAL=0 is below 1"),
        ("last-modified-empty.ics", {"Leaders forum": 3, "Other": 1}, "Leaders forum: LAST-MODIFIED: '' is neither"),
        ("vtimezone-empty.ics", {"Leaders forum": 3, "Other": 1}, "zone Office: has no STANDARD or DAYLIGHT"),
        ("sequence-bad.ics", {"Odd seminar": 1, "Good seminar": 1}, "Odd seminar: SEQUENCE: 'one' is no number"),
        ("two-dtend.ics", {"Odd seminar": 1, "Good seminar": 1}, "Odd seminar: DTEND stands there twice"),
    ],
)
def test_an_odd_property_costs_itself(tmp_path: Path, name: str, events: dict[str, int], note: str) -> None:
    body = case(name)
    assert named(tmp_path, body) == events
    assert note in (answered(tmp_path, body, now=NOW).note or "")


def test_a_fold_inside_a_character_is_undone_before_letters_are_read(tmp_path: Path) -> None:
    assert set(named(tmp_path, case("fold-inside-utf8.ics"))) == {
        "Cynhadledd Tŷ Cymru",
        "Café society – leaders’ forum",
    }


def test_what_programs_write_of_days_entities_and_zones_is_understood(tmp_path: Path) -> None:
    answer = answered(tmp_path, case("mixed.ics"), now=NOW)
    by_uid = {each.uid: each.told for each in answer.sightings}
    assert answer.note is None
    assert by_uid["outlook-allday"].starts == by_uid["outlook-allday"].ends == date(2026, 12, 8)
    assert by_uid["entities"].name == "Housing & Health – the leaders’ forum"
    assert by_uid["entities"].place == "St Mary’s Hall"
    assert by_uid["moztz"].starts == datetime(2026, 12, 16, 10, tzinfo=UTC)
    assert by_uid["longtz"].starts == datetime(2026, 12, 15, 10, tzinfo=UTC)
    assert [uid for uid in by_uid if uid and uid.startswith("untild/")] == [
        f"untild/2026-12-{day:02}T18:00:00+00:00" for day in (8, 15, 22)
    ]


def test_what_pages_write_of_days_and_around_scripts_is_understood(tmp_path: Path) -> None:
    found = {one.name: (one.starts, one.ends) for one in told(tmp_path, case("jsonld.html"), now=NOW)}
    assert found["All day forum – Leeds"] == (date(2026, 12, 8), date(2026, 12, 8))
    assert found["Three day summit"] == (date(2027, 3, 16), date(2027, 3, 18))
    assert found["Summer school"] == (date(2027, 6, 16), date(2027, 6, 16))
    assert {"In CDATA", "Trailing comma"} < found.keys()


# -- one property ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        (("LAST-MODIFIED:",), "LAST-MODIFIED: '' is neither a day nor a time"),
        (("SEQUENCE:",), "SEQUENCE: '' is no number"),
        (("SEQUENCE:1", "SEQUENCE:2"), "SEQUENCE stands there twice: the first counts"),
        ((f"SEQUENCE:{10**40}",), "is no number"),
        (("DTEND:never",), "DTEND: 'never' is neither a day nor a time"),
        (("DTEND:20270705T090000Z",), "its DTEND contradicts its DTSTART"),
        (("DTEND;VALUE=DATE:20270708",), "its DTEND contradicts its DTSTART"),
        (("DTEND;TZID=Nowhere/Else:20270706T100000",), "DTEND: its time zone Nowhere/Else is not known"),
        (("DURATION:soon",), "DURATION: 'soon' is no duration"),
        (("DURATION:-PT1H",), "DURATION: '-PT1H' is no duration"),
        (("RRULE:FREQ=NEVER",), "RRULE: FREQ=NEVER is none"),
        (("RRULE:",), "RRULE: FREQ= is none"),
        (("RRULE:FREQ=DAILY;INTERVAL=0",), "RRULE: INTERVAL=0 is below 1"),
        (("RRULE:FREQ=DAILY;INTERVAL=-1",), "RRULE: INTERVAL=-1 is below 1"),
        (("RRULE:FREQ=DAILY;INTERVAL=two",), "RRULE: 'TWO' is no number"),
        (("RRULE:FREQ=DAILY;COUNT=0",), "RRULE: COUNT=0 is below 1"),
        (("RRULE:FREQ=DAILY;UNTIL=soon",), "RRULE: 'SOON' is neither a day nor a time"),
        (("RRULE:RSCALE=CHINESE;FREQ=YEARLY",), "RRULE: RSCALE=CHINESE is not followed"),
        (("RDATE:garbage",), "RDATE: 'garbage' is neither a day nor a time"),
        (("EXDATE:",), "EXDATE: '' is neither a day nor a time"),
        (("RRULE:FREQ=SECONDLY",), "it recurs within a day"),
        (("this is no line",), "this is no line is no line of an iCalendar"),
        ((f"LOCATION:{'x' * 100_001}",), "LOCATION is longer than 100000 octets"),
    ],
)
def test_a_property_that_cannot_be_read_is_left_out_and_noted(
    tmp_path: Path, lines: tuple[str, ...], note: str
) -> None:
    answer = answered(tmp_path, an_ics(a_vevent(AT_TEN, *lines), GOOD), now=NOW)
    first, good = sorted((each.told for each in answer.sightings), key=lambda one: one.name or "")
    assert (first.name, first.starts, first.certainty) == ("Finance Forum", TEN, Certainty.CERTAIN)
    assert good.name == "Good"
    assert answer.left_out[0].startswith("Finance Forum: ")
    assert note in answer.left_out[0]


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=WEEKLY;BYDAY=0TU;COUNT=3", 3),
        ("FREQ=WEEKLY;BYDAY=0MO,TU;COUNT=3", 3),
        ("FREQ=YEARLY;BYMONTH=13;COUNT=1", 1),
        ("FREQ=MONTHLY;BYMONTHDAY=32,6;COUNT=3", 3),
        ("FREQ=WEEKLY;COUNT=3;BYHOUR=25", 3),
    ],
)
def test_a_part_of_a_rule_that_cannot_be_is_ignored_with_a_note_and_the_series_stands(
    tmp_path: Path, rule: str, count: int
) -> None:
    answer = answered(tmp_path, an_ics(a_vevent(AT_TEN, f"RRULE:{rule}")), now=NOW)
    assert len(answer.sightings) == count
    assert "is ignored" in (answer.note or "")


@pytest.mark.parametrize(
    "odd", ["EXDATE:", "EXDATE:soon", "RDATE:", "RDATE:garbage", "EXDATE;TZID=Nowhere:20270707T1000"]
)
def test_an_odd_date_of_a_series_costs_itself_alone(tmp_path: Path, odd: str) -> None:
    series = a_vevent(AT_TEN, "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20270713T090000Z", odd)
    answer = answered(tmp_path, an_ics(series), now=NOW)
    assert [each.told.starts for each in answer.sightings] == [TEN, datetime(2027, 7, 20, 9, tzinfo=UTC)]
    assert answer.left_out


def test_the_gregorian_calendar_is_the_plain_rule(tmp_path: Path) -> None:
    answer = answered(tmp_path, an_ics(a_vevent(AT_TEN, "RRULE:RSCALE=GREGORIAN;FREQ=WEEKLY;COUNT=3")), now=NOW)
    assert (len(answer.sightings), answer.note) == (3, None)


def test_a_day_that_ends_a_series_of_times_is_its_last(tmp_path: Path) -> None:
    lines = (*IN_LONDON, "RRULE:FREQ=WEEKLY;UNTIL=20270720")
    assert len(told(tmp_path, an_ics(a_vevent(*lines)))) == 3


def test_dtend_counts_where_a_duration_stands_beside_it(tmp_path: Path) -> None:
    answer = answered(tmp_path, an_ics(a_vevent(AT_TEN, "DTEND:20270706T100000Z", "DURATION:PT9H")))
    assert [each.told.ends for each in answer.sightings] == [ELEVEN]
    assert answer.note == "left out: Finance Forum: DURATION stands beside DTEND, which counts"


# -- one component, one line ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrap",
    [
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: body.decode().encode("utf-16"),
        lambda body: body.decode().encode("utf-16-le"),
        lambda body: body.replace(b"\r\n", b"\n"),
        lambda body: body.replace(b"\r\n", b"\r"),
        lambda body: body.replace(b"\r\n", b"\r\n\r\n"),
        lambda body: body.replace(b"END:VEVENT\r\n", b"END:VEVENT\n"),
        lambda body: b"\r\n" + body + b"see you there\r\nX-COMMENT:bye\r\n",
        lambda body: b"<br />\n<b>Warning</b>: something in x.php\n" + body,
        lambda body: body.replace(b"BEGIN:VEVENT", b"BEGIN:X-GROUP\r\nBEGIN:VEVENT").replace(
            b"END:VEVENT", b"END:VEVENT\r\nEND:X-GROUP"
        ),
        lambda body: body.replace(b"END:VEVENT", b"BEGIN:VALARM\r\nSUMMARY:Ring\r\nEND:VALARM\r\nEND:VEVENT"),
        lambda body: body.replace(b"END:VEVENT", b"END:VTODO\r\nEND:VEVENT"),
        lambda body: body + body,
        lambda body: body.lower(),
    ],
)  # fmt: skip
def test_a_file_is_read_however_it_is_written(tmp_path: Path, wrap: object) -> None:
    assert callable(wrap)
    body = wrap(an_ics(a_vevent(AT_TEN, name="forum", uid="1")))
    assert [(one.name, one.starts) for one in told(tmp_path, body)] == [("forum", TEN)]


def test_an_event_without_an_end_ends_where_the_next_begins(tmp_path: Path) -> None:
    body = an_ics(a_vevent(AT_TEN).replace("\r\nEND:VEVENT", ""), GOOD)
    assert named(tmp_path, body) == {"Finance Forum": 1, "Good": 1}


def test_a_line_in_an_old_programs_letters_costs_no_other_its_own(tmp_path: Path) -> None:
    first, second = (
        an_ics(a_vevent(AT_TEN, name="Café", uid="1")),
        a_vevent(AT_TEN, name="Tŷ Cymru", uid="2").encode() + b"\r\nEND:VCALENDAR",
    )
    body = first.replace("Café".encode(), "Café".encode("cp1252")).replace(b"END:VCALENDAR", second)
    assert set(named(tmp_path, body)) == {"Café", "Tŷ Cymru"}


def test_a_file_that_breaks_off_is_no_whole_answer(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="breaks off before its end"):
        answered(tmp_path, an_ics(GOOD).removesuffix(b"END:VCALENDAR\r\n"))


def test_a_file_of_more_components_than_are_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="more than 20000 components"):
        answered(tmp_path, an_ics(*["BEGIN:VEVENT\r\nEND:VEVENT"] * 20_001))


def test_ten_thousand_lines_that_are_none_are_told_in_few_words(tmp_path: Path) -> None:
    answer = answered(tmp_path, an_ics(GOOD, "nonsense\r\n" * 10_000))
    assert len(answer.sightings) == 1
    assert len(answer.left_out) <= 5


# -- zones ---------------------------------------------------------------------------------------------------


def a_vtimezone(name: str, *more: str) -> str:
    return "\r\n".join(["BEGIN:VTIMEZONE", f"TZID:{name}", *more, "END:VTIMEZONE"])


def an_observance(kind: str, begins: str, before: str, after: str, *more: str) -> str:
    lines = [f"BEGIN:{kind}", f"DTSTART:{begins}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}", *more]
    return "\r\n".join([*lines, f"END:{kind}"])


SUMMER = an_observance("DAYLIGHT", "19810329T010000", "+0000", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")
WINTER = an_observance("STANDARD", "19961027T020000", "+0100", "+0000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU")


@pytest.mark.parametrize(
    "name",
    [
        "Europe/London", "europe/london", "/Europe/London", "GMT Standard Time",
        "/mozilla.org/20050126_1/Europe/London",
        '"(UTC+00:00) Dublin, Edinburgh, Lisbon, London"', "(UTC+00:00) Dublin, Edinburgh, Lisbon, London",
        "/freeassociation.sourceforge.net/Tzfile/Europe/London",
    ],
)  # fmt: skip
def test_a_zone_is_known_by_every_name_that_programs_have_for_it(tmp_path: Path, name: str) -> None:
    assert the_one(tmp_path, an_ics(a_vevent(f"DTSTART;TZID={name}:20270706T100000"))).starts == TEN


@pytest.mark.parametrize(
    ("name", "hour"), [("UTC", 10), ("GMT+1", 9), ("UTC-05:00", 15), ("(UTC+01:00) Amsterdam, Berlin", 8)]
)
def test_an_offset_and_a_town_are_names_too(tmp_path: Path, name: str, hour: int) -> None:
    one = the_one(tmp_path, an_ics(a_vevent(f"DTSTART;TZID={name}:20270706T100000")))
    assert one.starts == datetime(2027, 7, 6, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("20270706T100000", TEN),
        ("20270106T100000", datetime(2027, 1, 6, 10, tzinfo=UTC)),
        # An hour that is left out is by the clock before it, one that comes twice is the first.
        ("20270328T013000", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("20271031T013000", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_zone_that_the_file_defines_has_its_summer(tmp_path: Path, local: str, instant: datetime) -> None:
    body = an_ics(a_vtimezone("Office", SUMMER, WINTER), a_vevent(f"DTSTART;TZID=Office:{local}"))
    assert the_one(tmp_path, body).starts == instant


def test_a_zone_of_one_file_is_not_the_next_one_s(tmp_path: Path) -> None:
    event = a_vevent("DTSTART;TZID=Office:20270706T100000")
    east = an_observance("STANDARD", "19700101T000000", "+0500", "+0500")
    assert the_one(tmp_path, an_ics(a_vtimezone("Office", SUMMER, WINTER), event)).starts == TEN
    assert the_one(tmp_path, an_ics(a_vtimezone("Office", east), event)).starts == datetime(2027, 7, 6, 5, tzinfo=UTC)
    assert answered(tmp_path, an_ics(event)).note == "left out: Finance Forum: its time zone Office is not known"


@pytest.mark.parametrize(
    "odd",
    [
        "",
        an_observance("STANDARD", "soon", "+0000", "+0000"),
        an_observance("STANDARD", "19700101T000000", "+9900", "west"),
        an_observance("STANDARD", "19700101T000000", "+0000", "+0000", "RDATE:garbage"),
    ],
)
def test_a_zone_that_cannot_be_read_costs_itself_and_what_is_known_by_its_name_stands(tmp_path: Path, odd: str) -> None:
    zone = a_vtimezone("Europe/London", odd)
    answer = answered(tmp_path, an_ics(zone, a_vevent(*IN_LONDON), GOOD))
    assert len(answer.sightings) == 2
    assert (answer.note or "").startswith("left out: zone Europe/London: ")


def test_a_zones_rule_without_an_end_ends(tmp_path: Path) -> None:
    endless = an_observance("STANDARD", "19700101T000000", "+0000", "+0100", "RRULE:FREQ=SECONDLY")
    one = the_one(tmp_path, an_ics(a_vtimezone("Office", endless), a_vevent("DTSTART;TZID=Office:20270706T100000")))
    assert one.starts == TEN


@pytest.mark.parametrize("line", ["DTSTART:20270706T090000", "DTSTART:20270706T130000Z"])
def test_the_calendars_own_zone_is_that_of_times_without_one(tmp_path: Path, line: str) -> None:
    body = an_ics(a_vevent(line), head="X-WR-TIMEZONE:America/New_York")
    assert the_one(tmp_path, body).starts == datetime(2027, 7, 6, 13, tzinfo=UTC)


def test_a_calendars_zone_that_is_not_known_is_noted(tmp_path: Path) -> None:
    answer = answered(tmp_path, an_ics(GOOD, head="X-WR-TIMEZONE:Nowhere"))
    assert (len(answer.sightings), answer.note) == (1, "left out: X-WR-TIMEZONE Nowhere is not known")


# -- series ---------------------------------------------------------------------------------------------------


def test_several_events_of_one_uid_are_told_apart_by_their_beginnings(tmp_path: Path) -> None:
    shared = [
        a_vevent(f"DTSTART;VALUE=DATE:202702{day}", name=name)
        for day, name in (("10", "Forum"), ("10", "Forum"), ("17", "Forum"), ("24", "Dinner"))
    ]
    answer = answered(tmp_path, an_ics(*shared))
    assert [(each.uid, each.told.name) for each in answer.sightings] == [
        ("1@example.org/2027-02-10", "Forum"),
        ("1@example.org/2027-02-17", "Forum"),
        ("1@example.org/2027-02-24", "Dinner"),
    ]


def test_two_of_one_uid_that_begin_at_once_are_told_apart_by_name(tmp_path: Path) -> None:
    two = [a_vevent(AT_TEN, name=name) for name in ("Finance", "Housing", "Housing")]
    at = "1@example.org/2027-07-06T09:00:00+00:00"
    answer = answered(tmp_path, an_ics(*two))
    assert [(each.uid, each.told.name) for each in answer.sightings] == [(at, "Finance"), (f"{at}/Housing", "Housing")]


def test_an_occurrence_whose_own_time_cannot_be_read_does_not_end_its_series(tmp_path: Path) -> None:
    series = a_vevent("DTSTART:20270302T100000Z", "RRULE:FREQ=WEEKLY;COUNT=3", "SEQUENCE:0")
    broken = a_vevent("RECURRENCE-ID:soon", "DTSTART:20270401T100000Z", "SEQUENCE:1")
    answer = answered(tmp_path, an_ics(series, broken))
    assert len(answer.sightings) == 4
    assert answer.note == "left out: Finance Forum: RECURRENCE-ID: 'soon' is neither a day nor a time"


def test_not_even_the_fault_of_a_private_event_is_told(tmp_path: Path) -> None:
    answer = answered(tmp_path, an_ics(a_vevent("DTSTART:soon", "CLASS:PRIVATE"), GOOD))
    assert (len(answer.sightings), answer.note) == (1, None)


def test_a_newer_word_for_an_event_takes_the_place_of_the_older(tmp_path: Path) -> None:
    before, after = (a_vevent(f"DTSTART;VALUE=DATE:2027021{day}", f"SEQUENCE:{day}") for day in (0, 1))
    (sighting,) = answered(tmp_path, an_ics(after, before)).sightings
    assert (sighting.uid, sighting.told.starts) == ("1@example.org", date(2027, 2, 11))


def test_an_occurrence_of_nothing_stands_for_itself(tmp_path: Path) -> None:
    lone = a_vevent("RECURRENCE-ID:20270101T090000Z", AT_TEN)
    (sighting,) = answered(tmp_path, an_ics(lone, GOOD)).sightings[1:]
    assert (sighting.uid, sighting.told.starts) == ("1@example.org/2027-01-01T09:00:00+00:00", TEN)


def test_a_series_is_otherwise_from_an_occurrence_on(tmp_path: Path) -> None:
    series = a_vevent("DTSTART:20270302T100000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=4")
    later = a_vevent(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20270316T100000Z", "DTSTART:20270316T140000Z", "DURATION:PT2H", name="Late"
    )
    answer = answered(tmp_path, an_ics(series, later))
    assert [(each.uid, each.told.name, str(each.told.starts)) for each in answer.sightings] == [
        (f"1@example.org/2027-03-{day}T10:00:00+00:00", name, f"2027-03-{day} {hour}:00:00+00:00")
        for day, name, hour in (
            ("02", "Finance Forum", 10),
            ("09", "Finance Forum", 10),
            (16, "Late", 14),
            (23, "Late", 14),
        )
    ]


def test_a_called_off_and_a_private_occurrence_take_the_place_of_theirs(tmp_path: Path) -> None:
    series = a_vevent("DTSTART:20270302T100000Z", "RRULE:FREQ=WEEKLY;COUNT=3")
    off = a_vevent("RECURRENCE-ID:20270302T100000Z", "DTSTART:20270302T100000Z", "STATUS:CANCELLED")
    private = a_vevent("RECURRENCE-ID:20270309T100000Z", "DTSTART:20270309T100000Z", "CLASS:PRIVATE")
    found = told(tmp_path, an_ics(series, off, private))
    assert [one.standing for one in found] == [EventStatus.CANCELLED, EventStatus.SCHEDULED]


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (("DTSTART:20270706T000000", "DTEND:20270707T000000"), (6, 6)),
        (("DTSTART:20270706T000000", "DTEND:20270708T235959"), (6, 8)),
        (("DTSTART;TZID=Europe/London:20270706T000000", "DTEND;TZID=Europe/London:20270709T000000"), (6, 8)),
        (("DTSTART:20270705T230000Z", "DTEND:20270706T230000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"), (6, 6)),
        (("DTSTART:20270706T000000Z", "DTEND:20270707T000000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"), (6, 6)),
        (("DTSTART:20270706T000000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"), (6, 6)),
    ],
)
def test_what_is_from_midnight_to_midnight_is_days(
    tmp_path: Path, lines: tuple[str, ...], days: tuple[int, int]
) -> None:
    one = the_one(tmp_path, an_ics(a_vevent(*lines)))
    assert (one.starts, one.ends) == tuple(date(2027, 7, day) for day in days)


def test_entities_are_decoded_once_and_an_ampersand_is_none(tmp_path: Path) -> None:
    lines = (*ALL_DAY, "URL:https://events.example.org/?a=1&amp;copy=2")
    one = the_one(tmp_path, an_ics(a_vevent(*lines, name="Q&notes &amp;amp\\; AT&T &#8217\\;s")))
    assert (one.name, one.url) == ("Q&notes &amp; AT&T ’s", "https://events.example.org/?a=1&copy=2")


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("", ""), ("//<![CDATA[\n", "\n//]]>"), ("/* <![CDATA[ */", "/* ]]> */"), ("<!--", "-->"), ("<![CDATA[", "]]>"),
        ("\n<!--\n", "\n//-->\n"),
    ],
)  # fmt: skip
def test_a_script_is_read_in_whatever_it_is_wrapped(tmp_path: Path, before: str, behind: str) -> None:
    body = a_page({"@graph": [a_node(name="A // forum, ]")]}).replace(b'json">', b'json">' + before.encode())
    assert the_one(tmp_path, body.replace(b"</script", behind.encode() + b"</script", 1)).name == "A // forum, ]"


def test_commas_before_an_end_cost_nothing_and_those_in_texts_stay(tmp_path: Path) -> None:
    body = a_page([a_node(name="One,] two,}")]).replace(b"}]<", b",}\n,\n]<")
    assert the_one(tmp_path, body).name == "One,] two,}"


def test_an_event_at_the_calendars_end_costs_no_other(tmp_path: Path) -> None:
    nodes = [
        a_node(name=f"At {at}", startDate=at, endDate=at, url=None)
        for at in ("0001-01-01T00:00+14:00", "9999-12-31T23:59:59-11:00")
    ]
    assert [one.name for one in told(tmp_path, a_page([*nodes, a_node()]))] == ["Finance Forum"]
    events = [a_vevent(f"DTSTART:{at}", "RRULE:FREQ=YEARLY", uid=at) for at in ("00010101T000000Z", "99991231T235959Z")]
    assert "Good" in named(tmp_path, an_ics(*events, GOOD))


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("0001-01-01", "9999-12-31"),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00", "9999-12-31T23:59"),
        ("0001-01-01T09:00+14:00", "9999-12-31T17:00-11:00"),
    ],
)
def test_what_is_always_on_is_within_reach_of_every_clock(tmp_path: Path, starts: str, ends: str) -> None:
    found = the_one(tmp_path, a_page([a_node(startDate=starts, endDate=ends)]))
    assert found.starts
    assert found.ends
    assert (found.starts.year, found.ends.year) == (FIRST_YEAR, LAST_YEAR)
    event = a_known_event(starts=found.starts, ends=found.ends)
    for zone in (LONDON, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Los_Angeles")):
        (told_of,) = promotions([event], NOW, ahead=AHEAD, most=1, zone=zone, language="en-GB", slugs=None)
        assert told_of.nearness == "On now"
        assert next_change([event], NOW, ahead=AHEAD, zone=zone) is not None
        assert event_view(event, zone, "en-GB").when
        assert single(event, replace(SITE, site=replace(SITE.site, zone=zone)))
