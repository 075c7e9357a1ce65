"""Calendars that hold more than is taken, or more than anybody can read: what stays, and what is said of the rest."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest

from solacefeed.errors import SourceError
from solacefeed.models.events import CalendarKind
from solacefeed.sources import calendars_ics, calendars_page
from solacefeed.sources.answers import MOST_VALUES
from solacefeed.sources.calendar_answers import CalendarAnswer, Validators
from solacefeed.sources.calendars import ask
from solacefeed.sources.calendars_found import Window
from tests.sources.calendar_world import (
    ALL_DAY,
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
)
from tests.sources.source_world import a_client
from tests.support.hostile import Said, serving

TODAY = date(2026, 11, 23)
TOO_MANY = "[" + "0," * (MOST_VALUES + 1) + "0]"


def of_the_events_calendar(*days: date) -> tuple[CalendarAnswer, int]:
    """What is taken of a site with an event on each of these *days*, and in how many questions."""
    asked = 0

    def page(path: str) -> Said:
        nonlocal asked
        asked += 1
        wanted = {name: value[0] for name, value in parse_qs(urlsplit(path).query).items()}
        first, last = date.fromisoformat(wanted["start_date"]), date.fromisoformat(wanted["end_date"])
        meant = [(number, day) for number, day in enumerate(sorted(days)) if first <= day <= last]
        size, at = int(wanted["per_page"]), int(wanted["page"]) - 1
        rows = [
            a_tribe_row(
                id=number, global_id=f"{number}", all_day=True, start_date=f"{day} 00:00:00", end_date=f"{day} 23:59:59"
            )
            for number, day in meant[at * size : (at + 1) * size]
        ]
        return Said(body=a_tribe(*rows, pages=-(-len(meant) // size)), kind="application/json")

    with serving(page) as server, a_client() as client:
        answer = ask(client, a_calendar(server.origin, kind=CalendarKind.TRIBE), Validators(), NOW, zone=LONDON)
    assert answer is not None
    return answer, asked


def test_what_is_over_does_not_crowd_out_what_is_to_come() -> None:
    over = [TODAY - timedelta(days=1 + number % 29) for number in range(696)]
    to_come = [TODAY + timedelta(days=1 + number) for number in range(204)]
    answer, asked = of_the_events_calendar(*over, *to_come)
    taken = [str(one.told.starts) for one in answer.sightings]
    assert {str(day) for day in to_come} <= set(taken)
    assert min(taken) > str(TODAY - timedelta(days=14))
    assert answer.note == f"only the nearest {len(taken)} events are taken"
    assert asked < 15


def test_of_more_than_are_taken_the_nearest_to_come_are() -> None:
    answer, _ = of_the_events_calendar(*(TODAY + timedelta(days=number // 2) for number in range(-20, 700)))
    assert len(answer.sightings) == 500
    assert {str(one.told.starts) for one in answer.sightings} == {str(TODAY + timedelta(days=n)) for n in range(250)}
    assert answer.note == "only the nearest 500 events are taken"


def test_a_calendar_of_a_few_pages_is_asked_for_each_once() -> None:
    answer, asked = of_the_events_calendar(*(TODAY + timedelta(days=number) for number in range(-20, 100)))
    assert (len(answer.sightings), asked, answer.note) == (120, 3, None)


LONG = "x" * 2_000


@pytest.mark.parametrize(
    "body",
    [
        a_tribe(*(a_tribe_row(id=number, utc_start_date=LONG) for number in range(900))),
        a_page([a_node(startDate=LONG, name=f"{number} {LONG}") for number in range(900)]),
        an_ics(*(a_vevent(f"DTSTART:{LONG}", uid=f"{number}", name=LONG) for number in range(900))),
    ],
    ids=["tribe", "page", "ics"],
)
def test_what_is_left_out_of_a_large_calendar_is_told_in_few_words(tmp_path: Path, body: bytes) -> None:
    answer = answered(tmp_path, body)
    assert len(answer.left_out) == 50
    assert max(map(len, answer.left_out)) <= 120
    assert (answer.note or "").endswith("and 899 more")


def test_an_odd_number_costs_no_event_of_its_script(tmp_path: Path) -> None:
    script = json.dumps([a_node(offers={"@type": "Offer", "price": "PRICE"})]).replace('"PRICE"', "9" * 5_000)
    page = f'<script type="application/ld+json">{script}</script>'.encode()
    assert [one.told.name for one in answered(tmp_path, page).sightings] == ["Finance Forum"]


def test_a_script_of_more_values_than_are_read_costs_no_other(tmp_path: Path) -> None:
    answer = answered(tmp_path, f'<script type="application/ld+json">{TOO_MANY}</script>'.encode() + a_page(a_node()))
    assert len(answer.sightings) == 1
    assert answer.note == "left out: its JSON-LD is JSON of more than 2000000 values; no answer of a blog needs so many"


def test_an_answer_of_more_values_than_are_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"calendar: JSON of more than 2000000 values"):
        answered(tmp_path, f'{{"events": {TOO_MANY}}}'.encode(), kind=CalendarKind.TRIBE)


@pytest.mark.parametrize("name", ["Workshop 👩‍🔬 for all", "می‌خواهم", "x" * 300])
def test_a_name_keeps_its_letters_and_what_joins_them(tmp_path: Path, name: str) -> None:
    for body in (an_ics(a_vevent(*ALL_DAY, name=name)), a_tribe(a_tribe_row(title=name)), a_page(a_node(name=name))):
        assert [one.told.name for one in answered(tmp_path, body).sightings] == [name]


def test_a_name_without_end_is_shortened(tmp_path: Path) -> None:
    (one,) = answered(tmp_path, a_page(a_node(name="Finance Forum " * 1_000))).sightings
    assert one.told.name == "Finance Forum " * 35 + "Finance…"


class Exhausted(tzinfo):
    """The clock of a machine that has no memory left."""

    def utcoffset(self, _: datetime | None) -> timedelta:
        raise MemoryError

    def dst(self, _: datetime | None) -> timedelta:
        raise MemoryError

    def tzname(self, _: datetime | None) -> str:
        raise MemoryError


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (calendars_ics, an_ics(a_vevent("DTSTART:20270706T100000"))),
        (calendars_ics, an_ics(a_vevent("DTSTART:20270706T100000", "RRULE:FREQ=DAILY;COUNT=3"))),
        (calendars_page, a_page(a_node(startDate="2027-07-06T10:00", endDate="2027-07-06T12:00"))),
    ],
)
def test_a_machine_without_memory_is_no_fault_of_an_event(kind: ModuleType, body: bytes) -> None:
    with pytest.raises(MemoryError):
        kind.read(body, Window(now=NOW, zone=Exhausted()), named="calendar")
