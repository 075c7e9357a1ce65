"""Calendars are asked each on its own schedule, and what they take back or call off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from solacefeed.errors import BrokenOff, Refused, SourceError
from solacefeed.models.events import EventStatus
from solacefeed.sources.calendar_answers import Validators
from tests.deeds.event_world import EventWorld, listed
from tests.support.builders import MONDAY


def test_a_calendar_is_left_alone_until_its_time_is_over(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()]}
    assert telling.ask().asked == 1
    telling.world.clock.forward(hours=5)
    assert telling.ask().asked == 0
    telling.world.clock.forward(hours=1)
    assert telling.ask().asked == 1


def test_what_has_not_changed_stays_and_is_asked_with_its_validators(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()]}
    telling.tell()
    telling.answers = {"events": None}
    telling.world.clock.forward(hours=6)
    assert list(telling.tell()) == ["chief-officers-summit-2027"]
    assert telling.asked[-1] == ("events", Validators(etag='"1"'))


def test_after_a_week_a_calendar_is_read_anew_since_what_recurs_moves_into_sight(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()]}
    telling.ask()
    telling.world.clock.forward(days=8)
    telling.ask()
    assert telling.asked[-1] == ("events", Validators())


def test_a_calendar_that_fails_costs_no_other_and_its_events_stay(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()], "housing": [listed(name="Housing Forum", url=None, calendar="housing")]}
    telling.tell()
    telling.world.clock.forward(hours=6)
    telling.answers["events"] = SourceError("events.example.org: answered 404")
    telling.answers["housing"] = [listed(name="Housing Day", url=None, calendar="housing")]
    result = telling.ask()
    assert result.troubles == ("calendar events: events.example.org: answered 404",)
    assert telling.notes()["events"].trouble == "events.example.org: answered 404"
    telling.refresh()
    assert {event.name for event in telling.shown()} == {"Chief Officers' Summit", "Housing Day"}


def test_a_calendar_that_meets_a_bug_costs_no_other_either(telling: EventWorld) -> None:
    telling.answers = {
        "events": KeyError("start"),
        "housing": [listed(name="Housing Day", url=None, calendar="housing")],
    }
    assert telling.ask().troubles == ("calendar events: a bug of solacefeed: KeyError: 'start'",)
    assert telling.notes()["events"].trouble == "a bug of solacefeed: KeyError: 'start'"
    telling.refresh()
    assert {event.name for event in telling.shown()} == {"Housing Day"}


def test_a_calendar_that_works_again_is_well(telling: EventWorld) -> None:
    telling.answers = {"events": SourceError("no")}
    telling.ask()
    telling.answers = {"events": [listed()]}
    telling.world.clock.forward(hours=6)
    telling.ask()
    assert telling.notes()["events"].trouble is None


def test_a_calendar_that_asks_for_patience_gets_it(telling: EventWorld) -> None:
    telling.answers = {"events": Refused("503", status=503, retry_after=timedelta(hours=20))}
    telling.ask()
    telling.world.clock.forward(hours=19)
    assert telling.ask().asked == 0
    telling.world.clock.forward(hours=1)
    assert telling.ask().asked == 1


def test_another_address_is_asked_at_once_and_without_validators(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()]}
    telling.ask()
    with telling.world.store.write() as connection:
        connection.exec_driver_sql("UPDATE calendars SET address = 'https://elsewhere.example.org/'")
    assert telling.ask().asked == 1
    assert telling.asked[-1] == ("events", Validators())


def test_an_event_that_its_calendar_lists_no_more_is_taken_back_and_not_called_off(telling: EventWorld) -> None:
    telling.answers = {"events": [listed(), listed("2", name="Finance Forum", url=None)]}
    telling.tell()
    telling.world.clock.forward(hours=6)
    telling.answers = {"events": [listed()]}
    rows = telling.tell()
    assert not rows["finance-forum-2027"].shown
    assert rows["finance-forum-2027"].told["standing"] is EventStatus.SCHEDULED
    assert [event.id for event in telling.shown()] == ["chief-officers-summit-2027"]


def test_what_a_calendar_forgets_after_its_end_is_not_taken_back(telling: EventWorld) -> None:
    telling.answers = {"events": [listed(starts=date(2026, 11, 24))]}
    telling.tell()
    telling.world.clock.forward(days=3)
    telling.answers = {"events": []}
    (row,) = telling.tell().values()
    assert (row.over, row.shown, row.event is not None) == (True, False, True)


def test_a_calendar_that_the_config_has_no_more_tells_no_more(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()]}
    telling.tell()
    telling.answers = {}
    telling.tell()
    assert telling.shown() == []
    assert telling.notes() == {}


def test_an_event_is_cancelled_when_its_calendar_says_so_and_shown_so_for_a_while(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()]}
    telling.tell()
    telling.world.clock.forward(days=1)
    telling.answers = {"events": [listed(standing=EventStatus.CANCELLED)]}
    (row,) = telling.tell().values()
    assert (row.told["standing"], row.sequence, row.changed) == (EventStatus.CANCELLED, 1, telling.now)
    telling.world.clock.forward(days=29)
    telling.tell()
    assert [event.standing for event in telling.shown()] == [EventStatus.CANCELLED]
    telling.world.clock.forward(days=1)
    telling.tell()
    assert telling.shown() == []


def test_a_postponed_event_keeps_its_name_and_says_so(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()]}
    telling.tell()
    telling.world.clock.forward(hours=6)
    telling.answers = {"events": [listed(standing=EventStatus.POSTPONED)]}
    telling.tell()
    (event,) = telling.shown()
    assert (event.standing, event.sequence) == (EventStatus.POSTPONED, 1)


def test_a_moved_event_keeps_its_id_also_under_another_name(telling: EventWorld) -> None:
    telling.answers = {"events": [listed()]}
    telling.tell()
    telling.world.clock.forward(hours=6)
    telling.answers = {"events": [listed(starts=date(2027, 9, 7), name="Autumn Summit", url=None)]}
    (row,) = telling.tell().values()
    assert (row.id, row.told["starts"], row.sequence) == ("chief-officers-summit-2027", date(2027, 9, 7), 1)
    assert (row.known_since, row.changed) == (MONDAY, telling.now)


def test_an_event_with_other_days_has_moved_for_good_and_a_slip_that_is_put_right_has_not(telling: EventWorld) -> None:
    first, second, third = (listed(starts=date(2027, month, 13)) for month in (4, 5, 6))
    standings = []
    for answer, days in ((first, 0), (second, 0.5), (third, 2), (third, 2), (second, 0.5)):
        telling.world.clock.forward(days=days)
        telling.answers = {"events": [answer]}
        (row,) = telling.tell().values()
        standings.append((row.told["standing"].value, row.sequence))
    assert standings == [("scheduled", 0), ("scheduled", 1), ("moved", 2), ("moved", 2), ("moved", 3)]


def test_what_was_told_later_is_not_known_before(telling_anywhere: EventWorld) -> None:
    telling = telling_anywhere
    telling.answers = {"events": [listed(said=MONDAY - timedelta(days=9))]}
    telling.tell()
    telling.world.clock.forward(days=1)
    telling.answers = {"events": [listed(starts=date(2027, 9, 7))]}
    telling.tell()
    days = [MONDAY - timedelta(days=10), MONDAY - timedelta(days=9), MONDAY, telling.now]
    known = [[event.starts for event in telling.known(at=day)] for day in days]
    assert known == [[], [date(2027, 4, 13)], [date(2027, 4, 13)], [date(2027, 9, 7)]]


def test_the_same_event_in_two_calendars_is_one(telling: EventWorld) -> None:
    telling.answers = {
        "events": [listed(place=None)],
        "housing": [replace(listed("other"), source="calendar housing")],
    }
    (row,) = telling.tell().values()
    (event,) = telling.known()
    assert row.told["place"] == "Harrogate"
    assert {sighting.source for sighting in event.sightings} == {"calendar events", "calendar housing"}


def test_asking_twice_changes_nothing(telling_anywhere: EventWorld) -> None:
    telling = telling_anywhere
    telling.answers = {"events": [listed(), listed("2", name="Finance Forum", url=None)]}
    telling.tell()
    telling.world.clock.forward(hours=6)
    telling.tell()
    before = [row for row in telling.everything() if "'\"1\"'" not in row]
    telling.world.clock.forward(hours=6)
    telling.tell()
    assert [row for row in telling.everything() if "'\"1\"'" not in row] == before


def test_an_event_that_cannot_be_kept_costs_itself_and_is_told(telling_anywhere: EventWorld) -> None:
    telling = telling_anywhere
    # Half a character, as no source gives it: no database takes that.
    telling.answers = {"events": [listed(), listed("\ud800", name="Odd Forum", url=None)]}
    assert telling.ask().troubles == ()
    notes = telling.notes()["events"]
    assert (notes.trouble, notes.events) == (None, 1)
    assert "left out: " in (notes.left_out or [""])[0]
    telling.refresh()
    assert [event.name for event in telling.shown()] == ["Chief Officers' Summit"]


def test_a_poll_that_is_to_end_ends_in_the_middle_of_a_calendar_and_tells_no_trouble(telling: EventWorld) -> None:
    telling.answers = {"events": BrokenOff("the daemon ends")}
    with pytest.raises(BrokenOff):
        telling.ask()
    assert telling.notes() == {}


def test_a_name_that_was_read_wrong_is_put_right_under_its_id(telling: EventWorld) -> None:
    telling.answers = {"events": [listed(name="CafÃ© Forum", url=None)]}
    (before,) = telling.tell().values()
    telling.world.clock.forward(days=2)
    telling.answers = {"events": [listed(name="Café Forum", url=None)]}
    (after,) = telling.tell().values()
    assert (after.id, after.told["name"], after.told["standing"]) == (before.id, "Café Forum", EventStatus.SCHEDULED)


def test_how_many_events_a_calendar_told_of_stays_known_while_it_is_unchanged(telling: EventWorld) -> None:
    telling.answers = {"events": [listed(), listed("2", name="Finance Forum", url=None)]}
    telling.ask()
    telling.world.clock.forward(hours=6)
    telling.answers = {"events": None}
    telling.ask()
    assert telling.notes()["events"].events == 2
