"""Under which of our categories a post is filed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from solacefeed.models.blog import CategoryName, CategoryNumber
from solacefeed.models.posts import Category, CategoryId
from solacefeed.posts.filing import Filing, KnownCategory, told_apart
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


def test_a_category_that_is_called_otherwise_by_now_is_not_lost_to_its_old_slug() -> None:
    renamed = replace(HOUSING, slug="homes-and-land", name="Homes and land")
    filing = Filing([renamed])
    assert filed(filing, CategoryName(slug="housing", name="Housing")) == {"s-housing"}
    assert filing.new == {}
    assert filing.ids_of(a_source_post(category_numbers=("9",))) == frozenset({"s-housing"})


def test_a_name_that_comes_to_a_known_slug_is_no_second_category_of_it() -> None:
    care = KnownCategory(
        id=CategoryId("7"), slug="social-care", name="Social care & health", number=CategoryNumber("7")
    )
    assert filed(Filing([care]), CategoryName(slug=None, name="Social-Care")) == {"7"}
    filing = Filing([])
    assert filed(filing, CategoryName(slug=None, name="Social Care"), CategoryName(slug=None, name="Social-Care")) == {
        "s-social-care"
    }
    assert len(filing.new) == 1


# -- several of one slug ------------------------------------------------------------------------------


def listed_as(before: Iterable[KnownCategory], now: Mapping[str, str]) -> dict[str, KnownCategory]:
    """All that is known when the blog lists *now*, slugs by number, over what was known *before*."""
    known = {each.id: each for each in before}
    categories = [Category(id=CategoryId(number), slug=slug, name=slug) for number, slug in now.items()]
    there = told_apart(categories, known.values())
    gone = {each.id: replace(each, listed=False) for each in known.values()}
    fresh = (KnownCategory(id=c.id, slug=c.slug, name=c.name, number=CategoryNumber(c.id)) for c in there)
    return {str(key): value for key, value in (gone | {each.id: each for each in fresh}).items()}


def slugs(known: Mapping[str, KnownCategory]) -> dict[str, str]:
    return {number: each.slug for number, each in known.items() if each.listed}


def test_of_two_categories_of_one_slug_the_lower_number_keeps_it_and_the_other_bears_its_own() -> None:
    known = listed_as([], {"12": "housing", "3": "housing", "110": "housing"})
    assert slugs(known) == {"3": "housing", "12": "category-12", "110": "category-110"}


def test_whichever_of_them_goes_or_comes_none_changes_its_address() -> None:
    both = {"12": "housing", "3": "housing"}
    known = listed_as([], both)
    for now in ({"12": "housing"}, both, {"3": "housing"}, both, both | {"1": "housing"}):
        known = listed_as(known.values(), now)
        assert slugs(known) == {n: {"3": "housing"}.get(n, f"category-{n}") for n in now}


def test_who_had_the_slug_first_keeps_it_whatever_number_comes_later() -> None:
    known = listed_as(listed_as([], {"12": "housing"}).values(), {"3": "housing", "12": "housing"})
    assert slugs(known) == {"3": "category-3", "12": "housing"}


def test_a_slug_that_looks_like_a_number_gives_way_to_whose_number_it_is() -> None:
    known = listed_as([], {"5": "category-12", "3": "housing", "12": "housing"})
    assert slugs(known) == {"5": "category-5", "3": "housing", "12": "category-12"}


NUMBERS = st.sampled_from(("1", "2", "3", "10", "99"))
SLUGS = st.sampled_from(("housing", "care", "", "category-1", "category-2", "category-99"))


@given(st.lists(st.dictionaries(NUMBERS, SLUGS), max_size=6))
def test_no_two_share_a_slug_and_none_loses_its_own_while_it_stays(looks: list[dict[str, str]]) -> None:
    known: dict[str, KnownCategory] = {}
    before: dict[str, str] = {}
    for now in looks:
        after = listed_as(known.values(), now)
        there = slugs(after)
        assert there.keys() == now.keys()
        assert len(set(there.values())) == len(there)
        for number in now.keys() & before.keys() & slugs(known).keys():
            if now[number] == before[number] and "category-" not in now[number]:
                assert there[number] == known[number].slug
        for number, each in known.items():
            if each.slug == f"category-{number}" and number in there:
                assert there[number] == each.slug
        assert told_apart(ours(after), after.values()) == set(ours(after))
        known, before = after, now


def ours(known: Mapping[str, KnownCategory]) -> list[Category]:
    return [Category(id=each.id, slug=each.slug, name=each.name) for each in known.values() if each.listed]
