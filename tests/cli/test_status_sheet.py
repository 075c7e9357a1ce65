"""What ``status`` shows on its one screen: what needs a person first, what comes next, and when it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.upkeep.backup_status import BackupStatus
from solacefeed.deeds.upkeep.disk_room import DiskRoom
from solacefeed.deeds.upkeep.sheet import sheet
from solacefeed.deeds.upkeep.status import SiteStatus
from tests.cli.prompt import at, well
from tests.cli.test_status import NOW, a_complaint, a_status, a_waiting_edition, an_edition
from tests.support.site import Site

LATER = NOW + timedelta(minutes=15)


def rows(status: SiteStatus) -> dict[str, str]:
    return dict(sheet(status, "sqlite:///var/solacefeed.db", "rest"))


def test_each_deed_is_told_with_when_it_is_looked_at_next() -> None:
    assert rows(a_status(next_looks={"poll": LATER}))["poll"].endswith("; next 08:15")


@pytest.mark.parametrize("status", [a_status(next_looks={"poll": NOW}), a_status(next_looks={})])
def test_of_a_daemon_that_does_not_run_no_next_look_is_promised(status: SiteStatus) -> None:
    assert "next" not in rows(status)["poll"]


def test_an_edition_under_way_tells_what_is_put_off_to_whom_and_when_the_last_leaves() -> None:
    domains = {f"{letter}.example": number for number, letter in enumerate("abcdefg", start=1)}
    edition = replace(
        an_edition(accepted=70, pending=30, deferred=28), deferred_domains=domains, ends_at=NOW + timedelta(hours=2)
    )
    told = rows(a_status(editions=(edition,)))["edition"]
    first = "7 to g.example, 6 to f.example, 5 to e.example, 4 to d.example, 3 to c.example"
    assert f"; 28 deferred ({first}); the last about 2026-11-23 10:00 UTC" in told


def test_complaints_are_told_with_their_clock() -> None:
    due = [NOW + timedelta(days=12), NOW + timedelta(days=20)]
    told = rows(a_status(complaints=tuple(a_complaint(due=each) for each in due)))["complaints"]
    assert told == "2 complaints to be answered, the first by 2026-12-05, in 12 days"
    over = a_status(complaints=(a_complaint(due=NOW - timedelta(days=2)),))
    assert rows(over)["complaints"].endswith("the first by 2026-11-21, which is over")


def test_what_is_suppressed_set_aside_and_free_is_told_and_what_there_is_none_of_is_not() -> None:
    disk = DiskRoom(holds="the store and the feeds", free=75_900_000_000, size=270_600_000_000)
    told = rows(a_status(suppressions={"hard": 3, "complaint": 1}, quarantined=2, disks=(disk,)))
    assert (told["suppressed"], told["set aside"]) == ("1 complaint, 3 hard", "2 in quarantine")
    assert told["disk"] == "75.9 GB of 270.6 GB free (the store and the feeds)"
    assert {"suppressed", "set aside", "disk", "complaints", "asked"}.isdisjoint(rows(a_status()))


def test_people_are_told_apart_from_their_subscriptions_where_some_have_several() -> None:
    assert rows(a_status())["subscribers"] == "2 confirmed"
    told = rows(a_status(subscriptions={"confirmed": 6001, "ended": 2}, subscribers=2001))["subscribers"]
    assert told == "2001 people with 6003 subscriptions: 6001 confirmed, 2 ended"


def test_of_a_store_on_a_server_no_backup_of_a_former_file_is_told() -> None:
    assert "pg_dump" in rows(a_status(backups=BackupStatus(by_server=True)))["backup"]


def test_an_edition_that_is_drafted_is_one_before_any_has_left() -> None:
    assert rows(a_status())["digest weekly"].endswith("; no edition yet")
    drafts = (a_waiting_edition(closes_in=timedelta(days=1)),)
    assert rows(a_status(unsent=drafts))["digest weekly"].endswith("; none has left yet: weekly/2026-11-23 draft")


def test_a_closing_that_makes_no_edition_is_not_put_down_to_a_notice() -> None:
    notice = replace(a_waiting_edition(closes_in=timedelta(days=1)), id="weekly/notice-2026-11-23-1")
    digest = replace(a_status().digests[0], passed_over=(NOW,), last_edition=notice)
    told = rows(a_status(digests=(digest,)))["digest weekly"]
    assert f", not {NOW:%Y-%m-%d %H:%M} UTC, since that day's edition is there already; last {notice.id}" in told


def test_what_needs_a_person_stands_first_on_the_screen(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="http://127.0.0.1:9", more='[store]\nurl = "sqlite:///x.db"')
    at(site, "poll")
    shown = at(site, "status")
    assert shown.code == 1
    assert shown.out.startswith("trouble")
    told = json.loads(at(site, "status", "--json").out)
    assert [each["key"] for each in told["troubles"]] == ["failed:poll"]
    assert told["standing"]["disks"][0]["free"] > 0


def test_a_link_to_the_page_is_printed_with_its_end(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:", more='[web]\nbase_url = "https://news.example.org/pages"')
    well(site, "run")
    address, end = well(site, "status", "--link").splitlines()
    assert address.startswith("https://news.example.org/pages/statusz/")
    assert end.startswith("it works until ")
    assert set(json.loads(well(site, "status", "--link", "--json"))) == {"link", "until"}


@pytest.mark.more
def test_without_pages_there_is_no_link(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:")
    well(site, "run")
    said = at(site, "status", "--link")
    assert said.code == 2
    assert "[web] base_url is missing" in said.err
