"""Who gets which post, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.eligibility import candidates
from solacefeed.digest.lineage import lineage
from solacefeed.digest.selection import EVERYTHING, Wishes, chosen, order_of, picks, selection, withheld
from solacefeed.models.editions import Pick
from solacefeed.models.people import EVERY
from solacefeed.models.posts import CategoryId, Post
from tests.support.builders import MONDAY, a_category, a_digest, a_post, category_ids

HOUSING = a_category(id="1", slug="housing")
HOMELESSNESS = a_category(id="2", slug="homelessness", parent_id="1")
HOSTELS = a_category(id="3", slug="hostels", parent_id="2")
SCOTLAND = a_category(id="4", slug="scotland")
LONG_AGO = MONDAY - timedelta(days=365)
CATEGORIES = (HOUSING, HOMELESSNESS, HOSTELS, SCOTLAND)


def picked_of(posts: Sequence[Post], wanted: Collection[str] | None) -> tuple[Pick, ...]:
    """What a reader of these categories gets who has got nothing before, and has had the choice all along."""
    chosen = None if wanted is None else tuple(sorted(category_ids(*wanted)))
    counting = [EVERY] if chosen is None else chosen
    wishes = Wishes(category_ids=chosen, since=tuple((each, LONG_AGO) for each in counting))
    offered = candidates(posts, {}, a_digest(), CATEGORIES)
    return picks(offered, wishes, (), order_of(category.id for category in CATEGORIES))


@pytest.mark.parametrize(
    ("filed", "wanted", "because"),
    [
        pytest.param(("1",), {"1"}, ("1",), id="its own category"),
        pytest.param(("2",), {"1"}, ("1",), id="a parent brings its children's posts"),
        pytest.param(("3",), {"1"}, ("1",), id="and its grandchildren's"),
        pytest.param(("1",), {"2"}, None, id="a child does not bring its parent's"),
        pytest.param(("4", "1"), {"1", "4"}, ("1", "4"), id="two reasons, one post"),
        pytest.param(("3",), {"1", "2", "3"}, ("1", "2", "3"), id="a whole line of reasons"),
        pytest.param(("1",), {"4"}, None, id="another's category"),
        pytest.param((), {"1"}, None, id="filed nowhere"),
        pytest.param(("99",), {"99"}, ("99",), id="a category that the blog lists no more"),
        pytest.param(("1",), set(), None, id="a reader who chose nothing"),
    ],
)
def test_a_post_is_picked_for_the_categories_that_it_is_filed_under(
    filed: tuple[str, ...], wanted: set[str], because: tuple[str, ...] | None
) -> None:
    picks = picked_of([a_post(category_ids=filed)], wanted)
    assert [picked.because for picked in picks] == ([because] if because else [])


def test_who_takes_everything_gets_each_post_without_a_reason() -> None:
    posts = [a_post(id="1", category_ids=("1", "4")), a_post(id="2")]
    assert [(picked.post_id, picked.because) for picked in picked_of(posts, None)] == [("2", ()), ("1", ())]


@given(
    filings=st.lists(st.sets(st.sampled_from("1234")).map(sorted), max_size=6),
    wanted=st.sets(st.sampled_from("1234")),
)
def test_each_post_is_picked_at_most_once_and_the_newest_first(filings: list[list[str]], wanted: set[str]) -> None:
    posts = [a_post(id=str(number), category_ids=tuple(filed)) for number, filed in enumerate(filings)]
    picked = [picked.post_id for picked in picked_of(posts, wanted)]
    assert picked == sorted(set(picked), key=int, reverse=True)


@given(st.none() | st.lists(st.sampled_from(category_ids("1", "2", "10", "33"))))
def test_equal_choices_have_one_name_which_tells_the_choice(choice: list[CategoryId] | None) -> None:
    name = selection(choice)
    assert name == selection(choice if choice is None else [*reversed(choice), *choice])
    assert chosen(name) == (None if choice is None else frozenset(choice))


@given(st.none() | st.lists(st.sampled_from(category_ids("1", "s-héritage", "s-a!b"))), st.lists(st.text()))
def test_the_events_that_a_reader_has_had_enough_of_stand_in_the_name_too(
    choice: list[CategoryId] | None, events: list[str]
) -> None:
    name = selection(choice, events)
    assert name == selection(choice, [*reversed(events), *events])
    assert (chosen(name), withheld(name)) == (chosen(selection(choice)), frozenset(events))


def test_a_reader_who_has_had_enough_of_nothing_has_the_plain_name() -> None:
    assert (selection(None), selection(category_ids("3", "1"))) == ("*", "1,3")
    assert selection(None, {"summit-2027"}) == "* !summit-2027"


def test_choosing_nothing_is_not_taking_everything() -> None:
    assert selection(()) != EVERYTHING
    assert chosen(selection(())) == frozenset()


def test_categories_that_stand_above_one_another_in_a_ring_end() -> None:
    one, two = category_ids("1", "2")
    assert lineage(one, {one: two, two: one}) == [one, two]
