"""Where two publishes are under way at once, since a lock was lost, no post is lost and nothing stale stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from solacefeed.deeds.publishing.fence import Overtaken
from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import write_changes
from solacefeed.ports import Batch
from solacefeed.store.database import Store, open_store
from tests.deeds.test_publish_killed import NAMING, posts
from tests.deeds.world import BLOG, World, environment
from tests.support.builders import MONDAY, a_source_post, category_numbers

#: How often a publish has asked the clock by then: when its plan is made, and among its documents.
MOMENTS = (4, 14)


class TwoPublishers:
    """Two processes that publish one store into one folder."""

    def __init__(self, first: Store, second: Store, folder: Path) -> None:
        self.first, self.second = World(first), World(second, crawled=False)
        self._settings = PublishSettings(folder=folder, naming=NAMING, most_entries=4)
        self._folder = folder

    def publish(self, world: World, clock: Callable[[], datetime] | None = None, *, everything: bool = False) -> str:
        asked = clock or world.clock
        return write_changes(world.store, asked, self._settings, environment, url=BLOG, everything=everything).line()

    def documents(self) -> dict[str, bytes]:
        return {str(path.relative_to(self._folder)): path.read_bytes() for path in self._folder.rglob("*.*m*")}


@contextmanager
def two_publishers(store: Store, url: str, folder: Path) -> Iterator[TwoPublishers]:
    second = open_store(url)
    yield TwoPublishers(store, second, folder)
    second.close()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_publish_that_was_overtaken_says_so_and_the_next_one_makes_all_that_both_were_to_make(
    store: Store, store_url: str, tmp_path: Path, moment: int
) -> None:
    with two_publishers(store, store_url, tmp_path / "feeds") as two:
        two.first.blog_says(Batch(posts=posts()))
        two.publish(two.first)
        corrected = replace(posts()[2], category_numbers=category_numbers("3"), content="<p>Corrected.</p>")
        two.first.blog_says(Batch(posts=(replace(corrected, modified=MONDAY), a_source_post(id="20"))))
        asked = count(1)

        def clock() -> datetime:
            if next(asked) == moment:
                two.second.blog_says(Batch(posts=(a_source_post(id="33", title="The newest of all"),)))
                two.publish(two.second)
            return two.first.clock()

        with pytest.raises(Overtaken, match="lost its lock"):
            two.publish(two.first, clock)
        assert "everything was made anew, since two publishes" in two.publish(two.second)
        healed = two.documents()
        assert b"The newest of all" in healed["all.atom"]
        two.publish(two.second, everything=True)
        assert two.documents() == healed
        assert "; 0 files changed, 0 removed" in two.publish(two.first)
