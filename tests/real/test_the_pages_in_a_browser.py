"""The pages as Chromium draws them: no word breaks their layout, and axe finds nothing that keeps anyone out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from solacefeed.deeds.upkeep.template_check import Filling, sample
from solacefeed.digest.rendering import render
from solacefeed.publish.describing import Kin
from solacefeed.publish.directory import directory_view, index_page
from solacefeed.publish.editions import edition_page, edition_page_view
from solacefeed.publish.event_documents import event_documents
from solacefeed.publish.page import feed_page, page_view
from solacefeed.web.desk_view import DeskDoorPage, DeskPage, desk_door, desk_page
from tests.publish.event_site import SITE as EVENT_SITE
from tests.publish.event_site import a_known_event
from tests.real.conftest import KIT, Kit
from tests.rendering.feed_world import (
    COMMON,
    ENVIRONMENT,
    HOUSING,
    MARKUP,
    NAMING,
    ONE_LONG_WORD,
    RIGHT_TO_LEFT,
    a_category_feed,
    a_document,
    a_term,
    all_posts,
    an_author_feed,
    an_edition,
    an_entry,
    listed,
)
from tests.rendering.rendering_views import a_correction, a_post, a_promotion, an_event_view
from tests.rendering.rendering_views import an_edition as a_mail
from tests.support.builders import of_a_site

HARD_WORDS = of_a_site(NAMING, title=ONE_LONG_WORD, organisation=ONE_LONG_WORD)
FEED = replace(HOUSING, name=ONE_LONG_WORD, title=ONE_LONG_WORD, stem="category/" + "a-very-long-slug" * 7)
POSTS = (
    an_entry(title=ONE_LONG_WORD, author=ONE_LONG_WORD, summary=ONE_LONG_WORD, origin=ONE_LONG_WORD),
    an_entry(title=RIGHT_TO_LEFT, author=RIGHT_TO_LEFT, summary=RIGHT_TO_LEFT * 9, language="he"),
    an_entry(title=MARKUP, author=MARKUP, summary="", terms=(a_term(ONE_LONG_WORD), a_term("housing"))),
)
EVENT = an_event_view(name=ONE_LONG_WORD, when="8 December 2026", place=ONE_LONG_WORD, text=ONE_LONG_WORD)
MONTHS = [f"{year}-{month:02}" for year in range(2006, 2027) for month in range(1, 13)]


def the_feed_page() -> bytes:
    document = replace(a_document(FEED, *POSTS), naming=HARD_WORDS)
    return feed_page(page_view(document, COMMON, Kin(parent=FEED, parts=(FEED, HOUSING)), MONTHS), ENVIRONMENT)


def the_directory() -> bytes:
    feeds = [all_posts(), *(replace(FEED, depth=depth) for depth in range(6))]
    rows = [listed(a_document(feed, *POSTS)) for feed in feeds]
    return index_page(directory_view(rows, HARD_WORDS, COMMON, (EVENT,)), ENVIRONMENT)


def a_crowded_directory() -> bytes:
    wards = (a_category_feed(number, f"ward-{number}", depth=number % 4) for number in range(300))
    feeds = [all_posts(), *wards, *(an_author_feed(f"Councillor {number}") for number in range(40)), FEED]
    return index_page(directory_view([listed(a_document(feed)) for feed in feeds], NAMING, COMMON), ENVIRONMENT)


def the_edition() -> bytes:
    public = an_edition("2026-11-23", *POSTS, digest_title=ONE_LONG_WORD, events=(EVENT,))
    view = edition_page_view(public, HARD_WORDS, COMMON, an_edition("2026-11-16"), an_edition("2026-11-30"))
    return edition_page(view, ENVIRONMENT)


def the_events() -> bytes:
    names = (ONE_LONG_WORD, RIGHT_TO_LEFT, MARKUP)
    events = [
        a_known_event(id=str(number), name=name, place=name, text=name, ends=date(2027, 4, 15 + number))
        for number, name in enumerate(names)
    ]
    return dict(event_documents(events, [], EVENT_SITE, ENVIRONMENT))["events/index.html"]


def the_desk() -> bytes:
    """With all that can be done there; the mail in its frames is a page of its own."""
    full = sample(DeskPage, Filling.FULL)
    page = replace(
        full,
        is_shown=False,
        is_over=False,
        title=ONE_LONG_WORD,
        subject=ONE_LONG_WORD,
        reason=ONE_LONG_WORD,
        posts=tuple(replace(each, title=ONE_LONG_WORD) for each in full.posts),
        left_out=tuple(replace(each, title=RIGHT_TO_LEFT * 3) for each in full.left_out),
        events=tuple(replace(each, title=ONE_LONG_WORD, place=ONE_LONG_WORD) for each in full.events),
        acts=tuple(replace(each, what=ONE_LONG_WORD, who=MARKUP) for each in full.acts),
    )
    return desk_page(page, ENVIRONMENT).encode()


def the_desks_door() -> bytes:
    return desk_door(replace(sample(DeskDoorPage, Filling.FULL), said=None), ENVIRONMENT).encode()


def the_mail() -> bytes:
    post = {"author": ONE_LONG_WORD, "role": ONE_LONG_WORD, "categories": (ONE_LONG_WORD,) * 2, "origin": ONE_LONG_WORD}
    posts = (
        a_post(title=ONE_LONG_WORD, excerpt=ONE_LONG_WORD, **post),
        a_post(title=RIGHT_TO_LEFT, excerpt=RIGHT_TO_LEFT * 9, language="he"),
        a_post(title=MARKUP, excerpt=f"https://example.org/{ONE_LONG_WORD}"),
        *(a_post(title=title, author=title) for title in (ONE_LONG_WORD, RIGHT_TO_LEFT, MARKUP)),
    )
    promotion = a_promotion(name=ONE_LONG_WORD, place=ONE_LONG_WORD, text=ONE_LONG_WORD)
    view = a_mail(
        *posts,
        digest_title=ONE_LONG_WORD,
        site_title=ONE_LONG_WORD,
        organisation=ONE_LONG_WORD,
        postal_address=ONE_LONG_WORD,
        opening=(ONE_LONG_WORD,),
        notices=(ONE_LONG_WORD,),
        offers=(ONE_LONG_WORD,),
        corrections=(a_correction(title=ONE_LONG_WORD, old_title=ONE_LONG_WORD, words=ONE_LONG_WORD),),
        away=posts[:3],
        promotions=(promotion, promotion),
    )
    return render(view, ENVIRONMENT).html.encode()


def a_usual_mail(**said: Any) -> bytes:
    post = a_post(excerpt="Some savings announce themselves. " * 8, reading_time="4 minutes to read")
    promotion = a_promotion(text=None, book_by=None)
    return render(a_mail(*(post,) * 7, promotions=(promotion,), **said), ENVIRONMENT).html.encode()


def the_mail_where_little_is_known() -> bytes:
    """To a mail program that knows no more of breaking words than html itself says."""
    return re.sub(rb"(overflow-wrap|word-break|table-layout): ?[a-z-]+;?", b"", the_mail())


@pytest.fixture
def judges() -> Kit:
    return Kit(scripts=KIT / "judges", environ=dict(os.environ))


@pytest.mark.parametrize(
    "make",
    [
        the_feed_page,
        the_directory,
        a_crowded_directory,
        the_edition,
        the_events,
        the_desk,
        the_desks_door,
        the_mail,
        the_mail_where_little_is_known,
    ],
)
@pytest.mark.parametrize(("width", "mode"), [("320", ()), ("1280", ("--dark",))])
def test_hard_words_make_no_page_scroll_sideways_and_keep_nobody_out(
    judges: Kit, tmp_path: Path, make: Callable[[], bytes], width: str, mode: tuple[str, ...]
) -> None:
    page = tmp_path / "page.html"
    # What is folded away must hold too.
    page.write_bytes(make().replace(b"<details>", b"<details open>"))
    shown = judges.do("shot", str(page), width, str(tmp_path / "page.png"), *mode)
    assert '"sideways":false' in shown
    assert '"refused":[]' in shown
    assert "0 violations" in judges.do("axe-check", "--width", width, *mode, str(page))


def height(judges: Kit, page: Path, html: bytes) -> int:
    """How far down a phone's screen *html* reaches, cut off wherever it ends: a reader closes what is open."""
    page.write_bytes(html)
    shown = judges.do("shot", str(page), "375", str(page.with_suffix(".png")), "--height", "50")
    found = re.search(r'"page":\[\d+,(\d+)\]', shown)
    assert found
    return int(found[1])


def test_the_lead_stands_on_the_first_screen_of_a_phone_below_a_low_band(judges: Kit, tmp_path: Path) -> None:
    page, mail = tmp_path / "mail.html", a_usual_mail()
    head, band, rest = mail.partition(b'<td class="band"')
    event, post, lead = rest.partition(b'<td class="post"')
    above = height(judges, page, head)
    # Half of what it was before the mail was made for phones.
    assert height(judges, page, head + band + event) - above <= 126
    told, end, _ = lead.partition(b'<p class="on"')
    assert end
    assert height(judges, page, head + band + event + post + told) <= 667


@pytest.mark.parametrize("make", [the_mail, a_usual_mail])
def test_mail_programs_know_what_a_mail_is_made_of(judges: Kit, tmp_path: Path, make: Callable[[], bytes]) -> None:
    page = tmp_path / "mail.html"
    page.write_bytes(make())
    assert "(0 that matter)" in judges.do("caniemail-check", str(page))
