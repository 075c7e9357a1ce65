"""How long calendars of many series take to read, beside recurring-ical-events' plain ``between`` as the peer.

The aim: a calendar of ten thousand components within ten seconds on one core, whatever it holds. The peer is asked only
where it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import process_time
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from solacefeed.sources import calendars_ics
from solacefeed.sources.calendars_found import Window

WINDOW = Window(now=datetime(2026, 11, 23, 8, tzinfo=UTC), zone=ZoneInfo("Europe/London"))
IN_LONDON = ("DTSTART;TZID=Europe/London:20200106T100000", "DURATION:PT1H")
LONG_AGO = "DTSTART:00010101T100000Z"
#: How many events, of which lines, and whether the peer ends.
CALENDARS = {
    "1,000 weekly series": (1_000, (*IN_LONDON, "RRULE:FREQ=WEEKLY;BYDAY=MO"), True),
    "10,000 single events": (10_000, ("DTSTART;VALUE=DATE:20270706",), True),
    "10,000 daily series": (10_000, (*IN_LONDON, "RRULE:FREQ=DAILY"), False),
    "10,000 counted from the year 1": (10_000, (LONG_AGO, "RRULE:FREQ=MONTHLY;COUNT=99999"), False),
    "10,000 that match nothing": (10_000, (LONG_AGO, "RRULE:FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2"), False),
}  # fmt: skip


def a_calendar(count: int, lines: tuple[str, ...]) -> bytes:
    events = ("\r\n".join(["BEGIN:VEVENT", f"UID:{number}", *lines, "END:VEVENT"]) for number in range(count))
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *events, "END:VCALENDAR", ""]
    ).encode()


def seconds(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


def main() -> None:
    print(f"{'calendar':<32}{'read, s':>10}{'between, s':>12}")
    for name, (count, lines, ends) in CALENDARS.items():
        body = a_calendar(count, lines)
        ours = seconds(partial(calendars_ics.read, body, WINDOW, named=name))
        peer = f"{seconds(partial(_peer, body)):.2f}" if ends else "-"
        print(f"{name:<32}{ours:>10.2f}{peer:>12}")


def _peer(body: bytes) -> object:
    return recurring_ical_events.of(icalendar.Calendar.from_ical(body)).between(WINDOW.first, WINDOW.last)


if __name__ == "__main__":
    main()
