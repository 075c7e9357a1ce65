"""However long a list is, both databases take it: 300,000 keys are more than either takes in one statement."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from solacefeed.models.blog import Author
from solacefeed.models.deliveries import DeliveryState
from solacefeed.store import (
    calendars,
    categories,
    changes,
    documents,
    edition_posts,
    feeds,
    identity,
    pings,
    posts,
    promotions,
    quarantine,
    removals,
)
from solacefeed.store.database import Store, among
from solacefeed.store.listed import MOST_VALUES, rows_among
from solacefeed.store.row_tables import wanted
from solacefeed.store.schema import posts as post_table
from tests.store.rows import claimed, copies_for, everything, keep, released, written
from tests.support.builders import MONDAY, WEDNESDAY, WEEK, a_source_post, category_ids

MANY = 300_000
KEYS = [f"{number:06}" for number in range(MANY)]
#: Where lists are cut, and their ends.
EDGES = (0, MOST_VALUES - 1, MOST_VALUES, MANY - 1)


def test_300_000_posts_that_can_be_read_again_leave_the_quarantine_alone_that_cant(store: Store) -> None:
    set_aside = [KEYS[edge] for edge in EDGES] + ["another"]
    written(store, lambda c: quarantine.set_aside(c, dict.fromkeys(set_aside, "broken"), at=MONDAY))
    written(store, lambda c: quarantine.take_back(c, set(KEYS)))
    with store.read() as connection:
        assert [each.key for each in quarantine.everything(connection)] == ["another"]


@pytest.mark.more
def test_of_300_000_copies_those_that_were_claimed_are_released(store: Store) -> None:
    ann, bob, cat = copies_for(store, "ann@example.org", "bob@example.org", "cat@example.org")
    claimed(store, limit=2)
    released(store, ((number, 1) for number in range(MANY) if number != bob.id))
    states = {copy.id: copy.state for copy in everything(store)}
    assert states == {
        ann.id: DeliveryState.PENDING,
        bob.id: DeliveryState.CLAIMED,
        cat.id: DeliveryState.PENDING,
    }


def test_the_newest_posts_of_ever_so_many_categories_are_the_newest_of_all(store: Store) -> None:
    """Each part of the list has newest posts of its own, and a post may stand in two."""
    filed = {"1": (KEYS[0],), "2": (KEYS[MOST_VALUES],), "3": (KEYS[0], KEYS[MOST_VALUES]), "4": ("another",)}
    found = [
        a_source_post(id=number, category_numbers=numbers, published=WEDNESDAY.replace(minute=int(number)))
        for number, numbers in filed.items()
    ]
    with store.write() as connection:
        for post in found:
            keep(connection, post, seen=MONDAY)
    chosen = frozenset(category_ids(*KEYS[: MOST_VALUES + 1]))
    with store.read() as connection:
        assert posts.newest_ids(connection, MONDAY - WEEK, chosen, limit=2) == ["3", "2"]
        assert posts.newest_ids(connection, MONDAY - WEEK, chosen, limit=None) == ["3", "2", "1"]


@pytest.mark.more
def test_rows_that_are_joined_are_cut_where_lists_are(store: Store) -> None:
    """A row more than one statement takes, each found once, beside another column's type."""
    rows = [(key, MONDAY) for key in KEYS[: MOST_VALUES + 1]]
    columns = {"title": post_table.c.title, "at": post_table.c.published}
    with store.read() as connection:
        parts = list(wanted(connection, columns, rows))
        found = [connection.execute(sa.select(sa.func.count(part.c.title.distinct()))).scalar() for part in parts]
    assert found == [MOST_VALUES, 1]


def test_that_something_is_of_a_list_can_be_denied_and_stands_among_other_conditions(store: Store) -> None:
    with store.write() as connection:
        for number in ("1", "2", "3"):
            keep(connection, a_source_post(id=number, published=WEDNESDAY), seen=MONDAY)
    asked = sa.select(post_table.c.id).order_by(post_table.c.id)
    with store.read() as connection:
        (some,) = among(connection, post_table.c.id, ["1", "3"])
        assert connection.execute(asked.where(~some)).scalars().all() == ["2"]
        assert connection.execute(asked.where(some & (post_table.c.id != "1"))).scalars().all() == ["3"]
        assert connection.execute(asked.where((post_table.c.id == "2") | ~~some)).scalars().all() == ["1", "2", "3"]
        of_it = sa.select(sa.func.count()).select_from(asked.where(some).subquery())
        assert connection.execute(of_it).scalar() == 2


def test_what_is_asked_once_for_all_is_asked_of_each_list_and_with_each_value(store: Store) -> None:
    with store.write() as connection:
        for number in ("1", "2", "3"):
            keep(connection, a_source_post(id=number, published=WEDNESDAY), seen=MONDAY)
    but = sa.select(post_table.c.id).where(post_table.c.id != sa.bindparam("but")).order_by(post_table.c.id)

    def found(connection: sa.Connection, ids: list[str], other: str) -> list[str]:
        return [row.id for row in rows_among(connection, but, post_table.c.id, ids, {"but": other})]

    with store.read() as connection:
        assert found(connection, ["1", "2", "another"], "1") == ["2"]
        assert found(connection, ["3", "1", "3"], "2") == ["1", "3"]
        assert found(connection, [], "1") == []


#: Everything that is asked with a list.
ASKED: dict[str, Callable[[sa.Connection], object]] = {
    "removals": lambda c: removals.settle(c, set(KEYS)),
    "feeds": lambda c: feeds.forget(c, KEYS),
    "documents known": lambda c: documents.some(c, KEYS),
    "documents": lambda c: documents.forget(c, KEYS, at=MONDAY),
    "pings told": lambda c: pings.told(c, KEYS),
    "pings put off": lambda c: pings.later(c, KEYS, at=MONDAY, trouble="away"),
    "calendars": lambda c: calendars.forget(c, KEYS),
    "authors": lambda c: categories.learn_authors(c, (Author(id=key, name=key) for key in KEYS)),
    "editions": lambda c: edition_posts.covering(c, KEYS),
    "posts": lambda c: posts.some(c, KEYS),
    "posts as they came": lambda c: posts.raw_of(c, KEYS),
    "numbers": lambda c: identity.by_number(c, KEYS),
    "places": lambda c: changes.places_of(c, KEYS),
    "changes": lambda c: changes.about_to_change(c, KEYS),
    "promotions": lambda c: promotions.had_often(c, "weekly", KEYS, times=1, readers=(0, 9)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
def test_a_list_of_300_000_is_taken_by_both_databases(store: Store, name: str) -> None:
    written(store, ASKED[name])
