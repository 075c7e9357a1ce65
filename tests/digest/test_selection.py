"""The names of choices, and the line of categories above one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from solacefeed.digest.lineage import lineage
from solacefeed.digest.selection import EVERYTHING, chosen, selection, withheld
from solacefeed.models.posts import CategoryId
from tests.support.builders import category_ids


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
