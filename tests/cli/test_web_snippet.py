"""``web snippet``: the form that the operator pastes into the blog."""

from __future__ import annotations

import json
import re

import pytest

from solacefeed.app import App
from solacefeed.config import load
from solacefeed.web.snippet import is_of_a_snippet
from solacefeed.web.wordings import snippet_wording
from tests.cli.prompt import at, set_line, well
from tests.support.site import Site

PAGES = '[web]\nbase_url = "https://news.example.org"\n'


@pytest.fixture
def open_to_all(done: Site) -> Site:
    config = done.folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + PAGES, encoding="utf-8")
    return done


def test_a_categorys_form_is_printed_with_a_token_of_the_sites(open_to_all: Site) -> None:
    text = well(open_to_all, "web", "snippet", "--categories", "housing")
    assert 'action="https://news.example.org/subscribe"' in text
    assert '<input type="hidden" name="category" value="housing">' in text
    (token,) = re.findall(r'name="form" value="([^"]+)"', text)
    app = App(load(open_to_all.folder / "config.toml", environ={}), as_of=None, folder=open_to_all.folder)
    (digest,) = app.digests()
    agreed = snippet_wording(None, app.config.site.organisation, [digest], "en-GB")
    assert agreed.text in text
    with app.store() as store:
        assert is_of_a_snippet(token, agreed.hash, app.keys(store))
    assert json.loads(well(open_to_all, "web", "snippet", "--categories", "housing", "--json"))["html"] == text


def test_several_categories_can_be_ticked_and_another_language_is_carried_on(open_to_all: Site) -> None:
    text = well(open_to_all, "web", "snippet", "--categories", "housing,education", "--language", "cy")
    assert 'action="https://news.example.org/subscribe?lang=cy" lang="cy"' in text
    assert re.findall(r'type="checkbox" name="category" value="(\w+)" checked> (\w+)', text) == [
        ("education", "Education"),
        ("housing", "Housing"),
    ]


def test_a_frame_leads_to_our_own_page(open_to_all: Site) -> None:
    text = well(open_to_all, "web", "snippet", "--iframe", "--categories", "housing", "--digest", "weekly")
    assert 'src="https://news.example.org/subscribe?embed=1&amp;digest=weekly&amp;categories=housing"' in text


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--categories", "housin"), "the blog has no category housin; did you mean housing?"),
        (("--digest", "jobs"), "there is no digest jobs"),
        (("--language", "tlh"), "there are no words in tlh; there are en, cy"),
    ],
)
def test_what_there_is_not_is_told_in_one_line(open_to_all: Site, words: tuple[str, ...], why: str) -> None:
    said = at(open_to_all, "web", "snippet", *words)
    assert (said.code, said.out) == (2, "")
    assert why in said.err


def test_a_category_that_is_hidden_is_not_offered(open_to_all: Site) -> None:
    set_line(open_to_all, "[mail]", '[categories]\nhide = ["education"]\n[mail]')
    said = at(open_to_all, "web", "snippet", "--categories", "education")
    assert said.code == 2
    assert "--categories: education can't be chosen by readers, who may choose " in said.err
    assert "education," not in said.err.partition("choose ")[2]


def test_where_nobody_can_subscribe_there_is_no_form(done: Site) -> None:
    said = at(done, "web", "snippet")
    assert said.code == 2
    assert "nobody can subscribe by themselves" in said.err
