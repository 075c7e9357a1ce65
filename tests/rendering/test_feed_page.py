"""The page behind a feed's link, as a person and their browser read it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from solacefeed.publish.describing import Kin, describe, kinship
from solacefeed.publish.feeds import Feed, Term
from solacefeed.publish.page import (
    FeedPageView,
    PagesInCommon,
    author_stems,
    category_stems,
    feed_page,
    page_path,
    page_view,
)
from tests.rendering.feed_world import (
    COMMON,
    ENVIRONMENT,
    HOMELESSNESS,
    HOMES_AND_SCOTLAND,
    HOUSING,
    MARKUP,
    NAMING,
    NIGHT,
    ONE_LONG_WORD,
    RIGHT_TO_LEFT,
    SCOTLAND,
    a_category_feed,
    a_document,
    a_term,
    all_posts,
    an_author_feed,
    an_entry,
    the_page,
)
from tests.support.builders import a_category, of_a_site

FEEDS = [all_posts(), HOUSING, HOMELESSNESS, SCOTLAND, HOMES_AND_SCOTLAND, an_author_feed("Jo Carver")]


def a_view(**said: Any) -> FeedPageView:
    return replace(page_view(a_document(), COMMON), **said)


def links(page: Any) -> dict[str, str]:
    """Where the page's links lead, by their words."""
    return {" ".join(a.text_content().split()): a.get("href") for a in page.xpath("//a")}


# -- what it says -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "sentence"),
    [
        (all_posts(), "Every post of Chief Officers' Blog."),
        (SCOTLAND, "Every post of Chief Officers' Blog under Scotland."),
        (HOUSING, "Every post of Chief Officers' Blog under Housing, including Homelessness."),
        (HOMES_AND_SCOTLAND, "Every post of Chief Officers' Blog under Housing and Scotland, each once."),
        (an_author_feed("Jo Carver"), "Every post of Chief Officers' Blog by Jo Carver."),
    ],
    ids=lambda value: value.key if isinstance(value, Feed) else "",
)
def test_a_feed_says_in_one_sentence_what_it_brings(feed: Feed, sentence: str) -> None:
    assert describe(feed, NAMING, kinship(FEEDS)[feed.key].parts) == sentence


def test_a_category_with_very_many_below_it_counts_them() -> None:
    parts = [a_category_feed(number, f"ward-{number}") for number in range(30)]
    assert describe(HOUSING, NAMING, parts).endswith("under Housing, including 30 categories.")


def test_the_page_shows_each_entry_with_who_wrote_it_when_and_how_long_it_takes() -> None:
    article = the_page(a_view()).xpath("//article")[0]
    assert article.xpath("string(h3/a)") == "Who owns the damp?"
    assert article.xpath("h3/a/@href") == ["https://blog.example.org/who-owns-the-damp/"]
    assert article.xpath("string(p[@class='byline'])") == "Jo Carver, 18 November 2026 · 2 minutes to read"
    assert article.xpath("//time/@datetime") == ["2026-11-18T09:30:00Z"]
    assert article.xpath("string(p[@class='excerpt'])") == "A tenant reported damp eleven times."


def test_a_date_in_words_goes_by_the_sites_clock() -> None:
    page = the_page(page_view(a_document(HOUSING, an_entry(published=NIGHT)), COMMON))
    assert page.xpath("string(//time)") == "1 July 2026"
    assert page.xpath("string(//time/@datetime)") == "2026-06-30T23:30:00Z"


def test_at_most_twenty_entries_are_shown() -> None:
    entries = [an_entry(title=f"Post {number}") for number in range(30)]
    titles = the_page(page_view(a_document(HOUSING, *entries), COMMON)).xpath("//article/h3")
    assert [title.text_content() for title in titles] == [f"Post {number}" for number in range(20)]


def test_a_post_by_nobody_is_not_said_to_be_by_the_organisation() -> None:
    page = the_page(page_view(a_document(HOUSING, an_entry(author=NAMING.site.organisation)), COMMON))
    assert page.xpath("string(//p[@class='byline'])") == "18 November 2026 · 2 minutes to read"


def test_a_post_says_where_it_was_first_published_and_in_which_language_it_is() -> None:
    entry = an_entry(origin="the LGC on 17 May 2012", language="cy", minutes=0, summary="")
    page = the_page(page_view(a_document(HOUSING, entry), COMMON))
    assert page.xpath("string(//p[@class='first'])") == "First published in the LGC on 17 May 2012."
    assert page.xpath("//h3/@lang") == ["cy"]
    assert "to read" not in page.text_content()
    assert page.xpath("//p[@class='excerpt']") == []


def test_a_feed_without_posts_says_so() -> None:
    document = replace(a_document(), entries=())
    assert "There is nothing here yet." in the_page(page_view(document, COMMON)).xpath("string(//main)")


# -- how one follows it -------------------------------------------------------------------------------


def test_the_address_is_a_link_and_a_button_that_waits_for_a_script() -> None:
    take = the_page(a_view()).xpath("//div[@class='take']")[0]
    assert take.xpath("string(p/a)") == "https://feeds.example.org/category/housing.atom"
    assert take.xpath("p/a/@href") == ["../../category/housing.atom"]
    assert take.xpath("button[@hidden]/@data-copy") == ["https://feeds.example.org/category/housing.atom"]
    assert take.xpath("button/@aria-label") == ["Copy the address of Housing"]


def test_no_reader_is_guessed_by_a_scheme() -> None:
    hrefs = the_page(a_view()).xpath("//@href")
    assert [href for href in hrefs if re.match(r"(?!https?:|mailto:)[a-z]+:", href)] == []


def test_a_browser_discovers_the_feed_itself_first_and_all_posts_last() -> None:
    found = the_page(a_view()).xpath("//head/link[@rel='alternate']")
    assert [(link.get("type"), link.get("href")) for link in found] == [
        ("application/atom+xml", "../../category/housing.atom"),
        ("application/rss+xml", "../../category/housing.rss"),
        ("application/feed+json", "../../category/housing.json"),
        ("application/atom+xml", "../../all.atom"),
    ]


def test_the_page_of_all_posts_offers_them_once() -> None:
    page = the_page(page_view(a_document(all_posts()), COMMON))
    assert page.xpath("//head/link[@type='application/atom+xml']/@href") == ["../all.atom"]
    assert "All posts" not in links(page)


@pytest.mark.parametrize("url", ["https://mail.example.org/subscribe", "mailto:join@example.org?subject=subscribe"])
def test_one_may_subscribe_by_email_where_there_is_a_place_for_it(url: str) -> None:
    assert links(the_page(a_view(subscribe_url=url)))["Subscribe by email"] == url


def test_nothing_is_said_of_email_where_there_is_none() -> None:
    assert "Subscribe by email" not in links(the_page(a_view(subscribe_url=None)))


def test_a_subscribe_link_of_another_scheme_leads_nowhere() -> None:
    assert links(the_page(a_view(subscribe_url="javascript:alert(1)")))["Subscribe by email"] == ""


# -- where it leads -----------------------------------------------------------------------------------


def test_categories_and_authors_lead_to_their_own_pages() -> None:
    entry = an_entry(terms=(a_term("housing"), a_term("homelessness"), a_term("elsewhere")))
    page = the_page(page_view(a_document(HOUSING, entry), COMMON))
    labels = page.xpath("//p[@class='labels']")[0]
    assert labels.text_content() == "Housing · Homelessness · Elsewhere"
    # Not to the page that one is on, nor to a feed that is not there.
    assert labels.xpath("a/@href") == ["../../category/homelessness/index.html"]
    assert links(page)["Jo Carver"] == "../../author/jo-carver/index.html"


def test_the_places_of_categories_and_authors_are_those_of_their_feeds() -> None:
    listed = [a_category(id="6", slug="housing"), a_category(id="99", slug="without-posts")]
    assert category_stems([HOUSING], listed) == {"housing": "category/housing"}
    assert author_stems(FEEDS) == {"jo-carver": "author/jo-carver"}


def test_a_parent_a_child_and_the_whole_are_one_step_away() -> None:
    around = kinship(FEEDS)
    child = links(the_page(page_view(a_document(HOMELESSNESS), COMMON, around[HOMELESSNESS.key])))
    assert child["Housing"] == "../../category/housing/index.html"
    assert child["All posts"] == "../../all/index.html"
    assert child["All feeds"] == "../../index.html"
    assert child["Events to come"] == "../../events/index.html"
    parent = links(the_page(page_view(a_document(HOUSING, an_entry(terms=())), COMMON, around[HOUSING.key])))
    assert parent["Homelessness"] == "../../category/homelessness/index.html"


def test_a_combined_feed_names_what_it_is_made_of_and_not_what_comes_with_it() -> None:
    around = kinship(FEEDS)[HOMES_AND_SCOTLAND.key]
    assert around == Kin(parts=(HOUSING, SCOTLAND))


def test_older_posts_are_there_for_programs_by_year_and_month() -> None:
    view = page_view(a_document(), COMMON, months=["2012-05", "2011-12", "2012-10"])
    folded = the_page(view).xpath("//details")[0]
    assert "for programs" in folded.xpath("string(summary)")
    assert folded.xpath("dl/dt/text()") == ["2012", "2011"]
    assert [(a.text, a.get("href")) for a in folded.xpath("dl//a")] == [
        ("October", "../../category/housing/2012-10.atom"),
        ("May", "../../category/housing/2012-05.atom"),
        ("December", "../../category/housing/2011-12.atom"),
    ]
    assert the_page(a_view()).xpath("//details") == []


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.key)
def test_every_link_within_the_folder_is_relative_and_names_a_file(feed: Feed) -> None:
    view = page_view(a_document(feed), COMMON, kinship(FEEDS)[feed.key], ["2012-05"])
    page = the_page(view)
    inside = [href for href in page.xpath("//body//@href") if not href.startswith("https://")]
    assert inside
    depth = page_path(feed.stem).count("/")
    assert all(re.fullmatch(rf"(\.\./){{{depth}}}[a-z0-9/-]+\.(html|atom|rss|json)", href) for href in inside)


def test_the_pages_own_address_is_said_once_and_for_all() -> None:
    page = the_page(a_view())
    assert page.xpath("//link[@rel='canonical']/@href") == ["https://feeds.example.org/category/housing/"]
    assert page.xpath("//meta[@property='og:url']/@content") == ["https://feeds.example.org/category/housing/"]
    assert page.xpath("//meta[@property='og:title']/@content") == ["Housing - Chief Officers' Blog"]
    assert page.xpath("//meta[@property='og:description']/@content") == page.xpath("//p[@class='lede']/text()")


# -- what it withstands -------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [MARKUP, RIGHT_TO_LEFT, ONE_LONG_WORD], ids=["markup", "rtl", "long word"])
def test_hostile_words_are_only_words(words: str) -> None:
    entry = an_entry(
        title=words, author=words, summary=words, origin=words, terms=(Term(term="x", scheme="y", label=words),)
    )
    naming = of_a_site(NAMING, title=words, organisation=words + "!")
    feed = replace(HOUSING, name=words, title=words)
    document = replace(a_document(feed, entry), naming=naming)
    page = the_page(page_view(document, COMMON, Kin(parent=feed, parts=(feed,))))
    assert page.xpath("string(//h1)") == words
    assert page.xpath("string(//article/h3)") == words
    assert page.xpath("string(//p[@class='excerpt'])") == words
    assert page.xpath("string(//head/title)") == words
    assert len(page.xpath("//script")) == len(page.xpath("//style")) == 1
    assert not page.xpath("//img | //@onerror")


def test_words_that_run_the_other_way_turn_nothing_around_them() -> None:
    page = the_page(page_view(a_document(HOUSING, an_entry(title=RIGHT_TO_LEFT, author=RIGHT_TO_LEFT)), COMMON))
    assert page.xpath("//article/h3/@dir") == ["auto"]
    assert page.xpath("string(//p[@class='byline']//bdi)") == RIGHT_TO_LEFT


def test_a_post_whose_address_is_no_web_address_is_not_linked() -> None:
    page = the_page(page_view(a_document(HOUSING, an_entry(url="javascript:alert(1)")), COMMON))
    assert page.xpath("//article/h3/a/@href") == [""]


def test_the_page_loads_nothing_and_its_policy_lets_nothing_be_loaded() -> None:
    rendered = feed_page(a_view(), ENVIRONMENT)
    page = the_page(a_view())
    assert not page.xpath("//@src | //@srcset | //link[@rel='stylesheet' or @rel='preload' or @rel='icon'] | //iframe")
    assert not re.search(rb"url\(|@import", rendered)
    assert page.xpath("//meta[@http-equiv]/@content")[0].startswith("default-src 'none'; ")


def test_the_policy_allows_the_pages_own_style_and_script_and_no_other() -> None:
    page = the_page(a_view())
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        own = page.xpath(f"string(//{element})").encode()
        digest = base64.b64encode(hashlib.sha256(own).digest()).decode()
        assert f"{rule} 'sha256-{digest}';" in policy
    assert not page.xpath("//@style | //@onclick")


def test_the_same_view_gives_the_same_bytes() -> None:
    assert feed_page(a_view(), ENVIRONMENT) == feed_page(a_view(), ENVIRONMENT)


def test_a_page_changes_only_with_what_it_shows() -> None:
    entry = an_entry()
    before = feed_page(page_view(a_document(HOUSING, entry), COMMON), ENVIRONMENT)
    touched = replace(entry, updated=datetime(2026, 11, 20, tzinfo=UTC), content="<p>Another text.</p>")
    assert feed_page(page_view(a_document(HOUSING, touched), COMMON), ENVIRONMENT) == before


def test_a_site_without_email_events_or_authors_has_a_page_all_the_same() -> None:
    bare = PagesInCommon()
    page = the_page(page_view(a_document(), bare))
    assert set(links(page)) >= {"All posts", "All feeds", "Read the blog", "Who owns the damp?"}
    assert page.xpath("//p[@class='labels']/a") == []
