"""Whatever stands as an address, at whatever door: nothing raises, what comes in leads somewhere, neighbours stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from solacefeed.addresses import is_web
from solacefeed.config.checks import http_url
from solacefeed.errors import RequestError
from solacefeed.http_client import guard
from solacefeed.http_client.answer import Answer
from solacefeed.sources import calendars_ics, calendars_page, calendars_tribe, feed_json, feed_xml, pages_links
from solacefeed.sources import wordpress_rows as rows
from solacefeed.sources.calendars_found import Listing, Window
from solacefeed.sources.feed_entry import FeedPage
from solacefeed.sources.feed_filing import filed_under
from solacefeed.sources.finding_site import feeds_of, says_wordpress_com
from solacefeed.sources.pages_links import Home
from solacefeed.sources.pages_reading import read_page, read_post
from solacefeed.text.reading import read
from tests.ground.test_addresses import BROKEN, TEXT
from tests.sources.feed_world import a_json_feed, an_atom, an_entry, an_item, an_rss
from tests.sources.source_world import HOME, NOW
from tests.sources.test_wordpress_rows import POST

#: What ``urlsplit``, ``urljoin``, ``httpx.URL`` or a resolver raises on, and what is like it.
ODD = (
    *BROKEN,
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 200}example/",
    "https://[::1]oops/",
    "https://[v1.x]/",
    "https://[fe80::1%25eth0]/",
    "https://xn--a-\xe9.example/",
    "https://xn--0.example/",
    "https://\xad/",
    "https://example.org:99999/",
    f"https://example.org:{'9' * 5_000}/",
    "//[",
    "///",
    "?",
    "#",
    "http:",
    "http://@",
    "https://example.org/\ud800",
    "https://example.org/%",
    "https://example.org/\u2100",
    "\u202ehttps://example.org/",
)
ADDRESSES = st.one_of(st.sampled_from(ODD), TEXT)
WINDOW = Window(now=NOW, zone=UTC)
URLS = st.sampled_from((HOME, f"{HOME}/2012/05/post/", "https://example.org"))


def xml(address: str) -> str:
    """As it can stand in XML at all."""
    kept = "".join(c for c in address if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    return escape(kept)


def a_neighbour(number: int) -> str:
    link, guid = f"<link>{HOME}/post-{number}/</link>", f'<guid isPermaLink="false">{HOME}/?p={number}</guid>'
    return f"<item><title>Post {number}</title>{link}{guid}<pubDate>Mon, 16 Nov 2026 09:00:00 +0000</pubDate></item>"


def check_neighbours(page: FeedPage, *numbers: int) -> None:
    assert {f"Post {number}" for number in numbers} <= {post.title for post in page.posts}
    assert len(page.posts) + len(page.unreadable) >= len(numbers)
    assert all(is_web(post.url) for post in page.posts)
    assert page.home is None or is_web(page.home)
    assert page.older is None or is_web(page.older)


# -- feeds --------------------------------------------------------------------------------------------


@given(ADDRESSES, st.sampled_from(("link", "guid", "comments", "category", "enclosure", "source", "feedburner")))
def test_an_odd_address_in_rss_costs_no_other_item(address: str, where: str) -> None:
    odd = xml(address)
    inside = {
        "enclosure": f'<enclosure url="{odd}" type="audio/mpeg" length="1"/>',
        "source": f'<source url="{odd}">x</source>',
        "category": f'<category domain="{odd}">Housing</category>',
        "feedburner": f"<feedburner:origLink>{odd}</feedburner:origLink>",
    }.get(where, f"<{where}>{odd}</{where}>")
    bad = f"<item><title>Bad</title><pubDate>Mon, 16 Nov 2026 09:00:00 +0000</pubDate>{inside}</item>"
    document = an_rss(
        a_neighbour(1), bad, an_item(inside), a_neighbour(3), head=f'<atom:link rel="next" href="{odd}"/>'
    )
    check_neighbours(feed_xml.page(document.encode(), charset=None, url=f"{HOME}/feed/"), 1, 3)


@given(ADDRESSES, st.sampled_from(("link", "id", "uri", "category", "content", "base")))
@example("A:///[", "base")
def test_an_odd_address_in_atom_costs_no_other_entry(address: str, where: str) -> None:
    odd = xml(address)
    inside = {
        "link": f'<link rel="related" href="{odd}"/><link rel="replies" href="{odd}"/>',
        "id": f"<id>{odd}</id>",
        "uri": f"<author><name>Jo</name><uri>{odd}</uri></author>",
        "category": f'<category term="x" scheme="{odd}"/>',
        "content": f'<content src="{odd}"/>',
        "base": f'<content type="html" xml:base="{odd}">&lt;a href="x"&gt;y&lt;/a&gt;</content>',
    }[where]
    link = f'<link href="{odd}"/>' if where == "link" else f'<link href="{HOME}/bad/"/>'
    bad = f"<entry><title>Bad</title>{link}<updated>2026-11-17T10:00:00Z</updated>{inside}</entry>"
    head = f'<link rel="alternate" href="{odd}"/><link rel="self" href="{odd}"/><link rel="prev-archive" href="{odd}"/>'
    document = an_atom(an_entry(number=1), bad, an_entry(number=3), head=head)
    check_neighbours(feed_xml.page(document.encode(), charset=None, url=f"{HOME}/feed/atom/"), 1, 3)


@given(ADDRESSES, st.sampled_from(("url", "id", "external_url", "image", "banner_image")))
def test_an_odd_address_in_json_feed_costs_no_other_item(address: str, where: str) -> None:
    def item(number: int, **more: Any) -> dict[str, Any]:
        told = {"title": f"Post {number}", "date_published": "2026-11-16T09:00:00Z", "content_html": "<p>x</p>"}
        return {"id": str(number), "url": f"{HOME}/post-{number}/", **told, **more}

    items = item(1), item(2, title="Bad", **{where: address}), item(3)
    document = a_json_feed(*items, home_page_url=address, feed_url=address, next_url=address)
    check_neighbours(feed_json.page(document.encode(), url=f"{HOME}/feed.json"), 1, 3)


# -- REST, and what is written in a post ----------------------------------------------------------------


@given(ADDRESSES, st.sampled_from(("link", "guid")))
def test_an_odd_address_in_a_row_is_that_rows_own(address: str, where: str) -> None:
    told = {where: {"rendered": address} if where == "guid" else address}
    with suppress(rows.Unreadable):
        assert is_web(rows.post(POST | told).url)
    with suppress(rows.Unreadable):
        assert is_web(rows.stamp(POST | told).url)
    assert rows.post(POST | {"guid": {"rendered": address}}).url == POST["link"]


@given(ADDRESSES, URLS, st.sampled_from(("href", "src", "srcset", "data-srcset", "data-src", "cite", "poster", "base")))
@example("http://[oops 2x, https://example.org/a.jpg 1x", HOME, "srcset")
def test_an_odd_address_in_a_text_costs_no_other_word_of_it(address: str, url: str, where: str) -> None:
    odd = escape(address)
    element = {
        "href": f'<a href="{odd}">here</a>',
        "base": f'<base href="{odd}"><a href="x">here</a>',
        "cite": f'<blockquote cite="{odd}">here</blockquote>',
        "poster": f'<video poster="{odd}" src="{odd}"><source src="{odd}"></video><iframe src="{odd}"></iframe>',
    }.get(where, f'<img src="/a.jpg" {where}="{odd}, {odd} 2x, {odd} 800w" alt="here">')
    reading = read("Post", f"<p>The words before.</p><p>{element}</p><p>The words behind.</p>", url=url)
    assert "The words before." in reading.content
    assert "The words behind." in reading.content
    assert reading.lead_image is None or is_web(reading.lead_image.url)
    for blurb in reading.blurbs:
        assert all(map(is_web, (link for link in blurb.links if link.startswith("http"))))


# -- pages --------------------------------------------------------------------------------------------


@given(ADDRESSES)
def test_an_odd_address_on_the_blogs_page_leads_nowhere(address: str) -> None:
    odd = escape(address)
    feed = '<link rel="alternate" type="application/rss+xml" href='
    html = f'<html><head><base href="{odd}"><link rel="icon" href="{odd}">{feed}"{odd}">{feed}"/feed/"></head>'
    html += f'<body><article class="post"><h2><a href="{odd}">x</a></h2><a rel="next" href="{odd}">y</a></article>'
    header = " ".join(f'<{address}>; rel="alternate"; type="application/atom+xml"'.split())
    for headers in ({"content-type": "text/html"}, {"content-type": "text/html", "link": header}):
        page = Answer(status=200, url=f"{HOME}/", headers=headers, body=html.encode("utf-8", "replace"))
        assert all(map(is_web, feeds_of(page)))
        assert f"{HOME}/feed/" in feeds_of(page)
        assert says_wordpress_com(page) in (True, False)
    text = html.encode("utf-8", "replace").decode()
    read_page(text, f"{HOME}/", Home(f"{HOME}/"))
    read_post(text, f"{HOME}/post/", Home(f"{HOME}/"), "7")


@given(ADDRESSES, ADDRESSES)
def test_what_is_asked_of_an_address_alone_never_raises(address: str, other: str) -> None:
    assert isinstance(pages_links.bare(address), str)
    assert pages_links.paged(address)[1] >= 0
    assert isinstance(pages_links.numbered(address, 2), str)
    pages_links.next_page([other, address], address)
    pages_links.slug(address)
    assert {pages_links.is_category(address), pages_links.is_month(address)} <= {True, False}
    filed_under(f'<p>Filed under <a href="{escape(address)}" rel="category tag">Housing</a></p>', HOME)


# -- calendars ----------------------------------------------------------------------------------------


def check_clinics(listing: Listing) -> None:
    assert {"Clinic 1", "Clinic 3"} <= {event.told.name for event in listing.found}
    assert all(event.told.url is None or is_web(event.told.url) for event in listing.found)


@given(ADDRESSES)
def test_an_odd_address_in_a_calendar_costs_no_other_event(address: str) -> None:
    line = "".join(c for c in address if c >= " " and not "\ud800" <= c <= "\udfff")
    vevents = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nSUMMARY:Clinic {n}\r\nDTSTART;VALUE=DATE:2027010{n}\r\n"
        f"{f'URL:{line}' if n == 2 else f'URL:{HOME}/'}\r\nEND:VEVENT\r\n"
        for n in (1, 2, 3)
    )
    ics = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{vevents}END:VCALENDAR\r\n"
    check_clinics(calendars_ics.read(ics.encode(), WINDOW, named="clinics"))
    told = [
        {
            "@context": "https://schema.org",
            "@type": "Event",
            "name": f"Clinic {n}",
            "startDate": f"2027-01-0{n}",
            "url": address if n == 2 else f"{HOME}/{n}",
            "@id": address if n == 2 else f"{HOME}/{n}",
            "offers": {"url": address},
        }
        for n in (1, 2, 3)
    ]
    script = json.dumps(told).replace("</", "<\\/")
    page = f'<script type="application/ld+json">{script}</script>'
    check_clinics(calendars_page.read(page.encode(), WINDOW, named="clinics"))
    events = [
        {
            "id": n,
            "title": f"Clinic {n}",
            "url": address if n == 2 else HOME,
            "website": address,
            "all_day": True,
            "start_date": f"2027-01-0{n} 00:00:00",
            "end_date": f"2027-01-0{n} 23:59:59",
            "utc_start_date": f"2027-01-0{n} 00:00:00",
            "utc_end_date": f"2027-01-0{n} 23:59:59",
            "venue": {"venue": "Hall", "url": address},
        }
        for n in (1, 2, 3)
    ]
    check_clinics(calendars_tribe.read(json.dumps({"events": events}).encode(), WINDOW, named="clinics"))


# -- the way out --------------------------------------------------------------------------------------


def refusal(work: Callable[[], object], kind: type[Exception] = RequestError) -> str | None:
    """Why it is none, in a line; ``None`` where it is taken."""
    try:
        work()
    except kind as error:
        return str(error)
    return None


@given(ADDRESSES)
def test_the_client_takes_an_address_of_the_web_or_says_in_a_line_that_it_is_none(address: str) -> None:
    line = refusal(lambda: guard.parsed(address))
    assert (line is None and is_web(str(guard.parsed(address)))) or (line is not None and "\n" not in line)


@given(ADDRESSES)
def test_a_redirect_leads_to_the_same_host_or_to_a_line(address: str) -> None:
    asked = guard.parsed(f"{HOME}/a")
    answer = Answer(status=302, url=f"{HOME}/a", headers={"location": address}, body=b"")
    line = refusal(lambda: guard.redirected(asked, answer))
    if line is None:
        target = guard.redirected(asked, answer)
        assert target is not None
        assert guard.host_of(target) == "blog.example.org"
    else:
        assert "\n" not in line


@given(ADDRESSES)
def test_the_config_takes_an_address_of_the_web_or_says_what_it_must_be(address: str) -> None:
    line = refusal(lambda: http_url(address), ValueError)
    assert (line is None and is_web(http_url(address))) or (line or "").startswith("must ")


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 99999 23:59:59 GMT", "9" * 5_000])
def test_a_servers_time_beyond_the_calendar_is_none(date: str) -> None:
    answer = Answer(status=200, url=HOME, headers={"date": date, "age": "999999999", "retry-after": date}, body=b"")
    assert answer.server_time is None


HEADERS = st.one_of(
    st.text(alphabet="0123456789-+:, .GMTMonOct\u0661\u00b2", max_size=30),
    st.text(max_size=30),
    st.integers(-(10**40), 10**40).map(str),
    st.sampled_from(("9" * 5_000, "Mon, 01 Jan 0001 00:00:00 +2359", "Fri, 31 Dec 9999 23:59:59 -2359")),
)


@given(HEADERS, HEADERS, HEADERS)
def test_no_header_that_tells_a_time_raises(date: str, age: str, rest: str) -> None:
    headers = {"date": date, "age": age, "retry-after": rest, "content-type": rest}
    answer = Answer(status=503, url=HOME, headers=headers, body=b"")
    waited = answer.retry_after(NOW)
    assert waited is None or timedelta() <= waited <= timedelta(days=1)
    assert (answer.date, answer.server_time, answer.content_type) is not None


# -- as it was met ------------------------------------------------------------------------------------

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases"
MET = pytest.mark.skipif(not CASES.is_dir(), reason="the inputs that were met do not stand beside this checkout")


@MET
def test_a_guid_with_a_bracket_that_is_not_closed_is_a_guid() -> None:
    page = feed_xml.page(
        (CASES / "guid-broken-bracket.xml").read_bytes(), charset=None, url="https://blog.example/feed/"
    )
    assert [(post.title, post.guid) for post in page.posts] == [
        ("Post 1", "https://blog.example/?p=1"),
        ("Post 2", "http://[oops"),
        ("Post 3", "https://blog.example/?p=3"),
    ]


@MET
def test_a_page_with_a_link_that_leads_nowhere_is_a_page() -> None:
    body = (CASES / "page-broken-link.html").read_bytes()
    page = Answer(status=200, url=f"{HOME}/", headers={"content-type": "text/html"}, body=body)
    assert feeds_of(page) == (f"{HOME}/feed/",)
    assert not says_wordpress_com(page)
