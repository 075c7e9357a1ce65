"""What the operator asks of our own pages at the prompt."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import html

from solacefeed.app import App
from solacefeed.composition.pages import put_together
from solacefeed.composition.visitors import languages
from solacefeed.config import load
from solacefeed.store.database import Store
from solacefeed.tokens import for_feed
from tests.cli.prompt import PEOPLE, WEEKLY, at, mails, rehearsed, well
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


@pytest.mark.more
def test_the_feeds_pages_and_mails_lead_to_our_own_form_where_one_can_join_there(tmp_path: Path) -> None:
    form = "https://news.example.org/subscribe"
    begun = rehearsed(tmp_path / "site", more=PAGES + PEOPLE)
    well(begun, "run")
    path = begun.folder / "var" / "mail" / mails(begun)[0]
    mail = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("html",))
    assert form in (begun.folder / "feeds" / "index.html").read_text(encoding="utf-8")
    assert form in (begun.folder / "feeds" / "category" / "housing" / "index.html").read_text(encoding="utf-8")
    assert mail is not None
    assert f'href="{form}"' in mail.get_content()
    closed = PAGES.replace('closes = "mon 07:00"', 'closes = "mon 07:00"\njoin = "list"')
    nobody = rehearsed(tmp_path / "closed", more=closed)
    well(nobody, "run")
    assert form not in (nobody.folder / "feeds" / "index.html").read_text(encoding="utf-8")
    theirs = rehearsed(tmp_path / "theirs", more=PAGES + '[feeds]\nsubscribe_url = "mailto:office@example.org"\n')
    well(theirs, "run")
    page = (theirs.folder / "feeds" / "index.html").read_text(encoding="utf-8")
    assert "mailto:office@example.org" in page
    assert form not in page


TRIAL = WEEKLY + '[web]\nbase_url = "http://localhost:8025"\n'


def led_to(base: App, store: Store, pages: str) -> dict[str, int]:
    """Where the first page leads, and what is answered there by ourselves; 0 for elsewhere."""
    served = put_together(base, store)

    async def asked() -> dict[str, int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), follow_redirects=True) as client:
            home: Any = html.document_fromstring((await client.get(f"{pages}/")).text)
            links = {str(each).replace("webcal:", "http:") for each in home.xpath("//@href")}
            ours = {each for each in links if each.startswith(pages)}
            return {each: (await client.get(each)).status_code if each in ours else 0 for each in sorted(links)}

    return asyncio.run(asked())


@pytest.mark.more
def test_each_link_of_the_first_page_works_where_a_site_is_tried_on_one_machine(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:", more=TRIAL)
    well(site, "poll")
    base = App(load(site.folder / "config.toml", environ={}), as_of=None, folder=site.folder)
    with base.store() as store:
        before = led_to(base, store, "http://localhost:8025")
        well(site, "publish")
        after = led_to(base, store, "http://localhost:8025")
    assert 404 not in {*before.values(), *after.values()}, "nothing is dead"
    assert "http://localhost:8025/index.html" in after.keys() - before.keys()
    assert "http://localhost:8025/events/index.html" in after
    assert any(each.startswith("http://localhost:8025/category/") for each in after)
    assert not any(each.startswith(base.config.site.base_url) for each in after)


@pytest.mark.more
def test_elsewhere_pages_lead_to_the_documents_permanent_addresses(tmp_path: Path) -> None:
    site = Site.begun(tmp_path / "site", source="sample:", more=PAGES)
    well(site, "run")
    config = load(site.folder / "config.toml", environ={})
    base = App(config, as_of=None, folder=site.folder)
    with base.store() as store:
        assert f"{config.site.base_url}/index.html" in led_to(base, store, "https://news.example.org")
