from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.words import (
    abbreviated_day_words,
    day_words,
    instant_words,
    interface,
    listing,
    marked,
    month_words,
    near_instant_words,
    short_weekday_words,
    span_in_words,
    span_words,
    theirs,
    weekday_alone,
    weekday_words,
)

#: How each of ours is said in CLDR's letters.
OURS = [
    (day_words, "d MMMM y"),
    (weekday_words, "EEEE d MMMM y"),
    (weekday_alone, "EEEE"),
    (short_weekday_words, "EEE d MMMM"),
    (month_words, "LLLL"),
]
SPANS = [
    ("2012-10-16", "2012-10-16", "16 October 2012"),
    ("2012-10-16", "2012-10-18", "16 to 18 October 2012"),
    ("2012-10-01", "2012-10-31", "1 to 31 October 2012"),
    ("2026-11-30", "2026-12-02", "30 November to 2 December 2026"),
    ("2026-01-31", "2026-12-31", "31 January to 31 December 2026"),
    ("2026-12-28", "2027-01-03", "28 December 2026 to 3 January 2027"),
    ("2026-12-28", "2027-12-28", "28 December 2026 to 28 December 2027"),
]


@pytest.mark.parametrize(("said", "pattern"), OURS)
def test_our_names_of_days_and_months_are_those_of_british_english(said: Callable[[date], str], pattern: str) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [said(day) for day in days] == [format_date(day, pattern, "en_GB") for day in days]


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2027, 1, 4, 9, 5, tzinfo=UTC), "4 January, 09:05 UTC"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "31 December 2026, 23:30 UTC"),
        (datetime(2027, 1, 4, 0, 30, tzinfo=ZoneInfo("Europe/Paris")), "3 January, 23:30 UTC"),
    ],
)
def test_an_operator_reads_of_late_without_the_year_and_of_another_year_with_it(instant: datetime, words: str) -> None:
    assert near_instant_words(instant, datetime(2027, 1, 5, tzinfo=UTC)) == words


def test_where_there_is_little_room_a_month_has_three_letters() -> None:
    days = [date(2027, month, 4) for month in (1, 5, 9)]
    assert [abbreviated_day_words(day) for day in days] == ["4 Jan 2027", "4 May 2027", "4 Sep 2027"]


@pytest.mark.parametrize(("starts", "ends", "words"), SPANS)
def test_a_span_says_nothing_twice(starts: str, ends: str, words: str) -> None:
    assert span_words(date.fromisoformat(starts), date.fromisoformat(ends), "en-GB") == words


@pytest.mark.parametrize("language", ["en", "en-GB", "en-US", "EN-au", "tlh", "", "no such language"])
def test_english_is_said_in_one_way_and_stands_in_for_what_nobody_knows(language: str) -> None:
    days = date(2012, 10, 16), date(2012, 10, 18)
    assert span_words(*days, language) == "16 to 18 October 2012"


@pytest.mark.parametrize(
    ("site", "ours", "mark"), [("en", "en", None), ("en-GB", "en-GB", None), ("fr", "en", "en"), ("eng", "en", "en")]
)
def test_our_words_are_english_whatever_the_posts_are_and_say_so(site: str, ours: str, mark: str | None) -> None:
    assert (interface(site), marked(site)) == (ours, mark)


@pytest.mark.parametrize(
    ("post", "site", "said"),
    [(None, "en-GB", None), ("en-GB", "en-GB", None), ("cy", "en-GB", "cy"), (None, "fr", "fr"), ("en", "fr", None)],
)
def test_a_post_in_another_language_than_the_words_around_it_says_so(
    post: str | None, site: str, said: str | None
) -> None:
    assert theirs(post, site) == said


@pytest.mark.parametrize(
    ("language", "day", "span", "names"),
    [
        ("de-DE", "16. Oktober 2012", "16.–18. Okt. 2012", "Bildung, Wohnen und Schottland"),
        ("es", "16 de octubre de 2012", "16–18 oct 2012", "Bildung, Wohnen y Schottland"),
        ("fr", "16 octobre 2012", "16–18 oct. 2012", "Bildung, Wohnen et Schottland"),
    ],
)
def test_another_language_has_its_own_ways(language: str, day: str, span: str, names: str) -> None:
    assert day_words(date(2012, 10, 16), language) == day
    assert span_words(date(2012, 10, 16), date(2012, 10, 18), language) == span
    assert listing(["Bildung", "Wohnen", "Schottland"], language) == names


def test_a_closing_day_has_its_weekday() -> None:
    assert weekday_words(date(2026, 11, 23)) == "Monday 23 November 2026"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["Housing"], "Housing"),
        (["Housing", "Education"], "Housing and Education"),
        (["Housing", "Education", "Scotland"], "Housing, Education and Scotland"),
    ],
)
def test_names_are_listed_as_british_readers_list_them(names: list[str], words: str) -> None:
    assert listing(names) == words


@given(st.dates(), st.dates())
def test_every_span_ends_with_its_whole_last_day_and_begins_with_its_first(one: date, other: date) -> None:
    starts, ends = sorted((one, other))
    words = span_words(starts, ends)
    assert words.endswith(day_words(ends))
    assert words.split()[0] == str(starts.day)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 800), st.booleans())
def test_no_range_says_a_month_of_one_year_or_a_year_twice(starts: date, days: int, timed: bool) -> None:
    ends = starts + timedelta(days=days)
    span = (datetime.combine(starts, time(9), UTC), datetime.combine(ends, time(16), UTC)) if timed else (starts, ends)
    words = Counter(span_in_words(*span, UTC, "en-GB").replace(",", " ").split())
    assert words[str(starts.year)] == words[str(ends.year)] == 1
    if (starts.year, starts.month) == (ends.year, ends.month):
        assert words[month_words(starts)] == 1
    assert not words.keys() & {"-", "–"}


def test_the_operator_reads_instants_in_utc_by_whatever_clock_they_are_told() -> None:
    assert instant_words(datetime(2026, 7, 6, 7, 5, tzinfo=ZoneInfo("Europe/London"))) == "2026-07-06 06:05 UTC"
