"""A language that is written from the right to the left comes by a file, as any other does."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from solacefeed.deeds.upkeep.template_check import Filling, sample
from solacefeed.digest.edition_view import EditionView
from solacefeed.digest.personal_letters import PersonalLetter
from solacefeed.digest.rendering import render
from solacefeed.templating import templates
from solacefeed.web.views import VisitorsPage, own_page
from solacefeed.words import direction
from tests.languages.catalogue_files import ARABIC, Messages, a_catalogue
from tests.languages.shown import VIEWS, shown
from tests.rendering.rendering_views import EDITION

ARABIC_WORDS: Messages = {
    "All posts": "كل المقالات",
    "Read on": "تابع القراءة",
    "Follow in a feed reader": "تابعنا في قارئ الخلاصات",
}


@pytest.fixture(autouse=True)
def _spoken(folder: Path) -> None:
    a_catalogue(folder, "ar.po", ARABIC_WORDS, plural=ARABIC)


def in_arabic(view: type) -> Any:
    named = {"direction": direction("ar")} if view in (EditionView, PersonalLetter) else {}
    return replace(sample(view, Filling.FULL), language="ar", **named)


def pages() -> list[str]:
    return [shown(in_arabic(view), templates())[0] for view in VIEWS]


def test_every_page_and_mail_runs_from_the_right_to_the_left_and_says_so() -> None:
    roots = [lxml_html.document_fromstring(page) for page in pages()]
    assert len(roots) > 5
    assert [(root.get("lang"), root.get("dir")) for root in roots] == [("ar", "rtl")] * len(roots)


def test_a_mail_says_so_at_each_child_of_its_body_too() -> None:
    html = render(replace(EDITION, language="ar", direction="rtl"), templates()).html
    root: Any = lxml_html.document_fromstring(html)
    (body,) = root.xpath("//body")
    assert [(child.get("lang"), child.get("dir")) for child in body if isinstance(child.tag, str)] == [("ar", "rtl")]
    assert "تابع القراءة" in html


def test_an_english_page_says_no_more_than_it_did() -> None:
    page = own_page(replace(in_arabic(VisitorsPage), language="en-GB"), templates())
    assert "dir=" not in page.partition(">")[2].partition(">")[0]


def test_nothing_on_a_page_is_placed_by_the_left_and_the_right() -> None:
    """Where a line begins is not the same side everywhere: margins and the like go by its beginning and its end."""
    folder = Path(__file__).parents[2] / "templates"
    sided = re.compile(r"(?:margin|padding|border)-(?:left|right)\b|text-align: ?(?:left|right)|float: ?(?:left|right)")
    found = [
        f"{path.relative_to(folder)}: {side}"
        for path in sorted([*folder.glob("site/*"), *folder.glob("web/*")])
        for side in sided.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == []
