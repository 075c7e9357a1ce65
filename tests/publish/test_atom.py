"""A feed as a document: valid, whole, and the same bytes for the same feed (RFC 4287)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.html import fromstring

from solacefeed.publish import atom
from solacefeed.publish.feeds import Entry, Feed, FeedDocument, Naming, Term
from tests.support.builders import MONDAY, WEDNESDAY

ATOM = {"a": "http://www.w3.org/2005/Atom"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

ENTRY = Entry(
    id="tag:example.org,2012:post/12",
    title="Savings & <others>",
    url="https://blog.example.org/savings/?a=1&b=2",
    author="Jo Carver",
    published=WEDNESDAY,
    updated=MONDAY,
    summary="Some savings announce themselves.",
    content="<p>Some savings <em>announce</em> themselves &amp; others don’t.</p>",
    terms=(Term(term="housing", scheme="tag:example.org,2012:category", label="Housing & Homes"),),
)
NAMING = Naming(
    site_title="Officers' Blog",
    base_url="https://feeds.example.org",
    tag_authority="example.org,2012",
    language="en-GB",
    organisation="Society of Officers",
)
FEED = FeedDocument(
    feed=Feed(
        key="category/1",
        id="tag:example.org,2012:feed/category/1",
        title="Housing - Officers' Blog",
        name="Housing",
        place="category/housing",
    ),
    naming=NAMING,
    updated=MONDAY,
    entries=(ENTRY, replace(ENTRY, id="tag:example.org,2012:post/11", title="Older", terms=())),
)


def parsed(feed: FeedDocument = FEED) -> etree._Element:
    return etree.fromstring(atom.render(feed))


def texts(element: etree._Element, path: str) -> list[str | None]:
    return [found.text for found in element.findall(path, ATOM)]


def titles(feed: etree._Element) -> list[str]:
    """The entries' titles as readers show them, whether they are written as text or as HTML."""
    found = feed.findall("a:entry/a:title", ATOM)
    return [unescape(title.text or "") if title.get("type") == "html" else title.text or "" for title in found]


def attributes(element: etree._Element, path: str) -> list[dict[str, str]]:
    return [{str(name): str(value) for name, value in found.items()} for found in element.findall(path, ATOM)]


def as_a_reader_sees_it(feed: FeedDocument = FEED) -> Any:
    seen = feedparser.parse(atom.render(feed), sanitize_html=False)
    assert not seen.bozo, seen.get("bozo_exception")
    return seen


def test_the_same_feed_is_the_same_bytes() -> None:
    assert atom.render(FEED) == atom.render(replace(FEED))


def test_a_document_begins_with_its_declaration_and_names_no_version_of_anybody() -> None:
    document = atom.render(FEED)
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
    assert attributes(feed, "a:link") == [
        {"href": FEED.url("atom"), "rel": "self", "type": "application/atom+xml"},
        {"href": FEED.page_url, "rel": "alternate", "type": "text/html"},
    ]


def test_every_entry_link_says_its_relation_and_its_type() -> None:
    link = {"href": ENTRY.url, "rel": "alternate", "type": "text/html"}
    assert attributes(parsed(), "a:entry/a:link") == [link, link]


def test_an_entry_has_its_id_its_dates_and_its_author() -> None:
    entry = parsed().find("a:entry", ATOM)
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
    content = parsed().find("a:entry/a:content", ATOM)
    assert content is not None
    assert (content.get("type"), content.text) == ("html", ENTRY.content)
    assert as_a_reader_sees_it().entries[0].content[0].value == ENTRY.content


def test_a_post_without_text_points_to_the_blog() -> None:
    empty = replace(FEED, entries=(replace(ENTRY, content="", summary=""),))
    content = parsed(empty).find("a:entry/a:content", ATOM)
    assert content is not None
    (link,) = fromstring(content.text or "").iter("a")
    assert (link.get("href"), link.text) == (ENTRY.url, ENTRY.title)
    assert parsed(empty).find("a:entry/a:summary", ATOM) is None


def test_a_feed_reader_understands_it() -> None:
    seen = as_a_reader_sees_it()
    assert seen.version == "atom10"
    assert seen.feed.language == "en-GB"
    assert [entry.id for entry in seen.entries] == [entry.id for entry in FEED.entries]
    assert seen.entries[0].link == ENTRY.url
    assert seen.entries[0].tags[0].label == "Housing & Homes"
    assert seen.entries[0].summary == ENTRY.summary


#: What ``text`` lets in: the characters of XML 1.0 without its controls, with everything that markup is made of.
XML_SAFE = st.text(
    st.one_of(
        st.sampled_from("<>&\"'[]!-?;#/=\t ]]>"),
        st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc", "Cn"]),
    ),
    min_size=1,
    max_size=60,
)
TITLES = XML_SAFE.map(lambda text: " ".join(text.split())).filter(bool)


@settings(deadline=None)
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
    written = parsed(replace(FEED, entries=(entry,))).find("a:entry/a:title", ATOM)
    assert written is not None
    assert "".join(map(str, fromstring(f"<p>{written.text}</p>").itertext())) == title
