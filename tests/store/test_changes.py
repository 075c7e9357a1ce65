"""What publishing has to take up, and why a post was revised."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.models.blog import Author
from solacefeed.models.posts import Byline, Post, PostChange
from solacefeed.store import categories, changes, posts
from solacefeed.store.database import Store
from tests.store.rows import keep, written
from tests.support.builders import MONDAY, WEDNESDAY, a_reading, a_source_post

POST = a_source_post(category_numbers=("2",))
LATER = MONDAY + timedelta(days=1)


def kept(store: Store, **changed: object) -> None:
    post = replace(POST, **changed)  # type: ignore[arg-type]  # each is of its field's type
    written(store, lambda c: keep(c, post, seen=WEDNESDAY, at=MONDAY))


def published_all(store: Store) -> None:
    written(store, lambda c: changes.done(c, changes.pending(c)))


def pending(store: Store) -> list[changes.Unpublished]:
    with store.read() as connection:
        return changes.pending(connection)


def history(store: Store) -> list[PostChange]:
    with store.read() as connection:
        return changes.history(connection, "1")


def the_post(store: Store) -> Post:
    with store.read() as connection:
        (post,) = posts.some(connection, ["1"])
    return post


def test_a_new_post_waits_to_be_published_until_it_was(store: Store) -> None:
    kept(store)
    assert [each.post_id for each in pending(store)] == ["1"]
    published_all(store)
    assert pending(store) == []


def test_what_is_kept_again_unchanged_does_not_wait(store: Store) -> None:
    kept(store)
    published_all(store)
    kept(store)
    assert pending(store) == []


def test_a_post_remembers_every_place_that_it_has_left(store: Store) -> None:
    kept(store)
    published_all(store)
    kept(store, category_numbers=("3",))
    kept(store, category_numbers=("4",))
    (waiting,) = pending(store)
    assert [place.category_ids for place in waiting.before] == [("2",), ("3",)]


def test_a_change_that_comes_while_publishing_still_waits_afterwards(store: Store) -> None:
    kept(store)
    read_before = pending(store)
    kept(store, title="Changed meanwhile")
    written(store, lambda c: changes.done(c, read_before))
    assert [each.post_id for each in pending(store)] == ["1"]


def test_an_author_with_another_name_changes_the_posts_that_show_it(store: Store) -> None:
    written(store, lambda c: categories.learn_authors(c, [Author(id="7", name="Jo")]))
    kept(store, author_id="7")
    published_all(store)
    written(store, lambda c: categories.learn_authors(c, [Author(id="7", name="Jo"), Author(id="8", name="Ann")]))
    assert pending(store) == []
    written(store, lambda c: categories.learn_authors(c, [Author(id="7", name="Joanna")]))
    assert [each.post_id for each in pending(store)] == ["1"]


def test_a_post_whose_user_has_an_empty_name_stands_where_its_readers_see_it(store: Store) -> None:
    """The place says which author's feed is made anew; the post, whom that feed names."""
    written(store, lambda c: categories.learn_authors(c, [Author(id="7", name="")]))
    kept(store, author_id="7", author_name="Ann Other")
    with store.read() as connection:
        placed = changes.places_of(connection, ["1"])["1"]
    kept(store, author_id="7", author_name="Ann Other", title="Another")
    (left,) = pending(store)[0].before
    assert (the_post(store).author, placed.author, left.author) == ("Ann Other",) * 3


def test_an_empty_by_line_leaves_a_post_to_its_author(store: Store) -> None:
    written(store, lambda c: categories.learn_authors(c, [Author(id="7", name="Jo")]))
    post = replace(POST, author_id="7")
    written(store, lambda c: keep(c, post, replace(a_reading(post), byline=Byline(name="")), seen=MONDAY))
    published_all(store)
    written(store, lambda c: categories.learn_authors(c, [Author(id="7", name="Joanna")]))
    assert [each.before[0].author for each in pending(store)] == ["Jo"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"title": "Another"}, "title"),
        ({"content": "<p>Other words.</p>"}, "text"),
        ({"url": "https://blog.example.org/elsewhere/"}, "address"),
    ],
)
def test_what_a_reader_reads_revises_a_post(store: Store, changed: dict[str, object], what: str) -> None:
    kept(store)
    kept(store, **changed, modified=LATER)
    assert the_post(store).revised == LATER
    (change,) = history(store)
    assert (change.what[0], change.revised, change.noticed_at) == (what, True, MONDAY)


@pytest.mark.parametrize(
    "changed",
    [
        {"category_numbers": ("3",)},
        {"author_id": "9"},
        {"content": '<p class="wide">Some savings <em>announce</em> themselves.</p>'},
        {"excerpt": "An excerpt of the editor's"},
        {},
    ],
    ids=["filed anew", "another author", "other markup", "another excerpt", "the Update button"],
)
def test_what_a_reader_does_not_read_revises_nothing(store: Store, changed: dict[str, object]) -> None:
    kept(store)
    kept(store, **changed, modified=LATER)
    assert the_post(store).updated == LATER
    assert the_post(store).revised == WEDNESDAY


def test_better_rules_of_reading_revise_nothing(store: Store) -> None:
    kept(store)
    better = replace(a_reading(POST), content="<p>Some savings.</p>")
    written(store, lambda c: posts.reread(c, {"1": better}))
    assert the_post(store).content == "<p>Some savings.</p>"
    # At the next change the blog itself says nothing new but its date.
    post = replace(POST, modified=LATER)
    written(store, lambda c: keep(c, post, replace(better, content="<p>Savings.</p>"), seen=MONDAY))
    assert the_post(store).revised == WEDNESDAY
    assert [change.revised for change in history(store)] == [False]
