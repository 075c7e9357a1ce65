"""The gate: what goes live was read again, and what readers would choke on stays out, with a line that says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from hypothesis import given

from solacefeed.models.posts import Image
from solacefeed.publish import gate
from solacefeed.publish.feeds import FeedDocument, Term
from solacefeed.publish.gate import Kind
from tests.publish.documents import (
    ARCHIVE,
    ENTRY,
    FEED,
    GRAVE,
    LIVE,
    OLDER,
    TITLES,
    WHOLE,
    XML_SAFE,
    as_atom,
    as_json,
    as_rss,
)

GRAVEYARD = replace(LIVE, tombstones=(GRAVE,))
EMPTY = replace(LIVE, entries=())
UNCHANGED = replace(LIVE, entries=(replace(ENTRY, updated=ENTRY.published),))

PAGE = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Housing</title></head><body><p>\xe2\x80\x9cNew\xe2\x80\x9d</p></body>
</html>"""
OPML = b"""<?xml version='1.0' encoding='UTF-8'?>
<opml version="2.0"><head><title>Feeds</title></head><body>
  <outline text="All" type="rss" xmlUrl="https://feeds.example.org/all.atom"/>
  <outline text="Places"><outline text="Housing" type="rss" xmlUrl="https://feeds.example.org/h.atom"/></outline>
</body></opml>"""
SITEMAP = b"""<?xml version='1.0' encoding='UTF-8'?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
  <url><loc>https://feeds.example.org/</loc></url><url><loc>https://feeds.example.org/all/</loc></url>
</urlset>"""

GOOD: dict[Kind, bytes] = {
    "atom": as_atom(GRAVEYARD),
    "rss": as_rss(LIVE),
    "json": as_json(LIVE),
    "html": PAGE,
    "opml": OPML,
    "sitemap": SITEMAP,
}


Renderer: TypeAlias = Callable[[FeedDocument], bytes]
RENDERERS: list[tuple[Kind, Renderer]] = [("atom", as_atom), ("rss", as_rss), ("json", as_json)]


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_document_passes(kind: Kind) -> None:
    assert gate.problems(kind, GOOD[kind]) == []


@pytest.mark.parametrize("feed", [FEED, LIVE, ARCHIVE, GRAVEYARD, EMPTY, UNCHANGED])
def test_every_document_that_is_rendered_passes(feed: FeedDocument) -> None:
    assert gate.problems("atom", as_atom(feed)) == []
    assert gate.problems("rss", as_rss(feed)) == []
    assert gate.problems("json", as_json(feed)) == []


@given(title=TITLES, author=TITLES, content=XML_SAFE, summary=XML_SAFE)
def test_whatever_a_post_says_passes(title: str, author: str, content: str, summary: str) -> None:
    entry = replace(ENTRY, title=title, author=author, content=f"<p>{content}</p>", summary=summary)
    feed = replace(FEED, entries=(entry,))
    assert gate.entry_problems(entry) == []
    assert gate.problems("atom", as_atom(feed)) == []
    assert gate.problems("rss", as_rss(feed)) == []
    assert gate.problems("json", as_json(feed)) == []


@pytest.mark.parametrize("kind", GOOD)
def test_half_a_document_is_none(kind: Kind) -> None:
    half = GOOD[kind][: len(GOOD[kind]) // 2]
    assert gate.problems(kind, half)
    assert gate.problems(kind, b"")


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_not_in_utf_8_is_none(kind: Kind) -> None:
    assert gate.problems(kind, GOOD[kind].replace(b"e", b"\xe9", 40))


@pytest.mark.parametrize("kind", ["atom", "rss", "opml", "sitemap"])
def test_no_document_type_goes_live(kind: Kind) -> None:
    declared = b'<!DOCTYPE x [<!ENTITY boom "boom">]>'
    with_type = GOOD[kind].replace(b"?>\n", b"?>\n" + declared, 1)
    assert gate.problems(kind, with_type) == ["a document type, which no reader needs and many refuse"]


#: What is done to a good document, and what the gate then says; each once, for one reason.
BROKEN: list[tuple[Kind, bytes, bytes, str]] = [
    ("atom", b'xmlns="http://www.w3.org/2005/Atom"', b'xmlns="http://www.w3.org/2005/atom"', "no Atom feed"),
    ("atom", b"<id>tag:example.org,2012:post/11</id>", b"", "entry 2 (): 0 elements id, not one"),
    ("atom", b"post/11</id>", b"post/11</id><id>tag:x:1</id>", "entry 2 (): 2 elements id, not one"),
    ("atom", b"<id>tag:example.org,2012:post/11</id>", b"<id>11</id>", "entry 2 (11): id '11' is no absolute IRI"),
    ("atom", b"post/11<", b"post/12<", "more than one entry has the id tag:example.org,2012:post/12"),
    ("atom", b"<title>Older</title>", b"<title> </title>", "title is empty"),
    ("atom", b"<title>Older</title>", b"", "0 elements title, not one"),
    ("atom", b"<title>Housing - Officers' Blog</title>", b"", "feed: 0 elements title, not one"),
    ("atom", b"<updated>2026-11-23T08:00:00+00:00</updated>", b"", "feed: 0 elements updated, not one"),
    ("atom", b"<updated>2026-11-23T", b"<updated>2026-11-23 ", "feed: updated '2026-11-23 08"),
    ("atom", b"<updated>2026-11-23T", b"<updated>2026-11-31T", "feed: updated '2026-11-31"),
    ("atom", b"<published>2026-11-18T", b"<published>1026-11-18T", "published '1026-11-18T09:30:00+00:00' is no date"),
    ("atom", b"<published>2026-11-18T", b"<published>2026-12-18T", "before it was published"),
    ("atom", b'rel="self"', b'rel="via"', "feed: no link says where it stands itself"),
    ("atom", b'href="https://blog.example.org/savings/?', b'href="/savings/?', "link alternate to '/savings/?a=1&b=2'"),
    ("atom", b'href="https://blog.example.org/savings/?', b'href="https:///savings/?', "no absolute web address"),
    ("atom", b'rel="replies"', b'rel="alternate"', "more than one alternate link of the type text/html"),
    ("atom", b'rel="replies"', b"", "more than one alternate link of the type text/html"),
    ("atom", b"<name>Jo Carver</name>", b"<name/>", "an author without a name"),
    ("atom", b'ref="tag:example.org,2012:post/7"', b'ref="7"', "tombstone: ref '7' is no absolute IRI"),
    ("atom", b"post/7", b"post/12", "tombstone tag:example.org,2012:post/12: the entry is there"),
    ("atom", b'when="2026-11-20T08:00:00+00:00"', b'when="Friday"', "when 'Friday' is no date"),
    ("rss", b'version="2.0"', b'version="0.9"', "no RSS 2.0"),
    ("rss", b"<title>Housing - Officers' Blog</title>", b"", "channel: title is missing or empty"),
    (
        "rss",
        b"<description>Every post of Officers' Blog under Housing.</description>",
        b"",
        "channel: description is missing",
    ),
    ("rss", b"<link>https://feeds.example.org/", b"<link>/", "channel: link '/category/housing/' is no absolute"),
    ("rss", b'rel="self"', b'rel="via"', "channel: no link says where it stands itself"),
    ("rss", b'href="https://hub.example.org/"', b'href="hub"', "link hub to 'hub' is no absolute web address"),
    ("rss", b"<lastBuildDate>Mon, ", b"<lastBuildDate>", "lastBuildDate '23 Nov 2026 08:00:00 +0000' is no date"),
    ("rss", b"<pubDate>Wed, 18", b"<pubDate>Mi, 18", "pubDate 'Mi, 18 Nov 2026"),
    ("rss", b"<pubDate>Wed, 18", b"<pubDate>Thu, 18", "pubDate 'Thu, 18 Nov 2026"),
    ("rss", b"<pubDate>Wed, 18 Nov 2026", b"<pubDate>Tue, 31 Nov 2026", "is no date of RFC 822"),
    ("rss", b"post/11<", b"post/12<", "channel: more than one item has the guid tag:example.org,2012:post/12"),
    ("rss", b">tag:example.org,2012:post/11<", b"><", "item 2 (): guid is missing or empty"),
    ("rss", b"<link>https://blog.example.org/", b"<link>//blog.example.org/", "link '//blog.example.org/savings/"),
    ("rss", b"<comments>https://blog.example.org", b"<comments>", "comments '/savings/#comments' is no absolute"),
    ("rss", b"<pubDate>", b"<author>Jo Carver</author><pubDate>", "author 'Jo Carver' is no address"),
    ("json", b"jsonfeed.org/version/1.1", b"jsonfeed.org/version/2", "version 'https://jsonfeed.org/version/2'"),
    ("json", b'"title": "Housing - Officers\' Blog", ', b"", "feed: title is missing or empty"),
    ("json", b'"feed_url": "https://feeds.example.org/', b'"feed_url": "/', "feed: feed_url '/category/housing.json'"),
    ("json", b'"items": [', b'"items": [1, ', "feed: items is no list of objects"),
    ("json", b'"items"', b'"things"', "feed: items is no list of objects"),
    ("json", b'"id": "tag:example.org,2012:post/11"', b'"id": 11', "item 2 (11): id 11 is no text"),
    ("json", b"post/11", b"post/12", "feed: more than one item has the id tag:example.org,2012:post/12"),
    ("json", b'"content_html"', b'"content"', "neither content_html nor content_text"),
    ("json", b'"url": "https://blog.example.org/savings', b'"url": "savings', "url 'savings/?a=1&b=2' is no absolute"),
    ("json", b'"image": "https://', b'"image": "file://', "image 'file://blog.example.org/files/hall.jpg?w=640'"),
    ("json", b'"date_published": "2026-11-18T', b'"date_published": "2026-11-18 ', "date_published '2026-11-18 "),
    ("json", b'"date_modified": "2026', b'"date_modified": "3026', "date_modified '3026-11-23"),
    ("json", b'[{"name": "Jo Carver"}]', b'["Jo Carver"]', "authors ['Jo Carver'] is no list of people with names"),
    ("json", b'["Housing & Homes"]', b'"Housing"', "tags 'Housing' is no list of words"),
    ("json", b'"summary": "Some savings announce themselves."', b'"summary": NaN', "not well-formed: NaN is no JSON"),
    ("html", b"<!doctype html>", b"", "page: no <!doctype html>"),
    ("html", b"<title>Housing</title>", b"<title> </title>", "page: title is missing or empty"),
    ("html", b'<meta charset="utf-8">', b"", "page: no meta says that it is in UTF-8"),
    ("html", "<p>“New”</p>".encode(), b"", "page: nothing in it for a person to read"),
    ("html", b"</p>", b"\x0b</p>", "page: a control character in it"),
    ("opml", b'version="2.0"', b'version="3"', "list: the document is no OPML 2.0 with a body"),
    ("opml", b"<title>Feeds</title>", b"", "list: title is missing or empty"),
    ("opml", b'text="Housing"', b'text=""', "outline 3: text is missing or empty"),
    ("opml", b'xmlUrl="https://feeds.example.org/all.atom"', b"", "outline 1: xmlUrl None is no absolute web address"),
    ("sitemap", b"sitemap/0.9", b"sitemap/1", "no sitemap"),
    ("sitemap", b"https://feeds.example.org/all/", b"/all/", "url 2: loc '/all/' is no absolute web address"),
    ("sitemap", b"/all/", b"/", "list: https://feeds.example.org/ stands there more than once"),
]


@pytest.mark.parametrize(("kind", "right", "wrong", "said"), BROKEN)
def test_a_document_with_a_mistake_stays_out(kind: Kind, right: bytes, wrong: bytes, said: str) -> None:
    assert right in GOOD[kind]
    found = gate.problems(kind, GOOD[kind].replace(right, wrong, 1))
    assert any(said in problem for problem in found), found


def test_lists_without_anything_in_them_stay_out() -> None:
    assert gate.problems("opml", b'<opml version="2.0"><head><title>F</title></head><body/></opml>') == [
        "list: no outline in it"
    ]
    empty = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>'
    assert gate.problems("sitemap", empty) == ["list: 0 pages, not 1 to 50000"]


def test_an_archive_must_lead_to_the_present() -> None:
    document = as_atom(ARCHIVE).replace(b'rel="current"', b'rel="related"')
    assert gate.problems("atom", document) == [
        "feed: an archive without a link to the current feed (RFC 5005 section 4)"
    ]


def test_an_entry_without_an_author_needs_the_feeds() -> None:
    orphan = as_atom(LIVE).replace(b"<author>\n      <name>Jo Carver</name>\n    </author>", b"", 1)
    assert gate.problems("atom", orphan) == []
    nobodys = orphan.replace(b"<author>\n    <name>Society of Officers</name>\n  </author>", b"", 1)
    assert gate.problems("atom", nobodys) == [
        "entry 1 (tag:example.org,2012:post/12): no author, and none of the feed's"
    ]


def test_an_entry_without_content_needs_a_link_to_it() -> None:
    linked = as_atom(replace(FEED, entries=(OLDER,)))
    linked = linked.replace(b'<content type="html">', b"<rights>").replace(b"</content>", b"</rights>")
    assert gate.problems("atom", linked) == []
    unlinked = linked.replace(b'rel="alternate"', b'rel="related"')
    assert gate.problems("atom", unlinked) == [
        "entry 1 (tag:example.org,2012:post/11): neither a content nor an alternate link"
    ]


@pytest.mark.parametrize(("kind", "render"), RENDERERS)
def test_every_mistake_is_a_line_of_its_own(kind: Kind, render: Renderer) -> None:
    bad = replace(ENTRY, id="tag:x:\u2028y", url="https://\u2028\n/", comments_url="/\x85")
    found = gate.problems(kind, render(replace(FEED, entries=(bad, bad))))
    assert len(found) > 2
    assert [problem.splitlines() for problem in found] == [[problem] for problem in found]


# -- entries ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [ENTRY, OLDER, WHOLE, replace(ENTRY, content="", summary="", terms=())])
def test_a_good_entry_passes(entry: Any) -> None:
    assert gate.entry_problems(entry) == []


NOWHERE = Image(url="/files/hall.jpg", alt="")
SAID_BADLY = Image(url="https://blog.example.org/hall.jpg", alt="a\x00b")

BAD_ENTRIES: list[tuple[dict[str, Any], str]] = [
    ({"id": ""}, "id '' is no absolute IRI"),
    ({"id": "12"}, "id '12' is no absolute IRI"),
    ({"id": "tag:example.org,2012:post/1 2"}, "is no absolute IRI"),
    ({"url": "/savings/"}, "url '/savings/' is no absolute web address"),
    ({"url": "javascript:alert(1)"}, "url 'javascript:alert(1)' is no absolute web address"),
    ({"url": "https://blog.example.org/a b"}, "is no absolute web address"),
    ({"title": " "}, "title is empty"),
    ({"author": ""}, "author is empty"),
    ({"title": "a\x0bb"}, "title has the character U+000B, which no feed can hold"),
    ({"content": "<p>\ud800</p>"}, "content has the character U+D800, which no feed can hold"),
    ({"summary": "\ufffe"}, "summary has the character U+FFFE, which no feed can hold"),
    ({"origin": "the \x01 Times"}, "origin has the character U+0001, which no feed can hold"),
    ({"image": SAID_BADLY}, "image has the character U+0000, which no feed can hold"),
    ({"image": NOWHERE}, "image '/files/hall.jpg' is no absolute web address"),
    ({"comments_url": "#comments"}, "comments_url '#comments' is no absolute web address"),
    ({"language": "English (UK)"}, "language 'English (UK)' is no language tag"),
    ({"published": datetime(1026, 1, 1, tzinfo=UTC)}, "published 1026-01-01T00:00:00+00:00 is no date of a blog's"),
    ({"updated": datetime(9026, 1, 1, tzinfo=UTC)}, "updated 9026-01-01T00:00:00+00:00 is no date of a blog's post"),
    ({"updated": datetime(2026, 1, 1)}, "updated 2026-01-01T00:00:00 is no date of a blog's post"),  # noqa: DTZ001
    ({"updated": ENTRY.published - timedelta(days=1)}, "updated 2026-11-17T09:30:00+00:00, before it was published"),
    ({"terms": (Term(term="", scheme="tag:x:y", label="Y"),)}, "category '' of scheme 'tag:x:y' names nothing"),
    ({"terms": (Term(term="y", scheme="y", label="Y"),)}, "category 'y' of scheme 'y' names nothing"),
    ({"terms": (Term(term="y", scheme="tag:x:y", label="\x02"),)}, "category has the character U+0002"),
]


@pytest.mark.parametrize(("change", "said"), BAD_ENTRIES)
def test_a_bad_entry_is_told_by_what_is_wrong_with_it(change: dict[str, Any], said: str) -> None:
    (problem,) = gate.entry_problems(replace(WHOLE, **change))
    assert said in problem


def test_a_text_that_no_parser_takes_is_told_and_the_longest_allowed_is_taken() -> None:
    (problem,) = gate.entry_problems(replace(ENTRY, content="&" * (gate.MOST_CHARACTERS + 1)))
    assert problem == "content has 2400001 characters, more than parsers take"
    longest = replace(ENTRY, content="😀" * gate.MOST_CHARACTERS)
    assert gate.entry_problems(longest) == []
    assert gate.problems("atom", as_atom(replace(FEED, entries=(longest,)))) == []


@pytest.mark.parametrize("change", [change for change, _ in BAD_ENTRIES if change.keys() & {"url", "published"}])
@pytest.mark.parametrize(("kind", "render"), RENDERERS)
def test_what_an_entry_is_left_out_for_would_be_seen_in_the_document_too(
    kind: Kind, render: Renderer, change: dict[str, Any]
) -> None:
    assert gate.problems(kind, render(replace(FEED, entries=(replace(WHOLE, **change),))))
