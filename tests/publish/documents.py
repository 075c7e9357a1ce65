"""A feed with everything that a feed can have, and how its documents are read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import feedparser
from hypothesis import strategies as st
from lxml import etree

from solacefeed.models.posts import Enclosure, Image
from solacefeed.publish import atom, jsonfeed, rss
from solacefeed.publish.feeds import Entry, Feed, FeedDocument, Naming, Term, Tombstone
from solacefeed.site import Site
from tests.support.builders import MONDAY, WEDNESDAY

NAMESPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fh": "http://purl.org/syndication/history/1.0",
    "media": "http://search.yahoo.com/mrss/",
}
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
OLDER = replace(ENTRY, id="tag:example.org,2012:post/11", title="Older", terms=())
#: With all that an entry can have.
WHOLE = replace(
    ENTRY,
    comments_url="https://blog.example.org/savings/#comments",
    image=Image(
        url="https://blog.example.org/files/hall.jpg?w=640", alt="The hall & its <doors>", width=640, height=480
    ),
    enclosures=(
        Enclosure(url="https://blog.example.org/files/hall.pdf", type="application/pdf", length=70_000),
        Enclosure(url="https://media.example.org/1.mp3?a=1&b=2", type="audio/mpeg", length=4_500_000, seconds=1800),
        Enclosure(url="https://media.example.org/film", type="video/mp4"),
    ),
    language="cy",
    origin="the LGC & others on 17 May 2012",
)
NAMING = Naming(
    site=Site(
        title="Officers' Blog",
        base_url="https://feeds.example.org",
        tag_authority="example.org,2012",
        language="en-GB",
        organisation="Society of Officers",
        url="https://blog.example.org",
        zone=UTC,
    ),
)
#: With all that a site can have.
WITH_EVERYTHING = replace(NAMING, rights="© Society of Officers", hub="https://hub.example.org/")
FEED = FeedDocument(
    feed=Feed(
        key="category/1",
        id="tag:example.org,2012:feed/category/1",
        title="Housing - Officers' Blog",
        name="Housing",
        stem="category/housing",
    ),
    naming=NAMING,
    updated=MONDAY,
    entries=(ENTRY, OLDER),
)
LIVE = replace(FEED, naming=WITH_EVERYTHING, entries=(WHOLE, OLDER), previous="2026-11")
ARCHIVE = replace(LIVE, month="2026-10", previous="2026-09", following="2026-11")
GRAVE = Tombstone(id="tag:example.org,2012:post/7", when=MONDAY - timedelta(days=3))

#: What ``text`` lets in: the characters of XML 1.0 without its controls, with everything that markup is made of.
XML_SAFE = st.text(
    st.one_of(
        st.sampled_from("<>&\"'[]!-?;#/=\t ]]>\u2028\u2029\\"),
        st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc", "Cn"]),
    ),
    min_size=1,
    max_size=60,
)
TITLES = XML_SAFE.map(lambda text: " ".join(text.split())).filter(bool)


def texts(element: etree._Element, path: str) -> list[str | None]:
    return [found.text for found in element.findall(path, NAMESPACES)]


def attributes(element: etree._Element, path: str) -> list[dict[str, str]]:
    return [{str(name): str(value) for name, value in found.items()} for found in element.findall(path, NAMESPACES)]


def as_a_reader_sees_it(document: bytes) -> Any:
    seen = feedparser.parse(document, sanitize_html=False)
    assert not seen.bozo, seen.get("bozo_exception")
    return seen


def as_atom(shown: FeedDocument) -> bytes:
    return atom.document(shown, (atom.entry(each, shown.naming) for each in shown.entries))


def as_rss(shown: FeedDocument) -> bytes:
    return rss.document(shown, (rss.item(each, shown.naming) for each in shown.entries))


def as_json(shown: FeedDocument) -> bytes:
    return jsonfeed.document(shown, (jsonfeed.item(each, shown.naming) for each in shown.entries))
