"""Under which of our categories a post is filed."""

from __future__ import annotations

from dataclasses import replace

from solacefeed.models.blog import CategoryName, CategoryNumber
from solacefeed.models.posts import CategoryId
from solacefeed.posts.filing import Filing, KnownCategory
from tests.support.builders import a_source_post

HOUSING = KnownCategory(id=CategoryId("s-housing"), slug="housing", name="Housing", number=CategoryNumber("9"))
#: Called like another, and no longer listed.
FORMER = KnownCategory(id=CategoryId("3"), slug="homes", name="housing", listed=False, number=CategoryNumber("3"))


def filed(filing: Filing, *names: CategoryName) -> set[str]:
    return set(filing.ids_of(replace(a_source_post(), category_numbers=None, category_names=names)) or ())


def test_the_blogs_numbers_are_told_as_ours() -> None:
    filing = Filing([FORMER, HOUSING])
    assert filing.ids_of(a_source_post(category_numbers=("9", "3", "12"))) == frozenset({"s-housing", "3", "12"})


def test_a_source_that_shows_no_categories_says_nothing_of_them() -> None:
    assert Filing([HOUSING]).ids_of(replace(a_source_post(), category_numbers=None)) is None


def test_the_slug_goes_before_the_name_and_what_is_listed_before_what_was() -> None:
    filing = Filing([FORMER, HOUSING])
    assert filed(filing, CategoryName(slug="homes", name="Housing")) == {"3"}
    assert filed(filing, CategoryName(slug=None, name="HOUSING")) == {"s-housing"}
    assert filing.new == {}


def test_a_category_met_for_the_first_time_is_the_same_at_the_next_post() -> None:
    filing = Filing([HOUSING])
    care = CategoryName(slug=None, name="Social Care")
    assert filed(filing, care) == filed(filing, care) == {"s-social-care"}
    assert list(filing.new.values()) == [
        KnownCategory(id=CategoryId("s-social-care"), slug="social-care", name="Social Care")
    ]
