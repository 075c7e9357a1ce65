"""Posts as they read when an edition was frozen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.errors import StoreError
from solacefeed.models.posts import Byline, Image, Post, PostState
from solacefeed.store import edition_posts, editions, frozen_posts
from solacefeed.store.database import Store
from solacefeed.store.frozen_posts import frozen, thawed
from tests.store.rows import EDITION, an_edition, keep
from tests.support.builders import MONDAY, WEDNESDAY, a_post, a_source_post

BARE = a_post()
WHOLE = replace(
    a_post(category_ids=("1", "4"), author="Jo Carver"),
    minutes=4,
    lead_image=Image(url="https://blog.example.org/hall.jpg", alt="The hall", width=800, height=600),
    featured=Image(url="https://blog.example.org/hall.jpg", alt="The hall", width=800, height=600),
    byline=Byline(name="Jo Carver", role="Chief Executive of Anytown"),
    first_published="the Gazette on 17 May 2026",
    comments_url="https://blog.example.org/post-1/#comments",
    comments=3,
    language="cy",
)


def kept(post: Post) -> dict[str, object]:
    """As a database gives it back."""
    words: dict[str, object] = json.loads(json.dumps(frozen(post)))
    return words


@pytest.mark.parametrize("post", [BARE, WHOLE], ids=["bare", "whole"])
def test_a_post_reads_as_it_was_frozen_whatever_became_of_it(post: Post) -> None:
    edited = replace(
        post,
        title="Another title",
        excerpt="Another beginning.",
        url="https://blog.example.org/moved/",
        author=None,
        byline=None,
        category_ids=(),
        published=WEDNESDAY + timedelta(days=1),
        lead_image=None,
        featured=None,
        comments=9,
        language=None,
    )
    assert thawed(edited, kept(post)) == post


def test_whether_it_is_still_there_is_what_holds_now() -> None:
    gone = replace(WHOLE, title="Another title", state=PostState.GONE)
    assert thawed(gone, kept(WHOLE)) == replace(WHOLE, state=PostState.GONE)


def test_what_an_older_release_froze_without_words_reads_as_it_does_now() -> None:
    assert thawed(WHOLE, None) is WHOLE


def test_words_of_a_newer_release_are_refused() -> None:
    with pytest.raises(StoreError, match="post with mood"):
        thawed(WHOLE, kept(WHOLE) | {"mood": "calm"})


def test_the_titles_of_editions_are_told_by_edition_and_post(store: Store) -> None:
    with store.write() as connection:
        for number in ("1", "2"):
            keep(connection, a_source_post(id=number, title=f"Post {number}"), seen=MONDAY)
        edition = an_edition()
        editions.add(connection, edition)
        edition_posts.keep(connection, edition, {"1": frozen(replace(BARE, title="As it was"))})
        edition_posts.keep(connection, edition, {"2": frozen(replace(BARE, title="It too"))}, late=True)
    with store.read() as connection:
        assert frozen_posts.titles(connection, [EDITION]) == {EDITION: {"1": "As it was", "2": "It too"}}
        words = frozen_posts.of_edition(connection, EDITION)
        assert {post_id: said and said["title"] for post_id, said in words.items()} == {"1": "As it was", "2": "It too"}
        assert frozen_posts.titles(connection, []) == {}
