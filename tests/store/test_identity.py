"""Which post it is: one met another way keeps its id, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from solacefeed.models.blog import CategoryName, Grade, SourcePost
from solacefeed.posts.batches import Change
from solacefeed.posts.merging import told
from solacefeed.store import batches, categories, posts
from solacefeed.store.database import Store
from tests.store.rows import keep
from tests.support.builders import WEDNESDAY, a_reading, a_source_category, a_source_post, category_numbers


def kept(store: Store, post: SourcePost, grade: Grade = Grade.API) -> Change:
    with store.write() as connection:
        return keep(connection, post, seen=WEDNESDAY, grade=grade)


def ids(store: Store) -> list[str]:
    with store.read() as connection:
        return [post.id for post in posts.listing(connection, limit=10)]


REST = a_source_post(
    id="42",
    guid="http://blog.example.org/?p=42",
    url="https://blog.example.org/2026/11/quiet/",
    title="The quiet budget",
)


@pytest.mark.parametrize(
    "met",
    [
        replace(REST, number=None, guid="https://blog.example.org/?p=42", url="https://blog.example.org/elsewhere/"),
        replace(REST, number=None, guid=None, url="http://blog.example.org/2026/11/quiet"),
        replace(REST, number=None, guid=None, url="https://BLOG.example.org/2026/11/quiet/"),
        replace(REST, number=None, guid=None, url="https://blog.example.org/?p=42"),
        replace(REST, guid=None, url="https://blog.example.org/renamed/"),
        replace(REST, number=None, guid=None, url="https://blog.example.org/quiet-2/", day_only=True),
    ],
    ids=[
        "guid, http or https",
        "permalink, http, no slash",
        "upper-case host",
        "short link",
        "number",
        "title and day",
    ],
)
def test_a_post_met_another_way_keeps_its_id(store: Store, met: SourcePost) -> None:
    kept(store, REST)
    kept(store, met, Grade.FEED)
    assert ids(store) == ["42"]


@pytest.mark.parametrize("guid", ["http://[oops", "http://a\u2100b/?p=1", "blog 42", "urn:x"])
def test_a_guid_that_is_no_address_counts_as_it_is(store: Store, guid: str) -> None:
    kept(store, replace(REST, guid=guid))
    kept(store, replace(REST, number=None, guid=guid, url="https://blog.example.org/elsewhere/"), Grade.FEED)
    assert ids(store) == ["42"]


def test_a_post_first_met_without_a_number_keeps_its_id_when_the_number_is_known(store: Store) -> None:
    kept(store, replace(REST, number=None, guid=None), Grade.PAGES)
    (first,) = ids(store)
    assert first.startswith("x")
    assert kept(store, REST) is Change.CHANGED
    assert ids(store) == [first]


def test_two_posts_of_one_title_and_day_stay_two(store: Store) -> None:
    kept(store, REST)
    other = a_source_post(id="43", title=REST.title, published=REST.published + timedelta(hours=1))
    assert kept(store, other) is Change.NEW
    assert sorted(ids(store)) == ["42", "43"]


def test_a_title_used_again_on_another_day_is_another_post(store: Store) -> None:
    kept(store, replace(REST, number=None, guid=None))
    later = replace(
        REST,
        number=None,
        guid=None,
        url="https://blog.example.org/again/",
        published=REST.published + timedelta(days=7),
    )
    assert kept(store, later) is Change.NEW


def test_another_blogs_post_with_the_same_number_is_refused(store: Store) -> None:
    kept(store, REST)
    stranger = a_source_post(
        id="42",
        guid="https://other.example.net/hello",
        url="https://other.example.net/hello-world/",
        title="Hello world",
        published=REST.published - timedelta(days=300),
    )
    with store.write() as connection:
        merged = batches.keep(connection, [told(stranger, a_reading(stranger), seen=WEDNESDAY)], at=WEDNESDAY)
    ((refused, reason),) = merged.refused
    assert refused is stranger
    assert "does [source] url still name the same blog" in reason
    assert merged.changes == []


def test_the_blogs_move_to_another_host_changes_no_id(store: Store) -> None:
    kept(store, REST)
    moved = replace(
        REST, guid="https://new.example.net/?p=42", url="https://new.example.net/2026/11/quiet/", title="New"
    )
    assert kept(store, moved) is Change.CHANGED
    assert ids(store) == ["42"]


def test_a_weaker_source_overwrites_nothing_that_a_better_one_said(store: Store) -> None:
    kept(store, replace(REST, author_id="3", category_numbers=category_numbers("9"), modified=WEDNESDAY))
    weaker = replace(
        REST,
        title="The quiet budget [cut]",
        content="<p>Some savings ...</p>",
        modified=None,
        category_numbers=None,
        category_names=(CategoryName(slug="other", name="Other"),),
    )
    assert kept(store, weaker, Grade.PAGES) is Change.SAME
    with store.read() as connection:
        (post,) = posts.listing(connection, limit=10)
    assert (post.title, post.category_ids) == (REST.title, ("9",))


def test_a_weaker_source_that_dates_a_change_later_is_believed_for_the_text(store: Store) -> None:
    kept(store, replace(REST, category_numbers=category_numbers("9"), modified=WEDNESDAY))
    edited = replace(
        REST, title="The loud budget", modified=WEDNESDAY + timedelta(hours=1), category_numbers=None, category_names=()
    )
    assert kept(store, edited, Grade.FEED) is Change.CHANGED
    with store.read() as connection:
        (post,) = posts.listing(connection, limit=10)
    assert (post.title, post.category_ids) == ("The loud budget", ("9",))


def test_a_day_never_replaces_an_instant(store: Store) -> None:
    kept(store, REST, Grade.PAGES)
    midnight = REST.published.replace(hour=0, minute=0)
    kept(store, replace(REST, published=midnight, day_only=True), Grade.PAGES)
    with store.read() as connection:
        assert posts.listing(connection, limit=1)[0].published == REST.published


def test_a_category_met_by_name_is_the_one_that_the_blog_lists(store: Store) -> None:
    with store.write() as connection:
        categories.replace(connection, [a_source_category(number="9", slug="housing", name="Housing")])
    named = (CategoryName(slug="housing", name="Homes"), CategoryName(slug=None, name="HOUSING"))
    kept(store, replace(REST, category_numbers=None, category_names=named), Grade.FEED)
    with store.read() as connection:
        assert posts.listing(connection, limit=1)[0].category_ids == ("9",)


def test_a_category_first_met_by_name_keeps_its_id_when_the_blog_lists_it(store: Store) -> None:
    named = (CategoryName(slug="housing", name="Housing"),)
    kept(store, replace(REST, number=None, category_numbers=None, category_names=named), Grade.FEED)
    with store.write() as connection:
        categories.replace(connection, [a_source_category(number="9", slug="housing", name="Housing")])
    kept(store, replace(REST, category_numbers=category_numbers("9")))
    with store.read() as connection:
        (category,) = categories.everything(connection)
        assert posts.listing(connection, limit=1)[0].category_ids == (category.id,) == ("s-housing",)
        assert categories.as_the_blog_lists_them(connection)[0].number == "9"


def test_what_only_a_weaker_source_has_told_is_asked_of_the_better_one_whole(store: Store) -> None:
    kept(store, REST, Grade.FEED)
    with store.read() as connection:
        assert posts.stamps(connection) == {}
    kept(store, REST)
    with store.read() as connection:
        assert list(posts.stamps(connection)) == ["42"]
