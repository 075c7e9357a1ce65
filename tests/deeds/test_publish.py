"""publish: the folder says what the store says, whole, and no byte moves without reason."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from solacefeed.deeds.publish import Place, PublishResult, publish
from solacefeed.errors import PublishError
from solacefeed.ports import Batch
from solacefeed.publish.feeds import Naming
from solacefeed.store.database import Store
from tests.deeds.world import BLOG, HOMELESSNESS, HOUSING, SCOTLAND, World, environment
from tests.support.builders import LONDON, MONDAY, a_category, a_site, a_source_post
from tests.support.fakes import SettableClock

NAMING = Naming(
    site_title="Officers' Blog",
    base_url="https://feeds.example.org",
    tag_authority="example.org,2012",
    language="en-GB",
    organisation="Society of Officers",
)
POST = a_source_post(id="1", title="The quiet budget", category_ids=("2",))


class Publisher:
    """Publishes a store into a folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.folder = folder

    def publish(self) -> PublishResult:
        place = Place(folder=self.folder, naming=NAMING, zone=LONDON, site_url=BLOG)
        return publish(self._store, SettableClock(MONDAY), place, environment(), url=BLOG)

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def states(self) -> dict[str, tuple[bytes, int, int]]:
        """The bytes, the time and the inode of each file."""
        found = {name: self.folder / name for name in self.files()}
        return {name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for name, path in found.items()}


@pytest.fixture
def publisher(world: World, tmp_path: Path) -> Publisher:
    return Publisher(world.store, tmp_path / "feeds")


def test_nothing_is_published_before_the_first_crawl_is_complete(store: Store, tmp_path: Path) -> None:
    publisher = Publisher(store, tmp_path / "feeds")
    with pytest.raises(PublishError, match=r"before the first crawl .* is complete: `solacefeed poll`"):
        publisher.publish()
    assert not publisher.folder.exists()


def test_half_a_first_crawl_is_not_published_either(store: Store, tmp_path: Path) -> None:
    world = World(store, crawled=False)
    world.blog_says(Batch(site=a_site(), categories=(HOUSING, HOMELESSNESS)), Batch(posts=(POST,)))
    with pytest.raises(PublishError):
        Publisher(store, tmp_path / "feeds").publish()


def test_a_blog_without_posts_has_no_feeds(publisher: Publisher) -> None:
    assert publisher.publish().feeds == 0
    assert publisher.files() == []


def test_each_category_with_posts_has_its_feed_and_the_index_names_them(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    result = publisher.publish()
    assert publisher.files() == [
        "all.atom",
        "category/homelessness.atom",
        "category/housing.atom",
        "index.html",
    ]
    assert (result.feeds, result.posts, result.changed, result.removed) == (3, 1, 4, 0)
    index = (publisher.folder / "index.html").read_text()
    for path in ("all.atom", "category/homelessness.atom", "category/housing.atom"):
        assert f"https://feeds.example.org/{path}" in index


def test_publishing_again_writes_nothing(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    before = publisher.states()
    result = publisher.publish()
    assert (result.changed, result.removed) == (0, 0)
    assert publisher.states() == before


def test_a_folder_that_was_lost_is_rebuilt_to_the_byte(world: World, publisher: Publisher, tmp_path: Path) -> None:
    world.appear(POST, a_source_post(id="2", title="Another", category_ids=("3",)))
    publisher.publish()
    elsewhere = Publisher(world.store, tmp_path / "elsewhere")
    elsewhere.publish()
    contents = [{name: state[0] for name, state in found.states().items()} for found in (publisher, elsewhere)]
    assert contents[0] == contents[1]


def test_only_the_feeds_of_a_changed_post_change(world: World, publisher: Publisher) -> None:
    scottish = a_source_post(id="2", title="Islands", category_ids=("3",))
    world.appear(POST, scottish)
    publisher.publish()
    before = publisher.states()
    world.blog_says(Batch(posts=(replace(scottish, content="<p>Ferries.</p>", modified=MONDAY),)))
    publisher.publish()
    after = publisher.states()
    assert {name for name in after if after[name] != before[name]} == {"all.atom", "category/scotland.atom"}


def test_a_post_filed_anew_moves_to_its_new_feed(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    world.blog_says(Batch(posts=(replace(POST, category_ids=("3",)),)))
    result = publisher.publish()
    assert publisher.files() == ["all.atom", "category/scotland.atom", "index.html"]
    assert result.removed == 2


def test_a_removed_post_leaves_every_feed_and_the_others_stay(world: World, publisher: Publisher) -> None:
    world.appear(POST, a_source_post(id="2", title="Islands", category_ids=("2", "3")))
    publisher.publish()
    world.vanish("1")
    publisher.publish()
    for name in ("all.atom", "category/housing.atom", "category/homelessness.atom"):
        document = (publisher.folder / name).read_text()
        assert "The quiet budget" not in document
        assert "Islands" in document


def test_only_our_own_files_are_ever_removed(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    theirs = ["robots.txt", "category/notes.html", "category/scotland.atom"]
    for name in theirs:
        (publisher.folder / name).write_text("not ours")
    world.vanish("1")
    assert publisher.publish().removed == 4
    assert publisher.files() == sorted(theirs)


def test_a_renamed_category_keeps_its_old_address(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    world.recategorise(replace(HOUSING, slug="homes", name="Homes"), HOMELESSNESS, SCOTLAND)
    publisher.publish()
    old, new = ((publisher.folder / f"category/{slug}.atom").read_bytes() for slug in ("housing", "homes"))
    assert old == new
    assert b'href="https://feeds.example.org/category/homes.atom"' in new
    assert publisher.publish().changed == 0


def test_a_file_that_somebody_spoiled_is_put_right(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    whole = (publisher.folder / "all.atom").read_bytes()
    (publisher.folder / "all.atom").write_bytes(whole[:100])
    os.unlink(publisher.folder / "index.html")
    assert publisher.publish().changed == 2
    assert (publisher.folder / "all.atom").read_bytes() == whole


def test_a_slug_out_of_a_hacked_blog_writes_nothing_outside_the_folder(world: World, publisher: Publisher) -> None:
    world.recategorise(a_category(id="8", slug="../../outside"), a_category(id="9", slug="/etc/cron.d/x"))
    world.appear(a_source_post(id="1", category_ids=("8", "9")))
    publisher.publish()
    assert publisher.files() == ["all.atom", "category/category-8.atom", "category/category-9.atom", "index.html"]
    assert not list(publisher.folder.parent.rglob("outside*"))
