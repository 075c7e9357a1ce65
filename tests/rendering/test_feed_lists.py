"""The lists that programs read, as another program reads them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from solacefeed.publish.feeds import Feed
from solacefeed.publish.lists import DEEPEST, MOST_URLS, feeds_json, opml, sitemap
from tests.rendering.feed_world import (
    COMMON,
    HOMELESSNESS,
    HOMES_AND_SCOTLAND,
    HOUSING,
    MARKUP,
    NAMING,
    SCOTLAND,
    a_category_feed,
    a_document,
    all_posts,
    an_author_feed,
    listed,
)

FEEDS = [all_posts(), HOUSING, HOMELESSNESS, SCOTLAND, HOMES_AND_SCOTLAND, an_author_feed("Jo Carver")]
BOOK = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"


def outlines(feeds: list[Feed]) -> Any:
    return etree.fromstring(opml(feeds, NAMING))[1]


def the_json(*feeds: Feed) -> Any:
    return json.loads(feeds_json([listed(a_document(feed)) for feed in feeds], NAMING, COMMON))


# -- OPML -----------------------------------------------------------------------------------------


def test_a_reader_takes_every_feed_once() -> None:
    addresses = outlines(FEEDS).xpath("//outline[@type='rss']/@xmlUrl")
    assert sorted(addresses) == sorted(f"https://feeds.example.org/{feed.stem}.atom" for feed in FEEDS)


def test_a_parent_category_is_a_folder_of_itself_and_its_children() -> None:
    folder = outlines(FEEDS).xpath("outline[@text='Housing']")[0]
    assert folder.get("xmlUrl") is None
    assert folder.xpath("outline/@text") == ["Housing", "Homelessness"]


def test_no_feed_stands_within_the_outline_of_another() -> None:
    assert outlines(FEEDS).xpath("//outline[@xmlUrl]/outline") == []


def test_combined_feeds_and_authors_stand_in_folders_of_their_own() -> None:
    top = outlines(FEEDS).xpath("outline/@text")
    assert top == ["All posts", "Housing", "Scotland", "Several categories in one", "Authors"]


def test_an_outline_says_what_it_is_in_which_language_and_where_its_page_is() -> None:
    outline = outlines(FEEDS).xpath("//outline[@text='Scotland']")[0]
    assert dict(outline.attrib) == {
        "type": "rss",
        "text": "Scotland",
        "title": "Scotland - Chief Officers' Blog",
        "description": "Every post of Chief Officers' Blog under Scotland.",
        "language": "en-GB",
        "xmlUrl": "https://feeds.example.org/category/scotland.atom",
        "htmlUrl": "https://feeds.example.org/category/scotland/",
    }


def test_the_head_says_whose_list_it_is_and_nothing_that_changes_by_itself() -> None:
    head = etree.fromstring(opml(FEEDS, NAMING))[0]
    assert [(part.tag, part.text) for part in head] == [
        ("title", "Feeds of Chief Officers' Blog"),
        ("ownerName", "Society of Chief Officers"),
        ("ownerId", "https://feeds.example.org/"),
    ]


def test_categories_that_stand_above_one_another_in_a_ring_are_listed_all_the_same() -> None:
    ring = [
        a_category_feed(1, "hen", parent="category/2"),
        a_category_feed(2, "egg", parent="category/1"),
        a_category_feed(3, "chick", parent="category/2"),
    ]
    assert outlines([all_posts(), *ring]).xpath("//outline/@text") == ["All posts", "Hen", "Egg", "Chick"]


def test_categories_may_stand_below_one_another_however_deep() -> None:
    chain = [a_category_feed(n, f"ward-{n}", parent=f"category/{n - 1}" if n else None) for n in range(2000)]
    assert outlines(chain).xpath("//outline[@type='rss']/@text") == [feed.name for feed in chain]
    assert max(int(outline.xpath("count(ancestor::*)")) for outline in outlines(chain).iter("outline")) <= DEEPEST


def test_markup_in_a_name_stays_a_name_in_a_list() -> None:
    feed = replace(HOUSING, name=MARKUP, title=MARKUP)
    assert outlines([feed]).xpath("outline/@text") == [MARKUP]
    assert the_json(feed)["feeds"][0]["name"] == MARKUP


# -- JSON -----------------------------------------------------------------------------------------


def test_a_program_reads_of_each_feed_what_it_is_where_it_is_and_how_new() -> None:
    housing = the_json(*FEEDS)["feeds"][1]
    assert housing == {
        "key": "category/6",
        "id": "tag:example.org,2026:feed/category/6",
        "kind": "category",
        "name": "Housing",
        "title": "Housing - Chief Officers' Blog",
        "description": "Every post of Chief Officers' Blog under Housing, including Homelessness.",
        "parent": None,
        "parts": ["category/14"],
        "page": "https://feeds.example.org/category/housing/",
        "atom": "https://feeds.example.org/category/housing.atom",
        "rss": "https://feeds.example.org/category/housing.rss",
        "json": "https://feeds.example.org/category/housing.json",
        "entries": 1,
        "updated": "2026-11-18T09:30:00Z",
    }


def test_a_child_names_its_parent_by_key() -> None:
    assert the_json(*FEEDS)["feeds"][2]["parent"] == "category/6"


def test_every_key_of_the_list_stands_in_the_book() -> None:
    section = BOOK.read_text(encoding="utf-8").partition("\n## feeds.json")[2].partition("\n## ")[0]
    written = set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE))
    found = the_json(*FEEDS)
    assert written == set(found) | set(found["feeds"][0])


# -- the sitemap ----------------------------------------------------------------------------------


def test_a_search_engine_finds_each_page_with_its_newest_change() -> None:
    pages = [
        ("https://feeds.example.org/?a=1&b=2", datetime(2026, 11, 20, 9, 30, 12, 999, tzinfo=UTC)),
        ("https://feeds.example.org/all/", datetime(2026, 11, 18, tzinfo=UTC)),
    ]
    urls = etree.fromstring(sitemap(pages))
    assert [[part.text for part in url] for url in urls] == [
        ["https://feeds.example.org/?a=1&b=2", "2026-11-20T09:30:12Z"],
        ["https://feeds.example.org/all/", "2026-11-18T00:00:00Z"],
    ]


def test_a_sitemap_is_never_longer_than_is_read() -> None:
    pages = [("https://feeds.example.org/", datetime(2026, 11, 20, tzinfo=UTC))] * (MOST_URLS + 1)
    assert sitemap(pages).count(b"<url>") == MOST_URLS


# -- all of them ----------------------------------------------------------------------------------


def test_the_same_feeds_give_the_same_bytes() -> None:
    rows = [listed(a_document(feed)) for feed in FEEDS]
    assert opml(FEEDS, NAMING) == opml(list(FEEDS), NAMING)
    assert feeds_json(rows, NAMING, COMMON) == feeds_json(list(rows), NAMING, COMMON)
