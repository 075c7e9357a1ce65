"""Moving in: the blog's own feeds lead to ours, and to none that is not there."""

from __future__ import annotations

from pathlib import Path

from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import write_changes
from solacefeed.deeds.publishing.redirects import redirects
from solacefeed.models.blog import Author
from solacefeed.ports import Batch
from solacefeed.publish.feeds import Naming
from solacefeed.site import Site
from tests.deeds.world import BLOG, World, environment
from tests.support.builders import LONDON, a_source_post

NAMING = Naming(
    site=Site(
        title="Officers' Blog",
        base_url="https://feeds.example.org",
        tag_authority="example.org,2012",
        language="en-GB",
        organisation="Society of Officers",
        url=BLOG,
        zone=LONDON,
    ),
)


def rules(world: World, folder: Path, *, authors: bool) -> str:
    world.blog_says(Batch(authors=(Author(id="1", name="Jo Carver"),)))
    world.appear(a_source_post(id="1", author_id="1", category_numbers=("3",)))
    settings = PublishSettings(folder=folder, naming=NAMING, authors=authors)
    write_changes(world.store, world.clock, settings, environment, url=BLOG)
    return redirects(
        world.store,
        "nginx",
        NAMING,
        blog_url=BLOG,
        category_base="category",
        is_there=lambda path: (folder / path).is_file(),
    )


def test_an_authors_feed_leads_to_ours_where_authors_have_feeds(world: World, tmp_path: Path) -> None:
    assert "https://feeds.example.org/author/jo-carver" in rules(world, tmp_path, authors=True)


def test_nobody_is_led_to_a_feed_that_is_not_there(world: World, tmp_path: Path) -> None:
    told = rules(world, tmp_path, authors=False)
    assert "author/" not in told.replace("https://feeds.example.org/all", "")
    assert "https://feeds.example.org/category/scotland" in told
    assert "https://feeds.example.org/category/housing" not in told
