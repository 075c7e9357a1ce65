"""A feed as a document: valid, whole, and the same bytes for the same feed (RFC 4287)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from html import unescape

import feedparser
import pytest
from hypothesis import given
from lxml import etree
from lxml.html import fromstring

from solacefeed.models.posts import Image
from solacefeed.publish import atom
from solacefeed.publish.feeds import FeedDocument, Term, Tombstone
from tests.publish.documents import (
    ARCHIVE,
    ENTRY,
    FEED,
    GRAVE,
    LIVE,
    NAMESPACES,
    NAMING,
    OLDER,
    TITLES,
    WHOLE,
    XML_LANG,
    XML_SAFE,
    as_a_reader_sees_it,
    as_atom,
    attributes,
    texts,
)
from tests.support.builders import MONDAY


def parsed(feed: FeedDocument = FEED) -> etree._Element:
    return etree.fromstring(as_atom(feed))


def links(element: etree._Element) -> list[tuple[str | None, str | None, str | None]]:
    """Relation, type and address of its links."""
    return [(link.get("rel"), link.get("type"), link.get("href")) for link in element.findall("a:link", NAMESPACES)]


def titles(feed: etree._Element) -> list[str]:
    """The entries' titles as readers show them, whether they are written as text or as HTML."""
    found = feed.findall("a:entry/a:title", NAMESPACES)
    return [unescape(title.text or "") if title.get("type") == "html" else title.text or "" for title in found]


def test_the_same_feed_is_the_same_bytes() -> None:
    assert as_atom(FEED) == as_atom(replace(FEED))


def test_a_document_begins_with_its_declaration_and_names_no_version_of_anybody() -> None:
    document = as_atom(FEED)
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert texts(parsed(), "a:generator") == ["solacefeed"]
    assert attributes(parsed(), "a:generator") == [{}]


def test_a_feed_says_who_it_is_where_it_stands_and_in_which_language() -> None:
    feed = parsed()
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert feed.get(XML_LANG) == "en-GB"
    assert texts(feed, "a:id") == [FEED.feed.id]
    assert texts(feed, "a:title") == [FEED.feed.title]
    assert texts(feed, "a:author/a:name") == ["Society of Officers"]
    assert links(feed) == [
        ("self", "application/atom+xml", "https://feeds.example.org/category/housing.atom"),
        ("alternate", "text/html", "https://feeds.example.org/category/housing/"),
    ]


@pytest.mark.parametrize("feed", [LIVE, ARCHIVE], ids=["live", "archive"])
def test_a_feed_has_one_alternate_so_that_every_reader_shows_the_same_page(feed: FeedDocument) -> None:
    assert [href for rel, _, href in links(parsed(feed)) if rel == "alternate"] == [feed.page_url]


def test_a_feed_says_its_rights_its_hub_and_where_its_history_begins_if_it_has_them() -> None:
    feed = parsed(LIVE)
    assert texts(feed, "a:rights") == ["© Society of Officers"]
    assert links(feed)[-2:] == [
        ("hub", None, "https://hub.example.org/"),
        ("prev-archive", "application/atom+xml", "https://feeds.example.org/category/housing/2026-11.atom"),
    ]
    assert texts(parsed(), "a:rights") == []
    assert feed.find("fh:archive", NAMESPACES) is None


def test_an_archive_says_so_and_leads_on_in_both_directions() -> None:
    feed = parsed(ARCHIVE)
    assert feed.find("fh:archive", NAMESPACES) is not None
    assert texts(feed, "a:id") == [LIVE.feed.id]
    assert links(feed) == [
        ("self", "application/atom+xml", "https://feeds.example.org/category/housing/2026-10.atom"),
        ("alternate", "text/html", "https://feeds.example.org/category/housing/"),
        ("current", "application/atom+xml", "https://feeds.example.org/category/housing.atom"),
        ("prev-archive", "application/atom+xml", "https://feeds.example.org/category/housing/2026-09.atom"),
        ("next-archive", "application/atom+xml", "https://feeds.example.org/category/housing/2026-11.atom"),
    ]


def test_the_first_archive_leads_only_on_and_the_last_only_back() -> None:
    first = parsed(replace(ARCHIVE, previous=None))
    last = parsed(replace(ARCHIVE, following=None))
    assert [rel for rel, _, _ in links(first)] == ["self", "alternate", "current", "next-archive"]
    assert [rel for rel, _, _ in links(last)] == ["self", "alternate", "current", "prev-archive"]


def test_an_enclosure_says_its_length_where_that_is_known_so_that_a_podcast_plays() -> None:
    (seen, *_) = feedparser.parse(as_atom(LIVE)).entries
    assert [(each.href, each.type, each.get("length")) for each in seen.enclosures] == [
        ("https://blog.example.org/files/hall.pdf", "application/pdf", "70000"),
        ("https://media.example.org/1.mp3?a=1&b=2", "audio/mpeg", "4500000"),
        ("https://media.example.org/film", "video/mp4", None),
    ]


def test_every_entry_link_says_its_relation_and_its_type() -> None:
    assert [links(entry) for entry in parsed(LIVE).findall("a:entry", NAMESPACES)] == [
        [
            ("alternate", "text/html", ENTRY.url),
            ("replies", "text/html", "https://blog.example.org/savings/#comments"),
            ("enclosure", "application/pdf", "https://blog.example.org/files/hall.pdf"),
            ("enclosure", "audio/mpeg", "https://media.example.org/1.mp3?a=1&b=2"),
            ("enclosure", "video/mp4", "https://media.example.org/film"),
        ],
        [("alternate", "text/html", OLDER.url)],
    ]


def test_comments_are_never_counted() -> None:
    assert b"count" not in atom.entry(WHOLE, NAMING)


def test_a_picture_comes_with_its_words_its_type_and_its_size() -> None:
    assert attributes(parsed(LIVE), "a:entry/media:content") == [
        {
            "url": "https://blog.example.org/files/hall.jpg?w=640",
            "medium": "image",
            "type": "image/jpeg",
            "width": "640",
            "height": "480",
        }
    ]
    assert texts(parsed(LIVE), "a:entry/media:content/media:description") == ["The hall & its <doors>"]


def test_of_a_picture_nothing_is_said_that_is_not_known() -> None:
    bare = replace(ENTRY, image=Image(url="https://blog.example.org/picture?file=hall.png", alt=""))
    feed = parsed(replace(FEED, entries=(bare,)))
    assert attributes(feed, "a:entry/media:content") == [
        {"url": "https://blog.example.org/picture?file=hall.png", "medium": "image"}
    ]
    assert texts(feed, "a:entry/media:content/media:description") == []


def test_an_entry_in_another_language_says_in_which() -> None:
    assert [entry.get(XML_LANG) for entry in parsed(LIVE).findall("a:entry", NAMESPACES)] == ["cy", None]


def test_where_a_post_was_first_published_stands_at_the_end_of_its_content() -> None:
    (content, _) = texts(parsed(LIVE), "a:entry/a:content")
    assert content == f'{ENTRY.content}<p lang="en">First published in the LGC &amp; others on 17 May 2012.</p>'


def test_a_deleted_post_leaves_a_tombstone() -> None:
    feed = parsed(replace(LIVE, tombstones=(GRAVE,)))
    assert attributes(feed, "at:deleted-entry") == [{"ref": GRAVE.id, "when": "2026-11-20T08:00:00+00:00"}]


def test_what_came_back_from_the_dead_has_no_tombstone() -> None:
    feed = parsed(replace(LIVE, tombstones=(GRAVE, Tombstone(id=ENTRY.id, when=MONDAY))))
    assert [grave["ref"] for grave in attributes(feed, "at:deleted-entry")] == [GRAVE.id]


def test_every_namespace_is_declared_once_however_many_entries_there_are() -> None:
    entries = tuple(replace(WHOLE, id=f"{WHOLE.id}{number}") for number in range(3))
    document = as_atom(replace(LIVE, entries=entries, tombstones=(GRAVE,)))
    assert [document.count(b" xmlns:%b=" % prefix) for prefix in (b"media", b"at", b"fh")] == [1, 1, 1]
    # And that of the subtitle, for browsers, by itself.
    assert document.count(b"xmlns") == 5
    assert b"xmlns:at=" not in as_atom(LIVE)
    assert {etree.QName(element).namespace for element in etree.fromstring(document).iter()} == {
        NAMESPACES["a"],
        NAMESPACES["at"],
        NAMESPACES["media"],
        "http://www.w3.org/1999/xhtml",
    }


def test_an_entry_is_the_same_bytes_in_every_document() -> None:
    fragment = atom.entry(WHOLE, LIVE.naming)
    assert fragment in as_atom(LIVE)
    assert fragment in as_atom(ARCHIVE)
    assert atom.document(LIVE, (atom.entry(each, LIVE.naming) for each in LIVE.entries)) == as_atom(LIVE)


def test_a_feed_without_entries_is_whole() -> None:
    assert parsed(replace(LIVE, entries=())).findall("a:entry", NAMESPACES) == []


def test_dates_are_those_of_utc_whatever_zone_they_are_told_in() -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    moved = replace(ENTRY, updated=ENTRY.updated.astimezone(there), published=ENTRY.published.astimezone(there))
    assert atom.entry(moved, NAMING) == atom.entry(ENTRY, NAMING)


def test_an_entry_has_its_id_its_dates_and_its_author() -> None:
    entry = parsed().find("a:entry", NAMESPACES)
    assert entry is not None
    assert texts(entry, "a:id") == [ENTRY.id]
    assert texts(entry, "a:published") == ["2026-11-18T09:30:00+00:00"]
    assert texts(entry, "a:updated") == ["2026-11-23T08:00:00+00:00"]
    assert texts(entry, "a:author/a:name") == ["Jo Carver"]


def test_an_entry_names_its_categories_with_term_scheme_and_label() -> None:
    assert attributes(parsed(), "a:entry/a:category") == [
        {"term": "housing", "scheme": "tag:example.org,2012:category", "label": "Housing & Homes"}
    ]


def test_entries_stand_in_the_feeds_order() -> None:
    assert titles(parsed()) == ["Savings & <others>", "Older"]


def test_dates_come_from_the_posts_in_whole_seconds() -> None:
    feed = replace(FEED, updated=datetime(2026, 7, 1, 9, 30, 0, 999_999, tzinfo=UTC))
    assert texts(parsed(feed), "a:updated") == ["2026-07-01T09:30:00+00:00"]


def test_the_whole_content_comes_back_as_html() -> None:
    content = parsed().find("a:entry/a:content", NAMESPACES)
    assert content is not None
    assert (content.get("type"), content.text) == ("html", ENTRY.content)
    assert as_a_reader_sees_it(as_atom(FEED)).entries[0].content[0].value == ENTRY.content


def test_a_post_without_text_points_to_the_blog() -> None:
    empty = replace(FEED, entries=(replace(ENTRY, content="", summary=""),))
    content = parsed(empty).find("a:entry/a:content", NAMESPACES)
    assert content is not None
    (link,) = fromstring(content.text or "").iter("a")
    assert (link.get("href"), link.text) == (ENTRY.url, ENTRY.title)
    assert parsed(empty).find("a:entry/a:summary", NAMESPACES) is None


def test_a_feed_reader_understands_it() -> None:
    seen = as_a_reader_sees_it(as_atom(FEED))
    assert seen.version == "atom10"
    assert seen.feed.language == "en-GB"
    assert [entry.id for entry in seen.entries] == [entry.id for entry in FEED.entries]
    assert seen.entries[0].link == ENTRY.url
    assert seen.entries[0].tags[0].label == "Housing & Homes"
    assert seen.entries[0].summary == ENTRY.summary


@given(title=TITLES, author=TITLES, label=TITLES, content=XML_SAFE, summary=XML_SAFE)
def test_whatever_a_post_says_comes_back_as_it_was(
    title: str, author: str, label: str, content: str, summary: str
) -> None:
    term = Term(term="housing", scheme="tag:example.org,2012:category", label=label)
    entry = replace(ENTRY, title=title, author=author, content=content, summary=summary, terms=(term,))
    feed = parsed(replace(FEED, feed=replace(FEED.feed, title=title), entries=(entry,)))
    assert texts(feed, "a:title") == titles(feed) == [title]
    assert texts(feed, "a:entry/a:author/a:name") == [author]
    assert texts(feed, "a:entry/a:content") == [content]
    assert texts(feed, "a:entry/a:summary") == [summary]
    assert attributes(feed, "a:entry/a:category")[0]["label"] == label


@pytest.mark.parametrize(
    "title",
    [
        "<5% more",
        "]]>",
        "<![CDATA[x]]>",
        "<!-- x -->",
        "AT&amp;T",
        "&#60;b&#62;",
        "<?php ?>",
        "</feed>",
        "R&D",
        "Fit &notable",
    ],
)
def test_what_looks_like_markup_in_a_title_is_shown_as_it_was_written(title: str) -> None:
    entry = replace(ENTRY, title=title)
    assert titles(parsed(replace(FEED, entries=(entry,)))) == [title]
    written = parsed(replace(FEED, entries=(entry,))).find("a:entry/a:title", NAMESPACES)
    assert written is not None
    assert "".join(map(str, fromstring(f"<p>{written.text}</p>").itertext())) == title


def test_a_browser_is_told_where_the_style_stands_from_wherever_the_document_does() -> None:
    for stem, month, address in (
        ("all", None, "feed.css"),
        ("category/housing", None, "../feed.css"),
        ("category/housing", "2026-11", "../../feed.css"),
    ):
        document = as_atom(replace(LIVE, feed=replace(LIVE.feed, stem=stem), month=month))
        told = f'?>\n<?xml-stylesheet type="text/css" href="{address}"?>\n<feed '
        assert document.decode().startswith(f"<?xml version='1.0' encoding='UTF-8'{told}")


def test_who_opens_a_feed_in_a_browser_is_led_to_its_page() -> None:
    subtitle = parsed(LIVE).find("{*}subtitle")
    assert subtitle is not None
    assert subtitle.get("type") == "xhtml"
    (div,) = subtitle
    assert div.tag == "{http://www.w3.org/1999/xhtml}div"
    assert (div.text or "").startswith("Every post of ")
    assert [(link.tag, link.get("href"), link.text) for link in div] == [
        ("{http://www.w3.org/1999/xhtml}a", LIVE.page_url, "How to follow it")
    ]


def test_an_ampersand_by_itself_needs_no_markup_and_one_that_begins_a_reference_does() -> None:
    for title, kind in (
        ("Homes & people", None),
        ("Q&A", "html"),
        ("&lt; 5", "html"),
        ("<b>", "html"),
        ("A & B; C", None),
    ):
        (entry,) = parsed(replace(LIVE, entries=(replace(ENTRY, title=title),))).findall("{*}entry")
        shown = entry.find("{*}title")
        assert shown is not None
        assert shown.get("type") == kind
        assert unescape(shown.text or "") == (unescape(title) if kind is None else title)
