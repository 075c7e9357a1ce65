"""Through each kind of source in turn the real posts come out alike, and a change of kind changes nothing."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.real.conftest import WordPress
from tests.support.site import CONFIG, Site

KINDS = ("rest", "feed", "pages")
ALIKE = ("title", "author", "byline", "first_published", "published", "excerpt")


def of_kind(site: Site, wordpress: WordPress, kind: str) -> Site:
    config = CONFIG.format(source=wordpress.url, more="").replace("[site]", f'kind = "{kind}"\n[site]')
    site.folder.mkdir(parents=True, exist_ok=True)
    (site.folder / "config.toml").write_text(config)
    return site


def posts(site: Site) -> list[dict[str, Any]]:
    return [{name: post[name] for name in ALIKE} for post in site.data("posts", "list")]


def documents(site: Site) -> dict[str, bytes]:
    return {path: document for path, document in site.published().items() if path.endswith(".atom")}


@pytest.fixture(params=["solace2012", "twentytwentyone"])
def blog(request: pytest.FixtureRequest, wordpress: WordPress) -> WordPress:
    wordpress.mutate("permalinks", "pretty")
    wordpress.mutate("theme", request.param)
    return wordpress


def test_the_two_real_posts_come_out_alike_through_every_kind(blog: WordPress, tmp_path: Path) -> None:
    seen = {}
    for kind in KINDS:
        site = of_kind(Site(tmp_path / kind), blog, kind)
        site.told("poll")
        site.told("publish")
        seen[kind] = (posts(site), {path: document.count(b"<entry>") for path, document in documents(site).items()})
    assert seen["rest"] == seen["feed"] == seen["pages"]
    assert [post["author"] for post in seen["rest"][0]] == ["David Martin", "Mark Rogers"]


@pytest.mark.parametrize("order", list(permutations(KINDS)), ids="-".join)
def test_a_change_of_kind_on_a_living_store_changes_no_id_and_no_entry(
    wordpress: WordPress, tmp_path: Path, order: tuple[str, ...]
) -> None:
    wordpress.mutate("permalinks", "pretty")
    site = Site(tmp_path / "site")
    said = []
    for kind in (*order, order[0]):
        of_kind(site, wordpress, kind).told("run")
        said.append(documents(site))
    assert all(documents == said[0] for documents in said)


def test_a_blog_whose_api_is_off_is_read_by_its_feed_and_says_so(wordpress: WordPress, tmp_path: Path) -> None:
    wordpress.mutate("rest", "401")
    site = of_kind(Site(tmp_path / "site"), wordpress, "auto")
    assert "2 new" in site.told("run")
    status = site.told("status")
    assert "read by feed" in status
    assert "not rest: " in status


def test_one_bad_day_never_costs_the_better_kind(wordpress: WordPress, tmp_path: Path) -> None:
    site = of_kind(Site(tmp_path / "site"), wordpress, "auto")
    site.told("run")
    wordpress.mutate("rest", "401")
    for _ in range(2):
        assert site.do("poll").returncode == 1
    wordpress.mutate("rest", "on")
    site.told("poll")
    assert "read by rest" in site.told("status")
