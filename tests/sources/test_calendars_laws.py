"""Laws of calendars: whatever stands in one, it is read or refused, and what is sound in it stands."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.errors import SourceError
from solacefeed.sources import calendars_ics, calendars_page
from solacefeed.sources.calendars_found import Window
from tests.sources.calendar_world import ALL_DAY, LONDON, NOW, a_node, a_page, a_vevent, an_ics
from tests.support.generated import examples

WINDOW = Window(now=NOW, zone=LONDON)
ZONE = (
    "BEGIN:VTIMEZONE", "TZID:Office", "BEGIN:STANDARD", "DTSTART:19961027T020000", "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD", "END:VTIMEZONE",
)  # fmt: skip
SOUND = an_ics(
    "\r\n".join(ZONE),
    a_vevent("DTSTART;TZID=Office:20270302T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO,-1TU;WKST=SU"),
    a_vevent("RECURRENCE-ID;RANGE=THISANDFUTURE:20270309T100000Z", "DTSTART:20270309T100000Z"),
    a_vevent(*ALL_DAY, uid="good", name="Good"),
)
PIECES = st.sampled_from(
    [
        b"0", b"-1", b"00010101T000000Z", b"99991231T235959Z", b";", b":", b",", b"=", b'"', b"\\", b"\n", b"\r",
        b"\n ", b"\xff", b"\x00", b"\nEND:VEVENT\n", b"\nBEGIN:VEVENT\n", b"TZID=America/New_York", b"P1000000D",
        b"+2359", b"INTERVAL=9999999999999", b"BYDAY=0MO", b"RRULE:FREQ=YEARLY\n", b"&#x110000;",
    ]
)  # fmt: skip


@settings(max_examples=examples(50))
@given(st.lists(st.tuples(st.integers(0, len(SOUND)), st.integers(0, 12), PIECES), min_size=1, max_size=5))
def test_a_file_spoilt_anywhere_is_read_or_refused_and_meets_no_bug(spoilt: list[tuple[int, int, bytes]]) -> None:
    body = SOUND
    for at, length, piece in spoilt:
        body = body[:at] + piece + body[at + length :]
    assert [words for words in left_out(body) if "a bug of solacefeed" in words or "\n" in words] == []


def left_out(body: bytes) -> list[str]:
    try:
        return list(calendars_ics.read(body, WINDOW, named="calendar", steps=20_000).left_out)
    except SourceError as error:
        return [str(error)]


ODD = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(
    [[], {}, [[]], {"name": 1}, {"@type": []}, ["", None], "9999-12-31T23:59:59-11:00", "0001-01-01", "2027-02-30"]
)  # fmt: skip


@settings(max_examples=examples(25))
@given(st.dictionaries(st.sampled_from(sorted(a_node())), ODD, max_size=4))
def test_whatever_a_page_says_of_one_event_costs_no_other(odd: dict[str, object]) -> None:
    listing = calendars_page.read(a_page([a_node(**odd), a_node(name="Good", url=None)]), WINDOW, named="page")
    assert "Good" in {each.told.name for each in listing.found}
    assert [words for words in listing.left_out if "a bug of solacefeed" in words] == []
