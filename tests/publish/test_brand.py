"""Whoever changes a site's looks, or a template, has pages and mails made anew, and no reader's feed is moved by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solacefeed.composition.mail_parts import renderer
from solacefeed.publish.readers import UnreadCost
from tests.publish.writing import Site, documents, format_of, site_of
from tests.store.releases import rows

PAGES = {"page", "edition page", "events page", "index page", "missing page", "feed style"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_of(rows.kept()[-1], tmp_path) as site:
        yield site


def says(site: Site, *lines: str) -> None:
    """The operator writes these below [site]."""
    config = site.folder / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[site]\n", "\n".join(["[site]", *lines, ""]), 1), encoding="utf-8")


def changed(site: Site) -> dict[str, bytes]:
    """The documents that are other ones after a publish."""
    before = documents(site.feeds)
    site.app.publishing.publish(site.store)
    return {path: content for path, content in documents(site.feeds).items() if before.get(path) != content}


@pytest.mark.slow
def test_other_looks_are_on_every_page_and_edition_page_and_move_no_feed(site: Site) -> None:
    pages = {path: content for path, content in changed(site).items() if path.endswith(".html")}
    assert not any(b"<img" in content or b"img-src" in content for content in pages.values())
    logo = "https://www.example.org/logo.png"
    says(site, 'accent = "#8a1538"', 'typeface = "Verdana, sans-serif"', f'logo = "{logo}"', "logo_size = [320, 80]")
    assert site.app.publishing.forecast(site.store).unread == UnreadCost()
    anew = changed(site)
    assert {format_of(path) for path in anew} == PAGES
    assert {path for path in documents(site.feeds) if format_of(path) in PAGES} == anew.keys()
    for path, content in anew.items():
        page = content.decode()
        assert "#8a1538" in page
        assert ": Verdana, sans-serif;" in page
        assert "#17594c" not in page
        if format_of(path) != "feed style":
            assert f'<img src="{logo}" alt="Society of Chief Officers" width="160" height="40"' in page
            assert "script-src 'none'; img-src https://www.example.org;" in page or "; img-src https://www." in page
    assert changed(site) == {}


@pytest.mark.slow
def test_a_template_of_the_operators_is_on_the_pages_from_the_next_publish_on(site: Site) -> None:
    changed(site)
    style = site.folder / "mine/site/page.css"
    style.parent.mkdir(parents=True)
    style.write_text('{% include "shipped/site/page.css" %}\nh1 { letter-spacing: -.01em; }')
    says(site, 'templates = "mine"')
    assert {format_of(path) for path in changed(site)} == PAGES - {"feed style"}
    style.write_text('{% include "shipped/site/page.css" %}\nh1 { letter-spacing: .01em; }')
    anew = changed(site)
    assert {format_of(path) for path in anew} == PAGES - {"feed style"}
    assert all(b"h1 { letter-spacing: .01em; }" in content for content in anew.values())
    assert changed(site) == {}


@pytest.mark.slow
def test_a_style_for_feeds_of_the_operators_takes_the_shipped_ones_place(site: Site) -> None:
    (site.folder / "mine/site").mkdir(parents=True)
    (site.folder / "mine/site/feed.css").write_text("feed { color: {{ brand.light.accent }}; }")
    says(site, 'templates = "mine"')
    changed(site)
    (site.folder / "mine/site/feed.css").write_text("feed { color: {{ brand.dark.accent }}; }")
    assert changed(site) == {"feed.css": b"feed { color: #7fcdb9; }"}


def test_other_looks_or_templates_are_a_reason_to_make_all_anew(site: Site) -> None:
    made_with = [site.app.publishing.settings(site.store).made_with]
    says(site, 'accent = "#17594c"', 'typeface = "serif"')
    assert site.app.publishing.settings(site.store).made_with == made_with[0]
    says(site, 'templates = "mine"')
    (site.folder / "mine/site").mkdir(parents=True)
    for name in ("page.css", "feed.css"):
        (site.folder / "mine/site" / name).write_text("h1 { color: red; }")
        made_with.append(site.app.publishing.settings(site.store).made_with)
    config = site.folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("#17594c", "#8a1538"), encoding="utf-8")
    made_with.append(site.app.publishing.settings(site.store).made_with)
    assert len({each.written() for each in made_with}) == 4
    assert [each.config == made_with[0].config for each in made_with] == [True, True, True, False]


@pytest.mark.more
def test_copies_that_were_not_tried_yet_are_rendered_anew_with_other_looks_or_templates(site: Site) -> None:
    marks = [mark_of_mails(site)]
    says(site, 'accent = "#8a1538"')
    marks.append(mark_of_mails(site))
    says(site, 'templates = "mine"')
    body = site.folder / "mine/digest/body.txt"
    body.parent.mkdir(parents=True)
    for words in ("Dear reader", "Dear readers"):
        body.write_text(words)
        marks.append(mark_of_mails(site))
    assert len(set(marks)) == 4


def mark_of_mails(site: Site) -> str:
    app = site.app
    return renderer(app, site.store, app.digest()).templates
