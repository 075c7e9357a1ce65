"""A calendar of ten thousand components, read by the command itself: within its bounds, and SIGTERM is heard in it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.sources.calendar_world import a_vevent, an_ics
from tests.support.hostile import MOST_MEMORY, done, moments
from tests.support.site import Site

pytestmark = pytest.mark.slow

CALENDAR = '[[calendars]]\nname = "events"\nfile = "events.ics"\n'
#: Seconds within which SIGTERM is heard.
SOON = 5
LONG_AGO = "DTSTART:00010101T100000Z"
WORLDS = {
    "single": ("DTSTART;VALUE=DATE:20270706", "DESCRIPTION:" + "x" * 1000),
    "daily": ("DTSTART;TZID=Europe/London:20200106T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY"),
    "counted": (LONG_AGO, "RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;COUNT=99999999"),
    "nothing": (LONG_AGO, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "secondly": (LONG_AGO, "RRULE:FREQ=SECONDLY"),
    "long": ("DTSTART;VALUE=DATE:20200106", "DURATION:P360D", "RRULE:FREQ=DAILY"),
    "many dates": ("DTSTART;VALUE=DATE:20200106", "RDATE;VALUE=DATE:" + ",".join(["20270706"] * 200)),
}


def a_site(folder: Path, *lines: str) -> Site:
    site = Site.begun(folder, source="sample:", more=CALENDAR)
    events = [a_vevent(*lines, uid=f"{number}", name=f"Event {number}") for number in range(10_000)]
    (folder / "events.ics").write_bytes(an_ics(*events))
    return site


@pytest.mark.parametrize("world", WORLDS)
def test_ten_thousand_components_are_read_within_their_bounds(tmp_path: Path, world: str) -> None:
    site = a_site(tmp_path, *WORLDS[world])
    ended = done(site, ["poll"])
    assert ended.code == 0, ended.said
    assert ended.memory < MOST_MEMORY
    (listed,) = site.data("calendars", "list")
    assert listed["trouble"] is None
    if world in ("single", "daily"):
        assert (listed["events"], listed["left_out"]) == (500, [])
    else:
        assert listed["left_out"]


@pytest.mark.parametrize("after", moments(13, 3, 8))
def test_sigterm_is_heard_in_the_middle_of_a_calendar(tmp_path: Path, after: float) -> None:
    site = a_site(tmp_path, *WORLDS["counted"])
    ended = done(site, ["daemon"], sent=signal.SIGTERM, after=after, until="daemon")
    assert ended.code == 0, ended.said
    assert ended.heard_within is not None
    assert ended.heard_within < SOON
