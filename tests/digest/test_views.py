"""What an edition shows to one selection."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from solacefeed.digest.rendering import EditionView, PromotionView, StoryView
from solacefeed.digest.views import Imprint, covered_days, edition_view
from solacefeed.models.editions import Period, Pick
from solacefeed.models.events import Promotion
from solacefeed.models.posts import Byline, Post
from solacefeed.site import Site
from tests.support.builders import LONDON, MONDAY, WEEK, a_post, an_event, category_ids

IMPRINT = Imprint(
    site=Site(
        title="Officers' Blog",
        url="https://blog.example.org",
        organisation="Society of Officers",
        language="en-GB",
        zone=LONDON,
        base_url=("https://feeds.example.org/").removesuffix("/"),
        tag_authority="example.org,2012",
    ),
    digest_title="Weekly digest",
    postal_address=None,
)
PERIOD = Period(starts=datetime(2026, 11, 16, 7, tzinfo=UTC), ends=datetime(2026, 11, 23, 7, tzinfo=UTC))
LABELS = dict(zip(category_ids("4", "1", "2"), ("Scotland", "Housing", "Education"), strict=True))


def shown(*posts: Post, because: tuple[str, ...] = (), **said: Any) -> EditionView:
    return edition_view(
        IMPRINT,
        PERIOD,
        [Pick(post_id=post.id, because=category_ids(*because)) for post in posts],
        {post.id: post for post in posts},
        (),
        labels=LABELS,
        **said,
    )


def the_lead(view: EditionView) -> StoryView:
    assert view.lead
    return view.lead


@pytest.mark.parametrize(
    ("starts", "ends", "first", "last"),
    [
        pytest.param("2026-11-16T07:00", "2026-11-23T07:00", (11, 16), (11, 22), id="morning: up to the day before"),
        pytest.param("2026-11-16T17:00", "2026-11-23T17:00", (11, 16), (11, 23), id="evening: that day too"),
        pytest.param("2026-11-23T07:00", "2026-11-26T07:00", (11, 23), (11, 25), id="half a week"),
        pytest.param("2026-11-23T07:00", "2026-11-23T09:00", (11, 23), (11, 23), id="two hours are a day"),
        pytest.param("2026-03-23T07:00", "2026-03-30T06:00", (3, 23), (3, 29), id="over the end of winter time"),
        pytest.param("2026-06-28T23:30", "2026-07-05T23:30", (6, 29), (7, 5), id="days are the blog's, not UTC's"),
    ],
)
def test_an_edition_speaks_of_the_days_that_it_covers(
    starts: str, ends: str, first: tuple[int, int], last: tuple[int, int]
) -> None:
    period = Period(
        starts=datetime.fromisoformat(starts).replace(tzinfo=UTC), ends=datetime.fromisoformat(ends).replace(tzinfo=UTC)
    )
    assert covered_days(period, LONDON) == (date(2026, *first), date(2026, *last))


def test_an_edition_says_when_it_closed_and_what_it_covers() -> None:
    view = shown(a_post())
    assert (view.day, view.span) == ("23 November 2026", "16 to 22 November 2026")


def test_a_post_stands_under_two_labels_at_most_the_readers_own_first() -> None:
    post = a_post(category_ids=("1", "4", "77", "2"))
    assert the_lead(shown(post)).categories == ("Scotland", "Housing")
    assert the_lead(shown(post, because=("2",))).categories == ("Education", "Scotland")
    assert the_lead(shown(a_post(category_ids=("1",)), because=("4",))).categories == ("Scotland", "Housing")


def test_a_post_is_dated_by_the_blogs_clock_and_signed_with_its_writers_office() -> None:
    late = replace(
        a_post(published=datetime(2026, 7, 1, 23, 30, tzinfo=UTC)),
        byline=Byline(name="Jo Carver", role="Chief Executive of Saltby"),
    )
    post = the_lead(shown(late))
    assert (post.published, post.author, post.role) == ("2 July 2026", "Jo Carver", "Chief Executive of Saltby")


def test_posts_stand_in_the_order_of_their_picks() -> None:
    view = shown(a_post(id="2", title="New", published=MONDAY), a_post(id="1", title="Old", published=MONDAY - WEEK))
    assert [post.title for post in (the_lead(view), *view.features)] == ["New", "Old"]


def a_promotion(
    *, news: str | None = None, nearness: str = "Next week", bookable: bool = True, book_by: date | None = None
) -> Promotion:
    event = replace(an_event(id="summit"), book_by=book_by)
    return Promotion(event=event, nearness=nearness, news=news, bookable=bookable)


def carded(promotion: Promotion, **utm: str) -> PromotionView:
    view = edition_view(IMPRINT, PERIOD, [], {}, (promotion,), labels={}, utm=utm)
    return view.promotions[0]


@pytest.mark.parametrize(
    ("news", "line"),
    [(None, "Next week"), ("New date", "New date, next week"), ("Just announced", "Just announced, next week")],
)
def test_a_card_has_one_line_of_what_is_new_and_how_near_it_is(news: str | None, line: str) -> None:
    assert carded(a_promotion(news=news)).line == line


def test_a_card_adds_its_event_to_the_readers_own_calendar() -> None:
    assert carded(a_promotion()).calendar_url == "https://feeds.example.org/events/summit.ics"


def test_the_last_day_to_book_is_said_once_and_not_when_it_is_past() -> None:
    day = date(2027, 3, 26)
    assert carded(a_promotion(book_by=day)).book_by == "26 March 2027"
    assert carded(a_promotion(book_by=day, nearness="Last chance to book by 26 March 2027")).book_by is None
    assert carded(a_promotion(book_by=day, bookable=False)).book_by is None


def test_the_booking_link_says_where_it_was_clicked_and_the_calendars_does_not() -> None:
    card = carded(a_promotion(), source="digest")
    assert card.url == "https://events.example.org/summit?utm_source=digest"
    assert card.calendar_url == "https://feeds.example.org/events/summit.ics"
    assert carded(a_promotion()).url == "https://events.example.org/summit"
