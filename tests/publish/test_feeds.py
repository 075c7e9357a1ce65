"""Which feeds there are, and what stands in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.models.digests import CategoryNames, Combined
from solacefeed.models.feeds import FeedKind
from solacefeed.models.posts import Category, CategoryId, Post
from solacefeed.publish.entries import entry, entry_id, newest, updated
from solacefeed.publish.feeds import (
    FeedDocument,
    Holders,
    Naming,
    Significance,
    author_feeds,
    author_slug,
    category_feeds,
    combined_feeds,
    feed_called,
    file_slug,
    tree_order,
)
from solacefeed.site import Site
from solacefeed.store.feeds import PublishedFeed
from tests.support.builders import MONDAY, WEDNESDAY, a_category, a_post, category_ids, of_a_site

HOUSING = a_category(id="1", slug="housing", name="Housing")
HOMELESSNESS = a_category(id="2", slug="homelessness", name="Homelessness", parent_id="1")
SCOTLAND = a_category(id="3", slug="scotland", name="Scotland")
UNCATEGORISED = a_category(id="4", slug="uncategorized", name="Uncategorized")
CATEGORIES = (HOUSING, HOMELESSNESS, SCOTLAND, UNCATEGORISED)

NAMING = Naming(
    site=Site(
        title="Officers' Blog",
        base_url="https://feeds.example.org",
        tag_authority="example.org,2012",
        language="en-GB",
        organisation="Society of Officers",
        url="https://blog.example.org",
        zone=UTC,
    ),
    names=CategoryNames(hidden=frozenset({"uncategorized"})),
)

NEWER = a_post(id="12", title="Newer", category_ids=("2", "3"), published=MONDAY)
OLDER = a_post(id="11", title="Older", category_ids=("1",), published=WEDNESDAY)
POSTS = (NEWER, OLDER)


def made(
    posts: Sequence[Post] = POSTS,
    categories: Sequence[Category] = CATEGORIES,
    naming: Naming = NAMING,
    former: Mapping[CategoryId, tuple[str, ...]] | None = None,
) -> list[FeedDocument]:
    """The live document of every feed."""
    shown = [category for category in tree_order(categories, naming.names) if naming.names.shows(category)]
    filled = {category for post in posts for category in post.category_ids}
    return [
        FeedDocument(
            feed=feed,
            naming=naming,
            entries=tuple(entry(post, shown, naming) for post in posts if feed.holds(post)),
            updated=MONDAY,
        )
        for feed in category_feeds(categories, filled, naming, former)
    ]


def published(
    posts: Sequence[Post] = POSTS,
    categories: Sequence[Category] = CATEGORIES,
    naming: Naming = NAMING,
    former: Mapping[CategoryId, tuple[str, ...]] | None = None,
) -> dict[str, FeedDocument]:
    """The live documents by path."""
    return {document.path("atom"): document for document in made(posts, categories, naming, former)}


def titles(document: FeedDocument) -> list[str]:
    return [entry.title for entry in document.entries]


def ids(documents: Mapping[str, FeedDocument]) -> dict[str, list[str]]:
    """The entries' ids by the feed's."""
    return {document.feed.id: [entry.id for entry in document.entries] for document in documents.values()}


def test_there_is_one_feed_of_all_posts_and_one_for_each_category_with_posts() -> None:
    assert [document.path("atom") for document in made()] == [
        "all.atom",
        "category/housing.atom",
        "category/homelessness.atom",
        "category/scotland.atom",
    ]


def test_a_feed_and_what_the_store_knows_of_it_are_of_the_kind_that_its_key_says() -> None:
    keys = {
        "all": FeedKind.ALL,
        "category/3": FeedKind.CATEGORY,
        "combined/finance": FeedKind.COMBINED,
        "author/david-martin": FeedKind.AUTHOR,
        "digest/weekly": FeedKind.DIGEST,
        "events": FeedKind.EVENTS,
    }
    made = [feed_called("A name", key, NAMING) for key in keys]
    assert [feed.kind for feed in made] == list(keys.values())
    assert [feed.kind.key(feed.subject) for feed in made] == list(keys)
    known = [
        PublishedFeed(
            key=key, id="", stem=key, title="", name="", parent=None, depth=0, posts=0, newest=None, updated=None
        )
        for key in keys
    ]
    assert [feed.kind for feed in known] == list(keys.values())


def test_every_kind_of_feed_stands_below_its_own_word() -> None:
    found = [*category_feeds([HOUSING], {HOUSING.id}, NAMING), *author_feeds(["David Martin"], NAMING)]
    assert [(feed.kind, feed.stem) for feed in found] == [
        (FeedKind.ALL, "all"),
        (FeedKind.CATEGORY, "category/housing"),
        (FeedKind.AUTHOR, "author/david-martin"),
    ]


def test_a_category_without_posts_has_no_feed() -> None:
    assert list(published([OLDER])) == ["all.atom", "category/housing.atom"]


def test_a_parents_feed_includes_its_childrens_posts() -> None:
    found = published()
    assert titles(found["category/housing.atom"]) == ["Newer", "Older"]
    assert titles(found["category/homelessness.atom"]) == ["Newer"]


def test_a_post_filed_under_parent_and_child_stands_in_the_parents_feed_once() -> None:
    found = published([replace(NEWER, category_ids=category_ids("1", "2"))])
    assert titles(found["category/housing.atom"]) == ["Newer"]


def test_a_post_filed_under_nothing_that_is_listed_still_stands_in_the_feed_of_all() -> None:
    found = published([replace(NEWER, category_ids=category_ids("99"))])
    assert list(found) == ["all.atom"]
    assert found["all.atom"].entries[0].terms == ()


def test_ids_are_made_of_the_tag_authority_and_the_blogs_own_numbers() -> None:
    found = published()
    assert found["all.atom"].feed.id == "tag:example.org,2012:feed/all"
    assert found["category/housing.atom"].feed.id == "tag:example.org,2012:feed/category/1"
    assert found["all.atom"].entries[0].id == "tag:example.org,2012:post/12"


def test_ids_stay_when_every_title_address_and_host_changes() -> None:
    moved = [
        replace(
            post, title=f"Now {post.title}", url=f"https://new.example.net/{post.id}", guid=f"urn:{post.id}", content=""
        )
        for post in POSTS
    ]
    renamed = [replace(category, slug=f"new-{category.id}", name=f"New {category.id}") for category in CATEGORIES]
    elsewhere = of_a_site(NAMING, title="Another", base_url="https://elsewhere.example.com", organisation="Others")
    plain = replace(NAMING, names=CategoryNames(hidden=frozenset({"new-4"})))
    assert ids(published()) == ids(published(moved, renamed, replace(elsewhere, names=plain.names)))


def test_a_post_has_the_same_id_in_every_feed() -> None:
    in_each = {entry.id for feed in published([NEWER]).values() for entry in feed.entries}
    assert in_each == {"tag:example.org,2012:post/12"}


def test_a_hidden_category_has_no_feed_and_is_named_in_no_entry() -> None:
    found = published([replace(NEWER, category_ids=category_ids("3", "4"))])
    assert list(found) == ["all.atom", "category/scotland.atom"]
    assert [term.term for term in found["all.atom"].entries[0].terms] == ["scotland"]


def test_the_children_of_a_hidden_category_are_shown_as_if_they_stood_alone() -> None:
    hidden = replace(NAMING, names=CategoryNames(hidden=frozenset({"housing"})))
    found = published(naming=hidden)
    assert "category/housing.atom" not in found
    assert found["category/homelessness.atom"].feed.depth == 0


def test_a_relabelled_category_is_called_so_everywhere_and_keeps_its_address() -> None:
    relabelled = replace(NAMING, names=CategoryNames(labels={"scotland": "North of the border"}))
    document = published(naming=relabelled)["category/scotland.atom"]
    assert (document.feed.name, document.feed.title) == ("North of the border", "North of the border - Officers' Blog")
    (term,) = [term for term in document.entries[0].terms if term.term == "scotland"]
    assert (term.scheme, term.label) == ("tag:example.org,2012:category", "North of the border")


def test_feeds_stand_in_the_order_of_their_labels_children_below_their_parents() -> None:
    relabelled = replace(NAMING, names=CategoryNames(labels={"scotland": "alba", "housing": "Buildings"}))
    names = [(document.feed.name, document.feed.depth) for document in made(naming=relabelled)]
    assert names == [("All posts", 0), ("alba", 0), ("Buildings", 0), ("Homelessness", 1)]


def test_a_live_document_holds_the_newest_entries_up_to_its_caps() -> None:
    posts = [a_post(id=str(n), title=str(n), published=MONDAY - timedelta(days=n), content="x" * 100) for n in range(5)]
    entries = published(posts)["all.atom"].entries
    assert [each.title for each in newest(entries, most=0, most_bytes=0)] == ["0", "1", "2", "3", "4"]
    assert [each.title for each in newest(entries, most=2, most_bytes=0)] == ["0", "1"]
    assert [each.title for each in newest(entries, most=0, most_bytes=399)] == ["0", "1", "2"]
    assert [each.title for each in newest(entries, most=0, most_bytes=1)] == ["0"]


@pytest.mark.parametrize(("significance", "day"), [("any", 5), ("text", 3), ("never", 0)])
def test_an_entry_was_updated_when_its_readers_should_look_again(significance: Significance, day: int) -> None:
    post = replace(NEWER, updated=MONDAY + timedelta(days=5), revised=MONDAY + timedelta(days=3))
    assert updated(post, significance) == MONDAY + timedelta(days=day)


def test_a_site_that_moves_in_keeps_the_blogs_ids_as_they_were_first_seen() -> None:
    moving_in = replace(NAMING, blogs_ids=True)
    assert entry_id("12", "http://blog.example.org/?p=12", moving_in) == "http://blog.example.org/?p=12"
    assert entry_id("12", "no address", moving_in) == "tag:example.org,2012:post/12"


def test_an_author_is_known_by_the_letters_of_the_name() -> None:
    assert author_slug("Zoë O’Neill-Smith") == "zoe-oneill-smith"
    assert author_slug("老子") == ""


def test_a_feed_says_where_it_stands_and_where_people_go() -> None:
    document = published()["category/scotland.atom"]
    assert document.url("atom") == "https://feeds.example.org/category/scotland.atom"
    assert document.page_url == "https://feeds.example.org/category/scotland/"


def test_a_post_without_an_author_is_the_organisations() -> None:
    assert published([replace(OLDER, author=None)])["all.atom"].entries[0].author == "Society of Officers"


def test_a_former_slug_keeps_its_address() -> None:
    renamed = (replace(HOUSING, slug="homes"), HOMELESSNESS)
    document = published([OLDER], renamed, former={CategoryId("1"): ("housing",)})["category/homes.atom"]
    assert document.feed.former_stems == ("category/housing",)
    assert document.url("atom") == "https://feeds.example.org/category/homes.atom"


def test_a_slug_that_another_category_has_now_is_the_other_ones() -> None:
    swapped = (replace(HOUSING, slug="scotland"), replace(SCOTLAND, slug="housing"))
    posts = [replace(OLDER, category_ids=category_ids("1", "3"))]
    found = published(posts, swapped, former={CategoryId("1"): ("housing",), CategoryId("3"): ("scotland",)})
    assert {path: document.feed.former_stems for path, document in found.items()} == {
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
    assert file_slug(slug, CategoryId("1")) == slug


def test_a_slug_that_looks_like_another_categorys_number_takes_no_ones_address() -> None:
    odd = (replace(HOUSING, slug="жильё"), replace(SCOTLAND, slug="category-1"))
    found = made([replace(OLDER, category_ids=category_ids("1", "3"))], odd)
    assert [document.path("atom") for document in found] == [
        "all.atom",
        "category/category-1.atom",
        "category/category-3.atom",
    ]


def test_a_category_that_stands_above_itself_still_has_its_feed() -> None:
    ring = (replace(HOUSING, parent_id=CategoryId("2")), HOMELESSNESS)
    assert sorted(published(categories=ring)) == [
        "all.atom",
        "category/homelessness.atom",
        "category/housing.atom",
    ]


SLUGS = st.sampled_from(["housing", "homes", "scotland", "category-1", "category-2", "жильё", "../up"])


@given(
    slugs=st.tuples(SLUGS, SLUGS, SLUGS).filter(lambda slugs: len(set(slugs)) == len(slugs)),
    parents=st.tuples(*[st.sampled_from([None, "1", "2", "3", "99"])] * 3),
    former=st.dictionaries(st.sampled_from(category_ids(*"123")), st.lists(SLUGS, unique=True, max_size=3).map(tuple)),
    hidden=st.frozensets(SLUGS, max_size=1),
    filed=st.lists(st.sets(st.sampled_from("123")).map(sorted), min_size=1, max_size=4),
)
def test_no_two_feeds_ever_stand_at_one_address(
    slugs: tuple[str, ...],
    parents: tuple[str | None, ...],
    former: dict[CategoryId, tuple[str, ...]],
    hidden: frozenset[str],
    filed: list[list[str]],
) -> None:
    categories = [
        a_category(id=str(number), slug=slug, parent_id=parent)
        for number, (slug, parent) in enumerate(zip(slugs, parents, strict=True), start=1)
    ]
    posts = [a_post(id=str(number), category_ids=tuple(under)) for number, under in enumerate(filed)]
    naming = replace(NAMING, names=CategoryNames(hidden=hidden))
    found = [document.feed for document in made(posts, categories, naming, former)]
    places = [place for feed in found for place in (feed.stem, *feed.former_stems)]
    assert len(places) == len(set(places))
    assert len({feed.id for feed in found}) == len(found)


def test_only_posts_that_advertised_an_event_lead_to_the_events() -> None:
    naming = replace(NAMING, events_url="https://feeds.example.org/events/")
    made = {
        each.title: each
        for each in published([replace(NEWER, advertises=True), OLDER], naming=naming)["all.atom"].entries
    }
    assert made["Newer"].events_url == "https://feeds.example.org/events/"
    assert made["Older"].events_url is None


def test_a_combined_feed_has_the_posts_of_its_categories_and_of_those_below_them() -> None:
    (feed,) = combined_feeds(
        [Combined(slug="people", title="People", categories=("housing", "gone"))], CATEGORIES, NAMING
    )
    assert (feed.key, feed.stem, feed.title) == ("combined/people", "combined/people", "People - Officers' Blog")
    assert [feed.holds(post) for post in (NEWER, OLDER, a_post(category_ids=("3",)))] == [True, True, False]


def test_who_is_spelled_alike_but_for_case_and_accents_is_one_author() -> None:
    feeds = author_feeds(["Zoë Brown", "ZOE BROWN", "老子"], NAMING)
    assert [(feed.key, feed.name) for feed in feeds] == [("author/zoe-brown", "ZOE BROWN")]
    assert feeds[0].holds(a_post(author="zoe brown"))
    assert not feeds[0].holds(a_post(author="Zoe Browne"))


@given(filed=st.lists(st.sets(st.sampled_from("1234")).map(sorted).map(tuple), min_size=1, max_size=6))
def test_the_feeds_that_a_post_stands_in_are_found_as_if_each_were_asked(filed: list[tuple[str, ...]]) -> None:
    feeds = [
        *category_feeds(CATEGORIES, set(category_ids("1", "2", "3", "4")), NAMING),
        *combined_feeds([Combined(slug="two", title="Two", categories=("housing", "scotland"))], CATEGORIES, NAMING),
        *author_feeds(["Jo Carver"], NAMING),
    ]
    holders = Holders(feeds)
    for categories in filed:
        post = a_post(category_ids=categories)
        assert {feed.key for feed in holders.of(post)} == {feed.key for feed in feeds if feed.holds(post)}
