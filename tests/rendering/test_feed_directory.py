from __future__ import annotations

import re
from typing import Any

import pytest

from solacefeed.publish.directory import AUTHORS, CARDS, DirectoryView, directory_view, index_page
from solacefeed.publish.feeds import Feed
from solacefeed.templating import templates
from tests.rendering.feed_world import (
    COMMON,
    HOMELESSNESS,
    HOMES_AND_SCOTLAND,
    HOUSING,
    NAMING,
    NIGHT,
    SCOTLAND,
    a_category_feed,
    a_document,
    all_posts,
    an_author_feed,
    an_entry,
    listed,
    parsed,
)
from tests.rendering.rendering_views import a_directory, a_feed, a_link, a_section, an_event_view

FEEDS = [all_posts(), HOUSING, HOMELESSNESS, SCOTLAND, HOMES_AND_SCOTLAND, an_author_feed("Jo Carver")]


def page(view: DirectoryView) -> Any:
    return parsed(index_page(view, templates()))


def of_feeds(*feeds: Feed) -> DirectoryView:
    return directory_view([listed(a_document(feed)) for feed in feeds], NAMING, COMMON)


def test_a_browser_discovers_every_feed_and_all_posts_first() -> None:
    links = page(of_feeds(*FEEDS)).xpath("//head/link[@rel='alternate'][@type='application/atom+xml']")
    assert [(link.get("title"), link.get("href")) for link in links][:3] == [
        ("Chief Officers' Blog", "all.atom"),
        ("Housing - Chief Officers' Blog", "category/housing.atom"),
        ("Homelessness - Chief Officers' Blog", "category/homelessness.atom"),
    ]


def test_a_person_reads_the_address_of_each_feed_and_can_copy_it() -> None:
    cards = FEEDS[:-1]
    rows = page(of_feeds(*cards)).xpath("//li[contains(@class, 'feed')]")
    addresses = [row.xpath("string(.//p[@class='address']/a)") for row in rows]
    assert addresses == [f"https://feeds.example.org/{feed.stem}.atom" for feed in cards]
    assert [row.xpath("string(.//button/@data-copy)") for row in rows] == addresses
    assert rows[1].xpath("string(.//button/@aria-label)") == "Copy the address of Housing"


def test_each_name_leads_to_the_feeds_page_and_the_other_formats_stand_beside() -> None:
    row = page(of_feeds(*FEEDS)).xpath("//li[contains(@class, 'feed')]")[1]
    assert row.xpath(".//h3/a/@href") == ["category/housing/index.html"]
    assert row.xpath("p[contains(@class, 'formats')]/a/@href") == ["category/housing.rss", "category/housing.json"]


def test_the_copy_button_waits_for_a_script_that_can_copy() -> None:
    assert page(a_directory()).xpath("//button[not(@hidden)]") == []


def test_a_child_category_stands_below_its_parent_in_sight_and_in_outline() -> None:
    index = page(of_feeds(all_posts(), HOUSING, HOMELESSNESS))
    headings = index.xpath("//main//h3 | //main//h4")
    assert [(h.tag, h.text_content()) for h in headings] == [
        ("h3", "All posts"),
        ("h3", "Housing"),
        ("h4", "Homelessness"),
    ]
    assert index.xpath("//li[h4 or div/h4]/@class") == ["feed under under-1"]


def test_a_feed_says_how_many_posts_it_has_and_how_new_they_are() -> None:
    document = a_document(HOUSING, an_entry(published=NIGHT))
    view = directory_view([listed(document), listed(document, posts=20)], NAMING, COMMON)
    assert [feed.facts for feed in view.sections[0].feeds] == [
        "1 post, newest 1 July 2026",
        "20 posts, newest 1 July 2026",
    ]


def test_combined_feeds_and_authors_have_sections_of_their_own() -> None:
    assert page(of_feeds(*FEEDS)).xpath("//h2/text()") == [
        "What you can follow",
        "Several categories in one",
        "By author",
    ]


@pytest.mark.parametrize(("authors", "folded"), [(AUTHORS, False), (40, True)])
def test_many_authors_are_folded_away(authors: int, folded: bool) -> None:
    index = page(of_feeds(all_posts(), *(an_author_feed(f"Writer {number}") for number in range(authors))))
    assert bool(index.xpath("//details//li")) == folded
    assert len(index.xpath("//li[contains(@class, 'feed')]")) == authors + 1
    assert len(index.xpath("//head/link[@rel='alternate']")) == (1 if folded else authors + 1)


@pytest.mark.parametrize(("categories", "dense"), [(CARDS - 1, False), (300, True)])
def test_very_many_categories_are_a_list_and_no_wall_of_cards(categories: int, dense: bool) -> None:
    feeds = [a_category_feed(number, f"ward-{number}") for number in range(categories)]
    index = page(of_feeds(all_posts(), *feeds))
    assert len(index.xpath("//li[contains(@class, 'feed')]")) == categories + 1
    assert bool(index.xpath("//ul[@class='dense']")) == dense
    assert len(index.xpath("//ul[@class='latest']")) == (1 if dense else categories + 1)


def test_a_list_of_names_has_every_address_too() -> None:
    index = page(of_feeds(all_posts(), an_author_feed("Jo Carver")))
    row = index.xpath("//ul[@class='dense']/li")[0]
    assert row.xpath(".//h3/a/@href") == ["author/jo-carver/index.html"]
    assert row.xpath("button/@data-copy") == ["https://feeds.example.org/author/jo-carver.atom"]
    assert row.xpath("p/a/@href") == [f"author/jo-carver.{ending}" for ending in ("atom", "rss", "json")]


def test_there_is_no_empty_list_where_there_are_no_categories() -> None:
    assert page(of_feeds(all_posts())).xpath("//ul[not(li)]") == []


def test_all_feeds_can_be_taken_at_once_and_email_and_events_are_a_step_away() -> None:
    hrefs = page(of_feeds(all_posts())).xpath("//p[contains(@class, 'intro')]/a/@href")
    assert hrefs == ["feeds.opml", "https://mail.example.org/subscribe", "events/index.html"]
    without = page(a_directory(subscribe_url=None, events_page=None)).xpath("//p[contains(@class, 'intro')]/a/@href")
    assert without == ["feeds.opml"]


def test_a_hostile_title_is_only_a_title() -> None:
    title = "</style></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    feed = a_feed(name=title, title=title, latest=(a_link(title, "javascript:alert(1)"),))
    event = an_event_view(name=title, when=title, place=title, url="javascript:alert(1)")
    index = page(
        a_directory(sections=(a_section(feed, heading=title),), events=(event,), site_title=title, organisation=title)
    )
    assert len(index.xpath("//script")) == 1
    assert not index.xpath("//img | //@onerror | //a[starts-with(@href, 'javascript')]")
    assert index.xpath("string(//main//h3)") == title


def test_the_page_is_whole_in_itself() -> None:
    index = page(a_directory())
    assert not index.xpath("//@src | //link[@rel='stylesheet'] | //img | //@style")
    assert not re.search(rb"url\(|@import", index_page(a_directory(), templates()))


def test_events_to_come_are_shown_and_no_empty_box_without_them() -> None:
    assert "Chief Officers' Summit" in page(a_directory()).xpath("string(//aside)")
    assert page(a_directory()).xpath("//aside//a/@href")[-1] == "events/index.html"
    assert page(a_directory(events=())).xpath("//aside") == []


def test_a_site_without_feeds_says_so() -> None:
    assert "There is no feed yet." in page(a_directory(sections=())).xpath("string(//main)")


def test_the_page_leads_to_the_blog_and_is_in_its_language() -> None:
    index = page(a_directory(language="cy-GB"))
    assert index.get("lang") == "cy-GB"
    assert "https://blog.example.org" in index.xpath("//a/@href")


def test_the_same_view_gives_the_same_bytes() -> None:
    assert index_page(a_directory(), templates()) == index_page(a_directory(), templates())
