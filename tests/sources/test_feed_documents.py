"""Documents of every format and every kind of damage: what is read from them, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from tracemalloc import get_traced_memory, start, stop
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.errors import Refused
from solacefeed.models.blog import CategoryName
from solacefeed.sources.answers import MOST_VALUES
from solacefeed.sources.feed_pieces import MOST_POSTS
from solacefeed.sources.feed_xml import Mender
from solacefeed.text.reading import read
from tests.sources.feed_world import (
    FEED,
    JSON,
    RSS,
    a_json_feed,
    an_atom,
    an_entry,
    an_item,
    an_rss,
    page_of,
    post_of,
)
from tests.support.steps import patience, steps

WHOLE = "<p>Whole.</p>"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # of a date's parts


# -- content, or an excerpt alone ---------------------------------------------------------------------

TEXTS: dict[str, tuple[str, str | None, str | None]] = {
    "atom content": (an_atom(an_entry(f'<content type="html"><![CDATA[{WHOLE}]]></content>')), WHOLE, None),
    "atom escaped": (an_atom(an_entry('<content type="html">&lt;p&gt;Whole.&lt;/p&gt;</content>')), WHOLE, None),
    "atom xhtml": (
        an_atom(
            an_entry(f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{WHOLE}</div></content>'),
        ),
        WHOLE,
        None,
    ),
    "atom text": (an_atom(an_entry("<content>1 &lt; 2\n\nMore.</content>")), "<p>1 &lt; 2</p>\n<p>More.</p>", None),
    "atom content before summary": (
        an_atom(an_entry(f'<content type="html"><![CDATA[{WHOLE}]]></content><summary>Part.</summary>')),
        WHOLE,
        "Part.",
    ),
    "atom empty": (an_atom(an_entry('<content type="html"></content><summary>Part.</summary>')), "", "Part."),
    "atom elsewhere": (
        an_atom(an_entry('<content type="text/html" src="https://a.example/"/><summary>Part.</summary>')),
        None,
        "Part.",
    ),
    "atom picture": (
        an_atom(an_entry('<content type="image/png">iVBORw0KGgo=</content><summary>Part.</summary>')),
        None,
        "Part.",
    ),
    "atom summary": (an_atom(an_entry("<summary>A &lt; B</summary>")), None, "A &lt; B"),
    "atom nothing": (an_atom(an_entry()), None, None),
    "rss encoded": (
        an_rss(an_item(f"<description>Part.</description><content:encoded><![CDATA[{WHOLE}]]></content:encoded>")),
        WHOLE,
        "Part.",
    ),
    "rss encoded first": (
        an_rss(an_item(f"<content:encoded><![CDATA[{WHOLE}]]></content:encoded><description>Part.</description>")),
        WHOLE,
        "Part.",
    ),
    "rss description": (an_rss(an_item("<description>&lt;p&gt;Part.&lt;/p&gt;</description>")), None, "<p>Part.</p>"),
    "rss encoded excerpt": (
        an_rss(an_item("<content:encoded><![CDATA[<p>Part [&#8230;]</p>]]></content:encoded>")),
        None,
        "<p>Part [&#8230;]</p>",
    ),
    "rss teaser": (
        an_rss(
            an_item('<content:encoded><![CDATA[<p>Part. <a class="more-link" href="/">On</a></p>]]></content:encoded>')
        ),
        None,
        '<p>Part. <a class="more-link" href="/">On</a></p>',
    ),
    "an ellipsis of the author's": (
        an_rss(an_item("<content:encoded><![CDATA[<p>He [...] left.</p>]]></content:encoded>")),
        "<p>He [...] left.</p>",
        None,
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_whole_is_content_and_the_rest_an_excerpt(name: str) -> None:
    document, content, excerpt = TEXTS[name]
    post = post_of(document)
    assert (post.content, post.excerpt) == (content, excerpt)


# -- titles, names, addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<title>Bread &amp; 5 &lt; 6</title>", "Bread &amp; 5 &lt; 6"),
        ('<title type="html">Bread &amp;amp; &lt;em>butter&lt;/em></title>', "Bread &amp; <em>butter</em>"),
        ('<title type="html"><![CDATA[Bread &amp; butter]]></title>', "Bread &amp; butter"),
        ("<title/>", ""),
    ],
)
def test_a_title_is_html_whatever_it_was(title: str, shown: str) -> None:
    entry = an_entry().replace("<title>Post 1</title>", title)
    assert post_of(an_atom(entry)).title == shown


@pytest.mark.parametrize(
    ("inside", "names"),
    [
        ("<author><name>Jo Bloggs</name><email>jo@a.example</email></author>", "Jo Bloggs"),
        (
            "<author><name>Jo</name></author><author><name>Sam</name></author><author><name>Jo</name></author>",
            "Jo, Sam",
        ),
        ("<author><name>Jo</name><email>jo@a.example</email></author>", "Jo"),
        ("<author><email>jo@a.example</email></author>", None),
        ("", "The House"),
    ],
)
def test_authors_of_an_atom_entry(inside: str, names: str | None) -> None:
    document = an_atom(an_entry(inside), head="<author><name>The House</name></author>")
    assert post_of(document).author_name == names


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        ("<dc:creator><![CDATA[Jo  Bloggs]]></dc:creator>", "Jo Bloggs"),
        ("<author>jo@a.example (Jo Bloggs)</author>", "Jo Bloggs"),
        ("<author>Jo Bloggs &lt;jo@a.example></author>", "Jo Bloggs"),
        ("<author>Bloggs, Jo</author>", "Bloggs, Jo"),
        ("<dc:creator>Jo</dc:creator><dc:creator>Sam</dc:creator>", "Jo, Sam"),
        ("<author>jo@a.example</author>", None),
        ("", None),
    ],
)
def test_the_author_of_an_rss_item(inside: str, name: str | None) -> None:
    assert post_of(an_rss(an_item(inside))).author_name == name


def named(*names: str) -> tuple[CategoryName, ...]:
    return tuple(CategoryName(slug=None, name=name) for name in names)


@pytest.mark.parametrize(
    ("document", "categories"),
    [
        (
            an_atom(an_entry('<category term="b-b" label="B &amp; B"/><category term="Housing"/>')),
            named("B & B", "Housing"),
        ),
        (an_rss(an_item("<category><![CDATA[Housing]]></category><category>housing</category>")), named("Housing")),
        (an_rss(an_item("<dc:subject><![CDATA[B &amp; B]]></dc:subject>")), named("B & B")),
        (an_rss(an_item("<category/>")), None),
        (an_rss(an_item()), None),
    ],
)
def test_categories_are_names_and_none_means_not_shown(
    document: str, categories: tuple[CategoryName, ...] | None
) -> None:
    assert post_of(document).category_names == categories


def test_a_trailer_gives_the_categories_their_addresses() -> None:
    trailer = (
        '<p>Text.</p>Filed under: <a href="https://blog.example.org/category/housing/" rel="category tag">Housing</a>, '
        '<a href="https://blog.example.org/category/money/local/">Local finance</a> Tagged: <a href="/tag/x/">x</a>'
    )
    item = an_item(f"<category>Housing</category><content:encoded><![CDATA[{trailer}]]></content:encoded>")
    post = post_of(an_rss(item))
    assert post.category_names == (
        CategoryName(slug="housing", name="Housing"),
        CategoryName(slug="local", name="Local finance"),
    )
    assert "Filed" not in read(post.title, post.content or "", url=post.url).content


@pytest.mark.parametrize(
    ("guid", "link", "number"),
    [
        ("https://a.example/?p=7", "https://a.example/2026/11/16/x/", "7"),
        ("http://a.example/?post_type=post&amp;p=7", "https://a.example/x/", "7"),
        ("http://old.example/?p=7", "https://a.example/x/", None),
        ("https://a.example/one/?p=7", "https://a.example/two/x/", None),
        ("https://a.example/2026/11/16/x/", "https://a.example/?p=8", "8"),
        ("tag:a.example,2026:7", "https://a.example/p=7/", None),
        ("https://a.example/?p=007x", "https://a.example/x/", None),
        ("http://[", "https://a.example/x/", None),
    ],
)
def test_the_blogs_number_is_told_by_its_own_address_alone(guid: str, link: str, number: str | None) -> None:
    item = f'<guid isPermaLink="false">{guid}</guid><link>{link}</link><pubDate>16 Nov 2026 09:00 GMT</pubDate>'
    post = post_of(an_rss(f"<item>{item}</item>"))
    assert (post.number, post.guid) == (number, guid.replace("&amp;", "&"))


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ("<link>https://a.example/x/</link>", "https://a.example/x/"),
        ("<link>/x/</link>", "https://blog.example.org/x/"),
        ("<guid>https://a.example/g/</guid>", "https://a.example/g/"),
        ("<link>https://f.example/~r/1</link><feedburner:origLink>https://a.example/x/</feedburner:origLink>", "https://a.example/x/"),
        ("<atom:link rel='self' href='https://a.example/s'/><link>https://a.example/x/</link>", "https://a.example/x/"),
    ],
)  # fmt: skip
def test_the_permalink_is_the_blogs_own(links: str, url: str) -> None:
    assert post_of(an_rss(f"<item>{links}<pubDate>Mon, 16 Nov 2026 09:00 GMT</pubDate></item>")).url == url


def test_an_address_is_seen_from_its_xml_base() -> None:
    entry = an_entry().replace('href="https://blog.example.org/post-1/"', 'href="post-1/"')
    document = an_atom(entry).replace("<feed ", '<feed xml:base="https://a.example/blog/" ')
    assert post_of(document).url == "https://a.example/blog/post-1/"


# -- dates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "at", "day_only"),
    [
        ("Thu, 17 May 2012 09:00:00 +0100", utc(2012, 5, 17, 8), False),
        ("Thu, 17 May 2012 09:00:00 GMT", utc(2012, 5, 17, 9), False),
        ("Thu, 17 May 2012 09:00:00 EST", utc(2012, 5, 17, 14), False),
        ("17 May 2012 09:00 -0000", utc(2012, 5, 17, 9), False),
        ("2012-05-17T09:00:00+01:00", utc(2012, 5, 17, 8), False),
        ("2012-05-17T09:00:00", utc(2012, 5, 17, 9), False),
        ("2012-05-17", utc(2012, 5, 17), True),
        ("17 May 2012", utc(2012, 5, 17), True),
    ],
)
def test_a_date_keeps_its_zone_and_its_vagueness(written: str, at: datetime, day_only: bool) -> None:
    document = an_rss(f"<item><link>https://a.example/x/</link><pubDate>{written}</pubDate></item>")
    post = post_of(document)
    assert (post.published, post.day_only, post.modified) == (at, day_only, None)


@pytest.mark.parametrize("written", ["", "2012", "2012-05", "yesterday", "9" * 5000, "2012-13-40", "99999-01-01"])
def test_a_post_without_a_day_is_set_aside(written: str) -> None:
    document = an_rss(f"<item><link>https://a.example/x/</link><pubDate>{written}</pubDate></item>", an_item())
    page = page_of(document)
    assert len(page.posts) == 1
    assert page.unreadable == {"https://a.example/x/": "it has no date"}


def test_a_permalink_tells_the_day_where_the_feed_does_not() -> None:
    post = post_of(an_rss("<item><link>https://a.example/2012/05/17/x/</link></item>"))
    assert (post.published, post.day_only) == (utc(2012, 5, 17), True)


@pytest.mark.parametrize(
    ("dates", "published", "modified"),
    [
        ("<published>2012-05-17T09:00:00Z</published><updated>2012-05-18T09:00:00Z</updated>", 17, 18),
        ("<updated>2012-05-18T09:00:00Z</updated>", 18, 18),
        ("<published>2012-05-17T09:00:00Z</published>", 17, None),
    ],
)
def test_the_dates_of_an_atom_entry(dates: str, published: int, modified: int | None) -> None:
    post = post_of(an_atom(f'<entry><id>a:b</id><link href="https://a.example/x/"/>{dates}</entry>'))
    assert post.published == utc(2012, 5, published, 9)
    assert post.modified == (utc(2012, 5, modified, 9) if modified else None)


def test_rss_1_0_has_one_date_and_it_is_the_publication() -> None:
    document = (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:admin="http://webns.net/mvcb/">'
        '<channel rdf:about="https://a.example/"><title>A blog</title>'
        '<admin:generatorAgent rdf:resource="https://wordpress.org/?v=6.1.9"/></channel>'
        '<item rdf:about="https://a.example/x/"><title>X</title><link>https://a.example/x/</link>'
        "<dc:date>2012-05-17T09:00:00Z</dc:date><dc:creator>Jo</dc:creator></item></rdf:RDF>"
    )
    post = post_of(document)
    assert (post.guid, post.author_name) == ("https://a.example/x/", "Jo")
    assert (post.published, post.modified) == (utc(2012, 5, 17, 9), None)
    assert page_of(document).by_wordpress


# -- behind a password --------------------------------------------------------------------------------

LOCKED = (
    '<form action="https://a.example/wp-login.php?action=postpass" class="post-password-form" method="post">'
    "<p>This content is password protected.</p></form>"
)
NO_EXCERPT = "There is no excerpt because this is a protected post."


@pytest.mark.parametrize(
    "inside",
    [
        f"<content:encoded><![CDATA[{LOCKED}]]></content:encoded>",
        f"<description>{NO_EXCERPT}</description><content:encoded><![CDATA[{LOCKED}]]></content:encoded>",
        f"<description>{NO_EXCERPT}</description>",
        '<description>&lt;form method=post action="/wp-login.php?action=postpass">Passwort&lt;/form></description>',
    ],
)
def test_a_post_that_asks_for_a_password_is_protected(inside: str) -> None:
    post = post_of(an_rss(an_item(f"<title>Protected: Plans</title>{inside}")))
    assert post.protected
    assert (post.title, post.content, post.excerpt) == ("Plans", None, None)


@pytest.mark.parametrize(
    "inside",
    [
        "<content:encoded><![CDATA[<p>Our green spaces.</p>]]></content:encoded>",
        "<content:encoded><![CDATA[<pre>&lt;form class='post-password-form'></pre>]]></content:encoded>",
        "<description>Our green spaces.</description>",
    ],
)
def test_a_post_about_protection_is_none(inside: str) -> None:
    post = post_of(an_rss(an_item(f"<title>Protected: our green spaces</title>{inside}")))
    assert (post.protected, post.title) == (False, "Protected: our green spaces")


# -- JSON Feed ----------------------------------------------------------------------------------------

ITEM: dict[str, Any] = {
    "id": "https://a.example/?p=7",
    "url": "https://a.example/x/",
    "title": "Bread & butter",
    "content_html": WHOLE,
    "date_published": "2012-05-17T09:00:00+01:00",
    "date_modified": "2012-05-18T09:00:00.5Z",
    "authors": [{"name": "Jo"}, {"name": "Sam"}, {"url": "https://a.example/"}],
    "tags": ["Housing", " ", 7],
}


def test_a_json_feed_is_read_whole() -> None:
    document = a_json_feed(ITEM, home_page_url="https://a.example/", next_url="/feed?page=2")
    post, page = post_of(document, kind=JSON), page_of(document, kind=JSON)
    assert (post.number, post.guid, post.url) == ("7", "https://a.example/?p=7", "https://a.example/x/")
    assert (post.title, post.content, post.author_name) == ("Bread &amp; butter", WHOLE, "Jo, Sam")
    assert (post.published, post.modified) == (utc(2012, 5, 17, 8), utc(2012, 5, 18, 9))
    assert post.category_names == named("Housing")
    assert (page.home, page.older) == ("https://a.example/", "https://blog.example.org/feed?page=2")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"id": 7}, {"guid": "7"}),
        ({"content_html": None, "content_text": "1 < 2\nb\n\nc"}, {"content": "<p>1 &lt; 2<br>b</p>\n<p>c</p>"}),
        ({"content_html": None, "summary": "A & B"}, {"content": None, "excerpt": "A &amp; B"}),
        ({"date_published": "2012-05-17"}, {"day_only": True}),
        ({"authors": None, "author": {"name": "Jo"}}, {"author_name": "Jo"}),
        ({"authors": "Jo"}, {"author_name": "The House"}),
        ({"title": None}, {"title": ""}),
        ({"tags": "Housing"}, {"category_names": None}),
        ({"content_html": "<p>\ud800</p>"}, {"content": "<p>?</p>"}),
    ],
)
def test_what_a_json_item_may_leave_out_or_do_its_own_way(change: dict[str, Any], expected: dict[str, Any]) -> None:
    post = post_of(a_json_feed(ITEM | change, authors=[{"name": "The House"}]), kind=JSON)
    assert {name: getattr(post, name) for name in expected} == expected


@pytest.mark.parametrize(
    "document",
    ["{", "[]", "{}", "null", '{"version": "1"}', a_json_feed()[:-2], "[" * 100_000, '{"a":' * 100_000, "\udcff",
     a_json_feed().replace("jsonfeed.org", "elsewhere.example"), a_json_feed().replace("[]", "{}"), "1" * 10_000],
)  # fmt: skip
def test_what_is_no_json_feed_is_refused(document: str) -> None:
    with pytest.raises(Refused, match="JSON"):
        page_of(document.encode("utf-8", "surrogateescape"), kind=JSON)


def test_a_json_feed_of_more_values_than_are_read_is_refused() -> None:
    with pytest.raises(Refused, match="JSON of more than 2000000 values; no answer of a blog needs so many"):
        page_of(a_json_feed(ITEM).replace('"items": [', '"items": [' + "0," * (MOST_VALUES + 1)), kind=JSON)


def test_items_that_are_none_cost_only_themselves() -> None:
    page = page_of(a_json_feed(ITEM, {"id": "x"}, {}).replace('"items": [', '"items": [1, null, [], '), kind=JSON)
    assert len(page.posts) == 1
    assert page.unreadable == dict.fromkeys(["x", "without an id"], "it has no http or https address")


# -- characters ---------------------------------------------------------------------------------------

CAFE = an_atom(an_entry().replace("Post 1", "Café’s"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (CAFE.encode(), "application/xml"),
        (b"\xef\xbb\xbf\n\n" + CAFE.encode(), "application/xml"),
        (CAFE.encode("utf-16"), "application/xml"),
        (CAFE.encode("utf-16-be"), "application/xml; charset=utf-16be"),
        (f'<?xml version="1.0" encoding="windows-1252"?>{CAFE}'.encode("cp1252"), "text/xml"),
        (f"<?xml version='1.0' encoding='iso-8859-1'?>{CAFE}".encode("cp1252"), "text/xml"),
        (f'<?xml version="1.0" encoding="iso-8859-1"?>{CAFE}'.encode(), 'text/xml; charset="UTF-8"'),
        (f'<?xml version="1.0" encoding="utf-16"?>{CAFE}'.encode(), "application/xml"),
        (f'<?xml version="1.0" encoding="us-ascii"?>{CAFE}'.encode(), "application/xml"),
        (f'\n <?xml version="1.1"?><!-- <a> --><?xml-stylesheet href="<b>"?>{CAFE}'.encode(), "application/rss+xml"),
    ],
)
def test_a_document_is_read_in_the_encoding_that_it_is_in(body: bytes, kind: str) -> None:
    assert post_of(body, kind=kind).title == "Café’s"


@pytest.mark.parametrize("encoding", ["punycode", "utf-7", "zlib", "unicode_escape", "rot13", "none", "x" * 39])
def test_an_encoding_of_nowhere_is_refused(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?>{CAFE}'
    with pytest.raises(Refused, match=r"in the encoding .*, which is not known here"):
        page_of(document.encode("cp1252"), kind="application/xml")


@pytest.mark.parametrize("encoding", ["utf8mb4", "utf-7", "unicode", "none"])
def test_what_is_utf_8_is_read_so_whatever_nobody_knows_is_said_of_it(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?>{CAFE}'
    assert post_of(document.encode(), kind=f"application/xml; charset={encoding}").title == "Café’s"


#: What costs its own post alone, in a title or an element of it.
BROKEN_MARK_UP = {
    "a bare less-than": "<title>5 < 6</title>",
    "a tag that is not closed": "<summary><p>One<br>two</p></summary>",
    "a section in a section": "<summary><![CDATA[a <![CDATA[b]]> c]]></summary>",
    "an attribute without quotes": "<link href=https://blog.example.org/2/>",
    "an attribute twice": '<link rel="related" href="a" href="b"/>',
    "a name of nowhere": "<a:b:c>2</a:b:c>",
    "an end tag too many": "</p>",
}


@pytest.mark.parametrize("broken", BROKEN_MARK_UP.values(), ids=BROKEN_MARK_UP.keys())
def test_a_post_of_broken_mark_up_costs_itself_alone(broken: str) -> None:
    page = page_of(an_atom(an_entry(number=1), an_entry(broken, number=2), an_entry(number=3)))
    assert [post.title for post in page.posts] == ["Post 1", "Post 3"]
    [(name, reason)] = page.unreadable.items()
    assert name == "tag:blog.example.org,2026:2"
    assert reason.startswith("it has broken mark-up (")


def test_a_post_that_does_not_end_costs_itself_alone() -> None:
    entries = [an_entry(number=1), an_entry(number=2).replace("</entry>", ""), an_entry(number=3)]
    page = page_of(an_atom(*entries))
    assert [post.title for post in page.posts] == ["Post 1", "Post 3"]


@pytest.mark.parametrize("behind", ["<script>a()</script>", "<br />\n<b>Notice</b>: closed", "text", "<!-- a -- b -->"])
def test_what_stands_behind_a_feed_is_none_of_it(behind: str) -> None:
    assert post_of(an_atom(an_entry()) + behind).title == "Post 1"


@pytest.mark.parametrize("place", ["<feed ", "<entry "])
def test_a_base_that_is_broken_hides_no_address(place: str) -> None:
    entries = [an_entry(number=number) for number in (1, 2, 3)]
    document = an_atom(*entries).replace(place, f'{place}xml:base="http://[oops/" ', 1)
    assert [post.title for post in page_of(document).posts] == ["Post 1", "Post 2", "Post 3"]


def test_bytes_that_are_no_characters_cost_their_post() -> None:
    document = an_atom(*(an_entry(number=number) for number in (1, 2, 3))).encode()
    page = page_of(document.replace(b"Post 2", b"Caf\xe9"))
    assert [post.title for post in page.posts] == ["Post 1", "Post 3"]
    assert page.unreadable == {
        "tag:blog.example.org,2026:2": "it holds bytes that are no characters in the feed's encoding"
    }


def test_a_document_in_another_encoding_is_refused_whole() -> None:
    document = an_atom(*(an_entry(number=number).replace("Post", "Poät") for number in (1, 2, 3)))
    with pytest.raises(Refused, match="not in the encoding that it says"):
        page_of(document.encode("latin-1"))


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("a\x0bb\x07c\x00d", "a bcd"),
        ("a&#11;b&#7;c&#xB;&#xD800;&#xFFFE;d&#x110000;", "a bc d"),
        ("AT&T & sons &unknown; &#; &#x; &", "AT&amp;T &amp; sons &amp;unknown; &amp;#; &amp;#x; &amp;"),
        ("caf&eacute;&nbsp;&hellip; &AMP; &lt;", "café\xa0… &amp; &lt;"),
        ("a\u202eb&#x202e;c", "abc"),
        ("<![CDATA[&eacute; & <b>]]>", "&amp;eacute; &amp; &lt;b&gt;"),
        ("a<!-- -- > -->b", "ab"),
    ],
)
def test_what_is_surely_meant_is_mended(written: str, title: str) -> None:
    assert post_of(an_atom(an_entry().replace("Post 1", written))).title == title


# -- what is refused ----------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

REFUSED = {
    "half": (an_atom(an_entry())[:-9], "not well-formed"),
    "half in a text": (an_atom(an_entry("<content type='html'><![CDATA[</feed>")), "not well-formed"),
    "no end": (an_atom(an_entry()).removesuffix("</feed>"), "not well-formed"),
    "mismatched": (an_atom("<entry><title></entry></title>"), "not well-formed"),
    "two roots": (an_atom() + an_atom(), "not well-formed"),
    "laughs": (f'<!DOCTYPE feed [<!ENTITY l0 "ha">{LAUGHS}]>{an_atom("<title>&l9;</title>")}', "a document type"),
    "file": (f'<!DOCTYPE feed [<!ENTITY f SYSTEM "file:///etc/passwd">]>{an_atom("&f;")}', "a document type"),
    "parameter": (f'<!DOCTYPE feed [<!ENTITY % p SYSTEM "http://a.example/d"> %p;]>{an_atom()}', "a document type"),
    "page": ("<!DOCTYPE html><html><body/></html>", "a document of <html>, which is no feed"),
    "text": ("Not found", "not well-formed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_cannot_be_believed_is_refused_whole(name: str) -> None:
    document, line = REFUSED[name]
    with pytest.raises(Refused, match=line) as caught:
        page_of(document)
    assert "\n" not in str(caught.value)


def test_an_external_document_type_is_never_fetched_and_no_harm() -> None:
    doctype = '<!DOCTYPE feed PUBLIC "-//A//EN" "http://127.0.0.1:1/a.dtd">'
    assert post_of(doctype + an_atom(an_entry().replace("Post 1", "caf&eacute;"))).title == "café"


def test_comments_are_counted_where_the_feed_does() -> None:
    rss = an_rss(an_item("<comments>https://a.example/x/#respond</comments><slash:comments>0</slash:comments>"))
    atom = an_atom(
        an_entry('<link rel="replies" type="text/html" href="/x/#comments"/><thr:total>12</thr:total>'),
    ).replace("<feed ", '<feed xmlns:thr="http://purl.org/syndication/thread/1.0" ')
    assert (post_of(rss).comments_url, post_of(rss).comments) == ("https://a.example/x/#comments", 0)
    assert (post_of(atom).comments_url, post_of(atom).comments) == ("https://blog.example.org/x/#comments", 12)
    assert (post_of(an_atom(an_entry())).comments_url, post_of(an_atom(an_entry())).comments) == (None, None)


@given(st.integers(min_value=0, max_value=len(CAFE) - 1))
def test_no_part_of_a_feed_is_taken_for_the_whole(length: int) -> None:
    with pytest.raises(Refused):
        page_of(CAFE[:length])


PIECES = [
    "<", ">", "&", "]]>", "<![CDATA[", "<!--", "-->", "<?", "&#11;", "&#xD800;", "&lt;script&gt;", "<entry>",
    "</entry>", "<content type='html'>", "</content>", "<title>", "<link href='javascript:alert(1)'/>", "<updated>",
    "x", " ", "\x0b", "<svg onload='a()'>", "&lt;a href=javascript:a()&gt;", 'xml:base="a"', "\ud7ff", "\U0001f600",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_whatever_a_feed_holds_it_is_read_or_refused_and_no_script_comes_through(pieces: list[str]) -> None:
    document = an_atom(an_entry(f"<content type='html'>{''.join(pieces)}</content>"), an_entry("".join(pieces)))
    try:
        posts = page_of(document).posts
    except Refused:
        return
    for post in posts:
        assert post.url.startswith("https://") or post.url.startswith("http://")
        shown = read(post.title, post.content or post.excerpt or "", url=post.url).content
        assert not re.search(r"<(?:script|svg)|\son\w+=|href=.javascript:", shown)


# -- poison -------------------------------------------------------------------------------------------


def nested(text: str, times: int, end: str) -> str:
    return text * times + end * times


POISON: dict[str, Callable[[], str]] = {
    "tags in a text": lambda: an_atom(
        an_entry(f"<content type='html'><![CDATA[{nested('<div>', 10_000, '</div>')}]]></content>")
    ),
    "tags in the document": lambda: an_atom(
        an_entry(f"<content type='xhtml'>{nested('<div>', 10_000, '</div>')}</content>")
    ),
    "a long title": lambda: an_atom(an_entry().replace("Post 1", "a" * 500_000)),
    "a title of brackets": lambda: an_rss(an_item(f"<title>{'&lt;' * 125_000}</title>")),
    "a long author": lambda: an_rss(an_item(f"<author>{'a' * 500_000}</author>")),
    "many long authors": lambda: an_rss(*(an_item(f"<author>{'a' * 499}</author>") for _ in range(2_000))),
    "a long address": lambda: an_atom(an_entry().replace("/post-1/", "/a/.." * 100_000)),
    "a long date": lambda: an_rss(an_item(f"<pubDate>{'1' * 500_000}</pubDate>")),
    "many categories": lambda: an_rss(an_item("".join(f"<category>{number}</category>" for number in range(20_000)))),
    "a long category": lambda: an_atom(an_entry(f'<category term="{"a" * 500_000}"/>')),
    "many elements": lambda: an_atom("<a/>" * 1_000_000),
    "many attributes": lambda: an_atom("<a " + " ".join(f"a{number}=''" for number in range(100_000)) + "/>"),
    "many namespaces": lambda: an_atom("".join(f"<a xmlns:n{number}='u:{number}'/>" for number in range(5_000))),
    "many bases": lambda: an_atom(nested(f'<a xml:base="{"a" * 1000}/">', 150, "</a>")),
    "many references": lambda: an_atom("&" * 3_000_000),
    "many lines": lambda: an_atom("\n" * 3_000_000),
    "many comments": lambda: an_atom("<!--" * 1_000_000),
    "many instructions": lambda: "<?a encoding=''" * 100_000 + "?>" + an_atom(an_entry()),
    "many declarations": lambda: "<!DOCTYPE a>" * 100_000 + an_atom(an_entry()),
    "very large": lambda: an_atom("a" * 12_000_000),
    "nothing at all": lambda: " " * 5_000_000,
}


@pytest.mark.parametrize("name", POISON)
def test_poison_costs_its_post_or_the_poll_steps_in_proportion_to_its_length_and_never_a_hang(name: str) -> None:
    document = POISON[name]()

    def read_all() -> None:
        with suppress(Refused):
            page = page_of(document)
            assert len(page.posts) + len(page.unreadable) >= 1
            for post in page.posts:
                read(post.title, post.content or "", url=post.url)

    with patience():
        assert steps(read_all) < 10 * len(document)


def test_poison_in_one_post_leaves_the_others_as_they_are() -> None:
    poisoned = an_entry(f'<category term="{"a" * 500_000}"/>', number=2)
    page = page_of(an_atom(an_entry(number=1), poisoned, an_entry(number=3)))
    assert [post.title for post in page.posts] == ["Post 1", "Post 3"]
    assert page.unreadable == {"tag:blog.example.org,2026:2": "its category has 500000 characters"}


#: What one post may hold that no post of a blog does, and how it is told.
BEYOND: dict[str, tuple[str, str]] = {
    "categories": ("<category>c</category>" * 101, "it has more than 100 categories"),
    "elements": ("<a/>" * 20_001, "it has more than 20000 elements"),
    "levels": ("<a>" * 300 + "</a>" * 300, "it has more than 200 levels"),
    "attributes": ("<a " + " ".join(f"a{number}=''" for number in range(101)) + "/>", "attributes of one element"),
    "namespaces": ("".join(f"<a xmlns:n{number}='u:{number}'/>" for number in range(101)), "100 namespaces"),
    "a name": (f"<author>{'a' * 501}</author>", "500 characters in a name"),
    "lines": ("\n" * 300_001, "300000 lines and references"),
    "bytes": ("a" * 4_000_001, "4000000 bytes"),
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_one_post_holds_costs_no_other(name: str) -> None:
    inside, why = BEYOND[name]
    items = [an_item(f"<guid>{number}</guid>{inside if number == 2 else ''}") for number in (1, 2, 3)]
    page = page_of(an_rss(*items))
    assert [post.guid for post in page.posts] == ["1", "3"]
    assert list(page.unreadable) == ["2"]
    assert why in page.unreadable["2"]


def test_a_tag_of_extreme_length_loses_its_attributes_and_no_text_does() -> None:
    tag = "<a " + " ".join(f"a{number}=''" for number in range(120_000)) + ">b</a>"
    text = "&lt;p&gt;" + "A" * 1_000_001 + "&lt;/p&gt;"
    item = an_item(f"{tag}<content:encoded><![CDATA[<img alt='{'a' * 1_000_001}'>]]></content:encoded>")
    assert "a" * 1_000_001 in str(post_of(an_rss(item)).content)
    assert "A" * 1_000_001 in str(post_of(an_rss(an_item(f"{tag}<content:encoded>{text}</content:encoded>"))).content)


@pytest.mark.more
def test_of_more_posts_than_a_poll_takes_the_first_are_taken_and_the_rest_is_told() -> None:
    page = page_of(an_rss(*(an_item(f"<guid>{number}</guid>") for number in range(MOST_POSTS + 2))))
    assert [post.guid for post in page.posts] == [str(number) for number in range(MOST_POSTS)]
    assert page.unreadable == {
        f"more in {FEED}": "the document has more than 5000 posts; what stands behind them was not read"
    }


@pytest.mark.more
@given(
    st.lists(st.sampled_from(["", "<guid>g</guid>", "<category>c</category>", "<x:y xmlns:x='u:x'/>", "<!-- > -->"])),
    st.sampled_from(["atom", "rss"]),
    st.integers(min_value=1, max_value=120),
)
def test_a_post_reads_the_same_alone_and_among_many(insides: list[str], kind: str, number: int) -> None:
    inside = "".join(insides)
    if kind == "atom":
        one, many = an_atom(an_entry(inside)), an_atom(*[an_entry(inside)] * number)
    else:
        one, many = an_rss(an_item(inside)), an_rss(*[an_item(inside)] * number)
    assert set(page_of(many).posts) == set(page_of(one).posts)
    assert len(page_of(many).posts) == number


@given(st.text(alphabet="ab<>&;![CDAT]-\n\ré\U0001f600", max_size=60), st.integers(min_value=1, max_value=80))
def test_a_document_is_mended_alike_however_it_comes_in_chunks(text: str, length: int) -> None:
    whole = "<rss>" + text
    chunks = [whole[start : start + length] for start in range(0, len(whole), length)]
    mender = Mender()
    mended = [mender.feed(chunk, last=number == len(chunks)) for number, chunk in enumerate(chunks, start=1)]
    assert "".join(mended) == Mender().feed(whole, last=True)


@pytest.mark.more
def test_a_large_feed_takes_a_small_multiple_of_its_size() -> None:
    text = f"<content type='html'><![CDATA[{'<p>Text.</p>' * 500}]]></content>"
    document = an_atom(*(an_entry(text, number=number) for number in range(300))).encode()
    start()
    page = page_of(document)
    _, peak = get_traced_memory()
    stop()
    assert len(page.posts) == 300
    assert peak < 15 * len(document)


def test_an_episode_without_a_page_of_its_own_is_found_where_it_plays() -> None:
    plays = "https://cdn.example.org/1.mp3"
    item = (
        '<item><title>Episode 1</title><guid isPermaLink="false">buzz-1</guid>'
        "<pubDate>Mon, 16 Nov 2026 09:00:00 GMT</pubDate>"
        f'<enclosure url="{plays}" type="audio/mpeg" length="1000"/></item>'
    )
    page = page_of(f"<rss version='2.0'><channel><title>A podcast</title>{item}</channel></rss>", kind=RSS)
    (episode,) = page.posts
    assert (episode.url, episode.guid) == (plays, "buzz-1")
    assert page.unreadable == {}
