"""Feeds as they are met: under a wrong type, with mark-up that is not quite right, with entries that lack all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.errors import Refused
from solacefeed.models.posts import Enclosure
from solacefeed.sources import feed_mending
from solacefeed.sources.finding_site import feeds_of
from tests.sources.feed_world import a_json_feed, an_answer_of, an_atom, an_entry, an_item, an_rss, page_of, post_of

CASES = Path(__file__).parents[3] / "shared" / "cases"

#: Types under which feeds are served.
TYPES = ["text/html; charset=UTF-8", "text/plain", "application/octet-stream", "application/json", "image/png", ""]
ITEM = {"id": "1", "url": "https://blog.example.org/1/", "date_published": "2026-11-20T09:00:00Z"}


def a_case(name: str) -> bytes:
    """An input of the kit, where that stands beside the project."""
    path = CASES / name
    if not path.exists():
        pytest.skip("the kit with the cases is not here")
    return path.read_bytes()


# -- known by its body --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "document",
    [
        an_atom(an_entry()),
        an_rss(an_item()),
        f'\n<?xml version="1.0"?><!-- made by hand -->\n<?xml-stylesheet href="f.css"?>{an_rss(an_item())}',
        a_json_feed(ITEM),
        f"\ufeff{a_json_feed(ITEM)}",
        a_json_feed(ITEM).replace("/", "\\/"),
    ],
    ids=["atom", "rss", "rss behind a prolog", "json", "json behind a mark", "json as PHP writes it"],
)
def test_a_feed_is_read_whatever_its_type_says(document: str, kind: str) -> None:
    assert len(page_of(document, kind=kind).posts) == 1
    assert feeds_of(an_answer_of(document, kind=kind)) == ("https://blog.example.org/feed/atom/",)


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE html><html><body><p>&lt;rss&gt;</p><rss></rss></body></html>",
        f"<html><body><pre>{an_rss()}</pre></body></html>",
        f"Here is a feed: {an_rss()}",
        '{"message": "no"}',
        "",
    ],
)
@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_a_page_is_taken_for_no_feed(document: str, kind: str) -> None:
    with pytest.raises(Refused, match="instead of a feed"):
        page_of(document, kind=kind)
    assert feeds_of(an_answer_of(document, kind=kind)) != ("https://blog.example.org/feed/atom/",)


# -- prefixes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "inside",
    [
        "<georss:point>1 2</georss:point>",
        '<x:y z:attribute="1"><x:y/></x:y>',
        '<media:thumbnail url="https://blog.example.org/a.png" some:thing="1"/>',
        '<p:pos xmlns:p="http://www.opengis.net/gml">1 2</p:pos>',
        '<p:point xmlns:p="http://www.georss.org/georss">north</p:point><q:r/>',
    ],
)
@pytest.mark.parametrize("head", ["", '<wp:inner xmlns:wp="urn:a"><wp:b/></wp:inner>'])
def test_a_prefix_that_nobody_declared_costs_nothing(inside: str, head: str) -> None:
    page = page_of(an_rss(an_item(f"<title>Homes</title>{inside}"), head=head))
    assert [post.title for post in page.posts] == ["Homes"]


def test_what_a_known_prefix_means_is_read_also_undeclared() -> None:
    document = '<rss version="2.0"><channel>{}</channel></rss>'.format(
        an_item("<dc:creator>Jo</dc:creator><content:encoded>&lt;p&gt;Whole.&lt;/p&gt;</content:encoded>")
    )
    post = post_of(document)
    assert (post.author_name, post.content) == ("Jo", "<p>Whole.</p>")


def test_what_is_declared_deeper_down_holds_there() -> None:
    declared = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Ann</dc:creator>'
    document = '<rss version="2.0"><channel>{}{}</channel></rss>'
    page = page_of(document.format(an_item("<dc:creator>Jo</dc:creator>"), an_item(declared).replace("1/", "2/")))
    assert [post.author_name for post in page.posts] == ["Jo", "Ann"]


def test_a_broken_document_with_such_a_prefix_is_refused_still() -> None:
    with pytest.raises(Refused, match="not well-formed"):
        page_of(an_rss(an_item("<x:y/>"))[:-5])


def test_so_many_prefixes_are_declared_and_no_more() -> None:
    some, more = (an_rss(an_item("".join(f"<p{n}:x/>" for n in range(number)))) for number in (50, 51))
    assert len(page_of(some).posts) == 1
    with pytest.raises(Refused, match="not well-formed"):
        page_of(more)


# -- xml:base -----------------------------------------------------------------------------------------

SHOWN = '&lt;p&gt;&lt;a href="report.pdf"&gt;report&lt;/a&gt;&lt;img src="a.png" srcset="b.png 2x"&gt;&lt;/p&gt;'


@pytest.mark.parametrize(
    ("feed", "entry", "content", "place"),
    [
        ("https://a.example/blog/", "", "", "https://a.example/blog/"),
        ("", "https://a.example/media/2026/", "", "https://a.example/media/2026/"),
        ("", "", "https://a.example/media/", "https://a.example/media/"),
        ("https://a.example/blog/", "media/", "2026/", "https://a.example/blog/media/2026/"),
        ("", "/media/", "", "https://blog.example.org/media/"),
    ],
)
def test_a_texts_addresses_are_seen_from_its_xml_base(feed: str, entry: str, content: str, place: str) -> None:
    based = [f' xml:base="{said}"' if said else "" for said in (feed, entry, content)]
    shown = an_entry(f'<content type="html"{based[2]}>{SHOWN}</content>').replace("<entry", f"<entry{based[1]}")
    text = post_of(an_atom(shown).replace("<feed", f"<feed{based[0]}")).content or ""
    assert f'href="{place}report.pdf"' in text
    assert f'src="{place}a.png"' in text
    assert f'srcset="{place}b.png 2x"' in text


@given(st.text(alphabet="<>ab\"'= /:&;#"))
def test_a_text_without_relative_addresses_is_as_it_was(text: str) -> None:
    html = f'<p>{text.replace("<", "&lt;")} <a href="https://a.example/">a</a> <a href="#note">1</a></p>'
    assert feed_mending.based(html, "https://blog.example.org/") == html


# -- entries ------------------------------------------------------------------------------------------


def test_entries_without_link_and_id_are_counted_each() -> None:
    bare = "<item><title>{}</title><pubDate>Mon, 16 Nov 2026 09:00:00 +0000</pubDate></item>"
    page = page_of(an_rss(bare.format("One"), bare.format("Two"), bare.format("Two"), bare.format("")))
    assert list(page.unreadable) == [
        "without an id: One",
        "without an id: Two",
        "without an id: Two (2)",
        "without an id",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a&#0;b", "ab"),
        ("a&#x0;b&#00;c&#x0000;", "abc"),
        ("caf&eacute;&nbsp;&nosuch;", "café\xa0&amp;nosuch;"),
    ],
)
def test_a_reference_that_means_nothing_goes(written: str, shown: str) -> None:
    assert post_of(an_atom(an_entry().replace("Post 1", written))).title == shown


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("undeclared-prefix.xml", ["Unbound prefix"]),
        ("ref-zero.xml", ["ab", "Post 2"]),
        ("same-link.xml", ["One", "Two"]),
        ("guid-broken-bracket.xml", ["Post 1", "Post 2", "Post 3"]),
        ("future-date.xml", ["Wrong year", "Now"]),
    ],
)
def test_the_kits_feeds_are_read_whole(name: str, titles: list[str]) -> None:
    page = page_of(a_case(name), kind="application/rss+xml")
    assert [post.title for post in page.posts] == titles
    assert page.unreadable == {}


def test_the_kits_based_content_is_seen_from_its_base() -> None:
    text = post_of(a_case("xml-base.xml")).content or ""
    assert 'src="http://127.0.0.1:8110/media/2026/a.png"' in text
    assert 'href="http://127.0.0.1:8110/media/2026/report.pdf"' in text


# -- what is attached ---------------------------------------------------------------------------------

SOUND = "https://blog.example.org/talk.mp3"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            an_rss(an_item(f'<enclosure url="{SOUND}" length="1234" type="audio/mpeg"/>')),
            [Enclosure(url=SOUND, type="audio/mpeg", length=1234)],
        ),
        (
            an_rss(an_item('<enclosure url="/talk.mp3" length="" type=""/><itunes:duration>1:02:03</itunes:duration>')),
            [Enclosure(url=SOUND, type="audio/mpeg", seconds=3723)],
        ),
        (
            an_atom(an_entry(f'<link rel="enclosure" href="{SOUND}" type="audio/mpeg" length="7"/>')),
            [Enclosure(url=SOUND, type="audio/mpeg", length=7)],
        ),
        (
            a_json_feed(ITEM | {"attachments": [{"url": SOUND, "mime_type": "audio/mpeg", "size_in_bytes": 7}, 1, {}]}),
            [Enclosure(url=SOUND, type="audio/mpeg", length=7)],
        ),
        (
            an_rss(
                an_item(f'<media:content url="{SOUND}" medium="audio" duration="60"/><media:content url="/a.png"/>')
            ),
            [Enclosure(url=SOUND, type="audio/mpeg", seconds=60)],
        ),
        (an_rss(an_item('<enclosure url="http://[oops" length="1"/><enclosure/>')), []),
        (an_rss(an_item(f'<enclosure url="{SOUND}"/>' * 3)), [Enclosure(url=SOUND, type="audio/mpeg")]),
    ],
    ids=["rss", "rss with gaps", "atom", "json", "media", "broken", "the same"],
)
def test_what_a_feed_attaches_is_kept(document: str, expected: list[Enclosure]) -> None:
    assert list(post_of(document).enclosures or ()) == expected
