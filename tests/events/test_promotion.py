"""Which events an edition promotes: those to come, nearest first, never one that is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.events.promotion import nearness, news, promotions
from solacefeed.models.events import Event, EventStatus, Promotion
from solacefeed.views.events import event_view
from tests.support.builders import LONDON, MONDAY, an_event

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TODAY = date(2026, 11, 23)


def promoted(
    *events: Event,
    now: datetime = MONDAY,
    ahead: timedelta = 180 * DAY,
    most: int = 3,
    slugs: frozenset[str] | None = None,
) -> list[str]:
    chosen = promotions(events, now, ahead=ahead, most=most, zone=LONDON, language="en-GB", slugs=slugs)
    return [promotion.event.id for promotion in chosen]


def in_days(days: int, *, name: str | None = None, length: int = 1) -> Event:
    starts = TODAY + days * DAY
    return an_event(id=name or f"in-{days}", starts=starts, ends=starts + (length - 1) * DAY)


def test_the_nearest_event_stands_first() -> None:
    assert promoted(in_days(60), in_days(5), in_days(20)) == ["in-5", "in-20", "in-60"]


def test_events_of_one_day_always_stand_in_the_same_order() -> None:
    one, other = in_days(5, name="b"), in_days(5, name="a")
    assert promoted(one, other) == promoted(other, one) == ["a", "b"]


def test_no_more_events_are_promoted_than_the_digest_wants() -> None:
    assert promoted(*map(in_days, range(1, 9)), most=2) == ["in-1", "in-2"]
    assert promoted(in_days(1), most=0) == []


def test_an_event_is_promoted_from_its_time_ahead_and_not_before() -> None:
    begins = datetime(2027, 4, 12, 23, tzinfo=UTC)
    event = an_event(starts=date(2027, 4, 13))
    assert promoted(event, now=begins - 30 * DAY - SECOND, ahead=30 * DAY) == []
    assert promoted(event, now=begins - 29 * DAY, ahead=30 * DAY) == ["summit"]


def test_a_digest_that_promotes_nothing_ahead_promotes_nothing_at_all() -> None:
    assert promoted(in_days(0), in_days(1), ahead=timedelta()) == []


@pytest.mark.parametrize(
    ("event", "last_moment"),
    [
        pytest.param(an_event(starts=date(2026, 10, 16), ends=date(2026, 10, 18)), (2026, 10, 18, 23), id="all day"),
        pytest.param(an_event(starts=date(2026, 11, 23)), (2026, 11, 24, 0), id="one day, in winter"),
        pytest.param(
            an_event(starts=datetime(2026, 12, 8, 10, tzinfo=UTC), ends=datetime(2026, 12, 8, 16, tzinfo=UTC)),
            (2026, 12, 8, 16),
            id="hours",
        ),
    ],
)
def test_an_event_that_is_on_is_promoted_to_its_last_moment_and_never_when_it_is_over(
    event: Event, last_moment: tuple[int, int, int, int]
) -> None:
    over = datetime(*last_moment, tzinfo=UTC)
    assert promoted(event, now=over - SECOND) == ["summit"]
    assert promoted(event, now=over) == []


@pytest.mark.parametrize(
    ("categories", "slugs", "shown"),
    [
        pytest.param((), {"housing"}, True, id="an event for everyone"),
        pytest.param(("housing",), {"housing", "scotland"}, True, id="one of the reader's categories"),
        pytest.param(("education",), {"housing"}, False, id="none of them"),
        pytest.param(("education",), None, True, id="a reader who takes everything"),
    ],
)
def test_a_reader_is_told_of_events_in_the_chosen_categories(
    categories: tuple[str, ...], slugs: set[str] | None, shown: bool
) -> None:
    event = an_event(categories=categories)
    assert promoted(event, slugs=frozenset(slugs) if slugs is not None else None) == (["summit"] if shown else [])


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        (date(2012, 10, 16), date(2012, 10, 18), "16 to 18 October 2012"),
        (date(2012, 10, 16), date(2012, 10, 16), "16 October 2012"),
        (date(2026, 11, 30), date(2026, 12, 2), "30 November to 2 December 2026"),
        (date(2026, 12, 31), date(2027, 1, 1), "31 December 2026 to 1 January 2027"),
        (
            datetime(2026, 12, 8, 10, tzinfo=UTC),
            datetime(2026, 12, 8, 16, tzinfo=UTC),
            "8 December 2026, 10:00 to 16:00",
        ),
        (datetime(2026, 12, 8, 10, tzinfo=UTC), datetime(2026, 12, 8, 10, tzinfo=UTC), "8 December 2026, 10:00"),
        (datetime(2026, 7, 8, 9, tzinfo=UTC), datetime(2026, 7, 8, 16, 30, tzinfo=UTC), "8 July 2026, 10:00 to 17:30"),
        (
            datetime(2026, 12, 8, 10, tzinfo=UTC),
            datetime(2026, 12, 9, 12, tzinfo=UTC),
            "8 to 9 December 2026, from 10:00 on the first day to 12:00 on the last",
        ),
        (
            datetime(2026, 12, 30, 9, 30, tzinfo=UTC),
            datetime(2027, 1, 2, 16, tzinfo=UTC),
            "30 December 2026 to 2 January 2027, from 09:30 on the first day to 16:00 on the last",
        ),
        (
            datetime(2026, 12, 31, 22, tzinfo=UTC),
            datetime(2027, 1, 1, 2, tzinfo=UTC),
            "31 December 2026, 22:00 to 02:00 the next day",
        ),
        (
            datetime(2026, 12, 8, 18, tzinfo=UTC),
            datetime(2026, 12, 9, tzinfo=UTC),
            "8 December 2026, 18:00 to midnight",
        ),
        (
            datetime(2026, 12, 8, 9, tzinfo=UTC),
            datetime(2026, 12, 10, tzinfo=UTC),
            "8 to 9 December 2026, from 09:00 on the first day to midnight on the last",
        ),
    ],
)
def test_an_events_time_is_said_by_the_blogs_clock(starts: date | datetime, ends: date | datetime, words: str) -> None:
    assert event_view(an_event(starts=starts, ends=ends), LONDON, "en-GB").when == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "On now"),
        (1, "Tomorrow"),
        (2, "In two days"),
        (6, "In six days"),
        (7, "Next week"),
        (13, "Next week"),
        (14, "In two weeks"),
        (17, "In two weeks"),
        (18, "In three weeks"),
        (21, "In three weeks"),
        (24, "In three weeks"),
        (25, "In four weeks"),
        (59, "In eight weeks"),
        (60, "In two months"),
        (76, "In two months"),
        (77, "In three months"),
        (91, "In three months"),
        (180, "In six months"),
        (365, "In twelve months"),
    ],
)
def test_the_time_left_is_said_in_a_line_that_fits_it(days: int, words: str) -> None:
    assert nearness(in_days(days), MONDAY, LONDON) == words


@pytest.mark.parametrize(
    ("now", "starts", "words"),
    [
        pytest.param((2026, 11, 23, 8), (2026, 11, 23, 10), "Today", id="later today"),
        pytest.param((2026, 11, 23, 10), (2026, 11, 23, 10), "On now", id="the moment it begins"),
        pytest.param((2026, 7, 1, 23, 30), (2026, 7, 2, 9), "Today", id="today by the blog's clock"),
        pytest.param((2026, 11, 29, 8), (2026, 12, 6, 10), "Next week", id="Sunday to Sunday"),
        pytest.param(
            (2026, 11, 29, 8), (2026, 12, 7, 10), "In eight days", id="from a Sunday to the Monday after next"
        ),
        pytest.param(
            (2026, 11, 29, 8), (2026, 12, 12, 10), "In 13 days", id="from a Sunday to the Saturday after next"
        ),
        pytest.param((2026, 11, 29, 8), (2026, 12, 13, 10), "In two weeks", id="from a Sunday to the one after next"),
        pytest.param(
            (2026, 11, 28, 8), (2026, 12, 7, 10), "In nine days", id="from a Saturday to the Monday after next"
        ),
        pytest.param((2026, 12, 28, 8), (2027, 1, 6, 10), "Next week", id="over new year"),
    ],
)
def test_the_time_left_is_counted_in_the_blogs_days(now: tuple[int, ...], starts: tuple[int, ...], words: str) -> None:
    begins = datetime(*starts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute
    event = an_event(starts=begins, ends=begins + timedelta(hours=2))
    assert nearness(event, datetime(*now, tzinfo=UTC), LONDON) == words  # type: ignore[arg-type,misc]  # as above


@pytest.mark.parametrize(
    ("today", "book_by", "line", "bookable"),
    [
        pytest.param(date(2027, 3, 18), date(2027, 3, 26), "In four weeks", True, id="more than a week before"),
        pytest.param(
            date(2027, 3, 20), date(2027, 3, 26), "Last chance to book by 26 March 2027", True, id="the last week"
        ),
        pytest.param(date(2027, 3, 26), date(2027, 3, 26), "Last chance to book today", True, id="the last day"),
        pytest.param(date(2027, 3, 27), date(2027, 3, 26), "In two weeks", False, id="too late"),
        pytest.param(date(2027, 4, 12), date(2027, 4, 12), "Last chance to book today", True, id="the day before it"),
        pytest.param(date(2027, 4, 14), date(2027, 4, 14), "On now", True, id="while it is on"),
    ],
)
def test_the_last_week_to_book_is_said_and_the_first_day_too_late_is_known(
    today: date, book_by: date, line: str, bookable: bool
) -> None:
    event = replace(an_event(ends=date(2027, 4, 15)), book_by=book_by)
    now = datetime.combine(today, time(8), LONDON)
    (promotion,) = promotions([event], now, ahead=180 * DAY, most=1, zone=LONDON, language="en-GB", slugs=None)
    assert (promotion.nearness, promotion.bookable) == (line, bookable)


@pytest.mark.parametrize("standing", [EventStatus.CANCELLED, EventStatus.POSTPONED])
def test_an_event_that_is_cancelled_or_postponed_is_promoted_no_more(standing: EventStatus) -> None:
    assert promoted(in_days(3), replace(in_days(5), standing=standing)) == ["in-3"]


@pytest.mark.parametrize(
    ("standing", "known_for", "words"),
    [
        pytest.param(EventStatus.SCHEDULED, 2 * DAY, "Just announced", id="known since Saturday"),
        pytest.param(EventStatus.SCHEDULED, 7 * DAY, None, id="known for a week"),
        pytest.param(EventStatus.SCHEDULED, None, None, id="nobody knows since when"),
        pytest.param(EventStatus.MOVED, 2 * DAY, "New date", id="moved"),
    ],
)
def test_what_a_reader_may_not_know_yet_is_said_first(
    standing: EventStatus, known_for: timedelta | None, words: str | None
) -> None:
    since = MONDAY - known_for if known_for is not None else None
    assert news(replace(in_days(30), standing=standing, known_since=since), MONDAY, LONDON) == words


def test_nothing_is_news_any_more_once_the_event_is_on() -> None:
    assert news(replace(in_days(0), standing=EventStatus.MOVED, known_since=MONDAY), MONDAY, LONDON) is None


def test_an_event_that_a_reader_has_had_often_enough_makes_room_for_the_next() -> None:
    chosen = promotions(
        map(in_days, (1, 2, 3)),
        MONDAY,
        ahead=180 * DAY,
        most=2,
        zone=LONDON,
        language="en-GB",
        slugs=None,
        withheld=frozenset({"in-1"}),
    )
    assert [promotion.event.id for promotion in chosen] == ["in-2", "in-3"]


@given(
    starts=st.lists(st.integers(-40, 400), max_size=8),
    length=st.integers(1, 5),
    ahead=st.integers(0, 200).map(lambda days: days * DAY),
    most=st.integers(0, 5),
)
def test_whatever_is_promoted_is_to_come_or_on_and_in_order(
    starts: list[int], length: int, ahead: timedelta, most: int
) -> None:
    events = [in_days(days, name=f"{number}", length=length) for number, days in enumerate(starts)]
    chosen: tuple[Promotion, ...] = promotions(
        events, MONDAY, ahead=ahead, most=most, zone=LONDON, language="en", slugs=None
    )
    begins = [promotion.event.begins_at(LONDON) for promotion in chosen]
    assert len(chosen) <= most
    assert begins == sorted(begins)
    assert all(promotion.event.over_at(LONDON) > MONDAY for promotion in chosen)
    assert all(instant <= MONDAY + ahead for instant in begins)


def told(*events: Event, now: datetime = MONDAY, most: int = 3) -> list[Promotion]:
    return list(promotions(events, now, ahead=180 * DAY, most=most, zone=LONDON, language="en-GB", slugs=None))


def test_a_weekly_series_takes_one_place_and_says_until_when_it_goes_on() -> None:
    weekly, other = map(in_days, (1, 8, 15, 22)), replace(in_days(9), name="Housing day")
    first, second = told(*weekly, other, most=2)
    assert (first.event.id, first.every, first.until) == ("in-1", 1, TODAY + 22 * DAY)
    assert (second.event.id, second.every, second.until) == ("in-9", None, None)


@pytest.mark.parametrize(
    ("days", "every", "until"),
    [
        pytest.param((1, 8), 0, 8, id="once more"),
        pytest.param((1, 15, 29), 2, 29, id="every two weeks"),
        pytest.param((1, 8, 29, 36), 1, 36, id="weekly, but for Christmas"),
        pytest.param((1, 29, 57), None, None, id="every four weeks is a date of its own"),
        pytest.param((1, 9), None, None, id="on another weekday"),
        pytest.param((1,), None, None, id="alone"),
    ],
)
def test_what_recurs_is_known_by_its_distances(days: tuple[int, ...], every: int | None, until: int | None) -> None:
    first, *others = told(*map(in_days, days))
    assert (first.every, first.until) == (every, None if until is None else TODAY + until * DAY)
    assert len(others) == (0 if until else len(days) - 1)


def test_what_has_another_place_or_another_hour_is_no_series() -> None:
    at_ten = an_event(id="ten", starts=MONDAY + DAY, ends=MONDAY + DAY)
    at_noon = an_event(id="noon", starts=MONDAY + 8 * DAY + timedelta(hours=2), ends=MONDAY + 9 * DAY)
    elsewhere = replace(at_ten, id="york", place="York", starts=MONDAY + 15 * DAY, ends=MONDAY + 15 * DAY)
    assert [each.until for each in told(at_ten, at_noon, elsewhere)] == [None, None, None]


def test_a_series_goes_on_by_the_clock_when_summer_time_begins() -> None:
    starts = datetime(2027, 3, 23, 10, tzinfo=LONDON)
    events = [an_event(id=str(n), starts=starts + n * 7 * DAY, ends=starts + n * 7 * DAY) for n in range(3)]
    (only,) = told(*events, now=datetime(2027, 3, 1, tzinfo=UTC))
    assert (only.event.id, only.until) == ("0", date(2027, 4, 6))


def test_the_last_one_of_a_series_goes_on_no_more() -> None:
    (only,) = told(in_days(-7), in_days(0), now=MONDAY)
    assert (only.event.id, only.until) == ("in-0", None)


def test_what_was_just_announced_is_said_where_not_everything_was() -> None:
    new = replace(in_days(3), name="New", known_since=MONDAY - DAY)
    old = replace(in_days(5), name="Old", known_since=MONDAY - 30 * DAY)
    assert [each.news for each in told(new, old)] == ["Just announced", None]
    assert [each.news for each in told(new, replace(old, known_since=MONDAY - DAY))] == [None, None]
    assert [each.news for each in told(new)] == [None]


def test_an_event_beyond_the_places_of_a_mail_is_known_all_the_same() -> None:
    new = replace(in_days(3), name="New", known_since=MONDAY - DAY)
    old = replace(in_days(5), name="Old", known_since=MONDAY - 30 * DAY)
    assert [each.news for each in told(new, old, most=1)] == ["Just announced"]
