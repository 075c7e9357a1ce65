"""What a change costs readers: three models of feed readers, and what each would show again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from solacefeed.publish.feeds import Entry, Term
from solacefeed.publish.markup import NotWellFormed
from solacefeed.publish.readers import BY_CONTENT, BY_ID, BY_UPDATED, Compares, Reader, ReaderShows, UnreadCost, cost
from tests.publish.documents import FEED, GRAVE, WHOLE, as_atom

HOUR = timedelta(hours=1)
KINDS = [BY_ID, BY_CONTENT, BY_UPDATED]


def an_entry(number: int, **changes: Any) -> Entry:
    """The entry with this number; a higher one is newer."""
    published = WHOLE.published + number * HOUR
    return replace(WHOLE, **{"id": f"tag:x:{number}", "published": published, "updated": published, **changes})


def a_feed(*entries: Entry | int, **changes: Any) -> bytes:
    told = tuple(an_entry(each) if isinstance(each, int) else each for each in entries)
    return as_atom(replace(FEED, entries=told, **changes))


@pytest.mark.parametrize("compares", KINDS)
def test_a_new_reader_is_shown_everything_once(compares: Compares) -> None:
    reader = Reader(compares)
    assert reader.fetch(a_feed(2, 1)) == ReaderShows(new=("tag:x:2", "tag:x:1"))
    assert reader.fetch(a_feed(2, 1)) == ReaderShows()
    assert reader.fetch(a_feed(3, 2)) == ReaderShows(new=("tag:x:3",))


@pytest.mark.parametrize("compares", KINDS)
def test_what_left_the_feed_and_came_back_is_not_new(compares: Compares) -> None:
    assert Reader(compares).follow([a_feed(2, 1), a_feed(3, 2), a_feed(2, 1)])[2] == ReaderShows()


@pytest.mark.parametrize("compares", KINDS)
def test_a_post_filed_here_later_is_late_not_new(compares: Compares) -> None:
    assert Reader(compares).follow([a_feed(3, 1), a_feed(4, 3, 2, 1)])[1] == ReaderShows(
        new=("tag:x:4",), late=("tag:x:2",)
    )


#: What changes in an entry, and which readers show it again: by id, by content, by updated.
CHANGES: list[tuple[dict[str, Any], tuple[int, int, int]]] = [
    ({"content": "<p>Corrected.</p>"}, (0, 1, 0)),
    ({"title": "Another"}, (0, 1, 0)),
    ({"url": "https://blog.example.org/elsewhere/"}, (0, 1, 0)),
    ({"author": "Sam Reed"}, (0, 1, 0)),
    ({"terms": (Term(term="housing", scheme=WHOLE.terms[0].scheme, label="Homes"),)}, (0, 1, 0)),
    ({"terms": ()}, (0, 1, 0)),
    ({"updated": WHOLE.published + 9 * HOUR}, (0, 0, 1)),
    ({"content": "<p>Rewritten.</p>", "updated": WHOLE.published + 9 * HOUR}, (0, 1, 1)),
    ({"comments_url": None, "image": None, "summary": "Shorter."}, (0, 0, 0)),
]


@pytest.mark.parametrize(("change", "shown_again"), CHANGES)
def test_a_change_costs_those_readers_that_compare_it(
    change: dict[str, Any], shown_again: tuple[int, int, int]
) -> None:
    told = cost(a_feed(2, 1), a_feed(2, an_entry(1, **change)))
    assert (told.by_id, told.by_content, told.by_updated, told.late) == (*shown_again, 0)


def test_the_order_of_categories_costs_nothing() -> None:
    terms = tuple(Term(term=name, scheme="tag:x:c", label=name) for name in ("a", "b"))
    then, now = an_entry(1, terms=terms), an_entry(1, terms=terms[::-1])
    assert cost(a_feed(then), a_feed(now)) == UnreadCost()


def test_new_entries_and_those_that_leave_cost_nothing() -> None:
    assert cost(a_feed(3, 2, 1), a_feed(4, 3)) == UnreadCost()
    assert not cost(a_feed(1), a_feed(2, 1, tombstones=(GRAVE,)))


def test_a_new_feed_costs_nothing() -> None:
    assert cost(None, a_feed(2, 1)) == UnreadCost()
    assert cost(a_feed(), a_feed(2, 1)) == UnreadCost()


def test_a_post_filed_here_later_is_told_apart_from_one_that_comes_back_into_a_short_feed() -> None:
    assert cost(a_feed(4, 2), a_feed(4, 3, 2)) == UnreadCost(late=1)
    assert cost(a_feed(4, 3), a_feed(4, 2)) == UnreadCost()


def test_another_id_is_the_worst_of_all() -> None:
    renamed = tuple(an_entry(number, id=f"tag:y:{number}") for number in (3, 2, 1))
    assert cost(a_feed(3, 2, 1), a_feed(*renamed)).late == 2


def test_costs_add_up_and_are_told_in_a_line() -> None:
    total = UnreadCost(by_content=1) + UnreadCost(by_content=2, by_updated=1)
    assert total.line() == (
        "shows 3 entries again to readers that compare content, 1 to those that compare updated, "
        "0 to those that go by id"
    )
    assert (total + UnreadCost(late=1)).line() == f"{total.line()}; 1 older one is new to all"
    assert total
    assert not UnreadCost()


def test_half_a_document_is_never_taken_for_a_whole_one() -> None:
    with pytest.raises(NotWellFormed, match="not well-formed"):
        Reader().fetch(a_feed(2, 1)[:-20])
