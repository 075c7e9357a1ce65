"""Publishing follows the change: what it leaves alone is what it would have written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import forecast, write_changes
from solacefeed.models.blog import Author, CategoryNumber, SourceCategory, SourcePost
from solacefeed.models.digests import Combined
from solacefeed.ports import Batch
from solacefeed.publish.feeds import Naming
from solacefeed.site import Site
from solacefeed.store.database import Store
from tests.deeds.world import BLOG, World, environment
from tests.support.builders import LONDON, MONDAY, a_source_category, a_source_post

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
NAMES = ("Housing", "Schools", "Finance", "Scotland", "Care")
WRITERS = ("Jo Carver", "Ann Lee", "Zoë Brown")


class LivelyBlog:
    """A blog whose owner does something at every turn."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(seed)
        self.posts: dict[str, SourcePost] = {}
        listed = [a_source_category(number=str(n), slug=f"c{n}", name=name) for n, name in enumerate(NAMES, 1)]
        self.categories = {each.number: each for each in listed}
        self.next_id = 1

    def begin(self) -> None:
        self.world.blog_says(Batch(categories=tuple(self.categories.values())))
        for _ in range(12):
            self.add()

    def turn(self) -> None:
        with_posts = [self.add, self.add, self.edit, self.edit, self.refile, self.redate, self.remove, self.bring_back]
        with_lists = [self.rename_category, self.slug_category, self.move_category, self.drop_category]
        self.random.choice([*with_posts, *with_lists, self.rename_author])()

    def add(self) -> None:
        published = MONDAY - timedelta(days=self.random.randrange(200), hours=self.random.randrange(24))
        post = a_source_post(
            id=str(self.next_id),
            title=f"Post {self.next_id}",
            content=f"<p>Text {self.next_id}.</p>",
            category_numbers=self._some_categories(),
            published=published,
        )
        self.next_id += 1
        self._say(replace(post, author_id=str(self.random.randrange(1, 4))))

    def edit(self) -> None:
        post = self._one()
        self._say(replace(post, content=f"<p>Text {self.random.random()}.</p>", modified=MONDAY))

    def refile(self) -> None:
        self._say(replace(self._one(), category_numbers=self._some_categories()))

    def redate(self) -> None:
        self._say(replace(self._one(), published=MONDAY - timedelta(days=self.random.randrange(200))))

    def remove(self) -> None:
        post = self._one()
        assert post.number is not None
        self.world.vanish(post.number)

    def bring_back(self) -> None:
        self._say(self._one())

    def rename_category(self) -> None:
        self._recategorise(name=f"Name {self.random.randrange(100)}")

    def slug_category(self) -> None:
        self._recategorise(slug=f"slug-{self.random.randrange(8)}")

    def move_category(self) -> None:
        self._recategorise(parent_number=self.random.choice([None, *self.categories]))

    def drop_category(self) -> None:
        category = self.random.choice(list(self.categories.values()))
        self._say_categories([other for other in self.categories.values() if other != category])

    def rename_author(self) -> None:
        author = Author(id=str(self.random.randrange(1, 4)), name=self.random.choice(WRITERS))
        self.world.blog_says(Batch(authors=(author,)))

    def _one(self) -> SourcePost:
        return self.random.choice(list(self.posts.values()))

    def _some_categories(self) -> tuple[CategoryNumber, ...]:
        return tuple(sorted(self.random.sample(list(self.categories), self.random.randrange(0, 4))))

    def _say(self, post: SourcePost) -> None:
        assert post.number is not None
        self.posts[post.number] = post
        self.world.blog_says(Batch(posts=(post,)))

    def _recategorise(self, **changed: str | None) -> None:
        category = self.random.choice(list(self.categories.values()))
        changed_one = replace(category, **changed)  # type: ignore[arg-type]  # each is of its field's type
        taken = {other.slug for other in self.categories.values() if other.number != category.number}
        if changed_one.slug not in taken and changed_one.parent_number != changed_one.number:
            self.categories[category.number] = changed_one
        self._say_categories(list(self.categories.values()))

    def _say_categories(self, listed: list[SourceCategory]) -> None:
        self.world.blog_says(Batch(categories=tuple(listed)))


def some_settings(folder: Path, *, most_entries: int = 5) -> PublishSettings:
    combined = Combined(slug="both", title="Both", categories=("c1", "c2"))
    return PublishSettings(folder=folder, naming=NAMING, most_entries=most_entries, combined=(combined,), authors=True)


def test_whatever_the_blog_does_the_documents_are_those_that_a_whole_publish_would_write(
    sqlite_store: Store, tmp_path: Path
) -> None:
    live(sqlite_store, tmp_path, 0, turns=9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 106))
def test_whatever_the_blog_does_for_long_the_documents_are_those_of_a_whole_publish(
    store: Store, tmp_path: Path, seed: int
) -> None:
    live(store, tmp_path, seed, turns=60)


def live(store: Store, folder: Path, seed: int, *, turns: int) -> None:
    world = World(store)
    blog = LivelyBlog(world, seed)
    blog.begin()
    settings = some_settings(folder)
    write_changes(store, world.clock, settings, environment, url=BLOG)
    for number in range(turns):
        world.clock.now += timedelta(days=3)
        blog.turn()
        write_changes(store, world.clock, settings, environment, url=BLOG)
        found = forecast(store, world.clock, settings, environment, url=BLOG, everything=True)
        assert not found.differences, f"turn {number}"
