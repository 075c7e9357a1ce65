"""A batch of posts leaves what its posts would leave one by one, in the same few statements however many they are.

That is, of posts that are told apart; those that share a guid or an address tell their own story
(``tests/posts/test_recognition.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solacefeed.models.blog import Author, CategoryName, CategoryNumber, Grade, SourcePost, Tag
from solacefeed.models.posts import Blurb, Byline, Enclosure, Image, Reading
from solacefeed.posts.batches import Change
from solacefeed.posts.merging import Told, told
from solacefeed.store import batches, categories
from solacefeed.store.database import Store
from solacefeed.store.schema import post_changes
from tests.store.rows import written
from tests.support.builders import MONDAY, WEDNESDAY, a_reading, a_source_category, a_source_post, category_numbers
from tests.support.counting import Tally, before_each_statement
from tests.support.generated import examples

#: Whatever a batch of posts may write to.
TABLES = ("posts", "post_keys", "post_categories", "categories", "post_tags", "tags", "unpublished", "post_changes")

SOUND = Enclosure(url="https://b.org/1.mp3", type="audio/mpeg")

HOURS = st.sampled_from([0, 1, 20, 26, 27, -26, 60]).map(lambda hours: timedelta(hours=hours))
ZONES = st.sampled_from([timezone.utc, timezone(timedelta(hours=5, minutes=30))])  # noqa: UP017  # beside another


@st.composite
def a_told_post(draw: st.DrawFn) -> Told:
    """One of five posts, as any grade of source tells it, with more or less of what it is known by."""
    grade = draw(st.sampled_from(Grade))
    which = draw(st.integers(1, 5))
    published = (WEDNESDAY + timedelta(days=9 * which) + draw(HOURS)).astimezone(draw(ZONES))
    content = draw(st.sampled_from([None, "<p>Some savings.</p>", "<p>Some  savings.</p>", "<p>None.</p>"]))
    post = SourcePost(
        number=draw(st.sampled_from([None, str(which)])),
        guid=draw(st.sampled_from([None, f"http://b.org/?p={which}", f"https://b.org/?p={which}", f"guid-{which}"])),
        url=draw(st.sampled_from([f"https://b.org/{which}/", f"http://B.org/{which}", f"https://c.org/{which}/"])),
        title=draw(st.sampled_from([f"The quiet budget {which}", f"The loud budget {which}"])),
        content=content,
        published=published,
        day_only=draw(st.booleans()),
        modified=draw(st.none() | HOURS.map(lambda later: WEDNESDAY + later)),
        author_id=draw(st.sampled_from([None, "7", "8"])),
        author_name=draw(st.sampled_from([None, "Ann"])),
        category_numbers=draw(st.none() | st.sets(st.sampled_from(["1", "2", "10"])).map(_numbers)),
        category_names=draw(st.none() | st.lists(CATEGORY_NAMES, max_size=2).map(tuple)),
        tags=draw(st.none() | st.lists(TAGS, max_size=2).map(tuple)),
        comments=draw(st.sampled_from([None, 3])),
        enclosures=draw(st.sampled_from([None, (), (replace(SOUND, length=9),)])),
        protected=draw(st.booleans()),
    )
    return told(post, _read(post), seen=draw(st.sampled_from([MONDAY, published])), grade=grade)


def which(told: Told) -> str:
    """Which of the five it is."""
    return told.post.title.rpartition(" ")[2]


BATCHES = st.lists(a_told_post(), min_size=1, max_size=5, unique_by=which)


CATEGORY_NAMES = st.builds(
    CategoryName, slug=st.sampled_from([None, "housing", "homes"]), name=st.sampled_from(["Housing", "HOUSING", "Care"])
)


TAGS = st.builds(
    Tag, number=st.sampled_from([None, "5", "6"]), slug=st.sampled_from(["planning", "homes"]), name=st.just("Planning")
)


def _numbers(chosen: set[str]) -> tuple[CategoryNumber, ...]:
    return category_numbers(*sorted(chosen))


def _read(post: SourcePost) -> Reading:
    """With everything that a reading can have, as it depends on the post."""
    return replace(
        a_reading(post),
        byline=Byline(name="Jo Carver", role="Clerk") if post.author_name else None,
        blurbs=(Blurb(text="A summit", links=("https://e.org",)),) if post.content else (),
        lead_image=Image(url="https://b.org/i.png", alt="") if post.comments else None,
        enclosures=(SOUND,) if post.comments else (),
    )


class _Undone(Exception):
    """The transaction is to be rolled back."""


def left_by(
    store: Store, known: Sequence[Told], parts: Iterable[Sequence[Told]]
) -> tuple[list[Change], list[str], dict[str, Any]]:
    """What becomes of posts that come in these batches, and all rows that they leave; the store stays as it was."""
    changes, refused, rows = list[Change](), list[str](), dict[str, Any]()
    with suppress(_Undone), store.write() as connection:
        _begin(connection)
        if known:
            batches.keep(connection, known, at=MONDAY)
        for part in parts:
            merged = batches.keep(connection, part, at=MONDAY)
            changes += merged.changes
            refused += [reason for _, reason in merged.refused]
        rows = {table: rows_of(connection, table) for table in TABLES}
        raise _Undone
    return changes, refused, rows


def _begin(connection: sa.Connection) -> None:
    categories.replace(
        connection, [a_source_category(number="1"), a_source_category(number="2", slug="care", name="Care")]
    )
    categories.learn_authors(connection, [Author(id="7", name="Sue")])


def rows_of(connection: sa.Connection, table: str) -> list[Any]:
    """Every row; the changes in their order, under whatever numbers."""
    if table == "post_changes":
        columns = [column for column in post_changes.c if column.name != "id"]
        return [tuple(row) for row in connection.execute(sa.select(*columns).order_by(post_changes.c.id))]
    return sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {table}").all()))


@pytest.mark.more
@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(known=BATCHES, found=BATCHES, cut=st.integers(0, 5))
def test_a_batch_leaves_what_its_posts_leave_one_by_one(
    store: Store, known: list[Told], found: list[Told], cut: int
) -> None:
    one_by_one = left_by(store, known, ([each] for each in found))
    assert left_by(store, known, [found]) == one_by_one
    assert left_by(store, known, [found[:cut], found[cut:]]) == one_by_one


@pytest.mark.slow
@settings(max_examples=3000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(known=BATCHES, found=BATCHES)
def test_whatever_a_batch_holds_it_leaves_what_its_posts_leave_one_by_one(
    store: Store, known: list[Told], found: list[Told]
) -> None:
    assert left_by(store, known, [found]) == left_by(store, known, ([each] for each in found))


# -- cases that have bitten, or would ------------------------------------------------------------------


def many(number: int, *, title: str = "Post", at: datetime = WEDNESDAY) -> list[Told]:
    """Posts as the API tells them, each of a day of its own."""
    found = (
        a_source_post(
            id=str(1000 + n),
            title=f"{title} {n}",
            category_numbers=("1", "2"),
            author_id="7",
            published=at - n * timedelta(days=1),
            modified=at,
        )
        for n in range(number)
    )
    return [told(post, a_reading(post), seen=post.published) for post in found]


def kept(store: Store, found: Sequence[Told]) -> list[Change]:
    return written(store, lambda c: batches.keep(c, found, at=MONDAY)).changes


def statements(store: Store, work: Callable[[], object]) -> int:
    tally = Tally()

    def count() -> None:
        tally.count += 1

    with before_each_statement(store, count):
        work()
    return tally.since()


def test_a_hundred_posts_are_kept_in_as_many_statements_as_ten(store: Store) -> None:
    written(store, _begin)
    ten = statements(store, lambda: kept(store, many(10, at=WEDNESDAY - timedelta(days=900))))
    hundred = statements(store, lambda: kept(store, many(110)[10:]))
    assert hundred == ten <= 15


def test_a_hundred_changed_posts_are_kept_in_as_many_statements_as_ten(store: Store) -> None:
    written(store, _begin)
    assert kept(store, many(100)) == [Change.NEW] * 100
    ten = statements(store, lambda: kept(store, many(10, title="Anew")))
    hundred = statements(store, lambda: kept(store, many(100, title="Once more")))
    assert hundred == ten <= 17


def test_a_post_that_is_as_it_was_costs_no_write(store: Store) -> None:
    """Seven questions and a transaction: keys of three kinds, the post, its numbers, categories and user."""
    written(store, _begin)
    kept(store, many(1))
    assert kept(store, many(1)) == [Change.SAME]
    assert statements(store, lambda: kept(store, many(1))) <= 11


def test_a_post_that_stands_twice_in_a_batch_is_new_once_and_never_overwritten(store: Store) -> None:
    first, again = many(1)[0], many(1, title="Renamed")[0]
    merged = written(store, lambda c: batches.keep(c, [first, first, again], at=MONDAY))
    assert merged.changes == [Change.NEW, Change.SAME]
    ((refused, reason),) = merged.refused
    assert refused is again.post
    assert "nothing tells the two apart" in reason
