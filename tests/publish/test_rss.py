"""A feed as RSS 2.0: for readers that know nothing better, and yet whole."""

from __future__ import annotations

import locale
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from lxml import etree

from solacefeed.models.posts import Enclosure
from solacefeed.publish import rss
from solacefeed.publish.feeds import FeedDocument, Term
from tests.publish.documents import (
    ENTRY,
    FEED,
    LIVE,
    OLDER,
    TITLES,
    WHOLE,
    XML_SAFE,
    as_a_reader_sees_it,
    as_rss,
    attributes,
    texts,
)


def channel(feed: FeedDocument = LIVE) -> etree._Element:
    return etree.fromstring(as_rss(feed))[0]


@pytest.fixture
def another_locale() -> Iterator[str]:
    """The process in any locale but that of C, where the machine has one."""
    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "cy_GB.UTF-8", "C.UTF-8"):
        try:
            yield locale.setlocale(locale.LC_ALL, name)
            break
        except locale.Error:
            continue
    locale.setlocale(locale.LC_ALL, before)


def test_the_same_feed_is_the_same_bytes() -> None:
    assert as_rss(LIVE) == as_rss(replace(LIVE))


def test_a_channel_says_who_it_is_where_it_stands_and_in_which_language() -> None:
    told = channel()
    assert texts(told, "title") == ["Housing - Officers' Blog"]
    assert texts(told, "link") == ["https://feeds.example.org/category/housing/"]
    assert texts(told, "description") == ["Every post of Officers' Blog under Housing."]
    assert texts(told, "language") == ["en-GB"]
    assert texts(told, "copyright") == ["© Society of Officers"]
    assert texts(told, "lastBuildDate") == ["Mon, 23 Nov 2026 08:00:00 +0000"]
    assert texts(told, "generator") == ["solacefeed"]


def test_a_channel_links_to_itself_and_to_its_hub() -> None:
    assert attributes(channel(), "a:link") == [
        {"href": "https://feeds.example.org/category/housing.rss", "rel": "self", "type": "application/rss+xml"},
        {"href": "https://hub.example.org/", "rel": "hub"},
    ]
    assert [link["rel"] for link in attributes(channel(FEED), "a:link")] == ["self"]


def test_an_item_says_all_that_an_entry_does() -> None:
    item = channel().find("item")
    assert item is not None
    assert texts(item, "title") == [ENTRY.title]
    assert texts(item, "link") == [ENTRY.url]
    assert texts(item, "guid") == [ENTRY.id]
    assert attributes(item, "guid") == [{"isPermaLink": "false"}]
    assert texts(item, "dc:creator") == ["Jo Carver"]
    assert texts(item, "author") == []
    assert texts(item, "pubDate") == ["Wed, 18 Nov 2026 09:30:00 +0000"]
    assert texts(item, "category") == ["Housing & Homes"]
    assert attributes(item, "category") == [{"domain": "tag:example.org,2012:category"}]
    assert texts(item, "comments") == ["https://blog.example.org/savings/#comments"]
    assert texts(item, "description") == [ENTRY.summary]
    assert texts(item, "content:encoded") == [
        f'{ENTRY.content}<p lang="en">First published in the LGC &amp; others on 17 May 2012.</p>'
    ]
    assert [picture["url"] for picture in attributes(item, "media:content")] == [
        "https://blog.example.org/files/hall.jpg?w=640"
    ]


def test_a_post_without_a_summary_has_its_content_for_a_description() -> None:
    told = channel(replace(FEED, entries=(replace(OLDER, summary=""),)))
    assert texts(told, "item/description") == [OLDER.content]


def test_dates_are_english_whatever_the_processs_locale(another_locale: str) -> None:
    assert texts(channel(), "item/pubDate")[0] == "Wed, 18 Nov 2026 09:30:00 +0000"
    assert texts(channel(), "lastBuildDate") == ["Mon, 23 Nov 2026 08:00:00 +0000"]
    assert locale.setlocale(locale.LC_ALL) == another_locale


def test_every_namespace_is_declared_once_however_many_items_there_are() -> None:
    document = as_rss(replace(LIVE, entries=(WHOLE, replace(WHOLE, id=f"{WHOLE.id}0"), OLDER)))
    assert document.count(b"xmlns") == 4
    assert b"ns0" not in document
    assert rss.item(WHOLE, LIVE.naming) in document


def test_plain_text_is_written_as_rss_wants_it_and_html_is_not_touched() -> None:
    named = as_rss(replace(LIVE, feed=replace(LIVE.feed, title="Health & <care>")))
    assert b"<title>Health &#x26; &#x3C;care&gt;</title>" in named
    item = rss.item(replace(WHOLE, summary="R&D <now>"), LIVE.naming)
    assert b"<title>Savings &#x26; &#x3C;others&gt;</title>" in item
    assert b">Housing &#x26; Homes</category>" in item
    assert b"<media:description>The hall &#x26; its &#x3C;doors&gt;</media:description>" in item
    assert b"<description>R&amp;amp;D &amp;lt;now&amp;gt;</description>" in item


def test_a_feed_reader_understands_it() -> None:
    seen = as_a_reader_sees_it(as_rss(LIVE))
    assert seen.version == "rss20"
    assert [(entry.id, entry.link, entry.author) for entry in seen.entries] == [
        (entry.id, entry.url, entry.author) for entry in LIVE.entries
    ]


@given(title=TITLES, author=TITLES, label=TITLES, content=XML_SAFE, summary=XML_SAFE)
def test_whatever_a_post_says_comes_back_as_it_was(
    title: str, author: str, label: str, content: str, summary: str
) -> None:
    term = Term(term="housing", scheme="tag:example.org,2012:category", label=label)
    entry = replace(ENTRY, title=title, author=author, content=content, summary=summary, terms=(term,))
    told = channel(replace(LIVE, feed=replace(LIVE.feed, title=title), entries=(entry,)))
    assert texts(told, "title") == texts(told, "item/title") == [title]
    assert texts(told, "item/dc:creator") == [author]
    assert texts(told, "item/category") == [label]
    assert texts(told, "item/content:encoded") == [content]
    (description,) = texts(told, "item/description")
    assert unescape(description or "") == summary


def test_an_item_has_the_one_enclosure_that_plays_and_that_has_a_length() -> None:
    (item, older) = channel().findall("item")
    assert attributes(item, "enclosure") == [
        {"url": "https://media.example.org/1.mp3?a=1&b=2", "length": "4500000", "type": "audio/mpeg"}
    ]
    assert attributes(older, "enclosure") == []


def test_an_item_has_no_enclosure_of_unknown_length_which_rss_does_not_allow() -> None:
    unmeasured = (Enclosure(url="https://media.example.org/1.mp3", type="audio/mpeg", seconds=9),)
    (item,) = channel(replace(FEED, entries=(replace(ENTRY, enclosures=unmeasured),))).findall("item")
    assert attributes(item, "enclosure") == []


def test_an_item_without_anything_that_plays_has_the_file_of_which_the_length_is_known() -> None:
    (told,) = (each for each in WHOLE.enclosures if each.type == "application/pdf")
    (item,) = channel(replace(FEED, entries=(replace(ENTRY, enclosures=(told,)),))).findall("item")
    assert attributes(item, "enclosure") == [{"url": told.url, "length": "70000", "type": "application/pdf"}]
