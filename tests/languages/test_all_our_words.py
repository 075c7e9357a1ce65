"""No word of ours that a reader meets stands outside the catalogues: seen in a language that marks every message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from lxml import etree

from solacefeed.catalogue import look_in, mark
from solacefeed.deeds.upkeep.template_check import Filling, sample
from solacefeed.digest.choice_words import choice_words
from solacefeed.events.promotion import nearness, news
from solacefeed.models.events import Event, EventStatus
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Category, CategoryId
from solacefeed.publish import atom, ics, jsonfeed, rss
from solacefeed.publish.describing import Kin, describe
from solacefeed.publish.directory import directory_view, index_page
from solacefeed.publish.editions import edition_entry, edition_page, edition_page_view
from solacefeed.publish.entries import retirement
from solacefeed.publish.event_documents import event_documents, event_entries
from solacefeed.publish.feeds import Entry, Feed, FeedDocument, Naming, feed_called, feed_of_all
from solacefeed.publish.ics import EventNaming
from solacefeed.publish.lists import feeds_json, opml
from solacefeed.publish.page import FeedPageView, PagesInCommon, feed_page, page_view
from solacefeed.site import Site
from solacefeed.templating import templates
from solacefeed.views.events import event_view
from solacefeed.web.pages import REFUSALS
from solacefeed.web.views import VisitorsPage, own_page
from solacefeed.words import coming_words
from tests.languages.pseudo import LANGUAGE, speak, strays, strays_in
from tests.languages.shown import VIEWS, shown
from tests.rendering.feed_world import an_edition, an_entry, listed
from tests.support.builders import LONDON, a_category, an_event

NAMING = Naming(
    site=Site(
        title="Блог",
        base_url="https://feeds.example.org",
        tag_authority="example.org,2026",
        language=LANGUAGE,
        organisation="Общество",
        url="https://blog.example.org",
        zone=LONDON,
    ),
    events_url="https://feeds.example.org/events/",
)
COMMON = PagesInCommon(subscribe_url="https://mail.example.org/", events_page="events/index.html")
ENTRY = an_entry(
    title="Кто в ответе?",
    author="Иван",
    summary="Кратко.",
    content="<p>Целиком.</p>",
    terms=(),
    minutes=3,
    role="Глава",
    events_url=NAMING.events_url,
)
EVENTS = tuple(
    replace(
        an_event(),
        id=f"summit-{number}",
        name="Съезд",
        place="Лидс",
        text="Три дня.",
        starts=starts,
        ends=ends,
        standing=standing,
        book_by=date(2026, 12, 1),
        url="https://events.example.org/",
        categories=(),
    )
    for number, (standing, starts, ends) in enumerate(
        (standing, starts, ends)
        for standing in EventStatus
        for starts, ends in (
            (date(2026, 12, 8), date(2026, 12, 8)),
            (datetime(2026, 12, 8, 9, tzinfo=UTC), datetime(2026, 12, 8, 9, tzinfo=UTC)),
            (datetime(2026, 12, 8, 9, tzinfo=UTC), datetime(2026, 12, 8, 16, tzinfo=UTC)),
            (datetime(2026, 12, 8, 9, tzinfo=UTC), datetime(2026, 12, 9, tzinfo=UTC)),
            (datetime(2026, 12, 8, 20, tzinfo=UTC), datetime(2026, 12, 9, 2, tzinfo=UTC)),
            (datetime(2026, 12, 8, 9, tzinfo=UTC), datetime(2026, 12, 10, 16, tzinfo=UTC)),
        )
    )
)


@pytest.fixture(autouse=True, scope="module")
def _spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    speak(tmp_path_factory.mktemp("catalogues"))
    yield
    look_in(None)


def feeds() -> list[Feed]:
    """One of each kind."""
    return [
        feed_of_all(NAMING),
        *(feed_called("Слово", kind.key("1"), NAMING) for kind in FeedKind if kind is not FeedKind.ALL),
    ]


def a_document(feed: Feed, *entries: Entry) -> FeedDocument:
    return FeedDocument(feed=feed, naming=NAMING, entries=entries, updated=ENTRY.updated)


def test_a_word_outside_the_catalogues_is_found() -> None:
    assert strays("⟦Feeds of ⟦all posts⟧ %(x)s⟧, by Jo · RSS https://a.org/b") == ["by", "Jo"]
    assert strays_in('<html lang="ru"><p aria-label="⟦Copy⟧ it">⟦Read⟧<b>Да</b> on</p></html>') == ["on", "it"]


SAMPLES = [
    pytest.param(view, filling, kind, id=f"{view.__name__}-{filling.name}-{kind or ''}")
    for view in VIEWS
    for filling in Filling
    for kind in (FeedKind if view is FeedPageView else (None,))
]


@pytest.mark.parametrize(("view", "filling", "kind"), SAMPLES)
def test_a_template_has_no_word_of_its_own(view: type, filling: Filling, kind: FeedKind | None) -> None:
    told: Any = replace(sample(view, filling), language=LANGUAGE, **({"kind": kind} if kind else {}))
    pages = shown(told, templates())
    assert [word for page in pages for word in (strays_in(page) if "<html" in page else strays(page))] == []


def test_the_script_behind_the_copy_button_has_no_word_of_its_own() -> None:
    page = templates().get_template("site/copy.js", globals={"language": LANGUAGE}).render()
    said = re.findall(r'(?:say\(|, )"([^"]*)"', page)
    assert len(said) > 4
    assert [word for text in said for word in strays(json.loads(f'"{text}"'))] == []


def test_the_style_of_feeds_has_no_word_of_its_own() -> None:
    style = templates().get_template("site/feed.css", globals={"language": LANGUAGE}).render()
    assert [word for text in re.findall(r'content: "([^"]*)"', style) for word in strays(text)] == []


@pytest.mark.parametrize("parts", [0, 2, 9])
def test_a_feed_is_described_in_our_words(parts: int) -> None:
    some = [feed_called(f"Часть {number}", FeedKind.CATEGORY.key(str(number)), NAMING) for number in range(parts)]
    assert [word for feed in feeds() for word in strays(describe(feed, NAMING, some))] == []


def test_the_pages_of_feeds_are_in_our_words() -> None:
    pages = [
        feed_page(page_view(a_document(feed, *entries), COMMON, Kin(parts=tuple(feeds())), ["2026-10"]), templates())
        for feed in feeds()
        for entries in ((ENTRY,), ())
    ]
    common = [index_page(directory_view(each, NAMING, COMMON, shown_events()), templates()) for each in directories()]
    assert [word for page in (*pages, *common) for word in strays_in(page.decode())] == []


def shown_events() -> tuple[Any, ...]:
    return tuple(
        event_view(event, LONDON, LANGUAGE, over=over, calendar_url="x.ics")
        for event in EVENTS
        for over in (True, False)
    )


def directories() -> Iterator[list[Any]]:
    yield []
    yield [listed(a_document(feed, ENTRY)) for feed in feeds() if feed.kind is not FeedKind.EVENTS]
    yield [listed(a_document(feed_called(f"И{n}", FeedKind.AUTHOR.key(str(n)), NAMING))) for n in range(40)]


def test_feeds_are_in_our_words() -> None:
    entries = (
        ENTRY,
        retirement(feeds()[1], ENTRY.updated, NAMING),
        *event_entries(EVENTS, EventNaming(site=NAMING.site)),
    )
    found = []
    for feed in feeds():
        document = a_document(feed, *entries)
        for made in (
            atom.document(document, [atom.entry(each, NAMING) for each in entries]),
            rss.document(document, [rss.item(each, NAMING) for each in entries]),
        ):
            found += [word for said in texts(made) for word in strays(re.sub(r"<[^>]*>", " ", said))]
        told = json.loads(jsonfeed.document(document, [jsonfeed.item(each, NAMING) for each in entries]))
        said = [told["title"], *(item[name] for item in told["items"] for name in ("title", "content_html", "summary"))]
        found += [word for text in said for word in strays(re.sub(r"<[^>]*>", " ", text))]
    assert set(found) == set()


#: What programs read of a feed.
_FOR_PROGRAMS = ("id", "guid", "generator", "language", "published", "updated", "pubDate", "lastBuildDate", "docs")


def texts(document: bytes) -> Iterator[str]:
    for element in etree.fromstring(document).iter("*"):
        if etree.QName(element).localname not in _FOR_PROGRAMS:
            yield element.text or ""
            yield element.tail or ""


def test_calendars_and_the_page_of_events_are_in_our_words() -> None:
    categories = [Category(**{**vars_of(a_category()), "name": "Жильё", "slug": "housing"})]
    naming = EventNaming(site=NAMING.site, labels={"housing": "Жильё"})
    filed = [replace(event, categories=("housing",)) for event in EVENTS]
    documents = dict(event_documents(filed, categories, naming, templates()))
    documents["events/none.html"] = dict(event_documents([], [], naming, templates()))["events/index.html"]
    pages = [content.decode() for path, content in documents.items() if path.endswith(".html")]
    assert [word for page in pages for word in strays_in(page)] == []
    said = [
        text
        for path, content in documents.items()
        if path.endswith(".ics")
        for text in re.findall(r"^(?:SUMMARY|DESCRIPTION|LOCATION|NAME|X-WR-CALNAME):(.*)$", unfolded(content), re.M)
    ]
    assert said
    assert [word for text in said for word in strays(text.replace(r"\n", "\n"))] == []


def vars_of(category: Category) -> dict[str, Any]:
    return {name: getattr(category, name) for name in category.__slots__}


def unfolded(content: bytes) -> str:
    return content.decode().replace("\r\n ", "").replace("\r\n", "\n")


def test_editions_on_the_web_are_in_our_words() -> None:
    full = an_edition("2026-11-23", ENTRY, ENTRY, digest_title="Вести", events=shown_events())
    for edition in (full, replace(full, posts=(), events=())):
        entry = edition_entry(edition, NAMING)
        said = (entry.title, entry.summary, re.sub(r"<[^>]*>", " ", entry.content))
        page = edition_page(edition_page_view(edition, NAMING, COMMON, full, full), templates())
        assert [word for text in said for word in strays(text)] + strays_in(page.decode()) == []


def test_lists_for_programs_are_in_our_words() -> None:
    told: Any = etree.fromstring(opml(feeds(), NAMING))
    names = [each.text or "" for each in told.iter("title")]
    names += [
        value
        for each in told.iter("outline")
        for name, value in each.items()
        if name in ("text", "title", "description")
    ]
    listing = json.loads(feeds_json([listed(a_document(feed, ENTRY)) for feed in feeds()], NAMING, COMMON))
    names += [feed[name] for feed in listing["feeds"] for name in ("name", "title", "description")]
    assert [word for name in names for word in strays(name)] == []


def test_how_near_an_event_is_is_told_in_our_words() -> None:
    now = datetime(2026, 11, 23, 7, tzinfo=UTC)
    said = set()
    for days in (0, 1, 2, 3, 6, 7, 13, 14, 30, 59, 60, 200, 500):
        for event in events_in(days, now):
            said |= {nearness(event, now, LONDON, LANGUAGE), news(event, now, LONDON, LANGUAGE) or ""}
            said |= {nearness(event, now + timedelta(days=days), LONDON, LANGUAGE)}
    assert len(said) > 12
    assert [word for text in said for word in strays(text)] == []


def events_in(days: int, now: datetime) -> Iterator[Event]:
    day = now.date() + timedelta(days=days)
    starts = datetime.combine(day, time(20), UTC)
    for standing in (EventStatus.SCHEDULED, EventStatus.MOVED):
        for book_by in (None, now.date(), now.date() + timedelta(days=3)):
            ends = starts + timedelta(hours=2)
            yield replace(an_event(), starts=starts, ends=ends, standing=standing, known_since=now, book_by=book_by)


def test_when_to_come_is_told_in_our_words() -> None:
    said = [coming_words(event.starts, event.ends, LONDON, date(2026, 11, 23), LANGUAGE) for event in EVENTS]
    assert len(set(said)) > 3
    assert [word for text in said for word in strays(text)] == []


@pytest.mark.parametrize("chosen", [None, 0, 3, 20])
def test_what_a_reader_chose_is_told_in_our_words(chosen: int | None) -> None:
    labels = {CategoryId(str(number)): "Жильё" for number in range(20)}
    wanted = None if chosen is None else frozenset(list(labels)[:chosen])
    assert strays(choice_words(wanted, labels, LANGUAGE)) == []


def test_what_a_visitor_reads_is_in_our_words() -> None:
    page = VisitorsPage(
        language=LANGUAGE,
        organisation="Общество",
        title="Да",
        site_title="Да",
        site_url="https://www.example.org/",
        home="/",
        complain="/complain",
        sentence="Да",
        button="Да",
    )
    assert strays_in(own_page(page, templates())) == []
    assert REFUSALS
    assert mark(LANGUAGE)


def test_the_title_of_a_calendar_is_in_our_words() -> None:
    naming = EventNaming(site=NAMING.site)
    assert "⟦Cancelled⟧: Съезд" in {ics.summary(event, LANGUAGE) for event in EVENTS}
    assert "⟦Events⟧ - Блог" in unfolded(dict(event_documents(EVENTS, [], naming, templates()))["events.ics"])
