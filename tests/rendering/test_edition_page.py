"""The editions of a digest for everyone: a feed of them, and a page of each."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from lxml import html as lxml_html

from solacefeed.models.events import EventStatus
from solacefeed.publish.editions import (
    PublicEdition,
    digest_feed,
    edition_entry,
    edition_page,
    edition_page_view,
    edition_url,
)
from solacefeed.publish.page import page_view
from solacefeed.views.events import event_view
from tests.rendering.feed_world import (
    COMMON,
    ENVIRONMENT,
    MARKUP,
    NAMING,
    a_document,
    an_edition,
    an_entry,
    parsed,
    the_page,
)
from tests.rendering.rendering_views import an_event_view
from tests.support.builders import LONDON, a_post, an_event

SCHOOLS = an_entry(title="Small schools, long roads", author="Ann Reid", summary="", url="https://blog.example.org/s/")
DIGEST = digest_feed("weekly", "The Weekly Digest", NAMING)


def lines_of(element: Any) -> list[str]:
    return [" ".join(part.text_content().split()) for part in element]


def the_edition(public: PublicEdition) -> Any:
    return parsed(edition_page(edition_page_view(public, NAMING, COMMON), ENVIRONMENT))


# -- the feed -------------------------------------------------------------------------------------


def test_the_editions_of_a_digest_are_a_feed_of_their_own() -> None:
    assert (DIGEST.key, DIGEST.stem) == ("digest/weekly", "digest/weekly")
    assert DIGEST.id == "tag:example.org,2026:feed/digest/weekly"
    assert not DIGEST.holds(a_post(category_ids=("6",)))


def test_an_edition_is_an_entry_of_the_moment_it_closed_whatever_its_posts_do() -> None:
    later = an_entry(updated=datetime(2026, 12, 24, tzinfo=UTC))
    entry = edition_entry(an_edition("2026-11-23", later), NAMING)
    assert entry.id == "tag:example.org,2026:edition/weekly/2026-11-23"
    assert entry.title == "The Weekly Digest, 23 November 2026"
    assert entry.url == "https://feeds.example.org/digest/weekly/2026-11-23.html"
    assert entry.published == entry.updated == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_an_editions_entry_lists_its_posts() -> None:
    entry = edition_entry(an_edition("2026-11-23", an_entry(), SCHOOLS), NAMING)
    assert entry.summary == "2 posts, 16 to 22 November 2026: Who owns the damp? · Small schools, long roads"
    content = lxml_html.fragment_fromstring(entry.content, create_parent="div")
    assert [item.xpath("string(p[1])") for item in content.xpath("ul/li")] == [
        "Who owns the damp?, Jo Carver",
        "Small schools, long roads, Ann Reid",
    ]
    assert content.xpath("//a/@href") == ["https://blog.example.org/who-owns-the-damp/", "https://blog.example.org/s/"]
    assert content.xpath("//li[1]/p[2]/text()") == ["A tenant reported damp eleven times."]
    assert len(content.xpath("//li[2]/p")) == 1


def test_markup_in_a_posts_words_is_not_markup_in_an_editions_entry() -> None:
    post = an_entry(title=MARKUP, author=MARKUP, summary=MARKUP)
    content = lxml_html.fragment_fromstring(edition_entry(an_edition("2026-11-23", post), NAMING).content, "div")
    assert content.xpath("string(//a)") == MARKUP
    assert not content.xpath("//script | //img")


def test_the_page_of_a_digests_feed_leads_to_its_editions() -> None:
    document = a_document(DIGEST, edition_entry(an_edition(), NAMING))
    page = the_page(page_view(document, COMMON))
    assert page.xpath("//h2/text()")[1] == "Latest editions"
    assert page.xpath("//article/h3/a/@href") == ["https://feeds.example.org/digest/weekly/2026-11-23.html"]
    assert page.xpath("string(//p[@class='lede'])") == (
        "Every edition of The Weekly Digest, the newsletter of Chief Officers' Blog."
    )


# -- the page -------------------------------------------------------------------------------------


def test_the_mails_link_can_be_known_before_the_edition_is_published() -> None:
    public = an_edition()
    url = edition_url(public.edition.id, NAMING.site.base_url)
    assert url == NAMING.url(public.path) == edition_entry(public, NAMING).url


def test_everyone_reads_on_the_web_what_the_edition_brought() -> None:
    page = the_edition(an_edition("2026-11-23", an_entry(), SCHOOLS))
    assert page.xpath("string(//h1)") == "The Weekly Digest"
    assert page.xpath("//p[@class='lede']/text()") == [
        "Monday 23 November 2026",
        "What was new, 16 to 22 November 2026",
    ]
    assert [h.text_content() for h in page.xpath("//article/h3")] == ["Who owns the damp?", "Small schools, long roads"]
    assert page.xpath("//link[@rel='canonical']/@href") == ["https://feeds.example.org/digest/weekly/2026-11-23.html"]
    assert page.xpath("//link[@rel='alternate']/@href") == ["../../digest/weekly.atom", "../../all.atom"]


def test_one_edition_leads_to_the_next_and_to_the_one_before() -> None:
    newest, middle, oldest = (an_edition(f"2026-11-{day}") for day in ("23", "16", "09"))
    assert [edition.path for edition in (newest, middle, oldest)] == [
        "digest/weekly/2026-11-23.html",
        "digest/weekly/2026-11-16.html",
        "digest/weekly/2026-11-09.html",
    ]
    views = [
        edition_page_view(newest, NAMING, COMMON, middle),
        edition_page_view(middle, NAMING, COMMON, oldest, newest),
        edition_page_view(oldest, NAMING, COMMON, None, middle),
    ]
    turns = [parsed(edition_page(view, ENVIRONMENT)).xpath("//nav[@class='turn']/a") for view in views]
    assert [[(a.get("rel"), a.get("href")) for a in turn] for turn in turns] == [
        [("prev", "2026-11-16.html")],
        [("prev", "2026-11-09.html"), ("next", "2026-11-23.html")],
        [("next", "2026-11-16.html")],
    ]


def test_what_it_promoted_stands_in_the_diary() -> None:
    event = an_event_view(calendar_url="../../events/summit.ics")
    (diary,) = the_edition(an_edition(events=(event,))).xpath("//section[@class='coming']")
    assert lines_of(diary.xpath(".//li")[0]) == [
        "Chief Officers' Summit",
        "13 to 15 April 2027, Harrogate",
        "Three days with those who run local services.",
        "Book by 26 March 2027",
        "How to book Chief Officers' Summit Add to your calendar: Chief Officers' Summit",
    ]
    assert diary.xpath(".//a/@href") == ["https://events.example.org/summit", "../../events/summit.ics"]
    assert the_edition(an_edition()).xpath("//section[@class='coming']") == []


@pytest.mark.parametrize(
    ("standing", "over", "said"),
    [
        (EventStatus.SCHEDULED, True, "Over"),
        (EventStatus.MOVED, True, "Over"),
        (EventStatus.MOVED, False, "New date"),
        (EventStatus.CANCELLED, True, "Cancelled"),
        (EventStatus.POSTPONED, False, "Postponed: a new date is not known yet"),
    ],
)
def test_what_became_of_an_event_stands_above_it(standing: EventStatus, over: bool, said: str) -> None:
    event = event_view(replace(an_event(), standing=standing, book_by=date(2027, 3, 26)), LONDON, "en-GB", over=over)
    (diary,) = the_edition(an_edition(events=(event,))).xpath("//section[@class='coming']")
    first, *_, last = lines_of(diary.xpath(".//li")[0])
    to_come = standing is EventStatus.MOVED and not over
    assert (first, last) == (said, f"{'How to book' if to_come else 'Read more about'} Chief Officers' Summit")
    assert bool(diary.xpath(".//s")) == (standing in (EventStatus.CANCELLED, EventStatus.POSTPONED))
    assert ("Book by" in diary.text_content()) == to_come


def test_a_post_is_signed_with_its_writers_office_as_it_is_in_the_mail() -> None:
    page = the_edition(an_edition("2026-11-23", an_entry(role="Chief Executive of Saltby")))
    (byline,) = page.xpath("//p[@class='byline']")
    assert "".join(byline.xpath("br/preceding-sibling::node()//text() | br/preceding-sibling::text()")) == (
        "Jo Carver, Chief Executive of Saltby"
    )
    assert byline.xpath("string(br/following-sibling::time)") == "18 November 2026"


def test_an_edition_whose_posts_were_all_withdrawn_says_so() -> None:
    public = replace(an_edition(), posts=())
    assert "have been withdrawn since" in the_edition(public).xpath("string(//main)")
    assert edition_entry(public, NAMING).summary == "0 posts, 16 to 22 November 2026."


def test_hostile_words_are_only_words_and_the_page_loads_nothing() -> None:
    public = an_edition("2026-11-23", an_entry(title=MARKUP, author=MARKUP, summary=MARKUP), digest_title=MARKUP)
    page = the_edition(public)
    assert page.xpath("string(//h1)") == page.xpath("string(//article/h3)") == MARKUP
    assert not page.xpath("//script | //img | //@src | //@style | //link[@rel='stylesheet']")
    assert not re.search(r"url\(|@import", page.xpath("string(//style)"))
    assert "script-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]


def test_the_same_edition_gives_the_same_bytes() -> None:
    view = edition_page_view(an_edition(), NAMING, COMMON)
    assert edition_page(view, ENVIRONMENT) == edition_page(view, ENVIRONMENT)
