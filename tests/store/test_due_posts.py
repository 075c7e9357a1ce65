"""What is asked of posts before an edition is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from solacefeed.models.editions import Editing
from solacefeed.ports import Batch
from solacefeed.store import due_posts, editions
from solacefeed.store.database import Store
from tests.deeds.world import World
from tests.store.rows import an_edition, keep
from tests.support.builders import MONDAY, WEDNESDAY, WEEK, a_source_post

HOUR = timedelta(hours=1)


def test_posts_are_found_by_when_they_were_first_seen_whatever_became_of_them(store: Store) -> None:
    with store.write() as connection:
        for number, seen in enumerate((WEDNESDAY - HOUR, WEDNESDAY, MONDAY)):
            keep(connection, a_source_post(id=str(number), published=WEDNESDAY + number * HOUR), seen=seen)
    with store.read() as connection:
        assert [post.id for post in due_posts.seen_since(connection, WEDNESDAY)] == ["2", "1"]


def test_only_changes_that_readers_notice_are_revisions(store: Store) -> None:
    world = World(store)
    post = a_source_post(title="Trams", category_numbers=("1",))
    world.appear(post)
    changes: list[dict[str, Any]] = [{"title": "More trams"}, {"category_numbers": ()}, {"content": "<p>Words.</p>"}]
    for hours, change in enumerate(changes, 1):
        world.clock.now = WEDNESDAY + hours * HOUR
        post = replace(post, modified=world.clock.now, **change)
        world.blog_says(Batch(posts=(post,)))
    with store.read() as connection:
        assert due_posts.revisions(connection, ["1", "2"]) == {"1": (WEDNESDAY + HOUR, WEDNESDAY + 3 * HOUR)}


def test_what_was_dropped_from_any_edition_of_the_digest_is_told_with_the_last_such(store: Store) -> None:
    names = ("weekly/2026-11-16", "weekly/2026-11-23", "other/2026-11-23", "weekly/2026-11-30")
    with store.write() as connection:
        for name, ends, ids in zip(names, (-1, 0, 0, 1), ("12", "2", "3", "4"), strict=True):
            edition = an_edition(name=name, ends=MONDAY + ends * WEEK, digest=name.partition("/")[0])
            editions.add(connection, replace(edition, editing=Editing(dropped=tuple(ids))))
    with store.read() as connection:
        assert due_posts.dropped(connection, "weekly", since=MONDAY - 2 * WEEK, until=MONDAY) == {
            "1": "weekly/2026-11-16",
            "2": "weekly/2026-11-23",
        }
        assert due_posts.dropped(connection, "weekly", since=MONDAY) == {"4": "weekly/2026-11-30"}


def test_what_an_editor_keeps_in_a_later_edition_is_dropped_no_more(store: Store) -> None:
    first, second, third = "weekly/2026-11-16", "weekly/2026-11-23", "weekly/2026-11-30"
    said = {first: Editing(dropped=("1", "2")), second: Editing(kept=("1", "2")), third: Editing(dropped=("2",))}
    with store.write() as connection:
        for week, (name, editing) in enumerate(said.items(), -1):
            editions.add(connection, replace(an_edition(name=name, ends=MONDAY + week * WEEK), editing=editing))
    since = MONDAY - 2 * WEEK
    with store.read() as connection:
        # Told of an edition before that, it still was.
        assert due_posts.dropped(connection, "weekly", since=since, until=MONDAY - WEEK) == {"1": first, "2": first}
        assert due_posts.dropped(connection, "weekly", since=since, until=MONDAY) == {}
        assert due_posts.dropped(connection, "weekly", since=since) == {"2": third}


def test_what_was_hidden_or_withdrawn_later_was_public_then(store: Store) -> None:
    world = World(store, crawled=True)
    posts = [a_source_post(id=number) for number in "1234"]
    world.appear(*posts)
    world.clock.now = MONDAY - HOUR
    world.vanish("1")
    world.blog_says(Batch(posts=(replace(posts[1], protected=True, modified=world.clock.now),)))
    world.clock.now = MONDAY + HOUR
    world.vanish("3")
    world.blog_says(Batch(posts=(replace(posts[3], protected=True, modified=world.clock.now),)))
    with store.read() as connection:
        assert due_posts.public_at(connection, "1234", MONDAY) == {"3", "4"}
        assert due_posts.public_at(connection, "12", MONDAY) == set()
