from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.events.understanding import understand
from solacefeed.models.events import EventStatus
from solacefeed.models.posts import Blurb
from solacefeed.models.sightings import Certainty, Times, Understanding

LONDON = ZoneInfo("Europe/London")
MAY_2012 = datetime(2012, 5, 24, 9, 30, tzinfo=UTC)
BOOKING = "https://events.example.org/summit-2012/book/"


def told(text: str, *links: str, published: datetime = MAY_2012) -> tuple[Understanding, ...]:
    return understand(Blurb(text=text, links=links), published=published, zone=LONDON)


def the_one(text: str, *links: str, published: datetime = MAY_2012) -> Understanding:
    (event,) = told(text, *links, published=published)
    return event


WORDINGS = [
    (
        "How councils answer this will be the focus of discussions at the SOLACE Summit in Coventry on 16-18th "
        "October. More information and details of how to book are available here."
    ),
    "The SOLACE Summit takes place in Coventry from 16th to 18th October 2012. Book your place here.",
    "Join us at the SOLACE Summit, Coventry, Tuesday 16 – Thursday 18 October. To register, click here.",
    "On 16-18 October the SOLACE Summit comes to Coventry. Details and booking are here.",
    "SOLACE Summit | Coventry | 16-18 October 2012 | Book now",
    "From October 16-18, 2012, Coventry hosts the SOLACE Summit. Register here.",
    "Don’t miss the SOLACE Summit (Coventry, 16–18 Oct). Places are limited: book here before 28 September.",
    "This year’s SOLACE Summit will be held on 16, 17 and 18 October in Coventry. Booking closes on 28 September.",
    "Coventry will host the SOLACE Summit between 16 and 18 October. How to book is explained here.",
    (
        "There is still time to book for the SOLACE Summit. It takes place in Coventry on 16-18 October, with the "
        "Summit dinner on 17 October. The early-bird rate ends on 31 July."
    ),
    (
        "After last year’s success in Leeds, the SOLACE Summit returns: Tuesday 16 to Thursday 18 October 2012, in "
        "Coventry. Book here."
    ),
    "In Coventry on 16-18 October, chief officers will ask these questions at the SOLACE Summit. Book here.",
]


@pytest.mark.parametrize("text", WORDINGS)
def test_one_event_in_many_wordings_is_understood_alike(text: str) -> None:
    event = the_one(text, BOOKING)
    assert (event.name, event.place, event.url) == ("SOLACE Summit", "Coventry", BOOKING)
    assert (event.starts, event.ends, event.all_day) == (date(2012, 10, 16), date(2012, 10, 18), True)
    assert (event.certainty, event.standing) == (Certainty.CERTAIN, EventStatus.SCHEDULED)
    assert dict(event.missing) == {"times": "no time is said"}


@pytest.mark.parametrize(
    "text",
    [
        (
            "The SOLACE Summit is in Coventry on 16-18 October, and the Scotland Conference is in Perth on 5 November. "
            "Book for the first here and for the second here."
        ),
        (
            "Two dates to keep: the SOLACE Summit (Coventry, 16-18 October) and the Scotland Conference (Perth, 5 "
            "November)."
        ),
        (
            "On 16-18 October the SOLACE Summit comes to Coventry, and on 5 November the Scotland Conference meets in "
            "Perth."
        ),
        (
            "Book now for the SOLACE Summit in Coventry on 16-18 October. The Scotland Conference follows in Perth on "
            "Monday 5 November."
        ),
    ],
)
def test_two_events_in_one_paragraph_are_two_each_with_its_own(text: str) -> None:
    links = ("https://events.example.org/summit", "https://events.example.org/scotland")
    summit, scotland = told(text, *links)
    assert (summit.name, summit.place, summit.starts, summit.url) == (
        "SOLACE Summit", "Coventry", date(2012, 10, 16), links[0],
    )  # fmt: skip
    assert (scotland.name, scotland.place, scotland.starts, scotland.url) == (
        "Scotland Conference", "Perth", date(2012, 11, 5), links[1],
    )  # fmt: skip
    assert {summit.certainty, scotland.certainty} == {Certainty.CERTAIN}


@pytest.mark.parametrize(
    "text",
    [
        "The SOLACE Summit was held in Coventry on 16-18 October. The slides are available here.",
        "The SOLACE Summit in Coventry on 16-18 October was a success, and the slides will be posted here.",
        "Delegates who attended the SOLACE Summit on 16-18 October will receive a survey.",
        "The Spring Conference took place in Leeds on 3 May 2012. More information is available here.",
        "Speakers at the SOLACE Summit in Leeds on 18-20 October 2011 said so too. Book the recording here.",
        "Last year’s SOLACE Summit in Leeds on 18-20 October heard the same.",
        "We met on 3 June to talk about homes. Register for updates here.",
        "Councils will have to find savings by 3 June.",
        "",
    ],
)
def test_a_past_conference_or_none_gives_no_event(text: str) -> None:
    assert told(text, BOOKING) == ()


@pytest.mark.parametrize(
    ("text", "attribute", "reason"),
    [
        ("Our annual conference will be in Leeds on 3 December. Book here.", "name", "capitals"),
        ("The SOLACE Summit will be held on 16-18 October. Book here.", "place", "no place"),
        ("The SOLACE Summit will be in Coventry. Book here.", "starts", "no day with its month"),
        ("The SOLACE Summit will be in Coventry on Monday 16 October. Book here.", "starts", "Tuesday, not a Monday"),
        ("The SOLACE Summit 2013 will be in Coventry on 16-18 October. Book here.", "starts", "the name says 2013"),
        ("Book by 28 September for the SOLACE Summit, which will be in Coventry.", "starts", "limit"),
        ("Booking for the SOLACE Summit, which will be in Coventry, closes on 3 June.", "starts", "beginning"),
        ("Booking deadline for the SOLACE Summit, which will be in Coventry: deadline 3 June.", "starts", "booking"),
        ("The SOLACE Summit opens in Coventry on 16 October and goes on until 18 October.", "starts", "end is not"),
        ("The SOLACE Summit will be in Coventry on 16 October at 7.30.", "times", "morning or in the evening"),
    ],
)
def test_what_is_missing_has_its_reason(text: str, attribute: str, reason: str) -> None:
    event = the_one(text, BOOKING)
    assert getattr(event, attribute) is None
    assert reason in event.missing[attribute]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Our annual conference will be in Leeds on 3 December. Book here.", "name is not said"),
        ("The SOLACE Summit will be in Coventry in the autumn. Book here.", "days are not said"),
        ("The SOLACE Summit will be in Coventry on 16-18 October (tbc).", "provisional"),
        ("The Finance Workshop will be held in York on 4 and 11 December.", "several days"),
        ("At the SOLACE Summit we will debate the law that comes into force on 3 June. Book here.", "something else"),
        ("The law will change on 3 June, and the SOLACE Summit in Leeds will debate it. Book here.", "something else"),
        ("The SOLACE Summit will ask what changes from 3 to 5 June. Book here.", "something else"),
        ("SOLACE Summit, Coventry, 16-18 October.", "nothing says that it is still to come"),
    ],
)
def test_an_event_in_doubt_is_tentative_and_says_why(text: str, reason: str) -> None:
    events = told(text, BOOKING)
    assert events
    assert {event.certainty for event in events} == {Certainty.TENTATIVE}
    assert all(reason in event.missing["certainty"] for event in events)


def test_of_several_days_those_beside_the_name_are_its_own() -> None:
    text = "The SOLACE Summit (Coventry, 16-18 October) will hear the Minister, who was in Leeds on 3 June. Book now."
    event = the_one(text, BOOKING)
    assert (event.starts, event.place, event.certainty) == (date(2012, 10, 16), "Coventry", Certainty.CERTAIN)


def test_the_days_are_counted_from_the_local_day_of_the_post() -> None:
    late = datetime(2012, 10, 18, 23, 30, tzinfo=UTC)
    event = the_one("The SOLACE Summit will be in Coventry on 16-18 October.", published=late)
    assert event.starts == date(2013, 10, 16)
    assert event.certainty is Certainty.TENTATIVE


def test_times_are_instants_by_the_clock_of_the_place() -> None:
    summer = the_one("The Finance Workshop will be held in York on 4 September, 10am-4pm. Book here.")
    winter = the_one("The Finance Workshop will be held in York on 4 December from 9.30. Book here.")
    assert (summer.starts, summer.ends) == (datetime(2012, 9, 4, 9, tzinfo=UTC), datetime(2012, 9, 4, 15, tzinfo=UTC))
    assert summer.times == Times(opens=time(10), closes=time(16))
    assert winter.starts == winter.ends == datetime(2012, 12, 4, 9, 30, tzinfo=UTC)
    assert not summer.all_day


def test_over_several_days_a_beginning_alone_leaves_whole_days() -> None:
    event = the_one("The SOLACE Summit will be in Coventry on 16-18 October from 9.30.")
    assert (event.starts, event.ends) == (date(2012, 10, 16), date(2012, 10, 18))
    assert event.times == Times(opens=time(9, 30))


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("The SOLACE Summit in Coventry on 16-18 October has been cancelled.", EventStatus.CANCELLED),
        ("The SOLACE Summit in Coventry on 16-18 October will not take place.", EventStatus.CANCELLED),
        ("The SOLACE Summit on 16-18 October is no longer going ahead.", EventStatus.CANCELLED),
        ("The SOLACE Summit has been postponed.", EventStatus.POSTPONED),
        ("The SOLACE Summit in Coventry has been moved to 23-25 October.", EventStatus.MOVED),
        ("The SOLACE Summit in Coventry has been moved from 16-18 October to 23-25 October.", EventStatus.MOVED),
    ],
)
def test_an_event_called_off_or_moved_says_so(text: str, standing: EventStatus) -> None:
    assert the_one(text).standing is standing


def test_a_moved_event_has_its_new_days_or_none() -> None:
    assert the_one("The SOLACE Summit has been moved to 23-25 October.").starts == date(2012, 10, 23)
    assert the_one("The SOLACE Summit has been moved from 16-18 October to 23-25 October.").starts is None


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ([BOOKING], BOOKING),
        (["https://events.example.org/summit-2012/", BOOKING], BOOKING),
        (["mailto:events@example.org", BOOKING], BOOKING),
        (["https://one.example.org/", "https://two.example.org/"], None),
        (["javascript:alert(1)"], None),
        ([], None),
    ],
)
def test_the_booking_link_is_the_one_link_or_the_one_that_speaks_of_booking(links: list[str], url: str | None) -> None:
    event = the_one("The SOLACE Summit will be in Coventry on 16-18 October. Book here.", *links)
    assert event.url == url
    assert ("url" in event.missing) == (url is None)


def test_an_address_written_out_is_a_link_without_its_full_stop() -> None:
    text = f"The SOLACE Summit will be in Coventry on 16-18 October. Book at {BOOKING}."
    assert the_one(text).url == BOOKING


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("at the Guildhall, York, on 4 December", "Guildhall, York"),
        ("in Newcastle upon Tyne on 4 December", "Newcastle upon Tyne"),
        ("in Stoke-on-Trent on Tuesday 4 December", "Stoke-on-Trent"),
        ("in St. Albans on 4 December", "St. Albans"),
        ("on 4 December at the University of Leeds", "University of Leeds"),
        ("on 4 December. The venue is the Guildhall in York", "Guildhall in York"),
        ("online on 4 December", "online"),
        ("on 4 December, when leaders in Local Government meet", None),
        ("on 4 December. You can book online", None),
        ("on 4 December. Details are available in Welsh", None),
    ],
)
def test_a_place_is_what_stands_beside_the_event_or_its_days(text: str, place: str | None) -> None:
    assert the_one(f"The Finance Workshop will be held {text}. Register soon.").place == place


@pytest.mark.parametrize(
    "name",
    ["SOLACE Summit", "Chief Officers’ Summit", "Festival of Local Government", "Housing and Planning Conference",
     "Conference on Housing", "Scotland Annual Conference 2012", "2012 SOLACE Summit", "Annual General Meeting"],
)  # fmt: skip
def test_a_name_is_all_that_is_written_with_capitals_around_its_kind(name: str) -> None:
    assert the_one(f"Join us at the {name} in Coventry on 16-18 October. Book here.").name == name


VOCABULARY = """
    The SOLACE Summit Conference conference in at on Coventry Perth 16-18 October 5 November 2012 2011 was will be held
    book here . , and cancelled by Tuesday 10am online last year’s (tbc)
"""
WORDS = st.sampled_from(VOCABULARY.split())
POSTED = st.integers(-700, 700).map(lambda days: MAY_2012 + timedelta(days=days))


@given(text=st.lists(WORDS, max_size=30).map(" ".join), posted=POSTED)
def test_whatever_a_paragraph_says_it_never_gives_a_past_event_or_a_certain_one_without_name_and_days(
    text: str, posted: datetime
) -> None:
    for event in told(text, BOOKING, published=posted):
        ends = event.ends.astimezone(LONDON).date() if isinstance(event.ends, datetime) else event.ends
        assert ends is None or ends >= posted.astimezone(LONDON).date()
        assert event.certainty is Certainty.TENTATIVE or (event.name and event.starts)
