"""Our calendars, read by calendar programs of others: icalendar, recurring-ical-events, ical.js and khal."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from solacefeed.models.events import EventStatus
from solacefeed.publish.event_documents import event_documents
from solacefeed.publish.ics import single
from solacefeed.templating import templates
from tests.publish.event_site import SITE, a_known_event, at
from tests.real.conftest import KIT
from tests.support.builders import a_category, of_a_site

KHAL_CONFIG = """\
[calendars]
[[ours]]
path = {folder}/calendar
type = calendar
[locale]
local_timezone = Europe/London
default_timezone = Europe/London
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""

SUMMIT = a_known_event(ends=date(2027, 4, 15), text="Three days, “with” colleagues; all, of them.\nÉire. " * 9)
SEMINAR = a_known_event(
    id="seminar", name="Seminar", starts=at(2027, 7, 8, 9), ends=at(2027, 7, 8, 10, 30), categories=("housing",)
)


@pytest.fixture
def khal(tmp_path: Path) -> Path:
    """A folder of khal's own, with an empty calendar in it."""
    (tmp_path / "calendar").mkdir()
    (tmp_path / "khal.conf").write_text(KHAL_CONFIG.format(folder=tmp_path))
    return tmp_path


def ask(folder: Path, *words: str) -> str:
    environ = os.environ | {"HOME": str(folder), "LC_ALL": "C.UTF-8"}
    command = ["khal", "-c", str(folder / "khal.conf"), *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Africa/Casablanca", "UTC"])
def test_calendar_programs_read_every_calendar_without_complaint(tmp_path: Path, zone: str) -> None:
    events = [SUMMIT, SEMINAR, replace(SEMINAR, id="off", standing=EventStatus.CANCELLED)]
    site = of_a_site(SITE, zone=ZoneInfo(zone))
    made = event_documents(events, [a_category(slug="housing")], site, templates())
    files = []
    for number, (_, document) in enumerate(pair for pair in made if pair[0].endswith(".ics")):
        files.append(tmp_path / f"{number}.ics")
        files[-1].write_bytes(document)
    judged = subprocess.run(
        [KIT / "judges" / "ical-check", *files], capture_output=True, text=True, timeout=600, check=False
    )
    assert judged.returncode == 0, judged.stdout
    assert judged.stdout.count("\nok") + judged.stdout.startswith("ok") == len(files) == 5


def test_a_date_that_moves_moves_in_the_readers_calendar(khal: Path) -> None:
    moved = replace(
        SEMINAR,
        starts=SEMINAR.starts + timedelta(days=7),
        ends=SEMINAR.ends + timedelta(days=7),
        standing=EventStatus.MOVED,
        sequence=1,
    )
    for event in (SEMINAR, moved):
        (khal / "event.ics").write_bytes(single(event, SITE))
        ask(khal, "import", "--batch", "-a", "ours", str(khal / "event.ics"))
    listed = ask(khal, "list", "2027-07-01", "60d", "--format", "{start} {end} {title}")
    assert [line for line in listed.splitlines() if "Seminar" in line] == ["2027-07-15 10:00 2027-07-15 11:30 Seminar"]
