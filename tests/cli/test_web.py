"""What the operator asks of our own pages at the prompt."""

from __future__ import annotations

from pathlib import Path

from solacefeed.app import App
from solacefeed.composition.visitors import tongues
from solacefeed.config import load
from tests.cli.prompt import WEEKLY, at
from tests.support.site import Site

PAGES = WEEKLY + '[web]\nbase_url = "https://news.example.org"\n'


def test_the_form_for_the_blog_can_be_printed_before_anything_was_mailed(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:", more=PAGES)
    at(site, "poll")
    first = at(site, "web", "snippet", "--categories", "housing")
    assert (first.code, first.err) == (0, "")
    assert 'action="https://news.example.org/subscribe"' in first.out
    # Its token holds for as long as the key does.
    assert at(site, "web", "snippet", "--categories", "housing").out == first.out


def test_a_page_in_english_offers_no_other_english(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:", more=PAGES)
    base = App(load(site.folder / "config.toml", environ={}), as_of=None, folder=site.folder)
    assert tongues(base, "en-GB") == ("en-GB",)
    assert tongues(base, "cy") == ("cy", "en")
