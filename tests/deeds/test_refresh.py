"""The store's events: one row each under an id for good, brought up to date by posts, config, operator and time."""

from __future__ import annotations

import random
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from solacefeed.deeds.events.decisions import confirm, dismiss, edit, find
from solacefeed.deeds.events.known_events import events_to_promote
from solacefeed.errors import UsageError
from solacefeed.models.events import Event, EventStatus
from solacefeed.models.sightings import Certainty, Edits, Sighting
from solacefeed.store.database import open_store
from tests.deeds.event_world import BOOKING, EventWorld, a_blurb, listed
from tests.deeds.world import World
from tests.support.builders import LONDON, MONDAY, WEEK, an_event
from tests.support.counting import what_is_asked
from tests.support.generated import examples

SUMMIT = "chief-officers-summit-2027"
ADVERTISED = a_blurb(
    "All this will be discussed at the Chief Officers' Summit in Harrogate on 13-15th April. "
    "Details of how to book are available here."
)
MOVED = a_blurb(
    "The Chief Officers' Summit in Harrogate has been moved to 20-22 April 2027. Details of how to book are here."
)
VAGUE = a_blurb(
    "Come to the Finance Forum in Leeds next spring. Details of how to book are here.", "https://x.example/f"
)


def promoted(telling: EventWorld, *, tentative: bool = False) -> tuple[Event, ...]:
    return events_to_promote(telling.known(), (), telling.rows(), telling.now, tentative=tentative)


# -- one event, for good --------------------------------------------------------------------------------


def test_an_event_is_known_since_it_was_met_and_keeps_still(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    assert telling.refresh() == 1
    row = telling.row()
    assert (row.id, row.sequence, row.known_since, row.changed) == (SUMMIT, 0, MONDAY, MONDAY)
    assert (row.over, row.shown, row.told["certainty"]) == (False, True, Certainty.CERTAIN)
    telling.world.clock.forward(days=1)
    assert telling.refresh() == 0
    assert telling.row() == row


def test_posts_are_looked_through_only_where_something_was_written_or_is_over(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    assert [telling.refresh() for _ in range(2)] == [1, 0]
    with what_is_asked(telling.world.store) as asked:
        assert telling.refresh() == 0
    assert [text for text in asked if "FROM facts" in text]
    assert not [text for text in asked if "FROM posts" in text]
    telling.world.clock.forward(days=1)
    telling.post("1", MOVED)
    assert [telling.refresh() for _ in range(3)] == [1, 0, 0]
    telling.at(datetime(2027, 4, 30, 9, tzinfo=UTC))
    telling.refresh()
    assert telling.row().over


def test_refreshing_twice_changes_nothing_whatever_happened(telling_anywhere: EventWorld) -> None:
    telling = telling_anywhere
    telling.post("1", ADVERTISED)
    telling.post("2", VAGUE)
    telling.configured = [an_event(id="gala", name="Gala Dinner")]
    telling.answers = {"events": [listed("9", name="Housing Day", url=None)]}
    telling.tell()
    before = list(telling.everything())
    assert telling.refresh() == 0
    # Also when it has forgotten that it was done.
    with telling.world.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM facts WHERE name = 'events_refreshed'")
    assert telling.refresh() == 0
    assert list(telling.everything()) == before


def test_a_date_that_moves_keeps_the_id_and_raises_the_sequence(telling_anywhere: EventWorld) -> None:
    telling = telling_anywhere
    telling.post("1", ADVERTISED)
    telling.refresh()
    telling.world.clock.forward(days=7)
    telling.post("2", MOVED)
    assert telling.refresh() == 1
    row = telling.row()
    assert (row.id, row.told["starts"], row.sequence) == (SUMMIT, date(2027, 4, 20), 1)
    assert (row.known_since, row.changed) == (MONDAY, MONDAY + WEEK)
    assert row.told["standing"] is EventStatus.MOVED


def test_an_edited_paragraph_keeps_the_id_of_its_event_also_with_another_name_and_date(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.refresh()
    telling.world.clock.forward(hours=1)
    renamed = "Join us at the Leaders' Congress in York on 8 and 9 June 2027. Book your place now."
    telling.post("1", a_blurb(renamed, "https://events.example.org/congress/"), published=MONDAY)
    telling.refresh()
    row = telling.row()
    assert (row.id, row.told["name"], row.told["starts"]) == (SUMMIT, "Leaders' Congress", date(2027, 6, 8))


def test_another_link_changes_the_event_and_not_its_sequence(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.refresh()
    telling.world.clock.forward(hours=1)
    telling.post("1", replace(ADVERTISED, links=("https://book.example.org/summit",)), published=MONDAY)
    telling.refresh()
    row = telling.row()
    assert (row.told["url"], row.sequence, row.changed) == ("https://book.example.org/summit", 0, telling.now)


def test_a_removed_posts_event_is_kept_and_not_shown_and_has_its_id_when_it_comes_back(
    telling_anywhere: EventWorld,
) -> None:
    telling = telling_anywhere
    telling.post("1", ADVERTISED)
    telling.refresh()
    telling.world.vanish("1")
    telling.refresh()
    assert (telling.row().shown, telling.known()) == (False, ())
    telling.post("2", ADVERTISED)
    telling.refresh()
    assert (telling.row().id, telling.row().shown) == (SUMMIT, True)


def test_when_the_first_post_goes_the_next_that_tells_of_it_carries_the_event_on(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.world.clock.forward(days=7)
    telling.post("2", ADVERTISED)
    telling.refresh()
    telling.world.vanish("1")
    assert telling.refresh() == 0
    assert (telling.row().id, telling.row().shown) == (SUMMIT, True)


def test_two_events_of_one_name_have_two_ids(telling: EventWorld) -> None:
    webinars = [
        listed(str(month), name="Leaders' Webinar", starts=date(2027, month, 2), url=None) for month in (2, 3, 4)
    ]
    telling.answers = {"events": webinars}
    assert sorted(telling.tell()) == [
        "leaders-webinar-2027",
        "leaders-webinar-2027-03-02",
        "leaders-webinar-2027-04-02",
    ]


# -- who is right ---------------------------------------------------------------------------------------


def test_a_calendar_beside_posts_is_more_exact_and_the_event_keeps_its_id(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.refresh()
    begins = datetime(2027, 4, 13, 9, tzinfo=UTC)
    telling.answers = {"events": [listed(name="Summit 2027", starts=begins, place=None)]}
    telling.world.clock.forward(hours=1)
    (row,) = telling.tell().values()
    assert (row.id, row.told["starts"], row.told["place"], row.sequence) == (SUMMIT, begins, "Harrogate", 1)
    (event,) = telling.known()
    assert event.known_from == {
        "name": "calendar events", "starts": "calendar events", "url": "calendar events", "place": "post 1",
    }  # fmt: skip


def test_the_config_wins_over_all_and_the_event_keeps_its_id(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.answers = {"events": [listed()]}
    telling.tell()
    telling.configured = [an_event(id="summit", starts=date(2027, 4, 14), ends=date(2027, 4, 15))]
    telling.refresh()
    row = telling.row()
    assert (row.id, row.told["starts"]) == (SUMMIT, date(2027, 4, 14))
    assert find(telling.known(), "summit").id == SUMMIT


def test_an_event_first_known_by_the_config_has_the_id_that_it_gives(telling: EventWorld) -> None:
    telling.configured = [an_event(id="summit")]
    telling.refresh()
    telling.post("1", ADVERTISED)
    telling.refresh()
    assert telling.row().id == "summit"


def test_a_changed_id_in_the_config_makes_another_event(telling: EventWorld) -> None:
    telling.configured = [an_event(id="summit")]
    telling.post("1", ADVERTISED)
    telling.refresh()
    telling.configured = [an_event(id="summit-2027")]
    telling.refresh()
    assert {name: row.shown for name, row in telling.rows().items()} == {"summit": False, "summit-2027": True}


def test_calendar_events_are_for_the_readers_whom_the_config_names(telling: EventWorld) -> None:
    telling.answers = {"events": [replace(listed(), categories=("housing",))]}
    telling.post("1", ADVERTISED)
    telling.tell()
    assert [event.categories for event in telling.shown()] == [("housing",)]


# -- the operator -----------------------------------------------------------------------------------------


def test_a_confirmed_event_is_promoted_and_shown(telling: EventWorld) -> None:
    telling.answers = {"events": [listed(certainty=Certainty.TENTATIVE)]}
    telling.tell()
    assert (telling.shown(), promoted(telling)) == ([], ())
    assert [event.id for event in promoted(telling, tentative=True)] == [SUMMIT]
    confirm(telling.world.store, telling.world.clock, find(telling.known(), SUMMIT))
    telling.refresh()
    assert [event.id for event in telling.shown()] == [SUMMIT]
    assert [event.id for event in promoted(telling)] == [SUMMIT]


def test_a_dismissed_event_is_seen_by_no_reader_until_it_is_confirmed(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.refresh()
    dismiss(telling.world.store, telling.world.clock, find(telling.known(), SUMMIT))
    telling.refresh()
    assert (telling.shown(), promoted(telling, tentative=True)) == ([], ())
    telling.world.clock.forward(days=1)
    telling.post("2", MOVED)
    telling.refresh()
    assert telling.shown() == []
    confirm(telling.world.store, telling.world.clock, find(telling.known(), SUMMIT))
    telling.refresh()
    assert [event.id for event in telling.shown()] == [SUMMIT]


def test_what_the_operator_wrote_stands_whatever_is_told_later(telling_anywhere: EventWorld) -> None:
    telling = telling_anywhere
    telling.post("1", ADVERTISED)
    telling.refresh()
    event = find(telling.known(), SUMMIT)
    edit(telling.world.store, telling.world.clock, event, Edits(place="Leeds", starts=date(2027, 4, 14)))
    edit(telling.world.store, telling.world.clock, event, Edits(name="Officers' Summit"))
    telling.post("2", MOVED)
    telling.answers = {"events": [listed()]}
    (row,) = telling.tell().values()
    assert (row.told["name"], row.told["place"]) == ("Officers' Summit", "Leeds")
    # The new beginning keeps the length.
    assert (row.told["starts"], row.told["ends"], row.sequence) == (date(2027, 4, 14), date(2027, 4, 16), 1)
    (known,) = telling.known()
    assert known.known_from == {
        "name": "the operator", "place": "the operator", "starts": "the operator", "url": "calendar events",
    }  # fmt: skip


def test_the_operators_word_was_not_known_before_it_was_said(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.refresh()
    telling.world.clock.forward(days=2)
    edit(telling.world.store, telling.world.clock, find(telling.known(), SUMMIT), Edits(place="Leeds"))
    telling.refresh()
    days = (MONDAY, telling.now)
    assert [[event.place for event in telling.known(at=day)] for day in days] == [["Harrogate"], ["Leeds"]]


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        (Edits(starts=date(1, 1, 1)), "is too far off"),
        (Edits(ends=date(2027, 4, 12)), "--ends must not be before --starts"),
        (Edits(ends=datetime(2027, 4, 15, 16, tzinfo=UTC)), "--starts and --ends must be of one kind"),
    ],
)
def test_days_that_cannot_be_are_refused(telling: EventWorld, edits: Edits, words: str) -> None:
    telling.post("1", ADVERTISED)
    telling.refresh()
    with pytest.raises(UsageError, match=words):
        edit(telling.world.store, telling.world.clock, find(telling.known(), SUMMIT), edits)


def test_an_event_without_days_cannot_be_confirmed_before_they_are_written(telling: EventWorld) -> None:
    telling.post("1", VAGUE)
    telling.refresh()
    (event,) = telling.known()
    with pytest.raises(UsageError, match="has no days yet: `solacefeed events edit finance-forum` first"):
        confirm(telling.world.store, telling.world.clock, event)
    edit(telling.world.store, telling.world.clock, event, Edits(starts=date(2027, 5, 4)))
    telling.refresh()
    (shown,) = telling.shown()
    assert (shown.id, shown.starts, shown.ends) == ("finance-forum", date(2027, 5, 4), date(2027, 5, 4))


def test_an_event_of_the_config_is_changed_there(telling: EventWorld) -> None:
    telling.configured = [an_event(id="summit")]
    telling.refresh()
    with pytest.raises(UsageError, match=r"summit stands in \[\[events\]\] of the config"):
        dismiss(telling.world.store, telling.world.clock, find(telling.known(), "summit"))


# -- time ---------------------------------------------------------------------------------------------


def test_what_is_over_is_a_fact_that_time_alone_writes_and_nothing_shows_it_any_more(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.refresh()
    facts = {}
    for day in (date(2027, 4, 15), date(2027, 4, 16)):
        telling.at(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        telling.refresh()
        facts[day] = (telling.row().over, telling.row().shown)
    assert facts == {
        date(2027, 4, 15): (False, True),
        date(2027, 4, 16): (True, False),
    }
    assert (telling.row().sequence, telling.row().changed) == (0, MONDAY)


def test_what_a_first_crawl_brings_is_known_since_a_post_first_told_of_it(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    told_at = telling.world.clock.now
    telling.world.clock.forward(days=100)
    telling.refresh()
    assert telling.row().known_since <= told_at
    assert telling.row().changed == telling.world.clock.now


def test_a_paragraph_left_standing_for_years_is_an_echo_and_not_the_next_years_event(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    for number, year in enumerate((2027, 2028), 2):
        telling.at(datetime(year, 5, 3, 9, tzinfo=UTC))
        telling.post(str(number), ADVERTISED)
        telling.refresh()
        assert telling.shown()[:1] == [] or telling.row().over
    assert (telling.row().id, telling.row().told["starts"]) == (SUMMIT, date(2027, 4, 13))


def test_an_echo_does_not_tie_last_years_event_to_this_years(telling: EventWorld) -> None:
    telling.post("1", ADVERTISED)
    telling.at(datetime(2027, 5, 3, 9, tzinfo=UTC))
    telling.post("2", ADVERTISED)
    telling.at(datetime(2027, 12, 1, 9, tzinfo=UTC))
    telling.post("3", a_blurb("Join us at the Chief Officers' Summit in Bath on 12-14 April 2028. Book now."))
    telling.refresh()
    starts = {name: row.told["starts"] for name, row in telling.rows().items()}
    assert starts == {SUMMIT: date(2027, 4, 13), "chief-officers-summit-2028": date(2028, 4, 12)}


TEN_WORDINGS = (
    "All this will be discussed at the Chief Officers' Summit in Harrogate on 13-15th April. Book here.",
    "Join us at the Chief Officers' Summit, Harrogate, 13 to 15 April 2027. How to book is explained here.",
    "The Summit comes to Harrogate from 13 to 15 April; details of how to book are available here.",
    "Book your place at the Chief Officers’ Summit 2027 (Harrogate, 13–15 April).",
    "This and more will be debated at the Chief Officers' Summit in Harrogate, Tuesday 13 - Thursday 15 April.",
    "Harrogate hosts the Chief Officers' Summit on 13, 14 and 15 April 2027. More information is available here.",
    "The Chief Officers' Summit will take place in Harrogate between 13 and 15 April 2027. Register here.",
    "Don't miss the Chief Officers' Summit in Harrogate on April 13-15, 2027. Tickets are available here.",
    "We will return to this at the Chief Officers' Summit in Harrogate (13/04/2027 - 15/04/2027). Book online here.",
    "From the 13th to the 15th of April the Chief Officers' Summit will be held in Harrogate. Book early here.",
)


@pytest.mark.more
def test_ten_wordings_over_half_a_year_are_one_event_with_right_days_every_day(telling: EventWorld) -> None:
    first = datetime(2026, 10, 19, 9, tzinfo=UTC)
    for week in range(26):
        telling.at(first + week * WEEK)
        telling.post(str(week), a_blurb(TEN_WORDINGS[week * 10 // 26]))
    telling.at(first + 26 * WEEK)
    telling.refresh()
    for day in range(26 * 7):
        (event,) = telling.known(at=first + timedelta(days=day))
        assert (event.id, event.starts, event.ends) == (SUMMIT, date(2027, 4, 13), date(2027, 4, 15))
        assert (event.place, event.url, event.certainty) == ("Harrogate", BOOKING, Certainty.CERTAIN)


def test_two_events_in_one_paragraph_are_two(telling: EventWorld) -> None:
    both = "The Summit is in Harrogate on 13-15 April 2027, the Finance Forum in Leeds on 4 and 5 May 2027. Book now."
    telling.post("1", a_blurb(both))
    telling.refresh()
    assert [(event.name, event.starts) for event in telling.shown()] == [
        ("Summit", date(2027, 4, 13)), ("Finance Forum", date(2027, 5, 4)),
    ]  # fmt: skip


def test_a_post_about_a_past_conference_tells_of_none(telling: EventWorld) -> None:
    past = "At last month's Finance Conference in Leeds on 13 and 14 October 2026 we heard how councils book savings."
    telling.post("1", a_blurb(past))
    telling.refresh()
    assert telling.rows() == {}


def test_days_are_those_of_the_sites_zone(telling: EventWorld) -> None:
    late = datetime(2027, 7, 1, 22, 30, tzinfo=UTC)
    telling.answers = {"events": [listed(starts=late)]}
    telling.tell()
    (event,) = telling.shown()
    assert event.begins_at(LONDON).astimezone(LONDON).hour == 23


# -- the laws -----------------------------------------------------------------------------------------

LISTED = st.builds(
    lambda name, day, length, url, standing, certainty: listed(
        name=name,
        starts=date(2026, 11, 1) + timedelta(days=day),
        ends=date(2026, 11, 1) + timedelta(days=day + length),
        url=url,
        standing=standing,
        certainty=certainty,
    ),
    st.sampled_from(["Summit", "Chief Officers' Summit", "Finance Forum", "Housing Webinar"]),
    st.integers(0, 200),
    st.integers(0, 2),
    st.sampled_from([None, BOOKING, "https://events.example.org/forum/"]),
    st.sampled_from(EventStatus),
    st.sampled_from(Certainty),
)
#: What a calendar answers, poll by poll: its events by their own ids.
ANSWERS = st.lists(st.dictionaries(st.sampled_from("abcdef"), LISTED, max_size=5), min_size=1, max_size=4)


# Each example is a site of its own: to make a failing one smaller would take minutes.
@settings(max_examples=examples(30), phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(answers=ANSWERS, chance=st.randoms(use_true_random=False))
def test_the_order_of_what_is_told_makes_no_difference_and_telling_twice_changes_nothing(
    migrated_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    answers: list[dict[str, Sighting]],
    chance: random.Random,
) -> None:
    ends = []
    for _ in range(2):
        file = shutil.copy(migrated_file, tmp_path_factory.mktemp("law"))
        with closing(open_store(f"sqlite:///{file}")) as store:
            telling = EventWorld(World(store))
            telling.post("1", ADVERTISED)
            for answer in answers:
                told = [replace(sighting, uid=uid) for uid, sighting in answer.items()]
                telling.answers = {"events": chance.sample(told, len(told))}
                telling.tell()
                telling.world.clock.forward(days=9)
            telling.refresh()
            rows = telling.rows()
            assert telling.refresh() == 0
            assert telling.rows() == rows
            ends.append(rows)
    assert ends[0] == ends[1]
    assert all(not row.over or row.told["ends"] < date(2027, 1, 5) for row in ends[0].values())
