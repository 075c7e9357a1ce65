"""What calendars said, and when it held; values come back as they were written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa

from solacefeed.models.events import EventStatus
from solacefeed.models.sightings import Certainty, Decision, Edits, Origin, Sighting, Times, Understanding, Verdict
from solacefeed.store import events
from solacefeed.store.database import Store
from solacefeed.store.events import EventRow
from tests.support.builders import LONDON, MONDAY
from tests.support.counting import Tally, before_each_statement

T = TypeVar("T")
LATER = MONDAY + timedelta(hours=6)
FORUM = Understanding(
    name="Finance Forum",
    place="Leeds",
    starts=datetime(2027, 2, 10, 9, 30, tzinfo=UTC),
    ends=datetime(2027, 2, 11, 16, tzinfo=UTC),
    times=Times(opens=time(9, 30), closes=None),
    url="https://events.example.org/forum",
    standing=EventStatus.MOVED,
    certainty=Certainty.CERTAIN,
    year_said=True,
    missing={"place": "no place is named"},
)
ALL_DAY = replace(FORUM, starts=date(2027, 2, 10), ends=date(2027, 2, 11), times=None)
NOTHING = Understanding()


def listed(told: Understanding = FORUM, *, uid: str = "1", said: datetime = MONDAY) -> Sighting:
    return Sighting(
        told=told,
        origin=Origin.CALENDAR,
        source="calendar events",
        said_at=said,
        uid=uid,
        categories=("housing", "care"),
    )


def answered(store: Store, *sightings: Sighting, at: datetime = MONDAY) -> int:
    return written(store, lambda c: events.take_answer(c, "calendar events", sightings, at=at, zone=LONDON))


def written(store: Store, statement: Callable[[sa.Connection], T]) -> T:
    with store.write() as connection:
        return statement(connection)


def told(store: Store, at: datetime) -> list[Sighting]:
    with store.read() as connection:
        return events.told_at(connection, at)


def a_row(event_id: str = "forum", **told: object) -> EventRow:
    values = {
        "name": "Finance Forum",
        "place": None,
        "starts": date(2027, 2, 10),
        "ends": date(2027, 2, 11),
        "url": None,
        "text": None,
        "categories": ("housing",),
        "standing": EventStatus.SCHEDULED,
        "certainty": Certainty.CERTAIN,
        "book_by": date(2027, 1, 29),
    }
    return EventRow(
        id=event_id,
        told=values | told,
        over=False,
        shown=True,
        booking_over=False,
        sequence=2,
        known_since=MONDAY,
        changed=LATER,
    )


@pytest.mark.parametrize("said", [FORUM, ALL_DAY, NOTHING], ids=["times", "days", "nothing"])
def test_a_sighting_comes_back_as_it_was_told(store: Store, said: Understanding) -> None:
    answered(store, listed(said))
    assert told(store, MONDAY) == [listed(said)]


def test_what_is_told_anew_holds_from_then_on_and_the_old_until_then(store: Store) -> None:
    answered(store, listed())
    assert answered(store, listed(ALL_DAY, said=LATER), at=LATER) == 1
    assert [one.told for one in told(store, LATER - timedelta(seconds=1))] == [FORUM]
    assert [one.told for one in told(store, LATER)] == [ALL_DAY]


def test_the_same_answer_changes_nothing(store: Store) -> None:
    answered(store, listed())
    assert answered(store, listed(said=LATER), at=LATER) == 0
    assert [one.said_at for one in told(store, LATER)] == [MONDAY]


def test_what_is_listed_no_more_is_taken_back_unless_it_was_over(store: Store) -> None:
    over = listed(replace(ALL_DAY, starts=date(2026, 11, 20), ends=date(2026, 11, 22)), uid="2")
    answered(store, listed(), over)
    assert answered(store, at=LATER) == 1
    assert [one.uid for one in told(store, LATER)] == ["2"]
    assert [one.uid for one in told(store, MONDAY)] == ["1", "2"]


def test_one_calendars_answer_leaves_the_others_alone(store: Store) -> None:
    answered(store, listed())
    written(store, lambda c: events.take_answer(c, "calendar other", (), at=LATER, zone=LONDON))
    assert len(told(store, LATER)) == 1


def test_an_event_comes_back_as_it_was_written(store: Store) -> None:
    rows = [a_row(), a_row("vague", starts=None, ends=None, standing=EventStatus.POSTPONED)]
    written(store, lambda c: events.write(c, rows))
    with store.read() as connection:
        assert events.rows(connection) == {row.id: row for row in rows}
        (shown,) = events.shown(connection)
    assert (shown.id, shown.starts, shown.sequence, shown.changed) == ("forum", date(2027, 2, 10), 2, LATER)


def test_what_the_operator_said_outlives_whatever_is_told(store: Store) -> None:
    edits = Edits(place="York", starts=datetime(2027, 2, 17, 9, tzinfo=UTC), ends=datetime(2027, 2, 17, 16, tzinfo=UTC))
    decision = Decision(verdict=Verdict.CONFIRMED, edits=edits, decided_at=MONDAY)
    written(store, lambda c: events.write(c, [a_row()]))
    written(store, lambda c: events.decide(c, "forum", decision))
    written(store, lambda c: events.write(c, [a_row(name="Another name")]))
    with store.read() as connection:
        assert events.decisions(connection) == {"forum": decision}
        assert events.decisions(connection, until=MONDAY - timedelta(seconds=1)) == {}


@pytest.mark.parametrize("number", [10, 100])
def test_however_much_is_told_it_is_written_in_the_same_few_statements(store: Store, number: int) -> None:
    """Asked, written, written otherwise, given to an event, and taken back."""
    first = {(f"post {n}", "0"): replace(listed(), origin=Origin.BLURB, source=f"post {n}") for n in range(number)}
    anew = {key: replace(each, said_at=LATER) for key, each in first.items()}
    written(store, lambda c: events.write(c, [a_row()]))
    asked = Tally()

    def count() -> None:
        asked.count += 1

    def told_anew(fresh: Mapping[events.Key, Sighting]) -> int:
        written(store, lambda c: events.follow(c, Origin.BLURB, fresh, at=MONDAY))
        return asked.since()

    with before_each_statement(store, count):
        followed = [told_anew(fresh) for fresh in (first, anew)]
        written(store, lambda c: events.belong(c, {"forum": list(anew.values())}))
        followed += [asked.since(), told_anew({})]
    with store.read() as connection:
        assert events.told_at(connection, LATER) == []
    assert all(few <= 4 for few in followed)
