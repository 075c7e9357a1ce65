"""What posts are tagged with is kept as their sources tell it, and shows readers nothing anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solacefeed.models.blog import CategoryName, Grade, PostDetails, SourcePost, Tag
from solacefeed.models.posts import Category, CategoryId, Post
from solacefeed.posts.batches import Change
from solacefeed.posts.merging import told
from solacefeed.store import batches, categories, changes, counters, details, posts, tags
from solacefeed.store.database import Store
from solacefeed.store.schema import post_changes
from tests.store.rows import written
from tests.support.builders import MONDAY, a_reading, a_source_category, a_source_post

PLANNING = Tag(number="5", slug="planning", name="Planning")
BUDGET = Tag(number="6", slug="budget", name="Budget")
#: As a source without numbers tells it.
BY_NAME = Tag(number=None, slug="planning", name="Planning")
POST = a_source_post(id="1", category_numbers=("1",))


def takes(store: Store, *found: SourcePost, grade: Grade = Grade.API) -> list[Change]:
    read = [told(post, a_reading(post), seen=post.published, grade=grade) for post in found]
    return written(store, lambda c: batches.keep(c, read, at=MONDAY)).changes


def the_post(store: Store, post_id: str = "1") -> Post:
    with store.read() as connection:
        (post,) = posts.some(connection, [post_id])
    return post


def listed(store: Store) -> list[str]:
    """The posts that are to be published."""
    with store.read() as connection:
        return [each.post_id for each in changes.pending(connection)]


def published(store: Store) -> None:
    with store.write() as connection:
        changes.done(connection, changes.pending(connection))


def test_a_post_has_the_slugs_of_its_tags_in_order(store: Store) -> None:
    assert takes(store, replace(POST, tags=(PLANNING, BUDGET)), a_source_post(id="2")) == [Change.NEW, Change.NEW]
    assert the_post(store).tags == ("budget", "planning")
    assert the_post(store, "2").tags == ()
    assert takes(store, replace(POST, tags=(BUDGET, PLANNING))) == [Change.SAME]


def test_a_change_of_tags_alone_is_a_change_that_revises_nothing_and_makes_no_document_anew(store: Store) -> None:
    takes(store, replace(POST, tags=(PLANNING,)))
    before = the_post(store)
    published(store)
    assert takes(store, replace(POST, tags=(BUDGET,))) == [Change.CHANGED]
    assert the_post(store) == replace(before, tags=("budget",))
    assert listed(store) == []
    with store.read() as connection:
        ((what, revised),) = connection.execute(
            post_changes.select().with_only_columns(post_changes.c.what, post_changes.c.revised)
        )
    assert (what, revised) == (["tags"], False)
    assert takes(store, replace(POST, tags=())) == [Change.CHANGED]
    assert the_post(store).tags == ()


def test_what_a_source_does_not_tell_of_tags_stays(store: Store) -> None:
    takes(store, replace(POST, tags=(PLANNING,)))
    assert takes(store, POST) == [Change.SAME]
    assert takes(store, replace(POST, title="Another", tags=None)) == [Change.CHANGED]
    assert the_post(store).tags == ("planning",)


def test_a_weaker_source_changes_no_tags(store: Store) -> None:
    takes(store, replace(POST, tags=(PLANNING,)))
    takes(store, replace(POST, tags=(), title="Another"), grade=Grade.EXPORT)
    assert the_post(store).tags == ("planning",)


def test_a_tag_that_gets_another_slug_has_it_on_every_post(store: Store) -> None:
    takes(store, replace(POST, tags=(PLANNING,)), a_source_post(id="2"))
    renamed = replace(PLANNING, slug="building", name="Building")
    assert takes(store, replace(a_source_post(id="2"), tags=(renamed,))) == [Change.CHANGED]
    assert (the_post(store).tags, the_post(store, "2").tags) == (("building",), ("building",))
    with store.read() as connection:
        assert tags.known(connection) == {"building": "Building"}


def test_what_an_export_has_told_is_told_again_by_the_api_with_its_numbers(store: Store) -> None:
    takes(store, replace(POST, tags=(BY_NAME,)), grade=Grade.EXPORT)
    before = the_post(store)
    takes(store, replace(POST, tags=(PLANNING,)))
    assert the_post(store) == before


def test_of_what_a_feed_names_that_may_be_a_tag_which_the_blog_lists_as_no_category(store: Store) -> None:
    written(store, lambda c: categories.replace(c, [a_source_category(number="1", slug="housing", name="Housing")]))
    names = (CategoryName(slug=None, name="housing"), CategoryName(slug=None, name="Not by mail"))
    takes(store, replace(POST, number=None, category_numbers=None, category_names=names), grade=Grade.FEED)
    with store.read() as connection:
        (post,) = posts.listing(connection, limit=1)
    assert post.tags == ("not-by-mail",)
    assert CategoryId("1") in post.category_ids


def test_tags_that_are_learnt_beside_a_posts_text_make_nothing_anew(store: Store) -> None:
    takes(store, POST)
    before = the_post(store)
    published(store)
    learnt = {"1": PostDetails(tags=(PLANNING,)), "77": PostDetails(tags=(BUDGET,))}
    assert written(store, lambda c: details.learn(c, learnt)) == 1
    assert the_post(store) == replace(before, tags=("planning",))
    assert listed(store) == []
    assert written(store, lambda c: details.learn(c, learnt)) == 0
    assert written(store, lambda c: details.learn(c, {"1": PostDetails()})) == 0
    assert the_post(store).tags == ("planning",)


@pytest.mark.parametrize("learnt", [PostDetails(tags=(PLANNING,)), PostDetails(tags=(replace(BUDGET, name="Money"),))])
def test_mails_are_looked_at_again_when_tags_are_told_otherwise(store: Store, learnt: PostDetails) -> None:
    takes(store, replace(POST, tags=(BUDGET,)))
    with store.read() as connection:
        before = counters.content(connection)
    written(store, lambda c: details.learn(c, {"1": learnt}))
    with store.read() as connection:
        assert counters.content(connection) > before


def test_a_followed_tag_stands_beside_the_categories_under_an_id_that_none_of_them_has(store: Store) -> None:
    written(
        store, lambda c: categories.replace(c, [a_source_category(number="5", slug="planning", name="Planning law")])
    )
    takes(store, replace(POST, tags=(PLANNING,)))
    with store.read() as connection:
        followed = tags.followed(connection, ["planning", "to-come"])
        listed = categories.everything(connection)
    assert followed == [
        Category(id=CategoryId("tag:planning"), slug="tag:planning", name="Planning"),
        Category(id=CategoryId("tag:to-come"), slug="tag:to-come", name="to-come"),
    ]
    assert {each.id for each in listed}.isdisjoint({each.id for each in followed})


@pytest.mark.parametrize("name", ["tag:planning", "Tag: planning", ":", "tag"])
def test_no_category_whatever_it_is_called_has_the_id_of_a_tag(store: Store, name: str) -> None:
    named = replace(
        POST,
        category_numbers=None,
        category_names=(CategoryName(slug=None, name=name), CategoryName(slug=name, name=name)),
    )
    takes(store, named, grade=Grade.FEED)
    assert not any(each.startswith("tag:") for each in the_post(store).category_ids)
