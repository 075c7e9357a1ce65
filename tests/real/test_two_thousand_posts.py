"""The real WordPress with two thousand generated posts of every kind that goes wrong somewhere."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import feedparser
import pytest

from tests.real.conftest import WordPress, judged
from tests.real.reading import collected, ids
from tests.support.site import Site

#: Whether it has come, of a run that fills a site.
Moment = Callable[[WordPress, Site], bool]


@pytest.fixture(scope="module")
def crowded(wordpress_server: WordPress) -> WordPress:
    wordpress_server.mutate("clear")
    wordpress_server.seed("--many", "2000")
    wordpress_server.reset_hits()
    return wordpress_server


@pytest.fixture(scope="module")
def crowded_site(crowded: WordPress, tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site.begun(tmp_path_factory.mktemp("crowded") / "site", source=crowded.url)
    site.told("run")
    hits = crowded.hits()
    assert hits["most_at_once"] == 1
    # Eighteen pages of posts and one of stamps; where the API is; the site, its categories and its users. Beside a page
    # of posts only those pictures and tags are asked for that no page before it had: here of six pages, and of one.
    targets = crowded.asked()
    assert sum("/wp/v2/posts?" in target for target in targets) == 18 + 1
    assert len(targets) == hits["requests"] <= 18 + 1 + 4 + 6 + 1
    for beside in ("media", "tags"):
        numbers = [number for target in targets for number in included(target, beside)]
        assert len(numbers) == len(set(numbers)) > 0
    return site


def included(target: str, route: str) -> list[str]:
    """The numbers that are asked for by a request of the *route*."""
    match = re.search(rf"/wp/v2/{route}\?include=([\d,]+)", target)
    return match[1].split(",") if match else []


def public_ids(wordpress: WordPress) -> set[str]:
    """The ids of the posts that a visitor may read, asked of WordPress page by page."""
    found: set[str] = set()
    for page in range(1, 100):
        url = f"{wordpress.url}/wp-json/wp/v2/posts?per_page=100&page={page}&_fields=id,content.protected&orderby=id"
        try:
            rows = json.load(urllib.request.urlopen(url))
        except urllib.error.HTTPError:
            return found
        found |= {str(row["id"]) for row in rows if not row["content"]["protected"]}
    raise AssertionError("WordPress gives no end of pages")


def test_every_public_post_and_no_other_is_published(crowded: WordPress, crowded_site: Site) -> None:
    published = collected(crowded_site.published(), "all.atom")
    assert {name.rpartition("/")[2] for name in published} == public_ids(crowded)


def test_a_quiet_poll_of_two_thousand_posts_is_three_small_requests(crowded: WordPress, crowded_site: Site) -> None:
    crowded.reset_hits()
    assert crowded_site.told("poll") == "poll: 0 new, 0 changed, 0 gone\n"
    hits = crowded.hits()
    assert hits["requests"] == 3
    assert hits["bytes_sent"] < 6000  # with headers; the bodies are at most 4 kB


def test_every_feed_of_two_thousand_posts_is_well_formed_and_read_alike(crowded_site: Site) -> None:
    for path, document in crowded_site.published().items():
        if path.endswith(".atom"):
            read = feedparser.parse(document)
            assert not read.bozo, path
            assert [entry.id for entry in read.entries] == ids(document)


def test_every_feed_is_valid_to_the_w3c_validator(crowded_site: Site) -> None:
    """But for posts of one second and replacement characters, which are the blog's own, and titles about markup."""
    live = [
        path for ending in ("atom", "rss") for path in sorted(crowded_site.feeds.rglob(f"*.{ending}")) if is_live(path)
    ]
    archives = sorted((crowded_site.feeds / "all").glob("*.atom"))
    assert len(live) > 20
    assert len(archives) > 20
    known = "DuplicateUpdated,BadCharacters,ContainsHTML"
    judged("feedvalidator-check", "--strict", "--ignore", known, *live, *archives)


def is_live(path: Path) -> bool:
    return re.fullmatch(r"\d{4}-\d\d", path.stem) is None


def test_every_json_feed_is_valid(crowded_site: Site) -> None:
    judged("jsonfeed-check", *sorted((crowded_site.feeds / "category").glob("*.json")))


def test_newsboat_reads_every_feed(crowded_site: Site) -> None:
    judged("newsboat-check", *sorted((crowded_site.feeds / "category").glob("*.atom"))[:3])


def test_a_second_run_changes_no_byte(crowded_site: Site) -> None:
    before = {path: (crowded_site.feeds / path).stat().st_mtime_ns for path in crowded_site.published()}
    crowded_site.told("run")
    assert {path: (crowded_site.feeds / path).stat().st_mtime_ns for path in crowded_site.published()} == before


def asked(number: int) -> Moment:
    return lambda wordpress, _site: len(wordpress.asked()) >= number


def written(number: int) -> Moment:
    """Files, drafts and packed ones among them."""
    return lambda _wordpress, site: sum(path.is_file() for path in site.feeds.rglob("*")) >= number


#: What a run has done, whatever the machine's pace: it asks thirty questions, and writes fifteen hundred files.
MOMENTS: dict[str, Moment] = {
    "first question": asked(1),
    "first pictures": asked(6),
    "in the middle of the crawl": asked(16),
    "last question": asked(30),
    "in the middle of the files": written(100),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_run_killed_at_any_moment_and_done_again_ends_in_the_same_state(
    crowded: WordPress, crowded_site: Site, tmp_path: Path, moment: Moment
) -> None:
    site = Site.begun(tmp_path / "site", source=crowded.url)
    crowded.reset_hits()
    running = subprocess.Popen(site.command("run", "-q"), cwd=site.folder, env=os.environ, stderr=subprocess.DEVNULL)
    while not moment(crowded, site) and running.poll() is None:
        time.sleep(0.05)  # Another process does the work.
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    for path, document in site.published().items():
        if path.endswith((".atom", ".rss", ".html")):
            assert document.startswith((b"<?xml", b"<!doctype html>"))
    site.told("run")
    assert sums(site.published()) == sums(crowded_site.published())
    assert sums(_posts(site)) == sums(_posts(crowded_site))


def _posts(site: Site) -> dict[str, bytes]:
    return {post["id"]: json.dumps(post).encode() for post in site.data("posts", "list", "--limit", "5000")}


def sums(documents: dict[str, bytes]) -> dict[str, str]:
    """Short enough to be compared in words where they differ."""
    return {name: sha256(document).hexdigest()[:8] for name, document in documents.items()}
