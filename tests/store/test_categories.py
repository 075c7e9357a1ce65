"""The blog's categories, as it lists them now; what they were called before is not forgotten."""

from __future__ import annotations

from dataclasses import replace

from solacefeed.models.blog import Category, Grade
from solacefeed.store import categories
from solacefeed.store.database import Store
from tests.store.rows import written
from tests.support.builders import a_category

HOUSING = a_category(id="1", slug="housing", name="Housing")
CHILD = a_category(id="2", slug="homelessness", name="Homelessness", parent_id="1")


def listed(store: Store, *now: Category) -> int:
    return written(store, lambda c: categories.replace(c, now))


def known(store: Store) -> list[Category]:
    with store.read() as connection:
        return categories.everything(connection)


def former(store: Store) -> dict[str, tuple[str, ...]]:
    with store.read() as connection:
        return categories.slugs_before(connection)


def test_categories_are_kept_as_the_blog_lists_them(store: Store) -> None:
    assert listed(store, HOUSING, CHILD) == 2
    assert known(store) == [CHILD, HOUSING]
    assert listed(store, CHILD, HOUSING) == 0


def test_a_renamed_category_is_the_same_one(store: Store) -> None:
    listed(store, HOUSING)
    renamed = replace(HOUSING, slug="homes", name="Homes")
    assert listed(store, renamed) == 1
    assert known(store) == [renamed]
    assert former(store) == {"1": ("housing",)}


def test_a_category_renamed_there_and_back_remembers_both_slugs_once(store: Store) -> None:
    for slug in ("housing", "homes", "housing", "homes", "housing"):
        listed(store, replace(HOUSING, slug=slug))
    assert former(store) == {"1": ("homes", "housing")}


def test_a_category_that_the_blog_lists_no_more_is_not_known_and_may_come_back(store: Store) -> None:
    listed(store, HOUSING, CHILD)
    assert listed(store, HOUSING) == 1
    assert known(store) == [HOUSING]
    assert listed(store, HOUSING, CHILD) == 1
    assert known(store) == [CHILD, HOUSING]


def test_a_category_that_comes_back_renamed_remembers_its_slug(store: Store) -> None:
    listed(store, HOUSING, CHILD)
    listed(store, CHILD)
    listed(store, replace(HOUSING, slug="homes"), CHILD)
    assert former(store) == {"1": ("housing",)}


def test_an_old_exports_list_takes_no_category_away_and_renames_none(store: Store) -> None:
    listed(store, HOUSING, CHILD)
    old = (replace(HOUSING, name="Homes"), a_category(id="7", slug="older", name="Older"))
    assert written(store, lambda c: categories.replace(c, old, grade=Grade.EXPORT)) == 1
    with store.read() as connection:
        assert {c.name for c in categories.everything(connection)} == {"Housing", "Homelessness", "Older"}
