"""Rules for clocks that are turned, held against the clocks themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from solacefeed.publish.zones import Observance, Yearly, is_utc, observances
from tests.support.steps import steps

HOUR = timedelta(hours=1)


def rules(name: str, first: int = 2026, last: int = 2027) -> list[tuple[str, Yearly | None]]:
    return [(part.name, part.rule) for part in observances(ZoneInfo(name), first, last)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Europe/London", [("BST", Yearly(month=3, nth=-1, weekday=6)), ("GMT", Yearly(month=10, nth=-1, weekday=6))]),
        ("America/New_York", [("EDT", Yearly(month=3, nth=2, weekday=6)), ("EST", Yearly(month=11, nth=1, weekday=6))]),
    ],
)
def test_clocks_that_are_turned_by_a_rule_are_told_by_it(name: str, told: list[tuple[str, Yearly | None]]) -> None:
    assert rules(name) == told


def test_londons_summer_begins_at_one_by_the_clock_before_and_ends_at_two() -> None:
    summer, winter = observances(ZoneInfo("Europe/London"), 2026, 2026)
    assert summer.onsets[1] == datetime(2026, 3, 29, 1)  # noqa: DTZ001 - by the zone's own clock
    assert winter.onsets[1] == datetime(2026, 10, 25, 2)  # noqa: DTZ001 - as above
    assert (summer.offset_before, summer.offset, summer.daylight) == (0 * HOUR, HOUR, True)
    assert (winter.offset_before, winter.offset, winter.daylight) == (HOUR, 0 * HOUR, False)


def test_a_year_whose_rule_was_another_is_told_turn_by_turn() -> None:
    # The last year in which the United States turned their clocks in April.
    assert all(rule is None for _, rule in rules("America/New_York", 2006, 2006))


def test_clocks_that_follow_the_moon_are_told_turn_by_turn() -> None:
    assert {rule for _, rule in rules("Africa/Casablanca")} == {None}


def test_clocks_that_are_never_turned_show_one_time() -> None:
    (only,) = observances(ZoneInfo("Asia/Kolkata"), 2026, 2027)
    assert (only.name, only.offset_before, only.offset, only.rule) == ("IST", 5.5 * HOUR, 5.5 * HOUR, None)


def test_a_rule_that_holds_from_a_year_on_is_told_as_one_and_what_was_before_turn_by_turn() -> None:
    told = [
        (part.name, part.rule, part.onsets[0].year) for part in observances(ZoneInfo("America/New_York"), 2000, 2030)
    ]
    assert told == [
        ("EDT", None, 1999),
        ("EST", None, 1999),
        ("EDT", Yearly(month=3, nth=2, weekday=6), 2007),
        ("EST", Yearly(month=11, nth=1, weekday=6), 2007),
    ]


@pytest.mark.parametrize("name", ["Europe/London", "Africa/Casablanca"])
def test_an_event_of_thousands_of_years_takes_no_more_steps_and_lines_than_one_of_a_hundred(name: str) -> None:
    # Asked for anew, or what another test was told would be told again.
    hundred = steps(lambda: observances(ZoneInfo.no_cache(name), 1970, 2100))
    assert steps(lambda: observances(ZoneInfo.no_cache(name), 1970, 9000)) == hundred
    assert observances(ZoneInfo(name), 1970, 9000) == observances(ZoneInfo(name), 1970, 2100)


@pytest.mark.parametrize("name", ["Europe/London", "Pacific/Auckland"])
@pytest.mark.parametrize("year", [2101, 8999])
def test_clocks_of_a_far_year_are_told_by_the_rule_that_they_will_follow(name: str, year: int) -> None:
    assert rules(name, year, year) == rules(name)


@pytest.mark.parametrize("name", ["Europe/London", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe"])
def test_after_each_onset_clocks_show_what_is_said(name: str) -> None:
    zone = ZoneInfo(name)
    for part in observances(zone, 2026, 2027):
        for onset in part.onsets:
            instant = (onset - part.offset_before).replace(tzinfo=UTC)
            assert instant.astimezone(zone).utcoffset() == part.offset
            assert (instant - timedelta(seconds=1)).astimezone(zone).utcoffset() == part.offset_before


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        (UTC, True),
        (ZoneInfo("UTC"), True),
        (timezone(HOUR), True),
        (ZoneInfo("Europe/London"), False),
        (ZoneInfo("Etc/GMT-1"), False),
    ],
)
def test_a_clock_without_a_name_is_told_in_utc(zone: timezone | ZoneInfo, utc: bool) -> None:
    assert is_utc(zone) is utc


def test_every_observance_has_an_onset() -> None:
    parts: list[Observance] = [*observances(ZoneInfo("Asia/Tokyo"), 2026, 2026)]
    assert all(part.onsets for part in parts)
