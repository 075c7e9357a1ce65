from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from solacefeed.events.merging import merge, same
from solacefeed.events.understanding import understand
from solacefeed.models.events import EventStatus
from solacefeed.models.posts import Blurb
from solacefeed.models.sightings import Certainty, KnownEvent, Origin, Sighting, Understanding
from solacefeed.text.reading import read
from tests.support.steps import steps

LONDON = ZoneInfo("Europe/London")
BOOKING = "https://events.example.org/summit-2012/book/"
MAY = datetime(2012, 5, 24, 9, tzinfo=UTC)


def a_summit(**told: object) -> Understanding:
    summit = Understanding(
        name="SOLACE Summit",
        place="Coventry",
        starts=date(2012, 10, 16),
        ends=date(2012, 10, 18),
        url=BOOKING,
        certainty=Certainty.CERTAIN,
    )
    return replace(summit, **told)  # type: ignore[arg-type]  # any attribute, by its name


def a_sighting(
    told: Understanding, *, origin: Origin = Origin.BLURB, said: datetime = MAY, uid: str | None = None
) -> Sighting:
    return Sighting(told=told, origin=origin, source=f"{origin.name.lower()} {said:%Y-%m-%d}", said_at=said, uid=uid)


def merged(*sightings: Sighting) -> tuple[KnownEvent, ...]:
    return merge(sightings, zone=LONDON)


def test_the_same_event_met_in_many_posts_is_one() -> None:
    posts = [a_sighting(a_summit(), said=MAY + timedelta(weeks=week)) for week in range(20)]
    (known,) = merged(*posts)
    assert (known.name, known.place, known.starts, known.ends) == (
        "SOLACE Summit", "Coventry", date(2012, 10, 16), date(2012, 10, 18),
    )  # fmt: skip
    assert len(known.sightings) == 20


@pytest.mark.parametrize(
    "other",
    [
        a_summit(name="Summit"),
        a_summit(name="SOLACE Summit 2012", url=None),
        a_summit(name="The Summit", url=None, starts=date(2012, 10, 17), ends=date(2012, 10, 17)),
        a_summit(name=None),
        a_summit(starts=None, ends=None),
        a_summit(starts=None, ends=None, url=None),
        a_summit(url="http://www.events.example.org/summit-2012/book"),
        a_summit(url="https://elsewhere.example.org/summit"),
        a_summit(starts=date(2012, 11, 6), ends=date(2012, 11, 8)),
        a_summit(starts=datetime(2012, 10, 16, 8, tzinfo=UTC), ends=datetime(2012, 10, 18, 15, tzinfo=UTC), url=None),
    ],
)
def test_an_address_or_else_a_name_with_overlapping_days_makes_one_event(other: Understanding) -> None:
    assert len(merged(a_sighting(a_summit()), a_sighting(other))) == 1


@pytest.mark.parametrize(
    "other",
    [
        a_summit(name="Scotland Conference"),
        a_summit(name="SOLACE Summit Dinner", starts=date(2012, 10, 17), ends=date(2012, 10, 17)),
        a_summit(name="SOLACE Summit 2013", starts=date(2013, 4, 9), ends=date(2013, 4, 11)),
        a_summit(starts=date(2013, 10, 15), ends=date(2013, 10, 17), year_said=True),
        a_summit(starts=date(2012, 11, 6), ends=date(2012, 11, 8), url=None),
    ],
)
def test_another_name_or_another_year_makes_another_event(other: Understanding) -> None:
    assert len(merged(a_sighting(a_summit()), a_sighting(other))) == 2


def test_the_address_of_a_host_is_the_address_of_no_event() -> None:
    home = "https://www.example.org/"
    nameless = a_summit(name=None, starts=date(2012, 11, 5), ends=date(2012, 11, 5), url=home)
    assert len(merged(a_sighting(a_summit(url=home)), a_sighting(nameless))) == 2


def test_the_more_exact_source_wins_field_by_field_and_each_field_says_from_where() -> None:
    days = {"starts": date(2012, 10, 17), "ends": date(2012, 10, 19)}
    calendar = a_sighting(a_summit(place=None, **days), origin=Origin.CALENDAR, uid="1")
    config = a_sighting(Understanding(name="The SOLACE Summit", url=BOOKING), origin=Origin.CONFIG, uid="summit")
    blurb = a_sighting(a_summit())
    (known,) = merged(blurb, config, calendar)
    assert (known.name, known.place) == ("The SOLACE Summit", "Coventry")
    assert (known.starts, known.ends) == (days["starts"], days["ends"])
    assert known.known_from == {
        "name": config.source, "place": blurb.source, "starts": calendar.source, "url": config.source,
    }  # fmt: skip
    assert known.certainty is Certainty.CERTAIN


def test_of_equals_the_newest_wins_so_a_moved_event_has_its_new_days() -> None:
    moved = {"starts": date(2012, 10, 23), "ends": date(2012, 10, 25), "standing": EventStatus.MOVED}
    old, new = a_sighting(a_summit()), a_sighting(a_summit(**moved), said=MAY + timedelta(days=7))
    (known,) = merged(new, old)
    assert (known.starts, known.standing) == (moved["starts"], EventStatus.MOVED)


def test_a_certain_reading_wins_over_a_newer_one_in_doubt() -> None:
    doubtful = a_summit(starts=date(2012, 10, 17), ends=date(2012, 10, 17), certainty=Certainty.TENTATIVE)
    (known,) = merged(a_sighting(a_summit()), a_sighting(doubtful, said=MAY + timedelta(days=7)))
    assert (known.starts, known.certainty) == (date(2012, 10, 16), Certainty.CERTAIN)


def test_who_calls_off_an_event_need_not_repeat_its_days() -> None:
    off = Understanding(name="SOLACE Summit", standing=EventStatus.CANCELLED)
    (known,) = merged(a_sighting(a_summit()), a_sighting(off, said=MAY + timedelta(days=30)))
    assert (known.standing, known.starts) == (EventStatus.CANCELLED, date(2012, 10, 16))


def test_two_events_of_one_calendar_stay_two() -> None:
    one, other = (a_sighting(a_summit(), origin=Origin.CALENDAR, uid=uid) for uid in ("1", "2"))
    assert len(merged(one, other)) == 2


def test_of_a_series_the_occurrence_is_meant_that_is_on_the_days() -> None:
    days = [date(2012, month, 16) for month in (9, 10, 11)]
    series = [
        a_sighting(a_summit(name="Housing Webinar", starts=day, ends=day), origin=Origin.CALENDAR, uid=f"1/{day}")
        for day in days
    ]
    blurb = a_sighting(a_summit(name="Webinar", starts=days[1], ends=days[1]))
    events = merged(*series, blurb)
    assert [len(event.sightings) for event in events] == [1, 2, 1]


def test_one_id_in_two_calendars_is_of_one_event_only_where_the_names_agree() -> None:
    one = a_sighting(a_summit(url=None), origin=Origin.CALENDAR, uid="1")
    moved = a_summit(url=None, starts=date(2013, 3, 5), ends=date(2013, 3, 7))
    other = a_sighting(moved, origin=Origin.CALENDAR, said=MAY + timedelta(days=1), uid="1")
    assert len(merged(one, other)) == 1
    assert len(merged(one, replace(other, told=replace(moved, name="Scotland Conference")))) == 2


def test_a_paragraph_left_standing_long_after_its_event_makes_no_event_of_the_next_year() -> None:
    blurb = Blurb(text="Join us at the SOLACE Summit in Coventry on 16-18 October. Book here.", links=(BOOKING,))
    posts = [MAY, MAY + timedelta(days=90), datetime(2012, 11, 1, tzinfo=UTC), datetime(2013, 3, 1, tzinfo=UTC)]
    sightings = [
        a_sighting(told, said=said) for said in posts for told in understand(blurb, published=said, zone=LONDON)
    ]
    assert [one.told.starts for one in sightings][-1] == date(2013, 10, 16)
    (known,) = merged(*sightings)
    assert (known.starts, known.ends) == (date(2012, 10, 16), date(2012, 10, 18))


TOLD = st.builds(
    lambda name, place, day, length, url, certainty, standing: Understanding(
        name=name,
        place=place,
        starts=day,
        ends=day and day + timedelta(days=length),
        url=url,
        certainty=certainty,
        standing=standing,
    ),
    st.sampled_from([None, "SOLACE Summit", "Summit", "SOLACE Summit 2012", "Scotland Conference"]),
    st.sampled_from([None, "Coventry", "Perth"]),
    st.none() | st.dates(date(2012, 9, 1), date(2013, 11, 1)),
    st.integers(0, 3),
    st.sampled_from([None, BOOKING, "https://events.example.org/scotland", "https://example.org/"]),
    st.sampled_from(Certainty),
    st.sampled_from(EventStatus),
)
SIGHTINGS = st.lists(
    st.builds(
        lambda told, origin, days: a_sighting(told, origin=origin, said=MAY + timedelta(days=days)),
        TOLD,
        st.sampled_from(Origin),
        st.integers(0, 300),
    ),
    max_size=8,
)


@given(sightings=SIGHTINGS, seed=st.integers())
def test_the_order_of_sightings_makes_no_difference(sightings: list[Sighting], seed: int) -> None:
    shuffled = random.Random(seed).sample(sightings, len(sightings))
    assert merged(*shuffled) == merged(*sightings)


@given(sightings=SIGHTINGS)
def test_nothing_is_lost_or_made_up(sightings: list[Sighting]) -> None:
    events = merged(*sightings)
    assert sorted(map(repr, sightings)) == sorted(repr(one) for event in events for one in event.sightings)
    for event in events:
        told = [one.told for one in event.sightings]
        assert (event.starts, event.ends) in [(one.starts, one.ends) for one in told]
        assert {event.name, event.place, event.url} <= {None} | {
            value for one in told for value in (one.name, one.place, one.url)
        }
        assert set(event.known_from.values()) <= {one.source for one in event.sightings}


WORDS = "SOLACE Summit Summits Housing Awards Round Table Forum the of 2012 Annual Leeds AGM Study Tour"
NAMES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=4).map(" ".join)


@given(one=NAMES, other=NAMES, urls=st.tuples(*[st.sampled_from([None, BOOKING, "https://www.example.org/a/"])] * 2))
def test_two_sightings_are_of_one_event_just_where_they_are_the_same(
    one: str, other: str, urls: tuple[str | None, str | None]
) -> None:
    assume(one != other)
    first, second = (a_sighting(a_summit(name=name, url=url)) for name, url in zip((one, other), urls, strict=True))
    assert (len(merged(first, second)) == 1) == same(first, second, LONDON)


def _many(wordings: int) -> list[Sighting]:
    """Posts that tell of an event each in words of their own, beside a calendar of a quarter as many."""
    kinds = ["Summit", "Forum", "Conference", "Lecture"]
    told = [a_summit(name=f"Town{number} {kinds[number % 4]}", url=None) for number in range(wordings)]
    calendar = [a_sighting(one, origin=Origin.CALENDAR, uid=str(at)) for at, one in enumerate(told[::4])]
    return [*map(a_sighting, told), *calendar]


def test_merging_many_wordings_takes_steps_in_proportion_to_them() -> None:
    few, many = _many(50), _many(400)
    assert len(merged(*many)) == 400
    assert steps(lambda: merged(*many)) <= 12 * steps(lambda: merged(*few))


REAL = Path(__file__).parents[3] / "shared" / "kit" / "wordpress" / "data"


@pytest.mark.real
def test_the_real_paragraph_is_one_event_with_right_days_however_long_it_recurs() -> None:
    if not REAL.is_dir():
        pytest.skip("the posts of the real blog are not here")
    posts = [read("", path.read_text(), url="https://blog.example.org/") for path in sorted(REAL.glob("post-*.html"))]
    weeks = [MAY + timedelta(weeks=week) for week in range(45)]
    (known,) = merged(
        *(
            a_sighting(told, said=said)
            for said in weeks
            for post in posts
            for blurb in post.blurbs
            for told in understand(blurb, published=said, zone=LONDON)
        )
    )
    assert (known.name, known.place) == ("SOLACE Summit", "Coventry")
    assert (known.starts, known.ends) == (date(2012, 10, 16), date(2012, 10, 18))
    assert known.certainty is Certainty.CERTAIN
    assert "book" in (known.url or "")
