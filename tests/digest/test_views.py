"""What an edition shows to one selection."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from solacefeed.digest.edition_view import EditionView, PromotionView, StoryView
from solacefeed.digest.views import Imprint, covered_days, edition_view
from solacefeed.models.editions import Correction, Editing, Period, Pick
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
    assert (post.published, post.author, post.role) == ("2 July", "Jo Carver", "Chief Executive of Saltby")


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


def many(count: int, **said: Any) -> EditionView:
    posts = [a_post(id=str(number), category_ids=("1",) if number % 3 else ("4",)) for number in range(count)]
    return shown(*posts, **said)


@pytest.mark.parametrize(
    ("posts", "features", "titles"),
    [(0, 0, 0), (1, 0, 0), (2, 1, 0), (5, 4, 0), (6, 3, 2), (25, 3, 21)],
)
def test_one_leads_three_or_four_have_excerpts_and_the_rest_are_titles(posts: int, features: int, titles: int) -> None:
    view = many(posts)
    assert (len(view.features), len(view.titles), view.count) == (features, titles, posts)


def test_what_it_is_about_is_counted_once_a_post_where_there_are_more_than_five() -> None:
    assert many(5).topics == ()
    assert [(topic.label, topic.posts) for topic in many(7).topics] == [("Housing", 4), ("Scotland", 3)]
    assert many(7).count == 7


def test_what_came_while_the_reader_was_away_stands_apart() -> None:
    posts = [a_post(id="1"), a_post(id="2", title="In May")]
    picks = [Pick(post_id="1", because=()), Pick(post_id="2", because=(), away=True)]
    view = edition_view(IMPRINT, PERIOD, picks, {post.id: post for post in posts}, (), labels=LABELS)
    assert (the_lead(view).title, view.features, [post.title for post in view.away]) == (posts[0].title, (), ["In May"])


def test_the_editors_words_are_paragraphs_of_one_line_each() -> None:
    editing = Editing(
        subject=" The week\nin rain ", opening="Good\tmorning.\n\nIt rains.", notices=(" One \n line ", "  ")
    )
    view = shown(editing=editing)
    assert (view.opening, view.notices) == (("Good morning.", "It rains."), ("One line",))
    assert view.subject == "The week in rain"
    assert (shown().opening, shown().subject) == ((), None)


def test_a_correction_tells_the_old_title_where_it_was_another() -> None:
    renamed = Correction(key="a", post_id="1", old_title="Old", new_title="New", url="https://blog.example.org/1")
    withdrawn = replace(renamed, old_title="", new_title=None, url=None)
    edited = replace(renamed, old_title="New", words="Four, not five.")
    told = shown(corrections=(renamed, withdrawn, edited)).corrections
    assert [(each.title, each.old_title, each.words) for each in told] == [
        ("New", "Old", None),
        (None, None, None),
        ("New", None, "Four, not five."),
    ]


def test_a_mail_in_a_readers_own_language_says_which_words_are_the_blogs() -> None:
    view = shown(a_post(), language="cy")
    assert (view.language, view.site_language, the_lead(view).language) == ("cy", "en-GB", "en-GB")
    assert the_lead(view).published == "18 Tach"
    assert (shown(a_post(), language="tlh").language, shown(a_post()).site_language) == ("en-GB", None)


def test_a_title_of_a_thousand_words_is_cut() -> None:
    title = the_lead(shown(a_post(title="word " * 1000))).title
    assert len(title) <= 300
    assert title.endswith("word…")


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        pytest.param(date(2026, 12, 8), date(2026, 12, 8), "Tue 8 December", id="a day of this year"),
        pytest.param(date(2027, 1, 5), date(2027, 1, 5), "Tue 5 January 2027", id="a day of another year"),
        pytest.param(date(2026, 12, 8), date(2026, 12, 10), "Tue 8 to Thu 10 December", id="days of a month"),
        pytest.param(date(2026, 11, 30), date(2026, 12, 1), "Mon 30 November to Tue 1 December", id="of two months"),
        pytest.param(
            date(2026, 12, 31), date(2027, 1, 1), "Thu 31 December 2026 to Fri 1 January 2027", id="of two years"
        ),
        pytest.param(
            datetime(2026, 12, 8, 10, tzinfo=UTC),
            datetime(2026, 12, 8, 16, tzinfo=UTC),
            "Tue 8 December, 10:00 to 16:00",
            id="hours",
        ),
        pytest.param(
            datetime(2026, 12, 8, 22, tzinfo=UTC),
            datetime(2026, 12, 9, 2, tzinfo=UTC),
            "Tue 8 December, 22:00 to 02:00",
            id="a night",
        ),
        pytest.param(
            datetime(2026, 12, 8, 10, tzinfo=UTC),
            datetime(2026, 12, 9, 16, tzinfo=UTC),
            "Tue 8 to Wed 9 December, from 10:00",
            id="days with hours",
        ),
        pytest.param(
            datetime(2026, 12, 8, 10, tzinfo=UTC),
            datetime(2026, 12, 8, 10, tzinfo=UTC),
            "Tue 8 December, 10:00",
            id="-",
        ),
    ],
)
def test_an_event_is_told_with_its_weekday(starts: date, ends: date, words: str) -> None:
    event = replace(an_event(), starts=starts, ends=ends)
    view = edition_view(IMPRINT, PERIOD, [], {}, (Promotion(event=event, nearness="Soon"),), labels={})
    assert view.promotions[0].when == words


def test_a_series_says_until_when_it_goes_on() -> None:
    promotion = replace(a_promotion(), every=1, until=date(2026, 12, 15))
    assert (carded(promotion).every, carded(promotion).until) == (1, "Tue 15 December")
