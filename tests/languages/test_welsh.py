"""What a Welsh site says: each number in its form, dates and lists as Welsh has them, and ``lang`` true."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from babel import Locale

from solacefeed.catalogue import faults, is_said, ngettext, read
from solacefeed.events.promotion import nearness, news
from solacefeed.publish.atom import document, entry
from solacefeed.publish.directory import directory_view, index_page
from solacefeed.publish.editions import edition_entry
from solacefeed.publish.feeds import feed_of_all
from solacefeed.publish.page import feed_page, page_view
from solacefeed.templating import templates
from solacefeed.views.posts import counted_posts, reading_time
from solacefeed.words import day_words, listing, span_in_words, weekday_words
from tests.languages.updating import CATALOGUES
from tests.rendering.feed_world import COMMON, NAMING, a_document, an_edition, an_entry, listed, parsed
from tests.support.builders import LONDON, an_event, of_a_site

WELSH = of_a_site(NAMING, language="cy", title="Blog y Prif Swyddogion")
CATALOGUE = read(CATALOGUES / "cy.po")


def test_everything_is_said_in_welsh_and_nothing_would_break() -> None:
    told = [message for message in CATALOGUE if message.id]
    assert len(told) > 100
    assert [message.id for message in told if not is_said(message)] == []
    assert [message.id for message in told if faults(message, CATALOGUE.num_plurals)] == []


def test_the_plural_rule_is_that_of_cldr() -> None:
    forms = {number: ngettext("%(number)s post", "%(number)s posts", number, "cy", number="") for number in range(200)}
    categories = {number: Locale("cy").plural_form(number) for number in range(200)}
    assert len(set(categories.values())) == 6
    assert {categories[number] for number in (0, 1, 2, 3, 6, 7)} == set(categories.values())
    for one in range(200):
        assert forms[one] == forms[{"zero": 0, "one": 1, "two": 2, "few": 3, "many": 6, "other": 7}[categories[one]]]


@pytest.mark.parametrize(
    ("number", "posts", "days"),
    [
        (0, "Dim cofnodion", "Heddiw"),
        (1, "1 cofnod", "Ymhen diwrnod"),
        (2, "2 gofnod", "Ymhen dau ddiwrnod"),
        (3, "3 chofnod", "Ymhen tri diwrnod"),
        (4, "4 cofnod", "Ymhen 4 diwrnod"),
        (6, "6 chofnod", "Ymhen chwe diwrnod"),
        (11, "11 cofnod", "Ymhen 11 diwrnod"),
    ],
)
def test_each_number_has_its_form_and_its_mutation(number: int, posts: str, days: str) -> None:
    assert counted_posts(number, "cy-GB") == posts
    assert ngettext("In %(number)s day", "In %(number)s days", number, "cy") == days


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["Tai"], "Tai"),
        (["Tai", "Addysg"], "Tai ac Addysg"),
        (["Addysg", "Tai"], "Addysg a Tai"),
        (["Tai", "Yr Alban", "Ŵyn"], "Tai, Yr Alban ac Ŵyn"),
    ],
)
def test_names_are_listed_as_welsh_readers_list_them(names: list[str], words: str) -> None:
    assert listing(names, "cy") == words


def test_dates_and_times_are_welsh() -> None:
    assert day_words(date(2026, 12, 8), "cy") == "8 Rhagfyr 2026"
    assert weekday_words(date(2026, 12, 8), "cy-GB") == "Dydd Mawrth, 8 Rhagfyr 2026"
    begins, ends = datetime(2026, 12, 8, 9, 30, tzinfo=UTC), datetime(2026, 12, 9, tzinfo=UTC)
    assert span_in_words(begins, ends, UTC, "cy") == "8 Rhagfyr 2026, o 09:30 tan hanner nos"
    assert reading_time(2, "cy") == "Amser darllen: 2 funud"
    assert reading_time(0, "cy") is None


def test_how_near_an_event_is_is_told_in_welsh() -> None:
    now = datetime(2026, 11, 23, 7, tzinfo=UTC)
    event = replace(an_event(starts=date(2026, 12, 15)), known_since=now)
    assert nearness(event, now, LONDON, "cy") == "Ymhen tair wythnos"
    assert news(event, now, LONDON, "cy") == "Newydd ei gyhoeddi"
    assert nearness(replace(event, book_by=date(2026, 11, 27)), now, LONDON, "cy") == (
        "Cyfle olaf i archebu erbyn 27 Tachwedd 2026"
    )
    assert nearness(event, now + timedelta(days=21), LONDON, "cy") == "Yfory"


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 12, 2), "Ymhen 13 diwrnod"),
        (date(2026, 12, 6), "Ymhen 9 diwrnod"),
        (date(2026, 12, 7), "Yr wythnos nesaf"),
        (date(2026, 12, 1), "Ymhen dwy wythnos"),
        (date(2026, 11, 28), "Ymhen dwy wythnos"),
        (date(2026, 11, 27), "Ymhen tair wythnos"),
    ],
)
def test_the_days_and_weeks_to_an_event_are_counted_in_welsh(today: date, words: str) -> None:
    now = datetime.combine(today, time(8), LONDON)
    assert nearness(an_event(starts=date(2026, 12, 15), ends=date(2026, 12, 15)), now, LONDON, "cy") == words


def test_a_welsh_page_says_that_it_is_welsh_and_which_posts_are_not() -> None:
    posts = (
        an_entry(title="Pwy biau’r lleithder?"),
        an_entry(id="tag:x,2026:2", title="Who pays?", language="en", origin="the LGC"),
    )
    view = page_view(a_document(feed_of_all(WELSH), *posts, naming=WELSH), COMMON)
    page = parsed(feed_page(view, templates()))
    assert page.get("lang") == "cy"
    assert page.xpath("//h1/text()") == ["Pob cofnod"]
    assert [heading.get("lang") for heading in page.xpath("//article/h3")] == [None, "en"]
    assert [line.get("lang") for line in page.xpath("//p[@class='first']")] == ["en"]


def test_the_list_of_feeds_is_welsh() -> None:
    view = directory_view([listed(a_document(feed_of_all(WELSH), naming=WELSH), posts=2)], WELSH, COMMON)
    page = parsed(index_page(view, templates()))
    assert page.xpath("//title/text()") == ["Ffrydiau Blog y Prif Swyddogion"]
    assert "2 gofnod, y diweddaraf 18 Tachwedd 2026" in page.text_content()
    assert "Hefyd fel RSS" in re.sub(r"\s+", " ", page.text_content())


def test_a_welsh_feed_needs_no_mark_on_our_words_and_an_english_post_in_it_does() -> None:
    english = an_entry(language="en", events_url="https://feeds.example.org/events/", origin="the LGC")
    welsh = an_entry(id="tag:x,2026:2", events_url="https://feeds.example.org/events/", origin="the LGC")
    made = document(
        a_document(feed_of_all(WELSH), english, welsh, naming=WELSH), [entry(each, WELSH) for each in (english, welsh)]
    ).decode()
    assert 'xml:lang="cy"' in made
    assert '<subtitle type="xhtml">' in made
    link = '&gt;&lt;a href="https://feeds.example.org/events/"&gt;Digwyddiadau i ddod'
    assert made.count('&lt;p lang="cy"' + link) == 1
    assert made.count("&lt;p" + link) == 1
    assert made.count('&lt;p lang="en"&gt;First published in the LGC.') == 1


def test_an_edition_in_english_says_which_of_its_posts_is_welsh() -> None:
    posts = an_entry(), an_entry(id="tag:x,2026:2", title="Pwy sy’n talu?", language="cy")
    made = edition_entry(an_edition("2026-11-23", *posts), NAMING)
    assert re.findall(r"<li[^>]*>", made.content) == ["<li>", '<li lang="cy">']
