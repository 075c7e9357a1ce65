"""publish: the folder says what the store says, whole, and no byte moves without reason."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from lxml import etree

from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import Forecast, PublishResult, forecast, write_changes
from solacefeed.errors import PublishError
from solacefeed.models.blog import CategoryName, SourcePost
from solacefeed.ports import Batch
from solacefeed.publish.feeds import Naming
from solacefeed.site import Site
from solacefeed.store import pings, quarantine
from solacefeed.store.database import Store
from tests.deeds.world import BLOG, HOMELESSNESS, HOUSING, SCOTLAND, World, environment
from tests.support.builders import LONDON, MONDAY, a_site, a_source_category, a_source_post, category_numbers
from tests.support.fakes import SettableClock

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
ATOM = "{http://www.w3.org/2005/Atom}"
POST = a_source_post(id="1", title="The quiet budget", category_numbers=("2",))


class Publisher:
    """Publishes a store into a folder."""

    def __init__(self, store: Store, folder: Path, clock: SettableClock | None = None, **settings: Any) -> None:
        self._store = store
        self.folder = folder
        self.clock = clock or SettableClock(MONDAY)
        self.settings = PublishSettings(folder=folder, naming=NAMING, **settings)

    def publish(self, *, everything: bool = False) -> PublishResult:
        return write_changes(self._store, self.clock, self.settings, environment, url=BLOG, everything=everything)

    def forecast(self) -> Forecast:
        return forecast(self._store, self.clock, self.settings, environment, url=BLOG)

    def files(self) -> list[str]:
        """Without the packed forms."""
        found = (str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())
        return sorted(path for path in found if not path.endswith((".gz", ".br")))

    def feeds(self) -> list[str]:
        """The live Atom documents."""
        return [path for path in self.files() if path.endswith(".atom") and not re.search(r"/\d{4}-\d\d\.", path)]

    def atom(self, path: str) -> str:
        return (self.folder / path).read_text()

    def states(self) -> dict[str, tuple[bytes, int, int]]:
        """The bytes, the time and the inode of each file."""
        found = {name: self.folder / name for name in self.files()}
        return {name: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for name, path in found.items()}


@pytest.fixture
def publisher(world: World, tmp_path: Path) -> Publisher:
    return Publisher(world.store, tmp_path / "feeds", world.clock)


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
    assert publisher.feeds() == ["all.atom", "category/homelessness.atom", "category/housing.atom"]
    assert (result.feeds, result.posts, result.changed, result.removed) == (3, 1, len(publisher.files()), 0)
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
    world.appear(POST, a_source_post(id="2", title="Another", category_numbers=("3",)))
    publisher.publish()
    elsewhere = Publisher(world.store, tmp_path / "elsewhere")
    elsewhere.publish()
    contents = [{name: state[0] for name, state in found.states().items()} for found in (publisher, elsewhere)]
    assert contents[0] == contents[1]


def test_only_the_feeds_of_a_changed_post_change(world: World, publisher: Publisher) -> None:
    scottish = a_source_post(id="2", title="Islands", category_numbers=("3",))
    world.appear(POST, scottish)
    publisher.publish()
    before = publisher.states()
    world.blog_says(Batch(posts=(replace(scottish, content="<p>Ferries.</p>", modified=MONDAY),)))
    publisher.publish()
    after = publisher.states()
    assert {name for name in after if after[name] != before[name] and name.endswith(".atom")} == {
        "all.atom",
        "all/2026-11.atom",
        "category/scotland.atom",
        "category/scotland/2026-11.atom",
    }


def test_a_post_filed_anew_moves_to_its_new_feed(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    world.blog_says(Batch(posts=(replace(POST, category_numbers=category_numbers("3")),)))
    publisher.publish()
    assert "The quiet budget" in publisher.atom("category/scotland.atom")
    assert "The quiet budget" not in publisher.atom("category/homelessness.atom")


def test_a_removed_post_leaves_every_feed_and_the_others_stay(world: World, publisher: Publisher) -> None:
    world.appear(POST, a_source_post(id="2", title="Islands", category_numbers=("2", "3")))
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
    publisher.publish()
    world.clock.now += timedelta(days=91)
    assert publisher.publish().removed > 0
    assert set(theirs) <= set(publisher.files())
    assert publisher.feeds() == ["all.atom", "category/scotland.atom"]


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
    slugs = {"8": "../../outside", "9": "/etc/cron.d/x"}
    world.recategorise(*(a_source_category(number=number, slug=slug) for number, slug in slugs.items()))
    world.appear(a_source_post(id="1", category_numbers=("8", "9")))
    publisher.publish()
    assert publisher.feeds() == ["all.atom", "category/category-8.atom", "category/category-9.atom"]
    assert not list(publisher.folder.parent.rglob("outside*"))


@pytest.mark.parametrize(
    "slug",
    ["x/../../all", "../../../outside", "..", "a\\b", "a\x1fb", "", "\u4f4f" * 90, "o" * 300],
    ids=["over all", "outside", "up", "backslash", "control", "by its name", "long", "longer"],
)
def test_what_a_post_is_filed_under_by_name_writes_over_nothing_and_stops_nothing(
    world: World, publisher: Publisher, slug: str
) -> None:
    """Of a feed, of pages or an export, which show no numbers."""
    name = CategoryName(slug=slug, name="Housing \u4f4f" if slug else "\u4f4f" * 90)
    world.appear(replace(a_source_post(id="9"), category_numbers=None, category_names=(name,)), POST)
    publisher.publish()
    feeds = publisher.feeds()
    assert feeds[0] == "all.atom"
    assert "category/housing.atom" in feeds
    assert {each.count("/") for each in feeds[1:]} == {1}
    everything = (publisher.folder / "all.atom").read_text()
    assert ("The quiet budget" in everything, everything.count("<entry>")) == (True, 2)
    assert not list(publisher.folder.parent.rglob("outside*"))


# -- archives -----------------------------------------------------------------------------------------


def a_year_of_posts(world: World, *, of: tuple[str, ...] = ("1",)) -> list[SourcePost]:
    """Two posts a month, up to now."""
    posts = [
        a_source_post(
            id=str(number + 1),
            title=f"Post {number + 1}",
            content=f"<p>Text {number + 1}.</p>",
            category_numbers=of,
            published=MONDAY - timedelta(days=15 * number),
        )
        for number in range(24)
    ]
    world.blog_says(Batch(posts=tuple(posts)))
    return posts


def collected(publisher: Publisher, path: str) -> list[str]:
    """The ids that a client meets which reads a live document and follows ``prev-archive`` alone (RFC 5005)."""
    ids: list[str] = []
    while path:
        document = etree.fromstring((publisher.folder / path).read_bytes())
        ids += [str(element.text) for element in document.iterfind(f"{ATOM}entry/{ATOM}id")]
        links = {link.get("rel"): link.get("href", "") for link in document.iterfind(f"{ATOM}link")}
        path = links.get("prev-archive", "").removeprefix("https://feeds.example.org/")
    return ids


@pytest.mark.parametrize("most", [4, 5, 6, 23, 24, 0])
def test_a_client_that_follows_the_archives_collects_every_post(world: World, tmp_path: Path, most: int) -> None:
    a_year_of_posts(world)
    publisher = Publisher(world.store, tmp_path / "feeds", most_entries=most)
    publisher.publish()
    for path in ("all.atom", "category/housing.atom"):
        ids = collected(publisher, path)
        assert sorted(int(each.rpartition("/")[2]) for each in ids) == list(range(1, 25))


def test_a_month_that_fills_the_live_document_stands_whole_in_its_archive(world: World, tmp_path: Path) -> None:
    a_year_of_posts(world)
    publisher = Publisher(world.store, tmp_path / "feeds", most_entries=1)
    publisher.publish()
    # The newest month has two posts: its archive repeats the one that is live, under the same id.
    assert len(collected(publisher, "all.atom")) == 25
    assert len(set(collected(publisher, "all.atom"))) == 24


def test_an_archive_changes_only_with_the_posts_of_its_month(world: World, tmp_path: Path) -> None:
    posts = a_year_of_posts(world)
    publisher = Publisher(world.store, tmp_path / "feeds", most_entries=3)
    publisher.publish()
    before = publisher.states()
    world.blog_says(Batch(posts=(replace(posts[20], content="<p>Other.</p>", modified=MONDAY),)))
    publisher.publish()
    after = publisher.states()
    changed = {name for name in after if after[name] != before.get(name) and not name.endswith((".gz", ".br"))}
    month = f"{posts[20].published:%Y-%m}"
    assert changed >= {f"all/{month}.atom", f"category/housing/{month}.atom"}
    assert [name for name in changed if re.search(r"/\d{4}-\d\d\.", name) and month not in name] == []


def test_a_month_that_loses_its_last_post_has_no_archive_and_its_neighbours_meet(world: World, tmp_path: Path) -> None:
    world.blog_says(
        Batch(
            posts=tuple(
                a_source_post(id=str(n), category_numbers=("1",), published=MONDAY - timedelta(days=31 * n))
                for n in (1, 2, 3)
            )
        )
    )
    publisher = Publisher(world.store, tmp_path / "feeds", world.clock, most_entries=1)
    publisher.publish()
    world.vanish("2")
    publisher.publish()
    assert not (publisher.folder / "all/2026-09.atom").exists()
    assert "https://feeds.example.org/all/2026-08.atom" in publisher.atom("all/2026-10.atom")
    assert len(set(collected(publisher, "all.atom"))) == 2


def test_months_are_the_blogs_own(world: World, publisher: Publisher) -> None:
    # In London it is September already.
    world.appear(a_source_post(id="1", published=datetime(2026, 8, 31, 23, 30, tzinfo=UTC)))
    publisher.publish()
    assert [path for path in publisher.files() if "2026" in path] == ["all/2026-09.atom"]


# -- what goes ----------------------------------------------------------------------------------------


def test_a_removed_post_is_told_of_for_ninety_days(world: World, publisher: Publisher) -> None:
    world.appear(POST, a_source_post(id="2", title="Islands", category_numbers=("2",)))
    publisher.publish()
    world.vanish("1")
    publisher.publish()
    for path in ("all.atom", "category/housing.atom", "all/2026-11.atom"):
        assert 'deleted-entry ref="tag:example.org,2012:post/1"' in publisher.atom(path)
    world.clock.now += timedelta(days=89)
    publisher.publish()
    assert "deleted-entry" in publisher.atom("all.atom")
    world.clock.now += timedelta(days=2)
    publisher.publish()
    assert "deleted-entry" not in publisher.atom("all.atom")


def test_a_post_that_only_left_a_category_is_not_deleted(world: World, publisher: Publisher) -> None:
    world.appear(POST, a_source_post(id="2", title="Islands", category_numbers=("2",)))
    publisher.publish()
    world.blog_says(Batch(posts=(replace(POST, category_numbers=category_numbers("3")),)))
    publisher.publish()
    assert "deleted-entry" not in publisher.atom("category/homelessness.atom")


def test_a_post_that_comes_back_is_told_of_no_more(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    world.vanish("1")
    publisher.publish()
    world.appear(POST)
    publisher.publish()
    assert "deleted-entry" not in publisher.atom("all.atom")
    assert "The quiet budget" in publisher.atom("all.atom")


def test_a_feed_with_nothing_left_says_so_at_its_old_address_too(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    world.recategorise(replace(HOUSING, slug="homes"), HOMELESSNESS, SCOTLAND)
    publisher.publish()
    world.vanish("1")
    publisher.publish()
    publisher.publish(everything=True)
    ended = publisher.atom("category/homes.atom")
    assert "this feed has ended" in ended
    assert publisher.atom("category/housing.atom") == ended
    world.clock.now += timedelta(days=91)
    publisher.publish()
    assert not (publisher.folder / "category/housing.atom").exists()


def test_a_feed_with_nothing_left_says_so_before_it_goes(world: World, publisher: Publisher) -> None:
    world.appear(POST, a_source_post(id="2", title="Islands", category_numbers=("3",)))
    publisher.publish()
    world.blog_says(Batch(posts=(replace(POST, category_numbers=category_numbers("3")),)))
    publisher.publish()
    document = publisher.atom("category/housing.atom")
    assert "Housing: this feed has ended" in document
    assert "<id>tag:example.org,2012:feed/category/1</id>" in document
    assert "category/housing" not in publisher.atom("index.html")
    assert not (publisher.folder / "category/housing/2026-11.atom").exists()
    world.clock.now += timedelta(days=91)
    publisher.publish()
    assert publisher.feeds() == ["all.atom", "category/scotland.atom"]


def test_a_feed_that_has_posts_again_is_itself_again(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    before = publisher.atom("category/housing.atom")
    world.blog_says(Batch(posts=(replace(POST, category_numbers=category_numbers("3")),)))
    publisher.publish()
    world.blog_says(Batch(posts=(POST,)))
    publisher.publish()
    assert publisher.atom("category/housing.atom") == before


# -- what can't stand there -----------------------------------------------------------------------------


def test_a_post_that_cannot_stand_in_a_feed_is_left_out_and_the_others_go_on(
    world: World, publisher: Publisher
) -> None:
    world.appear(POST, a_source_post(id="2", title="From the future", published=datetime(2999, 1, 1, tzinfo=UTC)))
    result = publisher.publish()
    assert result.left_out == 1
    assert "From the future" not in publisher.atom("all.atom")
    with world.store.read() as connection:
        (aside,) = quarantine.everything(connection)
    assert aside.key == "entry 2"
    assert "it can't stand in a feed" in aside.reason
    world.blog_says(Batch(posts=(a_source_post(id="2", title="From now", published=MONDAY),)))
    assert publisher.publish().left_out == 0
    with world.store.read() as connection:
        assert quarantine.everything(connection) == []


# -- files --------------------------------------------------------------------------------------------


def test_packed_forms_stand_beside_each_document_and_hold_the_same(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    for path in publisher.files():
        content = (publisher.folder / path).read_bytes()
        assert gzip.decompress((publisher.folder / f"{path}.gz").read_bytes()) == content
        assert brotli.decompress((publisher.folder / f"{path}.br").read_bytes()) == content


def test_the_same_store_packs_to_the_same_bytes_whichever_way_it_came_to_be(
    world: World, publisher: Publisher, tmp_path: Path
) -> None:
    world.appear(POST)
    publisher.publish()
    world.appear(a_source_post(id="14", published=MONDAY - timedelta(days=80)))
    publisher.publish()
    packed = {path: path.read_bytes() for path in publisher.folder.rglob("*") if path.suffix in (".gz", ".br")}
    publisher.folder.rename(tmp_path / "lost")
    publisher.publish()
    assert {path: path.read_bytes() for path in packed} == packed
    assert any("/2026-" in path.as_posix() for path in packed), "archives are packed otherwise"


def test_a_files_time_is_when_its_bytes_last_changed(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    world.clock.now += timedelta(days=1)
    world.blog_says(Batch(posts=(replace(POST, content="<p>Other.</p>"),)))
    publisher.publish()
    times = {path: (publisher.folder / path).stat().st_mtime for path in ("all.atom", "all.atom.gz", "feeds.opml")}
    assert times["all.atom"] == times["all.atom.gz"] == world.clock.now.timestamp()
    assert times["feeds.opml"] == MONDAY.timestamp()


def test_two_changes_within_a_second_have_two_times(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    world.blog_says(Batch(posts=(replace(POST, title="The quiet bidget"),)))
    publisher.publish()
    assert (publisher.folder / "all.atom").stat().st_mtime == MONDAY.timestamp() + 1


def test_a_folder_that_was_lost_gets_its_files_back_with_their_times(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    before = {name: state[:2] for name, state in publisher.states().items()}
    shutil.rmtree(publisher.folder)
    world.clock.now += timedelta(days=3)
    publisher.publish()
    assert {name: state[:2] for name, state in publisher.states().items()} == before


# -- looking ahead ------------------------------------------------------------------------------------


def test_a_look_ahead_says_what_would_change_and_writes_nothing(world: World, publisher: Publisher) -> None:
    world.appear(POST)
    publisher.publish()
    world.blog_says(Batch(posts=(replace(POST, content="<p>Corrected.</p>"),)))
    before = publisher.states()
    found = publisher.forecast()
    assert publisher.states() == before
    assert {each.path: each.why for each in found.differences}["category/housing.atom"] == "post 1"
    assert publisher.publish().changed == len(found.differences)
    assert publisher.forecast().differences == ()


# -- editions -----------------------------------------------------------------------------------------


def test_an_edition_stands_in_its_digests_feed_and_has_a_page_for_everyone(world: World, tmp_path: Path) -> None:
    publisher = Publisher(world.store, tmp_path / "feeds", digests=(("weekly", "Weekly digest"),))
    world.appear(POST)
    world.join("ann")
    world.prepare()
    publisher.publish()
    assert "Weekly digest, 23 November 2026" in publisher.atom("digest/weekly.atom")
    assert "tag:example.org,2012:edition/weekly/2026-11-23" in publisher.atom("digest/weekly.atom")
    assert "The quiet budget" in publisher.atom("digest/weekly/2026-11-23.html")
    assert "ann@" not in "".join(publisher.atom(path) for path in publisher.files())
    before = publisher.states()
    publisher.publish()
    assert publisher.states() == before


def test_a_post_that_was_withdrawn_leaves_the_pages_of_its_editions(world: World, tmp_path: Path) -> None:
    publisher = Publisher(world.store, tmp_path / "feeds", digests=(("weekly", "Weekly digest"),))
    world.appear(POST, a_source_post(id="2", title="Islands"))
    world.join("ann")
    world.prepare()
    publisher.publish()
    world.vanish("1")
    publisher.publish()
    page = publisher.atom("digest/weekly/2026-11-23.html")
    assert "The quiet budget" not in page
    assert "Islands" in page


@pytest.mark.slow
def test_a_thousand_unchanged_publishes_write_nothing_and_tell_nobody(world: World, tmp_path: Path) -> None:
    naming = replace(NAMING, hub="https://hub.example.org/")
    publisher = Publisher(world.store, tmp_path / "feeds", world.clock)
    publisher.settings = replace(publisher.settings, naming=naming)
    a_year_of_posts(world)
    publisher.publish()
    with world.store.write() as connection:
        pings.told(connection, [each.topic for each in pings.due(connection, world.clock.now)])
    before = publisher.states()
    for _ in range(1000):
        world.clock.now += timedelta(minutes=15)
        assert publisher.publish().changed == 0
    assert publisher.states() == before
    with world.store.read() as connection:
        assert pings.waiting(connection) == 0
