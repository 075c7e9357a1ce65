"""A month in the life of a blog, as three kinds of readers see it: nothing goes unread again by our fault."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.publishing.plan import PublishSettings
from solacefeed.deeds.publishing.publish import write_changes
from solacefeed.models.blog import Author, SourcePost
from solacefeed.ports import Batch
from solacefeed.publish.feeds import Naming
from solacefeed.publish.readers import BY_CONTENT, BY_ID, BY_UPDATED, Reader, ReaderShows
from solacefeed.site import Site
from solacefeed.store.database import open_store
from tests.deeds.world import BLOG, HOMELESSNESS, HOUSING, SCOTLAND, World, environment
from tests.support.builders import LONDON, MONDAY, a_source_post, category_numbers
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
DAY = timedelta(days=1)
KINDS = {"id": BY_ID, "content": BY_CONTENT, "updated": BY_UPDATED}
FOLLOWED = ("all.atom", "category/housing.atom", "category/scotland.atom")


@dataclass
class Month:
    """A blog of which readers of three kinds follow three feeds."""

    world: World
    folder: Path
    posts: dict[str, SourcePost] = field(default_factory=dict)
    program: str = "1"
    readers: dict[tuple[str, str], Reader] = field(default_factory=dict)
    #: What each showed, day by day.
    shown: dict[tuple[str, str], list[ReaderShows]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in FOLLOWED:
            for kind, compares in KINDS.items():
                self.readers[path, kind] = Reader(compares)
                self.shown[path, kind] = []

    # -- what happens ------------------------------------------------------------------------------

    def add(self, number: str, *categories: str, days_ago: int = 0) -> None:
        at = self.world.clock.now - days_ago * DAY
        self.say(
            a_source_post(
                id=number,
                title=f"Post {number}",
                content=f"<p>Text {number}.</p>",
                category_numbers=categories,
                published=at,
            )
        )

    def change(self, number: str, **changed: object) -> None:
        self.say(replace(self.posts[number], **({"modified": self.world.clock.now} | changed)))  # type: ignore[arg-type]

    def say(self, post: SourcePost) -> None:
        assert post.number is not None
        self.posts[post.number] = post
        self.world.blog_says(Batch(posts=(post,)))

    def night(self) -> None:
        """A publish, which readers fetch; then it is the next day."""
        settings = PublishSettings(folder=self.folder, naming=NAMING, most_entries=10, formats={"atom": self.program})
        write_changes(self.world.store, self.world.clock, settings, environment, url=BLOG)
        for (path, kind), reader in self.readers.items():
            if (self.folder / path).exists():
                self.shown[path, kind].append(reader.fetch((self.folder / path).read_bytes()))
        self.world.clock.now += DAY

    # -- what readers saw ----------------------------------------------------------------------------

    def again(self, path: str, kind: str) -> list[str]:
        """The numbers of the posts that went unread again, in their order."""
        return [each.rpartition("/")[2] for shown in self.shown[path, kind] for each in shown.again]

    def first_time(self, path: str, kind: str) -> list[str]:
        return [each.rpartition("/")[2] for shown in self.shown[path, kind] for each in (*shown.new, *shown.late)]


@pytest.fixture(scope="module")
def _begun(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Month:
    folder = tmp_path_factory.mktemp("month")
    with closing(open_store(f"sqlite:///{shutil.copy(migrated_file, folder)}")) as store:
        return five_posts_on(Month(World(store), folder / "feeds"))


@pytest.fixture
def month(_begun: Month, tmp_path: Path) -> Iterator[Month]:
    folder = shutil.copytree(_begun.folder.parent, tmp_path / "month")
    with closing(open_store(f"sqlite:///{folder}/solacefeed.db")) as store:
        world = World(store, clock=SettableClock(_begun.world.clock.now), crawled=False)
        month = Month(world, folder / "feeds", posts=dict(_begun.posts))
        month.readers, month.shown = deepcopy((_begun.readers, _begun.shown))
        yield month


def five_posts_on(month: Month) -> Month:
    month.world.clock.now = MONDAY - 60 * DAY
    for number, categories in enumerate([("1",), ("3",), ("2", "3"), ("1",), ("3",)], start=1):
        month.add(str(number), *categories)
        month.night()
    return month


def test_who_follows_a_quiet_blog_sees_each_post_once(month: Month) -> None:
    for _ in range(5):
        month.night()
    for path in FOLLOWED:
        for kind in KINDS:
            assert month.again(path, kind) == []
    assert month.first_time("all.atom", "content") == ["1", "2", "3", "4", "5"]


def a_release(month: Month) -> None:
    month.program += "+"


def a_rename(month: Month) -> None:
    month.world.recategorise(replace(HOUSING, name="Homes"), HOMELESSNESS, SCOTLAND)


def another_slug(month: Month) -> None:
    month.world.recategorise(HOUSING, replace(HOMELESSNESS, slug="rough-sleeping"), SCOTLAND)


def a_removal(month: Month) -> None:
    month.world.vanish("2")


def a_removal_and_a_return(month: Month) -> None:
    month.world.vanish("2")
    month.night()
    month.say(month.posts["2"])


def the_update_button(month: Month) -> None:
    month.change("3")


def other_markup(month: Month) -> None:
    month.change("3", content='<p class="x">Text 3.</p>')


def another_host(month: Month) -> None:
    """The guid of a post flips from http to https; nothing that readers know is made of it."""
    month.say(replace(month.posts["3"], guid="http://blog.example.org/?p=3"))


def a_lost_folder(month: Month) -> None:
    for path in sorted(month.folder.rglob("*.atom*")):
        path.unlink()


HARMLESS: dict[str, Callable[[Month], None]] = {
    "a release": a_release,
    "another guid": another_host,
    "a removal": a_removal,
    "a removal and a return": a_removal_and_a_return,
    "a lost folder": a_lost_folder,
    "the Update button": the_update_button,
}


@pytest.mark.parametrize("happens", HARMLESS.values(), ids=HARMLESS.keys())
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_shown_anything_again_after(month: Month, happens: Callable[[Month], None], kind: str) -> None:
    happens(month)
    month.night()
    assert [month.again(path, kind) for path in FOLLOWED] == [[], [], []]


#: What changes in an entry without being worth another look; only readers that compare everything see it.
SLIGHT: dict[str, tuple[Callable[[Month], None], list[str]]] = {
    "a category with another name": (a_rename, ["4", "1"]),
    "a category with another slug": (another_slug, ["3"]),
    "other markup": (other_markup, ["3"]),
    "a post filed anew": (lambda month: month.change("4", category_numbers=category_numbers("1", "3")), ["4"]),
    "an author with another name": (lambda month: month.change("4", author_name="Jo B. Carver"), ["4"]),
}


@pytest.mark.parametrize(("happens", "again"), SLIGHT.values(), ids=SLIGHT.keys())
def test_what_is_not_worth_another_look_shows_to_those_alone_who_compare_everything(
    month: Month, happens: Callable[[Month], None], again: list[str]
) -> None:
    happens(month)
    month.night()
    assert month.again("all.atom", "id") == month.again("all.atom", "updated") == []
    assert month.again("all.atom", "content") == again


@pytest.mark.parametrize(
    "changed",
    [{"title": "Another title"}, {"content": "<p>Other words.</p>"}, {"url": f"{BLOG}/elsewhere/"}],
    ids=["title", "text", "address"],
)
def test_what_is_worth_another_look_shows_once_to_all_who_look_for_it(month: Month, changed: dict[str, object]) -> None:
    month.change("3", **changed)
    for _ in range(3):
        month.night()
    for path in ("all.atom", "category/scotland.atom"):
        assert month.again(path, "id") == []
        assert month.again(path, "updated") == month.again(path, "content") == ["3"]


def test_a_post_filed_here_later_stands_in_its_dates_place(month: Month) -> None:
    month.change("2", category_numbers=category_numbers("1", "3"))
    month.night()
    (last,) = month.shown["category/housing.atom", "id"][-1:]
    assert [each.rpartition("/")[2] for each in last.late] == ["2"]
    assert last.new == ()


def test_over_weeks_of_everything_each_post_is_new_once_and_again_only_when_it_was_revised(month: Month) -> None:
    revised = []
    for day in range(20):
        match day % 10:
            case 0:
                month.add(str(100 + day), "1", "3")
            case 1:
                month.change("5", content=f"<p>Text of day {day}.</p>")
                revised.append("5")
            case 2:
                month.change("4", category_numbers=category_numbers("3" if day % 20 == 2 else "1"))
            case 3:
                a_rename(month) if day % 20 == 3 else month.world.recategorise(HOUSING, HOMELESSNESS, SCOTLAND)
            case 4:
                month.world.blog_says(Batch(authors=(Author(id="1", name=f"Name of day {day}"),)))
            case 5:
                a_release(month)
            case 6:
                month.world.vanish(str(100 + day - 6))
            case 7:
                a_lost_folder(month)
            case 8:
                month.add(str(100 + day), "2", days_ago=3)
            case _:
                month.change("1")
        month.night()
    for path in FOLLOWED:
        assert month.again(path, "id") == []
        for kind in KINDS:
            first = month.first_time(path, kind)
            assert len(first) == len(set(first))
    assert month.again("all.atom", "updated") == revised
