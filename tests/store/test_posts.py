"""Posts are kept under the id of their first sight, and remember when that was, whatever becomes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from solacefeed.models.blog import Author, SourcePost, Stamp
from solacefeed.models.posts import Byline, Enclosure, Post, PostState
from solacefeed.posts.batches import Change
from solacefeed.store import categories, posts
from solacefeed.store.database import Store
from solacefeed.store.listed import MOST_VALUES
from solacefeed.store.schema import posts as posts_table
from tests.store.rows import keep, written
from tests.support.builders import MONDAY, WEDNESDAY, WEEK, a_reading, a_source_post, category_numbers

POST = a_source_post(category_numbers=("4", "2"))
EVER_SINCE, FOR_EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def kept(store: Store, post: SourcePost, *, seen: bool = True, byline: Byline | None = None) -> Change:
    at = WEDNESDAY if seen else MONDAY
    return written(store, lambda c: keep(c, post, replace(a_reading(post), byline=byline), seen=at))


def buried(store: Store, *ids: str) -> None:
    written(store, lambda c: posts.bury(c, dict.fromkeys(ids, "deleted (404)"), at=MONDAY))


def removal(store: Store) -> tuple[object, ...]:
    """When and why the only post went."""
    with store.read() as connection:
        return tuple(connection.execute(sa.select(posts_table.c.gone_at, posts_table.c.evidence)).one())


def the_post(store: Store) -> Post:
    with store.read() as connection:
        (post,) = posts.some(connection, ["1"])
    return post


def published(store: Store) -> list[str]:
    with store.read() as connection:
        return [post.id for post in posts.published_between(connection, EVER_SINCE, FOR_EVER)]


def test_a_post_is_new_once_and_then_the_same(store: Store) -> None:
    assert [kept(store, POST), kept(store, POST), kept(store, POST)] == [Change.NEW, Change.SAME, Change.SAME]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "The loud budget"},
        {"content": "<p>Others do not.</p>"},
        {"url": "https://blog.example.net/elsewhere/"},
        {"author_id": "7"},
        {"category_numbers": ("2",)},
        {"published": WEDNESDAY - WEEK},
        {"modified": MONDAY},
        {"protected": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_of_a_post_is_taken_over(store: Store, change: dict[str, object]) -> None:
    kept(store, POST)
    changed = replace(POST, **change)  # type: ignore[arg-type]  # one attribute or another
    assert [kept(store, changed), kept(store, changed)] == [Change.CHANGED, Change.SAME]


def test_the_blogs_order_of_a_posts_categories_means_nothing(store: Store) -> None:
    kept(store, POST)
    assert kept(store, replace(POST, category_numbers=category_numbers("2", "4"))) is Change.SAME


def test_a_post_that_was_seen_keeps_its_first_sight_when_it_changes_goes_and_comes_back(store: Store) -> None:
    kept(store, POST)
    kept(store, replace(POST, title="The loud budget", modified=MONDAY), seen=False)
    assert the_post(store).seen == WEDNESDAY
    buried(store, "1")
    assert the_post(store).state is PostState.GONE
    assert kept(store, POST, seen=False) is Change.CHANGED
    assert (the_post(store).state, the_post(store).seen) == (PostState.PUBLISHED, WEDNESDAY)


def test_a_post_that_came_back_bears_no_evidence_of_its_removal(store: Store) -> None:
    kept(store, POST)
    buried(store, "1")
    assert removal(store) == (MONDAY, "deleted (404)")
    kept(store, POST)
    assert removal(store) == (None, None)


def test_a_post_keeps_the_guid_that_it_came_with(store: Store) -> None:
    kept(store, POST)
    kept(store, replace(POST, guid="https://new.example.org/?p=1", url="https://new.example.org/post-1/"))
    assert (the_post(store).guid, the_post(store).url) == (POST.guid, "https://new.example.org/post-1/")


def test_only_published_posts_are_shown_newest_first(store: Store) -> None:
    for number in range(1, 5):
        kept(store, a_source_post(id=str(number), published=WEDNESDAY + timedelta(days=number)))
    kept(store, a_source_post(id="5", protected=True))
    buried(store, "2")
    assert published(store) == ["4", "3", "1"]


def test_posts_of_one_instant_always_stand_in_the_same_order(store: Store) -> None:
    for number in ("3", "1", "2"):
        kept(store, a_source_post(id=number))
    with store.read() as connection:
        again = [post.id for post in posts.some(connection, ["1", "2", "3"])]
    assert published(store) == again == ["3", "2", "1"]


def test_a_post_is_never_updated_before_it_was_published(store: Store) -> None:
    kept(store, a_source_post(published=MONDAY, modified=WEDNESDAY))
    assert the_post(store).updated == MONDAY


def test_a_byline_goes_before_the_blogs_user_as_a_posts_author(store: Store) -> None:
    written(store, lambda c: categories.learn_authors(c, [Author(id="7", name="admin")]))
    kept(store, replace(POST, author_id="7"))
    assert the_post(store).author == "admin"
    kept(store, replace(POST, author_id="7"), byline=Byline(name="Jo Carver"))
    assert the_post(store).author == "Jo Carver"


def test_a_post_of_an_unknown_user_is_kept_without_an_author(store: Store) -> None:
    kept(store, replace(POST, author_id="99"))
    assert the_post(store).author is None


def test_a_source_is_told_the_stamp_of_every_post_not_gone(store: Store) -> None:
    kept(store, POST)
    kept(store, a_source_post(id="2", protected=True))
    kept(store, a_source_post(id="3"))
    buried(store, "3")
    with store.read() as connection:
        stamps = posts.stamps(connection)
    assert stamps == {
        "1": Stamp(modified=WEDNESDAY, author_id=None, category_numbers=category_numbers("2", "4"), url=POST.url),
        "2": Stamp(modified=WEDNESDAY, author_id=None, category_numbers=(), url="https://blog.example.org/post-2/"),
    }


def test_more_posts_are_found_than_one_statement_takes(store: Store) -> None:
    ids = [f"{number:06}" for number in range(MOST_VALUES + 1)]
    there = {ids[0], ids[MOST_VALUES - 1], ids[MOST_VALUES]}
    for number in there:
        kept(store, a_source_post(id=number, category_numbers=("2",)))
    with store.read() as connection:
        found = posts.some(connection, ids)
    assert {post.id for post in found} == there
    assert {post.category_ids for post in found} == {("2",)}


def test_posts_that_a_list_names_and_nobody_has_are_passed_over(store: Store) -> None:
    kept(store, POST)
    buried(store, "404")
    with store.read() as connection:
        assert [post.id for post in posts.some(connection, ["1", "404"])] == ["1"]


def test_what_is_attached_and_what_plays_in_the_text_are_known_together_and_once(store: Store) -> None:
    attached = Enclosure(url="https://m.example/1.mp3", type="audio/mpeg", length=9)
    film = Enclosure(url="https://m.example/film.mp4", type="video/mp4")
    post = replace(POST, enclosures=(attached,))
    reading = replace(a_reading(post), enclosures=(film, replace(attached, length=None)))
    written(store, lambda c: keep(c, post, reading, seen=WEDNESDAY))
    assert the_post(store).enclosures == (attached, film)
    written(store, lambda c: posts.reread(c, {"1": a_reading(post)}))
    assert the_post(store).enclosures == (attached,)
