"""Which feeds there are, and what stands in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solacefeed.models import Category, CategoryNames, Post
from solacefeed.publish.feeds import Feed, Naming, feeds, file_slug
from tests.support.builders import MONDAY, WEDNESDAY, a_category, a_post

HOUSING = a_category(id="1", slug="housing", name="Housing")
HOMELESSNESS = a_category(id="2", slug="homelessness", name="Homelessness", parent_id="1")
SCOTLAND = a_category(id="3", slug="scotland", name="Scotland")
UNCATEGORISED = a_category(id="4", slug="uncategorized", name="Uncategorized")
CATEGORIES = (HOUSING, HOMELESSNESS, SCOTLAND, UNCATEGORISED)

NAMING = Naming(
    site_title="Officers' Blog",
    base_url="https://feeds.example.org",
    tag_authority="example.org,2012",
    language="en-GB",
    organisation="Society of Officers",
    names=CategoryNames(hidden=frozenset({"uncategorized"})),
)

NEWER = a_post(id="12", title="Newer", category_ids=("2", "3"), published=MONDAY)
OLDER = a_post(id="11", title="Older", category_ids=("1",), published=WEDNESDAY)
POSTS = (NEWER, OLDER)


def published(
    posts: Sequence[Post] = POSTS,
    categories: Sequence[Category] = CATEGORIES,
    naming: Naming = NAMING,
    former: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, Feed]:
    """The feeds by path."""
    return {feed.path: feed for feed in feeds(posts, categories, naming, former)}


def titles(feed: Feed) -> list[str]:
    return [entry.title for entry in feed.entries]


def ids(all_feeds: Mapping[str, Feed]) -> dict[str, list[str]]:
    """The entries' ids by the feed's."""
    return {feed.id: [entry.id for entry in feed.entries] for feed in all_feeds.values()}


def test_there_is_one_feed_of_all_posts_and_one_for_each_category_with_posts() -> None:
    made = feeds(POSTS, CATEGORIES, NAMING)
    assert [feed.path for feed in made] == [
        "all.atom",
        "category/housing.atom",
        "category/homelessness.atom",
        "category/scotland.atom",
    ]


def test_without_posts_there_is_no_feed() -> None:
    assert feeds((), CATEGORIES, NAMING) == []
    assert list(published([OLDER])) == ["all.atom", "category/housing.atom"]


def test_a_parents_feed_includes_its_childrens_posts() -> None:
    made = published()
    assert titles(made["category/housing.atom"]) == ["Newer", "Older"]
    assert titles(made["category/homelessness.atom"]) == ["Newer"]


def test_a_post_filed_under_parent_and_child_stands_in_the_parents_feed_once() -> None:
    made = published([replace(NEWER, category_ids=("1", "2"))])
    assert titles(made["category/housing.atom"]) == ["Newer"]


def test_a_post_filed_under_nothing_that_is_listed_still_stands_in_the_feed_of_all() -> None:
    made = published([replace(NEWER, category_ids=("99",))])
    assert list(made) == ["all.atom"]
    assert made["all.atom"].entries[0].terms == ()


def test_ids_are_made_of_the_tag_authority_and_the_blogs_own_numbers() -> None:
    made = published()
    assert made["all.atom"].id == "tag:example.org,2012:feed/all"
    assert made["category/housing.atom"].id == "tag:example.org,2012:feed/category/1"
    assert made["all.atom"].entries[0].id == "tag:example.org,2012:post/12"


def test_ids_stay_when_every_title_address_and_host_changes() -> None:
    moved = [
        replace(
            post, title=f"Now {post.title}", url=f"https://new.example.net/{post.id}", guid=f"urn:{post.id}", content=""
        )
        for post in POSTS
    ]
    renamed = [replace(category, slug=f"new-{category.id}", name=f"New {category.id}") for category in CATEGORIES]
    elsewhere = replace(NAMING, site_title="Another", base_url="https://elsewhere.example.com", organisation="Others")
    plain = replace(NAMING, names=CategoryNames(hidden=frozenset({"new-4"})))
    assert ids(published()) == ids(published(moved, renamed, replace(elsewhere, names=plain.names)))


def test_a_post_has_the_same_id_in_every_feed() -> None:
    in_each = {entry.id for feed in published([NEWER]).values() for entry in feed.entries}
    assert in_each == {"tag:example.org,2012:post/12"}


def test_a_hidden_category_has_no_feed_and_is_named_in_no_entry() -> None:
    made = published([replace(NEWER, category_ids=("3", "4"))])
    assert list(made) == ["all.atom", "category/scotland.atom"]
    assert [term.term for term in made["all.atom"].entries[0].terms] == ["scotland"]


def test_the_children_of_a_hidden_category_are_shown_as_if_they_stood_alone() -> None:
    hidden = replace(NAMING, names=CategoryNames(hidden=frozenset({"housing"})))
    made = published(naming=hidden)
    assert "category/housing.atom" not in made
    assert made["category/homelessness.atom"].depth == 0


def test_a_relabelled_category_is_called_so_everywhere_and_keeps_its_address() -> None:
    relabelled = replace(NAMING, names=CategoryNames(labels={"scotland": "North of the border"}))
    feed = published(naming=relabelled)["category/scotland.atom"]
    assert (feed.name, feed.title) == ("North of the border", "North of the border - Officers' Blog")
    (term,) = [term for term in feed.entries[0].terms if term.term == "scotland"]
    assert (term.scheme, term.label) == ("tag:example.org,2012:category", "North of the border")


def test_feeds_stand_in_the_order_of_their_labels_children_below_their_parents() -> None:
    relabelled = replace(NAMING, names=CategoryNames(labels={"scotland": "alba", "housing": "Buildings"}))
    names = [(feed.name, feed.depth) for feed in feeds(POSTS, CATEGORIES, relabelled)]
    assert names == [("All posts", 0), ("alba", 0), ("Buildings", 0), ("Homelessness", 1)]


def test_entries_stand_newest_first_and_a_feed_holds_as_many_as_it_may() -> None:
    posts = [a_post(id=str(n), title=str(n), published=MONDAY - timedelta(days=n)) for n in range(5)]
    assert titles(published(posts)["all.atom"]) == ["0", "1", "2", "3", "4"]
    assert titles(published(posts, naming=replace(NAMING, most_entries=2))["all.atom"]) == ["0", "1"]


def test_a_feed_was_updated_when_the_newest_change_of_its_posts_was_made() -> None:
    made = published([NEWER, replace(OLDER, updated=MONDAY + timedelta(days=3))])
    assert made["category/housing.atom"].updated == MONDAY + timedelta(days=3)
    assert made["category/scotland.atom"].updated == MONDAY


def test_a_feed_says_where_it_stands_and_where_people_go() -> None:
    feed = published()["category/scotland.atom"]
    assert feed.url == "https://feeds.example.org/category/scotland.atom"
    assert feed.page == "https://feeds.example.org/"


def test_a_post_without_an_author_is_the_organisations() -> None:
    assert published([replace(OLDER, author=None)])["all.atom"].entries[0].author == "Society of Officers"


def test_a_former_slug_keeps_its_address() -> None:
    renamed = (replace(HOUSING, slug="homes"), HOMELESSNESS)
    feed = published([OLDER], renamed, former={"1": ("housing",)})["category/homes.atom"]
    assert feed.former_paths == ("category/housing.atom",)
    assert feed.url == "https://feeds.example.org/category/homes.atom"


def test_a_slug_that_another_category_has_now_is_the_other_ones() -> None:
    swapped = (replace(HOUSING, slug="scotland"), replace(SCOTLAND, slug="housing"))
    posts = [replace(OLDER, category_ids=("1", "3"))]
    made = published(posts, swapped, former={"1": ("housing",), "3": ("scotland",)})
    assert {path: feed.former_paths for path, feed in made.items()} == {
        "all.atom": (),
        "category/scotland.atom": (),
        "category/housing.atom": (),
    }


@pytest.mark.parametrize(
    "slug",
    [
        "../../etc/passwd",
        "..",
        ".hidden",
        "a/b",
        "a\\b",
        "a\x00b",
        "Housing",
        "%d0%b6%d0%b8%d0%bb%d1%8c%d1%91",
        "жильё",
        "housing.atom",
        "-rf",
        "",
        "a" * 200,
    ],
)
def test_a_slug_that_could_be_a_path_or_want_escaping_gives_way_to_the_categorys_number(slug: str) -> None:
    assert list(published([OLDER], [replace(HOUSING, slug=slug)])) == ["all.atom", "category/category-1.atom"]


@pytest.mark.parametrize("slug", ["housing", "local-government-finance", "2012", "a_b", "category-news"])
def test_a_plain_slug_is_its_own_files_name(slug: str) -> None:
    assert file_slug(slug, "1") == slug


def test_a_slug_that_looks_like_another_categorys_number_takes_no_ones_address() -> None:
    odd = (replace(HOUSING, slug="жильё"), replace(SCOTLAND, slug="category-1"))
    made = feeds([replace(OLDER, category_ids=("1", "3"))], odd, NAMING)
    assert [feed.path for feed in made] == ["all.atom", "category/category-1.atom", "category/category-3.atom"]


def test_a_category_that_stands_above_itself_still_has_its_feed() -> None:
    ring = (replace(HOUSING, parent_id="2"), HOMELESSNESS)
    assert sorted(published(categories=ring)) == [
        "all.atom",
        "category/homelessness.atom",
        "category/housing.atom",
    ]


SLUGS = st.sampled_from(["housing", "homes", "scotland", "category-1", "category-2", "жильё", "../up"])


@settings(deadline=None)
@given(
    slugs=st.tuples(SLUGS, SLUGS, SLUGS).filter(lambda slugs: len(set(slugs)) == len(slugs)),
    parents=st.tuples(*[st.sampled_from([None, "1", "2", "3", "99"])] * 3),
    former=st.dictionaries(st.sampled_from("123"), st.lists(SLUGS, unique=True, max_size=3).map(tuple)),
    hidden=st.frozensets(SLUGS, max_size=1),
    filed=st.lists(st.sets(st.sampled_from("123")).map(sorted), min_size=1, max_size=4),
)
def test_no_two_feeds_ever_stand_at_one_address(
    slugs: tuple[str, ...],
    parents: tuple[str | None, ...],
    former: dict[str, tuple[str, ...]],
    hidden: frozenset[str],
    filed: list[list[str]],
) -> None:
    categories = [
        a_category(id=str(number), slug=slug, parent_id=parent)
        for number, (slug, parent) in enumerate(zip(slugs, parents, strict=True), start=1)
    ]
    posts = [a_post(id=str(number), category_ids=tuple(under)) for number, under in enumerate(filed)]
    made = feeds(posts, categories, replace(NAMING, names=CategoryNames(hidden=hidden)), former)
    paths = [path for feed in made for path in (feed.path, *feed.former_paths)]
    assert len(paths) == len(set(paths))
    assert len({feed.id for feed in made}) == len(made)
