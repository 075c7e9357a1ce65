"""Series: what recurring-ical-events makes of a calendar, the nearest first, in steps that are counted."""

from __future__ import annotations

import warnings
from datetime import datetime, timedelta

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.errors import BrokenOff
from solacefeed.sources import calendars_ics
from solacefeed.sources.calendars_found import MOST_STEPS, Listing, Window
from tests.sources.calendar_world import LONDON, NOW, a_vevent, an_ics
from tests.support.generated import examples

WINDOW = Window(now=NOW, zone=LONDON)
WEEKLY = ("DTSTART;TZID=Europe/London:20200106T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO")
DAILY = ("DTSTART;TZID=Europe/London:20200106T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY")


def read(body: bytes, *, steps: int = MOST_STEPS) -> Listing:
    return calendars_ics.read(body, WINDOW, named="calendar", steps=steps)


def several(count: int, *lines: str) -> bytes:
    return an_ics(*[a_vevent(*lines, uid=f"{number}@example.org", name=f"Event {number}") for number in range(count)])


# -- the peer ---------------------------------------------------------------------------------------------


@st.composite
def calendars(draw: st.DrawFn) -> bytes:
    """A calendar as a careful program writes one."""
    zone = draw(st.sampled_from(["", "Z", ";TZID=Europe/London", ";TZID=America/New_York", ";VALUE=DATE"]))
    first = draw(st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1)))  # noqa: DTZ001  # by the clock of its zone

    def line(name: str, at: datetime) -> str:
        if zone == ";VALUE=DATE":
            return f"{name}{zone}:{at:%Y%m%d}"
        return f"{name}:{at:%Y%m%dT%H0000}Z" if zone == "Z" else f"{name}{zone}:{at:%Y%m%dT%H0000}"

    often = draw(st.sampled_from(["DAILY", "WEEKLY", "WEEKLY;BYDAY=MO,TH", "MONTHLY", "MONTHLY;BYDAY=-1FR", "YEARLY"]))
    end = draw(st.sampled_from(["", ";COUNT=20", ";UNTIL=20270901" + ("" if zone == ";VALUE=DATE" else "T000000Z")]))
    # What a floating time's UNTIL means each program says for itself.
    rule = f"RRULE:FREQ={often}{'' if not zone and 'UNTIL' in end else end}"
    step = timedelta(days=1) if often == "DAILY" else timedelta(days=7)
    without = [line("EXDATE", first + number * step) for number in draw(st.sets(st.integers(0, 90), max_size=3))]
    also = [line("RDATE", first + timedelta(days=3, hours=2))] if draw(st.booleans()) else []
    days, hours = draw(st.integers(1, 3)), draw(st.integers(1, 30))
    span = f"DURATION:P{days}D" if zone == ";VALUE=DATE" else f"DURATION:PT{hours}H"
    series = a_vevent(line("DTSTART", first), span, rule, *without, *also)
    moved = first + draw(st.integers(0, 60)) * step
    other = a_vevent(line("RECURRENCE-ID", moved), line("DTSTART", moved + timedelta(days=2)), span, "SEQUENCE:1")
    return an_ics(series, *([other] if draw(st.booleans()) else []))


def known_by_the_peer(body: bytes) -> dict[str, object]:
    """Each occurrence's beginning, by its first time."""
    first, last = WINDOW.first - timedelta(days=3), WINDOW.last + timedelta(days=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = recurring_ical_events.of(icalendar.Calendar.from_ical(body)).between(first, last)
    spans: dict[str, object] = {}
    for event in found:
        starts, ends, own = event["DTSTART"].dt, event["DTEND"].dt, event["RECURRENCE-ID"].dt
        if not isinstance(starts, datetime):
            ends = max(starts, ends - timedelta(days=1))
        span = WINDOW.span(starts, ends)
        if WINDOW.meets(span):
            time = WINDOW.instant(own) if isinstance(own, datetime) else own
            spans[f"1@example.org/{time.isoformat()}"] = span[0]
    return spans


@settings(max_examples=examples(25))
@given(calendars())
def test_occurrences_and_their_ids_are_those_that_recurring_ical_events_knows(body: bytes) -> None:
    assert {each.uid: each.told.starts for each in read(body).found} == known_by_the_peer(body)


# -- bounds -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "lines", "most"),
    [
        # A look at each series' first days, and five hundred occurrences.
        (300, DAILY, 30_000),
        (300, (*DAILY[:2], "RRULE:FREQ=DAILY;COUNT=5000"), 30_000),
        (300, WEEKLY, 20_000),
        (500, ("DTSTART:00010101T100000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), 5_000),
    ],
)
def test_many_series_take_no_more_steps_than_their_nearest_occurrences_want(
    count: int, lines: tuple[str, ...], most: int
) -> None:
    body = several(count, *lines)
    assert read(body, steps=most).number_left_out == 0


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=9",
        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=999999999",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYMONTH=6;COUNT=999999999",
    ],
)
def test_a_series_that_takes_too_many_steps_costs_itself_alone(rule: str) -> None:
    bomb = a_vevent("DTSTART:00010101T100000Z", f"RRULE:{rule}", uid="bomb", name="Bomb")
    listing = read(an_ics(bomb, a_vevent(*WEEKLY, name="Weekly")))
    assert {each.told.name for each in listing.found} == {"Weekly"}
    assert set(listing.left_out) == {"Bomb: it takes more steps than are taken"}


def test_many_that_take_too_many_leave_each_its_share() -> None:
    bombs = [
        a_vevent("DTSTART:00010101T100000Z", "RRULE:FREQ=MONTHLY;BYDAY=MO;COUNT=99999", uid=f"{number}", name="Bomb")
        for number in range(50)
    ]
    listing = read(an_ics(*bombs, a_vevent(*WEEKLY, uid="last", name="Weekly")), steps=100_000)
    assert sum(each.told.name == "Weekly" for each in listing.found) > 50


def test_the_nearest_are_taken_and_what_has_begun_is_near() -> None:
    running = a_vevent("DTSTART;VALUE=DATE:20261001", "DTEND;VALUE=DATE:20261201", uid="running", name="Running")
    over = a_vevent("DTSTART;VALUE=DATE:20261110", uid="over", name="Over")
    listing = read(an_ics(over, running, a_vevent(*DAILY, uid="daily", name="Daily")))
    names = [each.told.name for each in listing.found]
    assert (names[0], names.index("Running") < names.index("Over")) == ("Daily", True)


def test_of_a_long_series_what_began_last_comes_before_what_began_first() -> None:
    long = a_vevent("DTSTART;VALUE=DATE:20260101", "DURATION:P10D", "RRULE:FREQ=WEEKLY", uid="long")
    found = [each.told.starts for each in read(an_ics(long)).found if each.told.starts]
    # Monday 23 November: those of Thursdays the 19th and the 26th first.
    assert [str(day) for day in found[:3]] == ["2026-11-26", "2026-11-19", "2026-12-03"]


def test_whoever_waits_may_end_it_between_two_pieces() -> None:
    asked = []

    def going() -> None:
        asked.append(1)
        if len(asked) > 3:
            raise BrokenOff("ends")

    with pytest.raises(BrokenOff):
        calendars_ics.read(several(1000, *DAILY), WINDOW, named="calendar", going=going)


def test_ids_of_well_kept_calendars_are_what_they_were() -> None:
    floating = a_vevent("DTSTART:20270706T100000", uid="", name="Forum")
    zoned = a_vevent("DTSTART;TZID=Europe/London:20270707T100000", uid="", name="A &amp\\; B")
    day = a_vevent("DTSTART;VALUE=DATE:20270708", "RRULE:FREQ=DAILY;COUNT=2", uid="days")
    night = a_vevent("DTSTART:20270710T000000", "DTEND:20270711T000000", "RRULE:FREQ=DAILY;COUNT=1", uid="night")
    assert [each.uid for each in read(an_ics(floating, zoned, day, night)).found] == [
        "Forum 2027-07-06 10:00:00",
        "A &amp; B 2027-07-07 10:00:00+01:00",
        "days/2027-07-08",
        "days/2027-07-09",
        "night/2027-07-09T23:00:00+00:00",
    ]
