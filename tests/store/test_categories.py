"""The blog's categories, as it lists them now; what they were called before is not forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from solacefeed.models.blog import CategoryName, Grade, SourceCategory, SourcePost, Stamp
from solacefeed.models.posts import Category, CategoryId
from solacefeed.posts.filing import Numbering
from solacefeed.store import categories, posts, schema
from solacefeed.store.database import Store
from tests.store.rows import keep, written
from tests.support.builders import (
    MONDAY,
    a_category,
    a_source_category,
    a_source_post,
    category_ids,
    category_numbers,
)

HOUSING = a_source_category(number="1", slug="housing", name="Housing")
CHILD = a_source_category(number="2", slug="homelessness", name="Homelessness", parent_number="1")


def listed(store: Store, *now: SourceCategory) -> int:
    return written(store, lambda c: categories.replace(c, now))


def known(store: Store) -> list[SourceCategory]:
    """In the blog's numbers again."""
    with store.read() as connection:
        return list(categories.as_the_blog_lists_them(connection))


def ours(store: Store) -> list[Category]:
    with store.read() as connection:
        return categories.everything(connection)


def met_by_name(store: Store, name: CategoryName) -> None:
    """A feed shows a post that is filed under it."""
    post = replace(a_source_post(), category_numbers=None, category_names=(name,))
    written(store, lambda c: keep(c, post, seen=MONDAY, grade=Grade.FEED))


def former(store: Store) -> dict[CategoryId, tuple[str, ...]]:
    with store.read() as connection:
        return categories.slugs_before(connection)


def test_categories_are_kept_as_the_blog_lists_them(store: Store) -> None:
    assert listed(store, HOUSING, CHILD) == 2
    assert known(store) == [CHILD, HOUSING]
    assert ours(store) == [
        a_category(id="2", slug="homelessness", name="Homelessness", parent_id="1"),
        a_category(id="1", slug="housing", name="Housing"),
    ]
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
    old = (replace(HOUSING, name="Homes"), a_source_category(number="7", slug="older", name="Older"))
    assert written(store, lambda c: categories.replace(c, old, grade=Grade.EXPORT)) == 1
    with store.read() as connection:
        assert {c.name for c in categories.everything(connection)} == {"Housing", "Homelessness", "Older"}


# -- several of one slug ------------------------------------------------------------------------------

OTHER = a_source_category(number="12", slug="housing", name="Housing associations")


def placed(store: Store) -> dict[str, str]:
    return {category.id: category.slug for category in ours(store)}


def test_two_categories_of_one_slug_are_two_and_settled_once(store: Store) -> None:
    assert listed(store, OTHER, HOUSING) == 2
    assert placed(store) == {"1": "housing", "12": "category-12"}
    assert listed(store, HOUSING, OTHER) == 0
    assert listed(store, OTHER) == 1
    assert placed(store) == {"12": "category-12"}
    assert former(store) == {}


def test_two_that_an_earlier_release_kept_under_one_slug_are_told_apart_before_the_blog_lists_them_again(
    store: Store,
) -> None:
    listed(store, HOUSING, replace(OTHER, slug="associations"))
    written(store, lambda c: c.execute(schema.categories.update().values(slug="housing")))
    assert placed(store) == {"1": "housing", "12": "category-12"}
    assert listed(store, HOUSING, OTHER) == 1
    assert listed(store, OTHER) == 1
    assert placed(store) == {"12": "category-12"}


def test_of_two_of_one_slug_the_lower_number_is_the_one_that_was_met_by_name(store: Store) -> None:
    met_by_name(store, CategoryName(slug="housing", name="Housing"))
    assert listed(store, OTHER, HOUSING) == 1
    assert placed(store) == {"s-housing": "housing", "12": "category-12"}
    assert known(store) == [HOUSING, replace(OTHER, slug="category-12")]


def test_one_number_that_is_listed_twice_is_one_category(store: Store) -> None:
    assert listed(store, HOUSING, replace(HOUSING, slug="homes")) == 1
    assert placed(store) == {"1": "homes"}


# -- the blog's numbers and our ids -------------------------------------------------------------------


def test_what_stands_below_a_category_that_was_first_met_by_name_stands_below_our_id_of_it(store: Store) -> None:
    met_by_name(store, CategoryName(slug="housing", name="Housing"))
    assert listed(store, HOUSING, CHILD) == 1
    child, housing = ours(store)
    assert (child.id, child.parent_id, housing.id) == ("2", "s-housing", "s-housing")
    assert known(store) == [CHILD, HOUSING]
    assert listed(store, HOUSING, CHILD) == 0


def test_it_stands_so_also_while_the_blog_does_not_list_the_one_above(store: Store) -> None:
    met_by_name(store, CategoryName(slug="housing", name="Housing"))
    listed(store, HOUSING, CHILD)
    assert listed(store, CHILD) == 1
    assert [(each.id, each.parent_id) for each in ours(store)] == [("2", "s-housing")]
    assert known(store) == [CHILD]


def test_a_post_is_filed_under_our_ids_and_asked_for_in_the_blogs_numbers(store: Store) -> None:
    met_by_name(store, CategoryName(slug="housing", name="Housing"))
    listed(store, HOUSING, CHILD)
    post = a_source_post(category_numbers=("1", "2", "99"))
    written(store, lambda c: keep(c, post, seen=MONDAY))
    with store.read() as connection:
        assert posts.listing(connection, limit=1)[0].category_ids == category_ids("2", "99", "s-housing")
        assert posts.stamps(connection)["1"].category_numbers == category_numbers("1", "2", "99")


if TYPE_CHECKING:
    # mypy says where one is taken for the other, and where it no longer does.

    def _an_id_is_no_number(kept: Category, post: SourcePost, stamp: Stamp) -> None:
        SourceCategory(number=kept.id, slug=kept.slug, name=kept.name)  # type: ignore[arg-type]
        replace(post, category_numbers=(kept.id,))  # type: ignore[arg-type]
        replace(stamp, category_numbers=(kept.id,))  # type: ignore[arg-type]

    def _a_number_is_no_id(listed: SourceCategory, kept: Category, numbering: Numbering) -> None:
        Category(id=listed.number, slug=listed.slug, name=listed.name)  # type: ignore[arg-type]
        replace(kept, parent_id=listed.number)  # type: ignore[arg-type]
        numbering.number_of(listed.number)  # type: ignore[arg-type]
        numbering.id_of(kept.id)  # type: ignore[arg-type]
        numbering.ours(kept)  # type: ignore[arg-type]
