"""The vocabulary of the calendars' tests: documents of each kind, and what is understood of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from solacefeed.models.events import Calendar, CalendarKind
from solacefeed.models.sightings import Understanding
from solacefeed.sources.calendar_answers import CalendarAnswer, Validators
from solacefeed.sources.calendars import ask
from tests.sources.source_world import a_client

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def a_vevent(*lines: str, uid: str = "1@example.org", name: str = "Finance Forum") -> str:
    return "\r\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", f"SUMMARY:{name}", *lines, "END:VEVENT"]
    )


ALL_DAY = ("DTSTART;VALUE=DATE:20270210", "DTEND;VALUE=DATE:20270212")
IN_LONDON = ("DTSTART;TZID=Europe/London:20270706T100000", "DTEND;TZID=Europe/London:20270706T160000")


def an_ics(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *([head] if head else []), *events]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def a_tribe_row(**more: Any) -> dict[str, Any]:
    """An event as The Events Calendar's API lists it."""
    return {
        "id": 7,
        "global_id": "events.example.org?id=7",
        "status": "publish",
        "modified_utc": "2026-11-20 09:00:00",
        "url": "https://events.example.org/event/finance-forum/",
        "title": "Finance &#038; Funding Forum",
        "all_day": False,
        "start_date": "2027-07-06 10:00:00",
        "end_date": "2027-07-06 16:00:00",
        "utc_start_date": "2027-07-06 09:00:00",
        "utc_end_date": "2027-07-06 15:00:00",
        "timezone": "Europe/London",
        "venue": {"venue": "The Guildhall", "city": "York"},
        "organizer": [],
    } | more


def a_tribe(*rows: dict[str, Any], pages: int = 1) -> bytes:
    return json.dumps({"events": rows, "total": len(rows), "total_pages": pages}).encode()


def a_node(**more: Any) -> dict[str, Any]:
    """An event as search engines want it."""
    return {
        "@context": "https://schema.org",
        "@type": "BusinessEvent",
        "name": "Finance Forum",
        "startDate": "2027-07-06T10:00:00+01:00",
        "endDate": "2027-07-06T16:00:00+01:00",
        "url": "https://events.example.org/forum",
        "location": {
            "@type": "Place",
            "name": "The Guildhall",
            "address": {"@type": "PostalAddress", "addressLocality": "York"},
        },
    } | more


def a_page(*scripts: object) -> bytes:
    written = "".join(f'<script type="application/ld+json">{json.dumps(script)}</script>' for script in scripts)
    return f"<!doctype html><html><head>{written}</head><body><p>Events</p></body></html>".encode()


def a_calendar(
    address: str | Path,
    *,
    kind: CalendarKind = CalendarKind.AUTO,
    name: str = "events",
    categories: tuple[str, ...] = (),
) -> Calendar:
    return Calendar(name=name, address=str(address), kind=kind, every=timedelta(hours=6), categories=categories)


def answered(
    folder: Path, body: bytes, *, kind: CalendarKind = CalendarKind.AUTO, now: datetime = NOW
) -> CalendarAnswer:
    """What is made of a calendar that stands in a file."""
    path = folder / "calendar"
    path.write_bytes(body)
    with a_client() as client:
        answer = ask(client, a_calendar(path, kind=kind), Validators(), now, zone=LONDON)
    assert answer is not None
    return answer


def told(folder: Path, body: bytes, *, now: datetime = NOW) -> list[Understanding]:
    """What its events are, by their beginning."""
    found = [sighting.told for sighting in answered(folder, body, now=now).sightings]
    return sorted(found, key=lambda each: str(each.starts))


def the_one(folder: Path, body: bytes) -> Understanding:
    (only,) = told(folder, body)
    return only
