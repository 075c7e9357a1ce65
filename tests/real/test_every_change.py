"""Whatever changes on the real blog: after one poll the feeds are those of a fresh crawl, and nothing else moved."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.real.conftest import WordPress
from tests.support.site import Site


def after(**span: int) -> tuple[str, str]:
    """By the real clock, since the blog dates what is new by it, and nobody believes a date that is far ahead."""
    return "--as-of", (datetime.now(UTC) + timedelta(**span)).strftime("%Y-%m-%dT%H:%MZ")


BEFORE, AN_HOUR_LATER, TWO_DAYS_LATER = after(), after(hours=1), after(days=2)

CHANGES = (
    ("add", "--title", "New", "--cat", "Housing", "--content", "<p>New.</p>"),
    ("add", "--title", "Old", "--cat", "Housing", "--date-gmt", "2011-01-01 00:00:00", "--content", "<p>Old.</p>"),
    ("bulk", "12"),
    ("edit-title", "1", "Another title"),
    ("edit-content", "1"),
    ("touch", "1"),
    ("recategorise", "2", "Education"),
    ("rename-category", "Housing", "Homes"),
    ("slug-category", "Housing", "homes"),
    ("delete-category", "Housing"),
    ("trash", "1"),
    ("delete", "1"),
    ("unpublish", "1"),
    ("private", "2"),
    ("password", "1"),
    ("slug", "1", "another-slug"),
    ("author", "1", "davidmartin"),
    ("redate", "1", "2012-05-01 09:00:00"),
    ("stick", "1"),
    ("comment", "1"),
    ("permalinks", "plain"),
)


def feeds_of(wordpress: WordPress, folder: Path) -> dict[str, bytes]:
    site = Site.begun(folder, source=wordpress.url)
    site.told("run", *BEFORE)
    return site.published()


def said_by(documents: dict[str, bytes]) -> dict[str, bytes]:
    """What they say of the blog as it is now; a living store also knows what was before, and since when.

    So it may say an earlier ``updated``, for what no reader should look at again, and that entries were deleted.
    """
    kept = (path for path in documents if path.endswith((".atom", ".rss", ".json", ".html", ".opml", ".ics")))
    return {path: _HISTORY.sub(b"", documents[path]) for path in kept if path != "feeds.json"}


_HISTORY = re.compile(
    rb"<updated>[^<]*</updated>|<lastBuildDate>[^<]*</lastBuildDate>|<(?:dcterms|atom):\w+>[^<]*</(?:dcterms|atom):\w+>"
    rb'|"date_modified": ?"[^"]*",?|\s*<at:deleted-entry[^>]*/>| xmlns:at="[^"]*"'
)


def followed(site: Site, wordpress: WordPress, change: tuple[str, ...], when: tuple[str, ...]) -> dict[str, bytes]:
    site.told("run", *BEFORE)
    wordpress.mutate(*change)
    site.told("run", *when)
    return site.published()


@pytest.fixture
def site(wordpress: WordPress, tmp_path: Path) -> Site:
    wordpress.mutate("permalinks", "pretty")
    return Site.begun(tmp_path / "living", source=wordpress.url)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: " ".join(change[:2]))
def test_after_one_poll_the_feeds_say_what_the_blog_says(
    site: Site, wordpress: WordPress, tmp_path: Path, change: tuple[str, ...]
) -> None:
    living = followed(site, wordpress, change, TWO_DAYS_LATER if change[0] == "permalinks" else AN_HOUR_LATER)
    fresh = feeds_of(wordpress, tmp_path / "fresh")
    wordpress.mutate("permalinks", "pretty")
    assert said_by({path: document for path, document in living.items() if path in fresh}) == said_by(fresh)
    # A former slug is kept alive by copies; a feed in which nothing is left says so for a while.
    places = {re.sub(r"(/index\.html|\.\w+)$", "", path) for path in set(living) - set(fresh)}
    for place in places:
        assert place == "category/housing" or b"this feed has ended" in living[f"{place}.atom"]


def test_an_author_who_is_renamed_is_known_after_the_daily_sweep(
    site: Site, wordpress: WordPress, tmp_path: Path
) -> None:
    change = ("rename-author", "davidmartin", "David J Martin")
    living = followed(site, wordpress, change, TWO_DAYS_LATER)
    assert said_by(living) == said_by(feeds_of(wordpress, tmp_path / "fresh"))


def test_only_the_feeds_of_the_changed_post_change(site: Site, wordpress: WordPress) -> None:
    site.told("run", *BEFORE)
    before = {path: (site.feeds / path).stat().st_mtime_ns for path in site.published()}
    wordpress.mutate("edit-title", "1", "Another title")
    site.told("run", *AN_HOUR_LATER)
    after = {path: (site.feeds / path).stat().st_mtime_ns for path in site.published()}
    moved = {path for path in before if before[path] != after[path]}
    feeds = {path for path in moved if path.endswith(".atom")}
    assert feeds == {
        f"{place}{month}.atom" for place in ("all", "category/childrens-social-care") for month in ("", "/2012-05")
    }
