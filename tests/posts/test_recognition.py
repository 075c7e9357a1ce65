"""Which of the known posts those of a batch are, where they share what a post is known by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.models.blog import Grade, SourcePost
from solacefeed.posts.batches import Change
from solacefeed.posts.identity import number_of
from solacefeed.posts.looks import Look
from solacefeed.posts.merging import told
from solacefeed.store import batches, posts
from solacefeed.store.database import Store
from tests.support.builders import MONDAY, WEDNESDAY, a_reading

URL = "https://blog.example.org/story/"


def an_entry(title: str, *, guid: str | None = None, url: str = URL, days: int = 0) -> SourcePost:
    """As a feed shows it."""
    published = WEDNESDAY - timedelta(days=days)
    return SourcePost(number=None, guid=guid, url=url, title=title, content=f"<p>{title}</p>", published=published)


def kept(store: Store, *found: SourcePost, grade: Grade = Grade.FEED, look: Look | None = None) -> list[Change]:
    with store.write() as connection:
        batch = [told(post, a_reading(post), seen=MONDAY, grade=grade) for post in found]
        return batches.keep(connection, batch, at=MONDAY, look=look).changes


def titles(store: Store) -> dict[str, str]:
    with store.read() as connection:
        return {post.title: post.id for post in posts.listing(connection, limit=50)}


ONE, TWO = an_entry("One", guid="urn:1", days=1), an_entry("Two", guid="urn:2", days=2)

PAIRS = {
    "one link, two guids": (ONE, TWO),
    "guids that differ behind # alone": (
        replace(ONE, guid="https://blog.example.org/list#1", url="https://blog.example.org/1/"),
        replace(TWO, guid="https://blog.example.org/list#2", url="https://blog.example.org/2/"),
    ),
    "links that differ behind # alone": (
        replace(ONE, guid=None, url="https://blog.example.org/list#1"),
        replace(TWO, guid=None, url="https://blog.example.org/list#2"),
    ),
    "one guid, two links": (replace(ONE, guid="urn:x", url=f"{URL}1/"), replace(TWO, guid="urn:x", url=f"{URL}2/")),
    "one link, no guid": (replace(ONE, guid=None), replace(TWO, guid=None)),
    "one title and day": (
        replace(ONE, title="News", url=f"{URL}1/"),
        replace(ONE, title="News", guid="urn:2", url=f"{URL}2/"),
    ),
}


TOLD_TOGETHER = ("one title and day", "one link, no guid")


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("apart", [False, True], ids=["in one document", "in two"])
def test_two_entries_are_two_posts_and_stay_them(sqlite_store: Store, pair: str, apart: bool) -> None:
    one, two = PAIRS[pair]
    look = Look(is_final=True)
    if apart and pair in TOLD_TOGETHER:
        pytest.skip("of these only one document tells that they are two")
    assert (kept(sqlite_store, one) + kept(sqlite_store, two) if apart else kept(sqlite_store, one, two)) == [
        Change.NEW,
        Change.NEW,
    ]
    before = titles(sqlite_store)
    for again in ([one, two], [two, one], [one], [two]):
        assert set(kept(sqlite_store, *again, look=replace(look))) == {Change.SAME}
    edited = replace(two, content="<p>Other words.</p>")
    assert kept(sqlite_store, edited) == [Change.CHANGED]
    assert titles(sqlite_store) == before


def test_a_third_with_the_link_that_two_have_is_a_third(sqlite_store: Store) -> None:
    kept(sqlite_store, ONE, TWO)
    assert kept(sqlite_store, an_entry("Three", guid="urn:3", days=3)) == [Change.NEW]
    assert len(titles(sqlite_store)) == 3


def test_entries_that_nothing_tells_apart_are_one_and_the_other_is_named(sqlite_store: Store) -> None:
    other = replace(ONE, title="Another")
    batch = [told(post, a_reading(post), seen=MONDAY, grade=Grade.FEED) for post in (ONE, other, ONE)]
    with sqlite_store.write() as connection:
        merged = batches.keep(connection, batch, at=MONDAY)
    assert merged.changes == [Change.NEW, Change.SAME]
    ((refused, reason),) = merged.refused
    assert (refused, '"One"' in reason) == (other, True)
    assert titles(sqlite_store).keys() == {"One"}


def test_two_posts_that_an_older_release_took_for_one_part_at_the_next_look(sqlite_store: Store) -> None:
    """It kept no fragments, and a second guid with the first one's post."""
    first = replace(ONE, guid="https://blog.example.org/list")
    kept(sqlite_store, first)
    (held,) = titles(sqlite_store).values()
    parted = (
        replace(ONE, guid="https://blog.example.org/list#1"),
        replace(TWO, guid="https://blog.example.org/list#2"),
    )
    assert sorted(kept(sqlite_store, *parted)) == ["new", "same"]
    assert titles(sqlite_store)["One"] == held
    assert kept(sqlite_store, *parted) == [Change.SAME, Change.SAME]


def test_an_edit_of_title_and_link_leaves_a_guid_its_post(sqlite_store: Store) -> None:
    kept(sqlite_store, ONE)
    assert kept(sqlite_store, replace(ONE, title="Renamed", url=f"{URL}renamed/")) == [Change.CHANGED]


def test_a_guid_that_means_all_posts_means_none(sqlite_store: Store) -> None:
    """As some programs write the address of the blog there."""
    kept(sqlite_store, replace(ONE, guid="https://blog.example.org/", url=f"{URL}1/"))
    assert kept(sqlite_store, replace(TWO, guid="https://blog.example.org/", url=f"{URL}2/")) == [Change.NEW]


# -- numbers ------------------------------------------------------------------------------------------


def numbered(post: SourcePost, number: str) -> SourcePost:
    return replace(post, number=number, modified=post.published)


def test_a_new_number_beside_the_old_one_waits_until_all_are_seen(sqlite_store: Store) -> None:
    kept(sqlite_store, numbered(ONE, "1"), grade=Grade.API)
    moved = numbered(ONE, "11")
    assert kept(sqlite_store, moved, grade=Grade.API, look=Look()) == []
    stands = Look(listed=frozenset({"1", "11"}), unchanged={"1"})
    gone = Look(listed=frozenset({"11"}))
    assert kept(sqlite_store, moved, grade=Grade.API, look=gone) == [Change.SAME]
    assert len(titles(sqlite_store)) == 1
    back = numbered(ONE, "1")
    stands = Look(listed=frozenset({"1", "11"}), unchanged={"11"})
    assert kept(sqlite_store, back, grade=Grade.API, look=stands) == [Change.NEW]


def test_a_weaker_source_takes_no_number_from_what_a_better_one_has_told(sqlite_store: Store) -> None:
    kept(sqlite_store, numbered(ONE, "12"), numbered(TWO, "5"), grade=Grade.API)
    old = Look(listed=frozenset({"5", "6"}))
    kept(sqlite_store, numbered(ONE, "5"), numbered(TWO, "6"), grade=Grade.EXPORT, look=old)
    assert kept(sqlite_store, numbered(ONE, "12"), numbered(TWO, "5"), grade=Grade.API) == [Change.SAME, Change.SAME]
    assert len(titles(sqlite_store)) == 2


@pytest.mark.parametrize(
    ("grade", "asks"),
    [
        (Grade.API, "does [source] url still name the same blog?"),
        (Grade.FEED, "does [source] url still name the same blog?"),
        (Grade.EXPORT, "is that file an export of this blog?"),
    ],
)
def test_a_number_alone_is_no_proof_and_what_may_be_of_another_blog_is_named(
    sqlite_store: Store, grade: Grade, asks: str
) -> None:
    kept(sqlite_store, numbered(ONE, "1"), grade=Grade.API)
    stranger = numbered(
        an_entry("Hello world", guid="https://other.example/?p=1", url="https://other.example/", days=9), "1"
    )
    batch = [told(stranger, a_reading(stranger), seen=MONDAY, grade=grade)]
    with sqlite_store.write() as connection:
        waits = batches.keep(connection, batch, at=MONDAY, look=Look())
        said = batches.keep(connection, batch, at=MONDAY, look=Look(is_final=True))
    assert waits.waiting == ([] if grade is Grade.FEED else [stranger])
    assert said.refused[0][1].endswith(asks)


@pytest.mark.parametrize(
    ("guid", "number"),
    [
        ("https://blog.example.org/?p=7", "7"),
        ("http://BLOG.example.org/?p=7&lang=en", "7"),
        ("https://elsewhere.example/?p=7", None),
        ("https://blog.example.org/?p=٧", None),
        ("https://blog.example.org/?p=0", None),
        (f"https://blog.example.org/?p={'9' * 1900}", None),
        (f"https://blog.example.org/?p={'9' * 19}", None),
        (f"https://blog.example.org/?p={'9' * 18}", "9" * 18),
    ],
)
def test_a_guid_tells_the_blogs_number_where_it_is_an_address_of_the_blogs_own(guid: str, number: str | None) -> None:
    assert number_of(guid, URL) == number
