"""Wordings of announcements, and of what only looks like one, by their kinds."""

from __future__ import annotations

from datetime import date, time

import pytest

from solacefeed.events import labels
from solacefeed.models.sightings import Times, Understanding
from tests.events.announcements import Announcement, made_of

ON = date(2026, 4, 1)


def told(text: str, title: str = "News") -> tuple[Understanding, ...]:
    return made_of(Announcement(file="here", title=title, text=text, on=ON, language="en-GB", events=()))


def the_one(text: str, title: str = "News") -> Understanding:
    (event,) = told(text, title)
    return event


@pytest.mark.parametrize(
    ("text", "title", "name"),
    [
        ("The Village Parade and Service is on Sunday 10 May at 10am.", "News", "Village Parade and Service"),
        ("- Event: Poetry Slam Final\n- Date: Saturday 11 July 2026", "Poetry", "Poetry Slam Final"),
        ("When: Thursday 21 May 2026, 6.30pm", "Data May meetup", "Data May meetup"),
        ("Join us on Wednesday 20 May at 6pm.", "Volunteer induction evening", "Volunteer induction evening"),
        ("The Start Smart Workshop on Tuesday 9 June (6pm to 8pm, online) is for you.", "News", "Start Smart Workshop"),
        ("Our Winter Gala, which raised £40,000 last year, is on Friday 4 December.", "News", "Winter Gala"),
        ("Cyclists will gather on Sunday 12 July for the annual Memorial Ride.", "News", "Memorial Ride"),
        ("The Spring Lecture will be given by Alan Moss on Thursday 14 May.", "News", "Spring Lecture"),
        ("The Ships Festival, sailing into Blyth from Friday 28 to Monday 31 August.", "News", "Ships Festival"),
        ("On 21 April 2026 we host a Women in Art Evening.", "Women in Art evening", "Women in Art Evening"),
        ("A Candlelight Vigil in memory of Leo is planned for Friday 8 May at 8pm.", "News", "Candlelight Vigil"),
    ],
)  # fmt: skip
def test_an_event_is_known_by_its_whole_name(text: str, title: str, name: str) -> None:
    assert the_one(text, title).name == name


@pytest.mark.parametrize(
    "text",
    [
        "The Castle Players perform A Midsummer Night's Dream from Wednesday 8 to Saturday 11 July.",
        "The BBC will show highlights of the Proms Concert on Saturday 12 September at 7pm.",
        "Extra buses run to the Rock Festival on Saturday 4 July from 9am.",
        "Voting for officers at the Annual General Meeting opens online on Monday 28 September.",
        "The deadline to enter the Village Show is Wednesday 5 August at 6pm.",
        "Helpers are needed to set up for the Village Fete on Friday 3 July from 4pm.",
        "Collect your number for the Fun Run on Friday 12 June from 5pm at the Sports Centre.",
        "She will speak about the Leeds Marathon on Tuesday 9 June at 8am.",
        "In The Long Dinner (Faber, 9 April 2026, £16.99) Ms Hale has one evening last for 416 pages.",
        "Watch the final of Bake Challenge on Channel 4 at 8pm on Thursday 30 April.",
        "Thanks for making the Summer Fair on Saturday 4 April such a success.",
    ],
)
def test_a_day_of_something_about_an_event_is_not_its_day(text: str) -> None:
    assert told(text) == ()


def test_good_friday_and_its_kin_stand_before_their_days() -> None:
    event = the_one("Our Spring Trail runs from Good Friday 2 April to Easter Monday 5 April 2027.")
    assert (event.starts, event.ends) == (date(2027, 4, 2), date(2027, 4, 5))


@pytest.mark.parametrize(
    ("written", "times"),
    [
        ("at 7 for 7.30pm", Times(opens=time(19), closes=None)), ("@ 7.30pm", Times(opens=time(19, 30), closes=None)),
        (", 12:00 - 13:00", Times(opens=time(12), closes=time(13))),
        ("at 12.30", Times(opens=time(12, 30), closes=None)),
        (", 9.00-12.00", Times(opens=time(9), closes=time(12))),
    ],
)  # fmt: skip
def test_times_are_those_that_people_mean(written: str, times: Times) -> None:
    assert the_one(f"The Burns Supper is on Saturday 16 May {written}, in the Masonic Hall.").times == times


@pytest.mark.parametrize("church", ["All Saints' Church", "All Souls"])
def test_a_church_of_all_saints_is_a_place(church: str) -> None:
    assert the_one(f"The Spring Concert is on Saturday 16 May at 7pm in {church}.").place == church


def test_a_body_that_is_called_by_one_word_is_no_place() -> None:
    assert (
        the_one("On 21 April 2026 the Institution will host a Spring Dinner in the Kelvin Room.").place == "Kelvin Room"
    )


def test_the_place_is_found_behind_the_times_of_its_line() -> None:
    assert the_one("Saturday 10 October\n7pm in the Parish Hall", "Harvest Supper").place == "Parish Hall"


def test_times_behind_the_place_are_those_of_the_day() -> None:
    event = the_one("On Friday 8 May we hold a Spring Lunch at the Army Hall, Grimsby, from 12 noon to 2.30pm.")
    assert event.times == Times(opens=time(12), closes=time(14, 30))


def test_a_zones_name_is_no_place() -> None:
    assert the_one("Our Spring Webinar is on Monday 18 May at 12 noon (GMT).").place is None


@pytest.mark.parametrize(
    "text",
    [
        "Date: 12 May 2026. Time: 9.30am - 4pm. Venue: Corn Exchange, Bury.",
        "📅 12 May 2026\n⏰ 9.30am - 4pm\n📍 Corn Exchange, Bury",
        "🗓️ Date: 12 May 2026\n🕤 Time: 9.30am - 4pm\n📍 Venue: Corn Exchange, Bury",
    ],
)
def test_labels_are_read_in_one_line_and_in_pictures(text: str) -> None:
    event = the_one(text, "Skills Day")
    assert (event.times, event.place) == (Times(opens=time(9, 30), closes=time(16)), "Corn Exchange, Bury")


def test_a_text_without_labels_stays_as_it_is() -> None:
    text = "The time: it flies. Where, when and why: 📌 nobody knows."
    assert labels.in_lines_of_their_own(text) == text
