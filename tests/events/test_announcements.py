from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.deeds.events.known_events import understood
from solacefeed.events.understanding import announced, may_announce, understand
from solacefeed.models.events import EventStatus
from solacefeed.models.posts import Blurb
from solacefeed.models.sightings import Certainty, Times, Understanding
from tests.events.announcements import ZONE, Announcement, Count, announcements, counted, made_of
from tests.support.steps import patience, steps

APRIL_2026 = datetime(2026, 4, 1, 12, tzinfo=UTC)
POSTS = announcements()


def told(title: str, *lines: str, language: str | None = "en-GB") -> tuple[Understanding, ...]:
    html = "".join(f"<p>{line}</p>" for line in lines)
    return understood(html, published=APRIL_2026, zone=ZONE, title=title, language=language)


def the_one(title: str, *lines: str, language: str | None = "en-GB") -> Understanding:
    (event,) = told(title, *lines, language=language)
    return event


def certain(title: str, *lines: str) -> list[Understanding]:
    return [event for event in told(title, *lines) if event.certainty is Certainty.CERTAIN]


# -- the table --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> Count:
    return counted(POSTS)


def test_the_table_has_300_posts_and_more_half_of_them_announcing() -> None:
    announcing = sum(bool(post.events) for post in POSTS)
    assert len(POSTS) >= 300
    assert 0.45 <= announcing / len(POSTS) <= 0.55


def test_what_readers_are_told_of_is_right_in_98_of_100(whole: Count) -> None:
    assert whole.precision >= 0.98


def test_of_100_events_that_posts_announce_90_are_told(whole: Count) -> None:
    assert whole.recall >= 0.90


def test_of_events_that_are_told_times_and_places_are_seldom_missing(whole: Count) -> None:
    assert min(whole.times[0] / whole.times[1], whole.places[0] / whole.places[1]) >= 0.95


def test_the_figures_of_the_documents_are_those_of_the_table(whole: Count) -> None:
    events = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
    announcing = sum(bool(post.events) for post in POSTS)
    row = re.search(r"^\| the whole table \| (\d+) \| (0\.\d\d) \| (0\.\d\d) \|$", events, re.MULTILINE)
    assert row is not None
    assert row.groups() == (str(len(POSTS)), f"{whole.precision - 0.005:.2f}", f"{whole.recall - 0.005:.2f}")
    assert f"has {len(POSTS)} posts" in events
    assert f"{announcing} of which announce {whole.wanted} events, and {len(POSTS) - announcing} none" in events


@pytest.mark.parametrize("post", [post for post in POSTS if not post.events][::10], ids=lambda post: post.title)
def test_a_post_that_announces_nothing_tells_readers_of_nothing(post: Announcement) -> None:
    assert post.file == "telling_held_out" or made_of(post) == ()


# -- by kind ----------------------------------------------------------------------------------------


def test_a_range_of_two_dated_weekdays_is_one() -> None:
    line = "The Map Exhibition opens on Monday 4 May and closes on Friday 8 May at the Central Library, Norwich."
    event = the_one("Maps", line)
    assert (event.starts, event.ends, event.certainty) == (date(2026, 5, 4), date(2026, 5, 8), Certainty.CERTAIN)
    assert event.place == "Central Library, Norwich"


@pytest.mark.parametrize(
    ("language", "day", "certainty"),
    [
        ("en-GB", date(2026, 6, 5), Certainty.CERTAIN),
        ("en-US", date(2026, 5, 6), Certainty.CERTAIN),
        ("en", date(2026, 6, 5), Certainty.TENTATIVE),
        (None, date(2026, 6, 5), Certainty.TENTATIVE),
    ],
)
def test_a_day_in_numbers_is_by_the_sites_language(language: str | None, day: date, certainty: Certainty) -> None:
    event = the_one("Data", "The Data Conference will be held in Leeds on 05/06/2026.", language=language)
    assert (event.starts, event.certainty) == (day, certainty)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("Monday 18 May, 10am, Town Hall, Leeds", "Town Hall, Leeds"),
        ("Monday 18 May, 10am Town Hall, Leeds", "Town Hall, Leeds"),
        ("Monday 18 May 2026 | 10am | Holiday Inn, Guildford", "Holiday Inn, Guildford"),
        ("Monday 18 May, 10am, Age Concern, 14 Mill Street, Bedford", "Age Concern, 14 Mill Street, Bedford"),
        ("Monday 18 May, 10am, Room S0.19", "Room S0.19"),
        ("Monday 18 May, 10am, Committee Room 2, County Hall", "Committee Room 2, County Hall"),
        ("Monday 18 May, 10am, via Zoom", "online"),
        ("Monday 18 May, 10am. Music by Elgar", None),
    ],
)
def test_a_venue_behind_the_time_needs_no_in(line: str, place: str | None) -> None:
    event = the_one("Housing Forum", line)
    assert (event.name, event.place, event.times) == ("Housing Forum", place, Times(opens=time(10)))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Spring Conference 2026", "Spring Conference 2026"),
        ("Spring Conference 2026: booking is open", "Spring Conference 2026"),
        ("Save the date: Spring Conference", "Spring Conference"),
        ("Tickets now on sale for the Carol Concert", "Carol Concert"),
        ("Join our annual members’ day", "Annual members’ day"),
        ("Annual Congress, Brighton", "Annual Congress"),
        ("Webinar: what the settlement means", "What the settlement means"),
        ("Repair Café", "Repair Café"),
    ],
)
def test_a_name_may_stand_in_the_title_alone(title: str, name: str) -> None:
    event = the_one(title, "Join us on Saturday 20 June, 10am to 4pm, Quaker Hall, York.")
    assert (event.name, event.certainty) == (name, Certainty.CERTAIN)


def test_a_name_may_stand_in_a_heading_alone() -> None:
    html = "<h2>Family Fun Day</h2><p>Saturday 27 June 2026, 12pm - 6pm</p><p>The Recreation Ground, Oakley</p>"
    (event,) = understood(html, published=APRIL_2026, zone=ZONE, title="Cricket news", language="en-GB")
    assert (event.name, event.place) == ("Family Fun Day", "Recreation Ground, Oakley")
    assert event.times == Times(opens=time(12), closes=time(18))


@pytest.mark.parametrize(
    "lines",
    [
        ("Date: Monday 11 May 2026", "Time: 10am to 3pm", "Venue: County Hall, Maidstone"),
        ("When: Monday 11 May 2026, 10am – 3pm", "Where: County Hall, Maidstone"),
        ("Monday 11 May, 10am-3pm, County Hall, Maidstone",),
        ("It takes place on Monday 11 May 2026 at County Hall, Maidstone, from 10am until 3pm.",),
        ("It takes place on Monday 11 May 2026, from 10.00 until 15:00, at County Hall, Maidstone.",),
    ],
)
def test_day_times_and_place_may_have_lines_of_their_own(lines: tuple[str, ...]) -> None:
    event = the_one("Induction Day", *lines)
    assert (event.place, event.times) == ("County Hall, Maidstone", Times(opens=time(10), closes=time(15)))


@pytest.mark.parametrize(
    "line",
    [
        "At last year’s conference in March the Spring Forum heard from 16 councils.",
        "The Finance Forum may march on, and will meet 18 times.",
        "An august body, the Waste Forum, may 16 times be wrong.",
        "The 2026/27 budget and the 2026-27 settlement went to the Finance Forum.",
        "See pp. 12-18 of the report to the Housing Forum, and section 10-12 of the Act.",
        "The Youth Forum is for 16 to 18 year olds and for those who are 19.",
        "Ring the Conference Office on 0161 496 0018, or write to 12-18 Oxford Road.",
        "Version 3.10.2 of the Forum was out on 12.5.",
        "Rovers won 3-2 and 16-12 in the Summer Tournament.",
        "The Lottery has given the Seaside Festival £16,000, and £12.16 a head.",
        "Sixteen marches, decembers and octobers went by. The Marchmont Forum did not.",
        "Nominations for the Municipal Awards close on Friday 1 May.",
        "The consultation opens on Monday 4 May and closes on Friday 8 May. The Planning Forum has replied.",
        "There will be no Music Workshop on Wednesday 6 May.",
        "The office will be closed on Thursday 14 May. The Housing Forum meets again when it can.",
        "“The Garden Fete is on 6 June at the Rectory” says more than three paragraphs.",
        "Interviews will be held on Wednesday 6 May in Leeds for those who would run the Housing Conference.",
        "Voting in the Book Awards opens on 19 October 2026.",
        "Sunday 10 May is Mother’s Day.",
    ],
)
def test_what_only_looks_like_an_event_is_told_to_nobody(line: str) -> None:
    assert certain("News", line) == []


def test_a_report_on_what_has_been_announces_nothing() -> None:
    assert certain("Photos from the Open Day", "Saturday 11 April 2026, 10am") == []


def test_a_day_alone_is_too_little_for_a_posts_own_text() -> None:
    event = the_one("Housing", "The Housing Forum will be held on 18 May.")
    assert event.certainty is Certainty.TENTATIVE
    assert "without weekday, year, time or place" in event.missing["certainty"]


def test_an_event_said_in_title_and_text_is_one_with_all_that_is_said() -> None:
    event = the_one(
        "Care Summit, 21 April, Leeds", "The Care Summit is at the Guildhall on Tuesday 21 April 2026, 2-4pm."
    )
    assert (event.name, event.times) == ("Care Summit", Times(opens=time(14), closes=time(16)))


def test_an_event_of_which_only_the_name_is_said_is_kept_by_no_store() -> None:
    lines = Blurb(text="The Housing Forum met. The law changes on 18 May 2026.")
    assert announced(lines, published=APRIL_2026, zone=ZONE, title="News") == ()
    assert may_announce(lines, title="News")
    assert not may_announce(Blurb(text="The law changes on 18 May 2026."), title="News of the week")


def test_a_post_that_calls_its_event_off_says_so() -> None:
    event = the_one("Summer Fair", "The Summer Fair on Saturday 6 June has been cancelled.")
    assert event.standing is EventStatus.CANCELLED


def test_a_name_with_the_year_of_a_day_in_numbers_beside_it_breaks_nothing() -> None:
    blurb = Blurb(text="Join us for the Annual Water Symposium on 2026-06-11 at the Banff Centre.")
    (event,) = understand(blurb, published=APRIL_2026, zone=ZONE)
    assert (event.name, event.starts) == ("Annual Water Symposium", date(2026, 6, 11))


# -- whatever is written ----------------------------------------------------------------------------

VOCABULARY = """
    The Summit Housing Forum Day Date: When: Venue: Time: Town Hall Leeds in at on from to 16-18 October Monday 18 May
    2026 2025 05/06/2026 2026-06-11 10am to 4pm until late . , : ( ) – | will be held is no “ ” opens closes and last
    year’s join us book by Room 2 \n
"""
WORDS = st.sampled_from([*VOCABULARY.split(" "), "\n"]).map(str.strip).filter(bool) | st.just("\n")


@given(title=st.lists(WORDS, max_size=6).map(" ".join), text=st.lists(WORDS, max_size=40).map(" ".join))
def test_whatever_a_post_says_no_reader_is_told_of_what_is_over_or_has_no_name_and_days(title: str, text: str) -> None:
    title = " ".join(title.split()) or "News"
    for event in announced(Blurb(text=text), published=APRIL_2026, zone=ZONE, title=title, order="day first"):
        ends = event.ends.astimezone(ZONE).date() if isinstance(event.ends, datetime) else event.ends
        assert event.name
        assert ends is not None
        assert ends >= APRIL_2026.date()


@given(title=st.text(max_size=60), text=st.text(max_size=200))
def test_no_text_at_all_breaks_the_understanding_of_a_post(title: str, text: str) -> None:
    blurb = Blurb(text=f"Summit 16 October {text} Forum 2026-10-18")
    understand(blurb, published=APRIL_2026, zone=ZONE, title=title, order="month first")


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        *(
            "16 October ",
            "Summit ",
            "The Summit on 16 October. ",
            "Annual ",
            "A",
            "Aa ",
            "in Leeds, ",
            "\n16 October\n",
        ),
        *(
            "Date: 16 October\nTime: 10am\nVenue: Leeds\n",
            "Summit of ",
            "No Summit in the ",
            "A-",
            "for the Aa and Bb ",
        ),
        *("“", "St. ", "Mr", "Voting in the ", ", in the Aa ", "will be held ", "10am ", "(", "Aa at Bb is on "),
    ],
)
def test_understanding_a_post_takes_steps_in_proportion_to_its_text(piece: str) -> None:
    def taken(size: int) -> int:
        text = "Oct " + piece * (size // len(piece))
        return steps(lambda: understand(Blurb(text=text), published=APRIL_2026, zone=ZONE, title="The Aa Summit"))

    assert taken(8_000) <= 12 * taken(1_000) + 5_000
    with patience():
        understand(Blurb(text="Oct " + piece * (16_000 // len(piece))), published=APRIL_2026, zone=ZONE, title="Aa")
