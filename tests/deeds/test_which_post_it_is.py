"""Each post of the blog is one of ours, and stays it: whatever they share, and wherever the blog moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.posts.take_over import PollResult
from solacefeed.sources.export import ExportSource
from solacefeed.store import quarantine
from solacefeed.store.database import Store
from solacefeed.store.schema import post_keys
from tests.deeds.moving_blog import Follower, following

DAY = timedelta(days=1)
LINK = "https://elsewhere.example/story/"
GUID = "https://blog.example.org/?p=1"


@pytest.fixture
def follower(store: Store, tmp_path: Path) -> Iterator[Follower]:
    with following(store, tmp_path, "one", "two", "three", "four") as it:
        yield it


def shown(result: PollResult) -> tuple[int, int, int]:
    return result.new, result.changed, result.gone


def share_link(follower: Follower, *numbers: int) -> None:
    follower.blog.links |= dict.fromkeys(numbers, LINK)


def share_guid(follower: Follower, *numbers: int) -> None:
    follower.blog.guids |= dict.fromkeys(numbers, GUID)


KINDS = pytest.mark.parametrize("kind", ["rest", "feed", "export"])


def polled(follower: Follower, kind: str, *, later: timedelta = timedelta(minutes=15)) -> PollResult:
    polls = {"rest": follower.by_rest, "feed": follower.by_feed, "export": follower.by_export}
    return polls[kind](later=later)


# -- two are two --------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("share", [share_link, share_guid])
def test_posts_that_share_a_guid_or_a_link_are_as_many_as_on_the_blog(
    follower: Follower, kind: str, share: Callable[..., None]
) -> None:
    share(follower, 1, 2, 3)
    assert shown(polled(follower, kind)) == (4, 0, 0)
    assert sorted(follower.names.values()) == ["four", "one", "three", "two"]
    before = follower.names
    for later in (timedelta(minutes=15), 2 * DAY, 8 * DAY):
        assert shown(polled(follower, kind, later=later)) == (0, 0, 0)
    assert follower.names == before


def test_a_post_that_is_written_later_with_a_link_that_another_has_is_new(follower: Follower) -> None:
    share_link(follower, 1)
    follower.by_rest()
    share_link(follower, 1, follower.blog.write("five"))
    assert shown(follower.by_rest()) == (1, 0, 0)
    assert follower.names["5"] == "five"
    assert follower.names["1"] == "one"


def test_a_post_that_gets_the_link_of_another_stays_itself(follower: Follower) -> None:
    follower.by_rest()
    share_link(follower, 1, 2)
    follower.blog.edit(2, at=follower.clock.now, title="Another title")
    assert shown(follower.by_rest(later=2 * DAY)) == (0, 2, 0)
    assert follower.names == {"1": "one", "2": "two", "3": "three", "4": "four"}


# -- the blog moves -----------------------------------------------------------------------------------


@KINDS
def test_a_blog_that_is_imported_into_a_new_wordpress_shows_nothing_again(follower: Follower, kind: str) -> None:
    polled(follower, kind)
    before = follower.names
    follower.blog.move_in({1: 11, 2: 12, 3: 13, 4: 14})
    assert polled(follower, kind, later=8 * DAY).new == 0
    assert follower.names == before
    assert shown(polled(follower, kind, later=8 * DAY)) == (0, 0, 0)


@pytest.mark.parametrize(
    "numbers",
    [{1: 4, 2: 3, 3: 2, 4: 1}, {1: 2, 2: 3, 3: 4, 4: 5}, {1: 12, 2: 1, 3: 2, 4: 9}, {4: 1}, {1: 3, 3: 1}],
    ids=str,
)
@pytest.mark.parametrize("new", [(), ("five",)], ids=["as it was", "and goes on"])
@pytest.mark.parametrize("kind", ["rest", "export"])
def test_numbers_that_are_given_anew_change_no_posts_id(
    follower: Follower, kind: str, numbers: dict[int, int], new: tuple[str, ...]
) -> None:
    polled(follower, kind)
    before = follower.names
    follower.blog.move_in(numbers)
    for name in new:
        free = min(set(range(1, 9)) - follower.blog.posts.keys())
        follower.blog._last_id = free - 1
        follower.blog.write(name)
    polled(follower, kind, later=2 * DAY)
    polled(follower, kind, later=2 * DAY)
    stay = {post_id: name for post_id, name in before.items() if int(post_id) in numbers}
    assert {post_id: follower.names[post_id] for post_id in stay} == stay
    assert set(new) <= set(follower.names.values())
    assert len(set(follower.names.values())) == len(follower.names)
    assert shown(polled(follower, kind, later=2 * DAY)) == (0, 0, 0)


def test_a_new_post_with_an_old_number_is_shown_by_the_poll_that_sees_the_move(follower: Follower) -> None:
    follower.by_rest()
    before = follower.names
    blog = follower.blog
    blog.move_in({number: number + 1000 for number in blog.posts})
    blog._last_id = 2
    blog.add("Brand new", "<p>This is new.</p>", at=follower.clock.now, slug="brand-new")
    poll = follower.by_rest()
    assert (poll.new, poll.gone, poll.unreadable) == (1, 0, 0)
    assert sorted(follower.names.values()) == sorted([*before.values(), "new"])
    assert before.items() <= follower.names.items()


def test_a_blog_that_is_polled_in_the_midst_of_its_move_shows_nothing_again(follower: Follower) -> None:
    follower.by_rest()
    before = follower.names
    whole = dict(follower.blog.posts)
    follower.blog.move_in({1: 11, 2: 3})
    assert follower.by_rest(later=2 * DAY).new == 0
    assert {post_id: name for post_id, (name, _) in follower.known.items()} == before
    follower.blog.bring({3: 12, 4: 2}, whole)
    assert follower.by_rest(later=2 * DAY).new == 0
    assert follower.names == before


def test_a_number_that_comes_back_beside_the_one_that_took_its_post_is_a_post_of_its_own(follower: Follower) -> None:
    follower.by_rest()
    one = follower.blog.posts[1]
    follower.blog.move_in({1: 11, 2: 2, 3: 3, 4: 4})
    assert follower.by_rest(later=2 * DAY).new == 0
    assert follower.names["1"] == "one"
    follower.blog.posts[1] = one
    follower.blog.guids[1], follower.blog.links[1] = follower.blog.guids[11], follower.blog.links[11]
    assert shown(follower.by_rest(later=2 * DAY)) == (1, 0, 0)
    assert shown(follower.by_rest(later=2 * DAY)) == (0, 0, 0)


# -- stores of older releases -------------------------------------------------------------------------


def taken_for_one(store: Store) -> None:
    """Leaves what a release before this one left of two posts of one guid: one post, known by both numbers."""
    with store.write() as connection:
        connection.execute(post_keys.insert().values(kind="number", value="2", post_id="1"))


@pytest.mark.parametrize("held", [1, 2])
@pytest.mark.parametrize("kind", ["rest", "export"])
def test_a_post_that_two_were_taken_for_keeps_its_id_and_the_other_appears_once(
    follower: Follower, kind: str, held: int
) -> None:
    share_guid(follower, 1, 2)
    share_link(follower, 1, 2)
    both = {number: follower.blog.posts[number] for number in (1, 2)}
    del follower.blog.posts[3 - held]
    polled(follower, kind)
    (post_id,) = [post_id for post_id, name in follower.names.items() if name in ("one", "two")]
    with follower.store.write() as connection:
        connection.execute(post_keys.insert().values(kind="number", value=str(3 - held), post_id=post_id))
    before = follower.names
    follower.blog.posts |= both
    result = polled(follower, kind, later=2 * DAY)
    assert shown(result) == (1, 0, 0)
    assert follower.names.items() >= before.items()
    assert sorted(follower.names.values()) == ["four", "one", "three", "two"]
    assert shown(polled(follower, kind, later=2 * DAY)) == (0, 0, 0)


# -- dates ahead --------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("first", [True, False], ids=["in the first crawl", "later"])
def test_a_post_that_is_dated_far_ahead_was_published_when_it_was_first_seen(
    follower: Follower, kind: str, first: bool
) -> None:
    if not first:
        polled(follower, kind)
    number = follower.blog.write("five")
    follower.blog.redate(number, follower.clock.now + 700 * DAY, at=follower.clock.now)
    result = polled(follower, kind)
    assert result.new == (5 if first else 1)
    seen = follower.clock.now
    assert follower.dated["five"] == (seen, seen)
    for later in (timedelta(minutes=15), 2 * DAY, 8 * DAY):
        assert shown(polled(follower, kind, later=later)) == (0, 0, 0)
    assert follower.dated["five"] == (seen, seen)


def test_a_post_of_tomorrow_keeps_its_date(follower: Follower) -> None:
    tomorrow = follower.clock.now + timedelta(hours=20)
    follower.blog.redate(follower.blog.write("five"), tomorrow, at=follower.clock.now)
    follower.by_feed()
    assert follower.dated["five"][0] == tomorrow


# -- exports of others --------------------------------------------------------------------------------

KIT = Path(__file__).parents[3] / "shared"


def a_file_of_the_kit(name: str) -> Path:
    path = KIT / name
    if not path.exists():
        pytest.skip("the kit is not here")
    return path


@pytest.mark.parametrize(
    ("name", "number"), [("exports/themeunittestdata.wordpress.xml", 56), ("cases/wxr-same-guid.xml", 2)]
)
def test_an_export_in_which_posts_share_a_guid_gives_each_of_them(
    sqlite_store: Store, tmp_path: Path, name: str, number: int
) -> None:
    path = a_file_of_the_kit(f"kit/{name}" if name.startswith("exports") else name)
    with following(sqlite_store, tmp_path, "one") as follower:
        source = ExportSource(path)
        result = follower.by(source, "export", DAY)
        assert (result.new, result.unreadable) == (number, 0)
        other = tmp_path / "again.xml"
        other.write_bytes(path.read_bytes() + b"\n")
        again = follower.by(ExportSource(other), "another export", DAY)
        assert shown(again) == (0, 0, 0)


@pytest.mark.slow
def test_a_blog_of_three_hundred_that_is_numbered_anew_shows_nothing_again(sqlite_store: Store, tmp_path: Path) -> None:
    with following(sqlite_store, tmp_path, *(f"p{number}" for number in range(300))) as follower:
        follower.by_rest()
        before = follower.names
        follower.blog.move_in({number: number % 300 + 151 for number in range(1, 301)})
        first = follower.by_rest(later=2 * DAY)
        assert (first.new, first.gone, first.held, follower.names) == (0, 0, 0, before)
        assert shown(follower.by_rest(later=2 * DAY)) == (0, 0, 0)
        assert quarantined(sqlite_store) == []


def quarantined(store: Store) -> list[str]:
    with store.read() as connection:
        return [each.reason for each in quarantine.everything(connection)]
