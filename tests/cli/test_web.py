"""What the operator asks of our own pages at the prompt."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from solacefeed.app import App
from solacefeed.composition.pages import put_together
from solacefeed.composition.visitors import languages
from solacefeed.config import load
from solacefeed.tokens import for_feed
from tests.cli.prompt import WEEKLY, at, well
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
    assert languages(base, "en-GB") == ("en-GB",)
    assert languages(base, "cy") == ("cy", "en")


def test_a_readers_own_feed_is_served_whatever_the_config_says_of_digests(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:", more=PAGES)
    well(site, "poll")
    well(site, "subscribers", "add", "ann@example.org")
    base = App(load(site.folder / "config.toml", environ={}), as_of=None, folder=site.folder)
    with base.store() as store:
        served, path = put_together(base, store), f"/my/{for_feed(1, 0, base.keys(store))}.atom"

        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(served)) as client:
                return await client.get(f"https://news.example.org{path}")

        assert asyncio.run(asked()).status_code == 200
