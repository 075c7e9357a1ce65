from __future__ import annotations

from typing import Any

from lxml import html as lxml_html

from solacefeed.publish.directory import DirectoryView, EventView, index_page
from solacefeed.templating import templates
from tests.rendering.rendering_views import a_directory, a_feed

FEEDS = (
    a_feed(),
    a_feed(title="Housing", href="category/housing.atom", atom_url="https://feeds.example.org/category/housing.atom"),
    a_feed(title="Homelessness", href="category/homelessness.atom", entries=1, depth=1),
)


def page(view: DirectoryView) -> Any:
    return lxml_html.document_fromstring(index_page(view, templates()).decode())


def test_a_browser_discovers_every_feed_and_all_posts_first() -> None:
    links = page(a_directory(feeds=FEEDS)).xpath("//head/link[@rel='alternate'][@type='application/atom+xml']")
    assert [(link.get("title"), link.get("href")) for link in links] == [
        ("All posts", "all.atom"),
        ("Housing", "category/housing.atom"),
        ("Homelessness", "category/homelessness.atom"),
    ]


def test_a_person_reads_the_address_of_each_feed_and_can_copy_it() -> None:
    rows = page(a_directory(feeds=FEEDS)).xpath("//li[contains(@class, 'feed')]")
    addresses = [row.xpath("string(.//p[@class='address']/a)") for row in rows]
    assert addresses == [feed.atom_url for feed in FEEDS]
    assert [row.xpath("string(.//button/@data-copy)") for row in rows] == addresses
    assert rows[1].xpath("string(.//button/@aria-label)") == "Copy the address of Housing"


def test_the_copy_button_waits_for_a_script_that_can_copy() -> None:
    assert page(a_directory()).xpath("//button[not(@hidden)]") == []


def test_a_child_category_stands_below_its_parent_in_sight_and_in_outline() -> None:
    headings = page(a_directory(feeds=FEEDS)).xpath("//main//h3 | //main//h4")
    assert [(h.tag, h.text_content()) for h in headings] == [
        ("h3", "All posts"),
        ("h3", "Housing"),
        ("h4", "Homelessness"),
    ]
    assert page(a_directory(feeds=FEEDS)).xpath("//li[@style]/@style") == ["--depth: 1"]


def test_a_feed_says_how_many_posts_it_has_and_how_new_they_are() -> None:
    feeds = (a_feed(entries=20), a_feed(entries=1), a_feed(entries=0, newest=None, latest=()))
    facts = page(a_directory(feeds=feeds)).xpath("//p[@class='facts']/text()")
    assert facts == ["20 posts, newest 20 November 2026", "1 post, newest 20 November 2026", "0 posts"]


def test_a_hostile_title_is_only_a_title() -> None:
    title = "</style></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    feed = a_feed(title=title, latest=((title, "javascript:alert(1)"),))
    event = EventView(name=title, when=title, place=title, url="javascript:alert(1)")
    index = page(a_directory(feeds=(feed,), events=(event,), site_title=title, organisation=title))
    assert len(index.xpath("//script")) == 1
    assert not index.xpath("//img | //@onerror | //a[starts-with(@href, 'javascript')]")
    assert index.xpath("string(//main//h3)") == title


def test_the_page_is_whole_in_itself() -> None:
    index = page(a_directory())
    assert not index.xpath("//@src | //link[@rel='stylesheet'] | //img")
    assert b"url(" not in index_page(a_directory(), templates())


def test_events_to_come_are_shown_and_no_empty_box_without_them() -> None:
    assert "Chief Officers' Summit" in page(a_directory()).xpath("string(//aside)")
    assert page(a_directory(events=())).xpath("//aside") == []


def test_a_site_without_feeds_says_so() -> None:
    assert "There is no feed yet." in page(a_directory(feeds=())).xpath("string(//main)")


def test_the_page_leads_to_the_blog_and_is_in_its_language() -> None:
    index = page(a_directory(language="cy-GB"))
    assert index.get("lang") == "cy-GB"
    assert "https://blog.example.org" in index.xpath("//a/@href")


def test_the_same_view_gives_the_same_bytes() -> None:
    assert index_page(a_directory(), templates()) == index_page(a_directory(), templates())
