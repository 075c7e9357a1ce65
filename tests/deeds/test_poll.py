"""poll: each batch is taken whole, a poll that dies is begun again, and nothing is buried by accident."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solacefeed.deeds.held_back import too_many_gone
from solacefeed.deeds.posts.take_over import PollResult, take_over
from solacefeed.errors import Refused, SourceError
from solacefeed.models.blog import Author
from solacefeed.models.posts import Post
from solacefeed.ports import Batch, Known
from solacefeed.store import posts, sources
from solacefeed.store.database import Store, open_store
from tests.deeds.world import BLOG, CATEGORIES, World, everything_in
from tests.support.builders import MONDAY, WEDNESDAY, WEEK, a_reading, a_site, a_source_post
from tests.support.fakes import Killed, ScriptedSource, SettableClock

JO = Author(id="7", name="Jo Carver")
FIRST_CRAWL = (
    Batch(site=a_site(), categories=CATEGORIES, authors=(JO,)),
    Batch(posts=(a_source_post(id="1", category_numbers=("1",), author_id="7"), a_source_post(id="2"))),
    Batch(posts=(a_source_post(id="3", category_numbers=("2", "3")),)),
    Batch(memory={"watermark": "2026-11-18"}, complete=True),
)
CHANGES = (
    Batch(categories=CATEGORIES[:2]),
    Batch(posts=(a_source_post(id="1", title="The loud budget", modified=MONDAY), a_source_post(id="4"))),
    Batch(gone={"2": "deleted (404)"}, memory={"watermark": "2026-11-23"}, complete=True),
)


def polled(store: Store, *steps: Batch | BaseException) -> PollResult:
    source = ScriptedSource(*steps)
    return take_over(store, source, SettableClock(MONDAY), url=BLOG, read=a_reading, on_batch=lambda _: None)


def known_to(world: World) -> Known:
    """What a source is told when a poll begins."""
    source = ScriptedSource()
    take_over(world.store, source, world.clock, url=BLOG, read=a_reading, on_batch=lambda _: None)
    return source.asked[0]


def the_posts(world: World) -> dict[str, Post]:
    with world.store.read() as connection:
        return {post.id: post for post in posts.listing(connection, limit=100)}


@pytest.fixture(scope="module")
def undisturbed(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[object]]:
    """What stands in a store after two polls that nothing disturbed."""
    store = open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path_factory.mktemp('undisturbed'))}")
    polled(store, *FIRST_CRAWL)
    polled(store, *CHANGES)
    state = everything_in(store)
    store.close()
    return state


@pytest.mark.parametrize("crawl_dies_after", range(len(FIRST_CRAWL)))
@pytest.mark.parametrize("poll_dies_after", range(len(CHANGES)))
def test_a_poll_killed_between_two_batches_and_done_again_ends_in_the_same_state(
    sqlite_store: Store, undisturbed: dict[str, list[object]], crawl_dies_after: int, poll_dies_after: int
) -> None:
    store = sqlite_store
    for steps, dies_after in ((FIRST_CRAWL, crawl_dies_after), (CHANGES, poll_dies_after)):
        with pytest.raises(Killed):
            polled(store, *steps[:dies_after], Killed())
        polled(store, *steps)
    assert everything_in(store) == undisturbed


def test_what_was_polled_before_the_blog_broke_off_is_kept(world: World) -> None:
    with pytest.raises(SourceError, match="HTTP 500"):
        world.blog_says(Batch(posts=(a_source_post(id="1"),)), SourceError("HTTP 500"))
    assert list(the_posts(world)) == ["1"]


def test_a_poll_says_how_many_posts_came_changed_and_went(world: World) -> None:
    world.blog_says(Batch(posts=(a_source_post(id="1"), a_source_post(id="2"))))
    result = world.blog_says(
        Batch(posts=(a_source_post(id="1", title="New title"), a_source_post(id="2"), a_source_post(id="3"))),
        Batch(gone={"2": "deleted"}, unreadable={"9": "no title"}),
    )
    assert (result.new, result.changed, result.gone, result.unreadable) == (1, 1, 1, 1)
    assert result.line() == "poll: 1 new, 1 changed, 1 gone; 1 set aside, see `solacefeed posts quarantine list`"


def test_the_first_crawls_posts_count_as_seen_when_they_were_published(store: Store) -> None:
    polled(store, *FIRST_CRAWL)
    polled(store, Batch(posts=(a_source_post(id="9", published=WEDNESDAY - 52 * WEEK),)))
    with store.read() as connection:
        seen = {post.id: post.seen for post in posts.listing(connection, limit=10)}
    assert seen == {"1": WEDNESDAY, "2": WEDNESDAY, "3": WEDNESDAY, "9": MONDAY}


def test_a_first_crawl_that_takes_two_polls_is_still_the_first(store: Store) -> None:
    with pytest.raises(SourceError):
        polled(store, *FIRST_CRAWL[:2], SourceError("timeout"))
    polled(store, *FIRST_CRAWL)
    with store.read() as connection:
        assert {post.seen for post in posts.listing(connection, limit=10)} == {WEDNESDAY}


def test_a_source_is_told_what_is_known_and_what_it_asked_us_to_remember(store: Store) -> None:
    polled(store, *FIRST_CRAWL)
    source = ScriptedSource()
    take_over(store, source, SettableClock(MONDAY), url=BLOG, read=a_reading, on_batch=lambda _: None)
    (known,) = source.asked
    assert known.memory == {"watermark": "2026-11-18"}
    assert known.complete
    assert set(known.posts) == {"1", "2", "3"}
    assert set(known.categories) == set(CATEGORIES)
    assert known.authors == {"7": JO}


def test_what_the_blog_says_of_itself_is_known_from_the_first_batch(store: Store) -> None:
    with pytest.raises(Killed):
        polled(store, FIRST_CRAWL[0], Killed())
    with store.read() as connection:
        notes = sources.notes(connection, BLOG)
    assert (notes.site, notes.complete) == (a_site(), False)


def test_a_batch_that_asks_nothing_to_be_remembered_forgets_nothing(store: Store) -> None:
    polled(store, *FIRST_CRAWL)
    polled(store, Batch(site=a_site(title="Renamed")), Batch(posts=(a_source_post(id="9"),)))
    with store.read() as connection:
        notes = sources.notes(connection, BLOG)
    assert notes.memory == {"watermark": "2026-11-18"}
    assert notes.complete
    assert notes.site == a_site(title="Renamed")


def test_a_post_buried_by_the_same_poll_that_changed_it_is_gone(world: World) -> None:
    world.blog_says(Batch(posts=(a_source_post(id="1"),)))
    world.blog_says(Batch(posts=(a_source_post(id="1", title="Last words"),), gone={"1": "deleted"}))
    assert known_to(world).posts == {}


@pytest.mark.parametrize(
    ("gone", "known", "too_many"),
    [(1, 1, False), (3, 3, False), (4, 10, True), (4, 40, False), (5, 40, True), (100, 1000, False), (101, 1000, True)],
)
def test_removals_are_believed_up_to_a_share(gone: int, known: int, too_many: bool) -> None:
    assert too_many_gone(gone, known) is too_many


def test_a_blog_that_has_lost_its_posts_takes_none_from_the_feeds(world: World) -> None:
    many = tuple(a_source_post(id=str(number)) for number in range(1, 21))
    world.blog_says(Batch(posts=many))
    result = world.blog_says(Batch(gone={str(post.number): "deleted" for post in many[:10]}))
    assert (result.gone, result.held) == (0, 10)
    assert "10 removals held back" in result.line()
    assert len(known_to(world).posts) == 20


def test_the_blogs_move_to_another_address_makes_no_post_new(world: World) -> None:
    post = a_source_post(id="1")
    world.appear(post)
    moved = ScriptedSource(Batch(posts=(replace(post, url="https://new.example.net/1/"),), memory={}, complete=True))
    result = take_over(
        world.store, moved, world.clock, url="https://new.example.net", read=a_reading, on_batch=lambda _: None
    )
    assert (result.new, result.changed) == (0, 1)
    assert the_posts(world)["1"].seen == WEDNESDAY


def test_a_blog_that_asks_for_rest_is_left_alone_for_so_long(world: World) -> None:
    busy = Refused("503", status=503, retry_after=timedelta(minutes=10))
    with pytest.raises(Refused):
        world.blog_says(busy)
    world.clock.now += timedelta(minutes=9)
    with pytest.raises(SourceError, match="asked not to be asked before"):
        world.blog_says(Batch())
    world.clock.now += timedelta(minutes=2)
    assert world.blog_says(Batch(posts=(a_source_post(),))).new == 1


def test_a_blog_that_asks_for_rest_for_ever_is_looked_at_once_a_day(world: World) -> None:
    with pytest.raises(Refused):
        world.blog_says(Refused("503", status=503, retry_after=timedelta(days=400)))
    world.clock.now += timedelta(days=1)
    assert world.blog_says(Batch(posts=(a_source_post(),))).new == 1


def test_the_first_crawl_by_another_kind_of_source_mails_nobody_the_back_catalogue(world: World) -> None:
    world.clock.now = MONDAY
    old = a_source_post(id="1", published=MONDAY - timedelta(days=400))
    world.blog_says(Batch(posts=(old,), back_catalogue=True))
    world.blog_says(Batch(posts=(a_source_post(id="2", published=MONDAY - timedelta(days=300)),)))
    with world.store.read() as connection:
        seen = {post.id: post.seen for post in posts.listing(connection, limit=10)}
    assert seen == {"1": old.published, "2": MONDAY}
